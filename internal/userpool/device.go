package userpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Devices (Developer Guide, "Working with user devices in your user pool"): a
// pool with a DeviceConfiguration gives every sign-in that names no device a
// new device key, to which the tokens are bound. The device exists once
// ConfirmDevice has brought the SRP verifier of a password of its own. A
// remembered device proves itself with that password (device_auth.go).

const (
	msgDeviceUnknown    = "Device does not exist."
	msgDeviceKeyInvalid = "Invalid device key given."
	msgDeviceKeyExists  = "Device already exists."
	msgDeviceVerifier   = "Invalid device secret verifier given."
	// msgRefreshDevice is msgRefreshInvalid with a full stop, as AWS says it when
	// the device is not that of the token.
	msgRefreshDevice = "Invalid Refresh Token."
)

// deviceKeyForm and maxDeviceKey are what the model allows device keys to be;
// it does not look at those in the parameters of sign-ins.
var deviceKeyForm = regexp.MustCompile(`^[\w-]+_[0-9a-f-]+$`)

const maxDeviceKey = 55

// maxDevices is how many devices of a user are kept: the ones that signed in
// last. A client that forgets its device key with every session would add
// devices for ever.
const maxDevices = 500

// deviceSDK is the value of dev:device_sdk.
const deviceSDK = "aws-sdk"

// tracksDevices tells whether the pool gives devices keys.
func (p *pool) tracksDevices() bool { return p.Doc.DeviceConfiguration != nil }

// remembersOnPrompt tells whether users choose which devices are remembered.
func (p *pool) remembersOnPrompt() bool {
	return p.tracksDevices() && p.Doc.DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt
}

// devicesReplaceMFA tells whether a remembered device stands in for the second
// factor.
func (p *pool) devicesReplaceMFA() bool {
	return p.tracksDevices() && p.Doc.DeviceConfiguration.ChallengeRequiredOnNewDevice
}

// deviceGroupKey is the pool's: what takes the place of the pool's name in the
// SRP exchanges of devices.
func (s *Service) deviceGroupKey(p *pool) string {
	mac := hmac.New(sha256.New, s.store.Derive("device group keys", 32))
	mac.Write([]byte(p.ID))
	return "-" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:8]
}

// sourceIP is the caller's address, or empty where it is not known.
func sourceIP(ctx context.Context) string {
	if ip := awswire.CallOf(ctx).SourceIP; ip.IsValid() {
		return ip.String()
	}
	return ""
}

// deviceOf returns the user's device with the key. Errors:
// ResourceNotFoundException.
func deviceOf(tx *store.Tx, u *store.User, key string) (*store.Device, error) {
	if !isDeviceKey(key) {
		return nil, notFound(msgDeviceUnknown)
	}
	d, err := tx.Device(u, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound(msgDeviceUnknown)
	}
	return d, err
}

func isDeviceKey(key string) bool { return len(key) <= maxDeviceKey && deviceKeyForm.MatchString(key) }

// deviceType is a device as its user sees it or, with developer, as an
// administrator does.
func deviceType(p *pool, u *store.User, d *store.Device, developer bool) *types.DeviceType {
	out := &types.DeviceType{
		DeviceKey: &d.Key, DeviceCreateDate: &d.Created, DeviceLastModifiedDate: &d.Modified, DeviceLastAuthenticatedDate: &d.Authenticated,
	}
	add := func(name, value string) {
		if value != "" {
			out.DeviceAttributes = append(out.DeviceAttributes, types.AttributeType{Name: aws.String(name), Value: aws.String(value)})
		}
	}
	add("device_status", "valid")
	add("device_name", d.Name)
	owner := u.Username + "." + p.ID
	if developer {
		add("dev:device_arn", "arn:aws:cognito-idp:"+p.Region+":"+p.Account+":owner/"+owner+"/device/"+d.Key)
		add("dev:device_owner", owner)
	}
	add("last_ip_used", d.LastIP)
	if developer {
		add("dev:device_remembered_status", string(rememberedStatus(d.Remembered)))
		add("dev:device_sdk", deviceSDK)
	}
	return out
}

func rememberedStatus(remembered bool) types.DeviceRememberedStatusType {
	if remembered {
		return types.DeviceRememberedStatusTypeRemembered
	}
	return types.DeviceRememberedStatusTypeNotRemembered
}

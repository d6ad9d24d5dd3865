// Operation: ConfirmDevice.

package userpool

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/srp"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxDeviceSalt bounds the salt of a device's verifier in bytes; clients send
// 16 or 17.
const maxDeviceSalt = 256

// ConfirmDevice registers the device that a sign-in gave a key to, with the
// verifier of its password (API Reference, ConfirmDevice). The access token
// must be that of the sign-in, or be renewed from it.
func (s *Service) ConfirmDevice(ctx context.Context, in *cognito.ConfirmDeviceInput) (*cognito.ConfirmDeviceOutput, error) {
	out := &cognito.ConfirmDeviceOutput{}
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		out.UserConfirmationNecessary = b.pool.remembersOnPrompt()
		return s.confirmDevice(tx, b, in, sourceIP(ctx))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) confirmDevice(tx *store.Tx, b *bearer, in *cognito.ConfirmDeviceInput, ip string) error {
	key := aws.ToString(in.DeviceKey)
	if !b.pool.tracksDevices() || key == "" || key != b.claims.String("device_key") {
		return invalidParameter(msgDeviceKeyInvalid)
	}
	// A forgotten device cannot come back under its key.
	forgotten, err := tx.SignInRevoked(b.pool.ID, key)
	if err != nil {
		return err
	}
	if forgotten {
		return invalidParameter(msgDeviceKeyInvalid)
	}
	salt, verifier, err := parseDeviceVerifier(in.DeviceSecretVerifierConfig)
	if err != nil {
		return err
	}
	err = tx.InsertDevice(b.user, &store.Device{
		Key: key, GroupKey: s.deviceGroupKey(b.pool), Name: aws.ToString(in.DeviceName), Salt: salt,
		Remembered: !b.pool.remembersOnPrompt(), LastIP: ip,
	}, verifier)
	if errors.Is(err, store.ErrConflict) {
		return &types.DeviceKeyExistsException{Message: aws.String(msgDeviceKeyExists)}
	}
	if err != nil {
		return err
	}
	return dropIdleDevices(tx, b.user)
}

// parseDeviceVerifier reads the verifier and its salt, both in base64. Errors:
// InvalidParameterException.
func parseDeviceVerifier(c *types.DeviceSecretVerifierConfigType) (salt, verifier []byte, err error) {
	if c == nil {
		return nil, nil, invalidParameter(msgDeviceVerifier)
	}
	salt, errSalt := base64.StdEncoding.DecodeString(aws.ToString(c.Salt))
	text, errText := base64.StdEncoding.DecodeString(aws.ToString(c.PasswordVerifier))
	verifier, errVerifier := srp.ParseVerifier(text)
	if errors.Join(errSalt, errText, errVerifier) != nil || len(salt) == 0 || len(salt) > maxDeviceSalt {
		return nil, nil, invalidParameter(msgDeviceVerifier)
	}
	return salt, verifier, nil
}

// dropIdleDevices forgets the devices beyond maxDevices.
func dropIdleDevices(tx *store.Tx, u *store.User) error {
	keys, err := tx.IdleDevices(u, maxDevices, 10)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := forgetDevice(tx, u, key); err != nil {
			return err
		}
	}
	return nil
}

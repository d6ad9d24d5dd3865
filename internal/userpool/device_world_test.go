package userpool_test

import (
	"context"
	"encoding/base64"
	"net/netip"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
)

// tracking is a device configuration.
func tracking(replacesMFA, onPrompt bool) *types.DeviceConfigurationType {
	return &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: replacesMFA, DeviceOnlyRememberedOnUserPrompt: onPrompt}
}

// newDeviceWorld is a signInWorld whose pool tracks devices.
func newDeviceWorld(t testing.TB, devices *types.DeviceConfigurationType, change ...func(*newops.CreateUserPoolInput)) *signInWorld {
	t.Helper()
	w := newWorld(t)
	s := &signInWorld{world: w, pool: w.pool(func(in *newops.CreateUserPoolInput) {
		emailPool(in)
		in.DeviceConfiguration = devices
		for _, f := range change {
			f(in)
		}
	})}
	s.client = w.client(s.pool, everyFlow)
	s.sub = w.confirmed(s.client, jane, "email", jane)
	s.ctx = from(s.ctx, "192.0.2.1")
	return s
}

// from is the context of a call from another address.
func from(ctx context.Context, ip string) context.Context {
	call := *awswire.CallOf(ctx)
	call.SourceIP = netip.MustParseAddr(ip)
	return awswire.WithCall(ctx, &call)
}

func deviceVerifier(d *device) *types.DeviceSecretVerifierConfigType {
	return &types.DeviceSecretVerifierConfigType{
		PasswordVerifier: aws.String(base64.StdEncoding.EncodeToString(srp.Verifier(d.group, d.key, d.password, deviceSalt))),
		Salt:             aws.String(base64.StdEncoding.EncodeToString(deviceSalt)),
	}
}

func newDevice(r *types.AuthenticationResultType) *device {
	return &device{*r.NewDeviceMetadata.DeviceKey, *r.NewDeviceMetadata.DeviceGroupKey, ids.Source{}.Text(40, "abcdefghijklmnop")}
}

func (s *signInWorld) confirmDevice(r *types.AuthenticationResultType, d *device) (*cognito.ConfirmDeviceOutput, error) {
	return s.ConfirmDevice(s.ctx, &cognito.ConfirmDeviceInput{
		AccessToken: r.AccessToken, DeviceKey: &d.key, DeviceName: aws.String("test"), DeviceSecretVerifierConfig: deviceVerifier(d),
	})
}

// enrolled signs jane in and confirms the device.
func (s *signInWorld) enrolled() (*types.AuthenticationResultType, *device) {
	s.Helper()
	r := s.tokens()
	d := newDevice(r)
	if _, err := s.confirmDevice(r, d); err != nil {
		s.Fatal(err)
	}
	return r, d
}

func (s *signInWorld) passwordFrom(d *device) (*cognito.InitiateAuthOutput, error) {
	return s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", jane, "PASSWORD", goodPassword, "DEVICE_KEY", d.key)
}

// deviceChallenge signs jane in with the password from a remembered device.
func (s *signInWorld) deviceChallenge(d *device) *cognito.InitiateAuthOutput {
	s.Helper()
	out, err := s.passwordFrom(d)
	if err != nil {
		s.Fatal(err)
	}
	if out.ChallengeName != types.ChallengeNameTypeDeviceSrpAuth || out.Session == nil || out.AuthenticationResult != nil {
		s.Fatalf("%+v", out)
	}
	return out
}

// deviceSRP answers DEVICE_SRP_AUTH.
func (s *signInWorld) deviceSRP(d *device, session *string) (*srp.Client, *newops.RespondToAuthChallengeOutput, error) {
	c := srp.NewClient(ids.Source{})
	out, err := s.respond(types.ChallengeNameTypeDeviceSrpAuth, session, params("USERNAME", jane, "DEVICE_KEY", d.key, "SRP_A", c.Public()))
	return c, out, err
}

// deviceProof answers DEVICE_PASSWORD_VERIFIER.
func (s *signInWorld) deviceProof(c *srp.Client, d *device, challenge map[string]string) map[string]string {
	s.Helper()
	key, err := c.SharedKey(challenge["SRP_B"], challenge["SALT"], d.group, d.key, d.password)
	if err != nil {
		s.Fatal(err)
	}
	block, err := base64.StdEncoding.DecodeString(challenge["SECRET_BLOCK"])
	if err != nil {
		s.Fatal(err)
	}
	stamp := srp.FormatTimestamp(s.clock.Now())
	return params("USERNAME", jane, "DEVICE_KEY", d.key, "TIMESTAMP", stamp, "PASSWORD_CLAIM_SECRET_BLOCK", challenge["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE", base64.StdEncoding.EncodeToString(srp.Signature(key, d.group, d.key, block, stamp)))
}

// proveDevice answers both challenges of the device.
func (s *signInWorld) proveDevice(d *device, session *string) (*newops.RespondToAuthChallengeOutput, error) {
	s.Helper()
	c, out, err := s.deviceSRP(d, session)
	if err != nil {
		s.Fatal(err)
	}
	return s.respond(types.ChallengeNameTypeDevicePasswordVerifier, out.Session, s.deviceProof(c, d, out.ChallengeParameters))
}

func (s *signInWorld) refreshFrom(token, key string) error {
	_, err := s.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", token, "DEVICE_KEY", key)
	return err
}

func (s *signInWorld) adminDevice(d *device) *types.DeviceType {
	s.Helper()
	out, err := s.AdminGetDevice(s.ctx, &cognito.AdminGetDeviceInput{UserPoolId: &s.pool, Username: aws.String(jane), DeviceKey: &d.key})
	if err != nil {
		s.Fatal(err)
	}
	return out.Device
}

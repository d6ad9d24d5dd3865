package userpool_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// newDeviceMFAWorld is a deviceWorld with software tokens as MFA. It returns
// jane's secret and a confirmed device.
func newDeviceMFAWorld(t testing.TB, devices *types.DeviceConfigurationType) (*signInWorld, string, *device) {
	t.Helper()
	s := newDeviceWorld(t, devices)
	r, d := s.enrolled()
	_, err := s.SetUserPoolMfaConfig(s.ctx, &cognito.SetUserPoolMfaConfigInput{
		UserPoolId: &s.pool, MfaConfiguration: types.UserPoolMfaTypeOptional,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	secret := s.enrol(*r.AccessToken)
	if err := s.prefer(nil, yes, nil); err != nil {
		t.Fatal(err)
	}
	return s, secret, d
}

func (s *signInWorld) totp(out *newops.RespondToAuthChallengeOutput, session *string, secret string, pairs ...string) *newops.RespondToAuthChallengeOutput {
	s.Helper()
	if out != nil {
		session = out.Session
	}
	return s.mustAnswer(types.ChallengeNameTypeSoftwareTokenMfa, session, append(pairs, "SOFTWARE_TOKEN_MFA_CODE", s.app(secret))...)
}

// A remembered device stands in for the second factor.
func TestDeviceReplacesMFA(t *testing.T) {
	t.Parallel()
	s, secret, d := newDeviceMFAWorld(t, tracking(true, false))
	s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
	done, err := s.proveDevice(d, s.deviceChallenge(d).Session)
	if err != nil || done.AuthenticationResult == nil {
		t.Fatalf("%+v %v", done, err)
	}
	// Naming another device once this one has proved itself gains nothing.
	other := newDevice(s.totp(nil, s.begin(types.ChallengeNameTypeSoftwareTokenMfa).Session, secret).AuthenticationResult)
	c, out, err := s.deviceSRP(d, s.deviceChallenge(d).Session)
	if err != nil {
		t.Fatal(err)
	}
	responses := s.deviceProof(c, d, out.ChallengeParameters)
	responses["DEVICE_KEY"] = other.key
	_, err = s.respond(types.ChallengeNameTypeDevicePasswordVerifier, out.Session, responses)
	refused(t, err, "ResourceNotFoundException", noDevice)

	// Not remembered any more, it does not stand in.
	_, err = s.AdminUpdateDeviceStatus(s.ctx, &cognito.AdminUpdateDeviceStatusInput{
		UserPoolId: &s.pool, Username: aws.String(jane), DeviceKey: &d.key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeNotRemembered,
	})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := s.passwordFrom(d)
	if err != nil || asked.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa {
		t.Fatalf("%+v %v", asked, err)
	}
}

// In other pools the second factor comes first, then the device.
func TestDeviceAfterMFA(t *testing.T) {
	t.Parallel()
	s, secret, d := newDeviceMFAWorld(t, tracking(false, false))
	asked, err := s.passwordFrom(d)
	if err != nil || asked.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa {
		t.Fatalf("%+v %v", asked, err)
	}
	next := s.totp(nil, asked.Session, secret)
	if next.ChallengeName != types.ChallengeNameTypeDeviceSrpAuth || next.AuthenticationResult != nil {
		t.Fatalf("%+v", next)
	}
	done, err := s.proveDevice(d, next.Session)
	if err != nil || done.AuthenticationResult == nil || s.claims(*done.AuthenticationResult.AccessToken)["device_key"] != d.key {
		t.Fatalf("%+v %v", done, err)
	}
}

// A device can be named with the second factor's answer.
func TestDeviceNamedWithMFA(t *testing.T) {
	t.Parallel()
	s, secret, d := newDeviceMFAWorld(t, tracking(true, false))
	next := s.totp(nil, s.begin(types.ChallengeNameTypeSoftwareTokenMfa).Session, secret, "DEVICE_KEY", d.key)
	if next.ChallengeName != types.ChallengeNameTypeDeviceSrpAuth {
		t.Fatalf("%+v", next)
	}
	if done, err := s.proveDevice(d, next.Session); err != nil || done.AuthenticationResult == nil {
		t.Fatalf("%+v %v", done, err)
	}
}

// A device does not stand in for a second factor that was never set up.
func TestDeviceDoesNotReplaceSetup(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(true, false))
	_, d := s.enrolled()
	_, err := s.SetUserPoolMfaConfig(s.ctx, &cognito.SetUserPoolMfaConfigInput{
		UserPoolId: &s.pool, MfaConfiguration: types.UserPoolMfaTypeOn,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	next, err := s.proveDevice(d, s.deviceChallenge(d).Session)
	if err != nil || next.ChallengeName != types.ChallengeNameTypeMfaSetup || next.AuthenticationResult != nil {
		t.Fatalf("%+v %v", next, err)
	}
}

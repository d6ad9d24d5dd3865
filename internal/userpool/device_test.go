package userpool_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const noDevice = "Device does not exist."

// device is the client's side of a device.
type device struct{ key, group, password string }

var deviceSalt = []byte("sixteen bytes ..")

func TestConfirmDevice(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	r := s.tokens()
	d := newDevice(r)
	if !strings.HasPrefix(d.key, "us-east-1_") || len(d.key) != len("us-east-1_")+36 || len(d.group) != 9 || d.group[0] != '-' {
		t.Errorf("%+v", d)
	}
	if claims := s.claims(*r.AccessToken); claims["device_key"] != d.key {
		t.Errorf("device_key %v", claims["device_key"])
	}
	if _, ok := s.claims(*r.IdToken)["device_key"]; ok {
		t.Error("the ID token has a device key")
	}
	out, err := s.confirmDevice(r, d)
	if err != nil || out.UserConfirmationNecessary {
		t.Fatalf("%+v %v", out, err)
	}
	created := s.clock.Now()
	want := map[string]string{
		"device_status": "valid", "device_name": "test", "last_ip_used": "192.0.2.1", "dev:device_owner": s.sub + "." + s.pool,
		"dev:device_arn": "arn:aws:cognito-idp:us-east-1:123456789012:owner/" + s.sub + "." + s.pool + "/device/" + d.key,
		"dev:device_sdk": "aws-sdk", "dev:device_remembered_status": "remembered",
	}
	got := s.adminDevice(d)
	if diff := cmp.Diff(want, values(got.DeviceAttributes)); diff != "" {
		t.Error(diff)
	}
	if *got.DeviceKey != d.key || !got.DeviceCreateDate.Equal(created) || !got.DeviceLastAuthenticatedDate.Equal(created) || !got.DeviceLastModifiedDate.Equal(created) {
		t.Errorf("%+v", got)
	}
	own, err := s.GetDevice(s.ctx, &cognito.GetDeviceInput{AccessToken: r.AccessToken, DeviceKey: &d.key})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"device_status": "valid", "device_name": "test", "last_ip_used": "192.0.2.1"}, values(own.Device.DeviceAttributes)); diff != "" {
		t.Error(diff)
	}
	_, err = s.confirmDevice(r, d)
	refused(t, err, "DeviceKeyExistsException", "Device already exists.")

	// In pools that ask the user the device is not remembered yet.
	s = newDeviceWorld(t, tracking(true, true))
	r = s.tokens()
	d = newDevice(r)
	if out, err := s.confirmDevice(r, d); err != nil || !out.UserConfirmationNecessary {
		t.Fatalf("%+v %v", out, err)
	}
	if got := values(s.adminDevice(d).DeviceAttributes); got["dev:device_remembered_status"] != "not_remembered" {
		t.Errorf("%v", got)
	}
}

func TestConfirmDeviceRefused(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	r := s.tokens()
	d := newDevice(r)
	other := newDevice(s.tokens())
	n := base64.StdEncoding.EncodeToString
	salt := n(deviceSalt)
	good := deviceVerifier(d).PasswordVerifier
	for name, c := range map[string]struct {
		key     string
		config  *types.DeviceSecretVerifierConfigType
		message string
	}{
		"another sign-in's key": {other.key, deviceVerifier(other), "Invalid device key given."},
		"made-up key":           {"us-east-1_00000000-0000-4000-8000-000000000000", deviceVerifier(d), "Invalid device key given."},
		"no key":                {"", deviceVerifier(d), "Invalid device key given."},
		"no verifier":           {d.key, nil, "Invalid device secret verifier given."},
		"empty verifier":        {d.key, &types.DeviceSecretVerifierConfigType{}, "Invalid device secret verifier given."},
		"no salt":               {d.key, &types.DeviceSecretVerifierConfigType{PasswordVerifier: good}, "Invalid device secret verifier given."},
		"long salt":             {d.key, &types.DeviceSecretVerifierConfigType{PasswordVerifier: good, Salt: aws.String(n(make([]byte, 257)))}, "Invalid device secret verifier given."},
		"not base64":            {d.key, &types.DeviceSecretVerifierConfigType{PasswordVerifier: aws.String("%%%"), Salt: &salt}, "Invalid device secret verifier given."},
		"zero":                  {d.key, &types.DeviceSecretVerifierConfigType{PasswordVerifier: aws.String(n([]byte{0})), Salt: &salt}, "Invalid device secret verifier given."},
		"one":                   {d.key, &types.DeviceSecretVerifierConfigType{PasswordVerifier: aws.String(n([]byte{1})), Salt: &salt}, "Invalid device secret verifier given."},
		"too long":              {d.key, &types.DeviceSecretVerifierConfigType{PasswordVerifier: aws.String(n(append([]byte{1}, make([]byte, 384)...))), Salt: &salt}, "Invalid device secret verifier given."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.ConfirmDevice(s.ctx, &cognito.ConfirmDeviceInput{AccessToken: r.AccessToken, DeviceKey: &c.key, DeviceSecretVerifierConfig: c.config})
			refused(t, err, "InvalidParameterException", c.message)
		})
	}
	_, err := s.ConfirmDevice(s.ctx, &cognito.ConfirmDeviceInput{AccessToken: aws.String("x"), DeviceKey: &d.key})
	refused(t, err, "NotAuthorizedException", "Invalid Access Token")
	if _, err := s.ConfirmDevice(s.ctx, &cognito.ConfirmDeviceInput{}); err == nil {
		t.Error("confirmed")
	}
	// Nothing of that made a device.
	list, err := s.ListDevices(s.ctx, &cognito.ListDevicesInput{AccessToken: r.AccessToken})
	if err != nil || list.Devices == nil || len(list.Devices) != 0 {
		t.Errorf("%+v %v", list, err)
	}

	// A pool that tracks no devices gives no key and confirms none.
	plain := newSignInWorld(t)
	r = plain.tokens()
	if _, ok := plain.claims(*r.AccessToken)["device_key"]; ok || r.NewDeviceMetadata != nil {
		t.Error("a device without tracking")
	}
	_, err = plain.confirmDevice(r, d)
	refused(t, err, "InvalidParameterException", "Invalid device key given.")
	if out, err := plain.passwordFrom(d); err != nil || out.AuthenticationResult == nil {
		t.Errorf("DEVICE_KEY in a pool without tracking: %+v %v", out, err)
	}
}

func TestRememberedDeviceSignIn(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	_, d := s.enrolled()
	s.clock.Advance(time.Hour)
	s.ctx = from(s.ctx, "2001:db8::7")
	out := s.deviceChallenge(d)
	c, next, err := s.deviceSRP(d, out.Session)
	if err != nil {
		t.Fatal(err)
	}
	p := next.ChallengeParameters
	if next.ChallengeName != types.ChallengeNameTypeDevicePasswordVerifier || p["DEVICE_KEY"] != d.key || p["SALT"] != srp.Hex(deviceSalt) || p["SRP_B"] == "" || p["SECRET_BLOCK"] == "" {
		t.Fatalf("%+v", next)
	}
	responses := s.deviceProof(c, d, p)
	done, err := s.respond(next.ChallengeName, next.Session, responses)
	if err != nil {
		t.Fatal(err)
	}
	r := done.AuthenticationResult
	if r == nil || r.NewDeviceMetadata != nil || s.claims(*r.AccessToken)["device_key"] != d.key {
		t.Fatalf("%+v", done)
	}
	got := s.adminDevice(d)
	if !got.DeviceLastAuthenticatedDate.Equal(s.clock.Now()) || values(got.DeviceAttributes)["last_ip_used"] != "2001:db8::7" {
		t.Errorf("%+v", got)
	}
	if err := s.refreshFrom(*r.RefreshToken, d.key); err != nil {
		t.Error(err)
	}
	// Both sessions are used up.
	_, err = s.respond(next.ChallengeName, next.Session, responses)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	_, _, err = s.deviceSRP(d, out.Session)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")

	// By SRP: the key comes with either call.
	for _, when := range []string{"InitiateAuth", "RespondToAuthChallenge"} {
		c := srp.NewClient(ids.Source{})
		first := params("USERNAME", jane, "SRP_A", c.Public())
		if when == "InitiateAuth" {
			first["DEVICE_KEY"] = d.key
		}
		out, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{ClientId: &s.client, AuthFlow: types.AuthFlowTypeUserSrpAuth, AuthParameters: first})
		if err != nil {
			t.Fatal(err)
		}
		second := s.proof(c, out.ChallengeParameters, goodPassword)
		if when != "InitiateAuth" {
			second["DEVICE_KEY"] = d.key
		}
		asked, err := s.verify(second)
		if err != nil || asked.ChallengeName != types.ChallengeNameTypeDeviceSrpAuth {
			t.Fatalf("%s: %+v %v", when, asked, err)
		}
		if done, err := s.proveDevice(d, asked.Session); err != nil || done.AuthenticationResult == nil {
			t.Errorf("%s: %+v %v", when, done, err)
		}
	}
}

func TestDeviceProofRefused(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	_, d := s.enrolled()
	_, other := s.enrolled()
	begin := func() (*srp.Client, *newops.RespondToAuthChallengeOutput) {
		t.Helper()
		c, out, err := s.deviceSRP(d, s.deviceChallenge(d).Session)
		if err != nil {
			t.Fatal(err)
		}
		return c, out
	}
	verify := func(session *string, responses map[string]string) error {
		_, err := s.respond(types.ChallengeNameTypeDevicePasswordVerifier, session, responses)
		return err
	}
	// A wrong password leaves the session open, and does not lock the user.
	c, out := begin()
	for range 3 {
		wrong := s.deviceProof(c, &device{d.key, d.group, "wrong"}, out.ChallengeParameters)
		refused(t, verify(out.Session, wrong), "NotAuthorizedException", badCredentials)
	}
	refused(t, verify(out.Session, s.deviceProof(c, &device{d.key, "-00000000", d.password}, out.ChallengeParameters)), "NotAuthorizedException", badCredentials)
	if err := verify(out.Session, s.deviceProof(c, d, out.ChallengeParameters)); err != nil {
		t.Error(err)
	}
	// Somebody else's device, session or block.
	c, out = begin()
	responses := s.deviceProof(c, d, out.ChallengeParameters)
	responses["DEVICE_KEY"] = other.key
	refused(t, verify(out.Session, responses), "ResourceNotFoundException", noDevice)
	responses = s.deviceProof(c, d, out.ChallengeParameters)
	_, second := begin()
	refused(t, verify(second.Session, responses), "NotAuthorizedException", "Invalid session for the user.")
	refused(t, verify(nil, responses), "NotAuthorizedException", "Invalid session for the user.")
	responses["PASSWORD_CLAIM_SECRET_BLOCK"] = base64.StdEncoding.EncodeToString([]byte("nonsense"))
	refused(t, verify(out.Session, responses), "NotAuthorizedException", badCredentials)
	responses = s.deviceProof(c, d, out.ChallengeParameters)
	responses["TIMESTAMP"] = "now"
	refused(t, verify(out.Session, responses), "InvalidParameterException", "Invalid TIMESTAMP.")
	for _, missing := range []string{"DEVICE_KEY", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "USERNAME"} {
		responses := s.deviceProof(c, d, out.ChallengeParameters)
		delete(responses, missing)
		refused(t, verify(out.Session, responses), "InvalidParameterException", "Missing required parameter "+missing)
	}
	// The block of a password's exchange is none of a device's.
	pc, po := s.challengeSRP(jane)
	mixed := s.proof(pc, po.ChallengeParameters, goodPassword)
	mixed["DEVICE_KEY"] = d.key
	refused(t, verify(out.Session, mixed), "NotAuthorizedException", "Invalid session for the user.")
	s.clock.Advance(3 * time.Minute)
	refused(t, verify(out.Session, s.deviceProof(c, d, out.ChallengeParameters)), "NotAuthorizedException", "Invalid session for the user, session is expired.")

	// DEVICE_SRP_AUTH itself.
	asked := s.deviceChallenge(d)
	_, _, err := s.deviceSRP(other, asked.Session)
	refused(t, err, "ResourceNotFoundException", noDevice)
	for _, a := range []string{"0", "nonsense", ""} {
		_, err := s.respond(types.ChallengeNameTypeDeviceSrpAuth, asked.Session, params("USERNAME", jane, "DEVICE_KEY", d.key, "SRP_A", a))
		if a == "" {
			refused(t, err, "InvalidParameterException", "Missing required parameter SRP_A")
			continue
		}
		refused(t, err, "InvalidParameterException", "Invalid SRP_A.")
	}
	// A device that is forgotten meanwhile.
	if _, err := s.AdminForgetDevice(s.ctx, &cognito.AdminForgetDeviceInput{UserPoolId: &s.pool, Username: aws.String(jane), DeviceKey: &d.key}); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.deviceSRP(d, asked.Session)
	refused(t, err, "ResourceNotFoundException", noDevice)
}

// A device that does not exist is told after the password, and does not use up
// the session: clients go on without it.
func TestUnknownDevice(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	r, d := s.enrolled()
	s.confirmed(s.client, "joe@example.com", "email", "joe@example.com")
	_, err := s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", "joe@example.com", "PASSWORD", goodPassword, "DEVICE_KEY", d.key)
	refused(t, err, "ResourceNotFoundException", noDevice)
	_, err = s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", "joe@example.com", "PASSWORD", "Wrong-Horse-1", "DEVICE_KEY", d.key)
	refused(t, err, "NotAuthorizedException", badCredentials)
	if _, err := s.ForgetDevice(s.ctx, &cognito.ForgetDeviceInput{AccessToken: r.AccessToken, DeviceKey: &d.key}); err != nil {
		t.Fatal(err)
	}
	_, err = s.passwordFrom(d)
	refused(t, err, "ResourceNotFoundException", noDevice)
	c := srp.NewClient(ids.Source{})
	out, err := s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", jane, "SRP_A", c.Public(), "DEVICE_KEY", d.key)
	if err != nil {
		t.Fatal(err)
	}
	responses := s.proof(c, out.ChallengeParameters, goodPassword)
	responses["DEVICE_KEY"] = d.key
	_, err = s.verify(responses)
	refused(t, err, "ResourceNotFoundException", noDevice)
	delete(responses, "DEVICE_KEY")
	done, err := s.verify(responses)
	if err != nil || done.AuthenticationResult == nil || done.AuthenticationResult.NewDeviceMetadata == nil {
		t.Errorf("%+v %v", done, err)
	}
}

func TestNotRememberedDevice(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(true, true))
	r, d := s.enrolled()
	// Tracked, but not asked to prove itself; its tokens are bound to it.
	out, err := s.passwordFrom(d)
	if err != nil || out.AuthenticationResult == nil || out.AuthenticationResult.NewDeviceMetadata != nil {
		t.Fatalf("%+v %v", out, err)
	}
	if got := s.claims(*out.AuthenticationResult.AccessToken)["device_key"]; got != d.key {
		t.Errorf("device_key %v", got)
	}
	set := func(status types.DeviceRememberedStatusType) {
		t.Helper()
		if _, err := s.UpdateDeviceStatus(s.ctx, &cognito.UpdateDeviceStatusInput{AccessToken: r.AccessToken, DeviceKey: &d.key, DeviceRememberedStatus: status}); err != nil {
			t.Fatal(err)
		}
	}
	set(types.DeviceRememberedStatusTypeRemembered)
	s.deviceChallenge(d)
	set("")
	asked := s.deviceChallenge(d)
	set(types.DeviceRememberedStatusTypeNotRemembered)
	_, _, err = s.deviceSRP(d, asked.Session)
	refused(t, err, "ResourceNotFoundException", noDevice)
	_, err = s.AdminUpdateDeviceStatus(s.ctx, &cognito.AdminUpdateDeviceStatusInput{
		UserPoolId: &s.pool, Username: aws.String(jane), DeviceKey: &d.key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeRemembered,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.deviceChallenge(d)
}

func TestDeviceBindsRefreshTokens(t *testing.T) {
	t.Parallel()
	const invalid = "Invalid Refresh Token."
	s := newDeviceWorld(t, tracking(false, false))
	unconfirmed := s.tokens()
	refused(t, s.refreshFrom(*unconfirmed.RefreshToken, *unconfirmed.NewDeviceMetadata.DeviceKey), "NotAuthorizedException", invalid)
	r, d := s.enrolled()
	_, other := s.enrolled()
	for _, key := range []string{"", other.key, "us-east-1_0"} {
		refused(t, s.refreshFrom(*r.RefreshToken, key), "NotAuthorizedException", invalid)
	}
	if err := s.refreshFrom(*r.RefreshToken, d.key); err != nil {
		t.Fatal(err)
	}
	out, err := s.initiate(types.AuthFlowTypeRefreshToken, "REFRESH_TOKEN", *r.RefreshToken, "DEVICE_KEY", d.key)
	if err != nil || s.claims(*out.AuthenticationResult.AccessToken)["device_key"] != d.key || out.AuthenticationResult.NewDeviceMetadata != nil {
		t.Errorf("%+v %v", out, err)
	}
	got, err := s.GetTokensFromRefreshToken(s.ctx, &cognito.GetTokensFromRefreshTokenInput{ClientId: &s.client, RefreshToken: r.RefreshToken, DeviceKey: &d.key})
	if err != nil || got.AuthenticationResult == nil {
		t.Errorf("%+v %v", got, err)
	}
	_, err = s.exchange(*r.RefreshToken)
	refused(t, err, "NotAuthorizedException", invalid)

	if _, err := s.ForgetDevice(s.ctx, &cognito.ForgetDeviceInput{AccessToken: r.AccessToken, DeviceKey: &d.key}); err != nil {
		t.Fatal(err)
	}
	refused(t, s.refreshFrom(*r.RefreshToken, d.key), "NotAuthorizedException", invalid)
	// It cannot be confirmed again to bring the tokens back.
	_, err = s.confirmDevice(r, d)
	refused(t, err, "InvalidParameterException", "Invalid device key given.")
	// Without tracking tokens are not bound, but the forgotten device's stay
	// revoked.
	in := &newops.UpdateUserPoolInput{}
	in.UserPoolId, in.AutoVerifiedAttributes = &s.pool, []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
	if _, err := s.UpdateUserPool(s.ctx, in); err != nil {
		t.Fatal(err)
	}
	refused(t, s.refreshFrom(*r.RefreshToken, d.key), "NotAuthorizedException", "Refresh Token has been revoked")
	if _, err := s.refresh(*unconfirmed.RefreshToken); err != nil {
		t.Error(err)
	}
	if out, err := s.passwordFrom(other); err != nil || out.AuthenticationResult == nil {
		t.Errorf("%+v %v", out, err)
	}
}

func TestDeviceOperationsRefused(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	r, d := s.enrolled()
	s.confirmed(s.client, "joe@example.com", "email", "joe@example.com")
	joe := s.mustSignIn(s.client, "joe@example.com", goodPassword)
	name := aws.String(jane)
	nobody := aws.String("nobody@example.com")
	for operation, call := range map[string]func(access string, user, key *string) error{
		"GetDevice": func(access string, _, key *string) error {
			_, err := s.GetDevice(s.ctx, &cognito.GetDeviceInput{AccessToken: &access, DeviceKey: key})
			return err
		},
		"UpdateDeviceStatus": func(access string, _, key *string) error {
			_, err := s.UpdateDeviceStatus(s.ctx, &cognito.UpdateDeviceStatusInput{AccessToken: &access, DeviceKey: key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeRemembered})
			return err
		},
		"ForgetDevice": func(access string, _, key *string) error {
			_, err := s.ForgetDevice(s.ctx, &cognito.ForgetDeviceInput{AccessToken: &access, DeviceKey: key})
			return err
		},
		"AdminGetDevice": func(_ string, user, key *string) error {
			_, err := s.AdminGetDevice(s.ctx, &cognito.AdminGetDeviceInput{UserPoolId: &s.pool, Username: user, DeviceKey: key})
			return err
		},
		"AdminUpdateDeviceStatus": func(_ string, user, key *string) error {
			_, err := s.AdminUpdateDeviceStatus(s.ctx, &cognito.AdminUpdateDeviceStatusInput{UserPoolId: &s.pool, Username: user, DeviceKey: key})
			return err
		},
		"AdminForgetDevice": func(_ string, user, key *string) error {
			_, err := s.AdminForgetDevice(s.ctx, &cognito.AdminForgetDeviceInput{UserPoolId: &s.pool, Username: user, DeviceKey: key})
			return err
		},
	} {
		t.Run(operation, func(t *testing.T) {
			refused(t, call(*r.AccessToken, name, aws.String("us-east-1_0")), "ResourceNotFoundException", noDevice)
			refused(t, call(*r.AccessToken, name, nil), "ResourceNotFoundException", noDevice)
			// Another user's device does not exist either.
			refused(t, call(joe, aws.String("joe@example.com"), &d.key), "ResourceNotFoundException", noDevice)
			if !strings.HasPrefix(operation, "Admin") {
				refused(t, call("x", nil, &d.key), "NotAuthorizedException", "Invalid Access Token")
				return
			}
			code := "UserNotFoundException"
			if operation == "AdminGetDevice" {
				code = "ResourceNotFoundException"
			}
			refused(t, call("", nobody, &d.key), code, "User does not exist.")
		})
	}
	_, err := s.AdminListDevices(s.ctx, &cognito.AdminListDevicesInput{UserPoolId: &s.pool, Username: nobody})
	refused(t, err, "ResourceNotFoundException", "User does not exist.")
	_, err = s.AdminListDevices(s.ctx, &cognito.AdminListDevicesInput{UserPoolId: aws.String("us-east-1_nothing00"), Username: name})
	refused(t, err, "ResourceNotFoundException", "User pool us-east-1_nothing00 does not exist.")
	_, err = s.ListDevices(s.ctx, &cognito.ListDevicesInput{})
	refused(t, err, "NotAuthorizedException", "Invalid Access Token")
	if got := values(s.adminDevice(d).DeviceAttributes)["dev:device_remembered_status"]; got != "remembered" {
		t.Errorf("changed: %s", got)
	}
}

func TestListDevices(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	want := map[string]bool{}
	var access *string
	for range 5 {
		r, d := s.enrolled()
		access, want[d.key] = r.AccessToken, true
	}
	s.confirmed(s.client, "joe@example.com", "email", "joe@example.com")
	joe := s.mustSignIn(s.client, "joe@example.com", goodPassword)
	got := map[string]bool{}
	var token *string
	for page := 1; ; page++ {
		out, err := s.ListDevices(s.ctx, &cognito.ListDevicesInput{AccessToken: access, Limit: aws.Int32(2), PaginationToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range out.Devices {
			got[*d.DeviceKey] = true
		}
		if token = out.PaginationToken; token == nil {
			if page != 3 {
				t.Errorf("%d pages", page)
			}
			break
		}
		_, err = s.ListDevices(s.ctx, &cognito.ListDevicesInput{AccessToken: &joe, PaginationToken: token})
		refused(t, err, "InvalidParameterException", "Invalid pagination token.")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for key := range want {
		_, err := s.UpdateDeviceStatus(s.ctx, &cognito.UpdateDeviceStatusInput{AccessToken: access, DeviceKey: &key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeNotRemembered})
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if own, err := s.ListDevices(s.ctx, &cognito.ListDevicesInput{AccessToken: access}); err != nil || len(own.Devices) != 4 {
		t.Errorf("the user sees %d devices, %v", len(own.Devices), err)
	}
	all, err := s.AdminListDevices(s.ctx, &cognito.AdminListDevicesInput{UserPoolId: &s.pool, Username: aws.String(jane), Limit: aws.Int32(0)})
	if err != nil || len(all.Devices) != 5 || all.PaginationToken != nil || values(all.Devices[0].DeviceAttributes)["dev:device_sdk"] == "" {
		t.Errorf("%+v %v", all, err)
	}
	_, err = s.AdminListDevices(s.ctx, &cognito.AdminListDevicesInput{UserPoolId: &s.pool, Username: aws.String(jane), PaginationToken: aws.String("x")})
	refused(t, err, "InvalidParameterException", "Invalid pagination token.")
	// They go with the user.
	if _, err := s.AdminDeleteUser(s.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &s.pool, Username: aws.String(jane)}); err != nil {
		t.Fatal(err)
	}
	err = s.db.View(s.ctx, func(tx *store.Tx) error {
		left, err := tx.Devices(&store.User{PoolID: s.pool, Sub: s.sub}, false, "", 10)
		if len(left) > 0 {
			t.Errorf("%d devices are left", len(left))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

package userpool_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
)

// proof answers PASSWORD_VERIFIER as a client that believes in the password.
func (s *signInWorld) proof(c *srp.Client, challenge map[string]string, password string) map[string]string {
	s.Helper()
	_, group, _ := strings.Cut(s.pool, "_")
	id := challenge["USER_ID_FOR_SRP"]
	key, err := c.SharedKey(challenge["SRP_B"], challenge["SALT"], group, id, password)
	if err != nil {
		s.Fatal(err)
	}
	block, err := base64.StdEncoding.DecodeString(challenge["SECRET_BLOCK"])
	if err != nil {
		s.Fatal(err)
	}
	stamp := srp.FormatTimestamp(s.clock.Now())
	return map[string]string{
		"USERNAME": challenge["USERNAME"], "TIMESTAMP": stamp, "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(srp.Signature(key, group, id, block, stamp)),
	}
}

func (s *signInWorld) challengeSRP(name string) (*srp.Client, *cognito.InitiateAuthOutput) {
	s.Helper()
	c := srp.NewClient(ids.Source{})
	out, err := s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", name, "SRP_A", c.Public())
	if err != nil {
		s.Fatal(err)
	}
	if out.ChallengeName != types.ChallengeNameTypePasswordVerifier || out.AuthenticationResult != nil {
		s.Fatalf("%+v", out)
	}
	return c, out
}

func (s *signInWorld) respond(name types.ChallengeNameType, session *string, responses map[string]string) (*newops.RespondToAuthChallengeOutput, error) {
	return s.RespondToAuthChallenge(s.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &s.client, ChallengeName: name, Session: session, ChallengeResponses: responses,
	})
}

func (s *signInWorld) verify(responses map[string]string) (*newops.RespondToAuthChallengeOutput, error) {
	return s.respond(types.ChallengeNameTypePasswordVerifier, nil, responses)
}

func TestSRPSignIn(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	c, out := s.challengeSRP(jane)
	if out.ChallengeParameters["USERNAME"] != s.sub || out.ChallengeParameters["USER_ID_FOR_SRP"] != s.sub || len(out.ChallengeParameters) != 5 || out.Session != nil {
		t.Errorf("%+v", out)
	}
	responses := s.proof(c, out.ChallengeParameters, goodPassword)
	done, err := s.verify(responses)
	if err != nil {
		t.Fatal(err)
	}
	if done.AuthenticationResult == nil || s.claims(*done.AuthenticationResult.IdToken)["sub"] != s.sub {
		t.Fatalf("%+v", done)
	}
	_, err = s.verify(responses)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")

	// The e-mail address instead of USER_ID_FOR_SRP, and an administrator.
	c, out = s.challengeSRP(jane)
	responses = s.proof(c, out.ChallengeParameters, goodPassword)
	responses["USERNAME"] = jane
	_, err = s.AdminRespondToAuthChallenge(s.ctx, &cognito.AdminRespondToAuthChallengeInput{
		UserPoolId: &s.pool, ClientId: &s.client, ChallengeName: types.ChallengeNameTypePasswordVerifier, ChallengeResponses: responses,
	})
	if err != nil {
		t.Error(err)
	}
	// A user with a temporary password goes on to choose one.
	_, err = s.AdminSetUserPassword(s.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &s.pool, Username: aws.String(jane), Password: aws.String("Temporary-1")})
	if err != nil {
		t.Fatal(err)
	}
	c, out = s.challengeSRP(jane)
	done, err = s.verify(s.proof(c, out.ChallengeParameters, "Temporary-1"))
	if err != nil || done.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
		t.Errorf("%+v %v", done, err)
	}
}

func TestSRPRefused(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	s.confirmed(s.client, "john@example.com", "email", "john@example.com")
	modulus := "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
	for _, a := range []string{"0", "00", modulus, "xyz", strings.Repeat("a", 5000)} {
		_, err := s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", jane, "SRP_A", a)
		refused(t, err, "InvalidParameterException", "Invalid SRP_A.")
	}
	_, err := s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", jane)
	refused(t, err, "InvalidParameterException", "Missing required parameter SRP_A")

	// A success in between keeps the failures from locking.
	succeed := func() {
		t.Helper()
		c, out := s.challengeSRP(jane)
		if _, err := s.verify(s.proof(c, out.ChallengeParameters, goodPassword)); err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func(map[string]string){
		"forged signature":    func(r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = changed(r["PASSWORD_CLAIM_SIGNATURE"]) },
		"signature no base64": func(r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = "!" },
		"other user's name":   func(r map[string]string) { r["USERNAME"] = "john@example.com" },
		"other time":          func(r map[string]string) { r["TIMESTAMP"] = srp.FormatTimestamp(s.clock.Now().Add(time.Hour)) },
		"changed block": func(r map[string]string) {
			r["PASSWORD_CLAIM_SECRET_BLOCK"] = changed(r["PASSWORD_CLAIM_SECRET_BLOCK"])
		},
		"block is none":   func(r map[string]string) { r["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA" },
		"block no base64": func(r map[string]string) { r["PASSWORD_CLAIM_SECRET_BLOCK"] = "!" },
	} {
		c, out := s.challengeSRP(jane)
		responses := s.proof(c, out.ChallengeParameters, goodPassword)
		change(responses)
		if _, err := s.verify(responses); err == nil {
			t.Errorf("%s was accepted", name)
		} else {
			refused(t, err, "NotAuthorizedException", badCredentials)
		}
		succeed()
	}
	c, out := s.challengeSRP(jane)
	responses := s.proof(c, out.ChallengeParameters, goodPassword)
	responses["TIMESTAMP"] = "yesterday"
	_, err = s.verify(responses)
	refused(t, err, "InvalidParameterException", "Invalid TIMESTAMP.")
	delete(responses, "USERNAME")
	_, err = s.verify(responses)
	refused(t, err, "InvalidParameterException", "Missing required parameter USERNAME")

	// The proof for one sign-in does not fit another.
	c, out = s.challengeSRP(jane)
	_, second := s.challengeSRP(jane)
	responses = s.proof(c, out.ChallengeParameters, goodPassword)
	responses["PASSWORD_CLAIM_SECRET_BLOCK"] = second.ChallengeParameters["SECRET_BLOCK"]
	_, err = s.verify(responses)
	refused(t, err, "NotAuthorizedException", badCredentials)
	// Nor does it for another client or after the session's time.
	c, out = s.challengeSRP(jane)
	responses = s.proof(c, out.ChallengeParameters, goodPassword)
	own := s.client
	s.client = s.world.client(s.pool, everyFlow)
	_, err = s.verify(responses)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	s.client = own
	s.clock.Advance(3 * time.Minute)
	_, err = s.verify(responses)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session is expired.")
	// Nor after the user signed out everywhere.
	c, out = s.challengeSRP(jane)
	if _, err := s.AdminUserGlobalSignOut(s.ctx, &cognito.AdminUserGlobalSignOutInput{UserPoolId: &s.pool, Username: aws.String(jane)}); err != nil {
		t.Fatal(err)
	}
	_, err = s.verify(s.proof(c, out.ChallengeParameters, goodPassword))
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
}

func TestSRPLockout(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	for range 5 {
		c, out := s.challengeSRP(jane)
		_, err := s.verify(s.proof(c, out.ChallengeParameters, "Wrong-Horse-1"))
		refused(t, err, "NotAuthorizedException", badCredentials)
	}
	_, err := s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", jane, "SRP_A", "ab")
	refused(t, err, "NotAuthorizedException", "Password attempts exceeded")
	_, err = s.password(jane, goodPassword)
	refused(t, err, "NotAuthorizedException", "Password attempts exceeded")
}

// Somebody who does not exist is challenged like everybody: by a user id and a
// salt that stay the same, and refused at the end.
func TestSRPOfUnknownUser(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t, hideUsers)
	c, first := s.challengeSRP("nobody@example.com")
	_, second := s.challengeSRP("nobody@example.com")
	_, other := s.challengeSRP("nobody2@example.com")
	_, known := s.challengeSRP(jane)
	for _, name := range []string{"SALT", "USER_ID_FOR_SRP", "USERNAME"} {
		if first.ChallengeParameters[name] != second.ChallengeParameters[name] || first.ChallengeParameters[name] == other.ChallengeParameters[name] {
			t.Errorf("%s: %s, %s, %s", name, first.ChallengeParameters[name], second.ChallengeParameters[name], other.ChallengeParameters[name])
		}
		if len(first.ChallengeParameters[name]) != len(known.ChallengeParameters[name]) {
			t.Errorf("%s: %s unlike %s", name, first.ChallengeParameters[name], known.ChallengeParameters[name])
		}
	}
	if len(first.ChallengeParameters["SECRET_BLOCK"]) != len(known.ChallengeParameters["SECRET_BLOCK"]) {
		t.Error("SECRET_BLOCK tells by its length who exists")
	}
	_, err := s.verify(s.proof(c, first.ChallengeParameters, goodPassword))
	refused(t, err, "NotAuthorizedException", badCredentials)
	c, again := s.challengeSRP("nobody@example.com")
	responses := s.proof(c, again.ChallengeParameters, goodPassword)
	responses["USERNAME"] = "nobody@example.com"
	_, err = s.verify(responses)
	refused(t, err, "NotAuthorizedException", badCredentials)

	s = newSignInWorld(t)
	_, err = s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", "nobody@example.com", "SRP_A", "ab")
	refused(t, err, "UserNotFoundException", "User does not exist.")
}

func FuzzSession(f *testing.F) {
	s := newSignInWorld(f)
	if _, err := s.AdminSetUserPassword(s.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &s.pool, Username: aws.String(jane), Password: aws.String("Temporary-1")}); err != nil {
		f.Fatal(err)
	}
	out, err := s.password(jane, "Temporary-1")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(*out.Session, "NEW_PASSWORD_REQUIRED")
	f.Add("AAAA", "PASSWORD_VERIFIER")
	f.Fuzz(func(t *testing.T, text, name string) {
		_, err := s.respond(types.ChallengeNameType(name), &text, map[string]string{
			"USERNAME": jane, "NEW_PASSWORD": "Chosen-One-1", "PASSWORD_CLAIM_SECRET_BLOCK": text, "PASSWORD_CLAIM_SIGNATURE": text,
			"TIMESTAMP": srp.FormatTimestamp(s.clock.Now()), "userAttributes." + name: text,
		})
		if err == nil && text != *out.Session {
			t.Errorf("%q was accepted", text)
		}
	})
}

// Whatever a client sends instead of a proof, it is refused with an error of the
// API's.
func FuzzSRPSignIn(f *testing.F) {
	s := newSignInWorld(f)
	c, out := s.challengeSRP(jane)
	right := s.proof(c, out.ChallengeParameters, goodPassword)
	f.Add(c.Public(), right["PASSWORD_CLAIM_SIGNATURE"], out.ChallengeParameters["SECRET_BLOCK"], right["TIMESTAMP"])
	f.Add("0", "", "", "Tue Nov 3 04:05:06 UTC 2026")
	f.Add("ff", "AAAA", "AAAA", "")
	f.Fuzz(func(t *testing.T, public, signature, block, stamp string) {
		var api smithy.APIError
		if _, err := s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", jane, "SRP_A", public); err != nil && !errors.As(err, &api) {
			t.Errorf("SRP_A %q: %v", public, err)
		}
		if signature == right["PASSWORD_CLAIM_SIGNATURE"] && block == right["PASSWORD_CLAIM_SECRET_BLOCK"] {
			return
		}
		_, err := s.verify(map[string]string{"USERNAME": jane, "PASSWORD_CLAIM_SIGNATURE": signature, "PASSWORD_CLAIM_SECRET_BLOCK": block, "TIMESTAMP": stamp})
		if err == nil || !errors.As(err, &api) {
			t.Errorf("%q %q %q: %v", signature, block, stamp, err)
		}
	})
}

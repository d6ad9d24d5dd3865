package userpool_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

const (
	badCredentials = "Incorrect username or password."
	jane           = "jane@example.com"
)

// everyFlow lets a client use every flow.
func everyFlow(in *cognito.CreateUserPoolClientInput) {
	in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{
		types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
		types.ExplicitAuthFlowsTypeAllowUserSrpAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeAllowUserAuth,
	}
}

// signInWorld is a world with a pool, a client with every flow, and a user.
type signInWorld struct {
	*world
	pool, client, sub string
}

func newSignInWorld(t testing.TB, change ...func(*cognito.CreateUserPoolClientInput)) *signInWorld {
	t.Helper()
	return signInWorldIn(newWorld(t), change...)
}

func signInWorldIn(w *world, change ...func(*cognito.CreateUserPoolClientInput)) *signInWorld {
	w.Helper()
	s := &signInWorld{world: w, pool: w.pool(emailPool)}
	s.client = w.client(s.pool, func(in *cognito.CreateUserPoolClientInput) {
		everyFlow(in)
		for _, f := range change {
			f(in)
		}
	})
	open := w.client(s.pool, everyFlow)
	s.sub = w.confirmed(open, jane, "email", jane)
	return s
}

// changed is the text with one character in its middle changed.
func changed(text string) string {
	b := []byte(text)
	at := len(b) / 2
	if b[at] == 'A' {
		b[at] = 'B'
	} else {
		b[at] = 'A'
	}
	return string(b)
}

func params(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func (s *signInWorld) initiate(flow types.AuthFlowType, pairs ...string) (*cognito.InitiateAuthOutput, error) {
	return s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{ClientId: &s.client, AuthFlow: flow, AuthParameters: params(pairs...)})
}

func (s *signInWorld) adminInitiate(flow types.AuthFlowType, pairs ...string) (*cognito.AdminInitiateAuthOutput, error) {
	return s.AdminInitiateAuth(s.ctx, &cognito.AdminInitiateAuthInput{
		UserPoolId: &s.pool, ClientId: &s.client, AuthFlow: flow, AuthParameters: params(pairs...),
	})
}

func (s *signInWorld) password(name, password string) (*cognito.InitiateAuthOutput, error) {
	return s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password)
}

// tokens signs jane in.
func (s *signInWorld) tokens() *types.AuthenticationResultType {
	s.Helper()
	out, err := s.password(jane, goodPassword)
	if err != nil {
		s.Fatal(err)
	}
	return out.AuthenticationResult
}

func (s *signInWorld) refresh(token string) (*types.AuthenticationResultType, error) {
	out, err := s.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", token)
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func (s *signInWorld) getUser(access string) error {
	_, err := s.GetUser(s.ctx, &cognito.GetUserInput{AccessToken: &access})
	return err
}

// claims reads a token that it verifies with the pool's published keys.
func (s *signInWorld) claims(text string) map[string]any {
	s.Helper()
	doc, err := s.JWKS(s.ctx, s.pool)
	if err != nil {
		s.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(doc, &set); err != nil {
		s.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		s.Fatal(err)
	}
	payload, err := signed.Verify(set)
	if err != nil {
		s.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		s.Fatal(err)
	}
	return claims
}

func TestPasswordSignIn(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	public, err := s.password(jane, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := s.adminInitiate(types.AuthFlowTypeAdminUserPasswordAuth, "USERNAME", s.sub, "PASSWORD", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := s.adminInitiate(types.AuthFlowTypeAdminNoSrpAuth, "USERNAME", jane, "PASSWORD", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if public.ChallengeParameters == nil || len(public.ChallengeParameters) != 0 || public.ChallengeName != "" || public.Session != nil {
		t.Errorf("%+v", public)
	}
	for _, r := range []*types.AuthenticationResultType{public.AuthenticationResult, admin.AuthenticationResult, legacy.AuthenticationResult} {
		if r.ExpiresIn != 3600 || *r.TokenType != "Bearer" || !strings.HasPrefix(*r.RefreshToken, "eyJjd") || strings.Count(*r.RefreshToken, ".") != 4 || r.NewDeviceMetadata != nil {
			t.Errorf("%+v", r)
		}
		s.claims(*r.IdToken)
		s.claims(*r.AccessToken)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	r := s.tokens()
	id, access := s.claims(*r.IdToken), s.claims(*r.AccessToken)
	now := float64(s.clock.Now().Unix())
	issuer := "http://localhost:7665/" + s.pool
	random := cmpopts.IgnoreMapEntries(func(k string, _ any) bool { return k == "jti" || k == "origin_jti" || k == "event_id" })
	if d := cmp.Diff(map[string]any{
		"sub": s.sub, "aud": s.client, "iss": issuer, "token_use": "id", "cognito:username": s.sub,
		"email": jane, "email_verified": true, "auth_time": now, "iat": now, "exp": now + 3600,
	}, id, random); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]any{
		"sub": s.sub, "client_id": s.client, "iss": issuer, "token_use": "access", "username": s.sub,
		"scope": "aws.cognito.signin.user.admin", "auth_time": now, "iat": now, "exp": now + 3600,
	}, access, random); d != "" {
		t.Error(d)
	}
	if id["origin_jti"] != access["origin_jti"] || id["event_id"] != access["event_id"] || id["jti"] == access["jti"] || id["jti"] == id["origin_jti"] {
		t.Errorf("%v %v", id, access)
	}
	for _, name := range []string{"jti", "origin_jti", "event_id"} {
		if text, _ := id[name].(string); len(text) != 36 {
			t.Errorf("%s: %v", name, id[name])
		}
	}
}

// The ID token has what the client may read, with the types of the claims.
func TestClaimsOfAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		in.Schema = []types.SchemaAttributeType{
			{Name: aws.String("size"), AttributeDataType: types.AttributeDataTypeNumber, Mutable: aws.Bool(true)},
			{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)},
		}
	})
	s := &signInWorld{world: w, pool: pool}
	s.client = w.client(pool, func(in *cognito.CreateUserPoolClientInput) {
		in.ReadAttributes = []string{"custom:size", "address", "updated_at", "phone_number_verified"}
		in.WriteAttributes = []string{"custom:size", "custom:team", "address", "updated_at", "phone_number", "name"}
	})
	w.mustSignUp(s.client, "sam", "custom:size", "7", "custom:team", "red", "address", "1 Road", "updated_at", "12", "phone_number", "+15550001", "name", "Sam")
	if _, err := w.AdminConfirmSignUp(w.ctx, &cognito.AdminConfirmSignUpInput{UserPoolId: &pool, Username: aws.String("sam")}); err != nil {
		t.Fatal(err)
	}
	out, err := s.password("sam", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	id := s.claims(*out.AuthenticationResult.IdToken)
	for name, want := range map[string]any{
		"custom:size": "7", "address": map[string]any{"formatted": "1 Road"}, "updated_at": 12.0, "phone_number_verified": false,
		"custom:team": nil, "phone_number": nil, "name": nil, "cognito:username": "sam",
	} {
		if d := cmp.Diff(want, id[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestTokenValidity(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t, func(in *cognito.CreateUserPoolClientInput) {
		in.AccessTokenValidity, in.IdTokenValidity, in.RefreshTokenValidity = aws.Int32(5), aws.Int32(2), 150
		in.TokenValidityUnits = &types.TokenValidityUnitsType{
			AccessToken: types.TimeUnitsTypeMinutes, IdToken: types.TimeUnitsTypeHours, RefreshToken: types.TimeUnitsTypeMinutes,
		}
	})
	r := s.tokens()
	now := float64(s.clock.Now().Unix())
	if r.ExpiresIn != 300 || s.claims(*r.AccessToken)["exp"] != now+300 || s.claims(*r.IdToken)["exp"] != now+7200 {
		t.Errorf("%+v", r)
	}
	s.clock.Advance(150*time.Minute - 1)
	if _, err := s.refresh(*r.RefreshToken); err != nil {
		t.Error(err)
	}
	refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has expired")
	s.clock.Advance(1)
	_, err := s.refresh(*r.RefreshToken)
	refused(t, err, "NotAuthorizedException", "Refresh Token has expired")
}

func TestPasswordRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, user, password, code, message string
		hidden                              bool
	}{
		{"wrong password", jane, "Wrong-Horse-1", "NotAuthorizedException", badCredentials, false},
		{"another case", jane, strings.ToUpper(goodPassword), "NotAuthorizedException", badCredentials, false},
		{"unknown user", "john@example.com", goodPassword, "UserNotFoundException", "User does not exist.", false},
		{"unknown user, hidden", "john@example.com", goodPassword, "NotAuthorizedException", badCredentials, true},
		{"no password", jane, "", "InvalidParameterException", "Missing required parameter PASSWORD", false},
		{"no username", "", goodPassword, "InvalidParameterException", "Missing required parameter USERNAME", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSignInWorld(t, func(in *cognito.CreateUserPoolClientInput) {
				if c.hidden {
					hideUsers(in)
				}
			})
			_, err := s.password(c.user, c.password)
			refused(t, err, c.code, c.message)
			_, err = s.adminInitiate(types.AuthFlowTypeAdminUserPasswordAuth, "USERNAME", c.user, "PASSWORD", c.password)
			refused(t, err, c.code, c.message)
		})
	}
}

func TestFlowRefused(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t, func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}
	})
	credentials := []string{"USERNAME", jane, "PASSWORD", goodPassword, "SRP_A", "ab"}
	_, err := s.initiate(types.AuthFlowTypeUserPasswordAuth, credentials...)
	refused(t, err, "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")
	_, err = s.adminInitiate(types.AuthFlowTypeAdminUserPasswordAuth, credentials...)
	refused(t, err, "InvalidParameterException", "Auth flow not enabled for this client")
	_, err = s.initiate(types.AuthFlowTypeUserSrpAuth, credentials...)
	refused(t, err, "InvalidParameterException", "USER_SRP_AUTH is not enabled for the client.")

	s = newSignInWorld(t)
	for _, flow := range []types.AuthFlowType{types.AuthFlowTypeAdminUserPasswordAuth, types.AuthFlowTypeAdminNoSrpAuth, "NONSENSE"} {
		_, err := s.initiate(flow, credentials...)
		refused(t, err, "InvalidParameterException", "Initiate Auth method not supported.")
	}
	_, err = s.adminInitiate(types.AuthFlowTypeUserPasswordAuth, credentials...)
	refused(t, err, "InvalidParameterException", "Initiate Auth method not supported.")
}

func TestClientRefused(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	_, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{
		ClientId: aws.String("nobody"), AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", jane, "PASSWORD", goodPassword),
	})
	refused(t, err, "ResourceNotFoundException", "User pool client nobody does not exist.")
	other := newSignInWorld(t)
	_, err = s.AdminInitiateAuth(s.ctx, &cognito.AdminInitiateAuthInput{UserPoolId: &s.pool, ClientId: &other.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth})
	refused(t, err, "ResourceNotFoundException", "User pool client "+other.client+" does not exist.")
	for _, call := range []*awswire.Call{{Account: "999999999999", Region: "us-east-1"}, {Account: "123456789012", Region: "eu-west-1"}} {
		_, err = s.AdminInitiateAuth(awswire.WithCall(s.ctx, call), &cognito.AdminInitiateAuthInput{
			UserPoolId: &s.pool, ClientId: &s.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
			AuthParameters: params("USERNAME", jane, "PASSWORD", goodPassword),
		})
		refused(t, err, "ResourceNotFoundException", "User pool "+s.pool+" does not exist.")
	}
	// Nil members, which the constraints exclude, must do no harm.
	if _, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{}); err == nil {
		t.Error("signed in")
	}
	if _, err := s.RespondToAuthChallenge(s.ctx, &cognito.RespondToAuthChallengeInput{}); err == nil {
		t.Error("signed in")
	}
}

func secretHash(secret, name, client string) string { return *signedUsername(secret, name, client) }

func TestSecretHash(t *testing.T) {
	t.Parallel()
	const secret = "abcdefghijklmnopqrstuvwxyz0123456789"
	s := newSignInWorld(t, func(in *cognito.CreateUserPoolClientInput) { in.ClientSecret = aws.String(secret) })
	_, err := s.password(jane, goodPassword)
	refused(t, err, "NotAuthorizedException", "Client "+s.client+" is configured with secret but SECRET_HASH was not received")
	for _, wrong := range []string{"x", secretHash("other", jane, s.client), secretHash(secret, "other", s.client), secretHash(secret, jane, "other")} {
		_, err = s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", jane, "PASSWORD", goodPassword, "SECRET_HASH", wrong)
		refused(t, err, "NotAuthorizedException", "Unable to verify secret hash for client "+s.client)
	}
	out, err := s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", jane, "PASSWORD", goodPassword, "SECRET_HASH", secretHash(secret, jane, s.client))
	if err != nil {
		t.Fatal(err)
	}
	refreshToken := *out.AuthenticationResult.RefreshToken
	_, err = s.refresh(refreshToken)
	refused(t, err, "NotAuthorizedException", "Client "+s.client+" is configured with secret but SECRET_HASH was not received")
	_, err = s.initiate(types.AuthFlowTypeRefreshToken, "REFRESH_TOKEN", refreshToken, "SECRET_HASH", secretHash(secret, jane, s.client))
	refused(t, err, "NotAuthorizedException", "Unable to verify secret hash for client "+s.client)
	if _, err := s.initiate(types.AuthFlowTypeRefreshToken, "REFRESH_TOKEN", refreshToken, "SECRET_HASH", secretHash(secret, s.sub, s.client)); err != nil {
		t.Error(err)
	}
}

func TestUserStates(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	open := s.world.client(s.pool, nil)
	s.mustSignUp(open, "new@example.com", "email", "new@example.com")
	_, err := s.password("new@example.com", goodPassword)
	refused(t, err, "UserNotConfirmedException", "User is not confirmed.")
	_, err = s.password("new@example.com", "Wrong-Horse-1")
	refused(t, err, "NotAuthorizedException", badCredentials)

	if _, err := s.AdminDisableUser(s.ctx, &cognito.AdminDisableUserInput{UserPoolId: &s.pool, Username: aws.String(jane)}); err != nil {
		t.Fatal(err)
	}
	_, err = s.password(jane, goodPassword)
	refused(t, err, "NotAuthorizedException", "User is disabled.")
	_, err = s.password(jane, "Wrong-Horse-1")
	refused(t, err, "NotAuthorizedException", badCredentials)
	if _, err := s.AdminEnableUser(s.ctx, &cognito.AdminEnableUserInput{UserPoolId: &s.pool, Username: aws.String(jane)}); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Second)
	s.tokens()
	if _, err := s.AdminDeleteUser(s.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &s.pool, Username: aws.String(jane)}); err != nil {
		t.Fatal(err)
	}
	_, err = s.password(jane, goodPassword)
	refused(t, err, "UserNotFoundException", "User does not exist.")
}

func (s *signInWorld) setStatus(status types.UserStatusType) {
	s.Helper()
	err := s.db.Update(s.ctx, func(tx *store.Tx) error {
		u, err := tx.UserBySub(s.pool, s.sub)
		if err != nil {
			return err
		}
		u.Status = string(status)
		return tx.UpdateUser(u)
	})
	if err != nil {
		s.Fatal(err)
	}
}

func TestResetRequired(t *testing.T) {
	t.Parallel()
	const message = "Password reset required for the user"
	s := newSignInWorld(t)
	s.setStatus(types.UserStatusTypeResetRequired)
	for _, password := range []string{goodPassword, "Wrong-Horse-1"} {
		_, err := s.password(jane, password)
		refused(t, err, "PasswordResetRequiredException", message)
	}
	s = newSignInWorld(t, hideUsers)
	s.setStatus(types.UserStatusTypeResetRequired)
	_, err := s.password(jane, goodPassword)
	refused(t, err, "PasswordResetRequiredException", message)
	_, err = s.password(jane, "Wrong-Horse-1")
	refused(t, err, "NotAuthorizedException", badCredentials)
}

// After the fifth failure in a row the user is locked for 1 s, then 2 s, and so
// on; attempts meanwhile are refused whatever the password is and do not count.
func TestLockout(t *testing.T) {
	t.Parallel()
	for _, name := range []string{jane, "nobody@example.com"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSignInWorld(t, hideUsers)
			for range 5 {
				_, err := s.password(name, "Wrong-Horse-1")
				refused(t, err, "NotAuthorizedException", badCredentials)
			}
			for _, lock := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900} {
				for range 3 {
					_, err := s.password(name, goodPassword)
					refused(t, err, "NotAuthorizedException", "Password attempts exceeded")
				}
				s.clock.Advance(lock*time.Second - 1)
				_, err := s.adminInitiate(types.AuthFlowTypeAdminUserPasswordAuth, "USERNAME", name, "PASSWORD", goodPassword)
				refused(t, err, "NotAuthorizedException", "Password attempts exceeded")
				s.clock.Advance(1)
				_, err = s.password(name, "Wrong-Horse-1")
				refused(t, err, "NotAuthorizedException", badCredentials)
			}
		})
	}
}

func TestLockoutEnds(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	fail := func(n int) {
		t.Helper()
		for range n {
			_, err := s.password(jane, "Wrong-Horse-1")
			refused(t, err, "NotAuthorizedException", badCredentials)
		}
	}
	fail(4)
	s.tokens() // forgets the failures
	fail(5)
	s.clock.Advance(time.Second)
	s.tokens()
	fail(4)
	s.clock.Advance(15 * time.Minute) // so does a quarter of an hour
	fail(5)
	_, err := s.password(jane, goodPassword)
	refused(t, err, "NotAuthorizedException", "Password attempts exceeded")
}

// Guesses at the same time learn no more than guesses one after another.
func TestLockoutOfManyAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		s := signInWorldIn(newWorldOn(t, cfg))
		var wg sync.WaitGroup
		var mu sync.Mutex
		told := map[string]int{}
		for range 20 {
			wg.Go(func() {
				_, err := s.password(jane, "Wrong-Horse-1")
				mu.Lock()
				defer mu.Unlock()
				told[err.Error()]++
			})
		}
		wg.Wait()
		wrong := 0
		for text, n := range told {
			if strings.Contains(text, badCredentials) {
				wrong += n
			}
		}
		if wrong != 5 {
			t.Errorf("%d guesses were told that they are wrong: %v", wrong, told)
		}
	})
}

func TestNewPasswordRequired(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	temporary := func() *cognito.InitiateAuthOutput {
		t.Helper()
		_, err := s.AdminSetUserPassword(s.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &s.pool, Username: aws.String(jane), Password: aws.String("Temporary-1")})
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.password(jane, "Temporary-1")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := temporary()
	if out.ChallengeName != types.ChallengeNameTypeNewPasswordRequired || out.AuthenticationResult != nil {
		t.Fatalf("%+v", out)
	}
	if d := cmp.Diff(map[string]string{
		"USER_ID_FOR_SRP": s.sub, "requiredAttributes": "[]", "userAttributes": `{"email":"` + jane + `","email_verified":"true"}`,
	}, out.ChallengeParameters); d != "" {
		t.Error(d)
	}
	respond := func(session *string, pairs ...string) (*newops.RespondToAuthChallengeOutput, error) {
		return s.RespondToAuthChallenge(s.ctx, &cognito.RespondToAuthChallengeInput{
			ClientId: &s.client, ChallengeName: types.ChallengeNameTypeNewPasswordRequired, Session: session, ChallengeResponses: params(pairs...),
		})
	}
	_, err := respond(out.Session, "USERNAME", jane, "NEW_PASSWORD", "short")
	refused(t, err, "InvalidPasswordException", "Password does not conform to policy: Password not long enough")
	_, err = respond(out.Session, "USERNAME", jane)
	refused(t, err, "InvalidParameterException", "Missing required parameter NEW_PASSWORD")
	_, err = respond(out.Session, "USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1", "userAttributes.email_verified", "true")
	refused(t, err, "InvalidParameterException", "Cannot modify the non-mutable attribute email_verified")
	_, err = respond(out.Session, "USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1", "userAttributes.email", "other@example.com")
	refused(t, err, "NotAuthorizedException", "Cannot modify an already provided email")
	done, err := respond(out.Session, "USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1", "userAttributes.name", "Jane")
	if err != nil {
		t.Fatal(err)
	}
	if done.AuthenticationResult == nil || s.claims(*done.AuthenticationResult.IdToken)["name"] != "Jane" {
		t.Fatalf("%+v", done)
	}
	if u := s.get(s.pool, jane); u.UserStatus != types.UserStatusTypeConfirmed {
		t.Error(u.UserStatus)
	}
	if _, err := s.password(jane, "Chosen-One-1"); err != nil {
		t.Error(err)
	}
	_, err = respond(out.Session, "USERNAME", jane, "NEW_PASSWORD", "Chosen-Two-2")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")

	// A session ends with its time, with the password it was begun with, and
	// belongs to its user, client and challenge.
	out = temporary()
	s.confirmed(s.world.client(s.pool, nil), "john@example.com", "email", "john@example.com")
	_, err = respond(out.Session, "USERNAME", "john@example.com", "NEW_PASSWORD", "Chosen-One-1")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	tampered := changed(*out.Session)
	_, err = respond(&tampered, "USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	other := s.world.client(s.pool, everyFlow)
	_, err = s.RespondToAuthChallenge(s.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &other, ChallengeName: types.ChallengeNameTypeNewPasswordRequired, Session: out.Session,
		ChallengeResponses: params("USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1"),
	})
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	_, err = respond(nil, "USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	replaced := out.Session
	out = temporary()
	_, err = respond(replaced, "USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	s.clock.Advance(3 * time.Minute)
	_, err = respond(out.Session, "USERNAME", jane, "NEW_PASSWORD", "Chosen-One-1")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session is expired.")

	s.clock.Advance(7 * 24 * time.Hour)
	_, err = s.password(jane, "Temporary-1")
	refused(t, err, "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.")
}

func TestNewPasswordMissingAttribute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		in.Schema = []types.SchemaAttributeType{{Name: aws.String("name"), AttributeDataType: types.AttributeDataTypeString, Required: aws.Bool(true), Mutable: aws.Bool(true)}}
	})
	s := &signInWorld{world: w, pool: pool, client: w.client(pool, everyFlow)}
	s.sub = *w.mustSignUp(s.client, "sam", "name", "Sam").UserSub
	err := w.db.Update(w.ctx, func(tx *store.Tx) error {
		u, err := tx.UserBySub(pool, s.sub)
		if err != nil {
			return err
		}
		delete(u.Attributes, "name")
		u.Status = string(types.UserStatusTypeForceChangePassword)
		return tx.UpdateUser(u)
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.adminInitiate(types.AuthFlowTypeAdminUserPasswordAuth, "USERNAME", "sam", "PASSWORD", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if got := out.ChallengeParameters["requiredAttributes"]; got != `["userAttributes.name"]` {
		t.Error(got)
	}
	respond := func(pairs ...string) error {
		_, err := s.AdminRespondToAuthChallenge(s.ctx, &cognito.AdminRespondToAuthChallengeInput{
			UserPoolId: &pool, ClientId: &s.client, ChallengeName: out.ChallengeName, Session: out.Session,
			ChallengeResponses: params(append(pairs, "USERNAME", "sam", "NEW_PASSWORD", "Chosen-One-1")...),
		})
		return err
	}
	refused(t, respond(), "InvalidParameterException", "Invalid attributes given, name is missing")
	if err := respond("userAttributes.name", "Samuel"); err != nil {
		t.Fatal(err)
	}
}

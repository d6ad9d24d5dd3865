package userpool_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	"github.com/poolhouse-id/poolhouse/internal/token"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// newChoiceWorld is a world whose pool allows one-time passwords.
func newChoiceWorld(t testing.TB, change ...func(*cognito.CreateUserPoolClientInput)) *signInWorld {
	t.Helper()
	s := newSignInWorld(t, change...)
	update := &newops.UpdateUserPoolInput{}
	update.UserPoolId = &s.pool
	update.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
	update.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms"), ExternalId: aws.String("x")}
	update.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{
		types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp,
	}}}
	if _, err := s.UpdateUserPool(s.ctx, update); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *signInWorld) choice(name string, pairs ...string) *cognito.InitiateAuthOutput {
	s.Helper()
	out, err := s.initiate(types.AuthFlowTypeUserAuth, append(pairs, "USERNAME", name)...)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

func TestChoice(t *testing.T) {
	t.Parallel()
	s := newChoiceWorld(t)
	out := s.choice(jane)
	if out.ChallengeName != types.ChallengeNameTypeSelectChallenge || out.Session == nil ||
		!slices.Equal(out.AvailableChallenges, []types.ChallengeNameType{"EMAIL_OTP", "PASSWORD_SRP", "PASSWORD"}) {
		t.Fatalf("%+v", out)
	}
	_, err := s.answer(out.ChallengeName, out.Session, "ANSWER", "SMS_OTP")
	refused(t, err, "InvalidParameterException", "Invalid challenge response.")
	_, err = s.answer(out.ChallengeName, out.Session, "ANSWER", "PASSWORD", "PASSWORD", "Wrong-Horse-1")
	refused(t, err, "NotAuthorizedException", badCredentials)
	if done := s.mustAnswer(out.ChallengeName, out.Session, "ANSWER", "PASSWORD", "PASSWORD", goodPassword); done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	_, err = s.answer(out.ChallengeName, out.Session, "ANSWER", "EMAIL_OTP")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")

	// The password in a challenge of its own.
	out = s.choice(jane)
	next := s.mustAnswer(out.ChallengeName, out.Session, "ANSWER", "PASSWORD")
	if next.ChallengeName != types.ChallengeNameTypePassword {
		t.Fatalf("%+v", next)
	}
	if done := s.mustAnswer(next.ChallengeName, next.Session, "PASSWORD", goodPassword); done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	// SRP, chosen beforehand.
	c := srp.NewClient(ids.Source{})
	out = s.choice(jane, "PREFERRED_CHALLENGE", "PASSWORD_SRP", "SRP_A", c.Public())
	if out.ChallengeName != types.ChallengeNameTypePasswordVerifier || out.Session == nil {
		t.Fatalf("%+v", out)
	}
	proof := s.proof(c, out.ChallengeParameters, goodPassword)
	_, err = s.verify(proof)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	other := s.choice(jane, "PREFERRED_CHALLENGE", "PASSWORD_SRP", "SRP_A", c.Public())
	_, err = s.respond(out.ChallengeName, other.Session, proof)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	if done, err := s.respond(out.ChallengeName, out.Session, proof); err != nil || done.AuthenticationResult == nil {
		t.Fatalf("%+v %v", done, err)
	}
	// SRP, step by step.
	out = s.choice(jane, "PREFERRED_CHALLENGE", "PASSWORD_SRP")
	if out.ChallengeName != types.ChallengeNameTypePasswordSrp {
		t.Fatalf("%+v", out)
	}
	_, err = s.answer(out.ChallengeName, out.Session, "SRP_A", "0")
	refused(t, err, "InvalidParameterException", "Invalid SRP_A.")
	next = s.mustAnswer(out.ChallengeName, out.Session, "SRP_A", c.Public())
	if done, err := s.respond(next.ChallengeName, next.Session, s.proof(c, next.ChallengeParameters, goodPassword)); err != nil || done.AuthenticationResult == nil {
		t.Fatalf("%+v %v", done, err)
	}
}

func TestOneTimePassword(t *testing.T) {
	t.Parallel()
	s := newChoiceWorld(t)
	out := s.choice(jane, "PREFERRED_CHALLENGE", "EMAIL_OTP")
	if d := cmp.Diff(map[string]string{"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "j***@e***"}, out.ChallengeParameters); d != "" {
		t.Error(d)
	}
	code := s.sentCode("EMAIL", jane, 8)
	_, err := s.answer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", otherCode(code))
	refused(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	if done := s.mustAnswer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", code); done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	s.setAttributes("phone_number", "+15550001234", "phone_number_verified", "true")
	out = s.choice(jane)
	next := s.mustAnswer(out.ChallengeName, out.Session, "ANSWER", "SMS_OTP")
	if done := s.mustAnswer(next.ChallengeName, next.Session, "SMS_OTP_CODE", s.sentCode("SMS", "+15550001234", 6)); done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	// A disabled user is told after the proof.
	out = s.choice(jane, "PREFERRED_CHALLENGE", "EMAIL_OTP")
	code = s.sentCode("EMAIL", jane, 8)
	if _, err := s.AdminDisableUser(s.ctx, &cognito.AdminDisableUserInput{UserPoolId: &s.pool, Username: &s.sub}); err != nil {
		t.Fatal(err)
	}
	if _, err = s.answer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", code); err == nil {
		t.Error("a disabled user signed in")
	}
}

// What a user can begin with depends on its state.
func TestAvailableChallenges(t *testing.T) {
	t.Parallel()
	s := newChoiceWorld(t)
	password := []types.ChallengeNameType{"PASSWORD_SRP", "PASSWORD"}
	s.setStatus(types.UserStatusTypeForceChangePassword)
	if out := s.choice(jane, "PREFERRED_CHALLENGE", "EMAIL_OTP"); out.ChallengeName != types.ChallengeNameTypeSelectChallenge || !slices.Equal(out.AvailableChallenges, password) {
		t.Errorf("%+v", out)
	}
	// A one-time password is none to reset a password with.
	s.setStatus(types.UserStatusTypeResetRequired)
	reset := s.choice(jane, "PREFERRED_CHALLENGE", "EMAIL_OTP")
	_, err := s.answer(reset.ChallengeName, reset.Session, "EMAIL_OTP_CODE", s.sentCode("EMAIL", jane, 8))
	refused(t, err, "PasswordResetRequiredException", "Password reset required for the user")
	s.setStatus(types.UserStatusTypeConfirmed)
	s.setAttributes("email_verified", "false")
	if out := s.choice(jane); !slices.Equal(out.AvailableChallenges, password) {
		t.Errorf("%+v", out)
	}
	s.setAttributes("email_verified", "true")
	s.setMFAOptional()
	secret := s.enrol(*s.tokens().AccessToken)
	if err := s.prefer(nil, yes, nil); err != nil {
		t.Fatal(err)
	}
	out := s.choice(jane, "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", goodPassword)
	if out.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa {
		t.Fatalf("%+v", out)
	}
	if done := s.mustAnswer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", s.app(secret)); done.AuthenticationResult == nil {
		t.Errorf("%+v", done)
	}
	if out := s.choice(jane); !slices.Equal(out.AvailableChallenges, password) {
		t.Errorf("%+v", out)
	}
	plain := newSignInWorld(t)
	if out := plain.choice(jane); !slices.Equal(out.AvailableChallenges, password) {
		t.Errorf("%+v", out)
	}
}

func (s *signInWorld) setMFAOptional() {
	s.Helper()
	_, err := s.SetUserPoolMfaConfig(s.ctx, &cognito.SetUserPoolMfaConfigInput{
		UserPoolId: &s.pool, MfaConfiguration: types.UserPoolMfaTypeOptional, SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	})
	if err != nil {
		s.Fatal(err)
	}
}

func TestChoiceOfUnknownUser(t *testing.T) {
	t.Parallel()
	s := newChoiceWorld(t, hideUsers)
	const nobody = "nobody@example.com"
	before := len(s.messages())
	out := s.choice(nobody, "PREFERRED_CHALLENGE", "EMAIL_OTP")
	if out.ChallengeName != types.ChallengeNameTypeEmailOtp || out.ChallengeParameters["CODE_DELIVERY_DESTINATION"] != "n***@e***" {
		t.Fatalf("%+v", out)
	}
	if len(s.messages()) != before {
		t.Error("a code was sent to somebody who does not exist")
	}
	_, err := s.respond(out.ChallengeName, out.Session, params("USERNAME", nobody, "EMAIL_OTP_CODE", "12345678"))
	refused(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	out = s.choice(nobody, "PREFERRED_CHALLENGE", "SMS_OTP")
	again := s.choice(nobody, "PREFERRED_CHALLENGE", "SMS_OTP")
	if d := cmp.Diff(out.ChallengeParameters, again.ChallengeParameters); d != "" || !strings.HasPrefix(out.ChallengeParameters["CODE_DELIVERY_DESTINATION"], "+*******") {
		t.Errorf("%s %+v", d, out)
	}
	out = s.choice(nobody)
	next, err := s.respond(out.ChallengeName, out.Session, params("USERNAME", nobody, "ANSWER", "PASSWORD"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.respond(next.ChallengeName, next.Session, params("USERNAME", nobody, "PASSWORD", goodPassword))
	refused(t, err, "NotAuthorizedException", badCredentials)

	s = newChoiceWorld(t)
	_, err = s.initiate(types.AuthFlowTypeUserAuth, "USERNAME", nobody)
	refused(t, err, "UserNotFoundException", "User does not exist.")
}

// A sign-up and its confirmation lead to a sign-in without another factor, once.
func TestSignInAfterConfirmation(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	up := s.mustSignUp(s.client, "new@example.com", "email", "new@example.com")
	confirmed, err := s.ConfirmSignUp(s.ctx, &cognito.ConfirmSignUpInput{
		ClientId: &s.client, Username: aws.String("new@example.com"), ConfirmationCode: aws.String(s.code()), Session: up.Session,
	})
	if err != nil || confirmed.Session == nil {
		t.Fatalf("%+v %v", confirmed, err)
	}
	begin := func(name string, session *string) (*cognito.InitiateAuthOutput, error) {
		return s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{
			ClientId: &s.client, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: params("USERNAME", name), Session: session,
		})
	}
	for name, session := range map[string]*string{jane: confirmed.Session, "new@example.com": up.Session} {
		_, err = begin(name, session)
		refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	}
	out, err := begin("new@example.com", confirmed.Session)
	if err != nil || out.AuthenticationResult == nil {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = begin("new@example.com", confirmed.Session)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	s.clock.Advance(3 * time.Minute)
	_, err = begin("new@example.com", confirmed.Session)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")

	// The session of SignUp need not come along, but another user's must not.
	for name, given := range map[string]*string{"second@example.com": nil, "third@example.com": up.Session} {
		s.mustSignUp(s.client, name, "email", name)
		confirmed, err := s.ConfirmSignUp(s.ctx, &cognito.ConfirmSignUpInput{
			ClientId: &s.client, Username: &name, ConfirmationCode: aws.String(s.code()), Session: given,
		})
		if err != nil || (confirmed.Session != nil) != (given == nil) {
			t.Fatalf("%+v %v", confirmed, err)
		}
		if out, err := begin(name, confirmed.Session); err != nil || (out.AuthenticationResult != nil) != (given == nil) {
			t.Errorf("%+v %v", out, err)
		}
	}
}

// riddle is a custom authentication: password or not, then a riddle, of which
// two answers may be wrong.
type riddle struct {
	userpool.NoTriggers
	events []userpool.TriggerEvent
	define func([]userpool.ChallengeResult) (userpool.DefineAuthChallengeResponse, error)
}

func (r *riddle) DefineAuthChallenge(_ context.Context, e *userpool.TriggerEvent) (userpool.DefineAuthChallengeResponse, error) {
	r.events = append(r.events, *e)
	if r.define != nil {
		return r.define(e.Session)
	}
	last := func() userpool.ChallengeResult { return e.Session[len(e.Session)-1] }
	switch {
	case len(e.Session) > 0 && last().Name == "SRP_A":
		return userpool.DefineAuthChallengeResponse{ChallengeName: "PASSWORD_VERIFIER"}, nil
	case len(e.Session) > 0 && last().Name == "CUSTOM_CHALLENGE" && last().Result:
		return userpool.DefineAuthChallengeResponse{IssueTokens: true}, nil
	case len(e.Session) > 2:
		return userpool.DefineAuthChallengeResponse{FailAuthentication: true}, nil
	}
	return userpool.DefineAuthChallengeResponse{ChallengeName: "CUSTOM_CHALLENGE"}, nil
}

func (r *riddle) CreateAuthChallenge(_ context.Context, e *userpool.TriggerEvent) (userpool.CreateAuthChallengeResponse, error) {
	r.events = append(r.events, *e)
	return userpool.CreateAuthChallengeResponse{
		PublicParameters: map[string]string{"question": "6 times 7"}, PrivateParameters: map[string]string{"answer": "42"}, Metadata: aws.String("riddle"),
	}, nil
}

func (r *riddle) VerifyAuthChallengeResponse(_ context.Context, e *userpool.TriggerEvent) (bool, error) {
	r.events = append(r.events, *e)
	return e.ChallengeAnswer == e.PrivateParameters["answer"], nil
}

func newRiddleWorld(t testing.TB, change ...func(*cognito.CreateUserPoolClientInput)) (*signInWorld, *riddle) {
	t.Helper()
	s := newSignInWorld(t, change...)
	update := &newops.UpdateUserPoolInput{}
	update.UserPoolId = &s.pool
	arn := aws.String("arn:aws:lambda:us-east-1:123456789012:function:riddle")
	update.LambdaConfig = &types.LambdaConfigType{DefineAuthChallenge: arn, CreateAuthChallenge: arn, VerifyAuthChallengeResponse: arn}
	if _, err := s.UpdateUserPool(s.ctx, update); err != nil {
		t.Fatal(err)
	}
	r := &riddle{}
	s.withTriggers(r)
	return s, r
}

// withTriggers replaces the service by one with other triggers on the same
// database.
func (s *signInWorld) withTriggers(triggers userpool.Triggers) {
	s.world.Service = userpool.New(userpool.Config{
		Store: s.db, Clock: s.clock, Deliver: s.inbox, Triggers: triggers,
		Keys:   token.New(token.Config{Store: s.db, Clock: s.clock, Reservoir: sharedReservoir()}),
		Issuer: func(_, poolID string) string { return "http://localhost:7665/" + poolID },
	})
}

func TestCustomAuth(t *testing.T) {
	t.Parallel()
	s, r := newRiddleWorld(t)
	out, err := s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"question": "6 times 7", "USERNAME": s.sub}, out.ChallengeParameters); d != "" || out.ChallengeName != types.ChallengeNameTypeCustomChallenge {
		t.Fatalf("%s %+v", d, out)
	}
	again, err := s.answer(out.ChallengeName, out.Session, "ANSWER", "41")
	if err != nil || again.ChallengeName != types.ChallengeNameTypeCustomChallenge {
		t.Fatalf("%+v %v", again, err)
	}
	_, err = s.answer(out.ChallengeName, out.Session, "ANSWER", "42")
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	done := s.mustAnswer(again.ChallengeName, again.Session, "ANSWER", "42")
	if done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	last := r.events[len(r.events)-1]
	if d := cmp.Diff([]userpool.ChallengeResult{
		{Name: "CUSTOM_CHALLENGE", Metadata: aws.String("riddle")}, {Name: "CUSTOM_CHALLENGE", Result: true, Metadata: aws.String("riddle")},
	}, last.Session); d != "" {
		t.Error(d)
	}
	if last.Source != "DefineAuthChallenge_Authentication" || last.UserName != s.sub || last.UserAttributes["email"] != jane || last.ClientID != s.client {
		t.Errorf("%+v", last)
	}
	// Three wrong answers fail.
	out, err = s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane)
	if err != nil {
		t.Fatal(err)
	}
	session := out.Session
	for range 2 {
		session = s.mustAnswer(out.ChallengeName, session, "ANSWER", "0").Session
	}
	_, err = s.answer(out.ChallengeName, session, "ANSWER", "0")
	refused(t, err, "NotAuthorizedException", badCredentials)
}

func TestCustomAuthWithSRP(t *testing.T) {
	t.Parallel()
	s, r := newRiddleWorld(t)
	c := srp.NewClient(ids.Source{})
	begin := func() *cognito.InitiateAuthOutput {
		t.Helper()
		out, err := s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane, "CHALLENGE_NAME", "SRP_A", "SRP_A", c.Public())
		if err != nil || out.ChallengeName != types.ChallengeNameTypePasswordVerifier || out.Session == nil {
			t.Fatalf("%+v %v", out, err)
		}
		return out
	}
	out := begin()
	_, err := s.respond(out.ChallengeName, out.Session, s.proof(c, out.ChallengeParameters, "Wrong-Horse-1"))
	refused(t, err, "NotAuthorizedException", badCredentials)
	out = begin()
	next, err := s.respond(out.ChallengeName, out.Session, s.proof(c, out.ChallengeParameters, goodPassword))
	if err != nil || next.ChallengeName != types.ChallengeNameTypeCustomChallenge {
		t.Fatalf("%+v %v", next, err)
	}
	if done := s.mustAnswer(next.ChallengeName, next.Session, "ANSWER", "42"); done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	if d := cmp.Diff([]userpool.ChallengeResult{
		{Name: "SRP_A", Result: true}, {Name: "PASSWORD_VERIFIER", Result: true}, {Name: "CUSTOM_CHALLENGE", Result: true, Metadata: aws.String("riddle")},
	}, r.events[len(r.events)-1].Session); d != "" {
		t.Error(d)
	}
	_, err = s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane, "CHALLENGE_NAME", "SRP_A")
	refused(t, err, "InvalidParameterException", "Missing required parameter SRP_A")
	_, err = s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane, "CHALLENGE_NAME", "SRP_A", "SRP_A", "0")
	refused(t, err, "InvalidParameterException", "Invalid SRP_A.")
}

func TestCustomAuthRefused(t *testing.T) {
	t.Parallel()
	plain := newSignInWorld(t)
	_, err := plain.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane)
	refused(t, err, "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.")

	s, r := newRiddleWorld(t, hideUsers)
	out, err := s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", "nobody@example.com")
	if err != nil || out.ChallengeName != types.ChallengeNameTypeCustomChallenge || !r.events[0].UserNotFound {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = s.respond(out.ChallengeName, out.Session, params("USERNAME", "nobody@example.com", "ANSWER", "42"))
	refused(t, err, "NotAuthorizedException", badCredentials)

	for name, c := range map[string]struct {
		answer  userpool.DefineAuthChallengeResponse
		err     error
		code    string
		message string
	}{
		"nothing":             {code: "InvalidLambdaResponseException", message: "Unrecognizable lambda output"},
		"SRP without SRP_A":   {answer: userpool.DefineAuthChallengeResponse{ChallengeName: "PASSWORD_VERIFIER"}, code: "InvalidLambdaResponseException", message: "Unrecognizable lambda output"},
		"failure":             {answer: userpool.DefineAuthChallengeResponse{FailAuthentication: true}, code: "NotAuthorizedException", message: badCredentials},
		"failure over tokens": {answer: userpool.DefineAuthChallengeResponse{FailAuthentication: true, IssueTokens: true}, code: "NotAuthorizedException", message: badCredentials},
		"an error":            {err: &types.UserLambdaValidationException{Message: aws.String("DefineAuthChallenge failed with error x.")}, code: "UserLambdaValidationException", message: "DefineAuthChallenge failed with error x."},
	} {
		r.define = func([]userpool.ChallengeResult) (userpool.DefineAuthChallengeResponse, error) { return c.answer, c.err }
		_, err := s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane)
		t.Log(name)
		refused(t, err, c.code, c.message)
	}
	// Tokens for the asking go to enabled users only.
	r.define = func([]userpool.ChallengeResult) (userpool.DefineAuthChallengeResponse, error) {
		return userpool.DefineAuthChallengeResponse{IssueTokens: true}, nil
	}
	if out, err := s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane); err != nil || out.AuthenticationResult == nil {
		t.Errorf("%+v %v", out, err)
	}
	if _, err := s.AdminDisableUser(s.ctx, &cognito.AdminDisableUserInput{UserPoolId: &s.pool, Username: &s.sub}); err != nil {
		t.Fatal(err)
	}
	_, err = s.initiate(types.AuthFlowTypeCustomAuth, "USERNAME", jane)
	refused(t, err, "NotAuthorizedException", "User is disabled.")
}

// signInTriggers records the triggers around a sign-in.
type signInTriggers struct {
	userpool.NoTriggers
	events    []userpool.TriggerEvent
	refuse    string
	overrides *userpool.TokenOverrides
}

func (r *signInTriggers) ran(e *userpool.TriggerEvent) error {
	r.events = append(r.events, *e)
	if r.refuse != "" && strings.HasPrefix(e.Source, r.refuse) {
		return &types.UserLambdaValidationException{Message: aws.String(r.refuse + " failed with error no.")}
	}
	return nil
}

func (r *signInTriggers) PreAuthentication(_ context.Context, e *userpool.TriggerEvent) error {
	return r.ran(e)
}

func (r *signInTriggers) PostAuthentication(_ context.Context, e *userpool.TriggerEvent) error {
	return r.ran(e)
}

func (r *signInTriggers) PreTokenGeneration(_ context.Context, e *userpool.TriggerEvent) (*userpool.TokenOverrides, error) {
	return r.overrides, r.ran(e)
}

func TestSignInTriggers(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t, hideUsers)
	r := &signInTriggers{}
	s.withTriggers(r)
	metadata := map[string]string{"k": "v"}
	out, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{
		ClientId: &s.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", jane, "PASSWORD", goodPassword), ClientMetadata: metadata,
	})
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, e := range r.events {
		sources = append(sources, e.Source)
		if e.UserName != s.sub || e.PoolID != s.pool || e.ClientID != s.client || e.ClientMetadata != nil {
			t.Errorf("%+v", e)
		}
	}
	if d := cmp.Diff([]string{"PreAuthentication_Authentication", "PostAuthentication_Authentication", "TokenGeneration_Authentication"}, sources); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(metadata, r.events[0].ValidationData); d != "" || r.events[1].ValidationData != nil {
		t.Error(d)
	}
	r.events = nil
	if _, err := s.refresh(*out.AuthenticationResult.RefreshToken); err != nil {
		t.Fatal(err)
	}
	if len(r.events) != 1 || r.events[0].Source != "TokenGeneration_RefreshTokens" {
		t.Errorf("%+v", r.events)
	}
	r.events = nil
	_, err = s.password("nobody@example.com", goodPassword)
	refused(t, err, "NotAuthorizedException", badCredentials)
	if len(r.events) != 1 || !r.events[0].UserNotFound {
		t.Errorf("%+v", r.events)
	}
	for _, trigger := range []string{"PreAuthentication", "PostAuthentication", "TokenGeneration"} {
		r.refuse = trigger
		_, err := s.password(jane, goodPassword)
		refused(t, err, "UserLambdaValidationException", trigger+" failed with error no.")
	}
}

func TestPreTokenGeneration(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	r := &signInTriggers{overrides: &userpool.TokenOverrides{
		ID: userpool.ClaimOverrides{
			Add:      map[string]json.RawMessage{"team": raw(`"red"`), "sub": raw(`"forged"`), "exp": raw("9999999999"), "bad": raw("{"), "both": raw("1"), "email": raw(`"x@example.com"`)},
			Suppress: []string{"both", "email_verified", "aud"},
		},
		Access:    userpool.ClaimOverrides{Add: map[string]json.RawMessage{"level": raw("7"), "client_id": raw(`"forged"`), "scope": raw(`"all"`)}},
		AddScopes: []string{"extra", "extra"}, SuppressScopes: []string{"nothing"},
		Groups: &userpool.GroupOverrides{Groups: []string{"g"}, Roles: []string{"r"}, PreferredRole: "r"},
	}}
	s.withTriggers(r)
	out := s.tokens()
	id, access := s.claims(*out.IdToken), s.claims(*out.AccessToken)
	for name, want := range map[string]any{
		"team": "red", "sub": s.sub, "exp": float64(s.clock.Now().Unix() + 3600), "bad": nil, "both": nil, "email": "x@example.com", "email_verified": nil,
		"aud": s.client, "cognito:groups": []any{"g"}, "cognito:roles": []any{"r"}, "cognito:preferred_role": "r",
	} {
		if d := cmp.Diff(want, id[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for name, want := range map[string]any{
		"level": 7.0, "client_id": s.client, "scope": "aws.cognito.signin.user.admin extra", "cognito:groups": []any{"g"}, "team": nil,
	} {
		if d := cmp.Diff(want, access[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	// Groups and roles are claims that can be overridden and suppressed.
	inGroup := &userpool.GroupOverrides{Groups: []string{"g"}, Roles: []string{"r"}, PreferredRole: "r"}
	for name, c := range map[string]struct {
		id, access userpool.ClaimOverrides
		want       string
	}{
		"suppressed": {
			userpool.ClaimOverrides{Suppress: []string{"cognito:groups", "cognito:roles", "cognito:preferred_role"}}, userpool.ClaimOverrides{Suppress: []string{"cognito:groups"}},
			`<nil> <nil> <nil> <nil>`,
		},
		"overridden": {
			userpool.ClaimOverrides{Add: map[string]json.RawMessage{"cognito:groups": raw(`["x"]`), "cognito:roles": raw(`"y"`), "cognito:preferred_role": raw(`"z"`)}},
			userpool.ClaimOverrides{Add: map[string]json.RawMessage{"cognito:groups": raw(`"x"`)}}, `[x] y z x`,
		},
		"in one token":  {userpool.ClaimOverrides{Suppress: []string{"cognito:groups"}}, userpool.ClaimOverrides{}, `<nil> [r] r [g]`},
		"what is none":  {userpool.ClaimOverrides{Add: map[string]json.RawMessage{"cognito:groups": raw("{")}}, userpool.ClaimOverrides{}, `[g] [r] r [g]`},
		"reserved ones": {userpool.ClaimOverrides{Suppress: []string{"sub", "cognito:username"}}, userpool.ClaimOverrides{Suppress: []string{"username", "scope"}}, `[g] [r] r [g]`},
	} {
		r.overrides = &userpool.TokenOverrides{ID: c.id, Access: c.access, Groups: inGroup}
		out := s.tokens()
		id, access := s.claims(*out.IdToken), s.claims(*out.AccessToken)
		if got := fmt.Sprint(id["cognito:groups"], " ", id["cognito:roles"], " ", id["cognito:preferred_role"], " ", access["cognito:groups"]); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if id["sub"] != s.sub || id["cognito:username"] != s.sub || access["username"] != s.sub || access["scope"] != "aws.cognito.signin.user.admin" {
			t.Errorf("%s: %v %v", name, id, access)
		}
	}
	r.overrides = &userpool.TokenOverrides{SuppressScopes: []string{"aws.cognito.signin.user.admin"}}
	refused(t, s.getUser(*s.tokens().AccessToken), "NotAuthorizedException", "Access Token does not have required scopes")
}

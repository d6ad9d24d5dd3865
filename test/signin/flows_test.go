package signintest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
	"github.com/poolhouse-id/poolhouse/pooltest"
)

// The Go SDK signs in by each flow, and is refused.
func TestSignIn(t *testing.T) {
	t.Parallel()
	server := pooltest.Start(t, pooltest.Function(riddleARN, riddle))
	plain := newApp(t, server, func(in *cognito.CreateUserPoolInput) {
		in.LambdaConfig = &types.LambdaConfigType{DefineAuthChallenge: aws.String(riddleARN), CreateAuthChallenge: aws.String(riddleARN), VerifyAuthChallengeResponse: aws.String(riddleARN)}
		in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{
			types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp, types.AuthFactorTypeWebAuthn,
		}}}
	})
	mfa := newApp(t, server).requireMFA(types.UserPoolMfaTypeOptional, "TOTP", "SMS", "EMAIL")
	for name, c := range map[string]struct {
		a *app
		f func(*app)
	}{
		"USER_SRP_AUTH":                {plain, signInBySRP},
		"USER_PASSWORD_AUTH":           {plain, signInByPassword},
		"ADMIN_USER_PASSWORD_AUTH":     {plain, signInByAdmin},
		"SECRET_HASH":                  {plain, signInWithSecret},
		"REFRESH_TOKEN_AUTH":           {plain, refreshes},
		"CUSTOM_AUTH":                  {plain, signInByRiddle},
		"USER_AUTH":                    {plain, signInByChoice},
		"EMAIL_OTP and SMS_OTP":        {plain, signInByCode},
		"WEB_AUTHN":                    {plain, signInByPasskey},
		"NEW_PASSWORD_REQUIRED":        {plain, signInWithNewPassword},
		"SOFTWARE_TOKEN_MFA":           {mfa, signInWithTOTP},
		"SMS_MFA and EMAIL_OTP as MFA": {mfa, signInWithSecondCode},
		"SELECT_MFA_TYPE":              {mfa, signInWithChosenMFA},
		"MFA_SETUP":                    {mfa, signInWithSetup},
		"DEVICE_SRP_AUTH":              {plain, signInFromDevice},
		"sign-up":                      {plain, signsUp},
		"forgotten password":           {plain, forgets},
		"attributes":                   {plain, changesAttributes},
		"sign-out":                     {plain, signsOut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.f(c.a.with(t, nil))
		})
	}
}

// bare is a client without any flow.
func (a *app) bare() *app {
	return a.with(a.TB, func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}
	})
}

func (a *app) hiding() *app {
	return a.with(a.TB, func(in *cognito.CreateUserPoolClientInput) {
		in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
	})
}

func flip(text string) string {
	if text[0] == 'A' {
		return "B" + text[1:]
	}
	return "A" + text[1:]
}

func signInBySRP(a *app) {
	name, foreign := a.user(), a.user()
	x := a.srp(name)
	proof := x.proof(password)
	a.done(x.c, proof...)
	_, err := a.answer(x.c, proof...)
	a.refused(err, "NotAuthorizedException", usedSession)
	for _, public := range []string{"0", strings.Repeat("0", 768), "zz"} {
		_, err := a.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", name, "SRP_A", public)
		a.refused(err, "InvalidParameterException", "Invalid SRP_A.")
	}
	for what, change := range map[string]func([]string){
		"forged": func(p []string) { p[1] = flip(p[1]) },
		"block":  func(p []string) { p[3] = flip(p[3]) },
		"name":   func(p []string) { p[7] = foreign },
	} {
		x := a.srp(name)
		proof := x.proof(password)
		change(proof)
		if _, err := a.answer(x.c, proof...); err == nil {
			a.Errorf("%s: accepted", what)
		} else {
			a.refused(err, "NotAuthorizedException", badCredentials)
		}
	}
	x = a.srp(name)
	_, err = a.answer(x.c, x.proof(wrongPassword)...)
	a.refused(err, "NotAuthorizedException", badCredentials)
	_, err = a.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", newAddress(), "SRP_A", x.Public())
	a.refused(err, "UserNotFoundException", "User does not exist.")
	_, err = a.bare().initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", name, "SRP_A", x.Public())
	a.refused(err, "InvalidParameterException", "USER_SRP_AUTH is not enabled for the client.")

	hidden, nobody := a.hiding(), newAddress()
	first, second := hidden.srp(nobody), hidden.srp(nobody)
	for _, p := range []string{"SALT", "USER_ID_FOR_SRP"} {
		if first.c.ChallengeParameters[p] == "" || first.c.ChallengeParameters[p] != second.c.ChallengeParameters[p] {
			a.Errorf("%s of nobody changes", p)
		}
	}
	_, err = hidden.answer(first.c, first.proof(password)...)
	a.refused(err, "NotAuthorizedException", badCredentials)
}

func signInByPassword(a *app) {
	const flow = types.AuthFlowTypeUserPasswordAuth
	name := a.user()
	out, err := a.initiate(flow, "USERNAME", name, "PASSWORD", password)
	a.ok(err)
	a.tokens(out.AuthenticationResult)
	_, err = a.initiate(flow, "USERNAME", name, "PASSWORD", wrongPassword)
	a.refused(err, "NotAuthorizedException", badCredentials)
	_, err = a.initiate(flow, "USERNAME", name)
	a.refused(err, "InvalidParameterException", "Missing required parameter PASSWORD")
	_, err = a.initiate(flow, "USERNAME", newAddress(), "PASSWORD", password)
	a.refused(err, "UserNotFoundException", "User does not exist.")
	_, err = a.hiding().initiate(flow, "USERNAME", newAddress(), "PASSWORD", password)
	a.refused(err, "NotAuthorizedException", badCredentials)
	_, err = a.bare().initiate(flow, "USERNAME", name, "PASSWORD", password)
	a.refused(err, "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")
	_, err = a.adminInitiate(flow, "USERNAME", name, "PASSWORD", password)
	a.refused(err, "InvalidParameterException", "Initiate Auth method not supported.")
	_, err = a.AdminDisableUser(a.Context(), &cognito.AdminDisableUserInput{UserPoolId: &a.pool, Username: &name})
	a.ok(err)
	_, err = a.initiate(flow, "USERNAME", name, "PASSWORD", password)
	a.refused(err, "NotAuthorizedException", "User is disabled.")
}

func signInByAdmin(a *app) {
	name := a.user()
	for _, flow := range []types.AuthFlowType{types.AuthFlowTypeAdminUserPasswordAuth, types.AuthFlowTypeAdminNoSrpAuth} {
		out, err := a.adminInitiate(flow, "USERNAME", name, "PASSWORD", password)
		a.ok(err)
		a.tokens(out.AuthenticationResult)
		_, err = a.adminInitiate(flow, "USERNAME", name, "PASSWORD", wrongPassword)
		a.refused(err, "NotAuthorizedException", badCredentials)
		_, err = a.initiate(flow, "USERNAME", name, "PASSWORD", password)
		a.refused(err, "InvalidParameterException", "Initiate Auth method not supported.")
		_, err = a.bare().adminInitiate(flow, "USERNAME", name, "PASSWORD", password)
		a.refused(err, "InvalidParameterException", "Auth flow not enabled for this client")
	}
}

func signInWithSecret(a *app) {
	name := a.user()
	s := a.with(a.TB, func(in *cognito.CreateUserPoolClientInput) { in.GenerateSecret = true })
	missing := fmt.Sprintf("Client %s is configured with secret but SECRET_HASH was not received", s.client)
	unable := "Unable to verify secret hash for client " + s.client
	for _, flow := range []types.AuthFlowType{"USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH"} {
		for hash, text := range map[string]string{"": missing, s.hash("x"): unable} {
			_, err := s.initiate(flow, "USERNAME", name, "PASSWORD", password, "SRP_A", "ab", "SECRET_HASH", hash)
			s.refused(err, "NotAuthorizedException", text)
		}
	}
	x := s.srp(name)
	_, err := s.answer(x.c, append(x.proof(password), "SECRET_HASH", "")...)
	s.refused(err, "NotAuthorizedException", missing)
	_, err = s.answer(x.c, append(x.proof(password), "SECRET_HASH", s.hash("x"))...)
	s.refused(err, "NotAuthorizedException", unable)
	refresh := *s.done(x.c, x.proof(password)...).RefreshToken
	_, err = s.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", refresh, "SECRET_HASH", s.hash("x"))
	s.refused(err, "NotAuthorizedException", unable)
	_, err = s.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", refresh, "SECRET_HASH", s.hash(x.c.ChallengeParameters["USER_ID_FOR_SRP"]))
	s.ok(err)
}

func refreshes(a *app) {
	r := a.signIn(a.user())
	for _, flow := range []types.AuthFlowType{types.AuthFlowTypeRefreshTokenAuth, types.AuthFlowTypeRefreshToken} {
		out, err := a.initiate(flow, "REFRESH_TOKEN", *r.RefreshToken)
		a.ok(err)
		if a.tokens(out.AuthenticationResult).RefreshToken != nil {
			a.Error("a refresh token that nobody asked for")
		}
		admin, err := a.adminInitiate(flow, "REFRESH_TOKEN", *r.RefreshToken)
		a.ok(err)
		a.tokens(admin.AuthenticationResult)
	}
	_, err := a.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", flip(*r.RefreshToken))
	a.refused(err, "NotAuthorizedException", "Invalid Refresh Token")
	_, err = a.hiding().initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", *r.RefreshToken)
	a.refused(err, "NotAuthorizedException", "Refresh Token has different Client.")
	_, err = a.RevokeToken(a.Context(), &cognito.RevokeTokenInput{ClientId: &a.client, Token: r.RefreshToken})
	a.ok(err)
	_, err = a.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", *r.RefreshToken)
	a.refused(err, "NotAuthorizedException", "Refresh Token has been revoked")
}

func signInByRiddle(a *app) {
	name, foreign := a.user(), a.user()
	begin := func() *cognito.RespondToAuthChallengeOutput {
		a.Helper()
		return a.challenged(types.ChallengeNameTypeCustomChallenge, types.AuthFlowTypeCustomAuth, "USERNAME", name)
	}
	c := begin()
	if c.ChallengeParameters["question"] != "six times seven" || c.ChallengeParameters["answer"] != "" {
		a.Errorf("parameters %v", c.ChallengeParameters)
	}
	_, err := a.answer(c, "USERNAME", foreign, "ANSWER", "42")
	a.refused(err, "NotAuthorizedException", noSession)
	again := a.next(types.ChallengeNameTypeCustomChallenge, c, "USERNAME", name, "ANSWER", "41")
	_, err = a.answer(c, "USERNAME", name, "ANSWER", "42")
	a.refused(err, "NotAuthorizedException", usedSession)
	a.done(again, "USERNAME", name, "ANSWER", "42")
	second := a.next(types.ChallengeNameTypeCustomChallenge, begin(), "USERNAME", name, "ANSWER", "41")
	_, err = a.answer(second, "USERNAME", name, "ANSWER", "41")
	a.refused(err, "NotAuthorizedException", badCredentials)
	_, err = a.bare().initiate(types.AuthFlowTypeCustomAuth, "USERNAME", name)
	a.refused(err, "InvalidParameterException", "CUSTOM_AUTH is not enabled for the client.")

	for given, ok := range map[string]bool{password: true, wrongPassword: false} {
		client := srp.NewClient(ids.Source{})
		c := a.challenged(types.ChallengeNameTypePasswordVerifier, types.AuthFlowTypeCustomAuth, "USERNAME", name, "CHALLENGE_NAME", "SRP_A", "SRP_A", client.Public())
		x := &exchange{client, a, c}
		if !ok {
			_, err := a.answer(c, x.proof(given)...)
			a.refused(err, "NotAuthorizedException", badCredentials)
			continue
		}
		a.done(a.next(types.ChallengeNameTypeCustomChallenge, c, x.proof(given)...), "USERNAME", name, "ANSWER", "42")
	}
}

func signInByChoice(a *app) {
	const flow = types.AuthFlowTypeUserAuth
	name := a.user()
	c := a.challenged(types.ChallengeNameTypeSelectChallenge, flow, "USERNAME", name)
	_, err := a.answer(c, "USERNAME", name, "ANSWER", "SMS_OTP")
	a.refused(err, "InvalidParameterException", "Invalid challenge response.")
	asked := a.next(types.ChallengeNameTypePassword, c, "USERNAME", name, "ANSWER", "PASSWORD")
	_, err = a.answer(c, "USERNAME", name, "ANSWER", "PASSWORD")
	a.refused(err, "NotAuthorizedException", usedSession)
	_, err = a.answer(asked, "USERNAME", name, "PASSWORD", wrongPassword)
	a.refused(err, "NotAuthorizedException", badCredentials)
	a.done(asked, "USERNAME", name, "PASSWORD", password)
	out, err := a.initiate(flow, "USERNAME", name, "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", password)
	a.ok(err)
	a.tokens(out.AuthenticationResult)
	_, err = a.initiate(flow, "USERNAME", name, "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", wrongPassword)
	a.refused(err, "NotAuthorizedException", badCredentials)
	client := srp.NewClient(ids.Source{})
	preferred := a.challenged(types.ChallengeNameTypePasswordVerifier, flow, "USERNAME", name, "PREFERRED_CHALLENGE", "PASSWORD_SRP", "SRP_A", client.Public())
	x := &exchange{client, a, preferred}
	_, err = a.answer(preferred, x.proof(wrongPassword)...)
	a.refused(err, "NotAuthorizedException", badCredentials)
	a.done(preferred, x.proof(password)...)
	selected := a.next(types.ChallengeNameTypePasswordVerifier, a.challenged(types.ChallengeNameTypeSelectChallenge, flow, "USERNAME", name),
		"USERNAME", name, "ANSWER", "PASSWORD_SRP", "SRP_A", client.Public())
	a.done(selected, (&exchange{client, a, selected}).proof(password)...)
	_, err = a.bare().initiate(flow, "USERNAME", name)
	a.refused(err, "InvalidParameterException", "USER_AUTH is not enabled for the client.")
}

func signInByCode(a *app) {
	phone := newPhone()
	name := a.user("phone_number", phone, "phone_number_verified", "true")
	foreign := a.user()
	for factor, to := range map[types.ChallengeNameType]string{types.ChallengeNameTypeEmailOtp: name, types.ChallengeNameTypeSmsOtp: phone} {
		c := a.challenged(factor, types.AuthFlowTypeUserAuth, "USERNAME", name, "PREFERRED_CHALLENGE", string(factor))
		code, member := a.code(to), string(factor)+"_CODE"
		_, err := a.answer(c, "USERNAME", name, member, other(code))
		a.refused(err, "CodeMismatchException", badCode)
		_, err = a.answer(c, "USERNAME", foreign, member, code)
		a.refused(err, "NotAuthorizedException", noSession)
		a.done(c, "USERNAME", name, member, code)
		_, err = a.answer(c, "USERNAME", name, member, code)
		a.refused(err, "NotAuthorizedException", usedSession)
		second := a.next(factor, a.challenged(types.ChallengeNameTypeSelectChallenge, types.AuthFlowTypeUserAuth, "USERNAME", name), "USERNAME", name, "ANSWER", string(factor))
		a.done(second, "USERNAME", name, member, a.code(to))
	}
}

// What ends with time.
func TestSignInEnds(t *testing.T) {
	t.Parallel()
	server := pooltest.Start(t)
	a := newApp(t, server, func(in *cognito.CreateUserPoolInput) {
		in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}}}
	})
	name, newcomer, forgetful := a.user(), a.user(), a.user()
	a.setPassword(newcomer, false)
	_, err := a.ForgotPassword(t.Context(), &cognito.ForgotPasswordInput{ClientId: &a.client, Username: &forgetful})
	a.ok(err)
	resetCode := a.code(forgetful)
	r := a.signIn(name)
	x := a.srp(name)
	otp := a.challenged(types.ChallengeNameTypeEmailOtp, types.AuthFlowTypeUserAuth, "USERNAME", name, "PREFERRED_CHALLENGE", "EMAIL_OTP")
	temporary := a.enter(types.ChallengeNameTypeNewPasswordRequired, newcomer)
	server.AdvanceClock(3 * time.Minute)
	_, err = a.answer(x.c, x.proof(password)...)
	a.refused(err, "NotAuthorizedException", endedSession)
	_, err = a.answer(otp, "USERNAME", name, "EMAIL_OTP_CODE", a.code(name))
	a.refused(err, "NotAuthorizedException", endedSession)
	_, err = a.answer(temporary, "USERNAME", newcomer, "NEW_PASSWORD", otherPassword)
	a.refused(err, "NotAuthorizedException", endedSession)

	rotating := a.with(t, func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows, in.GenerateSecret = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth}, true
		in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: aws.Int32(10)}
	})
	first := rotating.signIn(name).RefreshToken
	renew := func(token, secret *string) (*types.AuthenticationResultType, error) {
		out, err := a.GetTokensFromRefreshToken(t.Context(), &cognito.GetTokensFromRefreshTokenInput{ClientId: &rotating.client, RefreshToken: token, ClientSecret: secret})
		if err != nil {
			return nil, err
		}
		return out.AuthenticationResult, nil
	}
	_, err = renew(first, nil)
	a.refused(err, "NotAuthorizedException", fmt.Sprintf("Client %s is configured with secret but client secret was not received", rotating.client))
	_, err = renew(first, aws.String(strings.Repeat("x", 52)))
	a.refused(err, "NotAuthorizedException", "Unable to verify client secret for client "+rotating.client)
	_, err = rotating.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", *first)
	a.refused(err, "InvalidParameterException", "Auth flow not enabled for this client")
	second, err := renew(first, &rotating.secret)
	a.ok(err)
	if aws.ToString(a.tokens(second).RefreshToken) == *first {
		t.Error("the refresh token stays")
	}
	server.AdvanceClock(9 * time.Second)
	_, err = renew(first, &rotating.secret)
	a.ok(err)
	server.AdvanceClock(2 * time.Second)
	_, err = renew(first, &rotating.secret)
	a.refused(err, "RefreshTokenReuseException", "Refresh token has already been used.")

	server.AdvanceClock(time.Hour)
	_, err = a.GetUser(t.Context(), &cognito.GetUserInput{AccessToken: r.AccessToken})
	a.refused(err, "NotAuthorizedException", "Access Token has expired")
	_, err = a.ConfirmForgotPassword(t.Context(), &cognito.ConfirmForgotPasswordInput{ClientId: &a.client, Username: &forgetful, ConfirmationCode: &resetCode, Password: aws.String(otherPassword)})
	a.refused(err, "ExpiredCodeException", "Invalid code provided, please request a code again.")
	server.AdvanceClock(7 * 24 * time.Hour)
	_, err = a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", newcomer, "PASSWORD", password)
	a.refused(err, "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.")
	server.AdvanceClock(23 * 24 * time.Hour)
	_, err = a.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", *r.RefreshToken)
	a.refused(err, "NotAuthorizedException", "Refresh Token has expired")
}

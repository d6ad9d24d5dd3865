// Package signintest holds tests of every way to sign in, sign up, recover and
// sign out with the Go SDK, over the wire, and of what is refused.
package signintest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/pquerna/otp/totp"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
	"github.com/poolhouse-id/poolhouse/pooltest"
)

// app is an application with the Go SDK, and a client of a pool whose usernames
// are e-mail addresses.
type app struct {
	testing.TB
	*cognito.Client
	server               *pooltest.Server
	pool, client, secret string
}

const (
	password       = "Correct-horse-7"
	otherPassword  = "Another-horse-8"
	wrongPassword  = "Wrong-horse-7"
	badCredentials = "Incorrect username or password."
	badCode        = "Invalid code or auth state for the user."
	usedSession    = "Invalid session for the user, session can only be used once."
	endedSession   = "Invalid session for the user, session is expired."
	noSession      = "Invalid session for the user."
)

const riddleARN = "arn:aws:lambda:us-east-1:123456789012:function:riddle"

// riddle is the function of custom authentication: a question whose answer may
// be wrong once.
func riddle(_ context.Context, raw json.RawMessage) (any, error) {
	var head events.CognitoEventUserPoolsHeader
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, err
	}
	switch head.TriggerSource {
	case "DefineAuthChallenge_Authentication":
		var e events.CognitoEventUserPoolsDefineAuthChallenge
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		wrong := 0
		e.Response.ChallengeName = "CUSTOM_CHALLENGE"
		for _, c := range e.Request.Session {
			e.Response.IssueTokens = e.Response.IssueTokens || c.ChallengeResult && c.ChallengeName == "CUSTOM_CHALLENGE"
			if !c.ChallengeResult {
				wrong++
			}
		}
		if n := len(e.Request.Session); n == 1 && e.Request.Session[0].ChallengeName == "SRP_A" {
			e.Response.ChallengeName = "PASSWORD_VERIFIER"
		}
		e.Response.FailAuthentication = wrong > 1
		return e, nil
	case "CreateAuthChallenge_Authentication":
		var e events.CognitoEventUserPoolsCreateAuthChallenge
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		e.Response.PublicChallengeParameters = map[string]string{"question": "six times seven"}
		e.Response.PrivateChallengeParameters = map[string]string{"answer": "42"}
		return e, nil
	}
	var e events.CognitoEventUserPoolsVerifyAuthChallenge
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	e.Response.AnswerCorrect = e.Request.ChallengeAnswer == e.Request.PrivateChallengeParameters["answer"]
	return e, nil
}

var everyFlow = []types.ExplicitAuthFlowsType{
	types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
	types.ExplicitAuthFlowsTypeAllowUserAuth, types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
}

var smsSettings = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms"), ExternalId: aws.String("x")}

// newApp makes a pool and a client that allows every flow.
func newApp(t testing.TB, server *pooltest.Server, change ...func(*cognito.CreateUserPoolInput)) *app {
	t.Helper()
	a := &app{TB: t, server: server, Client: cognito.NewFromConfig(server.Config())}
	in := &cognito.CreateUserPoolInput{
		PoolName: aws.String("test"), UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}, SmsConfiguration: smsSettings,
		EmailConfiguration: &types.EmailConfigurationType{
			EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/mail@example.com"),
		},
	}
	for _, c := range change {
		c(in)
	}
	out, err := a.CreateUserPool(t.Context(), in)
	a.ok(err)
	a.pool = *out.UserPool.Id
	return a.with(t, nil)
}

// requireMFA turns MFA on, with the factors TOTP, SMS and EMAIL.
func (a *app) requireMFA(mode types.UserPoolMfaType, factors ...string) *app {
	a.Helper()
	in := &cognito.SetUserPoolMfaConfigInput{UserPoolId: &a.pool, MfaConfiguration: mode}
	for _, f := range factors {
		switch f {
		case "TOTP":
			in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{Enabled: true}
		case "SMS":
			in.SmsMfaConfiguration = &types.SmsMfaConfigType{SmsConfiguration: smsSettings}
		case "EMAIL":
			in.EmailMfaConfiguration = &types.EmailMfaConfigType{Message: aws.String("Use {####}"), Subject: aws.String("Sign in")}
		}
	}
	_, err := a.SetUserPoolMfaConfig(a.Context(), in)
	a.ok(err)
	return a
}

// with is the same pool for a test, through another client if change is given.
func (a *app) with(t testing.TB, change func(*cognito.CreateUserPoolClientInput)) *app {
	t.Helper()
	b := *a
	b.TB = t
	if a.client != "" && change == nil {
		return &b
	}
	in := &cognito.CreateUserPoolClientInput{UserPoolId: &a.pool, ClientName: aws.String("test"), ExplicitAuthFlows: everyFlow}
	if change != nil {
		change(in)
	}
	out, err := b.CreateUserPoolClient(t.Context(), in)
	b.ok(err)
	b.client, b.secret = *out.UserPoolClient.ClientId, aws.ToString(out.UserPoolClient.ClientSecret)
	return &b
}

func (a *app) ok(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// refused checks that a call is refused with AWS's code and text.
func (a *app) refused(err error, code, text string) {
	a.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != text {
		a.Errorf("error %v, want %s: %s", err, code, text)
	}
}

var people atomic.Int64

func newAddress() string { return fmt.Sprintf("user-%d@example.com", people.Add(1)) }
func newPhone() string   { return fmt.Sprintf("+1555%07d", people.Add(1)) }

// user adds a confirmed user with a verified address.
func (a *app) user(attributes ...string) string {
	a.Helper()
	name := newAddress()
	in := &cognito.AdminCreateUserInput{UserPoolId: &a.pool, Username: &name, MessageAction: types.MessageActionTypeSuppress}
	attributes = append([]string{"email", name, "email_verified", "true"}, attributes...)
	for i := 0; i < len(attributes); i += 2 {
		in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &attributes[i], Value: &attributes[i+1]})
	}
	_, err := a.AdminCreateUser(a.Context(), in)
	a.ok(err)
	a.setPassword(name, true)
	return name
}

func (a *app) setPassword(name string, permanent bool) {
	a.Helper()
	_, err := a.AdminSetUserPassword(a.Context(), &cognito.AdminSetUserPasswordInput{
		UserPoolId: &a.pool, Username: &name, Password: aws.String(password), Permanent: permanent,
	})
	a.ok(err)
}

// pairs is a map of names and values. A client with a secret adds SECRET_HASH.
func (a *app) pairs(list ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	if _, given := m["SECRET_HASH"]; a.secret != "" && !given {
		m["SECRET_HASH"] = a.hash(m["USERNAME"])
	}
	return m
}

func (a *app) hash(name string) string {
	mac := hmac.New(sha256.New, []byte(a.secret))
	mac.Write([]byte(name + a.client))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (a *app) initiate(flow types.AuthFlowType, list ...string) (*cognito.InitiateAuthOutput, error) {
	return a.InitiateAuth(a.Context(), &cognito.InitiateAuthInput{ClientId: &a.client, AuthFlow: flow, AuthParameters: a.pairs(list...)})
}

func (a *app) adminInitiate(flow types.AuthFlowType, list ...string) (*cognito.AdminInitiateAuthOutput, error) {
	return a.AdminInitiateAuth(a.Context(), &cognito.AdminInitiateAuthInput{UserPoolId: &a.pool, ClientId: &a.client, AuthFlow: flow, AuthParameters: a.pairs(list...)})
}

// challenged begins a sign-in and expects the challenge.
func (a *app) challenged(want types.ChallengeNameType, flow types.AuthFlowType, list ...string) *cognito.RespondToAuthChallengeOutput {
	a.Helper()
	out, err := a.initiate(flow, list...)
	a.ok(err)
	if out.ChallengeName != want || out.AuthenticationResult != nil {
		a.Fatalf("challenge %q, want %q", out.ChallengeName, want)
	}
	return &cognito.RespondToAuthChallengeOutput{ChallengeName: out.ChallengeName, ChallengeParameters: out.ChallengeParameters, Session: out.Session}
}

// enter begins a sign-in with the password and expects the challenge.
func (a *app) enter(want types.ChallengeNameType, name string) *cognito.RespondToAuthChallengeOutput {
	a.Helper()
	return a.challenged(want, types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password)
}

func (a *app) answer(c *cognito.RespondToAuthChallengeOutput, list ...string) (*cognito.RespondToAuthChallengeOutput, error) {
	return a.RespondToAuthChallenge(a.Context(), &cognito.RespondToAuthChallengeInput{
		ClientId: &a.client, ChallengeName: c.ChallengeName, Session: c.Session, ChallengeResponses: a.pairs(list...),
	})
}

// next is answer where another challenge must come.
func (a *app) next(want types.ChallengeNameType, c *cognito.RespondToAuthChallengeOutput, list ...string) *cognito.RespondToAuthChallengeOutput {
	a.Helper()
	out, err := a.answer(c, list...)
	a.ok(err)
	if out.ChallengeName != want {
		a.Fatalf("challenge %q, want %q", out.ChallengeName, want)
	}
	return out
}

// done is answer where tokens must come.
func (a *app) done(c *cognito.RespondToAuthChallengeOutput, list ...string) *types.AuthenticationResultType {
	a.Helper()
	out, err := a.answer(c, list...)
	a.ok(err)
	return a.tokens(out.AuthenticationResult)
}

func (a *app) tokens(r *types.AuthenticationResultType) *types.AuthenticationResultType {
	a.Helper()
	if r == nil || r.IdToken == nil || r.AccessToken == nil || aws.ToString(r.TokenType) != "Bearer" || r.ExpiresIn != 3600 {
		a.Fatalf("no tokens: %+v", r)
	}
	return r
}

// signIn signs a user in with the password.
func (a *app) signIn(name string) *types.AuthenticationResultType {
	a.Helper()
	out, err := a.adminInitiate(types.AuthFlowTypeAdminUserPasswordAuth, "USERNAME", name, "PASSWORD", password)
	a.ok(err)
	return a.tokens(out.AuthenticationResult)
}

// code is the newest code that was sent to an address.
func (a *app) code(to string) string {
	a.Helper()
	code, err := a.server.Inbox.Code(a.Context(), to)
	a.ok(err)
	return code
}

// other is another code of the same length.
func other(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}

// totp is what an authenticator application shows, some steps of thirty seconds
// from now.
func (a *app) totp(secret string, steps int) string {
	a.Helper()
	code, err := totp.GenerateCode(secret, a.server.Now().Add(time.Duration(steps)*30*time.Second))
	a.ok(err)
	return code
}

// exchange is a sign-in by SRP.
type exchange struct {
	*srp.Client
	a *app
	c *cognito.RespondToAuthChallengeOutput
}

// srp begins one.
func (a *app) srp(name string) *exchange {
	a.Helper()
	c := srp.NewClient(ids.Source{})
	return &exchange{c, a, a.challenged(types.ChallengeNameTypePasswordVerifier, types.AuthFlowTypeUserSrpAuth, "USERNAME", name, "SRP_A", c.Public())}
}

// proof is the answer for a password.
func (x *exchange) proof(password string) []string {
	_, group, _ := strings.Cut(x.a.pool, "_")
	id := x.c.ChallengeParameters["USER_ID_FOR_SRP"]
	return append(x.signed(group, id, password), "USERNAME", id)
}

func (x *exchange) signed(group, id, password string) []string {
	x.a.Helper()
	p := x.c.ChallengeParameters
	key, err := x.SharedKey(p["SRP_B"], p["SALT"], group, id, password)
	x.a.ok(err)
	block, err := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	x.a.ok(err)
	stamp := srp.FormatTimestamp(x.a.server.Now())
	signature := base64.StdEncoding.EncodeToString(srp.Signature(key, group, id, block, stamp))
	return []string{"PASSWORD_CLAIM_SIGNATURE", signature, "PASSWORD_CLAIM_SECRET_BLOCK", p["SECRET_BLOCK"], "TIMESTAMP", stamp}
}

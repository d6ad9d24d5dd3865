package server_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/server"
)

// A stateWorld is a pool with a client, of which errors are provoked that need a
// certain state.
type stateWorld struct {
	t         *testing.T
	f         *fixture
	note      func(*fixture, string, any) answer
	pool, app string
}

func newStateWorld(t *testing.T, note func(*fixture, string, any) answer, f *fixture, pool map[string]any) *stateWorld {
	t.Helper()
	w := &stateWorld{t: t, f: f, note: note}
	pool["PoolName"] = "states"
	var created struct{ UserPool struct{ ID string } }
	w.call("CreateUserPool", pool, &created)
	w.pool = created.UserPool.ID
	var client struct{ UserPoolClient struct{ ClientID string } }
	w.call("CreateUserPoolClient", map[string]any{
		"UserPoolId": w.pool, "ClientName": "app", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &client)
	w.app = client.UserPoolClient.ClientID
	return w
}

// call is note for what must succeed.
func (w *stateWorld) call(op string, in map[string]any, out any) {
	w.t.Helper()
	a := w.note(w.f, op, in)
	if a.StatusCode != 200 {
		w.t.Fatalf("%s: %s", op, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), out); out != nil && err != nil {
		w.t.Fatal(err)
	}
}

// user makes a user with a verified e-mail address and goodPassword.
func (w *stateWorld) user(name string, permanent bool) {
	w.t.Helper()
	verified := append(address(name), map[string]any{"Name": "email_verified", "Value": "true"})
	w.call("AdminCreateUser", map[string]any{"UserPoolId": w.pool, "Username": name, "TemporaryPassword": goodPassword, "UserAttributes": verified, "MessageAction": "SUPPRESS"}, nil)
	if permanent {
		w.call("AdminSetUserPassword", map[string]any{"UserPoolId": w.pool, "Username": name, "Password": "Correct-Horse-2", "Permanent": true}, nil)
	}
}

type signedIn struct {
	Session              string
	AuthenticationResult struct{ AccessToken string }
}

func (w *stateWorld) signIn(name, password string) signedIn {
	w.t.Helper()
	var out signedIn
	w.call("InitiateAuth", map[string]any{"ClientId": w.app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]string{"USERNAME": name, "PASSWORD": password}}, &out)
	return out
}

// respond answers a challenge by both operations, each to a sign-in of its own.
func (w *stateWorld) respond(name, password, challenge string, answers map[string]string) {
	w.t.Helper()
	answers["USERNAME"] = name
	for _, op := range []string{"RespondToAuthChallenge", "AdminRespondToAuthChallenge"} {
		in := map[string]any{"ClientId": w.app, "ChallengeName": challenge, "Session": w.signIn(name, password).Session, "ChallengeResponses": answers}
		if op == "AdminRespondToAuthChallenge" {
			in["UserPoolId"] = w.pool
		}
		w.note(w.f, op, in)
	}
}

// provokeStates has operations meet the states in which alone they answer some
// of their errors.
func provokeStates(t *testing.T, note func(*fixture, string, any) answer) {
	provokeNewPasswords(t, note)
	provokeCodes(t, note)
	provokeChanges(t, note)
	provokeUndeliverable(t, note)
	provokeClientRefusals(t, note)
	provokeFeedback(t, note)
	provokeDeletedPool(t, note)
}

// provokeNewPasswords has users choose passwords that are weak, or their former
// ones.
func provokeNewPasswords(t *testing.T, note func(*fixture, string, any) answer) {
	w := newStateWorld(t, note, start(t), map[string]any{"Policies": map[string]any{"PasswordPolicy": map[string]any{"MinimumLength": 8, "PasswordHistorySize": 2}}})
	w.user("former", true)
	token := w.signIn("former", "Correct-Horse-2").AuthenticationResult.AccessToken
	note(w.f, "ChangePassword", map[string]any{"AccessToken": token, "PreviousPassword": "Correct-Horse-2", "ProposedPassword": goodPassword})
	w.user("invited", false)
	w.respond("invited", goodPassword, "NEW_PASSWORD_REQUIRED", map[string]string{"NEW_PASSWORD": "short"})
	w.respond("invited", goodPassword, "NEW_PASSWORD_REQUIRED", map[string]string{"NEW_PASSWORD": goodPassword})
}

// provokeCodes answers challenges for an authenticator application with codes
// that are wrong or used, and sets one up where the pool has none.
func provokeCodes(t *testing.T, note func(*fixture, string, any) answer) {
	w := newStateWorld(t, note, start(t), map[string]any{})
	mode := func(mode string, enabled bool) {
		w.call("SetUserPoolMfaConfig", map[string]any{"UserPoolId": w.pool, "MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": map[string]any{"Enabled": enabled}}, nil)
	}
	mode("ON", true)
	w.user("holder", true)
	w.user("late", true)
	var begun struct{ SecretCode, Session string }
	w.call("AssociateSoftwareToken", map[string]any{"Session": w.signIn("holder", "Correct-Horse-2").Session}, &begun)
	code := func() string {
		code, err := totp.GenerateCode(begun.SecretCode, w.f.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	w.call("VerifySoftwareToken", map[string]any{"Session": begun.Session, "UserCode": code()}, &begun)
	w.call("RespondToAuthChallenge", map[string]any{"ClientId": w.app, "ChallengeName": "MFA_SETUP", "Session": begun.Session, "ChallengeResponses": map[string]string{"USERNAME": "holder"}}, nil)
	used := code()
	w.respond("holder", "Correct-Horse-2", "SOFTWARE_TOKEN_MFA", map[string]string{"SOFTWARE_TOKEN_MFA_CODE": used})
	w.f.clock.Advance(time.Hour)
	wrong := "000000"
	if code() == wrong {
		wrong = "000001"
	}
	w.respond("holder", "Correct-Horse-2", "SOFTWARE_TOKEN_MFA", map[string]string{"SOFTWARE_TOKEN_MFA_CODE": wrong})
	late := w.signIn("late", "Correct-Horse-2").Session
	w.user("later", true)
	w.call("AssociateSoftwareToken", map[string]any{"Session": w.signIn("later", "Correct-Horse-2").Session}, &begun)
	w.call("AdminResetUserPassword", map[string]any{"UserPoolId": w.pool, "Username": "later"}, nil)
	note(w.f, "VerifySoftwareToken", map[string]any{"Session": begun.Session, "UserCode": code()})
	mode("OFF", false)
	note(w.f, "AssociateSoftwareToken", map[string]any{"Session": late})
}

// provokeChanges answers challenges, by both operations, after the user was
// changed.
func provokeChanges(t *testing.T, note func(*fixture, string, any) answer) {
	w := newStateWorld(t, note, start(t), map[string]any{})
	w.call("SetUserPoolMfaConfig", map[string]any{"UserPoolId": w.pool, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": map[string]any{"Enabled": true}}, nil)
	for _, change := range []string{"AdminDeleteSoftwareToken", "AdminResetUserPassword", "AdminDeleteUser"} {
		w.user(change, true)
		token := w.signIn(change, "Correct-Horse-2").AuthenticationResult.AccessToken
		var begun struct{ SecretCode string }
		w.call("AssociateSoftwareToken", map[string]any{"AccessToken": token}, &begun)
		code, err := totp.GenerateCode(begun.SecretCode, w.f.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		w.call("VerifySoftwareToken", map[string]any{"AccessToken": token, "UserCode": code}, nil)
		w.call("SetUserMFAPreference", map[string]any{"AccessToken": token, "SoftwareTokenMfaSettings": map[string]any{"Enabled": true}}, nil)
		session := w.signIn(change, "Correct-Horse-2").Session
		w.call(change, map[string]any{"UserPoolId": w.pool, "Username": change}, nil)
		w.f.clock.Advance(30 * time.Second)
		if code, err = totp.GenerateCode(begun.SecretCode, w.f.clock.Now()); err != nil {
			t.Fatal(err)
		}
		in := map[string]any{"ClientId": w.app, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": session, "ChallengeResponses": map[string]string{
			"USERNAME": change, "SOFTWARE_TOKEN_MFA_CODE": code,
		}}
		note(w.f, "RespondToAuthChallenge", in)
		in["UserPoolId"] = w.pool
		note(w.f, "AdminRespondToAuthChallenge", in)
	}
}

// provokeUndeliverable has messages sent by a server whose sender is no address.
func provokeUndeliverable(t *testing.T, note func(*fixture, string, any) answer) {
	f := start(t, func(cfg *server.Config) { cfg.SMTP, cfg.Log = &deliver.SMTP{Host: "127.0.0.1", From: "nobody"}, nil })
	w := newStateWorld(t, note, f, map[string]any{})
	w.user("known", true)
	signUp := map[string]any{"ClientId": w.app, "Username": "new", "Password": goodPassword, "UserAttributes": address("new")}
	w.call("SignUp", signUp, nil)
	w.call("UpdateUserPool", map[string]any{"UserPoolId": w.pool, "AutoVerifiedAttributes": []string{"email"}}, nil)
	token := w.signIn("known", "Correct-Horse-2").AuthenticationResult.AccessToken
	note(f, "ResendConfirmationCode", map[string]any{"ClientId": w.app, "Username": "new"})
	signUp["Username"] = "newer"
	note(f, "SignUp", signUp)
	note(f, "AdminCreateUser", map[string]any{"UserPoolId": w.pool, "Username": "newest", "UserAttributes": address("newest"), "DesiredDeliveryMediums": []string{"EMAIL"}})
	note(f, "ForgotPassword", map[string]any{"ClientId": w.app, "Username": "known"})
	note(f, "GetUserAttributeVerificationCode", map[string]any{"AccessToken": token, "AttributeName": "email"})
	note(f, "UpdateUserAttributes", map[string]any{"AccessToken": token, "UserAttributes": address("other")})
	for _, name := range []string{"newer", "newest"} {
		if a := note(f, "AdminGetUser", map[string]any{"UserPoolId": w.pool, "Username": name}); a.StatusCode == 200 {
			t.Errorf("%s was left without a message", name)
		}
	}
}

// provokeClientRefusals gives clients what their pool does not have.
func provokeClientRefusals(t *testing.T, note func(*fixture, string, any) answer) {
	w := newStateWorld(t, note, start(t), map[string]any{"UserPoolTier": "LITE"})
	oauth := func(flows, scopes []string) map[string]any {
		return map[string]any{
			"UserPoolId": w.pool, "ClientId": w.app, "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": flows, "AllowedOAuthScopes": scopes,
			"CallbackURLs": []string{"https://example.com"}, "SupportedIdentityProviders": []string{"COGNITO"},
		}
	}
	note(w.f, "UpdateUserPoolClient", oauth([]string{"client_credentials", "code"}, []string{"openid"}))
	note(w.f, "UpdateUserPoolClient", oauth([]string{"code"}, []string{"nothing/read"}))
	note(w.f, "UpdateUserPoolClient", map[string]any{"UserPoolId": w.pool, "ClientId": w.app, "ExplicitAuthFlows": []string{"ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}})
}

// provokeFeedback tells what a user thinks of a sign-in after threat protection,
// the user and the pool have gone.
func provokeFeedback(t *testing.T, note func(*fixture, string, any) answer) {
	plan := map[string]any{"UserPoolTier": "PLUS", "UserPoolAddOns": map[string]any{"AdvancedSecurityMode": "ENFORCED"}}
	w := newStateWorld(t, note, start(t), plan)
	w.user("warned", true)
	w.call("SetRiskConfiguration", map[string]any{"UserPoolId": w.pool, "AccountTakeoverRiskConfiguration": map[string]any{
		"NotifyConfiguration": map[string]any{"SourceArn": "arn:aws:ses:" + region + ":" + account + ":identity/a@example.com"},
		"Actions":             map[string]any{"HighAction": map[string]any{"EventAction": "NO_ACTION", "Notify": true}},
	}}, nil)
	for _, from := range [][2]string{{"192.0.2.1", "aws-cli/2.1"}, {"203.0.113.1", "Boto3/1.0"}} {
		w.call("AdminInitiateAuth", map[string]any{
			"UserPoolId": w.pool, "ClientId": w.app, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": map[string]string{"USERNAME": "warned", "PASSWORD": "Correct-Horse-2"},
			"ContextData": map[string]any{
				"IpAddress": from[0], "ServerName": "s", "ServerPath": "/",
				"HttpHeaders": []any{map[string]any{"headerName": "User-Agent", "headerValue": from[1]}},
			},
		}, nil)
	}
	var inbox struct{ Messages []struct{ Body string } }
	w.f.document(w.f.url+"/_poolhouse/inbox?destination=warned@example.com", &inbox)
	if len(inbox.Messages) != 1 {
		t.Fatalf("%+v", inbox)
	}
	_, link, _ := strings.Cut(inbox.Messages[0].Body, `<a href="`)
	link, _, _ = strings.Cut(link, `"`)
	u, err := url.Parse(strings.ReplaceAll(link, "&amp;", "&"))
	if err != nil {
		t.Fatal(err)
	}
	feedback := func() {
		note(w.f, "UpdateAuthEventFeedback", map[string]any{
			"UserPoolId": w.pool, "Username": "warned", "EventId": u.Query().Get("eventId"), "FeedbackToken": u.Query().Get("feedbackToken"), "FeedbackValue": "Valid",
		})
	}
	plan = map[string]any{"UserPoolId": w.pool, "UserPoolAddOns": map[string]any{"AdvancedSecurityMode": "OFF"}}
	w.call("UpdateUserPool", plan, nil)
	feedback()
	plan["UserPoolAddOns"] = map[string]any{"AdvancedSecurityMode": "ENFORCED"}
	w.call("UpdateUserPool", plan, nil)
	w.call("AdminDeleteUser", map[string]any{"UserPoolId": w.pool, "Username": "warned"}, nil)
	feedback()
	w.call("DeleteUserPool", map[string]any{"UserPoolId": w.pool}, nil)
	feedback()
}

// provokeDeletedPool uses an access token whose pool is gone.
func provokeDeletedPool(t *testing.T, note func(*fixture, string, any) answer) {
	w := newStateWorld(t, note, start(t), map[string]any{})
	w.user("left", true)
	token := w.signIn("left", "Correct-Horse-2").AuthenticationResult.AccessToken
	w.call("DeleteUserPool", map[string]any{"UserPoolId": w.pool}, nil)
	given := map[string]any{
		"AccessToken": token, "PreviousPassword": "Correct-Horse-2", "ProposedPassword": goodPassword, "AttributeName": "email",
		"UserCode": "123456", "MFAOptions": []any{}, "DeviceKey": region + "_00000000-0000-4000-8000-000000000000",
	}
	for _, op := range awswire.Operations(awswire.CognitoIDP) {
		if _, ok := op.In.FieldByName("AccessToken"); !ok {
			continue
		}
		in := map[string]any{}
		for i := range op.In.NumField() {
			if m := op.In.Field(i); m.IsExported() && m.Name != "ResultMetadata" && m.Name != "Session" {
				in[m.Name] = validValue(m.Type, m.Name, 0, given)
			}
		}
		note(w.f, op.Name, in)
	}
}

package server_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/trigger"
)

// neverAnswered are the declared errors that no operation can be brought to
// answer, with the reason.
var neverAnswered = map[string]string{
	"ForbiddenException":                       "AWS WAF answers it, of which a server here has none",
	"ConcurrentModificationException":          "changes at the same time take turns",
	"InternalServerException":                  "a fault of the server answers InternalErrorException",
	"InvalidSmsRoleAccessPolicyException":      "roles are checked when a pool is given them, not when a message goes out",
	"InvalidSmsRoleTrustRelationshipException": "roles are checked when a pool is given them, not when a message goes out",
	"InvalidEmailRoleAccessPolicyException":    "e-mail leaves by SMTP, which needs no role",
	"InvalidUserPoolConfigurationException":    "what a pool is set to is checked when it is set",
	"TooManyFailedAttemptsException":           "attempts are limited by LimitExceededException",
}

// withoutTokens are errors that operations with an access token declare, which
// the tokens of such users never get to see.
var withoutTokens = map[string]string{
	"PasswordResetRequiredException": "resetting a password revokes the user's tokens",
	"UserNotConfirmedException":      "users get no tokens before they are confirmed",
}

// signedOnly is why signed operations do not answer NotAuthorizedException where
// nothing else pins it.
const signedOnly = "callers without permission get AccessDeniedException"

// Every error that the model of a user pool operation declares is provoked over
// the wire here, or by the test that declaredElsewhere names, or it is listed
// with the reason why it never comes.
func TestDeclaredErrors(t *testing.T) {
	t.Parallel()
	got := provokeAll(t)
	tests := map[string]map[string]bool{}
	for _, op := range awswire.Operations(awswire.CognitoIDP) {
		if code := "UserNotFoundException"; got[op.Name+" "+code] && !slices.Contains(op.Errors, code) {
			t.Errorf("%s answers %s, which it does not declare", op.Name, code)
		}
		for _, code := range op.Errors {
			key := op.Name + " " + code
			pin, elsewhere := declaredElsewhere[key]
			reason := neverAnswered[code]
			if reason == "" || elsewhere {
				reason = neverFrom[key]
			}
			if reason == "" && op.Auth == awswire.Bearer && !elsewhere {
				reason = withoutTokens[code]
			}
			if reason == "" && code == "NotAuthorizedException" && op.Auth == awswire.Signed && !elsewhere {
				reason = signedOnly
			}
			switch {
			case got[key] && reason != "" && reason != signedOnly:
				t.Errorf("%s is answered, though %s", key, reason)
			case elsewhere && reason != "":
				t.Errorf("%s is in two lists", key)
			case elsewhere:
				wantTest(t, tests, key, pin)
			case !got[key] && reason == "":
				t.Errorf("%s is neither provoked nor listed", key)
			}
		}
	}
	for key := range declaredElsewhere {
		wantDeclared(t, key)
	}
	for key := range neverFrom {
		wantDeclared(t, key)
	}
}

func wantDeclared(t *testing.T, key string) {
	t.Helper()
	name, code, _ := strings.Cut(key, " ")
	for _, op := range awswire.Operations(awswire.CognitoIDP) {
		if op.Name == name && slices.Contains(op.Errors, code) {
			return
		}
	}
	t.Errorf("%s is listed and not declared", key)
}

// wantTest checks that a test package.TestName exists.
func wantTest(t *testing.T, tests map[string]map[string]bool, key, pin string) {
	t.Helper()
	pkg, name, _ := strings.Cut(pin, ".")
	if tests[pkg] == nil {
		tests[pkg] = map[string]bool{}
		files, err := filepath.Glob(filepath.Join("..", pkg, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
					tests[pkg][fn.Name.Name] = true
				}
			}
		}
	}
	if !tests[pkg][name] {
		t.Errorf("%s: there is no test %s", key, pin)
	}
}

// missing is how the answer to a call without members names those that are
// required.
var missing = regexp.MustCompile(`Value null at '([a-zA-Z]+)'`)

// provokeAll sends every operation what it must refuse, and returns which
// errors came, as "Operation Code".
func provokeAll(t *testing.T) map[string]bool {
	got := map[string]bool{}
	note := func(f *fixture, op string, in any) answer {
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		a := f.signedJSON("cognito-idp", idp+op, string(body))
		if code := strings.TrimSuffix(a.Header.Get("X-Amzn-Errortype"), ":"); code != "" {
			got[op+" "+code] = true
		}
		return a
	}
	provokeFunctions(t, note)
	provokeAliases(t, note)
	provokeStates(t, note)
	quiet := func(fault server.FaultKind) *fixture {
		return start(t, func(cfg *server.Config) {
			cfg.Log = nil
			cfg.Faults = []server.Fault{{Operation: "*", Kind: fault, Probability: 1}}
		})
	}
	f, throttled, broken := start(t), quiet(server.Throttle), quiet(server.InternalError)
	w := newRefusals(f)
	operations := slices.Clone(awswire.Operations(awswire.CognitoIDP))
	// What makes the user who does not exist, and what takes away what others need,
	// goes last.
	rank := func(name string) int {
		switch {
		case strings.HasPrefix(name, "Delete"):
			return 2
		case name == "AdminCreateUser" || name == "SignUp":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(operations, func(a, b awswire.OpInfo) int { return cmp.Compare(rank(a.Name), rank(b.Name)) })
	for _, op := range operations {
		var required []string
		for _, m := range missing.FindAllStringSubmatch(note(f, op.Name, map[string]any{}).body, -1) {
			required = append(required, strings.ToUpper(m[1][:1])+m[1][1:])
		}
		for _, values := range w.values {
			for _, all := range []bool{false, true} {
				in := map[string]any{}
				for i := range op.In.NumField() {
					m := op.In.Field(i)
					if m.IsExported() && m.Name != "ResultMetadata" && (all || slices.Contains(required, m.Name) || values[m.Name] != nil) {
						in[m.Name] = validValue(m.Type, m.Name, 0, values)
					}
				}
				note(f, op.Name, in)
			}
		}
		note(f, op.Name, fill(op.In, 0, func(string) any { return strings.Repeat("x", 140000) }))
		in := map[string]any{}
		for _, name := range required {
			if m, ok := op.In.FieldByName(name); ok {
				in[name] = validValue(m.Type, name, 0, w.values[0])
			}
		}
		full := map[string]any{}
		for i := range op.In.NumField() {
			if m := op.In.Field(i); m.IsExported() && m.Name != "ResultMetadata" {
				full[m.Name] = validValue(m.Type, m.Name, 0, w.values[0])
			}
		}
		for _, f := range []*fixture{throttled, broken} {
			note(f, op.Name, in)
			note(f, op.Name, full)
		}
	}
	return got
}

// faultyFunctions answers for every function, as its mode says.
type faultyFunctions struct{ mode atomic.Value }

// Invoke implements trigger.Invoker.
func (f *faultyFunctions) Invoke(_ context.Context, _ string, payload []byte) (*trigger.Output, error) {
	switch f.mode.Load() {
	case "UserLambdaValidationException":
		return &trigger.Output{Failed: true, Payload: []byte(`{"errorMessage":"no"}`)}, nil
	case "InvalidLambdaResponseException":
		return &trigger.Output{Payload: []byte("nonsense")}, nil
	case "UnexpectedLambdaException":
		return nil, &trigger.InvokeError{Code: "unreachable"}
	}
	return &trigger.Output{Payload: payload}, nil
}

// Post implements trigger.Invoker.
func (f *faultyFunctions) Post(context.Context, string, []byte) error { return nil }

// provokeFunctions has functions fail in every operation that calls one.
func provokeFunctions(t *testing.T, note func(*fixture, string, any) answer) {
	functions := &faultyFunctions{}
	functions.mode.Store("")
	f := start(t, func(cfg *server.Config) { cfg.Invoker, cfg.Log = functions, nil })
	call := func(op string, in any, out any) {
		t.Helper()
		a := note(f, op, in)
		if a.StatusCode != 200 {
			t.Fatalf("%s: %s", op, a.body)
		}
		if err := json.Unmarshal([]byte(a.body), out); out != nil && err != nil {
			t.Fatal(err)
		}
	}
	arn := "arn:aws:lambda:" + region + ":" + account + ":function:f"
	var pool struct{ UserPool struct{ ID string } }
	lambda := map[string]any{"PreTokenGenerationConfig": map[string]any{"LambdaArn": arn, "LambdaVersion": "V2_0"}}
	for _, name := range []string{"PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication", "PostAuthentication"} {
		lambda[name] = arn
	}
	call("CreateUserPool", map[string]any{"PoolName": "functions", "AutoVerifiedAttributes": []string{"email"}, "LambdaConfig": lambda}, &pool)
	id := pool.UserPool.ID
	var client struct{ UserPoolClient struct{ ClientID string } }
	call("CreateUserPoolClient", map[string]any{
		"UserPoolId": id, "ClientName": "app", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"},
		"RefreshTokenRotation": map[string]any{"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
	}, &client)
	app := client.UserPoolClient.ClientID
	for _, mode := range []string{"UserLambdaValidationException", "InvalidLambdaResponseException", "UnexpectedLambdaException"} {
		functions.mode.Store("")
		w := &functionWorld{f: f, call: call, pool: id, app: app}
		w.setUp(mode)
		unconfirmed := w.signIn(w.fresh)
		note(f, "InitiateAuth", unconfirmed)
		unconfirmed["UserPoolId"], unconfirmed["AuthFlow"] = id, "ADMIN_USER_PASSWORD_AUTH"
		note(f, "AdminInitiateAuth", unconfirmed)
		functions.mode.Store(mode)
		for op, in := range w.calls(mode) {
			note(f, op, in)
		}
	}
}

// provokeAliases has users take a name that somebody has, in operations that do
// not take it away.
func provokeAliases(t *testing.T, note func(*fixture, string, any) answer) {
	f := start(t)
	call := func(op string, in any, out any) {
		t.Helper()
		a := note(f, op, in)
		if a.StatusCode != 200 {
			t.Fatalf("%s: %s", op, a.body)
		}
		if err := json.Unmarshal([]byte(a.body), out); out != nil && err != nil {
			t.Fatal(err)
		}
	}
	var pool struct{ UserPool struct{ ID string } }
	call("CreateUserPool", map[string]any{"PoolName": "aliases", "AliasAttributes": []string{"preferred_username"}}, &pool)
	id := pool.UserPool.ID
	var client struct{ UserPoolClient struct{ ClientID string } }
	call("CreateUserPoolClient", map[string]any{"UserPoolId": id, "ClientName": "app", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}, &client)
	app := client.UserPoolClient.ClientID
	name := []any{map[string]any{"Name": "preferred_username", "Value": "taken"}}
	call("AdminCreateUser", map[string]any{"UserPoolId": id, "Username": "holder", "TemporaryPassword": goodPassword, "UserAttributes": name, "MessageAction": "SUPPRESS"}, nil)
	call("AdminCreateUser", map[string]any{"UserPoolId": id, "Username": "other", "TemporaryPassword": goodPassword, "MessageAction": "SUPPRESS"}, nil)
	note(f, "AdminUpdateUserAttributes", map[string]any{"UserPoolId": id, "Username": "other", "UserAttributes": name})
	var asked struct{ Session string }
	call("InitiateAuth", map[string]any{"ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]string{"USERNAME": "other", "PASSWORD": goodPassword}}, &asked)
	answer := map[string]any{"ClientId": app, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked.Session, "ChallengeResponses": map[string]string{
		"USERNAME": "other", "NEW_PASSWORD": "Correct-Horse-2", "userAttributes.preferred_username": "taken",
	}}
	note(f, "RespondToAuthChallenge", answer)
	answer["UserPoolId"] = id
	note(f, "AdminRespondToAuthChallenge", answer)
}

// functionWorld is users whom functions get to see: each name exists once in a
// mode.
type functionWorld struct {
	f                        *fixture
	call                     func(op string, in, out any)
	pool, app                string
	code, reset              string
	access, refresh          string
	session, adminSession    string
	fresh, confirmed, admins string
}

const goodPassword = "Correct-Horse-1"

func address(name string) []any {
	return []any{map[string]any{"Name": "email", "Value": strings.ToLower(name) + "@example.com"}}
}

func (w *functionWorld) signUp(name string) {
	w.call("SignUp", map[string]any{"ClientId": w.app, "Username": name, "Password": goodPassword, "UserAttributes": address(name)}, nil)
}

func (w *functionWorld) message(name string) string {
	var inbox struct{ Messages []struct{ Body string } }
	w.f.document(w.f.url+"/_poolhouse/inbox?destination="+strings.ToLower(name)+"@example.com", &inbox)
	return regexp.MustCompile("[0-9]{6}").FindString(inbox.Messages[0].Body)
}

func (w *functionWorld) setUp(mode string) {
	w.fresh, w.admins, w.confirmed = "fresh-"+mode, "admins-"+mode, "confirmed-"+mode
	for _, name := range []string{w.fresh, w.admins, w.confirmed} {
		w.signUp(name)
	}
	w.code = w.message(w.fresh)
	w.call("AdminConfirmSignUp", map[string]any{"UserPoolId": w.pool, "Username": w.confirmed}, nil)
	w.call("AdminUpdateUserAttributes", map[string]any{"UserPoolId": w.pool, "Username": w.confirmed, "UserAttributes": []any{map[string]any{"Name": "email_verified", "Value": "true"}}}, nil)
	var in struct {
		AuthenticationResult struct{ AccessToken, RefreshToken string }
	}
	w.call("InitiateAuth", w.signIn(w.confirmed), &in)
	w.access, w.refresh = in.AuthenticationResult.AccessToken, in.AuthenticationResult.RefreshToken
	w.f.clock.Advance(time.Second)
	w.call("ForgotPassword", map[string]any{"ClientId": w.app, "Username": w.confirmed}, nil)
	w.reset = w.message(w.confirmed)
	for name, session := range map[string]*string{"temporary-" + mode: &w.session, "temporaries-" + mode: &w.adminSession} {
		w.call("AdminCreateUser", map[string]any{"UserPoolId": w.pool, "Username": name, "TemporaryPassword": goodPassword, "MessageAction": "SUPPRESS"}, nil)
		var asked struct{ Session string }
		w.call("InitiateAuth", w.signIn(name), &asked)
		*session = asked.Session
	}
}

func (w *functionWorld) signIn(name string) map[string]any {
	return map[string]any{"ClientId": w.app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]string{"USERNAME": name, "PASSWORD": goodPassword}}
}

// calls are the operations that call functions, those that change the users last.
func (w *functionWorld) calls(mode string) iter.Seq2[string, any] {
	admin := w.signIn(w.confirmed)
	admin["UserPoolId"], admin["AuthFlow"] = w.pool, "ADMIN_USER_PASSWORD_AUTH"
	challenge := func(name, session string) map[string]any {
		return map[string]any{"ClientId": w.app, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session, "ChallengeResponses": map[string]string{"USERNAME": name, "NEW_PASSWORD": "Correct-Horse-2"}}
	}
	adminChallenge := challenge("temporaries-"+mode, w.adminSession)
	adminChallenge["UserPoolId"] = w.pool
	list := []struct {
		op string
		in map[string]any
	}{
		{"SignUp", map[string]any{"ClientId": w.app, "Username": "late", "Password": goodPassword, "UserAttributes": address("late")}},
		{"ResendConfirmationCode", map[string]any{"ClientId": w.app, "Username": w.fresh}},
		{"AdminCreateUser", map[string]any{"UserPoolId": w.pool, "Username": mode, "UserAttributes": address(mode), "DesiredDeliveryMediums": []string{"EMAIL"}}},
		{"InitiateAuth", w.signIn(w.confirmed)},
		{"AdminInitiateAuth", admin},
		{"ForgotPassword", map[string]any{"ClientId": w.app, "Username": w.confirmed}},
		{"GetUserAttributeVerificationCode", map[string]any{"AccessToken": w.access, "AttributeName": "email"}},
		{"UpdateUserAttributes", map[string]any{"AccessToken": w.access, "UserAttributes": address("new-" + mode)}},
		{"AdminUpdateUserAttributes", map[string]any{"UserPoolId": w.pool, "Username": w.confirmed, "UserAttributes": address("newer-" + mode)}},
		{"GetTokensFromRefreshToken", map[string]any{"ClientId": w.app, "RefreshToken": w.refresh}},
		{"RespondToAuthChallenge", challenge("temporary-"+mode, w.session)},
		{"AdminRespondToAuthChallenge", adminChallenge},
		{"ConfirmSignUp", map[string]any{"ClientId": w.app, "Username": w.fresh, "ConfirmationCode": w.code}},
		{"AdminConfirmSignUp", map[string]any{"UserPoolId": w.pool, "Username": w.admins}},
		{"ConfirmForgotPassword", map[string]any{"ClientId": w.app, "Username": w.confirmed, "ConfirmationCode": w.reset, "Password": "Correct-Horse-3"}},
		{"AdminResetUserPassword", map[string]any{"UserPoolId": w.pool, "Username": w.confirmed}},
	}
	return func(yield func(string, any) bool) {
		for _, c := range list {
			if !yield(c.op, c.in) {
				return
			}
		}
	}
}

// validValue makes a value of the type: the one that is given for the name, the
// first of an enum, or a well-formed one that means nothing.
func validValue(t reflect.Type, name string, depth int, given map[string]any) any {
	if v := given[name]; v != nil {
		return v
	}
	if values, ok := t.MethodByName("Values"); ok && t.Kind() == reflect.String {
		if list := values.Func.Call([]reflect.Value{reflect.Zero(t)})[0]; list.Len() > 0 {
			return list.Index(0).String()
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return validValue(t.Elem(), name, depth, given)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "AAAA"
		}
		return []any{validValue(t.Elem(), name, depth, given)}
	case reflect.Struct:
		if t.PkgPath() == "time" || depth > 2 {
			return nil
		}
		out := map[string]any{}
		for i := range t.NumField() {
			if m := t.Field(i); m.IsExported() {
				out[m.Name] = validValue(m.Type, m.Name, depth+1, nil)
			}
		}
		return out
	}
	return fillValue(t, name, depth, sample)
}

// refusals is a server with a pool, and values of members that it refuses.
type refusals struct{ values []map[string]any }

func newRefusals(f *fixture) *refusals {
	t, c := f.t, cognito.NewFromConfig(f.config("test", "test", ""))
	pool, err := c.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{
		PoolName: aws.String("test"), MfaConfiguration: "OFF", AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := pool.UserPool.Id
	client, err := c.CreateUserPoolClient(t.Context(), &cognito.CreateUserPoolClientInput{
		UserPoolId: id, ClientName: aws.String("app"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	if err != nil {
		t.Fatal(err)
	}
	clientID := client.UserPoolClient.ClientId
	// The tokens of users who are signed out, deleted, or have to reset their
	// password since they signed in.
	refresh := ""
	token := func(name string) string {
		if _, err := c.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{UserPoolId: id, Username: &name, MessageAction: "SUPPRESS", UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: aws.String(name + "@example.com")}, {Name: aws.String("email_verified"), Value: aws.String("true")},
		}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.AdminSetUserPassword(t.Context(), &cognito.AdminSetUserPasswordInput{UserPoolId: id, Username: &name, Password: aws.String("Correct-Horse-1"), Permanent: true}); err != nil {
			t.Fatal(err)
		}
		out, err := c.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{ClientId: clientID, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": "Correct-Horse-1"}})
		if err != nil {
			t.Fatal(err)
		}
		refresh = *out.AuthenticationResult.RefreshToken
		return *out.AuthenticationResult.AccessToken
	}
	reset, deleted := token("reset"), token("deleted")
	protected, err := c.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{
		PoolName: aws.String("protected"), UserPoolTier: "PLUS", UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: "AUDIT"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AdminDeleteUser(t.Context(), &cognito.AdminDeleteUserInput{UserPoolId: id, Username: aws.String("deleted")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AdminResetUserPassword(t.Context(), &cognito.AdminResetUserPasswordInput{UserPoolId: id, Username: aws.String("reset")}); err != nil {
		t.Fatal(err)
	}
	common := map[string]any{
		"Password": "Correct-Horse-1", "PreviousPassword": "Correct-Horse-1", "ProposedPassword": "Correct-Horse-2",
		"DeviceKey": region + "_00000000-0000-4000-8000-000000000000", "JobId": "import-AAAAAAAAAA", "UserCode": "123456",
		"ManagedLoginBrandingId": "00000000-0000-4000-8000-000000000000", "TermsId": "00000000-0000-4000-8000-000000000000",
		"EventId": "00000000-0000-4000-8000-000000000000", "Domain": "nowhere", "Credential": map[string]any{}, "TermsName": "terms-of-use",
		"CloudWatchLogsRoleArn": "arn:aws:iam::" + account + ":role/import", "RoleArn": "arn:aws:iam::" + account + ":role/import",
		"LogConfigurations": []any{}, "MFAOptions": []any{}, "Links": map[string]any{"cognito:default": "https://example.com"}, "SessionId": "00000000-0000-4000-8000-000000000000",
		"AttributeName": "email", "ConfirmationCode": "123456", "Secret": strings.Repeat("a", 30), "SecretHash": nil,
	}
	with := func(pairs ...any) map[string]any {
		values := map[string]any{}
		for name, v := range common {
			values[name] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			values[fmt.Sprint(pairs[i])] = pairs[i+1]
		}
		return values
	}
	arn := "arn:aws:cognito-idp:" + region + ":" + account + ":userpool/"
	nowhere, noClient := "us-east-1_AAAAAAAAA", strings.Repeat("a", 26)
	return &refusals{[]map[string]any{
		with("UserPoolId", nowhere, "ClientId", noClient, "ResourceArn", arn+nowhere),
		with("UserPoolId", *id, "ClientId", noClient, "ResourceArn", arn+*id),
		with("UserPoolId", *id, "ClientId", *clientID, "Username", "nobody"),
		with("UserPoolId", *protected.UserPool.Id, "Username", "nobody"),
		with("RefreshToken", refresh, "ClientId", *clientID),
		with("AccessToken", "nobody"),
		with("AccessToken", deleted),
		with("AccessToken", reset),
		with("UserPoolId", *id, "ClientId", *clientID, "Username", "reset"),
		with("UserPoolId", *id, "ClientId", *clientID, "Password", "short"),
	}}
}

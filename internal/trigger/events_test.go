package trigger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

var update = flag.Bool("update", false, "write the events into testdata")

// arn is the function with the name.
func arn(name string) *string {
	return aws.String("arn:aws:lambda:eu-west-1:123456789012:function:" + name)
}

// allFunctions is a configuration with a function for every trigger.
func allFunctions(version types.PreTokenGenerationLambdaVersionType) *types.LambdaConfigType {
	l := &types.LambdaConfigType{
		CreateAuthChallenge: arn("create"), CustomMessage: arn("message"), DefineAuthChallenge: arn("define"),
		PostAuthentication: arn("post-auth"), PostConfirmation: arn("confirm"), PreAuthentication: arn("pre-auth"),
		PreSignUp: arn("sign-up"), PreTokenGeneration: arn("tokens"), UserMigration: arn("migrate"), VerifyAuthChallengeResponse: arn("verify"),
		InboundFederation: &types.InboundFederationLambdaType{LambdaArn: arn("inbound"), LambdaVersion: types.InboundFederationLambdaVersionTypeV10},
	}
	if version != "" {
		l.PreTokenGenerationConfig = &types.PreTokenGenerationVersionConfigType{LambdaArn: arn("tokens"), LambdaVersion: version}
	}
	return l
}

// sample is an event with everything in it that any trigger shows.
func sample(source string) *userpool.TriggerEvent {
	return &userpool.TriggerEvent{
		Source: source, Functions: allFunctions(""), Account: "123456789012", Region: "eu-west-1", PoolID: "eu-west-1_AbCdEfGhI",
		ClientID: "1h57kf5cpq17m0eml12EXAMPLE", UserName: "jane",
		UserAttributes: map[string]string{"sub": "0f1e2d3c", "cognito:user_status": "CONFIRMED", "email": "jane@example.com", "email_verified": "true"},
		ValidationData: map[string]string{"captcha": "<ok> & done"}, ClientMetadata: map[string]string{"plan": "free"},
		CodeParameter: "{####}", UsernameParameter: "{username}", NewDeviceUsed: true,
		Session:       []userpool.ChallengeResult{{Name: "SRP_A", Result: true}, {Name: "CUSTOM_CHALLENGE", Metadata: aws.String("round 1")}},
		ChallengeName: "CUSTOM_CHALLENGE", PrivateParameters: map[string]string{"answer": "42"}, ChallengeAnswer: "41",
		Groups: []string{"admins"}, Roles: []string{"arn:aws:iam::123456789012:role/admin"}, PreferredRole: "arn:aws:iam::123456789012:role/admin",
		Scopes: []string{"aws.cognito.signin.user.admin"}, Password: "Correct-horse-7",
		Provider: &userpool.ProviderEvent{Name: "Corp", Type: "OIDC", Attributes: map[string]map[string]string{"idToken": {"sub": "7"}, "userInfo": {"email": "JANE@example.com"}}},
	}
}

// bare is an event as it is when nothing was given.
func bare(source string) *userpool.TriggerEvent {
	return &userpool.TriggerEvent{
		Source: source, Functions: allFunctions(""), Region: "eu-west-1", PoolID: "eu-west-1_AbCdEfGhI", ClientID: "CLIENT_ID_NOT_APPLICABLE", UserName: "jane",
	}
}

// call runs one trigger and returns its answer.
type call func(*trigger.Runner, context.Context, *userpool.TriggerEvent) (any, error)

func callOf[T any](method func(*trigger.Runner, context.Context, *userpool.TriggerEvent) (T, error)) call {
	return func(r *trigger.Runner, ctx context.Context, e *userpool.TriggerEvent) (any, error) {
		return method(r, ctx, e)
	}
}

func callNone(method func(*trigger.Runner, context.Context, *userpool.TriggerEvent) error) call {
	return func(r *trigger.Runner, ctx context.Context, e *userpool.TriggerEvent) (any, error) {
		return nil, method(r, ctx, e)
	}
}

var (
	preSignUp  = callOf((*trigger.Runner).PreSignUp)
	confirmed  = callNone((*trigger.Runner).PostConfirmation)
	preAuth    = callNone((*trigger.Runner).PreAuthentication)
	postAuth   = callNone((*trigger.Runner).PostAuthentication)
	customText = callOf((*trigger.Runner).CustomMessage)
	migrate    = callOf((*trigger.Runner).UserMigration)
	define     = callOf((*trigger.Runner).DefineAuthChallenge)
	create     = callOf((*trigger.Runner).CreateAuthChallenge)
	verify     = callOf((*trigger.Runner).VerifyAuthChallengeResponse)
	tokens     = callOf((*trigger.Runner).PreTokenGeneration)
	inbound    = callOf((*trigger.Runner).InboundFederation)
)

// echo is an Invoker whose functions answer their event, with the response
// replaced unless it is empty, and which keeps the last event.
type echo struct {
	response string
	arn      string
	event    []byte
}

func (f *echo) Invoke(_ context.Context, arn string, payload []byte) (*trigger.Output, error) {
	f.arn, f.event = arn, payload
	var event map[string]json.RawMessage
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	if f.response != "" {
		event["response"] = json.RawMessage(f.response)
	}
	out, err := json.Marshal(event)
	return &trigger.Output{Payload: out}, err
}

func (f *echo) Post(_ context.Context, arn string, payload []byte) error {
	f.arn, f.event = arn, payload
	return nil
}

// Every event is in testdata/events as the function gets it.
func TestEvents(t *testing.T) {
	t.Parallel()
	version := func(e *userpool.TriggerEvent, v types.PreTokenGenerationLambdaVersionType) *userpool.TriggerEvent {
		e.Functions = allFunctions(v)
		return e
	}
	unknown := func(e *userpool.TriggerEvent) *userpool.TriggerEvent {
		e.UserNotFound, e.UserAttributes = true, nil
		return e
	}
	const v1, v2, v3 = types.PreTokenGenerationLambdaVersionTypeV10, types.PreTokenGenerationLambdaVersionTypeV20, types.PreTokenGenerationLambdaVersionTypeV30
	for file, c := range map[string]struct {
		call     call
		event    *userpool.TriggerEvent
		function string
	}{
		"PreSignUp_SignUp":                           {preSignUp, sample("PreSignUp_SignUp"), "sign-up"},
		"PreSignUp_AdminCreateUser":                  {preSignUp, bare("PreSignUp_AdminCreateUser"), "sign-up"},
		"PreSignUp_ExternalProvider":                 {preSignUp, sample("PreSignUp_ExternalProvider"), "sign-up"},
		"PostConfirmation_ConfirmSignUp":             {confirmed, sample("PostConfirmation_ConfirmSignUp"), "confirm"},
		"PostConfirmation_ConfirmForgotPassword":     {confirmed, bare("PostConfirmation_ConfirmForgotPassword"), "confirm"},
		"PreAuthentication_Authentication":           {preAuth, sample("PreAuthentication_Authentication"), "pre-auth"},
		"PreAuthentication_Authentication.unknown":   {preAuth, unknown(bare("PreAuthentication_Authentication")), "pre-auth"},
		"PostAuthentication_Authentication":          {postAuth, sample("PostAuthentication_Authentication"), "post-auth"},
		"CustomMessage_SignUp":                       {customText, sample("CustomMessage_SignUp"), "message"},
		"CustomMessage_AdminCreateUser":              {customText, sample("CustomMessage_AdminCreateUser"), "message"},
		"CustomMessage_ResendCode":                   {customText, sample("CustomMessage_ResendCode"), "message"},
		"CustomMessage_ForgotPassword":               {customText, sample("CustomMessage_ForgotPassword"), "message"},
		"CustomMessage_UpdateUserAttribute":          {customText, sample("CustomMessage_UpdateUserAttribute"), "message"},
		"CustomMessage_VerifyUserAttribute":          {customText, sample("CustomMessage_VerifyUserAttribute"), "message"},
		"CustomMessage_Authentication":               {customText, sample("CustomMessage_Authentication"), "message"},
		"UserMigration_Authentication":               {migrate, unknown(sample("UserMigration_Authentication")), "migrate"},
		"UserMigration_ForgotPassword":               {migrate, bare("UserMigration_ForgotPassword"), "migrate"},
		"DefineAuthChallenge_Authentication":         {define, sample("DefineAuthChallenge_Authentication"), "define"},
		"DefineAuthChallenge_Authentication.unknown": {define, unknown(bare("DefineAuthChallenge_Authentication")), "define"},
		"CreateAuthChallenge_Authentication":         {create, sample("CreateAuthChallenge_Authentication"), "create"},
		"VerifyAuthChallengeResponse_Authentication": {verify, sample("VerifyAuthChallengeResponse_Authentication"), "verify"},
		"TokenGeneration_Authentication":             {tokens, sample("TokenGeneration_Authentication"), "tokens"},
		"TokenGeneration_NewPasswordChallenge":       {tokens, version(bare("TokenGeneration_NewPasswordChallenge"), v1), "tokens"},
		"TokenGeneration_RefreshTokens.v2":           {tokens, version(sample("TokenGeneration_RefreshTokens"), v2), "tokens"},
		"TokenGeneration_HostedAuth.v3":              {tokens, version(sample("TokenGeneration_HostedAuth"), v3), "tokens"},
		"InboundFederation_ExternalProvider":         {inbound, sample("InboundFederation_ExternalProvider"), "inbound"},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			f := &echo{}
			if _, err := c.call(trigger.New(trigger.Config{Invoker: f}), t.Context(), c.event); err != nil {
				t.Fatal(err)
			}
			if f.arn != *arn(c.function) {
				t.Errorf("function %s, want %s", f.arn, c.function)
			}
			golden(t, file, f.event)
		})
	}
}

func golden(t *testing.T, file string, event []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, event, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	path := filepath.Join("testdata", "events", file+".json")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

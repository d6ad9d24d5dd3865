package trigger_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

func TestResponses(t *testing.T) {
	t.Parallel()
	const v2 = types.PreTokenGenerationLambdaVersionTypeV20
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	for name, c := range map[string]struct {
		call     call
		version  types.PreTokenGenerationLambdaVersionType
		response string
		want     any
	}{
		"sign-up":           {preSignUp, "", `{"autoConfirmUser":true,"autoVerifyPhone":true}`, userpool.PreSignUpResponse{AutoConfirmUser: true, AutoVerifyPhone: true}},
		"sign-up untouched": {preSignUp, "", "", userpool.PreSignUpResponse{}},
		"confirmation":      {confirmed, "", `{}`, nil},
		"pre":               {preAuth, "", `{"more":1}`, nil},
		"post":              {postAuth, "", `{}`, nil},
		"message":           {customText, "", `{"smsMessage":"{####}","emailMessage":null,"emailSubject":"s"}`, userpool.CustomMessageResponse{SMSMessage: "{####}", EmailSubject: "s"}},
		"message untouched": {customText, "", "", userpool.CustomMessageResponse{}},
		"longest message": {customText, "", `{"smsMessage":"` + strings.Repeat("é", 140) + `"}`,
			userpool.CustomMessageResponse{SMSMessage: strings.Repeat("é", 140)}},
		"migration": {migrate, "", `{"userAttributes":{"email":"jane@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED",
			"messageAction":"SUPPRESS","desiredDeliveryMediums":["EMAIL"],"forceAliasCreation":true,"enableSMSMFA":false}`, userpool.UserMigrationResponse{
			UserAttributes:  map[string]string{"email": "jane@example.com", "email_verified": "true"},
			FinalUserStatus: "CONFIRMED", MessageAction: "SUPPRESS", DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"}, ForceAliasCreation: true,
		}},
		"no migration":     {migrate, "", "", userpool.UserMigrationResponse{}},
		"define":           {define, "", `{"challengeName":"CUSTOM_CHALLENGE","issueTokens":false}`, userpool.DefineAuthChallengeResponse{ChallengeName: "CUSTOM_CHALLENGE"}},
		"define tokens":    {define, "", `{"issueTokens":true,"failAuthentication":null}`, userpool.DefineAuthChallengeResponse{IssueTokens: true}},
		"define untouched": {define, "", "", userpool.DefineAuthChallengeResponse{}},
		"create": {create, "", `{"publicChallengeParameters":{"hint":"?"},"privateChallengeParameters":{"answer":"42"},"challengeMetadata":"m"}`, userpool.CreateAuthChallengeResponse{
			PublicParameters: map[string]string{"hint": "?"}, PrivateParameters: map[string]string{"answer": "42"}, Metadata: aws.String("m"),
		}},
		"verify":       {verify, "", `{"answerCorrect":true}`, true},
		"verify not":   {verify, "", "", false},
		"inbound":      {inbound, "", `{"userAttributesToMap":{"email":"jane@example.com"}}`, map[string]string{"email": "jane@example.com"}},
		"inbound none": {inbound, "", "", map[string]string(nil)},
		"tokens none":  {tokens, "", "", (*userpool.TokenOverrides)(nil)},
		"tokens": {tokens, "", `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tier":"gold","gone":null},"claimsToSuppress":["email"]}}`, &userpool.TokenOverrides{
			ID: userpool.ClaimOverrides{Add: map[string]json.RawMessage{"tier": raw(`"gold"`)}, Suppress: []string{"email"}},
		}},
		"tokens groups": {tokens, "", `{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":["g"],"iamRolesToOverride":["r"],"preferredRole":"p"}}}`, &userpool.TokenOverrides{
			ID: userpool.ClaimOverrides{Add: map[string]json.RawMessage{}}, Groups: &userpool.GroupOverrides{Groups: []string{"g"}, Roles: []string{"r"}, PreferredRole: "p"},
		}},
		"tokens no groups": {tokens, "", `{"claimsOverrideDetails":{"groupOverrideDetails":null}}`, &userpool.TokenOverrides{
			ID: userpool.ClaimOverrides{Add: map[string]json.RawMessage{}}, Groups: &userpool.GroupOverrides{},
		}},
		"tokens of version 2": {tokens, v2, `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"tags":["a",1],"no":null}},
			"accessTokenGeneration":{"claimsToAddOrOverride":{"n":2},"claimsToSuppress":["x"],"scopesToAdd":["orders:read"],"scopesToSuppress":["phone"]}}}`, &userpool.TokenOverrides{
			ID:        userpool.ClaimOverrides{Add: map[string]json.RawMessage{"tags": raw(`["a",1]`)}},
			Access:    userpool.ClaimOverrides{Add: map[string]json.RawMessage{"n": raw("2")}, Suppress: []string{"x"}},
			AddScopes: []string{"orders:read"}, SuppressScopes: []string{"phone"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sample("x")
			e.Functions = allFunctions(c.version)
			got, err := c.call(trigger.New(trigger.Config{Invoker: &echo{response: c.response}}), t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// An answer that is not of the documented form is refused.
func TestBadResponses(t *testing.T) {
	t.Parallel()
	const v2 = types.PreTokenGenerationLambdaVersionTypeV20
	for name, c := range map[string]struct {
		call     call
		version  types.PreTokenGenerationLambdaVersionType
		response string
	}{
		"null":                {confirmed, "", `null`},
		"a list":              {preAuth, "", `[]`},
		"a text":              {postAuth, "", `"ok"`},
		"sign-up":             {preSignUp, "", `{"autoConfirmUser":"yes"}`},
		"message":             {customText, "", `{"smsMessage":1}`},
		"long SMS":            {customText, "", `{"smsMessage":"` + strings.Repeat("x", 141) + `"}`},
		"long e-mail":         {customText, "", `{"emailMessage":"` + strings.Repeat("x", 20001) + `"}`},
		"long subject":        {customText, "", `{"emailSubject":"` + strings.Repeat("x", 141) + `"}`},
		"define":              {define, "", `{"issueTokens":1}`},
		"create":              {create, "", `{"publicChallengeParameters":{"a":{}}}`},
		"verify":              {verify, "", `{"answerCorrect":"true"}`},
		"tokens":              {tokens, "", `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tags":["a"]}}}`},
		"groups":              {tokens, "", `{"claimsOverrideDetails":{"groupOverrideDetails":["g"]}}`},
		"tokens of version 2": {tokens, v2, `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":[]}}`},
		"two scopes in one":   {tokens, v2, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["a b"]}}}`},
		"inbound":             {inbound, "", `{"userAttributesToMap":{"groups":["a"]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sample("x")
			e.Functions = allFunctions(c.version)
			_, err := c.call(trigger.New(trigger.Config{Invoker: &echo{response: c.response}}), t.Context(), e)
			var bad *types.InvalidLambdaResponseException
			if !errors.As(err, &bad) || bad.ErrorMessage() != "Unrecognizable lambda output" {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A migration function that answers nothing of use knows no such user.
func TestBadMigrations(t *testing.T) {
	t.Parallel()
	for _, response := range []string{
		`null`, `{"userAttributes":[]}`, `{"finalUserStatus":"ARCHIVED"}`, `{"messageAction":"RESEND"}`, `{"desiredDeliveryMediums":["POST"]}`,
	} {
		_, err := migrate(trigger.New(trigger.Config{Invoker: &echo{response: response}}), t.Context(), sample("x"))
		var unknown *types.UserNotFoundException
		if !errors.As(err, &unknown) || unknown.ErrorMessage() != "Exception migrating user in app client 1h57kf5cpq17m0eml12EXAMPLE" {
			t.Errorf("%s: %v", response, err)
		}
	}
}

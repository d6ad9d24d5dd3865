// The bootstrap is every trigger of a user pool as one Go function, on AWS's
// structs for their events. The triggerSource of each event goes to the file
// EVENTS.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(_ context.Context, raw json.RawMessage) (any, error) {
	var header events.CognitoEventUserPoolsHeader
	if err := json.Unmarshal(raw, &header); err != nil {
		return nil, err
	}
	if err := record(header.TriggerSource); err != nil {
		return nil, err
	}
	kind, _, _ := strings.Cut(header.TriggerSource, "_")
	switch kind {
	case "PreSignUp":
		return change(raw, func(e *events.CognitoEventUserPoolsPreSignup) error {
			e.Response.AutoConfirmUser = e.Request.ClientMetadata["invited"] == "yes"
			e.Response.AutoVerifyEmail = e.Response.AutoConfirmUser
			return nil
		})
	case "PostConfirmation":
		return change(raw, func(e *events.CognitoEventUserPoolsPostConfirmation) error {
			return want("CONFIRMED", e.Request.UserAttributes["cognito:user_status"])
		})
	case "PreAuthentication":
		return change(raw, func(e *events.CognitoEventUserPoolsPreAuthentication) error {
			return want("office", e.Request.ValidationData["from"])
		})
	case "PostAuthentication":
		return change(raw, func(e *events.CognitoEventUserPoolsPostAuthentication) error {
			return want("true", e.Request.UserAttributes["email_verified"])
		})
	case "TokenGeneration":
		return change(raw, tokens)
	}
	return nil, fmt.Errorf("no trigger %s", header.TriggerSource)
}

func tokens(e *events.CognitoEventUserPoolsPreTokenGenV2_0) error {
	e.Response.ClaimsAndScopeOverrideDetails = events.ClaimsAndScopeOverrideDetailsV2_0{
		IDTokenGeneration: events.IDTokenGenerationV2_0{
			ClaimsToAddOrOverride: map[string]any{"tags": []string{"a", "b"}, "sub": "forged"}, ClaimsToSuppress: []string{"email"},
		},
		AccessTokenGeneration: events.AccessTokenGenerationV2_0{
			ClaimsToAddOrOverride: map[string]any{"limit": 7}, ScopesToAdd: []string{"orders:read"},
		},
		GroupOverrideDetails: events.GroupConfigurationV2_0{GroupsToOverride: []string{"made-up"}},
	}
	return nil
}

// change reads an event as T, and answers it as f leaves it.
func change[T any](raw json.RawMessage, f func(*T) error) (*T, error) {
	var e T
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	return &e, f(&e)
}

func want(expected, got string) error {
	if got != expected {
		return fmt.Errorf("%q instead of %q", got, expected)
	}
	return nil
}

func record(source string) error {
	f, err := os.OpenFile(os.Getenv("EVENTS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, source)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

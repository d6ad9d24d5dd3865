package trigger_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// script is an Invoker that answers with its steps in turn, the last one for
// ever.
type script struct {
	steps []func(context.Context) (*trigger.Output, error)
	calls atomic.Int32
}

func (s *script) Invoke(ctx context.Context, _ string, _ []byte) (*trigger.Output, error) {
	n := int(s.calls.Add(1))
	return s.steps[min(n, len(s.steps))-1](ctx)
}

func (s *script) Post(ctx context.Context, arn string, payload []byte) error {
	_, err := s.Invoke(ctx, arn, payload)
	return err
}

func answers(payload string) func(context.Context) (*trigger.Output, error) {
	return func(context.Context) (*trigger.Output, error) { return &trigger.Output{Payload: []byte(payload)}, nil }
}

func raises(payload string) func(context.Context) (*trigger.Output, error) {
	return func(context.Context) (*trigger.Output, error) {
		return &trigger.Output{Payload: []byte(payload), Failed: true}, nil
	}
}

func fails(err error) func(context.Context) (*trigger.Output, error) {
	return func(context.Context) (*trigger.Output, error) { return nil, err }
}

func hangs(ctx context.Context) (*trigger.Output, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// What goes wrong with a function has its error, and only silence is tried again.
func TestFailures(t *testing.T) {
	t.Parallel()
	throttled := fails(&trigger.InvokeError{Code: "TooManyRequestsException", Retry: true})
	for name, c := range map[string]struct {
		steps       []func(context.Context) (*trigger.Output, error)
		code, text  string
		invocations int32
	}{
		"raised": {
			[]func(context.Context) (*trigger.Output, error){raises(`{"errorMessage":"No trial accounts","errorType":"Error","trace":[]}`)},
			"UserLambdaValidationException", "PreSignUp failed with error No trial accounts.", 1,
		},
		"raised without a message": {
			[]func(context.Context) (*trigger.Output, error){raises(`{"errorType":"TypeError"}`)},
			"UserLambdaValidationException", "PreSignUp failed with error TypeError.", 1,
		},
		"raised nonsense": {
			[]func(context.Context) (*trigger.Output, error){raises(`oops`)}, "UserLambdaValidationException", "PreSignUp failed with error .", 1,
		},
		"not allowed": {
			[]func(context.Context) (*trigger.Output, error){fails(&trigger.InvokeError{Code: "AccessDeniedException"})},
			"UnexpectedLambdaException", "PreSignUp invocation failed due to error AccessDeniedException.", 1,
		},
		"missing": {
			[]func(context.Context) (*trigger.Output, error){fails(trigger.ErrUnknownFunction)},
			"UnexpectedLambdaException", "PreSignUp invocation failed due to error ResourceNotFoundException.", 1,
		},
		"unknown reason": {
			[]func(context.Context) (*trigger.Output, error){fails(errors.New("secret detail"))},
			"UnexpectedLambdaException", "PreSignUp invocation failed due to error ServiceException.", 1,
		},
		"throttled": {
			[]func(context.Context) (*trigger.Output, error){throttled},
			"UnexpectedLambdaException", "PreSignUp invocation failed due to error TooManyRequestsException.", 3,
		},
		"throttled once":       {[]func(context.Context) (*trigger.Output, error){throttled, answers(`{"response":{}}`)}, "", "", 2},
		"slow twice":           {[]func(context.Context) (*trigger.Output, error){hangs, hangs, answers(`{"response":{}}`)}, "", "", 3},
		"slow and then raised": {[]func(context.Context) (*trigger.Output, error){hangs, raises(`{"errorMessage":"no"}`)}, "UserLambdaValidationException", "PreSignUp failed with error no.", 2},
		"slow": {
			[]func(context.Context) (*trigger.Output, error){hangs},
			"UnexpectedLambdaException", "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.", 3,
		},
		"not JSON": {
			[]func(context.Context) (*trigger.Output, error){answers(`{"response"`)}, "InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON", 1,
		},
		"nothing": {
			[]func(context.Context) (*trigger.Output, error){answers(``)}, "InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON", 1,
		},
		"null":        {[]func(context.Context) (*trigger.Output, error){answers(`null`)}, "InvalidLambdaResponseException", "Unrecognizable lambda output", 1},
		"a text":      {[]func(context.Context) (*trigger.Output, error){answers(`"ok"`)}, "InvalidLambdaResponseException", "Unrecognizable lambda output", 1},
		"no response": {[]func(context.Context) (*trigger.Output, error){answers(`{}`)}, "InvalidLambdaResponseException", "Unrecognizable lambda output", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{steps: c.steps}
			r := trigger.New(trigger.Config{Invoker: s, Timeout: 20 * time.Millisecond})
			_, err := r.PreSignUp(t.Context(), sample("PreSignUp_SignUp"))
			var api smithy.APIError
			switch {
			case c.code == "" && err != nil:
				t.Error(err)
			case c.code != "" && (!errors.As(err, &api) || api.ErrorCode() != c.code || api.ErrorMessage() != c.text):
				t.Errorf("error %v, want %s: %s", err, c.code, c.text)
			}
			if got := s.calls.Load(); got != c.invocations {
				t.Errorf("%d invocations, want %d", got, c.invocations)
			}
		})
	}
}

// A caller that is gone stops the tries.
func TestCallerGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &script{steps: []func(context.Context) (*trigger.Output, error){func(ctx context.Context) (*trigger.Output, error) {
		cancel()
		return hangs(ctx)
	}}}
	_, err := trigger.New(trigger.Config{Invoker: s}).PreSignUp(ctx, sample("x"))
	if !errors.Is(err, context.Canceled) || s.calls.Load() != 1 {
		t.Errorf("error %v after %d invocations", err, s.calls.Load())
	}
}

// Every trigger names itself in its errors.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]call{
		"PreSignUp": preSignUp, "PostConfirmation": confirmed, "PreAuthentication": preAuth, "PostAuthentication": postAuth,
		"CustomMessage": customText, "UserMigration": migrate, "DefineAuthChallenge": define, "CreateAuthChallenge": create,
		"VerifyAuthChallengeResponse": verify, "PreTokenGeneration": tokens, "InboundFederation": inbound,
	} {
		r := trigger.New(trigger.Config{Invoker: &script{steps: []func(context.Context) (*trigger.Output, error){raises(`{"errorMessage":"no"}`)}}})
		_, err := c(r, t.Context(), sample("x"))
		var raised *types.UserLambdaValidationException
		if !errors.As(err, &raised) || raised.ErrorMessage() != name+" failed with error no." {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Without functions nothing is called and nothing changes.
func TestNoFunctions(t *testing.T) {
	t.Parallel()
	for _, functions := range []*types.LambdaConfigType{nil, {}} {
		for name, c := range map[string]call{
			"PreSignUp": preSignUp, "PostConfirmation": confirmed, "PreAuthentication": preAuth, "PostAuthentication": postAuth,
			"CustomMessage": customText, "UserMigration": migrate, "CreateAuthChallenge": create,
			"VerifyAuthChallengeResponse": verify, "PreTokenGeneration": tokens, "InboundFederation": inbound,
		} {
			e := sample("x")
			e.Functions = functions
			if _, err := c(trigger.New(trigger.Config{}), t.Context(), e); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	e := sample("x")
	e.Functions = &types.LambdaConfigType{}
	got, err := trigger.New(trigger.Config{}).DefineAuthChallenge(t.Context(), e)
	if err != nil || got != (userpool.DefineAuthChallengeResponse{FailAuthentication: true}) {
		t.Errorf("custom authentication without a function: %+v, %v", got, err)
	}
}

// The next invoker of a chain gets only what the one before does not have.
func TestChain(t *testing.T) {
	t.Parallel()
	unknown := &script{steps: []func(context.Context) (*trigger.Output, error){fails(trigger.ErrUnknownFunction)}}
	knows := &script{steps: []func(context.Context) (*trigger.Output, error){raises(`{}`)}}
	last := &script{steps: []func(context.Context) (*trigger.Output, error){answers(`{}`)}}
	chain := trigger.Chain{unknown, knows, last}
	if out, err := chain.Invoke(t.Context(), "a", nil); err != nil || !out.Failed {
		t.Errorf("answer %+v, %v", out, err)
	}
	if err := chain.Post(t.Context(), "a", nil); err != nil {
		t.Error(err)
	}
	if unknown.calls.Load() != 2 || knows.calls.Load() != 2 || last.calls.Load() != 0 {
		t.Error("the chain did not end at the first that has the function")
	}
	if _, err := (trigger.Chain{}).Invoke(t.Context(), "a", nil); !errors.Is(err, trigger.ErrUnknownFunction) {
		t.Errorf("an empty chain: %v", err)
	}
	if err := (trigger.Chain{unknown}).Post(t.Context(), "a", nil); !errors.Is(err, trigger.ErrUnknownFunction) {
		t.Errorf("a chain that knows nothing: %v", err)
	}
}

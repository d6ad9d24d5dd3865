package pooltest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
)

// Handler is a Lambda function of a user pool: it gets the event of a trigger
// and returns it with the response filled in. What it returns is encoded as
// JSON; an error is one that the function raised, whose text users see. The
// structs of github.com/aws/aws-lambda-go/events fit the events.
type Handler func(ctx context.Context, event json.RawMessage) (any, error)

// Function has the test itself run the function with the ARN, which a pool's
// LambdaConfig names. It runs at the same time as the test.
func Function(arn string, h Handler) Option {
	return func(o *options) {
		if o.handlers == nil {
			o.handlers = handlers{}
		}
		o.handlers[arn] = h
	}
}

// FunctionsFile has the server run the functions of a file, as poolhouse serve
// --functions does: Go programs and handlers in Node.js and Python, each in
// processes of its own.
func FunctionsFile(path string) Option { return func(o *options) { o.functionsFile = path } }

// handlers are functions by their ARN.
type handlers map[string]Handler

// Invoke implements trigger.Invoker.
func (hs handlers) Invoke(ctx context.Context, arn string, payload []byte) (out *trigger.Output, err error) {
	h := hs[arn]
	if h == nil {
		return nil, trigger.ErrUnknownFunction
	}
	answer, err := h(ctx, payload)
	if err == nil {
		payload, err = json.Marshal(answer)
	}
	if err == nil {
		return &trigger.Output{Payload: payload}, nil
	}
	payload, err = json.Marshal(map[string]string{"errorMessage": err.Error(), "errorType": fmt.Sprintf("%T", err)})
	return &trigger.Output{Payload: payload, Failed: true}, err
}

// Post implements trigger.Invoker.
func (hs handlers) Post(ctx context.Context, arn string, payload []byte) error {
	out, err := hs.Invoke(ctx, arn, payload)
	if err == nil && out.Failed {
		err = &trigger.InvokeError{Code: "FunctionError", Retry: true, Err: fmt.Errorf("the function failed: %s", out.Payload)}
	}
	return err
}

// readFunctions reads the functions file, if there is one.
func (o *options) readFunctions() ([]functions.Spec, error) {
	if o.functionsFile == "" {
		return nil, nil
	}
	return functions.Read(o.functionsFile)
}

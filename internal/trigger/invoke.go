package trigger

import (
	"context"
	"errors"
)

// Invoker calls functions. It is safe for concurrent use.
type Invoker interface {
	// Invoke calls a function and waits for its answer. A function that is not
	// reached, or gives no answer, is an [InvokeError]; of an ARN that is not the
	// invoker's it is [ErrUnknownFunction].
	Invoke(ctx context.Context, arn string, payload []byte) (*Output, error)
	// Post hands a function an event without waiting for its answer (Lambda API,
	// Invoke with the InvocationType Event).
	Post(ctx context.Context, arn string, payload []byte) error
}

// Output is what a function answered.
type Output struct {
	// Payload is the function's JSON value or, when it failed, the object
	// {"errorMessage", "errorType", ...}.
	Payload []byte
	// Failed tells that the function raised an error (X-Amz-Function-Error).
	Failed bool
}

// InvokeError says why a function gave no answer.
type InvokeError struct {
	// Code is the Lambda API's error code, such as ResourceNotFoundException, or a
	// text for what has none.
	Code string
	// Retry tells that another try may help.
	Retry bool
	// Err has the details, for the log.
	Err error
}

// Error implements error.
func (e *InvokeError) Error() string {
	if e.Err == nil {
		return e.Code
	}
	return e.Code + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *InvokeError) Unwrap() error { return e.Err }

// ErrUnknownFunction is what an Invoker answers for a function that it does not
// have.
var ErrUnknownFunction error = &InvokeError{Code: "ResourceNotFoundException", Err: errors.New("no such function")}

// Chain asks its invokers in turn, the next one only for functions that the one
// before does not have. An empty Chain has none.
type Chain []Invoker

// Invoke implements Invoker.
func (c Chain) Invoke(ctx context.Context, arn string, payload []byte) (*Output, error) {
	for _, i := range c {
		if out, err := i.Invoke(ctx, arn, payload); !errors.Is(err, ErrUnknownFunction) {
			return out, err
		}
	}
	return nil, ErrUnknownFunction
}

// Post implements Invoker.
func (c Chain) Post(ctx context.Context, arn string, payload []byte) error {
	for _, i := range c {
		if err := i.Post(ctx, arn, payload); !errors.Is(err, ErrUnknownFunction) {
			return err
		}
	}
	return ErrUnknownFunction
}

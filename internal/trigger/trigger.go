package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const (
	// DefaultTimeout is how long a function may take for an answer.
	DefaultTimeout = 5 * time.Second
	// Tries is how often a function is called that gives none.
	Tries = 3
)

// Config says how functions are called.
type Config struct {
	// Invoker reaches the functions; nil means that there are none, so that a pool
	// with functions is refused what needs them.
	Invoker Invoker
	// Timeout is how long one try may take; 0 means DefaultTimeout.
	Timeout time.Duration
	// Log takes what went wrong; nil means that it is dropped. Events are never
	// logged.
	Log *slog.Logger
}

// Runner runs the functions of user pools. It is safe for concurrent use.
type Runner struct {
	invoker Invoker
	timeout time.Duration
	log     *slog.Logger
}

var _ userpool.Triggers = (*Runner)(nil)

// New makes a Runner.
func New(cfg Config) *Runner {
	r := &Runner{invoker: cfg.Invoker, timeout: cfg.Timeout, log: cfg.Log}
	if r.invoker == nil {
		r.invoker = Chain{}
	}
	if r.timeout == 0 {
		r.timeout = DefaultTimeout
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

// run calls a trigger's function, if the pool has it, and decodes the response
// member of its answer into response. It tells whether there was a function.
func (r *Runner) run(ctx context.Context, t trigger, e *userpool.TriggerEvent, request, empty, response any) (bool, error) {
	arn := t.function(e.Functions)
	if arn == "" {
		return false, nil
	}
	out, err := r.invoke(ctx, t, arn, newEvent(t.version(e.Functions), e, request, empty))
	if err != nil {
		return true, err
	}
	err = decode(out, response)
	if err != nil {
		r.log.WarnContext(ctx, "a trigger's answer is not of the documented form", "trigger", t.name, "function", arn, "pool", e.PoolID)
	}
	return true, err
}

func (r *Runner) invoke(ctx context.Context, t trigger, arn string, e *event) ([]byte, error) {
	payload, err := e.encode()
	if err != nil {
		return nil, err
	}
	out, err := r.try(ctx, arn, payload)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		r.log.WarnContext(ctx, "a trigger's function gave no answer", "trigger", t.name, "function", arn, "pool", e.UserPoolID, "error", err)
		return nil, errNotInvoked(t.name, err)
	case out.Failed:
		r.log.InfoContext(ctx, "a trigger's function failed", "trigger", t.name, "function", arn, "pool", e.UserPoolID)
		return nil, errFailed(t.name, out.Payload)
	}
	return out.Payload, nil
}

// try calls the function until it answers.
func (r *Runner) try(ctx context.Context, arn string, payload []byte) (*Output, error) {
	for n := 1; ; n++ {
		out, err := r.once(ctx, arn, payload)
		if err == nil || n == Tries || ctx.Err() != nil || !retryable(err) {
			return out, err
		}
	}
}

func (r *Runner) once(ctx context.Context, arn string, payload []byte) (*Output, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	out, err := r.invoker.Invoke(ctx, arn, payload)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return out, err
}

func retryable(err error) bool {
	var failed *InvokeError
	if errors.As(err, &failed) {
		return failed.Retry
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// decode reads the response member of a function's answer.
func decode(payload []byte, response any) error {
	if !json.Valid(payload) {
		return errNotJSON()
	}
	var answer struct {
		Response json.RawMessage `json:"response"`
	}
	if json.Unmarshal(payload, &answer) != nil || !bytes.HasPrefix(answer.Response, []byte("{")) {
		return errUnrecognized()
	}
	if json.Unmarshal(answer.Response, response) != nil {
		return errUnrecognized()
	}
	return nil
}

package functions

import (
	"context"
	"sync"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
)

// function is a function and its processes.
type function struct {
	spec Spec
	host *Host
	// slots bounds how many invocations, and so processes, there are at a time.
	slots chan struct{}

	mu sync.Mutex
	// free are the processes that wait for an invocation, the last used last.
	free []*instance
}

// invoke runs the function. When ctx ends first the process goes on until
// its own time is up, as on Lambda.
func (f *function) invoke(ctx context.Context, arn string, payload []byte) (*trigger.Output, error) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-f.host.ctx.Done():
	}
	if f.host.ctx.Err() != nil {
		return nil, errClosing
	}
	result := make(chan *trigger.Output, 1)
	inv := &invocation{id: f.host.ids.UUID(), arn: arn, payload: payload}
	f.host.wg.Go(func() {
		defer func() { <-f.slots }()
		result <- f.run(inv)
	})
	select {
	case out := <-result:
		if out == nil {
			return nil, errClosing
		}
		return out, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errClosing = &trigger.InvokeError{Code: "ServiceException"}

// run gives the invocation to a process; the answer is nil when the host closes.
func (f *function) run(inv *invocation) *trigger.Output {
	for i := f.take(); i != nil; i = f.take() {
		// One that ended since its last invocation takes no other.
		if out, taken := f.runOn(i, inv); taken {
			return out
		}
	}
	i, out := f.launch(inv.id)
	if i == nil {
		return out
	}
	out, taken := f.runOn(i, inv)
	if !taken {
		return i.died(inv.id)
	}
	return out
}

func (f *function) runOn(i *instance, inv *invocation) (*trigger.Output, bool) {
	out, taken := i.run(inv)
	if i.alive() {
		f.put(i)
	}
	return out, taken
}

// launch starts a process and waits until it is ready.
func (f *function) launch(requestID string) (*instance, *trigger.Output) {
	i, err := start(f)
	if err != nil {
		f.host.log.Error("a function's command could not be started", "function", f.spec.functionName(), "error", err)
		return nil, failure("Runtime.InvalidEntrypoint", requestID, "Couldn't find valid bootstrap(s)")
	}
	if i == nil {
		return nil, nil
	}
	if out := i.ready(requestID); out != nil {
		return nil, out
	}
	return i, nil
}

// warm starts the function's first process.
func (f *function) warm() {
	f.slots <- struct{}{}
	defer func() { <-f.slots }()
	i, out := f.launch("init")
	switch {
	case out != nil:
		f.host.log.Error("a function does not start", "function", f.spec.functionName(), "error", string(out.Payload))
	case i != nil:
		f.host.log.Info("a function is ready", "function", f.spec.functionName())
		f.put(i)
	}
}

func (f *function) take() *instance {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.free) > 0 {
		i := f.free[len(f.free)-1]
		f.free = f.free[:len(f.free)-1]
		if i.alive() {
			return i
		}
	}
	return nil
}

func (f *function) put(i *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i.used = time.Now()
	f.free = append(f.free, i)
}

// reap stops the processes, but one, that were last used before the time.
func (f *function) reap(before time.Time) {
	f.mu.Lock()
	var old []*instance
	for len(f.free) > 1 && f.free[0].used.Before(before) {
		old, f.free = append(old, f.free[0]), f.free[1:]
	}
	f.mu.Unlock()
	for _, i := range old {
		i.stop()
	}
}

package functions

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
)

const (
	// initTimeout is the InitTimeout of a Config that has none, and how long a
	// process may take until it asks for its next invocation.
	initTimeout = 10 * time.Second
	// stopGrace is how long a process may take to end.
	stopGrace = 2 * time.Second
)

// invocation is one event on its way through a process.
type invocation struct {
	id, arn  string
	payload  []byte
	deadline time.Time
}

// instance is a process. One invocation is with it at a time.
type instance struct {
	function *function
	token    string
	cmd      *exec.Cmd
	// used is when the last invocation ended.
	used time.Time
	// first is closed when the process asks for its first invocation; work passes
	// invocations on to it.
	first chan struct{}
	work  chan *invocation
	// initError takes what the process reports instead of becoming ready.
	initError chan []byte
	// exited is closed when the process has ended; killed is set before.
	exited chan struct{}
	killed atomic.Bool

	mu sync.Mutex
	// current is the invocation without an answer, result takes the answer.
	current *invocation
	result  chan *trigger.Output
	asked   bool
}

// start starts a process; nil without an error when the host closes.
func start(f *function) (*instance, error) {
	i := &instance{
		function: f, token: f.host.ids.UUID(), first: make(chan struct{}), work: make(chan *invocation),
		initError: make(chan []byte, 1), exited: make(chan struct{}), result: make(chan *trigger.Output, 1),
	}
	i.cmd = exec.Command(f.spec.Command[0], f.spec.arguments()...)
	i.cmd.Dir = f.spec.Dir
	i.cmd.Env = f.environment(i.token)
	i.cmd.WaitDelay = stopGrace
	ownGroup(i.cmd)
	log := f.host.log.With("function", f.spec.functionName())
	out, errs := &lines{log: log, stream: "stdout"}, &lines{log: log, stream: "stderr"}
	i.cmd.Stdout, i.cmd.Stderr = out, errs
	if started, err := f.host.begin(i); err != nil || !started {
		return nil, err
	}
	f.host.wg.Go(func() {
		err := i.cmd.Wait()
		out.flush()
		errs.flush()
		f.host.end(i)
		log.Debug("a function's process ended", "error", err)
		close(i.exited)
	})
	return i, nil
}

func (i *instance) alive() bool {
	if i.killed.Load() {
		return false
	}
	select {
	case <-i.exited:
		return false
	default:
		return true
	}
}

// ready waits until the process asks for an invocation. What it answers instead
// is a failure of the function.
func (i *instance) ready(requestID string) *trigger.Output {
	limit := i.function.host.cfg.InitTimeout
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-i.first:
		return nil
	case raised := <-i.initError:
		i.kill()
		return &trigger.Output{Payload: raised, Failed: true}
	case <-i.exited:
		return i.died(requestID)
	case <-timer.C:
		i.kill()
		return failure("Sandbox.Timedout", requestID, fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds()))
	}
}

// run gives the process an invocation and waits for the answer. It is not taken
// when the process has ended before.
func (i *instance) run(inv *invocation) (out *trigger.Output, taken bool) {
	limit := i.function.spec.Timeout
	i.mu.Lock()
	i.current = inv
	i.mu.Unlock()
	timer := time.NewTimer(initTimeout)
	defer timer.Stop()
	inv.deadline = time.Now().Add(limit)
	select {
	case i.work <- inv:
	case <-i.exited:
		return nil, false
	case <-timer.C:
		i.kill()
		return i.late(inv, initTimeout), true
	}
	timer.Reset(limit)
	select {
	case out := <-i.result:
		return out, true
	case <-i.exited:
		return i.died(inv.id), true
	case <-timer.C:
		i.kill()
		return i.late(inv, limit), true
	}
}

// late is the failure of a process that took too long, unless the answer came
// at the last moment.
func (i *instance) late(inv *invocation, limit time.Duration) *trigger.Output {
	select {
	case out := <-i.result:
		return out
	default:
		return failure("Sandbox.Timedout", inv.id, fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds()))
	}
}

// died is the failure of a process that has ended; it may have said why.
func (i *instance) died(requestID string) *trigger.Output {
	select {
	case out := <-i.result:
		return out
	case raised := <-i.initError:
		return &trigger.Output{Payload: raised, Failed: true}
	default:
	}
	if i.function.host.ctx.Err() != nil {
		return nil
	}
	why := "Runtime exited without providing a reason"
	if state := i.cmd.ProcessState; state != nil && !state.Success() {
		why = "Runtime exited with error: " + state.String()
	}
	return failure("Runtime.ExitError", requestID, why)
}

// failure is what Lambda answers for a function that could not.
func failure(kind, requestID, text string) *trigger.Output {
	payload, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": "RequestId: " + requestID + " Error: " + text})
	if err != nil {
		panic("functions: " + err.Error())
	}
	return &trigger.Output{Payload: payload, Failed: true}
}

// stop ends the process gracefully.
func (i *instance) stop() {
	i.killed.Store(true)
	if err := terminate(i.cmd); err != nil && !errors.Is(err, os.ErrProcessDone) {
		i.kill()
	}
	select {
	case <-i.exited:
	case <-time.After(stopGrace):
		i.kill()
		<-i.exited
	}
}

// kill ends the process and what it has started.
func (i *instance) kill() {
	i.killed.Store(true)
	if err := kill(i.cmd); err != nil && !errors.Is(err, os.ErrProcessDone) {
		i.function.host.log.Warn("a function's process could not be ended", "function", i.function.spec.functionName(), "error", err)
	}
}

// maxLine is the longest line of a function's output that is kept whole.
const maxLine = 16 << 10

// lines forwards a process's output to the log, line by line.
type lines struct {
	log    *slog.Logger
	stream string
	rest   []byte
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for _, b := range p {
		if b == '\n' || len(l.rest) == maxLine {
			l.flush()
		}
		if b != '\n' {
			l.rest = append(l.rest, b)
		}
	}
	return n, nil
}

func (l *lines) flush() {
	if text := strings.TrimRight(string(l.rest), "\r"); text != "" {
		l.log.Info(text, "stream", l.stream)
	}
	l.rest = l.rest[:0]
}

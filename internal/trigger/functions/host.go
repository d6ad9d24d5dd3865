package functions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/trigger"
)

// Config says which functions run and in what surroundings.
type Config struct {
	Functions []Spec
	// Env is given to every process, such as AWS_ENDPOINT_URL. What a function's
	// own Env says comes before it.
	Env map[string]string
	// AccountKeys gives processes the access key <account>/test of the function's
	// account, for servers that take unknown keys.
	AccountKeys bool
	// KMS answers the processes' calls of KMS; nil means that they go where Env
	// says.
	KMS *KMS
	// InitTimeout is how long a process may take until it asks for its first
	// invocation; 0 means 10 s ("Lambda execution environment lifecycle").
	InitTimeout time.Duration
	// Log takes what processes print, and what becomes of them.
	Log *slog.Logger
}

// Host runs functions. It is safe for concurrent use.
type Host struct {
	byARN, byName map[string]*function
	cfg           Config
	log           *slog.Logger
	ids           ids.Source
	address       string
	server        *http.Server
	// ctx ends when the host closes.
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu sync.Mutex
	// instances are the processes by their token in the Runtime API's path.
	instances map[string]*instance
}

var _ trigger.Invoker = (*Host)(nil)

// Start makes a Host. A process of each function is started at once, so that
// what is wrong with it shows in the log.
func Start(cfg Config) (*Host, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for functions: %w", err)
	}
	h := &Host{
		byARN: map[string]*function{}, byName: map[string]*function{}, cfg: cfg, log: cfg.Log,
		address: listener.Addr().String(), instances: map[string]*instance{},
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.cfg.InitTimeout == 0 {
		h.cfg.InitTimeout = initTimeout
	}
	h.ctx, h.stop = context.WithCancel(context.Background())
	for _, s := range cfg.Functions {
		f := &function{spec: s, host: h, slots: make(chan struct{}, s.Concurrency)}
		if s.ARN != "" {
			h.byARN[s.ARN] = f
		} else {
			h.byName[s.Name] = f
		}
		h.wg.Go(f.warm)
	}
	h.server = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	h.wg.Go(func() {
		if err := h.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			h.log.Error("the Runtime API stopped", "error", err)
		}
	})
	h.wg.Go(h.reap)
	return h, nil
}

// function finds the function of an ARN, which may name a version or an alias.
func (h *Host) function(arn string) *function {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || parts[2] != "lambda" {
		return nil
	}
	if f := h.byARN[strings.Join(parts[:7], ":")]; f != nil {
		return f
	}
	return h.byName[parts[6]]
}

// Invoke implements trigger.Invoker.
func (h *Host) Invoke(ctx context.Context, arn string, payload []byte) (*trigger.Output, error) {
	f := h.function(arn)
	if f == nil {
		return nil, trigger.ErrUnknownFunction
	}
	return f.invoke(ctx, arn, payload)
}

// Post implements trigger.Invoker. Unlike Lambda it waits for the function, whose
// failure is the caller's to answer with another try.
func (h *Host) Post(ctx context.Context, arn string, payload []byte) error {
	out, err := h.Invoke(ctx, arn, payload)
	if err != nil {
		return err
	}
	if out.Failed {
		return &trigger.InvokeError{Code: "FunctionError", Retry: true, Err: fmt.Errorf("the function failed: %.500s", out.Payload)}
	}
	return nil
}

// Close stops all processes: with a signal, and after a moment by force.
func (h *Host) Close() error {
	h.stop()
	h.mu.Lock()
	var stopping sync.WaitGroup
	for _, i := range h.instances {
		stopping.Go(i.stop)
	}
	h.mu.Unlock()
	stopping.Wait()
	err := h.server.Close()
	h.wg.Wait()
	return err
}

// reap stops processes that have had nothing to do for long.
func (h *Host) reap() {
	ticker := time.NewTicker(reapEvery)
	defer ticker.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
		}
		for _, functions := range []map[string]*function{h.byARN, h.byName} {
			for _, f := range functions {
				f.reap(time.Now().Add(-idleLife))
			}
		}
	}
}

const (
	reapEvery = time.Minute
	// idleLife is how long a process waits for another invocation, unless it is
	// the function's last one.
	idleLife = 10 * time.Minute
)

// begin starts the process, unless the host closes.
func (h *Host) begin(i *instance) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx.Err() != nil {
		return false, nil
	}
	if err := i.cmd.Start(); err != nil {
		return false, err
	}
	h.instances[i.token] = i
	return true, nil
}

func (h *Host) end(i *instance) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.instances, i.token)
}

func (h *Host) instance(token string) *instance {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.instances[token]
}

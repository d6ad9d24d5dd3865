package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
)

const prefix = "arn:aws:lambda:eu-west-1:111122223333:function:"

var bootstrap = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "bootstrap")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bootstrap")
	out, err := exec.Command("go", "build", "-o", path, "./testdata/bootstrap").CombinedOutput()
	if err != nil {
		err = errors.New(string(out))
	}
	return path, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := bootstrap(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// buffer is a log that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (b *buffer) waitFor(t *testing.T, text string) {
	t.Helper()
	for range 6000 {
		if strings.Contains(b.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the log has no %q:\n%s", text, b)
}

type host struct {
	*functions.Host
	t   *testing.T
	log *buffer
}

// start runs the functions of a file; ROOT stands for testdata and BOOTSTRAP for
// the Go function.
func start(t *testing.T, file string, change ...func(*functions.Config)) *host {
	t.Helper()
	if strings.Contains(file, "BOOTSTRAP") {
		path, err := bootstrap()
		if err != nil {
			t.Fatal(err)
		}
		file = strings.ReplaceAll(file, "BOOTSTRAP", path)
	}
	for runtime, interpreter := range map[string]string{"nodejs": "node", "python": "python3"} {
		if _, err := exec.LookPath(interpreter); err != nil && strings.Contains(file, "runtime: "+runtime) {
			t.Skipf("%s is not installed", interpreter)
		}
	}
	specs, err := functions.Parse([]byte(file), "testdata")
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, log: &buffer{}}
	cfg := functions.Config{Functions: specs, InitTimeout: time.Minute, Log: slog.New(slog.NewTextHandler(h.log, nil))}
	for _, c := range change {
		c(&cfg)
	}
	if h.Host, err = functions.Start(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func (h *host) invoke(name, event string) *trigger.Output {
	h.t.Helper()
	out, err := h.Invoke(h.t.Context(), prefix+name, []byte(event))
	if err != nil {
		h.t.Fatalf("%s: %v\n%s", event, err, h.log)
	}
	return out
}

// result is the decoded answer of a function that must not fail.
func (h *host) result(name, event string) map[string]any {
	h.t.Helper()
	out := h.invoke(name, event)
	var v map[string]any
	if err := json.Unmarshal(out.Payload, &v); err != nil || out.Failed {
		h.t.Fatalf("%s: %s (failed: %v), %v\n%s", event, out.Payload, out.Failed, err, h.log)
	}
	return v
}

// failure is the type and message of a function that must fail.
func (h *host) failure(name, event string) (kind, message string) {
	h.t.Helper()
	out := h.invoke(name, event)
	var v struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(out.Payload, &v); err != nil || !out.Failed {
		h.t.Fatalf("%s: %s (failed: %v), %v\n%s", event, out.Payload, out.Failed, err, h.log)
	}
	return v.ErrorType, v.ErrorMessage
}

const goFunction = `functions: [{arn: "` + prefix + `f", command: [BOOTSTRAP], timeout: 10s, concurrency: 2, env: {COLOUR: blue}}]`

func TestGo(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	first := h.result("f", `{"do":"echo","value":"hello"}`)
	if first["value"] != "hello" {
		t.Errorf("answer %v", first)
	}
	second := h.result("f", `{"do":"echo"}`)
	if second["pid"] != first["pid"] || second["served"] != 2.0 {
		t.Errorf("another process served the second invocation: %v, %v", first, second)
	}
	c := h.result("f", `{"do":"context"}`)
	if left := c["left"].(float64); c["arn"] != prefix+"f" || c["name"] != "f" || len(c["id"].(string)) != 36 || left < 1000 || left > 10000 {
		t.Errorf("context %v", c)
	}
	if kind, message := h.failure("f", `{"do":"raise","value":"no"}`); kind != "errorString" || message != "no" {
		t.Errorf("raised %s: %s", kind, message)
	}
	if again := h.result("f", `{"do":"echo"}`); again["pid"] != first["pid"] {
		t.Error("an error ended the process")
	}
}

// A version or an alias is the same function, another account's is not.
func TestFunctionNames(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	if out, err := h.Invoke(t.Context(), prefix+"f:live", []byte(`{"do":"echo"}`)); err != nil || out.Failed {
		t.Errorf("an alias: %v", err)
	}
	for _, arn := range []string{prefix + "g", "arn:aws:lambda:eu-west-1:999999999999:function:f", "arn:aws:lambda:us-east-1:111122223333:function:f", "f", ""} {
		if _, err := h.Invoke(t.Context(), arn, []byte(`{}`)); !errors.Is(err, trigger.ErrUnknownFunction) {
			t.Errorf("%s: %v", arn, err)
		}
		if err := h.Post(t.Context(), arn, []byte(`{}`)); !errors.Is(err, trigger.ErrUnknownFunction) {
			t.Errorf("%s: %v", arn, err)
		}
	}
	named := start(t, `functions: [{name: f, command: [BOOTSTRAP]}]`)
	for _, arn := range []string{prefix + "f", "arn:aws:lambda:eu-west-1:999999999999:function:f"} {
		if out, err := named.Invoke(t.Context(), arn, []byte(`{"do":"echo"}`)); err != nil || out.Failed {
			t.Errorf("%s by name: %v", arn, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("POOLHOUSE_MASTER_KEY", "s3cret")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
	t.Setenv("HTTP_PROXY", "http://proxy:1")
	h := start(t, goFunction, func(c *functions.Config) {
		c.AccountKeys, c.Env = true, map[string]string{"AWS_ENDPOINT_URL": "http://localhost:7665", "COLOUR": "red"}
	})
	var env []string
	if err := json.Unmarshal(h.invoke("f", `{"do":"env"}`).Payload, &env); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		got[name] = value
		if strings.Contains(value, "s3cret") {
			t.Errorf("a secret of the server's is in %s", name)
		}
	}
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "LAMBDA_TASK_ROOT": dir, "COLOUR": "blue", "_HANDLER": "",
		"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://localhost:7665", "HTTP_PROXY": "http://proxy:1",
		"AWS_ACCESS_KEY_ID": "111122223333", "AWS_SECRET_ACCESS_KEY": "test",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if got["AWS_LAMBDA_RUNTIME_API"] == "" || got["PATH"] != os.Getenv("PATH") {
		t.Errorf("environment %v", got)
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	first := h.result("f", `{"do":"echo"}`)
	kind, message := h.failure("f", `{"do":"exit"}`)
	if kind != "Runtime.ExitError" || !strings.HasPrefix(message, "RequestId: ") || !strings.HasSuffix(message, " Error: Runtime exited with error: exit status 3") {
		t.Errorf("an exit is %s: %s", kind, message)
	}
	if next := h.result("f", `{"do":"echo"}`); next["pid"] == first["pid"] || next["served"] != 1.0 {
		t.Errorf("after a crash: %v", next)
	}
	// The client answers a panic and then ends: the next invocation must not
	// notice.
	for range 3 {
		if kind, message := h.failure("f", `{"do":"panic","value":"oh"}`); kind != "string" || message != "oh" {
			t.Errorf("a panic is %s: %s", kind, message)
		}
		h.result("f", `{"do":"echo"}`)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	h := start(t, strings.Replace(goFunction, "timeout: 10s", "timeout: 500ms", 1))
	first := h.result("f", `{"do":"echo"}`)
	kind, message := h.failure("f", `{"do":"sleep","millis":60000}`)
	if kind != "Sandbox.Timedout" || !strings.HasSuffix(message, "Error: Task timed out after 0.50 seconds") {
		t.Errorf("a time-out is %s: %s", kind, message)
	}
	if next := h.result("f", `{"do":"echo"}`); next["pid"] == first["pid"] {
		t.Error("the process that timed out goes on")
	}
}

// A process that does not become ready is given up.
func TestInitTimeout(t *testing.T) {
	t.Parallel()
	h := start(t, `functions: [{name: f, command: [sleep, "60"]}]`, func(c *functions.Config) { c.InitTimeout = 100 * time.Millisecond })
	if kind, message := h.failure("f", `{}`); kind != "Sandbox.Timedout" || !strings.HasSuffix(message, "after 0.10 seconds") {
		t.Errorf("it is %s: %s", kind, message)
	}
}

// A caller that does not wait leaves the process to its work.
func TestCallerGone(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	h.log.waitFor(t, "a function is ready")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.Invoke(ctx, prefix+"f", []byte(`{"do":"sleep","millis":300}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	h.result("f", `{"do":"echo"}`)
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	h.log.waitFor(t, "a function is ready")
	var group sync.WaitGroup
	var mu sync.Mutex
	pids := map[any]bool{}
	for range 6 {
		group.Go(func() {
			v := h.result("f", `{"do":"sleep","millis":50}`)
			mu.Lock()
			defer mu.Unlock()
			pids[v["pid"]] = true
		})
	}
	group.Wait()
	if len(pids) != 2 {
		t.Errorf("%d processes served 6 invocations, want 2", len(pids))
	}
}

func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	if out := h.invoke("f", `{"do":"big","size":6000000}`); out.Failed || len(out.Payload) != 6000002 {
		t.Errorf("an answer of 6 MB: %d bytes, failed: %v", len(out.Payload), out.Failed)
	}
	if kind, _ := h.failure("f", `{"do":"big","size":7000000}`); kind != "Function.ResponseSizeTooLarge" {
		t.Errorf("an answer of 7 MB is %s", kind)
	}
	h.result("f", `{"do":"echo"}`)
}

func TestOutputGoesToTheLog(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	h.invoke("f", `{"do":"print","value":"quite a line"}`)
	h.log.waitFor(t, `msg="quite a line" function=f stream=stdout`)
	h.log.waitFor(t, `msg="QUITE A LINE" function=f stream=stderr`)
}

func TestDoesNotStart(t *testing.T) {
	t.Parallel()
	h := start(t, `functions: [{name: f, command: [BOOTSTRAP], env: {FAIL_TO_START: "1"}}]`)
	h.log.waitFor(t, "a function does not start")
	if kind, message := h.failure("f", `{}`); kind != "Runtime.ExitError" || !strings.HasSuffix(message, "exit status 4") {
		t.Errorf("it is %s: %s", kind, message)
	}
}

// Close ends processes, busy ones too.
func TestClose(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	pid := int(h.result("f", `{"do":"echo"}`)["pid"].(float64))
	ended := make(chan error, 1)
	go func() {
		_, err := h.Invoke(context.Background(), prefix+"f", []byte(`{"do":"sleep","millis":60000}`))
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("an invocation outlived the host")
	}
	if running(pid) {
		t.Error("a process outlived the host")
	}
	if _, err := h.Invoke(t.Context(), prefix+"f", []byte(`{}`)); err == nil {
		t.Error("a closed host invokes")
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	h := start(t, goFunction)
	if err := h.Post(t.Context(), prefix+"f", []byte(`{"do":"echo"}`)); err != nil {
		t.Error(err)
	}
	var failed *trigger.InvokeError
	if err := h.Post(t.Context(), prefix+"f", []byte(`{"do":"raise","value":"no"}`)); !errors.As(err, &failed) || !failed.Retry {
		t.Errorf("a function that fails: %v", err)
	}
}

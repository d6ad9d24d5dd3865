// Package gotest holds tests that run the poolhouse binary as its users do.
package gotest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// binary is the path of poolhouse, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "poolhouse-bin-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "poolhouse")
	out, err := exec.Command("go", "build", "-o", binary, "github.com/poolhouse-id/poolhouse/cmd/poolhouse").CombinedOutput()
	if err != nil {
		panic("go build: " + err.Error() + "\n" + string(out))
	}
	storetest.MainWith(m, func() { os.RemoveAll(dir) })
}

const region = "ap-northeast-1"

// process is a running server.
type process struct {
	cmd  *exec.Cmd
	addr string
	url  string
	log  *syncBuffer
	done chan struct{}
	err  error
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve starts `poolhouse serve` on a free port and waits until it has said
// where it listens and is healthy.
func serve(t testing.TB, args ...string) *process {
	t.Helper()
	return serveIn(t, nil, args...)
}

// serveIn is serve with more variables in the environment.
func serveIn(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	p := &process{log: &syncBuffer{}, done: make(chan struct{})}
	p.cmd = exec.Command(binary, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	p.cmd.Env = append(append(os.Environ(), "HOME="+t.TempDir()), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() { p.kill() })
	p.url = p.printed(t, " listens on ")
	p.addr = strings.TrimPrefix(p.url, "http://")
	p.healthy(t)
	return p
}

// printed waits for a line with the words and returns the word after them. What
// a process wrote reaches its log later than its answers reach their callers.
func (p *process) printed(t testing.TB, words string) string {
	t.Helper()
	for range 600 {
		for line := range strings.Lines(p.log.String()) {
			if _, rest, ok := strings.Cut(line, words); ok && strings.HasSuffix(line, "\n") {
				return strings.Fields(rest)[0]
			}
		}
		select {
		case <-p.done:
			t.Fatalf("the server ended: %v\n%s", p.err, p.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("the server has not printed %q\n%s", words, p.log)
	return ""
}

func (p *process) healthy(t testing.TB) {
	t.Helper()
	for range 600 {
		res, err := http.Get(p.url + "/_poolhouse/health")
		if err == nil {
			io.Copy(io.Discard, res.Body) //nolint:errcheck // only the status counts
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-p.done:
			t.Fatalf("the server ended: %v\n%s", p.err, p.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("the server is not healthy\n%s", p.log)
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.cmd.Process.Kill() //nolint:errcheck // it may have ended
	<-p.done
}

// stop asks the process to end and returns its exit code.
func (p *process) stop(t testing.TB) int {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		t.Fatalf("the server does not stop\n%s", p.log)
	}
	return p.cmd.ProcessState.ExitCode()
}

// config returns an SDK configuration for the server.
func (p *process) config() aws.Config { return configFor(p.url, "test", "test", "") }

func configFor(url, id, secret, token string) aws.Config {
	return aws.Config{
		Region:           region,
		BaseEndpoint:     aws.String(url),
		Credentials:      credentials.NewStaticCredentialsProvider(id, secret, token),
		RetryMaxAttempts: 1,
	}
}

// runBinary runs a command of poolhouse to its end.
func runBinary(t testing.TB, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(append(os.Environ(), "HOME="+t.TempDir()), env...)
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// lines returns the lines of a text that contain part.
func lines(text, part string) (found []string) {
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if strings.Contains(s.Text(), part) {
			found = append(found, s.Text())
		}
	}
	return found
}

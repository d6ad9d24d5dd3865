package bench

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// process is a running server.
type process struct {
	addr string
	pid  int
	// log is what the process has written.
	log  *output
	stop func()
}

// output collects what a process writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is what was written so far.
func (o *output) String() string {
	if o == nil {
		return ""
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

var inProcess = os.Getenv("POOLHOUSE_BENCH_INPROCESS") != "" || runtime.GOOS != "linux"

// The servers take larger import files than by default.
const (
	maxImportUsers = 10_000_000
	maxImportBytes = 2 << 30
)

// startServer runs a server on the database (empty: SQLite in dir) and waits
// until it answers.
func startServer(b testing.TB, dir, database string) *process {
	b.Helper()
	if inProcess {
		return serveHere(b, dir, database)
	}
	addr := freeAddr(b)
	args := []string{"serve", "--listen", addr, "--data", dir, "--log-level", "ERROR",
		"--max-import-users", strconv.Itoa(maxImportUsers), "--max-import-bytes", strconv.Itoa(maxImportBytes)}
	if database != "" {
		args = append(args, "--database", database)
	}
	return launch(b, exec.Command(binary, args...), addr)
}

// launch starts the command and waits until it accepts connections on addr.
func launch(b testing.TB, cmd *exec.Cmd, addr string) *process {
	b.Helper()
	log := &output{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p := &process{addr: addr, pid: cmd.Process.Pid, log: log}
	p.stop = func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		cmd.Wait()                          //nolint:errcheck // how it ended does not matter
	}
	for range 10000 {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return p
		}
		time.Sleep(time.Millisecond)
	}
	p.stop()
	b.Fatalf("%s does not listen\n%s", cmd, log)
	return nil
}

// serveHere runs the server in this process.
func serveHere(b testing.TB, dir, database string) *process {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv, err := server.New(context.Background(), server.Config{
		Store: store.Config{Dir: dir, PostgresURL: database}, Account: account, Region: region,
		PublicURL: "http://" + l.Addr().String(), Development: true, Clock: &clock.Adjustable{},
		MaxImportUsers: maxImportUsers, MaxImportBytes: maxImportBytes,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		b.Fatal(err)
	}
	h := &http.Server{Handler: srv, ReadHeaderTimeout: time.Minute}
	go h.Serve(l) //nolint:errcheck // it ends with stop
	return &process{addr: l.Addr().String(), pid: os.Getpid(), stop: func() {
		h.Close()
		srv.Close()
	}}
}

func freeAddr(b testing.TB) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// tick is the unit of processor times in /proc, which is the same on every
// Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpu is the processor time that the process has taken, user and system; false
// where the system does not tell.
func (p *process) cpu() (time.Duration, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return 0, false
	}
	// proc_pid_stat(5): the name, in parentheses, may hold anything; utime and
	// stime are the 12th and 13th field after it.
	_, rest, _ := strings.Cut(string(text[bytes.LastIndexByte(text, ')'):]), " ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, false
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, err1 == nil && err2 == nil
}

// memory returns the process's resident memory in bytes.
func (p *process) memory() (int64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0, false
	}
	_, rest, ok := strings.Cut(string(text), "VmRSS:")
	if !ok {
		return 0, false
	}
	kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kilobytes << 10, err == nil
}

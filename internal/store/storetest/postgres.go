package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
)

// PostgresEnv names a server to use instead of starting one: a connection URL
// of a role that may create schemas.
const PostgresEnv = "POOLHOUSE_TEST_POSTGRES"

var errNoPostgres = errors.New("PostgreSQL is not installed (initdb was not found)")

// server is the one PostgreSQL of a test binary, started at the first need. It
// ends with the test binary, whose death the kernel reports to it.
var server = sync.OnceValues(startServer)

var (
	serverDir  string
	schemaNext atomic.Int64
)

// Postgres returns the connection URL of an empty schema of a real PostgreSQL
// server, which it starts when needed. Without PostgreSQL the test is skipped,
// or fails where CI=true.
func Postgres(t testing.TB) string {
	t.Helper()
	base, err := server()
	if err != nil {
		if os.Getenv("CI") == "true" || !errors.Is(err, errNoPostgres) {
			t.Fatalf("PostgreSQL for the tests: %v", err)
		}
		t.Skipf("SKIPPED on PostgreSQL: %v", err)
	}
	schema := fmt.Sprintf("t%d_%d", os.Getpid(), schemaNext.Add(1))
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin, err := sql.Open("pgx", base)
		if err != nil {
			return
		}
		defer admin.Close()
		admin.Exec("DROP SCHEMA " + schema + " CASCADE") //nolint:errcheck // the server is thrown away anyway
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Main runs a test binary's tests and then stops the PostgreSQL that they
// started: call it in TestMain.
func Main(m *testing.M) { MainWith(m, func() {}) }

// MainWith is Main for a test binary that has more to clean up.
func MainWith(m *testing.M, cleanUp func()) {
	code := m.Run()
	cleanUp()
	if serverDir != "" {
		stopServer()
		os.RemoveAll(serverDir)
	}
	os.Exit(code)
}

var stopServer = func() {}

func startServer() (string, error) {
	if u := os.Getenv(PostgresEnv); u != "" {
		return u, nil
	}
	bin, err := findPostgres()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "poolhouse-pg-")
	if err != nil {
		return "", err
	}
	serverDir = dir
	attr, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "poolhouse", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, attr
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=400", "-c", "log_min_messages=fatal")
	server.Dir, server.SysProcAttr = dir, attr
	if err := launch(server); err != nil {
		return "", err
	}
	dsn := "postgres://poolhouse@/postgres?host=" + url.QueryEscape(dir)
	return dsn, waitFor(dsn)
}

// launch starts the server from a thread that lives as long as the process,
// since the death signal is tied to the thread.
func launch(server *exec.Cmd) error {
	started := make(chan error)
	ended := make(chan struct{})
	endWithParent(server.SysProcAttr)
	go func() {
		runtime.LockOSThread()
		err := server.Start()
		started <- err
		if err == nil {
			server.Wait() //nolint:errcheck // how it ended does not matter
			close(ended)
		}
	}()
	stopServer = func() {
		server.Process.Signal(syscall.SIGQUIT) //nolint:errcheck // it may have ended
		<-ended
	}
	return <-started
}

func waitFor(dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	for range 300 {
		if err = db.PingContext(context.Background()); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

func findPostgres() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	more, _ := filepath.Glob("/opt/homebrew/opt/postgresql*/bin/initdb")
	if found = append(found, more...); len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	return "", errNoPostgres
}

// unprivileged gives dir to a user without rights when the tests run as root,
// as whom PostgreSQL refuses to run.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

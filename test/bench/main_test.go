// Package bench measures the server's speed over the wire, each figure beside
// the floor that it is compared with, measured in the same run:
//
//	make bench
//
// A benchmark drives the built poolhouse, a process of its own, over HTTP
// connections on the loopback interface, with requests that are signed as the
// SDKs sign them. Besides ns/op it reports
//
//	ops/s         answered calls per second, clients and server on one machine
//	server-µs/op  processor time of the server process alone per call (Linux)
//	x-floor       server-µs/op divided by the processor time of the floor
//	x-commit      for calls that write: time per call with one client, divided
//	              by that of a bare commit of one small row in the same database
//
// The floors are the benchmarks BenchmarkFloor/...: RSA-2048 signatures, a
// 3072-bit modular exponentiation, the verification of an ID token, the sealing
// of a session token, an HTTP round trip to a handler that does nothing, and
// commits in both databases, which wait for the disk.
//
// Environment:
//
//	POOLHOUSE_BENCH_USERS      users of the large pool (100000)
//	POOLHOUSE_BENCH_IMPORT     users of the file that BenchmarkImport imports
//	                           (20000)
//	POOLHOUSE_BENCH_INPROCESS  1 runs the server in the test process, whose
//	                           processor time then includes the clients'; for
//	                           -cpuprofile, and where there is no /proc
//	POOLHOUSE_BENCH_SOAK       how long TestSoak runs on each database, such as
//	                           2m; without it the test is skipped
package bench

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// binary is the path of poolhouse, built once.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv(bareEnv) != "" {
		serveBare()
		return
	}
	dir, err := os.MkdirTemp("", "poolhouse-bench-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "poolhouse")
	out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "github.com/poolhouse-id/poolhouse/cmd/poolhouse").CombinedOutput()
	if err != nil {
		panic("go build: " + err.Error() + "\n" + string(out))
	}
	storetest.MainWith(m, func() {
		closeWorlds()
		os.RemoveAll(dir)
	})
}

// databases are the kinds of database that the server runs on.
var databases = []string{"sqlite", "postgres"}

// eachDatabase runs the benchmark on both.
func eachDatabase(b *testing.B, f func(b *testing.B, w *world)) {
	for _, kind := range databases {
		b.Run(kind, func(b *testing.B) { f(b, worldOf(b, kind)) })
	}
}

// durablePostgres is a database of a PostgreSQL whose commits wait for the
// disk. The tests' own server does not wait by default.
func durablePostgres(b testing.TB) string {
	b.Helper()
	dsn := storetest.Postgres(b)
	if os.Getenv(storetest.PostgresEnv) != "" {
		return dsn
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET full_page_writes = on", "SELECT pg_reload_conf()"} {
		if _, err := db.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	return dsn
}

func envInt(name string, def int) int {
	text := os.Getenv(name)
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		panic(fmt.Sprintf("%s=%q is not a positive number", name, text))
	}
	return n
}

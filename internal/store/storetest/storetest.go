// Package storetest runs tests on every database that Poolhouse supports.
//
// [Each] runs a test on SQLite and on a real PostgreSQL server, which it
// starts in a temporary directory (or takes from the environment variable
// POOLHOUSE_TEST_POSTGRES). A test binary that uses it has
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
package storetest

import (
	"context"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Each runs f as a subtest on each kind of database, with the configuration
// that opens a new empty one. The configuration may be opened several times,
// as several nodes do.
func Each(t *testing.T, f func(t *testing.T, cfg store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{Dir: t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{PostgresURL: Postgres(t), Dir: t.TempDir()})
	})
}

// Open opens cfg and closes it with the test.
func Open(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

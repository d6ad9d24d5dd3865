// Package store keeps Poolhouse's state in SQL: SQLite in one file by default,
// PostgreSQL for many nodes on one database. The same queries run on both, and
// the suite in storetest proves that they behave the same.
//
// [Open] connects, migrates and unlocks the data keys. A service opens one
// transaction per operation with [DB.Update] or [DB.View] and calls the Tx
// methods, which live in one file per kind of record. They hold no rules: what
// may be written, and when, is decided by the service packages.
//
// Update may run its function again when the database reports a serialization
// conflict, so the function must have no effects outside the transaction.
//
// Conventions: times are Unix milliseconds in UTC; booleans are 0 and 1;
// comparisons and sorting of text are by bytes on both databases; secrets are
// sealed before they are written, with table, column and row as associated
// data, so that a sealed value moved to another row does not open.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// Errors that services tell apart. They are wrapped with detail for the log.
var (
	// ErrNotFound means that no row has the key.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict means that a row with the same unique key exists.
	ErrConflict = errors.New("store: already exists")
	// ErrNewerDatabase means that the database was written by a newer Poolhouse.
	ErrNewerDatabase = errors.New("the database was written by a newer version of poolhouse")
)

// Config says which database to open and what the store may use.
type Config struct {
	// PostgresURL is a connection string (postgres://...). When it is empty the
	// store is the SQLite file poolhouse.db in Dir.
	PostgresURL string
	// Dir is the data directory of SQLite and of the master key file. It is
	// created with mode 0700. Empty means a temporary directory that Close
	// removes, for tests: it is as durable as the process.
	Dir string
	// Clock tells the time; nil means the machine's.
	Clock clock.Clock
	// IDs is the source of randomness.
	IDs ids.Source
	// MasterKey is the master key as text; empty means the file master.key in
	// Dir, which is created with the database.
	MasterKey string
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	dialect dialect
	// write and read are pools of connections, on PostgreSQL the same.
	write, read *sql.DB
	// writer admits one writing transaction at a time to SQLite, whose file has
	// one writer; waiting here is fair and cheaper than its polling. Nil on
	// PostgreSQL.
	writer chan struct{}
	// readers bounds the reading transactions on SQLite; nil on PostgreSQL.
	readers    chan struct{}
	writeStmts stmtCache
	readStmts  stmtCache
	clock      clock.Clock
	ids        ids.Source
	keys       keyring
	tempDir    string
}

// Open connects to the database, brings its schema up to date and unlocks the
// data keys with the master key.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	db := &DB{clock: cfg.Clock, ids: cfg.IDs}
	if db.clock == nil {
		db.clock = clock.System{}
	}
	if err := db.connect(ctx, &cfg); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.unlock(ctx, cfg); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// connect opens the pools and, for a temporary store, fills in cfg.Dir.
func (db *DB) connect(ctx context.Context, cfg *Config) (err error) {
	if cfg.PostgresURL != "" {
		db.dialect = postgres
		db.write, err = openPostgres(cfg.PostgresURL)
		db.read = db.write
		if err != nil {
			return err
		}
		return db.write.PingContext(ctx)
	}
	db.dialect = sqlite
	db.writer = make(chan struct{}, 1)
	db.readers = make(chan struct{}, max(4, runtime.GOMAXPROCS(0)))
	temporary := cfg.Dir == ""
	if temporary {
		if db.tempDir, err = os.MkdirTemp("", "poolhouse-"); err != nil {
			return fmt.Errorf("temporary data directory: %w", err)
		}
		cfg.Dir = db.tempDir
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	db.write, db.read, err = openSQLite(filepath.Join(cfg.Dir, DatabaseFile), temporary)
	if err != nil {
		return err
	}
	if err := pingPatiently(ctx, db.write); err != nil {
		return fmt.Errorf("open %s: %w", filepath.Join(cfg.Dir, DatabaseFile), err)
	}
	return nil
}

// pingPatiently makes the first connection to an SQLite file. Turning on
// write-ahead logging does not wait for another process that does the same.
func pingPatiently(ctx context.Context, pool *sql.DB) (err error) {
	for range 50 {
		if err = pool.PingContext(ctx); err == nil || !retryable(err) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// Ping checks that the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.read.PingContext(ctx) }

// Close closes the connections and removes a temporary database.
func (db *DB) Close() error {
	var errs []error
	db.writeStmts.close()
	db.readStmts.close()
	if db.read != nil && db.read != db.write {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if db.tempDir != "" {
		errs = append(errs, os.RemoveAll(db.tempDir))
	}
	return errors.Join(errs...)
}

// Package store keeps Poolhouse's state in SQL: SQLite in one file by default,
// PostgreSQL for many nodes on one database. The same queries run on both, and
// the suite in storetest proves that they behave the same.
//
// [Open] connects, migrates and unlocks the data keys. A service opens one
// transaction per operation with [DB.Update] or [DB.View] and calls the Tx
// methods, which live in one file per kind of record. They hold no rules: what
// may be written, and when, is decided by the service packages.
//
// Both may run their function again, when the database reports a conflict with
// another transaction or when a reading one turns out to need a snapshot for
// several statements. So the function must have no effects outside the
// transaction, and set what it gives back rather than add to it.
// [Tx.OnCommit] is for what follows a commit.
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
	backend backend
	// write and read are pools of connections for what is not a transaction of a
	// service; on PostgreSQL the same.
	write, read *sql.DB
	clock       clock.Clock
	ids         ids.Source
	keys        keyring
	tempDir     string
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
		p, err := openPostgres(cfg.PostgresURL)
		if err != nil {
			return err
		}
		db.dialect, db.backend, db.write, db.read = postgres, p, p.pool, p.pool
		return db.write.PingContext(ctx)
	}
	db.dialect = sqlite
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
	l, err := openSQLite(filepath.Join(cfg.Dir, DatabaseFile), temporary)
	if err != nil {
		return err
	}
	db.backend, db.write, db.read = l, l.write, l.read
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
	if db.backend != nil {
		errs = append(errs, db.backend.close())
	}
	if db.tempDir != "" {
		errs = append(errs, os.RemoveAll(db.tempDir))
	}
	return errors.Join(errs...)
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// Tx is one transaction. It belongs to one goroutine and ends with the
// function that it was given to.
type Tx struct {
	ctx   context.Context
	db    *DB
	tx    *sql.Tx
	pool  *sql.DB
	stmts *stmtCache
	now   time.Time
	// committed runs after the commit.
	committed []func()
}

// OnCommit has f run once the transaction has committed: effects outside the
// database belong there, since a transaction may run again.
func (tx *Tx) OnCommit(f func()) { tx.committed = append(tx.committed, f) }

// Now is the time of the transaction, the same at every call.
func (tx *Tx) Now() time.Time { return tx.now }

// IDs is the source of identifiers.
func (tx *Tx) IDs() ids.Source { return tx.db.ids }

// maxAttempts bounds how often a transaction runs again after a conflict.
const maxAttempts = 12

// Update runs f in a transaction that may write, and commits when f returns
// nil. It runs f again when the database reports a conflict with another
// transaction.
func (db *DB) Update(ctx context.Context, f func(*Tx) error) error {
	release, err := admit(ctx, db.writer)
	if err != nil {
		return err
	}
	defer release()
	return db.run(ctx, db.write, &db.writeStmts, &db.dialect.write, f)
}

// View runs f in a transaction that reads one consistent state.
func (db *DB) View(ctx context.Context, f func(*Tx) error) error {
	release, err := admit(ctx, db.readers)
	if err != nil {
		return err
	}
	defer release()
	return db.run(ctx, db.read, &db.readStmts, &db.dialect.read, f)
}

// admit waits for a place in the semaphore; a nil one has room for everybody.
func admit(ctx context.Context, places chan struct{}) (release func(), err error) {
	if places == nil {
		return func() {}, nil
	}
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (db *DB) run(ctx context.Context, pool *sql.DB, stmts *stmtCache, opts *sql.TxOptions, f func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.once(ctx, pool, stmts, opts, f)
		if err == nil || attempt == maxAttempts || !retryable(err) {
			return err
		}
		wait := time.Duration(rand.Int64N(int64(time.Millisecond) << min(attempt, 7)))
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(wait):
		}
	}
}

func (db *DB) once(ctx context.Context, pool *sql.DB, stmts *stmtCache, opts *sql.TxOptions, f func(*Tx) error) error {
	t, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after Commit it is a no-op, and otherwise f's error matters
	tx := &Tx{ctx: ctx, db: db, tx: t, pool: pool, stmts: stmts, now: db.clock.Now()}
	if err := f(tx); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return translate(err)
	}
	for _, f := range tx.committed {
		f()
	}
	return nil
}

// exec runs a statement and returns how many rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	stmt, err := tx.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(tx.ctx, args...)
	if err != nil {
		return 0, translate(err)
	}
	return res.RowsAffected()
}

// execOne runs a statement that must change a row, or returns ErrNotFound.
func (tx *Tx) execOne(query string, args ...any) error {
	n, err := tx.exec(query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// scanner is what a row offers to a scan function: *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// one reads the row that the query selects, or returns ErrNotFound.
func one[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	var zero T
	stmt, err := tx.prepare(query)
	if err != nil {
		return zero, err
	}
	v, err := scan(stmt.QueryRowContext(tx.ctx, args...))
	if err != nil {
		return zero, translate(err)
	}
	return v, nil
}

// all reads every row that the query selects; queries of unbounded results
// carry a LIMIT.
func all[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	stmt, err := tx.prepare(query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(tx.ctx, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, translate(rows.Err())
}

// scalar scans a single column.
func scalar[T any](s scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
}

// execer is what a statement offers: a prepared one on SQLite; on PostgreSQL
// the driver itself keeps prepared statements by their text.
type execer struct {
	tx    *Tx
	stmt  *sql.Stmt
	query string
}

func (e execer) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	if e.stmt != nil {
		return e.stmt.ExecContext(ctx, args...)
	}
	return e.tx.tx.ExecContext(ctx, e.query, args...)
}

func (e execer) QueryContext(ctx context.Context, args ...any) (*sql.Rows, error) {
	if e.stmt != nil {
		return e.stmt.QueryContext(ctx, args...)
	}
	return e.tx.tx.QueryContext(ctx, e.query, args...)
}

func (e execer) QueryRowContext(ctx context.Context, args ...any) *sql.Row {
	if e.stmt != nil {
		return e.stmt.QueryRowContext(ctx, args...)
	}
	return e.tx.tx.QueryRowContext(ctx, e.query, args...)
}

func (tx *Tx) prepare(query string) (execer, error) {
	query = tx.db.dialect.bind(query)
	if tx.db.dialect.numbered {
		return execer{tx: tx, query: query}, nil
	}
	stmt, err := tx.stmts.get(tx.ctx, tx.pool, query)
	if err != nil {
		return execer{}, translate(err)
	}
	if stmt == nil {
		return execer{tx: tx, query: query}, nil
	}
	return execer{stmt: tx.tx.StmtContext(tx.ctx, stmt)}, nil
}

// millis is how times are stored; the zero time is stored as 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis is the inverse of millis.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// maxStatements bounds the cache: queries that are put together from parts
// (filters) must not fill it.
const maxStatements = 1000

// stmtCache keeps prepared statements by their text.
type stmtCache struct {
	mu    sync.RWMutex
	stmts map[string]*sql.Stmt
}

// get returns the prepared statement, or nil when the cache is full.
func (c *stmtCache) get(ctx context.Context, pool *sql.DB, query string) (*sql.Stmt, error) {
	c.mu.RLock()
	stmt := c.stmts[query]
	full := len(c.stmts) >= maxStatements
	c.mu.RUnlock()
	if stmt != nil || full {
		return stmt, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if stmt := c.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if c.stmts == nil {
		c.stmts = map[string]*sql.Stmt{}
	}
	c.stmts[query] = stmt
	return stmt, nil
}

func (c *stmtCache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.stmts {
		s.Close()
	}
	c.stmts = nil
}

package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// Tx is one transaction. It belongs to one goroutine and ends with the
// function that it was given to.
type Tx struct {
	ctx     context.Context
	db      *DB
	session session
	now     time.Time
	// sealKey is the data key that seals what the transaction writes, 0 for the
	// current one.
	sealKey uint32
	// committed runs after the commit.
	committed []func()
}

// start begins the transaction's time.
func (tx *Tx) start(s session) { tx.session, tx.now = s, tx.db.clock.Now() }

// OnCommit has f run once the transaction has committed: effects outside the
// database belong there, since a transaction may run again.
func (tx *Tx) OnCommit(f func()) { tx.committed = append(tx.committed, f) }

// Context is the context of the transaction: that of the call that it is for.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Now is the time of the transaction, the same at every call.
func (tx *Tx) Now() time.Time { return tx.now }

// IDs is the source of identifiers.
func (tx *Tx) IDs() ids.Source { return tx.db.ids }

// maxAttempts bounds how often a transaction runs again after a conflict.
const maxAttempts = 20

// Update runs f in a transaction that may write, and commits when f returns
// nil: the commit is on disk when Update returns. It runs f again when the
// database reports a conflict with another transaction.
func (db *DB) Update(ctx context.Context, f func(*Tx) error) error {
	return db.run(ctx, f, db.backend.update)
}

// View runs f in a transaction that reads one consistent state. Like Update it
// may run f again.
func (db *DB) View(ctx context.Context, f func(*Tx) error) error {
	return db.run(ctx, f, db.backend.view)
}

// run runs f by once until there is no conflict.
func (db *DB) run(ctx context.Context, f func(*Tx) error, once func(tx *Tx, attempt int, f func(*Tx) error) error) error {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		tx := &Tx{ctx: ctx, db: db}
		err := once(tx, attempt, f)
		if err == nil {
			for _, f := range tx.committed {
				f()
			}
			return nil
		}
		if attempt == maxAttempts || !retryable(err) {
			return translate(err)
		}
		wait := time.Duration(rand.Int64N(int64(time.Millisecond) << min(attempt, 7)))
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(wait):
		}
	}
}

// exec runs a statement and returns how many rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	n, err := tx.session.exec(tx.ctx, tx.db.dialect.bind(query), args)
	return n, translate(err)
}

// execLater runs a statement whose outcome does not decide what comes next. On
// PostgreSQL it saves a round trip: the statement travels with the next one or
// with the commit, whose error is then the statement's.
func (tx *Tx) execLater(query string, args ...any) error {
	return translate(tx.session.later(tx.ctx, tx.db.dialect.bind(query), args))
}

// execOne runs a statement that must change a row, or returns ErrNotFound.
func (tx *Tx) execOne(query string, args ...any) error {
	n, err := tx.exec(query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// scanner is what a row offers to a scan function.
type scanner interface{ Scan(dest ...any) error }

// one reads the row that the query selects, or returns ErrNotFound.
func one[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (v T, err error) {
	found := false
	err = tx.each(query, args, func(s scanner) (more bool, err error) {
		found = true
		v, err = scan(s)
		return false, err
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return v, err
}

// all reads every row that the query selects; queries of unbounded results
// carry a LIMIT.
func all[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (out []T, err error) {
	err = tx.each(query, args, func(s scanner) (more bool, err error) {
		v, err := scan(s)
		out = append(out, v)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// each calls f with the rows that the query selects while it wants more.
func (tx *Tx) each(query string, args []any, f func(scanner) (more bool, err error)) error {
	rows, err := tx.session.query(tx.ctx, tx.db.dialect.bind(query), args)
	if err != nil {
		return translate(err)
	}
	for more := true; more && rows.Next(); {
		if more, err = f(rows); err != nil {
			rows.Close() //nolint:errcheck // the scan's error says more
			return translate(err)
		}
	}
	return translate(rows.Close())
}

// scalar scans a single column.
func scalar[T any](s scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
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

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pg is PostgreSQL. Transactions that write are serializable; those that only
// read see one snapshot.
//
// A round trip is what most statements cost, so that there are none but for
// statements: BEGIN travels with the first one, and a transaction of a single
// reading statement, which sees one snapshot anyway, does without.
type pg struct {
	pool    *sql.DB
	writers *admission
	// singles counts, by the code of functions that read, how often in a row one
	// got by with a single statement.
	singles sync.Map
}

const (
	beginWrite = "begin isolation level serializable"
	beginRead  = "begin isolation level repeatable read read only"
	// habit is how many single statements in a row let one expect another.
	habit = 8
)

func openPostgres(dsn string) (*pg, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	conns := 8 * max(2, runtime.GOMAXPROCS(0))
	pool := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(preferIndexes))
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return &pg{pool: pool, writers: newAdmission(conns)}, nil
}

// preferIndexes keeps the planner from reading small tables as a whole, which
// would make every transaction on them conflict with every other (PostgreSQL
// manual, "Serializable Isolation Level"). Databases that do not know the
// setting do without.
func preferIndexes(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET enable_seqscan = off")
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

func (p *pg) close() error { return p.pool.Close() }

// update implements backend.
func (p *pg) update(tx *Tx, attempt int, f func(*Tx) error) error {
	leave, err := p.writers.enter(tx.ctx, attempt > 1)
	if err != nil {
		return err
	}
	err = p.with(tx, newPgSession(beginWrite), f)
	leave(err != nil && retryable(err))
	return err
}

// view implements backend.
func (p *pg) view(tx *Tx, _ int, f func(*Tx) error) error {
	streak := p.streak(f)
	s := newPgSession(beginRead)
	if streak.Load() >= habit {
		s = &pgSession{single: true}
	}
	err := p.with(tx, s, f)
	if s.statements == 1 {
		streak.Add(1)
		return err
	}
	streak.Store(0)
	if !s.single || s.statements == 0 {
		return err
	}
	// It needs a snapshot for all its statements: once more, with one.
	tx.committed = nil
	return p.with(tx, newPgSession(beginRead), f)
}

func (p *pg) streak(f func(*Tx) error) *atomic.Int64 {
	code := codeOf(f)
	if n, ok := p.singles.Load(code); ok {
		return n.(*atomic.Int64)
	}
	n, _ := p.singles.LoadOrStore(code, new(atomic.Int64))
	return n.(*atomic.Int64)
}

// codeOf tells functions by their code, whatever they captured.
func codeOf(f func(*Tx) error) uintptr { return reflect.ValueOf(f).Pointer() }

// with runs f on a connection and ends the transaction that was begun.
func (p *pg) with(tx *Tx, s *pgSession, f func(*Tx) error) error {
	conn, err := p.pool.Conn(tx.ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var failed error
	err = conn.Raw(func(driverConn any) error {
		s.conn = driverConn.(*stdlib.Conn).Conn()
		tx.start(s)
		if failed = f(tx); failed != nil && s.conn.IsClosed() && tx.ctx.Err() == nil {
			// The connection was lost before there was a commit to lose.
			failed = lost{failed}
		}
		if err := s.end(tx.ctx, failed == nil); failed == nil {
			failed = err
		}
		if s.conn.IsClosed() || s.conn.PgConn().TxStatus() != idle {
			return driver.ErrBadConn
		}
		return nil
	})
	if failed == nil && !errors.Is(err, driver.ErrBadConn) {
		failed = err
	}
	return failed
}

// lost marks the error of a transaction whose connection was lost before its
// commit, so that it can run again.
type lost struct{ error }

// Unwrap gives the error that was marked.
func (l lost) Unwrap() error { return l.error }

// idle is the status of a connection that is in no transaction (PostgreSQL
// manual, "Message Formats", ReadyForQuery).
const idle = 'I'

var (
	errOverrun    = errors.New("store: a second statement needs a transaction")
	errRolledBack = errors.New("store: the transaction had failed and was rolled back")
)

// pgSession is a connection in a transaction, or about to begin one.
type pgSession struct {
	conn *pgx.Conn
	// pending is what travels with the next statement: what begins the
	// transaction, and statements that had time.
	pending []statement
	// single allows one statement, without a transaction.
	single bool
	// statements counts them, the refused ones too.
	statements int
}

type statement struct {
	query string
	args  []any
}

func newPgSession(begin string) *pgSession { return &pgSession{pending: []statement{{query: begin}}} }

// count refuses a second statement where one was expected.
func (s *pgSession) count() error {
	if s.statements++; s.single && s.statements > 1 {
		return errOverrun
	}
	return nil
}

// exec implements session.
func (s *pgSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	if err := s.count(); err != nil {
		return 0, err
	}
	tag, err := s.run(ctx, query, args)
	return tag.RowsAffected(), err
}

func (s *pgSession) run(ctx context.Context, query string, args []any) (pgconn.CommandTag, error) {
	if len(s.pending) == 0 {
		return s.conn.Exec(ctx, query, args...)
	}
	results, err := s.flush(ctx, query, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	return tag, errors.Join(err, results.Close())
}

// query implements session.
func (s *pgSession) query(ctx context.Context, query string, args []any) (cursor, error) {
	if err := s.count(); err != nil {
		return nil, err
	}
	if len(s.pending) == 0 {
		rows, err := s.conn.Query(ctx, query, args...)
		return &pgRows{Rows: rows}, err
	}
	results, err := s.flush(ctx, query, args)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	return &pgRows{rows, results}, err
}

// later implements session.
func (s *pgSession) later(ctx context.Context, query string, args []any) error {
	if s.single {
		_, err := s.exec(ctx, query, args)
		return err
	}
	s.statements++
	s.pending = append(s.pending, statement{query, args})
	return nil
}

// flush sends what is pending and the statement, whose result is the next one.
func (s *pgSession) flush(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	batch := &pgx.Batch{}
	for _, p := range s.pending {
		batch.Queue(p.query, p.args...)
	}
	batch.Queue(query, args...)
	results := s.conn.SendBatch(ctx, batch)
	for range s.pending {
		if _, err := results.Exec(); err != nil {
			results.Close() //nolint:errcheck // it says the same
			return nil, err
		}
	}
	s.pending = nil
	return results, nil
}

// end ends the transaction, if one was begun.
func (s *pgSession) end(ctx context.Context, commit bool) error {
	if s.conn.IsClosed() || s.conn.PgConn().TxStatus() == idle && (!commit || len(s.pending) < 2) {
		return nil
	}
	if !commit {
		return s.rollBack(ctx)
	}
	tag, err := s.run(ctx, "commit", nil)
	if err == nil && tag.String() == "ROLLBACK" {
		err = errRolledBack
	}
	if err != nil && !s.conn.IsClosed() && s.conn.PgConn().TxStatus() != idle {
		// What travelled with the commit failed before it.
		err = errors.Join(err, s.rollBack(ctx))
	}
	return err
}

func (s *pgSession) rollBack(ctx context.Context) error {
	_, err := s.conn.Exec(context.WithoutCancel(ctx), "rollback")
	return err
}

type pgRows struct {
	pgx.Rows
	results pgx.BatchResults
}

// Close implements cursor.
func (r *pgRows) Close() error {
	r.Rows.Close()
	err := r.Rows.Err()
	if r.results != nil {
		err = errors.Join(err, r.results.Close())
	}
	return err
}

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
	"golang.org/x/sync/semaphore"
)

// pg is PostgreSQL. Transactions that write are serializable; those that only
// read see one snapshot.
//
// A round trip is what most statements cost, so that there are none but for
// statements: BEGIN travels with the first one, and a transaction of a single
// reading statement, which sees one snapshot anyway, does without.
type pg struct {
	pool *sql.DB
	// writers counts the transactions that write. One that keeps losing against
	// others takes all places, to run alone on this node.
	writers *semaphore.Weighted
	places  int64
	// singles counts, by the code of functions that read, how often in a row one
	// got by with a single statement.
	singles sync.Map
}

const (
	beginWrite = "begin isolation level serializable"
	beginRead  = "begin isolation level repeatable read read only"
	// losses is how many conflicts a transaction takes before it runs alone.
	losses = 4
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
	return &pg{pool: pool, writers: semaphore.NewWeighted(int64(conns)), places: int64(conns)}, nil
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
	places := int64(1)
	if attempt > losses {
		places = p.places
	}
	if err := p.writers.Acquire(tx.ctx, places); err != nil {
		return err
	}
	defer p.writers.Release(places)
	return p.with(tx, &pgSession{begin: beginWrite}, f)
}

// view implements backend.
func (p *pg) view(tx *Tx, _ int, f func(*Tx) error) error {
	streak := p.streak(f)
	s := &pgSession{begin: beginRead}
	if streak.Load() >= habit {
		s.begin, s.single = "", true
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
	return p.with(tx, &pgSession{begin: beginRead}, f)
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
	// begin is what begins the transaction, empty when it has begun.
	begin string
	// single allows one statement, without a transaction.
	single bool
	// statements counts them, the refused ones too.
	statements int
}

// start tells whether BEGIN has to travel with the statement.
func (s *pgSession) start() (begin string, err error) {
	if s.statements++; s.single && s.statements > 1 {
		return "", errOverrun
	}
	begin, s.begin = s.begin, ""
	return begin, nil
}

// exec implements session.
func (s *pgSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	begin, err := s.start()
	if err != nil {
		return 0, err
	}
	if begin == "" {
		tag, err := s.conn.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	results := s.together(ctx, begin, query, args)
	defer results.Close() //nolint:errcheck // Exec has said it
	if _, err := results.Exec(); err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), err
}

// query implements session.
func (s *pgSession) query(ctx context.Context, query string, args []any) (cursor, error) {
	begin, err := s.start()
	if err != nil {
		return nil, err
	}
	if begin == "" {
		rows, err := s.conn.Query(ctx, query, args...)
		return &pgRows{Rows: rows}, err
	}
	results := s.together(ctx, begin, query, args)
	if _, err := results.Exec(); err != nil {
		results.Close() //nolint:errcheck // Exec has said it
		return nil, err
	}
	rows, err := results.Query()
	return &pgRows{rows, results}, err
}

// together sends the begin of a transaction with its first statement.
func (s *pgSession) together(ctx context.Context, begin, query string, args []any) pgx.BatchResults {
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(query, args...)
	return s.conn.SendBatch(ctx, batch)
}

// end ends the transaction, if one was begun.
func (s *pgSession) end(ctx context.Context, commit bool) error {
	if s.conn.IsClosed() || s.conn.PgConn().TxStatus() == idle {
		return nil
	}
	if !commit {
		_, err := s.conn.Exec(context.WithoutCancel(ctx), "rollback")
		return err
	}
	tag, err := s.conn.Exec(ctx, "commit")
	if err == nil && tag.String() == "ROLLBACK" {
		err = errRolledBack
	}
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

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"sync/atomic"
)

// lite is SQLite: one file, with one writer at a time and any number of
// readers beside it, which see the last commit.
type lite struct {
	write, read *sql.DB
	// readers holds the connections that are free, of which the unused ones are
	// not open yet.
	readers chan *liteSession
	// writer holds the one connection that writes while nobody does.
	writer chan *liteWriter
	// waiting is how many wait for it.
	waiting atomic.Int64
}

// Memory of a connection for pages, in KiB. Readers are several, and the
// system keeps the file in memory anyway.
const (
	writerCache = 32 << 10
	readerCache = 8 << 10
)

// openSQLite opens the file. Write-ahead logging with synchronous=FULL makes
// an acknowledged commit survive the loss of power; a temporary database does
// without.
func openSQLite(path string, temporary bool) (*lite, error) {
	readers := max(4, runtime.GOMAXPROCS(0))
	l := &lite{readers: make(chan *liteSession, readers), writer: make(chan *liteWriter, 1)}
	var err error
	if l.write, err = sql.Open("sqlite", sqliteDSN(path, temporary, "_txlock", "immediate", "_pragma", fmt.Sprintf("cache_size(-%d)", writerCache))); err != nil {
		return nil, err
	}
	if l.read, err = sql.Open("sqlite", sqliteDSN(path, temporary, "_pragma", "query_only(ON)", "_pragma", fmt.Sprintf("cache_size(-%d)", readerCache))); err != nil {
		return nil, errors.Join(err, l.write.Close())
	}
	l.write.SetMaxOpenConns(2)
	l.write.SetMaxIdleConns(2)
	l.read.SetMaxIdleConns(1 + readers)
	for range readers {
		l.readers <- &liteSession{pool: l.read}
	}
	l.writer <- &liteWriter{liteSession: liteSession{pool: l.write}}
	return l, nil
}

func sqliteDSN(path string, temporary bool, options ...string) string {
	sync := "FULL"
	if temporary {
		sync = "OFF"
	}
	q := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(" + sync + ")", "foreign_keys(ON)",
		"temp_store(MEMORY)", "journal_size_limit(67108864)",
	}}
	for i := 0; i < len(options); i += 2 {
		q.Add(options[i], options[i+1])
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// close implements backend. Transactions must have ended.
func (l *lite) close() error {
	for range cap(l.readers) {
		s := <-l.readers
		s.discard()
		l.readers <- s
	}
	w := <-l.writer
	w.discard()
	l.writer <- w
	return errors.Join(l.read.Close(), l.write.Close())
}

// view implements backend.
func (l *lite) view(tx *Tx, _ int, f func(*Tx) error) error {
	var s *liteSession
	select {
	case s = <-l.readers:
	case <-tx.ctx.Done():
		return tx.ctx.Err()
	}
	defer func() { l.readers <- s }()
	if err := s.run("BEGIN"); err != nil {
		return err
	}
	defer s.rollBack()
	tx.start(s)
	return f(tx)
}

// liteSession is a connection with its prepared statements. Statements run to
// their end whatever becomes of the request: they are short, and watching for
// the end of a request costs more than most of them.
type liteSession struct {
	pool  *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// maxStatements bounds the statements of a connection: queries that are put
// together from parts (filters) must not fill the memory.
const maxStatements = 1000

// stmt returns the prepared statement, nil when there are too many.
func (s *liteSession) stmt(query string) (*sql.Stmt, error) {
	if stmt := s.stmts[query]; stmt != nil || len(s.stmts) >= maxStatements {
		return stmt, nil
	}
	if s.conn == nil {
		conn, err := s.pool.Conn(context.Background())
		if err != nil {
			return nil, err
		}
		s.conn, s.stmts = conn, map[string]*sql.Stmt{}
	}
	stmt, err := s.conn.PrepareContext(context.Background(), query)
	if err == nil {
		s.stmts[query] = stmt
	}
	return stmt, err
}

// exec implements session.
func (s *liteSession) exec(_ context.Context, query string, args []any) (int64, error) {
	stmt, err := s.stmt(query)
	if err != nil {
		return 0, err
	}
	var res sql.Result
	if stmt != nil {
		res, err = stmt.ExecContext(context.Background(), args...)
	} else {
		res, err = s.conn.ExecContext(context.Background(), query, args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// later implements session.
func (s *liteSession) later(ctx context.Context, query string, args []any) error {
	_, err := s.exec(ctx, query, args)
	return err
}

// query implements session.
func (s *liteSession) query(_ context.Context, query string, args []any) (cursor, error) {
	stmt, err := s.stmt(query)
	if err != nil {
		return nil, err
	}
	var rows *sql.Rows
	if stmt != nil {
		rows, err = stmt.QueryContext(context.Background(), args...)
	} else {
		rows, err = s.conn.QueryContext(context.Background(), query, args...)
	}
	return liteRows{rows}, err
}

type liteRows struct{ *sql.Rows }

// Close implements cursor.
func (r liteRows) Close() error { return errors.Join(r.Rows.Err(), r.Rows.Close()) }

func (s *liteSession) run(statement string) error {
	_, err := s.exec(context.Background(), statement, nil)
	return err
}

// rollBack ends the transaction. A connection that cannot do that is given up.
func (s *liteSession) rollBack() {
	if s.run("ROLLBACK") != nil {
		s.discard()
	}
}

// discard closes the connection, of which the next transaction opens another.
func (s *liteSession) discard() {
	if s.conn != nil {
		s.conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // it answers what it was given
	}
	s.conn, s.stmts = nil, nil
}

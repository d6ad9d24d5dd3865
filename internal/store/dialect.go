package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
	moderncsqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is where the two databases differ.
type dialect struct {
	name string
	// numbered placeholders ($1) instead of question marks
	numbered bool
	// isolation of transactions that write, and of those that only read
	write, read sql.TxOptions
}

var (
	sqlite   = dialect{name: "sqlite", read: sql.TxOptions{ReadOnly: true}}
	postgres = dialect{
		name: "postgres", numbered: true,
		write: sql.TxOptions{Isolation: sql.LevelSerializable},
		read:  sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	}
)

// openSQLite opens the file with one writing connection, one more on which
// statements are prepared meanwhile, and a pool of readers.
// Write-ahead logging with synchronous=FULL makes an acknowledged commit
// survive the loss of power; a temporary database does without.
func openSQLite(path string, temporary bool) (write, read *sql.DB, err error) {
	sync := "FULL"
	if temporary {
		sync = "OFF"
	}
	dsn := func(mode string) string {
		q := url.Values{"_pragma": {
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(" + sync + ")", "foreign_keys(ON)",
			"temp_store(MEMORY)", "cache_size(-65536)", "journal_size_limit(67108864)",
		}}
		if mode == "write" {
			q.Set("_txlock", "immediate")
		} else {
			q.Add("_pragma", "query_only(ON)")
		}
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
	}
	if write, err = sql.Open("sqlite", dsn("write")); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(2)
	write.SetMaxIdleConns(2)
	if read, err = sql.Open("sqlite", dsn("read")); err != nil {
		return write, nil, err
	}
	read.SetMaxIdleConns(1 + max(4, runtime.GOMAXPROCS(0)))
	return write, read, nil
}

func openPostgres(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	conns := 8 * max(2, runtime.GOMAXPROCS(0))
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

var rebound sync.Map

// bind rewrites question marks as the dialect's placeholders. Queries hold no
// question marks in literals.
func (d dialect) bind(query string) string {
	if !d.numbered {
		return query
	}
	if q, ok := rebound.Load(query); ok {
		return q.(string)
	}
	var b strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	rebound.Store(query, b.String())
	return b.String()
}

var textType = regexp.MustCompile(`\bTEXT\b`)

// schema rewrites a migration, which is written for SQLite, for the dialect:
// PostgreSQL compares and sorts text by bytes only with the collation "C".
func (d dialect) schema(sqlText string) string {
	if !d.numbered {
		return sqlText
	}
	return textType.ReplaceAllString(sqlText, `TEXT COLLATE "C"`)
}

// retryable tells conflicts between transactions, which go away when the
// transaction runs again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite *moderncsqlite.Error
	return errors.As(err, &lite) && (lite.Code()&0xff == sqlite3.SQLITE_BUSY || lite.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

// translate turns the drivers' errors that services tell apart into ours.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" {
		return fmt.Errorf("%w: %s", ErrConflict, pg.ConstraintName)
	}
	var lite *moderncsqlite.Error
	if errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return fmt.Errorf("%w: %s", ErrConflict, lite.Error())
	}
	return err
}

package store

import (
	"database/sql"
	"errors"
	"fmt"
	"regexp"
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
}

var (
	sqlite   = dialect{name: "sqlite"}
	postgres = dialect{name: "postgres", numbered: true}
)

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

// retryable tells conflicts between transactions, and lost connections, which
// go away when the transaction runs again.
func retryable(err error) bool {
	if errors.As(err, &lost{}) {
		return true
	}
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

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, also when several nodes start at once.
func (db *DB) migrate(ctx context.Context) error {
	steps, err := migrationSteps(db.dialect)
	if err != nil {
		return err
	}
	dialectName := goose.DialectSQLite3
	if db.dialect.numbered {
		dialectName = goose.DialectPostgres
		unlock, err := db.lockSchema(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	p, err := goose.NewProvider(dialectName, db.write, nil, goose.WithGoMigrations(steps...))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; have > newest {
		return fmt.Errorf("%w (its schema is %d, this version knows up to %d)", ErrNewerDatabase, have, newest)
	}
	return up(ctx, p)
}

// lockSchema takes turns with other nodes by an advisory lock on the schema,
// which a connection holds.
func (db *DB) lockSchema(ctx context.Context) (unlock func(), err error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	const key = "(hashtext('poolhouse migrations ' || current_schema()))"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock"+key); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the schema: %w", err), conn.Close())
	}
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock"+key)
		if err != nil {
			// The lock goes with the connection.
			conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // it answers what it was given
		}
		conn.Close()
	}, nil
}

// Processes that start at once on one SQLite file may find the same migration
// pending. It is a transaction, so one of them applies it and the others fail
// and look again.
const (
	migrationAttempts = 40
	migrationPause    = 100 * time.Millisecond
)

func up(ctx context.Context, p *goose.Provider) error {
	for attempt := 1; ; attempt++ {
		_, err := p.Up(ctx)
		if err == nil {
			return nil
		}
		if attempt == migrationAttempts {
			return fmt.Errorf("migrate the database: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("migrate the database: %w", err)
		case <-time.After(migrationPause):
		}
	}
}

// migrationSteps reads the migrations, rewritten for a dialect. Each half of a
// file is sent whole, as both drivers take it: goose's own parser reserves 4 MB
// for each file, which is most of the start of a small server.
func migrationSteps(d dialect) ([]*goose.Migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]*goose.Migration, 0, len(names))
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		up, down, ok := strings.Cut(d.schema(string(text)), "-- +goose Down")
		if !ok || !strings.HasPrefix(up, "-- +goose Up") {
			return nil, fmt.Errorf("migration %s has no halves", name)
		}
		steps = append(steps, goose.NewGoMigration(version, inTransaction(up), inTransaction(down)))
	}
	return steps, nil
}

func inTransaction(statements string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statements)
		return err
	}}
}

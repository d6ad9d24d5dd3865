package store

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Nodes that start at once on one
// PostgreSQL take turns; SQLite's own lock does the same for processes.
func (db *DB) migrate(ctx context.Context) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	opts := []goose.ProviderOption{}
	dialectName := goose.DialectSQLite3
	if db.dialect.numbered {
		dialectName = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialectName, db.write, dialectFS{sub, db.dialect}, opts...)
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
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// dialectFS shows the migrations as rewritten for a dialect.
type dialectFS struct {
	fs.FS
	dialect dialect
}

// Open implements fs.FS.
func (f dialectFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return file, err
	}
	defer file.Close()
	text, err := fs.ReadFile(f.FS, name)
	if err != nil {
		return nil, err
	}
	return &rewritten{file, bytes.NewReader([]byte(f.dialect.schema(string(text))))}, nil
}

type rewritten struct {
	fs.File
	text *bytes.Reader
}

// Read implements fs.File.
func (r *rewritten) Read(p []byte) (int, error) { return r.text.Read(p) }

// Close implements fs.File; the embedded file is closed already.
func (r *rewritten) Close() error { return nil }

package store

import (
	"context"
	"slices"
	"strings"
)

// kept are the tables that a reset leaves: the schema's version, and the data
// keys, without which tokens of running clients would be garbage instead of
// referring to something that is gone.
var kept = []string{"goose_db_version", "data_keys"}

// Reset empties the database. It is for development servers and tests.
func (db *DB) Reset(ctx context.Context) error {
	return db.Update(ctx, func(tx *Tx) error {
		query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
		if db.dialect.numbered {
			query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
		}
		tables, err := all(tx, scalar[string], query)
		if err != nil {
			return err
		}
		tables = slices.DeleteFunc(tables, func(name string) bool { return slices.Contains(kept, name) })
		if db.dialect.numbered {
			_, err := tx.exec("TRUNCATE " + strings.Join(tables, ", "))
			return err
		}
		if _, err := tx.exec("PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
		for _, t := range tables {
			if _, err := tx.exec("DELETE FROM " + t); err != nil {
				return err
			}
		}
		return nil
	})
}

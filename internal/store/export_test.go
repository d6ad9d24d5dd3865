package store

import (
	"slices"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/seal"
)

// PretendNewer makes the database look as if a newer version had migrated it.
func PretendNewer(tx *Tx) error {
	return tx.execOne("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, ?)", true)
}

// TempDir is the directory of a temporary store.
func TempDir(db *DB) string { return db.tempDir }

// ExecLater is tx.execLater.
func ExecLater(tx *Tx, query string, args ...any) error { return tx.execLater(query, args...) }

// ExplainListUsers returns the database's plan of a listing, a line per step.
func ExplainListUsers(tx *Tx, q UserQuery) (string, error) {
	query, args := q.sql()
	return explain(tx, query, args...)
}

// ExplainAliases returns the plan of [Tx.Aliases].
func ExplainAliases(tx *Tx) (string, error) {
	return explain(tx, selectAliases, "p1", "sub-000001", "email")
}

func explain(tx *Tx, query string, args ...any) (string, error) {
	if tx.db.dialect.numbered {
		steps, err := all(tx, scalar[string], "EXPLAIN (COSTS OFF) "+query, args...)
		return strings.Join(steps, "\n"), err
	}
	steps, err := all(tx, func(s scanner) (step string, err error) {
		var id, parent, unused int64
		err = s.Scan(&id, &parent, &unused, &step)
		return step, err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	return strings.Join(steps, "\n"), err
}

// Analyze has the database count its rows for the planner.
func Analyze(tx *Tx) error {
	_, err := tx.exec("ANALYZE")
	return err
}

// KeysOf returns the data keys with which a column's values are sealed, each
// once.
func KeysOf(tx *Tx, table, column string) ([]uint32, error) {
	values, err := all(tx, scalar[[]byte], "SELECT "+column+" FROM "+table)
	var keys []uint32
	for _, v := range values {
		if id, ok := seal.KeyID(v); ok && !slices.Contains(keys, id) {
			keys = append(keys, id)
		}
	}
	return keys, err
}

package store

// PretendNewer makes the database look as if a newer version had migrated it.
func PretendNewer(tx *Tx) error {
	return tx.execOne("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, ?)", true)
}

// TempDir is the directory of a temporary store.
func TempDir(db *DB) string { return db.tempDir }

// ExecLater is tx.execLater.
func ExecLater(tx *Tx, query string, args ...any) error { return tx.execLater(query, args...) }

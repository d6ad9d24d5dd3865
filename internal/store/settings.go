package store

// Setting returns what PutSetting stored under the name, or ErrNotFound.
func (tx *Tx) Setting(name string) (string, error) {
	return one(tx, scalar[string], "SELECT value FROM settings WHERE name = ?", name)
}

// PutSetting stores a short text under a name. It is not sealed.
func (tx *Tx) PutSetting(name, value string) error {
	_, err := tx.exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

package store

import "time"

// Terms is a terms document of an app client.
type Terms struct {
	ID, PoolID, ClientID string
	// Name is the kind of the document.
	Name string
	// Body is the document as wire JSON, in the form that package userpool gives
	// it.
	Body string
	// Version is 1 at first and one more after every update.
	Version           int64
	Created, Modified time.Time
}

const termsColumns = "id, pool_id, client_id, name, body, version, created, modified"

func scanTerms(s scanner) (*Terms, error) {
	var (
		t                 Terms
		created, modified int64
	)
	err := s.Scan(&t.ID, &t.PoolID, &t.ClientID, &t.Name, &t.Body, &t.Version, &created, &modified)
	t.Created, t.Modified = fromMillis(created), fromMillis(modified)
	return &t, err
}

// InsertTerms adds a document, of which it sets Version, Created and Modified.
// The error is ErrConflict when the client has one of that name.
func (tx *Tx) InsertTerms(t *Terms) error {
	t.Version, t.Created, t.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO terms ("+termsColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		t.ID, t.PoolID, t.ClientID, t.Name, t.Body, t.Version, millis(t.Created), millis(t.Modified))
	return err
}

// Terms returns the document with the ID, or ErrNotFound.
func (tx *Tx) Terms(id string) (*Terms, error) {
	return one(tx, scanTerms, "SELECT "+termsColumns+" FROM terms WHERE id = ?", id)
}

// TermsOfClient returns the client's document of that name, or ErrNotFound.
func (tx *Tx) TermsOfClient(clientID, name string) (*Terms, error) {
	return one(tx, scanTerms, "SELECT "+termsColumns+" FROM terms WHERE client_id = ? AND name = ?", clientID, name)
}

// TermsOfPool returns up to limit documents of the pool in the order of their
// IDs, beginning after the ID given.
func (tx *Tx) TermsOfPool(poolID, after string, limit int) ([]*Terms, error) {
	return all(tx, scanTerms, "SELECT "+termsColumns+" FROM terms WHERE pool_id = ? AND id > ? ORDER BY id LIMIT ?", poolID, after, limit)
}

// UpdateTerms writes the document's Name and Body, and sets its Version and
// Modified. The error is ErrNotFound when the document is not there at the
// version that was read, and ErrConflict when the client has another one of
// that name.
func (tx *Tx) UpdateTerms(t *Terms) error {
	err := tx.execOne("UPDATE terms SET name = ?, body = ?, version = version + 1, modified = ? WHERE id = ? AND version = ?",
		t.Name, t.Body, millis(tx.now), t.ID, t.Version)
	if err == nil {
		t.Version++
		t.Modified = tx.now
	}
	return err
}

// DeleteTerms deletes a document, or returns ErrNotFound.
func (tx *Tx) DeleteTerms(id string) error {
	return tx.execOne("DELETE FROM terms WHERE id = ?", id)
}

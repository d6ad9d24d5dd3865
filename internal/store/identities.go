package store

import (
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// Identity is an identity of an identity pool.
type Identity struct {
	ID, PoolID string
	// Authenticated tells that the identity has, or once had, a login.
	Authenticated bool
	// Disabled tells that its logins were merged into those of the identity
	// MergedInto.
	Disabled          bool
	MergedInto        string
	Created, Modified time.Time
}

// IdentityLogin binds a user of an identity provider to an identity.
type IdentityLogin struct {
	PoolID, Provider, Subject, IdentityID string
	Created                               time.Time
}

const (
	identityColumns = "id, pool_id, authenticated, disabled, merged_into, created, modified"
	loginColumns    = "pool_id, provider, subject, identity_id, created"
)

func scanIdentity(s scanner) (i Identity, err error) {
	var authenticated, disabled, created, modified int64
	err = s.Scan(&i.ID, &i.PoolID, &authenticated, &disabled, &i.MergedInto, &created, &modified)
	i.Authenticated, i.Disabled = authenticated != 0, disabled != 0
	i.Created, i.Modified = fromMillis(created), fromMillis(modified)
	return i, err
}

func scanLogin(s scanner) (l IdentityLogin, err error) {
	var created int64
	err = s.Scan(&l.PoolID, &l.Provider, &l.Subject, &l.IdentityID, &created)
	l.Created = fromMillis(created)
	return l, err
}

// loginKey is a login's place in the index: a hash, since subjects may be
// longer than PostgreSQL takes into one.
func loginKey(provider, subject string) string {
	h := sha256.New()
	h.Write([]byte(provider))
	h.Write([]byte{0})
	h.Write([]byte(subject))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// InsertIdentity adds an identity, of which it sets Created and Modified.
func (tx *Tx) InsertIdentity(i *Identity) error {
	i.Created, i.Modified = tx.now, tx.now
	_, err := tx.exec("INSERT INTO identities ("+identityColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		i.ID, i.PoolID, bit(i.Authenticated), bit(i.Disabled), i.MergedInto, millis(i.Created), millis(i.Modified))
	return err
}

// Identity returns the identity with the ID, or ErrNotFound. It may belong to
// a deleted pool.
func (tx *Tx) Identity(id string) (Identity, error) {
	return one(tx, scanIdentity, "SELECT "+identityColumns+" FROM identities WHERE id = ?", id)
}

// IdentityInPool returns the identity with the ID and the Version of its pool,
// or ErrNotFound when the identity or its pool is not there.
func (tx *Tx) IdentityInPool(id string) (i Identity, version int64, err error) {
	i, err = one(tx, func(s scanner) (Identity, error) {
		return scanIdentity(scanFunc(func(dest ...any) error { return s.Scan(append(dest, &version)...) }))
	}, "SELECT i.id, i.pool_id, i.authenticated, i.disabled, i.merged_into, i.created, i.modified, p.version"+
		" FROM identities i JOIN identity_pools p ON p.id = i.pool_id WHERE i.id = ?", id)
	return i, version, err
}

// scanFunc is a scanner of more columns than its caller knows.
type scanFunc func(dest ...any) error

// Scan implements scanner.
func (f scanFunc) Scan(dest ...any) error { return f(dest...) }

// UpdateIdentity writes an identity's state and sets its Modified.
func (tx *Tx) UpdateIdentity(i *Identity) error {
	i.Modified = tx.now
	return tx.execOne("UPDATE identities SET authenticated = ?, disabled = ?, merged_into = ?, modified = ? WHERE id = ?",
		bit(i.Authenticated), bit(i.Disabled), i.MergedInto, millis(i.Modified), i.ID)
}

// DeleteIdentity deletes an identity and its logins, or returns ErrNotFound.
func (tx *Tx) DeleteIdentity(id string) error {
	if _, err := tx.exec("DELETE FROM identity_logins WHERE identity_id = ?", id); err != nil {
		return err
	}
	return tx.execOne("DELETE FROM identities WHERE id = ?", id)
}

// Identities returns up to limit identities of the pool in the order of their
// IDs, beginning after the ID given; without the disabled ones when
// enabledOnly.
func (tx *Tx) Identities(poolID, after string, limit int, enabledOnly bool) ([]Identity, error) {
	most := 1
	if enabledOnly {
		most = 0
	}
	return all(tx, scanIdentity, "SELECT "+identityColumns+
		" FROM identities WHERE pool_id = ? AND id > ? AND disabled <= ? ORDER BY id LIMIT ?", poolID, after, most, limit)
}

// InsertLogin binds a login to an identity. The error is ErrConflict when it
// is bound already.
func (tx *Tx) InsertLogin(l *IdentityLogin) error {
	l.Created = tx.now
	_, err := tx.exec("INSERT INTO identity_logins (login_key, "+loginColumns+") VALUES (?, ?, ?, ?, ?, ?)",
		loginKey(l.Provider, l.Subject), l.PoolID, l.Provider, l.Subject, l.IdentityID, millis(l.Created))
	return err
}

// Login returns the binding of a provider's user in the pool, or ErrNotFound.
func (tx *Tx) Login(poolID, provider, subject string) (IdentityLogin, error) {
	return one(tx, scanLogin, "SELECT "+loginColumns+" FROM identity_logins WHERE pool_id = ? AND login_key = ?",
		poolID, loginKey(provider, subject))
}

// LoginsOf returns the logins of an identity by provider, of which there are
// few.
func (tx *Tx) LoginsOf(identityID string) ([]IdentityLogin, error) {
	return all(tx, scanLogin, "SELECT "+loginColumns+
		" FROM identity_logins WHERE identity_id = ? ORDER BY provider, login_key LIMIT 1000", identityID)
}

// LoginsBetween returns the logins of the pool's identities whose IDs lie
// after one and up to another, as a page of Identities does.
func (tx *Tx) LoginsBetween(poolID, after, last string) ([]IdentityLogin, error) {
	return all(tx, scanLogin, "SELECT l.pool_id, l.provider, l.subject, l.identity_id, l.created"+
		" FROM identity_logins l JOIN identities i ON i.id = l.identity_id"+
		" WHERE i.pool_id = ? AND i.id > ? AND i.id <= ? ORDER BY l.identity_id, l.provider, l.login_key", poolID, after, last)
}

// MoveLogins binds all logins of one identity to another.
func (tx *Tx) MoveLogins(from, to string) error {
	_, err := tx.exec("UPDATE identity_logins SET identity_id = ? WHERE identity_id = ?", to, from)
	return err
}

// DeleteLogin unbinds a login, or returns ErrNotFound.
func (tx *Tx) DeleteLogin(poolID, provider, subject string) error {
	return tx.execOne("DELETE FROM identity_logins WHERE pool_id = ? AND login_key = ?", poolID, loginKey(provider, subject))
}

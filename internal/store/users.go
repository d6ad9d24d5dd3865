package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// User is a user of a user pool.
type User struct {
	// PoolID and Sub are the record's key; neither ever changes.
	PoolID, Sub string
	// Username is the canonical username: in pools with username attributes the
	// sub. It never changes.
	Username string
	// UsernameKey is what usernames are compared by within the pool: the
	// username itself, or its case-folded form.
	UsernameKey string
	// Status is a types.UserStatusType such as CONFIRMED.
	Status            string
	Enabled           bool
	Created, Modified time.Time
	// Attributes holds every attribute but sub by its full name, such as
	// custom:team.
	Attributes map[string]string
	// Salt is the public salt of the SRP verifier; empty for a user without a
	// password. Verifier reads the verifier.
	Salt []byte
	// PasswordSet is when the password was set, PasswordExpires when a temporary
	// one stops being accepted (zero: never).
	PasswordSet, PasswordExpires time.Time
	// SignedOut is the time up to which issued tokens are revoked: the last
	// global sign-out, disabling and the like.
	SignedOut time.Time
	// MFAEnabled lists the user's MFA methods (SMS_MFA, SOFTWARE_TOKEN_MFA,
	// EMAIL_OTP); MFAPreferred is one of them or empty.
	MFAEnabled   []string
	MFAPreferred string

	verifier []byte
	// stored is Attributes as they are in the database.
	stored map[string]string
}

// HasPassword tells whether the user has one.
func (u *User) HasPassword() bool { return len(u.verifier) > 0 }

// userTables lists the tables of what belongs to a user and goes with it. Each
// has the columns pool_id and sub, with an index that begins with both.
var userTables = []string{
	"user_search", "user_aliases", "password_history", "user_codes", "user_attempts", "user_lockouts", "user_totp", "user_group_members", "user_devices", "webauthn_credentials", "user_links",
	"user_sessions", "user_auth_events", "user_password_hashes",
}

// SearchAttributes lists the attributes that ListUsers can filter by.
var SearchAttributes = []string{"email", "family_name", "given_name", "name", "phone_number", "preferred_username"}

const userColumns = "u.pool_id, u.sub, u.username, u.username_key, u.status, u.enabled, u.created, u.modified, u.attributes, " +
	"u.salt, u.verifier, u.password_set, u.password_expires, u.signed_out, u.mfa_enabled, u.mfa_preferred"

func scanUser(s scanner) (*User, error) {
	u := &User{}
	var enabled, created, modified, set, expires, out int64
	var attributes, mfa string
	err := s.Scan(&u.PoolID, &u.Sub, &u.Username, &u.UsernameKey, &u.Status, &enabled, &created, &modified, &attributes,
		&u.Salt, &u.verifier, &set, &expires, &out, &mfa, &u.MFAPreferred)
	if err != nil {
		return nil, err
	}
	u.Enabled = enabled != 0
	u.Created, u.Modified = fromMillis(created), fromMillis(modified)
	u.PasswordSet, u.PasswordExpires, u.SignedOut = fromMillis(set), fromMillis(expires), fromMillis(out)
	u.MFAEnabled = strings.Fields(mfa)
	if err := json.Unmarshal([]byte(attributes), &u.Attributes); err != nil {
		return nil, fmt.Errorf("attributes of user %s/%s: %w", u.PoolID, u.Sub, err)
	}
	u.stored = maps.Clone(u.Attributes)
	return u, nil
}

// UserBySub returns the user with the sub, or ErrNotFound.
func (tx *Tx) UserBySub(poolID, sub string) (*User, error) {
	return one(tx, scanUser, "SELECT "+userColumns+" FROM users u WHERE u.pool_id = ? AND u.sub = ?", poolID, sub)
}

// UserByUsername returns the user whose UsernameKey is key, or ErrNotFound.
func (tx *Tx) UserByUsername(poolID, key string) (*User, error) {
	return one(tx, scanUser, "SELECT "+userColumns+" FROM users u WHERE u.pool_id = ? AND u.username_key = ?", poolID, key)
}

// UserByAlias returns the user that holds the alias of the kind (email,
// phone_number, preferred_username), or ErrNotFound.
func (tx *Tx) UserByAlias(poolID, kind, alias string) (*User, error) {
	return one(tx, scanUser, "SELECT "+userColumns+" FROM user_aliases a JOIN users u ON u.pool_id = a.pool_id AND u.sub = a.sub"+
		" WHERE a.pool_id = ? AND a.kind = ? AND a.alias = ?", poolID, kind, indexable(alias))
}

const insertUserHead = "INSERT INTO users (pool_id, sub, username, username_key, status, enabled, created, modified, attributes," +
	" password_set, password_expires, signed_out, mfa_enabled, mfa_preferred)"

// InsertUser adds a user without a password and sets its Created and Modified.
// It returns ErrConflict when the pool has the username or sub already.
func (tx *Tx) InsertUser(u *User) error {
	// A transaction may insert the same record again.
	u.stored, u.verifier, u.Salt = nil, nil, nil
	u.Created, u.Modified = tx.now, tx.now
	attributes, err := attributesJSON(u)
	if err != nil {
		return err
	}
	_, err = tx.exec(insertUserHead+" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		u.PoolID, u.Sub, u.Username, u.UsernameKey, u.Status, bit(u.Enabled), millis(u.Created), millis(u.Modified), attributes,
		millis(u.PasswordSet), millis(u.PasswordExpires), millis(u.SignedOut), strings.Join(u.MFAEnabled, " "), u.MFAPreferred)
	if err != nil {
		return err
	}
	if err := tx.indexAttributes(u); err != nil {
		return err
	}
	return tx.countUsers(u.PoolID, u.Sub, 1)
}

// UpdateUser writes the user's status, attributes, times and MFA preferences,
// and sets its Modified. Passwords are set with SetPassword.
func (tx *Tx) UpdateUser(u *User) error {
	u.Modified = tx.now
	attributes, err := attributesJSON(u)
	if err != nil {
		return err
	}
	err = tx.execOne("UPDATE users SET status = ?, enabled = ?, modified = ?, attributes = ?, password_expires = ?, signed_out = ?,"+
		" mfa_enabled = ?, mfa_preferred = ? WHERE pool_id = ? AND sub = ?",
		u.Status, bit(u.Enabled), millis(u.Modified), attributes, millis(u.PasswordExpires), millis(u.SignedOut),
		strings.Join(u.MFAEnabled, " "), u.MFAPreferred, u.PoolID, u.Sub)
	if err != nil {
		return err
	}
	return tx.indexAttributes(u)
}

func attributesJSON(u *User) (string, error) {
	if u.Attributes == nil {
		u.Attributes = map[string]string{}
	}
	b, err := json.Marshal(u.Attributes)
	return string(b), err
}

// indexAttributes brings user_search in line with the changed attributes.
func (tx *Tx) indexAttributes(u *User) error {
	for _, name := range SearchAttributes {
		was, had := u.stored[name]
		value, has := u.Attributes[name]
		var err error
		switch {
		case had == has && was == value:
			continue
		case !has:
			err = tx.execLater("DELETE FROM user_search WHERE pool_id = ? AND sub = ? AND name = ?", u.PoolID, u.Sub, name)
		default:
			err = tx.execLater("INSERT INTO user_search (pool_id, sub, name, value) VALUES (?, ?, ?, ?)"+
				" ON CONFLICT (pool_id, sub, name) DO UPDATE SET value = excluded.value", u.PoolID, u.Sub, name, searchable(value))
		}
		if err != nil {
			return err
		}
	}
	u.stored = maps.Clone(u.Attributes)
	return nil
}

// DeleteUser deletes the user and everything that belongs to it.
func (tx *Tx) DeleteUser(u *User) error {
	if err := tx.execOne("DELETE FROM users WHERE pool_id = ? AND sub = ?", u.PoolID, u.Sub); err != nil {
		return err
	}
	for _, table := range userTables {
		if err := tx.execLater("DELETE FROM "+table+" WHERE pool_id = ? AND sub = ?", u.PoolID, u.Sub); err != nil {
			return err
		}
	}
	return tx.countUsers(u.PoolID, u.Sub, -1)
}

// DeleteUsersOfPool deletes up to limit users of a pool that is being deleted,
// with everything that belongs to them, and returns how many it deleted; fewer
// than limit means that none are left.
func (tx *Tx) DeleteUsersOfPool(poolID string, limit int) (int, error) {
	subs, err := all(tx, scalar[string], "SELECT sub FROM users WHERE pool_id = ? ORDER BY sub LIMIT ?", poolID, limit)
	if err != nil {
		return 0, err
	}
	for _, sub := range subs {
		if err := tx.DeleteUser(&User{PoolID: poolID, Sub: sub}); err != nil {
			return 0, err
		}
	}
	if len(subs) < limit {
		for _, table := range append([]string{"user_counts"}, userTables...) {
			if _, err := tx.exec("DELETE FROM "+table+" WHERE pool_id = ?", poolID); err != nil {
				return 0, err
			}
		}
	}
	return len(subs), nil
}

// countShards is how many rows a pool's user count is spread over.
const countShards = 64

func (tx *Tx) countUsers(poolID, sub string, by int64) error {
	return tx.addToCount(poolID, countShard(sub), by)
}

// CountUsers returns how many users the pool has.
func (tx *Tx) CountUsers(poolID string) (int64, error) {
	return one(tx, scalar[int64], "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM user_counts WHERE pool_id = ?", poolID)
}

// SetAlias makes alias one of the user's names, taking it from another user
// that holds it.
func (tx *Tx) SetAlias(u *User, kind, alias string) error {
	_, err := tx.exec("INSERT INTO user_aliases (pool_id, kind, alias, sub) VALUES (?, ?, ?, ?)"+
		" ON CONFLICT (pool_id, kind, alias) DO UPDATE SET sub = excluded.sub", u.PoolID, kind, indexable(alias), u.Sub)
	return err
}

// AliasHolder returns the sub of the user that holds the alias, or ErrNotFound.
func (tx *Tx) AliasHolder(poolID, kind, alias string) (string, error) {
	return one(tx, scalar[string], "SELECT sub FROM user_aliases WHERE pool_id = ? AND kind = ? AND alias = ?", poolID, kind, indexable(alias))
}

// DeleteAliases takes the user's names of the kind away.
func (tx *Tx) DeleteAliases(u *User, kind string) error {
	_, err := tx.exec("DELETE FROM user_aliases WHERE pool_id = ? AND sub = ? AND kind = ?", u.PoolID, u.Sub, kind)
	return err
}

func verifierRow(u *User) string { return u.PoolID + "/" + u.Sub }

// Verifier returns the user's SRP verifier (384 bytes, big-endian), or nil for
// a user without a password.
func (tx *Tx) Verifier(u *User) ([]byte, error) {
	if !u.HasPassword() {
		return nil, nil
	}
	return tx.unseal("users", "verifier", verifierRow(u), u.verifier)
}

// SetPassword sets the user's password by its salt and SRP verifier, and keeps
// the former one in the history, of which the newest keep stay (keep counts
// the current password, so that 1 and less keep none). A zero expires is never.
// It sets the user's Modified.
func (tx *Tx) SetPassword(u *User, salt, verifier []byte, expires time.Time, keep int) error {
	if err := tx.remember(u, keep-1); err != nil {
		return err
	}
	if !u.HasPassword() {
		if err := tx.deletePasswordHash(u); err != nil {
			return err
		}
	}
	u.Salt, u.verifier = salt, tx.seal("users", "verifier", verifierRow(u), verifier)
	u.PasswordSet, u.PasswordExpires, u.Modified = tx.now, expires, tx.now
	return tx.execOne("UPDATE users SET salt = ?, verifier = ?, password_set = ?, password_expires = ?, modified = ? WHERE pool_id = ? AND sub = ?",
		u.Salt, u.verifier, millis(u.PasswordSet), millis(u.PasswordExpires), millis(u.Modified), u.PoolID, u.Sub)
}

// FormerPassword is a password of the history.
type FormerPassword struct{ Salt, Verifier []byte }

type formerRow struct {
	seq            int64
	salt, verifier []byte
}

// remember moves the current password to the history and cuts it to keep.
func (tx *Tx) remember(u *User, keep int) error {
	if u.PasswordSet.IsZero() {
		return nil // there never was one
	}
	rows, err := tx.formerRows(u)
	if err != nil {
		return err
	}
	var seq int64
	if len(rows) > 0 {
		seq = rows[0].seq
	}
	if keep > 0 && u.HasPassword() {
		verifier, err := tx.Verifier(u)
		if err != nil {
			return err
		}
		seq++
		_, err = tx.exec("INSERT INTO password_history (pool_id, sub, seq, salt, verifier) VALUES (?, ?, ?, ?, ?)",
			u.PoolID, u.Sub, seq, u.Salt, tx.seal("password_history", "verifier", historyRow(u, seq), verifier))
		if err != nil {
			return err
		}
	}
	_, err = tx.exec("DELETE FROM password_history WHERE pool_id = ? AND sub = ? AND seq <= ?", u.PoolID, u.Sub, seq-int64(max(0, keep)))
	return err
}

func historyRow(u *User, seq int64) string { return fmt.Sprintf("%s/%s/%d", u.PoolID, u.Sub, seq) }

func (tx *Tx) formerRows(u *User) ([]formerRow, error) {
	return all(tx, func(s scanner) (r formerRow, err error) {
		err = s.Scan(&r.seq, &r.salt, &r.verifier)
		return r, err
	}, "SELECT seq, salt, verifier FROM password_history WHERE pool_id = ? AND sub = ? ORDER BY seq DESC LIMIT 100", u.PoolID, u.Sub)
}

// FormerPasswords returns the user's former passwords, the newest first.
func (tx *Tx) FormerPasswords(u *User) ([]FormerPassword, error) {
	rows, err := tx.formerRows(u)
	if err != nil {
		return nil, err
	}
	out := make([]FormerPassword, len(rows))
	for i, r := range rows {
		verifier, err := tx.unseal("password_history", "verifier", historyRow(u, r.seq), r.verifier)
		if err != nil {
			return nil, err
		}
		out[i] = FormerPassword{r.salt, verifier}
	}
	return out, nil
}

// HasMFA tells whether the method is among the user's MFA methods.
func (u *User) HasMFA(method string) bool { return slices.Contains(u.MFAEnabled, method) }

const selectAliases = "SELECT alias FROM user_aliases WHERE pool_id = ? AND sub = ? AND kind = ? ORDER BY alias LIMIT 100"

// Aliases returns the user's names of the kind, in AliasForm.
func (tx *Tx) Aliases(u *User, kind string) ([]string, error) {
	return all(tx, scalar[string], selectAliases, u.PoolID, u.Sub, kind)
}

// AliasForm is the form in which an alias is stored: a long one as its hash.
func AliasForm(alias string) string { return indexable(alias) }

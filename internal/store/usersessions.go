package store

import (
	"errors"
	"time"
)

// UserSession is one sign-in of a user, or a single sign-on that several
// sign-ins come of.
type UserSession struct {
	// ID is unique in the user pool, Type is TOKEN or SSO.
	ID, Type string
	// ClientID is the app client's that the user signed in with.
	ClientID string
	// OriginJTI is that of the tokens; empty for a single sign-on.
	OriginJTI string
	// OriginID is the ID of the single sign-on that a sign-in came of, if any.
	OriginID string
	// Device describes the device and IP is the address of the last activity.
	Device, IP string
	// Created, Active and Expires are when the session began, was last active,
	// and ends by itself.
	Created, Active, Expires time.Time
}

const userSessionColumns = "id, type, client_id, origin_jti, origin_id, device, ip, created, active, expires"

func scanUserSession(s scanner) (*UserSession, error) {
	x := &UserSession{}
	var created, active, expires int64
	err := s.Scan(&x.ID, &x.Type, &x.ClientID, &x.OriginJTI, &x.OriginID, &x.Device, &x.IP, &created, &active, &expires)
	x.Created, x.Active, x.Expires = fromMillis(created), fromMillis(active), fromMillis(expires)
	return x, err
}

// InsertUserSession adds a session. The error is ErrConflict when the pool has
// one with the ID.
func (tx *Tx) InsertUserSession(u *User, x *UserSession) error {
	_, err := tx.exec("INSERT INTO user_sessions (pool_id, sub, "+userSessionColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		u.PoolID, u.Sub, x.ID, x.Type, x.ClientID, x.OriginJTI, x.OriginID, x.Device, x.IP,
		millis(x.Created), millis(x.Active), millis(x.Expires))
	return err
}

// activeSession is the condition on sessions of a user that neither expired nor
// ended with a global sign-out or with their app client.
const activeSession = "pool_id = ? AND sub = ? AND created > ? AND expires > ?" +
	" AND EXISTS (SELECT 1 FROM user_pool_clients c WHERE c.id = user_sessions.client_id)"

func (tx *Tx) activeSession(u *User, more ...any) []any {
	return append([]any{u.PoolID, u.Sub, millis(u.SignedOut), millis(tx.now)}, more...)
}

// UserSession returns the active session of the user with the ID, or
// ErrNotFound.
func (tx *Tx) UserSession(u *User, id string) (*UserSession, error) {
	return one(tx, scanUserSession, "SELECT "+userSessionColumns+" FROM user_sessions WHERE "+activeSession+" AND id = ?", tx.activeSession(u, id)...)
}

// UserSessions returns up to limit active sessions of the user, the newest
// first, beginning after the one that has the ID and began at the time given;
// the zero time is the beginning.
func (tx *Tx) UserSessions(u *User, created time.Time, id string, limit int) ([]*UserSession, error) {
	query := "SELECT " + userSessionColumns + " FROM user_sessions WHERE " + activeSession
	if created.IsZero() {
		return all(tx, scanUserSession, query+" ORDER BY created DESC, id DESC LIMIT ?", tx.activeSession(u, limit)...)
	}
	return all(tx, scanUserSession, query+" AND (created, id) < (?, ?) ORDER BY created DESC, id DESC LIMIT ?",
		tx.activeSession(u, millis(created), id, limit)...)
}

// LinkedUserSessions returns up to limit active sessions that came of the single
// sign-on with the ID.
func (tx *Tx) LinkedUserSessions(u *User, originID string, limit int) ([]*UserSession, error) {
	return all(tx, scanUserSession, "SELECT "+userSessionColumns+" FROM user_sessions WHERE "+activeSession+
		" AND origin_id = ? ORDER BY created DESC, id DESC LIMIT ?", tx.activeSession(u, originID, limit)...)
}

// LeastActiveUserSessions returns up to limit sessions of the type beyond the
// keep that were active last.
func (tx *Tx) LeastActiveUserSessions(u *User, kind string, keep, limit int) ([]*UserSession, error) {
	return all(tx, scanUserSession, "SELECT "+userSessionColumns+" FROM user_sessions WHERE pool_id = ? AND sub = ? AND type = ? AND expires > ?"+
		" ORDER BY active DESC, created DESC, id DESC LIMIT ? OFFSET ?", u.PoolID, u.Sub, kind, millis(tx.now), limit, keep)
}

// TouchUserSession records activity of the session with the ID, if there is
// one, from a device and an address.
func (tx *Tx) TouchUserSession(poolID, id, device, ip string) error {
	_, err := tx.exec("UPDATE user_sessions SET active = ?, device = ?, ip = ? WHERE pool_id = ? AND id = ?", millis(tx.now), device, ip, poolID, id)
	return err
}

// DeleteUserSession deletes the session with the ID, if there is one.
func (tx *Tx) DeleteUserSession(poolID, id string) error {
	_, err := tx.exec("DELETE FROM user_sessions WHERE pool_id = ? AND id = ?", poolID, id)
	return err
}

// DeleteSignedOutSessions deletes the sessions that the user's last global
// sign-out ended.
func (tx *Tx) DeleteSignedOutSessions(u *User) error {
	_, err := tx.exec("DELETE FROM user_sessions WHERE pool_id = ? AND sub = ? AND created <= ?", u.PoolID, u.Sub, millis(u.SignedOut))
	return err
}

// PruneUserSessions deletes up to limit sessions that expired before a time, and
// tells whether more may be left.
func (tx *Tx) PruneUserSessions(before time.Time, limit int) (more bool, err error) {
	n, err := tx.exec("DELETE FROM user_sessions WHERE (pool_id, id) IN"+
		" (SELECT pool_id, id FROM user_sessions WHERE expires < ? ORDER BY expires LIMIT ?)", millis(before), limit)
	return n == int64(limit), err
}

// SetClientSSOMinutes sets for how many minutes the client reuses a single
// sign-on.
func (tx *Tx) SetClientSSOMinutes(clientID string, minutes int64) error {
	_, err := tx.exec("INSERT INTO client_session_settings (client_id, sso_minutes) VALUES (?, ?)"+
		" ON CONFLICT (client_id) DO UPDATE SET sso_minutes = excluded.sso_minutes", clientID, minutes)
	return err
}

// ClientSSOMinutes returns what SetClientSSOMinutes set, or absent.
func (tx *Tx) ClientSSOMinutes(clientID string, absent int64) (int64, error) {
	n, err := one(tx, scalar[int64], "SELECT sso_minutes FROM client_session_settings WHERE client_id = ?", clientID)
	if errors.Is(err, ErrNotFound) {
		return absent, nil
	}
	return n, err
}

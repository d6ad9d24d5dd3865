package store

import (
	"errors"
	"time"
)

// Lockout counts a user's failed attempts of one kind since the last success.
type Lockout struct {
	// Failures is how many there were in a row, Last when the last one was.
	Failures int64
	Last     time.Time
}

func scanLockout(s scanner) (l Lockout, err error) {
	var last int64
	err = s.Scan(&l.Failures, &last)
	l.Last = fromMillis(last)
	return l, err
}

// Lockout returns the failed attempts of a user; none are the zero Lockout.
// Subject is the user's sub, or stands for an unknown one.
func (tx *Tx) Lockout(poolID, subject, kind string) (Lockout, error) {
	l, err := one(tx, scanLockout, "SELECT failures, last FROM user_lockouts WHERE pool_id = ? AND sub = ? AND kind = ?", poolID, subject, kind)
	if errors.Is(err, ErrNotFound) {
		return Lockout{}, nil
	}
	return l, err
}

// SetLockout records failed attempts; the zero Lockout forgets them.
func (tx *Tx) SetLockout(poolID, subject, kind string, l Lockout) error {
	if l.Failures == 0 {
		_, err := tx.exec("DELETE FROM user_lockouts WHERE pool_id = ? AND sub = ? AND kind = ?", poolID, subject, kind)
		return err
	}
	_, err := tx.exec("INSERT INTO user_lockouts (pool_id, sub, kind, failures, last) VALUES (?, ?, ?, ?, ?)"+
		" ON CONFLICT (pool_id, sub, kind) DO UPDATE SET failures = excluded.failures, last = excluded.last",
		poolID, subject, kind, l.Failures, millis(l.Last))
	return err
}

// SessionState is what is recorded of a challenge session.
type SessionState struct {
	// Used tells that the session was answered and cannot be again.
	Used bool
	// Failures counts its wrong answers.
	Failures int64
}

func scanSessionState(s scanner) (st SessionState, err error) {
	var used int64
	err = s.Scan(&used, &st.Failures)
	st.Used = used != 0
	return st, err
}

// SessionState returns what is recorded of the session, or the zero state.
func (tx *Tx) SessionState(id string) (SessionState, error) {
	s, err := one(tx, scanSessionState, "SELECT used, failures FROM signin_sessions WHERE id = ?", id)
	if errors.Is(err, ErrNotFound) {
		return SessionState{}, nil
	}
	return s, err
}

// SetSessionState records the state of a session that expires at the time
// given.
func (tx *Tx) SetSessionState(id string, s SessionState, expires time.Time) error {
	_, err := tx.exec("INSERT INTO signin_sessions (id, used, failures, expires) VALUES (?, ?, ?, ?)"+
		" ON CONFLICT (id) DO UPDATE SET used = excluded.used, failures = excluded.failures",
		id, bit(s.Used), s.Failures, millis(expires))
	return err
}

// RevokeSignIn revokes the tokens of the sign-in with the origin_jti, the last
// of which expires at the time given.
func (tx *Tx) RevokeSignIn(poolID, originJTI string, expires time.Time) error {
	_, err := tx.exec("INSERT INTO revoked_signins (pool_id, origin_jti, expires) VALUES (?, ?, ?)"+
		" ON CONFLICT (pool_id, origin_jti) DO UPDATE SET expires = excluded.expires", poolID, originJTI, millis(expires))
	return err
}

// SignInRevoked tells whether the tokens of a sign-in are revoked.
func (tx *Tx) SignInRevoked(poolID, originJTI string) (bool, error) {
	_, err := one(tx, scalar[int64], "SELECT expires FROM revoked_signins WHERE pool_id = ? AND origin_jti = ?", poolID, originJTI)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// RotateRefreshToken records that the refresh token with the jti, which expires
// at the time given, is exchanged for a new one. When it was before, it reports
// when.
func (tx *Tx) RotateRefreshToken(poolID, jti string, expires time.Time) (before time.Time, err error) {
	n, err := tx.exec("INSERT INTO rotated_refresh_tokens (pool_id, jti, rotated, expires) VALUES (?, ?, ?, ?)"+
		" ON CONFLICT (pool_id, jti) DO NOTHING", poolID, jti, millis(tx.now), millis(expires))
	if err != nil || n == 1 {
		return time.Time{}, err
	}
	ms, err := one(tx, scalar[int64], "SELECT rotated FROM rotated_refresh_tokens WHERE pool_id = ? AND jti = ?", poolID, jti)
	return fromMillis(ms), err
}

// SignOutUser revokes what was issued to the user up to now: it sets SignedOut.
func (tx *Tx) SignOutUser(u *User) error {
	u.SignedOut = tx.now
	return tx.execOne("UPDATE users SET signed_out = ? WHERE pool_id = ? AND sub = ?", millis(u.SignedOut), u.PoolID, u.Sub)
}

// SoftwareToken is a user's authenticator application.
type SoftwareToken struct {
	// Secret is the shared secret of a verified application, Pending that of one
	// that has not yet shown a code; nil when there is none.
	Secret, Pending []byte
	// Name is the device's friendly name.
	Name string
	// Step is the last time step whose code was used.
	Step int64
}

// SoftwareToken returns the user's authenticator application, or an empty one.
func (tx *Tx) SoftwareToken(u *User) (*SoftwareToken, error) {
	t, err := one(tx, func(s scanner) (*SoftwareToken, error) {
		t := &SoftwareToken{}
		return t, s.Scan(&t.Secret, &t.Pending, &t.Name, &t.Step)
	}, "SELECT secret, pending, name, step FROM user_totp WHERE pool_id = ? AND sub = ?", u.PoolID, u.Sub)
	if errors.Is(err, ErrNotFound) {
		return &SoftwareToken{}, nil
	}
	if err != nil {
		return nil, err
	}
	for column, value := range map[string]*[]byte{"secret": &t.Secret, "pending": &t.Pending} {
		if len(*value) == 0 {
			*value = nil
			continue
		}
		if *value, err = tx.unseal("user_totp", column, verifierRow(u), *value); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// SetSoftwareToken stores the user's authenticator application.
func (tx *Tx) SetSoftwareToken(u *User, t *SoftwareToken) error {
	sealed := func(column string, value []byte) any {
		if value == nil {
			return nil
		}
		return tx.seal("user_totp", column, verifierRow(u), value)
	}
	_, err := tx.exec("INSERT INTO user_totp (pool_id, sub, secret, pending, name, step) VALUES (?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (pool_id, sub) DO UPDATE SET secret = excluded.secret, pending = excluded.pending, name = excluded.name, step = excluded.step",
		u.PoolID, u.Sub, sealed("secret", t.Secret), sealed("pending", t.Pending), t.Name, t.Step)
	return err
}

// DeleteSoftwareToken forgets the user's authenticator application.
func (tx *Tx) DeleteSoftwareToken(u *User) error {
	_, err := tx.exec("DELETE FROM user_totp WHERE pool_id = ? AND sub = ?", u.PoolID, u.Sub)
	return err
}

// PruneSignIns deletes up to limit each of the sessions, revocations and
// rotated tokens that expired before a time, and of the lock-outs whose last
// attempt was before it, and tells whether more may be left.
func (tx *Tx) PruneSignIns(before time.Time, limit int) (more bool, err error) {
	for _, query := range []string{
		"DELETE FROM user_lockouts WHERE (pool_id, sub, kind) IN (SELECT pool_id, sub, kind FROM user_lockouts WHERE last < ? ORDER BY last LIMIT ?)",
		"DELETE FROM signin_sessions WHERE id IN (SELECT id FROM signin_sessions WHERE expires < ? ORDER BY expires LIMIT ?)",
		"DELETE FROM revoked_signins WHERE (pool_id, origin_jti) IN (SELECT pool_id, origin_jti FROM revoked_signins WHERE expires < ? ORDER BY expires LIMIT ?)",
		"DELETE FROM rotated_refresh_tokens WHERE (pool_id, jti) IN (SELECT pool_id, jti FROM rotated_refresh_tokens WHERE expires < ? ORDER BY expires LIMIT ?)",
	} {
		n, err := tx.exec(query, millis(before), limit)
		if err != nil {
			return false, err
		}
		more = more || n == int64(limit)
	}
	return more, nil
}

package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"
)

// Code is a one-time code that was sent to a user.
type Code struct {
	// PoolID, Sub and Purpose are the record's key: a user has at most one code
	// for a purpose.
	PoolID, Sub, Purpose string
	// Attribute and Value are where the code was sent: email or phone_number,
	// and its value then.
	Attribute, Value string
	Created, Expires time.Time
	// Attempts counts the wrong answers.
	Attempts int64

	mac []byte
}

// codeMAC authenticates a code for its user and purpose. The key is derived
// from the database's secret, so that the few digits cannot be guessed from a
// copy of the database.
func (tx *Tx) codeMAC(c *Code, code string) []byte {
	mac := hmac.New(sha256.New, tx.db.Derive("user codes", 32))
	for _, part := range []string{c.PoolID, c.Sub, c.Purpose, code} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return mac.Sum(nil)
}

// SetCode makes code the user's code for the purpose, in place of a former one.
// It sets Created.
func (tx *Tx) SetCode(c *Code, code string) error {
	c.Created, c.mac = tx.now, tx.codeMAC(c, code)
	return tx.execLater("INSERT INTO user_codes (pool_id, sub, purpose, mac, attribute, value, created, expires, attempts)"+
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (pool_id, sub, purpose) DO UPDATE SET mac = excluded.mac,"+
		" attribute = excluded.attribute, value = excluded.value, created = excluded.created, expires = excluded.expires, attempts = 0",
		c.PoolID, c.Sub, c.Purpose, c.mac, c.Attribute, c.Value, millis(c.Created), millis(c.Expires))
}

func scanCode(s scanner) (*Code, error) {
	c := &Code{}
	var created, expires int64
	err := s.Scan(&c.PoolID, &c.Sub, &c.Purpose, &c.mac, &c.Attribute, &c.Value, &created, &expires, &c.Attempts)
	c.Created, c.Expires = fromMillis(created), fromMillis(expires)
	return c, err
}

// Code returns the user's code for the purpose, or ErrNotFound. It may have
// expired.
func (tx *Tx) Code(poolID, sub, purpose string) (*Code, error) {
	return one(tx, scanCode, "SELECT pool_id, sub, purpose, mac, attribute, value, created, expires, attempts FROM user_codes"+
		" WHERE pool_id = ? AND sub = ? AND purpose = ?", poolID, sub, purpose)
}

// CodeMatches compares code with the stored one in constant time.
func (tx *Tx) CodeMatches(c *Code, code string) bool {
	return subtle.ConstantTimeCompare(c.mac, tx.codeMAC(c, code)) == 1
}

// CountWrongCode adds to the code's attempts.
func (tx *Tx) CountWrongCode(c *Code) error {
	c.Attempts++
	_, err := tx.exec("UPDATE user_codes SET attempts = attempts + 1 WHERE pool_id = ? AND sub = ? AND purpose = ?", c.PoolID, c.Sub, c.Purpose)
	return err
}

// DeleteCode deletes the user's code for the purpose, if there is one.
func (tx *Tx) DeleteCode(poolID, sub, purpose string) error {
	_, err := tx.exec("DELETE FROM user_codes WHERE pool_id = ? AND sub = ? AND purpose = ?", poolID, sub, purpose)
	return err
}

// CountAttempt counts one more attempt of the kind and returns how many there
// were in the running window, this one included. A window begins with its first
// attempt and lasts as long as given. Subject is a user's sub, or stands for an
// unknown one.
func (tx *Tx) CountAttempt(poolID, subject, kind string, window time.Duration) (int64, error) {
	now, ends := millis(tx.now), millis(tx.now.Add(window))
	return one(tx, scalar[int64], "INSERT INTO user_attempts (pool_id, sub, kind, n, ends) VALUES (?, ?, ?, 1, ?)"+
		" ON CONFLICT (pool_id, sub, kind) DO UPDATE SET"+
		" n = CASE WHEN user_attempts.ends <= ? THEN 1 ELSE user_attempts.n + 1 END,"+
		" ends = CASE WHEN user_attempts.ends <= ? THEN excluded.ends ELSE user_attempts.ends END RETURNING n",
		poolID, subject, kind, ends, now, now)
}

// ResetAttempts forgets the attempts of the kind.
func (tx *Tx) ResetAttempts(poolID, subject, kind string) error {
	_, err := tx.exec("DELETE FROM user_attempts WHERE pool_id = ? AND sub = ? AND kind = ?", poolID, subject, kind)
	return err
}

// PruneCodes deletes up to limit each of codes that expired before and of
// attempts whose window ended before, and tells whether more may be left.
func (tx *Tx) PruneCodes(before time.Time, limit int) (more bool, err error) {
	codes, err := tx.exec("DELETE FROM user_codes WHERE (pool_id, sub, purpose) IN"+
		" (SELECT pool_id, sub, purpose FROM user_codes WHERE expires < ? ORDER BY expires LIMIT ?)", millis(before), limit)
	if err != nil {
		return false, err
	}
	attempts, err := tx.exec("DELETE FROM user_attempts WHERE (pool_id, sub, kind) IN"+
		" (SELECT pool_id, sub, kind FROM user_attempts WHERE ends < ? ORDER BY ends LIMIT ?)", millis(before), limit)
	return codes == int64(limit) || attempts == int64(limit), err
}

// Attempts returns how many attempts of the kind there were in the running
// window.
func (tx *Tx) Attempts(poolID, subject, kind string) (int64, error) {
	n, err := one(tx, scalar[int64], "SELECT n FROM user_attempts WHERE pool_id = ? AND sub = ? AND kind = ? AND ends > ?",
		poolID, subject, kind, millis(tx.now))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return n, err
}

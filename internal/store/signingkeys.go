package store

import (
	"context"
	"errors"
	"strings"
	"time"
)

// signingKey is a row of signing_keys.
type signingKey struct {
	kid, purpose string
	private      []byte
	retires      time.Time
}

func scanSigningKey(s scanner) (k signingKey, err error) {
	var retires int64
	err = s.Scan(&k.kid, &k.purpose, &k.private, &retires)
	k.retires = fromMillis(retires)
	return k, err
}

// SigningKeys calls each with every key of the owner, the newest of a use
// first. private opens the key's PKCS #8 form and may be called during the call
// only; retires is zero for the key that signs for its use.
func (db *DB) SigningKeys(ctx context.Context, owner string, each func(use, kid string, private func() ([]byte, error), retires time.Time)) error {
	return db.View(ctx, func(tx *Tx) error {
		keys, err := all(tx, scanSigningKey,
			"SELECT kid, purpose, private, retires FROM signing_keys WHERE owner = ?"+
				" ORDER BY purpose, CASE WHEN retires = 0 THEN 0 ELSE 1 END, created DESC, kid", owner)
		if err != nil {
			return err
		}
		for _, k := range keys {
			private := func() ([]byte, error) {
				return tx.unseal("signing_keys", "private", owner+"/"+k.kid, k.private)
			}
			each(k.purpose, k.kid, private, k.retires)
		}
		return nil
	})
}

// errOtherSigner ends ReplaceSigningKey when another key signs than expected.
var errOtherSigner = errors.New("another key signs")

// ReplaceSigningKey makes a key the one that signs for a use of the owner and
// lets the one before, replaces, retire at the time given; replaces is empty
// when there is none. It deletes the owner's retired keys whose time has come.
// It changes nothing and reports false when another key than replaces signs.
func (db *DB) ReplaceSigningKey(ctx context.Context, owner, use, kid string, private []byte, replaces string, retires time.Time) (bool, error) {
	err := db.Update(ctx, func(tx *Tx) error {
		if _, err := tx.exec("DELETE FROM signing_keys WHERE owner = ? AND retires > 0 AND retires <= ?", owner, millis(tx.Now())); err != nil {
			return err
		}
		if replaces != "" {
			n, err := tx.exec("UPDATE signing_keys SET retires = ? WHERE owner = ? AND kid = ? AND purpose = ? AND retires = 0",
				millis(retires), owner, replaces, use)
			if err != nil {
				return err
			}
			if n == 0 {
				return errOtherSigner
			}
		}
		if pool, ok := strings.CutPrefix(owner, poolOwner); ok {
			if err := tx.sealForPool(pool); err != nil {
				return err
			}
		}
		_, err := tx.exec("INSERT INTO signing_keys (owner, kid, purpose, private, retires, created) VALUES (?, ?, ?, ?, 0, ?)",
			owner, kid, use, tx.seal("signing_keys", "private", owner+"/"+kid, private), millis(tx.Now()))
		return err
	})
	if errors.Is(err, errOtherSigner) || errors.Is(err, ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// DeleteSigningKeys deletes every key of an owner.
func (tx *Tx) DeleteSigningKeys(owner string) error {
	_, err := tx.exec("DELETE FROM signing_keys WHERE owner = ?", owner)
	return err
}

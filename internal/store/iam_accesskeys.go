package store

import "time"

// IAMAccessKey is a long-term access key.
type IAMAccessKey struct {
	// ID is the access key id (AKIA and 16 characters, for keys of IAM's making).
	ID      string
	Account string
	// UserID is the owning user's unique id, empty for the account's root.
	UserID string
	Active bool
	// Secret is the secret access key. It is sealed at rest.
	Secret  string
	Created time.Time
	// LastUsed is zero for a key that was never used.
	LastUsed                        time.Time
	LastUsedService, LastUsedRegion string
}

const iamAccessKeyColumns = "id, account, user_id, active, secret, created, last_used, last_used_service, last_used_region"

type iamAccessKeyRow struct {
	key    IAMAccessKey
	sealed []byte
}

func scanIAMAccessKey(s scanner) (r iamAccessKeyRow, err error) {
	var active, created, used int64
	k := &r.key
	err = s.Scan(&k.ID, &k.Account, &k.UserID, &active, &r.sealed, &created, &used, &k.LastUsedService, &k.LastUsedRegion)
	k.Active, k.Created, k.LastUsed = active != 0, fromMillis(created), fromMillis(used)
	return r, err
}

// InsertIAMAccessKey writes a new key. ErrConflict means that the id is taken.
func (tx *Tx) InsertIAMAccessKey(k IAMAccessKey) error {
	_, err := tx.exec("INSERT INTO iam_access_keys ("+iamAccessKeyColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		k.ID, k.Account, k.UserID, iamFlag(k.Active), tx.seal("iam_access_keys", "secret", k.ID, []byte(k.Secret)), millis(k.Created),
		millis(k.LastUsed), k.LastUsedService, k.LastUsedRegion)
	return err
}

// IAMAccessKey returns the key with its secret.
func (tx *Tx) IAMAccessKey(id string) (IAMAccessKey, error) {
	r, err := one(tx, scanIAMAccessKey, "SELECT "+iamAccessKeyColumns+" FROM iam_access_keys WHERE id = ?", id)
	if err != nil {
		return IAMAccessKey{}, err
	}
	secret, err := tx.unseal("iam_access_keys", "secret", id, r.sealed)
	r.key.Secret = string(secret)
	return r.key, err
}

// IAMAccessKeys returns the keys of a user (of the account's root when userID
// is empty), without their secrets. A quota keeps them few.
func (tx *Tx) IAMAccessKeys(account, userID string) ([]IAMAccessKey, error) {
	rows, err := all(tx, scanIAMAccessKey, "SELECT "+iamAccessKeyColumns+" FROM iam_access_keys WHERE account = ? AND user_id = ? ORDER BY id", account, userID)
	keys := make([]IAMAccessKey, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}
	return keys, err
}

// SetIAMAccessKey replaces the secret of a key and makes it active.
func (tx *Tx) SetIAMAccessKey(id, secret string) error {
	return tx.execOne("UPDATE iam_access_keys SET secret = ?, active = 1 WHERE id = ?",
		tx.seal("iam_access_keys", "secret", id, []byte(secret)), id)
}

// SetIAMAccessKeyActive switches a key on or off.
func (tx *Tx) SetIAMAccessKeyActive(id string, active bool) error {
	return tx.execOne("UPDATE iam_access_keys SET active = ? WHERE id = ?", iamFlag(active), id)
}

// TouchIAMAccessKey records that the key was used, unless a later use is
// recorded already.
func (tx *Tx) TouchIAMAccessKey(id, service, region string, at time.Time) error {
	_, err := tx.exec("UPDATE iam_access_keys SET last_used = ?, last_used_service = ?, last_used_region = ? WHERE id = ? AND last_used < ?",
		millis(at), service, region, id, millis(at))
	return err
}

// DeleteIAMAccessKey deletes a key, or returns ErrNotFound.
func (tx *Tx) DeleteIAMAccessKey(id string) error {
	return tx.execOne("DELETE FROM iam_access_keys WHERE id = ?", id)
}

func iamFlag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

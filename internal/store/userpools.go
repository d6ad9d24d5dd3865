package store

import "time"

// UserPool is a user pool of an account in a region.
type UserPool struct {
	ID, Account, Region string
	// Name is the pool's name, which need not be unique.
	Name string
	// Body is the pool as wire JSON, in the form that package userpool gives it.
	Body string
	// Version is 1 at first and one more after every update.
	Version           int64
	Created, Modified time.Time
}

const userPoolColumns = "id, account, region, name, body, version, created, modified"

func scanUserPool(s scanner) (*UserPool, error) {
	var (
		p                 UserPool
		created, modified int64
	)
	err := s.Scan(&p.ID, &p.Account, &p.Region, &p.Name, &p.Body, &p.Version, &created, &modified)
	p.Created, p.Modified = fromMillis(created), fromMillis(modified)
	return &p, err
}

// InsertUserPool adds a pool, of which it sets Version, Created and Modified.
// The error is ErrConflict when the ID is taken.
func (tx *Tx) InsertUserPool(p *UserPool) error {
	p.Version, p.Created, p.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO user_pools ("+userPoolColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		p.ID, p.Account, p.Region, p.Name, p.Body, p.Version, millis(p.Created), millis(p.Modified))
	return err
}

// UserPool returns the pool with the ID, or ErrNotFound.
func (tx *Tx) UserPool(id string) (*UserPool, error) {
	return one(tx, scanUserPool, "SELECT "+userPoolColumns+" FROM user_pools WHERE id = ?", id)
}

// UserPoolVersion returns the Version of the pool with the ID, or ErrNotFound.
func (tx *Tx) UserPoolVersion(id string) (int64, error) {
	return one(tx, scalar[int64], "SELECT version FROM user_pools WHERE id = ?", id)
}

// UpdateUserPool writes the pool's Name and Body, and sets its Version and
// Modified. The error is ErrNotFound when the pool is not there at the version
// that was read.
func (tx *Tx) UpdateUserPool(p *UserPool) error {
	err := tx.execOne("UPDATE user_pools SET name = ?, body = ?, version = version + 1, modified = ? WHERE id = ? AND version = ?",
		p.Name, p.Body, millis(tx.now), p.ID, p.Version)
	if err == nil {
		p.Version++
		p.Modified = tx.now
	}
	return err
}

// UserPools returns up to limit pools of the account in the region in the order
// of their IDs, beginning after the ID given.
func (tx *Tx) UserPools(account, region, after string, limit int) ([]*UserPool, error) {
	return all(tx, scanUserPool, "SELECT "+userPoolColumns+
		" FROM user_pools WHERE account = ? AND region = ? AND id > ? ORDER BY id LIMIT ?", account, region, after, limit)
}

// CountUserPools returns how many pools the account has in the region.
func (tx *Tx) CountUserPools(account, region string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM user_pools WHERE account = ? AND region = ?", account, region)
}

// DeleteUserPool deletes a pool with its app clients and signing keys, and
// remembers that its users are to be purged. The error is ErrNotFound when
// there is no such pool.
func (tx *Tx) DeleteUserPool(id string) error {
	if err := tx.execOne("DELETE FROM user_pools WHERE id = ?", id); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO user_pool_purges (pool_id) VALUES (?) ON CONFLICT DO NOTHING", id)
	return err
}

// PurgedUserPool returns the ID of a deleted pool whose users are not all
// purged yet, or ErrNotFound when there is none.
func (tx *Tx) PurgedUserPool() (string, error) {
	return one(tx, scalar[string], "SELECT pool_id FROM user_pool_purges ORDER BY pool_id LIMIT 1")
}

// ForgetPurgedUserPool marks a deleted pool as purged.
func (tx *Tx) ForgetPurgedUserPool(id string) error {
	_, err := tx.exec("DELETE FROM user_pool_purges WHERE pool_id = ?", id)
	return err
}

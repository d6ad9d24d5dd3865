package store

import (
	"errors"
	"time"
)

// IdentityPool is an identity pool of an account in a region.
type IdentityPool struct {
	ID, Account, Region string
	// Name is the pool's name, which need not be unique.
	Name string
	// Settings is everything else about the pool as JSON, in the form that
	// package identitypool gives it.
	Settings string
	// Secrets is what is secret of the settings, in the form that package
	// identitypool gives it, in clear; the database has it sealed. Empty means
	// none. Lists of pools come without it.
	Secrets string
	// Version is 1 at first and one more after every update.
	Version           int64
	Created, Modified time.Time
}

const identityPoolColumns = "id, account, region, name, settings, version, created, modified"

func scanIdentityPool(s scanner) (p IdentityPool, err error) {
	var created, modified int64
	err = s.Scan(&p.ID, &p.Account, &p.Region, &p.Name, &p.Settings, &p.Version, &created, &modified)
	p.Created, p.Modified = fromMillis(created), fromMillis(modified)
	return p, err
}

// InsertIdentityPool adds a pool, of which it sets Version, Created and
// Modified. The error is ErrConflict when the ID is taken.
func (tx *Tx) InsertIdentityPool(p *IdentityPool) error {
	p.Version, p.Created, p.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO identity_pools ("+identityPoolColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		p.ID, p.Account, p.Region, p.Name, p.Settings, p.Version, millis(p.Created), millis(p.Modified))
	if err != nil || p.Secrets == "" {
		return err
	}
	return tx.putIdentityPoolSecrets(p)
}

func (tx *Tx) putIdentityPoolSecrets(p *IdentityPool) error {
	if p.Secrets == "" {
		_, err := tx.exec("DELETE FROM identity_pool_secrets WHERE pool_id = ?", p.ID)
		return err
	}
	_, err := tx.exec("INSERT INTO identity_pool_secrets (pool_id, secrets) VALUES (?, ?)"+
		" ON CONFLICT (pool_id) DO UPDATE SET secrets = excluded.secrets",
		p.ID, tx.seal("identity_pool_secrets", "secrets", p.ID, []byte(p.Secrets)))
	return err
}

// IdentityPool returns the pool with the ID, or ErrNotFound.
func (tx *Tx) IdentityPool(id string) (IdentityPool, error) {
	p, err := one(tx, scanIdentityPool, "SELECT "+identityPoolColumns+" FROM identity_pools WHERE id = ?", id)
	if err != nil {
		return p, err
	}
	sealed, err := one(tx, scalar[[]byte], "SELECT secrets FROM identity_pool_secrets WHERE pool_id = ?", id)
	if errors.Is(err, ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	secrets, err := tx.unseal("identity_pool_secrets", "secrets", id, sealed)
	p.Secrets = string(secrets)
	return p, err
}

// IdentityPoolVersion returns the Version of the pool with the ID, or
// ErrNotFound.
func (tx *Tx) IdentityPoolVersion(id string) (int64, error) {
	return one(tx, scalar[int64], "SELECT version FROM identity_pools WHERE id = ?", id)
}

// UpdateIdentityPool writes the pool's Name, Settings and Secrets, and sets its
// Version and Modified. The error is ErrNotFound when the pool is not there at the
// version that was read.
func (tx *Tx) UpdateIdentityPool(p *IdentityPool) error {
	err := tx.execOne("UPDATE identity_pools SET name = ?, settings = ?, version = version + 1, modified = ? WHERE id = ? AND version = ?",
		p.Name, p.Settings, millis(tx.now), p.ID, p.Version)
	if err != nil {
		return err
	}
	p.Version++
	p.Modified = tx.now
	return tx.putIdentityPoolSecrets(p)
}

// DeleteIdentityPool deletes a pool and remembers that its identities are to
// be purged. The error is ErrNotFound when there is no such pool.
func (tx *Tx) DeleteIdentityPool(id string) error {
	if err := tx.execOne("DELETE FROM identity_pools WHERE id = ?", id); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO identity_pool_purges (pool_id) VALUES (?) ON CONFLICT DO NOTHING", id)
	return err
}

// IdentityPools returns up to limit pools of the account in the region in the
// order of their IDs, beginning after the ID given.
func (tx *Tx) IdentityPools(account, region, after string, limit int) ([]IdentityPool, error) {
	return all(tx, scanIdentityPool, "SELECT "+identityPoolColumns+
		" FROM identity_pools WHERE account = ? AND region = ? AND id > ? ORDER BY id LIMIT ?", account, region, after, limit)
}

// CountIdentityPools returns how many pools the account has in the region.
func (tx *Tx) CountIdentityPools(account, region string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM identity_pools WHERE account = ? AND region = ?", account, region)
}

// PurgedIdentityPool returns the ID of a deleted pool whose identities are not
// all purged yet, or ErrNotFound when there is none.
func (tx *Tx) PurgedIdentityPool() (string, error) {
	return one(tx, scalar[string], "SELECT pool_id FROM identity_pool_purges ORDER BY pool_id LIMIT 1")
}

// PurgeIdentities deletes up to limit identities of a deleted pool with their
// logins, and reports whether that was the last of them.
func (tx *Tx) PurgeIdentities(poolID string, limit int) (done bool, err error) {
	ids, err := all(tx, scalar[string], "SELECT id FROM identities WHERE pool_id = ? ORDER BY id LIMIT ?", poolID, limit)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if err := tx.DeleteIdentity(id); err != nil {
			return false, err
		}
	}
	if len(ids) == limit {
		return false, nil
	}
	_, err = tx.exec("DELETE FROM identity_pool_purges WHERE pool_id = ?", poolID)
	return true, err
}

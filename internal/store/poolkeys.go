package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/poolhouse-id/poolhouse/internal/seal"
)

// poolOwner begins the owners of user pools' signing keys.
const poolOwner = "userpool/"

// SealWith has the rest of the transaction seal with a data key that
// [Tx.NamedKey] returned, 0 meaning the server's current one. It is for the
// secrets of a user pool that names a key of its own.
func (tx *Tx) SealWith(key uint32) error {
	if key != 0 && !tx.db.keys.Holds(key) {
		rows, err := all(tx, scanDataKey, "SELECT id, wrapped FROM data_keys WHERE id = ?", key)
		if err != nil {
			return err
		}
		keys, err := unwrap(tx.db.keys.master, rows)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fmt.Errorf("the data key %d is missing", key)
		}
		if err := tx.db.keys.Add(keys...); err != nil {
			return err
		}
	}
	tx.sealKey = key
	return nil
}

// NamedKey returns the data key of the name, an ARN. It makes one the first
// time. It is wrapped with the master key as the others are, and no rotation of
// those takes its place.
func (tx *Tx) NamedKey(arn string) (uint32, error) {
	id, err := one(tx, scalar[uint32], "SELECT id FROM named_keys WHERE arn = ?", arn)
	if !errors.Is(err, ErrNotFound) {
		return id, err
	}
	// An id is drawn, not counted: keyrings may hold the key of a transaction that
	// was undone, under an id that must not be another key's.
	id = seal.FirstNamedKey | binary.BigEndian.Uint32(tx.db.ids.Bytes(4))
	wrapped := tx.db.keys.master.Wrap(seal.NewDataKey(id, tx.db.ids), tx.db.ids)
	if _, err := tx.exec("INSERT INTO data_keys (id, wrapped, created) VALUES (?, ?, ?)", id, wrapped, millis(tx.now)); err != nil {
		return 0, err
	}
	_, err = tx.exec("INSERT INTO named_keys (arn, id) VALUES (?, ?)", arn, id)
	return id, err
}

// SetPoolKey says which data key seals the secrets of a user pool from now on.
// Those that it has are sealed anew by [DB.ResealPools].
func (tx *Tx) SetPoolKey(poolID string, key uint32) error {
	_, err := tx.exec("INSERT INTO user_pool_keys (pool_id, key_id, pending) VALUES (?, ?, 1)"+
		" ON CONFLICT (pool_id) DO UPDATE SET key_id = excluded.key_id, pending = 1", poolID, key)
	return err
}

// sealForPool is SealWith with the pool's key, where it has one.
func (tx *Tx) sealForPool(poolID string) error {
	key, err := one(tx, scalar[uint32], "SELECT key_id FROM user_pool_keys WHERE pool_id = ?", poolID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.SealWith(key)
}

// ResealPools seals the secrets of the pools anew whose key has changed. What
// was begun and not ended begins again.
func (db *DB) ResealPools(ctx context.Context) error {
	for {
		var pool string
		var key uint32
		err := db.View(ctx, func(tx *Tx) (err error) {
			if pool, err = one(tx, scalar[string], "SELECT pool_id FROM user_pool_keys WHERE pending = 1 ORDER BY pool_id LIMIT 1"); err != nil {
				return err
			}
			key, err = one(tx, scalar[uint32], "SELECT key_id FROM user_pool_keys WHERE pool_id = ?", pool)
			return err
		})
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := db.resealPool(ctx, pool, key); err != nil {
			return fmt.Errorf("seal user pool %s anew: %w", pool, err)
		}
	}
}

func (db *DB) resealPool(ctx context.Context, pool string, key uint32) error {
	for _, c := range sealedColumns {
		in := within{key: key}
		switch {
		case c.table == "signing_keys":
			in.where, in.args = "owner = ?", []any{poolOwner + pool}
		case c.table == clientSecretTable:
			in.where, in.args = "client_id IN (SELECT id FROM user_pool_clients WHERE pool_id = ?)", []any{pool}
		case slices.Contains(c.key, "pool_id"):
			in.where, in.args = "pool_id = ?", []any{pool}
		default:
			continue
		}
		if _, err := db.reseal(ctx, c, in); err != nil {
			return err
		}
	}
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec("UPDATE user_pool_keys SET pending = 0 WHERE pool_id = ? AND key_id = ?", pool, key)
		return err
	})
}

// lastUnnamed is the id of the newest data key without a name.
func lastUnnamed(rows []dataKeyRow) (id uint32) {
	for _, r := range rows {
		if r.id < seal.FirstNamedKey {
			id = max(id, r.id)
		}
	}
	return id
}

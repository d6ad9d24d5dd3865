package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/seal"
)

// MasterKeyFile and DatabaseFile are the names of the files in the data
// directory.
const (
	MasterKeyFile = "master.key"
	DatabaseFile  = "poolhouse.db"
)

// ErrNoMasterKey means that the database holds sealed data and no master key
// was given.
var ErrNoMasterKey = errors.New("the master key is missing")

// keyring is the data keys and what it takes to load more of them.
type keyring struct {
	*seal.Keyring
	master   seal.MasterKey
	reloaded chan time.Time
}

// sealedColumn names a column whose values are sealed and the columns that
// identify its row.
type sealedColumn struct {
	table, column string
	key           []string
}

// unlock loads the data keys, and makes the first one of a new database. A
// master key is created only then: beside sealed data a missing one is an
// error, since a new one would open nothing.
func (db *DB) unlock(ctx context.Context, cfg Config) error {
	rows, err := db.dataKeys(ctx)
	if err != nil {
		return err
	}
	master, err := masterKey(cfg, len(rows) == 0, db)
	if err != nil {
		return err
	}
	db.keys = keyring{master: master, reloaded: make(chan time.Time, 1)}
	db.keys.reloaded <- time.Time{}
	if len(rows) == 0 {
		err := db.addDataKey(ctx, 1)
		if err != nil && !errors.Is(err, ErrConflict) {
			return err
		}
		if rows, err = db.dataKeys(ctx); err != nil {
			return err
		}
	}
	keys, err := unwrap(master, rows)
	if err != nil {
		return err
	}
	db.keys.Keyring, err = seal.NewKeyring(db.ids, keys...)
	return err
}

func masterKey(cfg Config, create bool, db *DB) (seal.MasterKey, error) {
	if cfg.MasterKey != "" {
		return seal.ParseMasterKey(cfg.MasterKey)
	}
	if cfg.Dir == "" {
		return seal.MasterKey{}, fmt.Errorf("%w: give it as text or name a data directory", ErrNoMasterKey)
	}
	path := filepath.Join(cfg.Dir, MasterKeyFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && !create {
		return seal.MasterKey{}, fmt.Errorf("%w: the database is sealed and there is no %s", ErrNoMasterKey, path)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return seal.MasterKey{}, fmt.Errorf("data directory: %w", err)
	}
	key, _, err := seal.LoadOrCreateMasterKey(path, db.ids)
	return key, err
}

type dataKeyRow struct {
	id      uint32
	wrapped []byte
}

func scanDataKey(s scanner) (r dataKeyRow, err error) {
	err = s.Scan(&r.id, &r.wrapped)
	return r, err
}

const selectDataKeys = "SELECT id, wrapped FROM data_keys ORDER BY id"

func (db *DB) dataKeys(ctx context.Context) (rows []dataKeyRow, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		rows, err = all(tx, scanDataKey, selectDataKeys)
		return err
	})
	return rows, err
}

func (db *DB) addDataKey(ctx context.Context, id uint32) error {
	wrapped := db.keys.master.Wrap(seal.NewDataKey(id, db.ids), db.ids)
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO data_keys (id, wrapped, created) VALUES (?, ?, ?)", id, wrapped, millis(tx.Now()))
		return err
	})
}

func unwrap(master seal.MasterKey, rows []dataKeyRow) ([]seal.DataKey, error) {
	keys := make([]seal.DataKey, len(rows))
	for i, r := range rows {
		var err error
		if keys[i], err = master.Unwrap(r.id, r.wrapped); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// reload takes up the data keys that another process added. Forged values can
// ask for it, so it reads the database at most once a second.
func (db *DB) reload(ctx context.Context) error {
	last := <-db.keys.reloaded
	defer func() { db.keys.reloaded <- last }()
	if time.Since(last) < time.Second {
		return nil
	}
	last = time.Now()
	// Not through View: the caller may hold the last place in a transaction.
	rows, err := db.read.QueryContext(ctx, selectDataKeys)
	if err != nil {
		return err
	}
	defer rows.Close()
	var found []dataKeyRow
	for rows.Next() {
		r, err := scanDataKey(rows)
		if err != nil {
			return err
		}
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	keys, err := unwrap(db.keys.master, found)
	if err != nil {
		return err
	}
	return db.keys.Add(keys...)
}

// opened runs open, and once more after a reload when it meets an unknown key.
func (db *DB) opened(ctx context.Context, open func() ([]byte, error)) ([]byte, error) {
	plain, err := open()
	if !errors.Is(err, seal.ErrUnknownKey) {
		return plain, err
	}
	if err := db.reload(ctx); err != nil {
		return nil, err
	}
	return open()
}

// SealToken makes an opaque string of payload for clients to hold. It opens
// only for the same purpose.
func (db *DB) SealToken(purpose string, payload []byte) string {
	return db.keys.SealToken(purpose, payload)
}

// OpenToken returns the payload of a string that SealToken made for purpose.
// Any other string is answered with an error.
func (db *DB) OpenToken(purpose, token string) ([]byte, error) {
	return db.opened(context.Background(), func() ([]byte, error) { return db.keys.OpenToken(purpose, token) })
}

// Derive returns n bytes for an HMAC key: the same on every node and for the
// life of the database.
func (db *DB) Derive(purpose string, n int) []byte { return db.keys.Derive(purpose, n) }

// rowIdentity is the associated data of a sealed value.
func rowIdentity(table, column, row string) []byte {
	return []byte(table + "." + column + "/" + row)
}

// seal encrypts a value for the column of the row with the given key (its
// parts joined with a slash). The column must be listed in sealedColumns.
func (tx *Tx) seal(table, column, row string, plaintext []byte) []byte {
	aad := rowIdentity(table, column, row)
	if tx.sealKey != 0 {
		// SealWith has seen to it that the keyring holds the key.
		if sealed, err := tx.db.keys.SealWith(tx.sealKey, plaintext, aad); err == nil {
			return sealed
		}
	}
	return tx.db.keys.Seal(plaintext, aad)
}

// unseal decrypts what seal made for the same place.
func (tx *Tx) unseal(table, column, row string, sealed []byte) ([]byte, error) {
	plain, err := tx.db.opened(tx.ctx, func() ([]byte, error) {
		return tx.db.keys.Open(sealed, rowIdentity(table, column, row))
	})
	if err != nil {
		return nil, fmt.Errorf("%s.%s of %s: %w", table, column, row, err)
	}
	return plain, nil
}

// rotateBatch is how many rows one transaction of a rotation seals anew.
const rotateBatch = 200

// RotateDataKey adds a data key and seals every secret anew with it. It works
// beside running nodes and, when it is stopped half-way, goes on from there
// when it is called again. It returns how many values it sealed. Old data keys
// stay, since tokens that clients hold are sealed with them.
func (db *DB) RotateDataKey(ctx context.Context) (sealed int, err error) {
	rows, err := db.dataKeys(ctx)
	if err != nil {
		return 0, err
	}
	if err := db.addDataKey(ctx, lastUnnamed(rows)+1); err != nil {
		return 0, fmt.Errorf("add a data key: %w", err)
	}
	if rows, err = db.dataKeys(ctx); err != nil {
		return 0, err
	}
	keys, err := unwrap(db.keys.master, rows)
	if err != nil {
		return 0, err
	}
	if err := db.keys.Add(keys...); err != nil {
		return 0, err
	}
	// The rows of a pool whose secrets have a key of their own keep it.
	for _, c := range sealedColumns {
		n, err := db.reseal(ctx, c, within{})
		sealed += n
		if err != nil {
			return sealed, fmt.Errorf("seal %s.%s anew: %w", c.table, c.column, err)
		}
	}
	return sealed, nil
}

// ReplaceMasterKey wraps the data keys with another master key. Nodes that run
// keep working; they need the new key at their next start.
func (db *DB) ReplaceMasterKey(ctx context.Context, master seal.MasterKey) error {
	return db.Update(ctx, func(tx *Tx) error {
		rows, err := all(tx, scanDataKey, selectDataKeys)
		if err != nil {
			return err
		}
		keys, err := unwrap(db.keys.master, rows)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := tx.execOne("UPDATE data_keys SET wrapped = ? WHERE id = ?", master.Wrap(k, db.ids), k.ID()); err != nil {
				return err
			}
		}
		return nil
	})
}

type sealedValue struct {
	key   []any
	value []byte
}

// within narrows what is sealed anew: to the rows for which where holds with
// args, with a data key (0 is the current one). The zero value is all rows but
// those whose data key has a name.
type within struct {
	where string
	args  []any
	key   uint32
}

// reseal seals the column's values anew, in the order of the table's key.
func (db *DB) reseal(ctx context.Context, c sealedColumn, in within) (sealed int, err error) {
	var after []any
	for {
		var batch []sealedValue
		n := 0
		err := db.Update(ctx, func(tx *Tx) (err error) {
			n = 0
			if batch, err = tx.sealedBatch(c, in, after); err != nil {
				return err
			}
			for _, v := range batch {
				changed, err := tx.resealValue(c, in, v)
				if err != nil {
					return err
				}
				n += changed
			}
			return nil
		})
		if err != nil {
			return sealed, err
		}
		sealed += n
		if len(batch) < rotateBatch {
			return sealed, nil
		}
		after = batch[len(batch)-1].key
	}
}

func (tx *Tx) sealedBatch(c sealedColumn, in within, after []any) ([]sealedValue, error) {
	cols := strings.Join(c.key, ", ")
	query := "SELECT " + cols + ", " + c.column + " FROM " + c.table + " WHERE " + cmp.Or(in.where, "1 = 1")
	if after != nil {
		query += " AND (" + cols + ") > (" + strings.TrimSuffix(strings.Repeat("?, ", len(c.key)), ", ") + ")"
	}
	query += fmt.Sprintf(" ORDER BY %s LIMIT %d", cols, rotateBatch)
	return all(tx, func(s scanner) (v sealedValue, err error) {
		v.key = make([]any, len(c.key))
		dest := make([]any, 0, len(c.key)+1)
		for i := range v.key {
			dest = append(dest, &v.key[i])
		}
		err = s.Scan(append(dest, &v.value)...)
		return v, err
	}, query, append(slices.Clone(in.args), after...)...)
}

func (tx *Tx) resealValue(c sealedColumn, in within, v sealedValue) (int, error) {
	id, ok := seal.KeyID(v.value)
	if !ok || id == cmp.Or(in.key, tx.db.keys.CurrentKeyID()) || in.where == "" && id >= seal.FirstNamedKey {
		return 0, nil
	}
	if err := tx.SealWith(in.key); err != nil {
		return 0, err
	}
	parts := make([]string, len(v.key))
	for i, k := range v.key {
		parts[i] = fmt.Sprint(k)
	}
	row := strings.Join(parts, "/")
	plain, err := tx.unseal(c.table, c.column, row, v.value)
	if err != nil {
		return 0, err
	}
	where := strings.Join(c.key, " = ? AND ") + " = ?"
	args := append([]any{tx.seal(c.table, c.column, row, plain)}, v.key...)
	_, err = tx.exec("UPDATE "+c.table+" SET "+c.column+" = ? WHERE "+where, args...)
	return 1, err
}

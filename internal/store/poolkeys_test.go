package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/seal"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// A pool's secrets are sealed with its own data key, before and after a
// rotation of the others, by every node, and with another one when it changes.
func TestPoolKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db, _ := withPool(t, cfg)
		var key uint32
		update(t, db, func(tx *store.Tx) (err error) {
			if key, err = tx.NamedKey("arn:a"); err != nil {
				return err
			}
			return tx.SetPoolKey("p", key)
		})
		if key < seal.FirstNamedKey {
			t.Fatalf("the key is %d", key)
		}
		update(t, db, func(tx *store.Tx) error {
			again, err := tx.NamedKey("arn:a")
			if err == nil && again != key {
				err = fmt.Errorf("the same name has the keys %d and %d", key, again)
			}
			return err
		})
		u := &store.User{PoolID: "p", Sub: "s", Username: "jane"}
		set := func(tx *store.Tx, verifier string) error {
			return tx.SetPassword(u, []byte("salt"), []byte(verifier), time.Time{}, 2)
		}
		// The first password is sealed with the server's key, what follows with the
		// pool's.
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertUser(u); err != nil {
				return err
			}
			if err := tx.InsertClientSecret(&store.ClientSecret{ClientID: "c", ID: "1", Secret: "hush"}); err != nil {
				return err
			}
			return set(tx, "one")
		})
		wantKeys := func(what string, want ...uint32) {
			t.Helper()
			for _, column := range [][2]string{{"users", "verifier"}, {"user_pool_client_secrets", "secret"}, {"signing_keys", "private"}} {
				var got []uint32
				update(t, db, func(tx *store.Tx) (err error) {
					got, err = store.KeysOf(tx, column[0], column[1])
					return err
				})
				if slices.Sort(got); len(got) > 0 && !slices.Equal(got, want) {
					t.Errorf("%s: %s is sealed with %v, want %v", what, column[0], got, want)
				}
			}
		}
		wantKeys("at first", 1)
		if err := db.ResealPools(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantKeys("sealed anew", key)
		if ok, err := db.ReplaceSigningKey(t.Context(), "userpool/p", "id", "kid", []byte("private"), "", time.Time{}); !ok || err != nil {
			t.Fatal(ok, err)
		}
		update(t, db, func(tx *store.Tx) error {
			if err := tx.SealWith(key); err != nil {
				return err
			}
			return set(tx, "two")
		})
		wantKeys("sealed with the pool's key", key)
		if _, err := db.RotateDataKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantKeys("after a rotation", key)
		var other uint32
		update(t, db, func(tx *store.Tx) (err error) {
			if other, err = tx.NamedKey("arn:b"); err != nil || other == key {
				return fmt.Errorf("another name has the key %d: %w", other, err)
			}
			return tx.SetPoolKey("p", other)
		})
		for range 2 { // the second has nothing to do
			if err := db.ResealPools(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantKeys("with another key", other)
		update(t, db, func(tx *store.Tx) error { return tx.SetPoolKey("p", 0) })
		if err := db.ResealPools(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantKeys("with the server's", 2)
		update(t, db, func(tx *store.Tx) error {
			got, err := tx.Verifier(u)
			if err == nil && string(got) != "two" {
				err = fmt.Errorf("the verifier is %q", got)
			}
			return err
		})
	})
}

// A data key that is not there is an error, not another key.
func TestPoolKeyMissing(t *testing.T) {
	t.Parallel()
	db, _ := withPool(t, store.Config{})
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SealWith(seal.FirstNamedKey + 7) })
	if err == nil {
		t.Error("sealing with a key that there is not")
	}
}

// A key whose transaction was undone is never taken for one that is there.
func TestNamedKeyUndone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db, _ := withPool(t, cfg)
		undo := errors.New("undo")
		var undone, key uint32
		err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
			if undone, err = tx.NamedKey("arn:a"); err != nil {
				return err
			}
			if err := tx.SealWith(undone); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		update(t, db, func(tx *store.Tx) (err error) {
			key, err = tx.NamedKey("arn:b")
			return err
		})
		if key == undone || key < seal.FirstNamedKey {
			t.Errorf("the key %d, after %d was undone", key, undone)
		}
	})
}

package store_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestImportJobs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		c := clock.NewFixed(time.UnixMilli(1700000000123))
		cfg.Clock = c
		db := storetest.Open(t, cfg)
		j := &store.ImportJob{ID: "import-a", PoolID: "pool", Name: "n", Status: "Created", Chunk: 3, Size: 7}
		update(t, db, func(tx *store.Tx) error { return tx.InsertImportJob(j) })
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { return tx.InsertImportJob(j) })
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.ClaimImportJob("w", time.Minute); return err })
		j.Status = "Pending"
		update(t, db, func(tx *store.Tx) error { return tx.UpdateImportJob(j) })
		claim := func(worker string) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.ClaimImportJob(worker, time.Minute)
				return err
			})
		}
		if err := claim("one"); err != nil {
			t.Fatal(err)
		}
		if err := claim("two"); err == nil {
			t.Error("two workers have the job")
		}
		c.Advance(time.Minute)
		if err := claim("two"); err != nil {
			t.Errorf("the lease does not end: %v", err)
		}
		update(t, db, func(tx *store.Tx) error {
			for seq, data := range []string{"abc", "def", "g"} {
				if err := tx.InsertImportChunk(j.ID, "up", int64(seq), []byte(data)); err != nil {
					return err
				}
			}
			return tx.InsertImportChunk(j.ID, "old", 0, []byte("x"))
		})
		update(t, db, func(tx *store.Tx) error {
			if n, err := tx.DeleteImportChunks(j.ID, "up", "", 10); err != nil || n != 1 {
				t.Errorf("deleted %d: %v", n, err)
			}
			data, err := tx.ImportChunk(j.ID, "up", 2)
			if !bytes.Equal(data, []byte("g")) {
				t.Errorf("chunk %q", data)
			}
			if err != nil {
				return err
			}
			return tx.InsertImportLog(j.ID, store.ImportLogBlock{Line: 2, Body: "log\n"})
		})
		// Everything of a deleted pool goes, a part at a time.
		parts := 0
		for more := true; more; parts++ {
			update(t, db, func(tx *store.Tx) (err error) {
				more, err = tx.DeleteImportsOfPool("pool", 2)
				return err
			})
		}
		if parts < 3 {
			t.Errorf("%d parts", parts)
		}
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.ImportJob(j.ID); return err })
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.ImportChunk(j.ID, "up", 0); return err })
	})
}

func TestPasswordHashes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		u := &store.User{PoolID: "pool", Sub: "s", Username: "ann", UsernameKey: "ann", Status: "CONFIRMED", Enabled: true}
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertUser(u); err != nil {
				return err
			}
			return tx.SetPasswordHash(u, "secret")
		})
		if _, err := db.RotateDataKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		update(t, db, func(tx *store.Tx) error {
			hash, err := tx.PasswordHash(u)
			some, anyErr := tx.AnyPasswordHash("pool")
			none, noneErr := tx.AnyPasswordHash("other")
			if hash != "secret" || some != "secret" || none != "" || err != nil || anyErr != nil || noneErr != nil {
				t.Errorf("hash %q %v, some %q %v, none %q %v", hash, err, some, anyErr, none, noneErr)
			}
			return tx.SetPassword(u, []byte("salt"), []byte("verifier"), time.Time{}, 0)
		})
		update(t, db, func(tx *store.Tx) error {
			if some, err := tx.AnyPasswordHash("pool"); some != "" || err != nil {
				t.Errorf("hash kept: %q %v", some, err)
			}
			return nil
		})
	})
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestIdentityPools(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		clk := clock.NewFixed(time.UnixMilli(1700000000000).UTC())
		cfg.Clock = clk
		db := storetest.Open(t, cfg)
		ctx := context.Background()
		pool := &store.IdentityPool{ID: "r:b", Account: "1", Region: "r", Name: "n", Settings: `{"a":1}`}
		update := func(f func(*store.Tx) error) error { return db.Update(ctx, f) }
		for _, id := range []string{"r:a", "r:B", "r:c"} {
			p := *pool
			p.ID = id
			if err := update(func(tx *store.Tx) error { return tx.InsertIdentityPool(&p) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := update(func(tx *store.Tx) error { return tx.InsertIdentityPool(pool) }); err != nil {
			t.Fatal(err)
		}
		if err := update(func(tx *store.Tx) error { return tx.InsertIdentityPool(pool) }); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the same ID again: %v", err)
		}
		clk.Advance(time.Second)
		err := update(func(tx *store.Tx) error {
			p, err := tx.IdentityPool("r:b")
			if err != nil {
				return err
			}
			p.Name, p.Settings, p.Secrets = "m", "{}", "hidden"
			stale := p
			if err := tx.UpdateIdentityPool(&p); err != nil {
				return err
			}
			if err := tx.UpdateIdentityPool(&stale); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an update of an old version: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(ctx, func(tx *store.Tx) error {
			p, err := tx.IdentityPool("r:b")
			want := store.IdentityPool{ID: "r:b", Account: "1", Region: "r", Name: "m", Settings: "{}", Secrets: "hidden", Version: 2, Created: clk.Now().Add(-time.Second), Modified: clk.Now()}
			if err != nil || p != want {
				t.Errorf("got %+v, %v\nwant %+v", p, err, want)
			}
			if v, err := tx.IdentityPoolVersion("r:b"); err != nil || v != 2 {
				t.Errorf("version %d, %v", v, err)
			}
			if _, err := tx.IdentityPoolVersion("r:x"); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
			var got []string
			for after := ""; ; {
				page, err := tx.IdentityPools("1", "r", after, 2)
				if err != nil || len(page) == 0 {
					if want := []string{"r:B", "r:a", "r:b", "r:c"}; err != nil || !slices.Equal(got, want) {
						t.Errorf("listed %v, %v; want %v", got, err, want)
					}
					break
				}
				for _, p := range page {
					if p.Secrets != "" {
						t.Errorf("%s is listed with its secrets", p.ID)
					}
					got = append(got, p.ID)
				}
				after = got[len(got)-1]
			}
			for _, other := range [][2]string{{"2", "r"}, {"1", "s"}} {
				if n, err := tx.CountIdentityPools(other[0], other[1]); err != nil || n != 0 {
					t.Errorf("%v has %d pools, %v", other, n, err)
				}
			}
			n, err := tx.CountIdentityPools("1", "r")
			if n != 4 {
				t.Errorf("%d pools", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = update(func(tx *store.Tx) error {
			p, err := tx.IdentityPool("r:b")
			if err != nil {
				return err
			}
			p.Secrets = ""
			if err := tx.UpdateIdentityPool(&p); err != nil {
				return err
			}
			if p, err = tx.IdentityPool("r:b"); p.Secrets != "" {
				t.Errorf("secrets %q were removed", p.Secrets)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		ctx := context.Background()
		update := func(f func(*store.Tx) error) {
			t.Helper()
			if err := db.Update(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		long := strings.Repeat("ü", 1024)
		update(func(tx *store.Tx) error {
			for i := range 5 {
				id := fmt.Sprint("i", i)
				if err := tx.InsertIdentity(&store.Identity{ID: id, PoolID: "p", Authenticated: i > 0}); err != nil {
					return err
				}
				if i == 0 {
					continue
				}
				for _, provider := range []string{"x", "y"} {
					if err := tx.InsertLogin(&store.IdentityLogin{PoolID: "p", Provider: provider, Subject: long + id, IdentityID: id}); err != nil {
						return err
					}
				}
			}
			return tx.InsertLogin(&store.IdentityLogin{PoolID: "q", Provider: "x", Subject: long + "i1", IdentityID: "elsewhere"})
		})
		err := db.Update(ctx, func(tx *store.Tx) error {
			return tx.InsertLogin(&store.IdentityLogin{PoolID: "p", Provider: "x", Subject: long + "i1", IdentityID: "i2"})
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("a login bound twice: %v", err)
		}
		update(func(tx *store.Tx) error {
			if err := tx.MoveLogins("i1", "i2"); err != nil {
				return err
			}
			return tx.UpdateIdentity(&store.Identity{ID: "i1", Authenticated: true, Disabled: true, MergedInto: "i2"})
		})
		err = db.View(ctx, func(tx *store.Tx) error {
			i, err := tx.Identity("i1")
			if err != nil || !i.Disabled || !i.Authenticated || i.MergedInto != "i2" || i.PoolID != "p" || i.Created.IsZero() {
				t.Errorf("i1: %+v, %v", i, err)
			}
			if _, _, err := tx.IdentityInPool("i1"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an identity of a pool that is gone: %v", err)
			}
			if _, _, err := tx.IdentityInPool("none"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("no identity: %v", err)
			}
			l, err := tx.Login("p", "x", long+"i1")
			if err != nil || l.IdentityID != "i2" || l.Subject != long+"i1" || l.Provider != "x" {
				t.Errorf("moved login: %+v, %v", l, err)
			}
			if _, err := tx.Login("p", "x", long); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
			if _, err := tx.Login("p", "xü", long[2:]+"i1"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("provider and subject run together: %v", err)
			}
			if of, err := tx.LoginsOf("i2"); err != nil || len(of) != 4 || of[0].Provider != "x" || of[3].Provider != "y" {
				t.Errorf("logins of i2: %v, %v", of, err)
			}
			page, err := tx.Identities("p", "i0", 2, false)
			if err != nil || len(page) != 2 || page[0].ID != "i1" || page[1].ID != "i2" {
				t.Errorf("page %+v, %v", page, err)
			}
			page, err = tx.Identities("p", "i0", 2, true)
			if err != nil || len(page) != 2 || page[0].ID != "i2" || page[1].ID != "i3" {
				t.Errorf("enabled page %+v, %v", page, err)
			}
			between, err := tx.LoginsBetween("p", "i1", "i3")
			if err != nil || len(between) != 6 || between[0].IdentityID != "i2" || between[5].IdentityID != "i3" {
				t.Errorf("logins between: %v, %v", between, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		update(func(tx *store.Tx) error {
			if err := tx.DeleteLogin("p", "y", long+"i3"); err != nil {
				t.Error(err)
			}
			if err := tx.DeleteLogin("p", "y", long+"i3"); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
			if err := tx.DeleteIdentity("i2"); err != nil {
				t.Error(err)
			}
			if err := tx.DeleteIdentity("i2"); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
			if of, err := tx.LoginsOf("i2"); err != nil || len(of) != 0 {
				t.Errorf("a deleted identity keeps %v, %v", of, err)
			}
			if err := tx.InsertIdentityPool(&store.IdentityPool{ID: "p", Account: "1", Region: "r"}); err != nil {
				return err
			}
			if err := tx.InsertIdentity(&store.Identity{ID: "first", PoolID: "p", Authenticated: true}); err != nil {
				return err
			}
			i, version, err := tx.IdentityInPool("first")
			if err != nil || i.ID != "first" || i.PoolID != "p" || !i.Authenticated || version != 1 {
				t.Errorf("%+v, version %d, %v", i, version, err)
			}
			return tx.DeleteIdentity("first")
		})
		update(func(tx *store.Tx) error {
			if _, err := tx.PurgedIdentityPool(); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
			return tx.DeleteIdentityPool("p")
		})
		for rounds := 1; ; rounds++ {
			done := false
			update(func(tx *store.Tx) error {
				id, err := tx.PurgedIdentityPool()
				if err != nil || id != "p" {
					t.Errorf("to purge: %s, %v", id, err)
				}
				done, err = tx.PurgeIdentities("p", 3)
				return err
			})
			if done {
				if rounds != 2 {
					t.Errorf("%d rounds, want 2", rounds)
				}
				break
			}
		}
		err = db.View(ctx, func(tx *store.Tx) error {
			if left, err := tx.Identities("p", "", 10, false); err != nil || len(left) != 0 {
				t.Errorf("left %v, %v", left, err)
			}
			if l, err := tx.Login("q", "x", long+"i1"); err != nil || l.IdentityID != "elsewhere" {
				t.Errorf("the other pool's login: %+v, %v", l, err)
			}
			if _, err := tx.PurgedIdentityPool(); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

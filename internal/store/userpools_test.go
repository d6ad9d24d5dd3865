package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestUserPools(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		c := clock.NewFixed(time.UnixMilli(1700000000123))
		cfg.Clock = c
		db := storetest.Open(t, cfg)
		// IDs that differ in case only are different pools, in the order of bytes.
		ids := []string{"eu-west-1_A", "eu-west-1_B", "eu-west-1_a"}
		update(t, db, func(tx *store.Tx) error {
			for _, id := range []string{ids[2], ids[0], ids[1]} {
				p := &store.UserPool{ID: id, Account: iamAccount, Region: "eu-west-1", Name: "n", Body: "{}"}
				if err := tx.InsertUserPool(p); err != nil {
					return err
				}
				if p.Version != 1 || !p.Created.Equal(c.Now()) || !p.Modified.Equal(c.Now()) {
					t.Errorf("inserted %+v", p)
				}
			}
			return tx.InsertUserPool(&store.UserPool{ID: "us-east-1_A", Account: iamAccount, Region: "us-east-1"})
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.InsertUserPool(&store.UserPool{ID: ids[0], Account: iamAccount, Region: "eu-west-1"})
		})
		update(t, db, func(tx *store.Tx) error {
			n, err := tx.CountUserPools(iamAccount, "eu-west-1")
			if n != 3 {
				t.Errorf("%d pools", n)
			}
			if err != nil {
				return err
			}
			var listed []string
			for after := ""; ; after = listed[len(listed)-1] {
				page, err := tx.UserPools(iamAccount, "eu-west-1", after, 2)
				if err != nil {
					return err
				}
				for _, p := range page {
					listed = append(listed, p.ID)
				}
				if len(page) < 2 {
					break
				}
			}
			if fmt.Sprint(listed) != fmt.Sprint(ids) {
				t.Errorf("listed %v, want %v", listed, ids)
			}
			return nil
		})

		c.Advance(time.Second)
		update(t, db, func(tx *store.Tx) error {
			p, err := tx.UserPool(ids[0])
			if err != nil {
				return err
			}
			stale := *p
			p.Name, p.Body = "renamed", `{"a":1}`
			if err := tx.UpdateUserPool(p); err != nil {
				return err
			}
			got, err := tx.UserPool(ids[0])
			if err != nil {
				return err
			}
			if *got != *p || got.Version != 2 || got.Modified.Sub(got.Created) != time.Second {
				t.Errorf("updated %+v, want %+v", got, p)
			}
			if v, err := tx.UserPoolVersion(ids[0]); v != 2 || err != nil {
				t.Errorf("version %d, %v", v, err)
			}
			if err := tx.UpdateUserPool(&stale); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an update of a stale pool: %v", err)
			}
			return nil
		})
		for name, f := range map[string]func(*store.Tx) error{
			"UserPool":        func(tx *store.Tx) error { _, err := tx.UserPool("none"); return err },
			"UserPoolVersion": func(tx *store.Tx) error { _, err := tx.UserPoolVersion("none"); return err },
			"DeleteUserPool":  func(tx *store.Tx) error { return tx.DeleteUserPool("none") },
			"PurgedUserPool":  func(tx *store.Tx) error { _, err := tx.PurgedUserPool(); return err },
		} {
			t.Run(name, func(t *testing.T) { wantErr(t, db, store.ErrNotFound, f) })
		}
	})
}

// TestDeleteUserPoolRows checks that clients, secrets and groups go with their
// pool, and that the pool is remembered until it is purged.
func TestDeleteUserPoolRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertUserPool(&store.UserPool{ID: "p", Account: iamAccount, Region: "r"}),
				tx.InsertClient(&store.Client{ID: "c", PoolID: "p"}),
				tx.InsertClientSecret(&store.ClientSecret{ClientID: "c", ID: "s", Secret: "secret"}),
				tx.InsertGroup(&store.Group{ID: "g", PoolID: "p", Name: "g"}),
			)
		})
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUserPool("p") })
		update(t, db, func(tx *store.Tx) error {
			if _, err := tx.Client("c"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("client: %v", err)
			}
			if s, err := tx.ClientSecrets("c"); len(s) != 0 || err != nil {
				t.Errorf("secrets: %d, %v", len(s), err)
			}
			if n, err := tx.CountGroups("p"); n != 0 || err != nil {
				t.Errorf("groups: %d, %v", n, err)
			}
			if id, err := tx.PurgedUserPool(); id != "p" || err != nil {
				t.Errorf("to be purged: %s, %v", id, err)
			}
			return tx.ForgetPurgedUserPool("p")
		})
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.PurgedUserPool(); return err })
	})
}

func TestClients(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		c := clock.NewFixed(time.UnixMilli(1700000000123))
		cfg.Clock = c
		db := storetest.Open(t, cfg)
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertUserPool(&store.UserPool{ID: "p", Account: iamAccount, Region: "r"}),
				tx.InsertClient(&store.Client{ID: "c", PoolID: "p", Name: "one", Body: "{}"}),
				tx.InsertClient(&store.Client{ID: "d", PoolID: "p", Name: "two", Body: "{}"}),
			)
		})
		version := func(want store.ClientVersion) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error {
				got, err := tx.ClientVersion("c")
				if got != want {
					t.Errorf("version %+v, want %+v", got, want)
				}
				return err
			})
		}
		version(store.ClientVersion{PoolID: "p", Client: 1, Pool: 1})
		update(t, db, func(tx *store.Tx) error {
			return tx.InsertClientSecret(&store.ClientSecret{ClientID: "c", ID: "1", Secret: "first secret"})
		})
		version(store.ClientVersion{PoolID: "p", Client: 2, Pool: 1})
		c.Advance(time.Second)
		update(t, db, func(tx *store.Tx) error {
			return tx.InsertClientSecret(&store.ClientSecret{ClientID: "c", ID: "0", Secret: "second secret"})
		})
		version(store.ClientVersion{PoolID: "p", Client: 3, Pool: 1})
		update(t, db, func(tx *store.Tx) error {
			s, err := tx.ClientSecrets("c")
			if err != nil {
				return err
			}
			if len(s) != 2 || s[0].Secret != "first secret" || s[1].Secret != "second secret" || s[1].Created.Sub(s[0].Created) != time.Second {
				t.Errorf("secrets %v", s)
			}
			return tx.DeleteClientSecret("c", "1")
		})
		version(store.ClientVersion{PoolID: "p", Client: 4, Pool: 1})
		update(t, db, func(tx *store.Tx) error {
			row, err := tx.Client("c")
			if err != nil {
				return err
			}
			row.Name, row.Body = "renamed", `{"a":1}`
			if err := tx.UpdateClient(row); err != nil {
				return err
			}
			got, err := tx.Client("c")
			if err != nil {
				return err
			}
			if *got != *row || got.Version != 5 || got.Modified.Sub(got.Created) != time.Second {
				t.Errorf("updated %+v, want %+v", got, row)
			}
			page, err := tx.Clients("p", "c", 5)
			if len(page) != 1 || page[0].ID != "d" {
				t.Errorf("clients after c: %v", page)
			}
			return err
		})
		for name, f := range map[string]func(*store.Tx) error{
			"Client":             func(tx *store.Tx) error { _, err := tx.Client("none"); return err },
			"ClientVersion":      func(tx *store.Tx) error { _, err := tx.ClientVersion("none"); return err },
			"UpdateClient":       func(tx *store.Tx) error { return tx.UpdateClient(&store.Client{ID: "c", Version: 1}) },
			"DeleteClient":       func(tx *store.Tx) error { return tx.DeleteClient("none") },
			"DeleteClientSecret": func(tx *store.Tx) error { return tx.DeleteClientSecret("d", "0") },
		} {
			t.Run(name, func(t *testing.T) { wantErr(t, db, store.ErrNotFound, f) })
		}
	})
}

func TestGroupRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		text, number := "text", int32(0)
		groups := []*store.Group{
			{ID: "1", PoolID: "p", Name: "A", Description: &text, RoleARN: &text, Precedence: &number}, {ID: "2", PoolID: "p", Name: "B"}, {ID: "3", PoolID: "p", Name: "a"},
		}
		update(t, db, func(tx *store.Tx) error {
			err := tx.InsertUserPool(&store.UserPool{ID: "p", Account: iamAccount, Region: "r"})
			for _, g := range groups {
				err = errors.Join(err, tx.InsertGroup(g))
			}
			for i := range 5 {
				name := fmt.Sprint("u", i)
				err = errors.Join(err, tx.InsertUser(&store.User{PoolID: "p", Sub: name, Username: name, UsernameKey: name, Status: "CONFIRMED"}),
					tx.AddToGroup(groups[0], name), tx.AddToGroup(groups[0], name))
			}
			return errors.Join(err, tx.AddToGroup(groups[2], "u1"), tx.AddToGroup(groups[1], "u1"))
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { return tx.InsertGroup(&store.Group{ID: "4", PoolID: "p", Name: "A"}) })
		update(t, db, func(tx *store.Tx) error {
			g, err := tx.Group("p", "A")
			if err != nil {
				return err
			}
			if *g.Description != text || *g.RoleARN != text || *g.Precedence != 0 {
				t.Errorf("group %+v", g)
			}
			bare, err := tx.Group("p", "B")
			if err != nil {
				return err
			}
			if bare.Description != nil || bare.RoleARN != nil || bare.Precedence != nil {
				t.Errorf("group %+v", bare)
			}
			of, err := tx.GroupsOfUser("p", "u1", "", 10)
			if err != nil {
				return err
			}
			var names []string
			for _, g := range of {
				names = append(names, g.Name)
			}
			if strings.Join(names, "") != "ABa" {
				t.Errorf("groups of u1 %v", names)
			}
			users, err := tx.UsersOfGroup(g, "u1", 2)
			if err != nil {
				return err
			}
			if len(users) != 2 || users[0].Sub != "u2" || users[1].Sub != "u3" {
				t.Errorf("users after u1 %v", users)
			}
			return tx.DeleteGroup(g)
		})
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Group("p", "A"); return err })
		rounds := 0
		for more := true; more; rounds++ {
			update(t, db, func(tx *store.Tx) (err error) {
				more, err = tx.PurgeGroupMembers(2)
				return err
			})
		}
		if rounds != 4 {
			t.Errorf("%d rounds to purge 5 members by 2, want 3 and one that finds nothing", rounds)
		}
		update(t, db, func(tx *store.Tx) error {
			of, err := tx.GroupsOfUser("p", "u1", "A", 10)
			if len(of) != 2 {
				t.Errorf("groups of u1 after A %v", of)
			}
			return err
		})
	})
}

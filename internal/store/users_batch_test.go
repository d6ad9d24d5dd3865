package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// Users who come many at once are found, listed and counted like others.
func TestInsertUsers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		var users []*store.User
		var aliases []store.UserAlias
		for i := range 217 {
			name := fmt.Sprintf("user%03d", i)
			u := &store.User{
				PoolID: "p1", Sub: "sub-" + name, Username: name, UsernameKey: name, Status: "CONFIRMED", Enabled: true,
				Attributes: map[string]string{"email": name + "@Example.com", "nickname": name},
			}
			users, aliases = append(users, u), append(aliases, store.UserAlias{User: u, Kind: "email", Alias: name + "@example.com"})
		}
		insert := func(tx *store.Tx) error {
			return errors.Join(tx.InsertUsers(users), tx.InsertAliases(aliases))
		}
		if err := db.Update(t.Context(), insert); err != nil {
			t.Fatal(err)
		}
		if err := db.Update(t.Context(), insert); !errors.Is(err, store.ErrConflict) {
			t.Errorf("twice: %v", err)
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			n, err := tx.CountUsers("p1")
			if err != nil || n != 217 {
				t.Errorf("%d users, %v", n, err)
			}
			found, err := tx.ListUsers(store.UserQuery{PoolID: "p1", By: "email", Value: "user216@example.com", Limit: 2})
			if err != nil || len(found) != 1 || found[0].Sub != "sub-user216" || found[0].Attributes["nickname"] != "user216" {
				t.Errorf("found %v, %v", found, err)
			}
			if u, err := tx.UserByAlias("p1", "email", "user100@example.com"); err != nil || u.Username != "user100" {
				t.Errorf("by alias %v, %v", u, err)
			}
			var keys, forms []string
			for i := range 150 {
				keys, forms = append(keys, fmt.Sprintf("user%03d", 2*i)), append(forms, fmt.Sprintf("user%03d@example.com", 2*i))
			}
			names, err := tx.UsernamesTaken("p1", keys)
			if err != nil || len(names) != 109 || !names["user216"] || names["user218"] {
				t.Errorf("%d names are taken, %v", len(names), err)
			}
			held, err := tx.AliasesTaken("p1", "email", forms)
			if err != nil || len(held) != 109 || !held["user000@example.com"] {
				t.Errorf("%d aliases are taken, %v", len(held), err)
			}
			none, err := tx.UsernamesTaken("p2", slices.Clip(keys[:1]))
			if err != nil || len(none) != 0 {
				t.Errorf("another pool: %v, %v", none, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

package store_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// wasteful is what a plan of a listing must not have: reading a table or an
// index as a whole, and sorting, on SQLite and on PostgreSQL.
var wasteful = regexp.MustCompile(`(?i)\bscan u\b|\bscan s\b|temp b-tree|seq scan|\bsort\b|bitmap`)

// Every listing of users follows an index in the order of its pages, on an
// empty database and on one whose rows were counted, whatever the filter.
func TestListUsersFollowsIndexes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		explainListings(t, db)
		addUsers(t, db, 600)
		explainListings(t, db)
		if err := db.Update(t.Context(), store.Analyze); err != nil {
			t.Fatal(err)
		}
		explainListings(t, db)
	})
}

// A user's names are found by the user, not among all names of the pool.
func TestAliasesFollowTheUser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		var plan string
		err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			plan, err = store.ExplainAliases(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, "user_aliases_sub") || wasteful.MatchString(plan) {
			t.Error(plan)
		}
	})
}

func addUsers(t *testing.T, db *store.DB, n int) {
	t.Helper()
	err := db.Update(context.Background(), func(tx *store.Tx) error {
		for i := range n {
			u := &store.User{
				PoolID: "p1", Sub: fmt.Sprintf("sub-%06d", i), Username: fmt.Sprintf("user-%06d", i), UsernameKey: fmt.Sprintf("user-%06d", i),
				Status: "CONFIRMED", Enabled: true, Attributes: map[string]string{},
			}
			for _, name := range store.SearchAttributes {
				u.Attributes[name] = fmt.Sprintf("%s%d@example.com", name, i%50)
			}
			if err := tx.InsertUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func explainListings(t *testing.T, db *store.DB) {
	t.Helper()
	for _, by := range slices.Concat([]string{"username", "sub", "status", "enabled"}, store.SearchAttributes) {
		for _, prefix := range []bool{false, true} {
			if prefix && by == "enabled" {
				continue
			}
			for _, after := range []store.UserPosition{{}, {Value: "m", Sub: "sub-000100"}} {
				q := store.UserQuery{PoolID: "p1", By: by, Value: "1", Prefix: prefix, After: after, Limit: 61}
				if !prefix && after != (store.UserPosition{}) && (by == "username" || by == "sub") {
					continue // there is no second page of one user
				}
				explain(t, db, q)
			}
		}
	}
	explain(t, db, store.UserQuery{PoolID: "p1", By: "username", Prefix: true, Limit: 61})
}

func explain(t *testing.T, db *store.DB, q store.UserQuery) {
	t.Helper()
	var plan string
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		plan, err = store.ExplainListUsers(tx, q)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if plan == "" || wasteful.MatchString(plan) {
		t.Errorf("%+v:\n%s", q, plan)
	}
}

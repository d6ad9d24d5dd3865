package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

const usersPool = "us-east-1_users"

func newUser(n int) *store.User {
	name := fmt.Sprintf("user%03d", n)
	return &store.User{
		PoolID: usersPool, Sub: fmt.Sprintf("%08d-0000-4000-8000-000000000000", n), Username: name, UsernameKey: name,
		Status: "CONFIRMED", Enabled: true, Attributes: map[string]string{"email": name + "@example.com"},
	}
}

// inTx runs f in a writing transaction that must succeed.
func inTx(t testing.TB, db *store.DB, f func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func TestUserRecord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		clk := clock.NewFixed(time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC))
		cfg.Clock = clk
		db := storetest.Open(t, cfg)
		u := newUser(1)
		u.Attributes["custom:odd"] = "nul \x00, \"quoted\", ünï\U0010ffff"
		inTx(t, db, func(tx *store.Tx) error { return tx.InsertUser(u) })
		again := newUser(2)
		again.UsernameKey = u.UsernameKey
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertUser(again) }); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a second user with the name: %v", err)
		}
		clk.Advance(time.Second)
		verifier := []byte(strings.Repeat("v", 384))
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.UserByUsername(usersPool, "user001")
			if err != nil {
				return err
			}
			if got.HasPassword() || got.Attributes["custom:odd"] != u.Attributes["custom:odd"] || !got.Created.Equal(u.Created) {
				t.Errorf("read %+v", got)
			}
			got.MFAEnabled, got.MFAPreferred, got.Status = []string{"SMS_MFA", "EMAIL_OTP"}, "SMS_MFA", "RESET_REQUIRED"
			got.SignedOut = tx.Now()
			if err := tx.UpdateUser(got); err != nil {
				return err
			}
			return tx.SetPassword(got, []byte("salt"), verifier, tx.Now().Add(time.Hour), 0)
		})
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.UserBySub(usersPool, u.Sub)
			if err != nil {
				return err
			}
			plain, err := tx.Verifier(got)
			if string(plain) != string(verifier) || string(got.Salt) != "salt" || !got.HasMFA("EMAIL_OTP") || got.MFAPreferred != "SMS_MFA" ||
				!got.SignedOut.Equal(clk.Now()) || !got.PasswordExpires.Equal(clk.Now().Add(time.Hour)) || !got.Modified.Equal(clk.Now()) {
				t.Errorf("read %+v", got)
			}
			return err
		})
		if _, err := db.RotateDataKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.UserBySub(usersPool, u.Sub)
			if err != nil {
				return err
			}
			plain, err := tx.Verifier(got)
			if string(plain) != string(verifier) {
				t.Error("the verifier did not survive the rotation of the data key")
			}
			return err
		})
	})
}

func TestPasswordHistoryIsBounded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		inTx(t, db, func(tx *store.Tx) error {
			u := newUser(1)
			if err := tx.InsertUser(u); err != nil {
				return err
			}
			for i := range 10 {
				if err := tx.SetPassword(u, fmt.Append(nil, "salt", i), fmt.Append(nil, "verifier", i), time.Time{}, 4); err != nil {
					return err
				}
			}
			former, err := tx.FormerPasswords(u)
			if err != nil {
				return err
			}
			if len(former) != 3 || string(former[0].Verifier) != "verifier8" || string(former[2].Salt) != "salt6" {
				t.Errorf("history %q", former)
			}
			if err := tx.SetPassword(u, []byte("s"), []byte("v"), time.Time{}, 0); err != nil {
				return err
			}
			if former, err = tx.FormerPasswords(u); len(former) != 0 {
				t.Errorf("history without a policy: %q", former)
			}
			return err
		})
	})
}

func TestListUsersByIndex(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		inTx(t, db, func(tx *store.Tx) error {
			for i := range 25 {
				u := newUser(i)
				u.Attributes["name"] = []string{"Ann", "ann\U0010ffff", "anna", "B", strings.Repeat("ü", 2048)}[i%5]
				u.Enabled = i%4 != 0
				if i == 7 {
					u.Status = "UNCONFIRMED"
				}
				if err := tx.InsertUser(u); err != nil {
					return err
				}
			}
			other := newUser(1)
			other.PoolID = "us-east-1_other"
			return tx.InsertUser(other)
		})
		for name, c := range map[string]struct {
			query store.UserQuery
			want  int
		}{
			"all":            {store.UserQuery{By: "username", Prefix: true}, 25},
			"username":       {store.UserQuery{By: "username", Value: "user01", Prefix: true}, 10},
			"sub":            {store.UserQuery{By: "sub", Value: "0000000", Prefix: true}, 10},
			"name prefix":    {store.UserQuery{By: "name", Value: "Ann", Prefix: true}, 15},
			"name":           {store.UserQuery{By: "name", Value: "Anna"}, 5},
			"greatest rune":  {store.UserQuery{By: "name", Value: "ann\U0010ffff", Prefix: true}, 5},
			"long value":     {store.UserQuery{By: "name", Value: strings.Repeat("Ü", 200), Prefix: true}, 5},
			"long and exact": {store.UserQuery{By: "name", Value: strings.Repeat("Ü", 200)}, 0},
			"status":         {store.UserQuery{By: "status", Value: "CONFIRMED"}, 24},
			"status prefix":  {store.UserQuery{By: "status", Value: "UNC", Prefix: true}, 1},
			"enabled":        {store.UserQuery{By: "enabled", Value: "1"}, 18},
			"disabled":       {store.UserQuery{By: "enabled", Value: "0"}, 7},
			"nul":            {store.UserQuery{By: "email", Value: "\x00", Prefix: true}, 0},
		} {
			for _, limit := range []int{1, 4, 100} {
				q := c.query
				q.PoolID, q.Limit = usersPool, limit
				var seen []string
				for range 30 {
					var page []*store.User
					if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
						page, err = tx.ListUsers(q)
						return err
					}); err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if len(page) == 0 {
						break
					}
					for _, u := range page {
						seen = append(seen, u.Sub)
					}
					q.After = q.Position(page[len(page)-1])
				}
				slices.Sort(seen)
				if len(slices.Compact(slices.Clone(seen))) != c.want || len(seen) != c.want {
					t.Errorf("%s in pages of %d: %d users instead of %d", name, limit, len(seen), c.want)
				}
			}
		}
	})
}

func TestAliases(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		long := strings.Repeat("a", 2000) + "@example.com"
		inTx(t, db, func(tx *store.Tx) error {
			a, b := newUser(1), newUser(2)
			if err := errors.Join(tx.InsertUser(a), tx.InsertUser(b), tx.SetAlias(a, "email", long), tx.SetAlias(a, "phone_number", "+1")); err != nil {
				return err
			}
			if got, err := tx.UserByAlias(usersPool, "email", long); err != nil || got.Sub != a.Sub {
				t.Errorf("%+v, %v", got, err)
			}
			if err := tx.SetAlias(b, "email", long); err != nil {
				return err
			}
			if holder, err := tx.AliasHolder(usersPool, "email", long); err != nil || holder != b.Sub {
				t.Errorf("%s, %v", holder, err)
			}
			if names, err := tx.Aliases(b, "email"); err != nil || len(names) != 1 || names[0] != store.AliasForm(long) {
				t.Errorf("%q, %v", names, err)
			}
			if err := tx.DeleteAliases(b, "email"); err != nil {
				return err
			}
			if _, err := tx.UserByAlias(usersPool, "email", long); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("after the deletion: %v", err)
			}
			// The hash of an alias is no alias.
			if store.AliasForm(store.AliasForm(long)) == store.AliasForm(long) {
				t.Error("an alias and the hash of another are the same")
			}
			_, err := tx.UserByAlias(usersPool, "phone_number", "+1")
			return err
		})
	})
}

func TestCodesAndAttempts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		clk := clock.NewFixed(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		cfg.Clock = clk
		db := storetest.Open(t, cfg)
		code := &store.Code{PoolID: usersPool, Sub: "s", Purpose: "confirm", Attribute: "email", Value: "a@b.de", Expires: clk.Now().Add(time.Hour)}
		inTx(t, db, func(tx *store.Tx) error { return tx.SetCode(code, "111111") })
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.Code(usersPool, "s", "confirm")
			if err != nil {
				return err
			}
			if !tx.CodeMatches(got, "111111") || tx.CodeMatches(got, "111112") || tx.CodeMatches(got, "") || !got.Expires.Equal(code.Expires) {
				t.Errorf("read %+v", got)
			}
			moved := *got
			moved.Sub = "other"
			if tx.CodeMatches(&moved, "111111") {
				t.Error("the code counts for another user")
			}
			return tx.SetCode(code, "222222")
		})
		count := func() (n int64) {
			inTx(t, db, func(tx *store.Tx) (err error) {
				n, err = tx.CountAttempt(usersPool, "s", "k", time.Hour)
				return err
			})
			return n
		}
		if a, b := count(), count(); a != 1 || b != 2 {
			t.Errorf("counted %d, %d", a, b)
		}
		clk.Advance(time.Hour)
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.Code(usersPool, "s", "confirm")
			if err == nil && (tx.CodeMatches(got, "111111") || !tx.CodeMatches(got, "222222")) {
				t.Error("the former code counts")
			}
			n, err2 := tx.Attempts(usersPool, "s", "k")
			if n != 0 {
				t.Errorf("%d attempts after the window", n)
			}
			return errors.Join(err, err2)
		})
		if n := count(); n != 1 {
			t.Errorf("counted %d in the next window", n)
		}
		clk.Advance(2 * time.Hour)
		inTx(t, db, func(tx *store.Tx) error {
			more, err := tx.PruneCodes(tx.Now(), 10)
			if _, gone := tx.Code(usersPool, "s", "confirm"); !errors.Is(gone, store.ErrNotFound) || more {
				t.Errorf("after pruning: %v, more %v", gone, more)
			}
			return err
		})
	})
}

// Users that are added at once are all counted, and a pool's users go in
// batches with everything that is theirs.
func TestCountAndDeleteUsers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		const many = 30
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() {
				if err := db.Update(context.Background(), func(tx *store.Tx) error {
					u := newUser(i)
					return errors.Join(tx.InsertUser(u), tx.SetAlias(u, "email", u.Username), tx.SetCode(&store.Code{PoolID: usersPool, Sub: u.Sub, Purpose: "p"}, "1"))
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		counted := func() (n int64) {
			inTx(t, db, func(tx *store.Tx) (err error) {
				n, err = tx.CountUsers(usersPool)
				return err
			})
			return n
		}
		if n := counted(); n != many {
			t.Errorf("%d users are counted", n)
		}
		for _, want := range []int{20, 10, 0} {
			inTx(t, db, func(tx *store.Tx) error {
				n, err := tx.DeleteUsersOfPool(usersPool, 20)
				if n != want {
					t.Errorf("deleted %d instead of %d", n, want)
				}
				return err
			})
		}
		if n := counted(); n != 0 {
			t.Errorf("%d users are counted after the deletion", n)
		}
		inTx(t, db, func(tx *store.Tx) error {
			if _, err := tx.AliasHolder(usersPool, "email", "user001"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an alias is left: %v", err)
			}
			if _, err := tx.Code(usersPool, newUser(1).Sub, "p"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a code is left: %v", err)
			}
			return nil
		})
	})
}

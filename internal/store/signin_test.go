package store_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// signIns runs f in a transaction on each kind of database.
func signIns(t *testing.T, f func(t *testing.T, tx *store.Tx, now time.Time)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		cfg.Clock = clock.NewFixed(now)
		err := storetest.Open(t, cfg).Update(context.Background(), func(tx *store.Tx) error {
			f(t, tx, now)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func check[T comparable](t *testing.T, what string, want T) func(T, error) {
	t.Helper()
	return func(got T, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", what, got, err, want)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLockouts(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		check(t, "none", store.Lockout{})(tx.Lockout("p", "s", "password"))
		ok(t, tx.SetLockout("p", "s", "password", store.Lockout{Failures: 1, Last: now}))
		ok(t, tx.SetLockout("p", "s", "password", store.Lockout{Failures: 2, Last: now.Add(time.Second)}))
		check(t, "two", store.Lockout{Failures: 2, Last: now.Add(time.Second)})(tx.Lockout("p", "s", "password"))
		check(t, "another kind", store.Lockout{})(tx.Lockout("p", "s", "code"))
		check(t, "another pool", store.Lockout{})(tx.Lockout("q", "s", "password"))
		ok(t, tx.SetLockout("p", "s", "password", store.Lockout{}))
		check(t, "forgotten", store.Lockout{})(tx.Lockout("p", "s", "password"))
	})
}

func TestSessionStates(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		check(t, "none", store.SessionState{})(tx.SessionState("a"))
		ok(t, tx.SetSessionState("a", store.SessionState{Failures: 3}, now))
		check(t, "failures", store.SessionState{Failures: 3})(tx.SessionState("a"))
		ok(t, tx.SetSessionState("a", store.SessionState{Used: true, Failures: 3}, now))
		check(t, "used", store.SessionState{Used: true, Failures: 3})(tx.SessionState("a"))
		check(t, "another", store.SessionState{})(tx.SessionState("A"))
	})
}

func TestRevokedSignIns(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		check(t, "not yet", false)(tx.SignInRevoked("p", "o"))
		for range 2 {
			ok(t, tx.RevokeSignIn("p", "o", now))
		}
		check(t, "revoked", true)(tx.SignInRevoked("p", "o"))
		check(t, "another pool", false)(tx.SignInRevoked("q", "o"))
	})
}

func TestRotatedRefreshTokens(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		check(t, "first", time.Time{})(tx.RotateRefreshToken("p", "j", now))
		check(t, "again", now)(tx.RotateRefreshToken("p", "j", now))
		check(t, "another", time.Time{})(tx.RotateRefreshToken("p", "k", now))
	})
}

func TestSoftwareTokens(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, _ time.Time) {
		u := &store.User{PoolID: "p", Sub: "s", Username: "s", UsernameKey: "s"}
		ok(t, tx.InsertUser(u))
		got := func() *store.SoftwareToken {
			t.Helper()
			st, err := tx.SoftwareToken(u)
			ok(t, err)
			return st
		}
		if st := got(); st.Secret != nil || st.Pending != nil {
			t.Errorf("%+v", st)
		}
		ok(t, tx.SetSoftwareToken(u, &store.SoftwareToken{Pending: []byte("pending")}))
		if st := got(); st.Secret != nil || string(st.Pending) != "pending" {
			t.Errorf("%+v", st)
		}
		ok(t, tx.SetSoftwareToken(u, &store.SoftwareToken{Secret: []byte("secret"), Name: "phone", Step: 7}))
		if st := got(); !bytes.Equal(st.Secret, []byte("secret")) || st.Pending != nil || st.Name != "phone" || st.Step != 7 {
			t.Errorf("%+v", st)
		}
		ok(t, tx.DeleteUser(u))
		if st := got(); st.Secret != nil {
			t.Error("the software token outlives its user")
		}
	})
}

func TestSignOutUser(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		u := &store.User{PoolID: "p", Sub: "s", Username: "s", UsernameKey: "s"}
		ok(t, tx.InsertUser(u))
		ok(t, tx.SignOutUser(u))
		found, err := tx.UserBySub("p", "s")
		ok(t, err)
		if !found.SignedOut.Equal(now) {
			t.Error(found.SignedOut)
		}
		if err := tx.SignOutUser(&store.User{PoolID: "p", Sub: "x"}); err == nil {
			t.Error("signed out nobody")
		}
	})
}

func TestPruneSignIns(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		for i, at := range []time.Time{now.Add(-time.Millisecond), now.Add(-time.Millisecond), now} {
			id := string(rune('a' + i))
			ok(t, tx.SetLockout("p", id, "password", store.Lockout{Failures: 1, Last: at}))
			ok(t, tx.SetSessionState(id, store.SessionState{Used: true}, at))
			ok(t, tx.RevokeSignIn("p", id, at))
			_, err := tx.RotateRefreshToken("p", id, at)
			ok(t, err)
		}
		check(t, "first batch", true)(tx.PruneSignIns(now, 2))
		check(t, "second batch", false)(tx.PruneSignIns(now, 2))
		check(t, "gone", store.SessionState{})(tx.SessionState("a"))
		check(t, "kept", store.SessionState{Used: true})(tx.SessionState("c"))
		check(t, "gone", false)(tx.SignInRevoked("p", "b"))
		check(t, "kept", true)(tx.SignInRevoked("p", "c"))
		check(t, "kept", store.Lockout{Failures: 1, Last: now})(tx.Lockout("p", "c", "password"))
		check(t, "kept", now)(tx.RotateRefreshToken("p", "c", now))
	})
}

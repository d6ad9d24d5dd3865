package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const sessionClient = "session-client"

// sessionUser is a user of a pool with an app client.
func sessionUser(t *testing.T, tx *store.Tx) *store.User {
	t.Helper()
	ok(t, tx.InsertUserPool(&store.UserPool{ID: usersPool, Account: "1", Region: "r", Body: "{}"}))
	ok(t, tx.InsertClient(&store.Client{ID: sessionClient, PoolID: usersPool, Body: "{}"}))
	u := newUser(1)
	ok(t, tx.InsertUser(u))
	return u
}

func sessionIDs(list []*store.UserSession) (ids []string) {
	for _, x := range list {
		ids = append(ids, x.ID)
	}
	return ids
}

// added adds n sessions, a minute apart and the last one now, that end in an
// hour.
func added(t *testing.T, tx *store.Tx, u *store.User, n int, now time.Time) {
	t.Helper()
	for i := range n {
		at := now.Add(time.Duration(i-n+1) * time.Minute)
		ok(t, tx.InsertUserSession(u, &store.UserSession{
			ID: fmt.Sprintf("tkn%d", i), Type: "TOKEN", ClientID: sessionClient, OriginJTI: fmt.Sprint("jti", i),
			Device: "d", IP: "192.0.2.1", Created: at, Active: at, Expires: now.Add(time.Hour),
		}))
	}
}

func TestUserSessions(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		u := sessionUser(t, tx)
		added(t, tx, u, 5, now)
		list, err := tx.UserSessions(u, time.Time{}, "", 3)
		ok(t, err)
		if got := sessionIDs(list); !slices.Equal(got, []string{"tkn4", "tkn3", "tkn2"}) {
			t.Errorf("first page %q", got)
		}
		// The page goes on at its place although its last item goes.
		ok(t, tx.DeleteUserSession(usersPool, "tkn2"))
		list, err = tx.UserSessions(u, list[2].Created, list[2].ID, 3)
		ok(t, err)
		if got := sessionIDs(list); !slices.Equal(got, []string{"tkn1", "tkn0"}) {
			t.Errorf("second page %q", got)
		}
		x, err := tx.UserSession(u, "tkn4")
		ok(t, err)
		want := store.UserSession{
			ID: "tkn4", Type: "TOKEN", ClientID: sessionClient, OriginJTI: "jti4", Device: "d", IP: "192.0.2.1",
			Created: now, Active: now, Expires: now.Add(time.Hour),
		}
		if *x != want {
			t.Errorf("%+v, want %+v", *x, want)
		}
		if _, err := tx.UserSession(newUser(2), "tkn4"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another user's session: %v", err)
		}
		if err := tx.InsertUserSession(u, &store.UserSession{ID: "new", ClientID: "gone", Created: now, Expires: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.UserSession(u, "new"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the session of a client that is gone: %v", err)
		}
	})
}

func TestUserSessionsEnd(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		u := sessionUser(t, tx)
		added(t, tx, u, 4, now)
		ok(t, tx.TouchUserSession(usersPool, "tkn0", "phone", "192.0.2.9"))
		ok(t, tx.TouchUserSession(usersPool, "unknown", "phone", "192.0.2.9"))
		x, err := tx.UserSession(u, "tkn0")
		ok(t, err)
		if !x.Active.Equal(now) || x.Device != "phone" || x.IP != "192.0.2.9" {
			t.Errorf("touched: %+v", x)
		}
		// tkn3 and tkn0 were active last.
		least, err := tx.LeastActiveUserSessions(u, "TOKEN", 2, 10)
		ok(t, err)
		if got := sessionIDs(least); !slices.Equal(got, []string{"tkn2", "tkn1"}) {
			t.Errorf("least active %q", got)
		}
		u.SignedOut = now.Add(-2 * time.Minute)
		ok(t, tx.DeleteSignedOutSessions(u))
		u.SignedOut = time.Time{}
		list, err := tx.UserSessions(u, time.Time{}, "", 10)
		ok(t, err)
		if got := sessionIDs(list); !slices.Equal(got, []string{"tkn3", "tkn2"}) {
			t.Errorf("left %q", got)
		}
		u.SignedOut = now.Add(-time.Minute)
		if list, err = tx.UserSessions(u, time.Time{}, "", 10); err != nil || len(list) != 1 {
			t.Errorf("since the sign-out: %q, %v", sessionIDs(list), err)
		}
		u.SignedOut = time.Time{}
		ok(t, tx.InsertUserSession(u, &store.UserSession{ID: "old", Type: "TOKEN", ClientID: sessionClient, Created: now, Expires: now.Add(-time.Second)}))
		if _, err := tx.UserSession(u, "old"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("expired: %v", err)
		}
		check(t, "nothing to prune", false)(tx.PruneUserSessions(now.Add(-time.Minute), 1))
		check(t, "one to prune", true)(tx.PruneUserSessions(now, 1))
		check(t, "no more to prune", false)(tx.PruneUserSessions(now, 1))
		ok(t, tx.DeleteUser(u))
		if list, err := tx.UserSessions(u, time.Time{}, "", 10); err != nil || len(list) != 0 {
			t.Errorf("after the user: %v, %v", list, err)
		}
	})
}

func TestLinkedUserSessions(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		u := sessionUser(t, tx)
		for _, x := range []*store.UserSession{{ID: "sso1", Type: "SSO"}, {ID: "tkn1", Type: "TOKEN", OriginID: "sso1"}, {ID: "tkn2", Type: "TOKEN"}} {
			x.ClientID, x.Created, x.Expires = sessionClient, now, now.Add(time.Hour)
			ok(t, tx.InsertUserSession(u, x))
		}
		list, err := tx.LinkedUserSessions(u, "sso1", 10)
		ok(t, err)
		if got := sessionIDs(list); !slices.Equal(got, []string{"tkn1"}) {
			t.Errorf("linked %q", got)
		}
		check(t, "default", int64(60))(tx.ClientSSOMinutes(sessionClient, 60))
		ok(t, tx.SetClientSSOMinutes(sessionClient, 0))
		check(t, "set", int64(0))(tx.ClientSSOMinutes(sessionClient, 60))
		ok(t, tx.SetClientSSOMinutes(sessionClient, 5))
		check(t, "set again", int64(5))(tx.ClientSSOMinutes(sessionClient, 60))
		ok(t, tx.DeleteClient(sessionClient))
		check(t, "gone with the client", int64(60))(tx.ClientSSOMinutes(sessionClient, 60))
	})
}

package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

func eventIDs(list []*store.AuthEvent) (ids []string) {
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestAuthEvents(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		u := sessionUser(t, tx)
		e := &store.AuthEvent{
			ID: "e1", Type: "SignIn", Response: "InProgress", RiskLevel: "Low", RiskDecision: "NoRisk", Compromised: true, Challenges: "[]",
			IP: "192.0.2.1", Device: "d", Timezone: "UTC", Created: now,
		}
		ok(t, tx.PutAuthEvent(u, e))
		got, err := tx.AuthEvent(u, "e1")
		ok(t, err)
		if *got != *e {
			t.Errorf("%+v, want %+v", *got, *e)
		}
		// How it went on: what it began with stays.
		ok(t, tx.SetAuthEventFeedback(u, "e1", "Valid", "Admin"))
		ok(t, tx.PutAuthEvent(u, &store.AuthEvent{ID: "e1", Type: "SignIn", Response: "Pass", RiskDecision: "Block", Challenges: "[1]", IP: "other", Created: now.Add(time.Hour)}))
		got, err = tx.AuthEvent(u, "e1")
		ok(t, err)
		want := store.AuthEvent{
			ID: "e1", Type: "SignIn", Response: "Pass", RiskDecision: "Block", Challenges: "[1]", IP: "192.0.2.1", Device: "d", Timezone: "UTC",
			Feedback: "Valid", FeedbackBy: "Admin", FeedbackAt: now, Created: now,
		}
		if *got != want {
			t.Errorf("%+v, want %+v", *got, want)
		}
		if err := tx.SetAuthEventFeedback(u, "none", "Valid", "Admin"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("feedback on nothing: %v", err)
		}
		if _, err := tx.AuthEvent(newUser(2), "e1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another user's event: %v", err)
		}
	})
}

func TestAuthEventPages(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		u := sessionUser(t, tx)
		for i := range 6 {
			ok(t, tx.PutAuthEvent(u, &store.AuthEvent{ID: fmt.Sprint("e", i), Created: now.Add(time.Duration(i/2) * time.Hour)}))
		}
		list, err := tx.AuthEvents(u, time.Time{}, "", 3)
		ok(t, err)
		if got := eventIDs(list); !slices.Equal(got, []string{"e5", "e4", "e3"}) {
			t.Errorf("first page %q", got)
		}
		list, err = tx.AuthEvents(u, list[2].Created, list[2].ID, 2)
		ok(t, err)
		if got := eventIDs(list); !slices.Equal(got, []string{"e2", "e1"}) {
			t.Errorf("second page %q", got)
		}
		ok(t, tx.TrimAuthEvents(u, 4, 1))
		check(t, "one to prune", true)(tx.PruneAuthEvents(now.Add(time.Hour), 1))
		check(t, "no more to prune", false)(tx.PruneAuthEvents(now.Add(time.Hour), 1))
		list, err = tx.AuthEvents(u, time.Time{}, "", 10)
		ok(t, err)
		if got := eventIDs(list); !slices.Equal(got, []string{"e5", "e4", "e3", "e2"}) {
			t.Errorf("left %q", got)
		}
		ok(t, tx.DeleteUser(u))
		if list, err := tx.AuthEvents(u, time.Time{}, "", 10); err != nil || len(list) != 0 {
			t.Errorf("after the user: %v, %v", list, err)
		}
	})
}

func TestRiskConfigurations(t *testing.T) {
	signIns(t, func(t *testing.T, tx *store.Tx, now time.Time) {
		sessionUser(t, tx)
		body := func(clientID string) (string, error) {
			r, err := tx.RiskConfiguration(usersPool, clientID)
			if err != nil {
				return "", err
			}
			if !r.Modified.Equal(now) {
				t.Errorf("modified %v", r.Modified)
			}
			return r.Body, nil
		}
		if _, err := body(""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("none: %v", err)
		}
		ok(t, tx.PutRiskConfiguration(usersPool, "", &store.RiskConfiguration{Body: "1"}))
		ok(t, tx.PutRiskConfiguration(usersPool, sessionClient, &store.RiskConfiguration{Body: "2"}))
		ok(t, tx.PutRiskConfiguration(usersPool, "", &store.RiskConfiguration{Body: "3"}))
		check(t, "pool", "3")(body(""))
		check(t, "client", "2")(body(sessionClient))
		ok(t, tx.DeleteClient(sessionClient))
		if _, err := body(sessionClient); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after the client: %v", err)
		}
		check(t, "pool after the client", "3")(body(""))
	})
}

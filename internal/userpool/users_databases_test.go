package userpool_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// A user's life on each kind of database.
func TestUsersOnDatabases(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		w := newWorldOn(t, cfg)
		pool := w.pool(aliasPool)
		client := w.client(pool, nil)
		w.confirmed(client, "bob", "email", "bob@example.com")
		w.mustSignUp(client, "eve", "email", "bob@example.com")
		refused(t, w.confirm(client, "eve", w.code()), "AliasExistsException", "An account with the email already exists.")
		refused(t, w.confirm(client, "eve", "nocode"), "CodeMismatchException", mismatch)
		access := w.mustSignIn(client, "bob@example.com", goodPassword)
		if _, err := w.updateAttributes(access, "email", "robert@example.com", "name", "Robert"); err != nil {
			t.Fatal(err)
		}
		if err := w.verify(access, "email", w.code()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.forgot(client, "robert@example.com"); err != nil {
			t.Fatal(err)
		}
		if err := w.confirmForgot(client, "bob", w.code(), otherPassword); err != nil {
			t.Fatal(err)
		}
		w.mustSignIn(client, "robert@example.com", otherPassword)
		if got := w.list(pool, `email ^= "rob"`, 1); len(got) != 1 || got[0] != "bob" {
			t.Errorf("listed %q", got)
		}
		if _, err := w.AdminDeleteUser(w.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &pool, Username: aws.String("bob")}); err != nil {
			t.Fatal(err)
		}
		if got := w.list(pool, "", 1); len(got) != 1 || got[0] != "eve" {
			t.Errorf("listed %q", got)
		}
	})
}

// Two nodes on one database sign the same users up: each exists once.
func TestSignUpOnTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		a, b := newWorldOn(t, cfg), newWorldOn(t, cfg)
		pool := a.pool(emailPool)
		client := a.client(pool, nil)
		const names = 6
		var wg sync.WaitGroup
		errs := make([]error, 2*names)
		for i := range errs {
			wg.Go(func() { _, errs[i] = []*world{a, b}[i%2].signUp(client, fmt.Sprintf("u%d@example.com", i/2)) })
		}
		wg.Wait()
		for i := 0; i < len(errs); i += 2 {
			var taken *types.UsernameExistsException
			if one, other := errs[i], errs[i+1]; (one == nil) == (other == nil) || !errors.As(errors.Join(one, other), &taken) {
				t.Errorf("user %d: %v and %v", i/2, one, other)
			}
		}
		if got := b.list(pool, "", 60); len(got) != names {
			t.Errorf("%d users", len(got))
		}
	})
}

// What has expired goes: codes, counters.
func TestPurgeExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	sub := *w.mustSignUp(client, "a@example.com").UserSub
	if err := w.resend(client, "a@example.com"); err != nil {
		t.Fatal(err)
	}
	left := func() (code, attempts bool) {
		if err := w.Purge(w.ctx); err != nil {
			t.Fatal(err)
		}
		if err := w.db.View(w.ctx, func(tx *store.Tx) error {
			_, err := tx.Code(pool, sub, "confirm")
			code = err == nil
			n, err := tx.Attempts(pool, sub, "ResendConfirmationCode")
			attempts = n > 0
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return code, attempts
	}
	if code, attempts := left(); !code || !attempts {
		t.Errorf("before: %v, %v", code, attempts)
	}
	w.clock.Advance(25 * time.Hour)
	if code, attempts := left(); code || attempts {
		t.Errorf("after: %v, %v", code, attempts)
	}
}

package iam

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const account = "123456789012"

// fixture is a service over an empty store, called by the account's root.
type fixture struct {
	*Service
	clock *clock.Fixed
	ctx   context.Context
	t     testing.TB
}

func newFixture(t testing.TB, quotas ...Quotas) *fixture {
	t.Helper()
	f := &fixture{clock: clock.NewFixed(time.Date(2025, 3, 6, 12, 0, 0, 0, time.UTC)), t: t}
	db, err := store.Open(context.Background(), store.Config{Clock: f.clock})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Store: db}
	if len(quotas) > 0 {
		cfg.Quotas = quotas[0]
	}
	if f.Service, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	f.hashRounds = 10
	t.Cleanup(func() {
		if err := errors.Join(f.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	f.ctx = f.as(account, rootOf(account, "AKIAROOT"))
	return f
}

// as returns a context in which p calls IAM.
func (f *fixture) as(account string, p awswire.Principal) context.Context {
	return awswire.WithCall(context.Background(), &awswire.Call{Service: "iam", Account: account, Region: "us-east-1", Principal: p, Time: f.clock.Now()})
}

func p[T any](v T) *T { return &v }

// must returns the output of a call that has to succeed.
func must[O any](out O, err error) func(testing.TB) O {
	return func(t testing.TB) O {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// refused checks the code and the message of an error.
func refused[O any](t testing.TB, code, message string) func(O, error) {
	t.Helper()
	return func(_ O, err error) {
		t.Helper()
		var api smithy.APIError
		if !errors.As(err, &api) {
			t.Fatalf("error %v, want %s", err, code)
		}
		if api.ErrorCode() != code || api.ErrorMessage() != message {
			t.Fatalf("error %s: %q\nwant  %s: %q", api.ErrorCode(), api.ErrorMessage(), code, message)
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func checkRefused(t testing.TB, err error, code, message string) {
	t.Helper()
	refused[any](t, code, message)(nil, err)
}

const (
	allowAll   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	trustEC2   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	policyARN  = "arn:aws:iam::" + account + ":policy/"
	roleARN    = "arn:aws:iam::" + account + ":role/"
	otherOwner = "999999999999"
)

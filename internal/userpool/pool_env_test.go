package userpool_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// poolEnv is a service on a temporary store and a caller of it.
type poolEnv struct {
	*userpool.Service
	db    *store.DB
	clock *clock.Fixed
	// ctx is that of a call by the account's root user.
	ctx context.Context
}

const testAccount, testRegion = "123456789012", "eu-west-1"

func newPoolEnv(t testing.TB) *poolEnv {
	t.Helper()
	c := clock.NewFixed(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	db, err := store.Open(t.Context(), store.Config{Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &poolEnv{
		Service: userpool.New(userpool.Config{Store: db, Clock: c}),
		db:      db, clock: c, ctx: callBy(t.Context(), testAccount, testRegion),
	}
}

// callBy is the context of a signed call.
func callBy(ctx context.Context, account, region string) context.Context {
	return awswire.WithCall(ctx, &awswire.Call{Account: account, Region: region, Service: "cognito-idp"})
}

// create creates a pool named test with the changes of the functions.
func (e *poolEnv) create(t testing.TB, changes ...func(*newops.CreateUserPoolInput)) *newops.UserPoolType {
	t.Helper()
	out, err := e.CreateUserPool(e.ctx, poolInput(changes...))
	if err != nil {
		t.Fatalf("CreateUserPool: %v", err)
	}
	return out.UserPool
}

func poolInput(changes ...func(*newops.CreateUserPoolInput)) *newops.CreateUserPoolInput {
	in := &newops.CreateUserPoolInput{CreateUserPoolInput: cognito.CreateUserPoolInput{PoolName: aws.String("test")}}
	for _, change := range changes {
		change(in)
	}
	return in
}

// describe returns the pool as DescribeUserPool shows it.
func (e *poolEnv) describe(t testing.TB, id *string) *newops.UserPoolType {
	t.Helper()
	out, err := e.DescribeUserPool(e.ctx, &cognito.DescribeUserPoolInput{UserPoolId: id})
	if err != nil {
		t.Fatalf("DescribeUserPool: %v", err)
	}
	return out.UserPool
}

// wantError checks code and message of an error. A message that ends with ...
// is a beginning.
func wantError(t testing.TB, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("error %v, want %s", err, code)
	}
	if api.ErrorCode() != code {
		t.Errorf("code %s (%s), want %s", api.ErrorCode(), api.ErrorMessage(), code)
	}
	if begin, ok := strings.CutSuffix(message, "..."); ok {
		if !strings.HasPrefix(api.ErrorMessage(), begin) {
			t.Errorf("message %q, want %q", api.ErrorMessage(), message)
		}
	} else if api.ErrorMessage() != message {
		t.Errorf("message %q, want %q", api.ErrorMessage(), message)
	}
}

// wire is a value as JSON on the wire, to compare it with what AWS answers.
func wire(t testing.TB, v any) string {
	t.Helper()
	b, err := awswire.EncodeJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

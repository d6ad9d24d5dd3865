package identitypool

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"

	"github.com/poolhouse-id/poolhouse/internal/ratelimit"
)

func TestRates(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.s.limiter, b.s.rates = ratelimit.New(b.clock), map[string]float64{"GetId": 25, "GetCredentialsForIdentity": 2, "GetOpenIdToken": 2, "GetOpenIdTokenForDeveloperIdentity": 2}
	pool := b.full()
	guest := b.getID(pool, nil)
	ctx := as("anonymous", "nowhere")
	for operation, in := range map[string]any{
		"GetId":                              &cognitoidentity.GetIdInput{IdentityPoolId: &pool},
		"GetCredentialsForIdentity":          &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &guest},
		"GetOpenIdToken":                     &cognitoidentity.GetOpenIdTokenInput{IdentityId: &guest},
		"GetOpenIdTokenForDeveloperIdentity": &cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput{IdentityPoolId: &pool},
	} {
		call := ctx
		if operation == "GetOpenIdTokenForDeveloperIdentity" {
			call = b.ctx
		}
		rate := int(b.s.rates[operation])
		for i := range rate {
			if err := b.s.Throttle(call, operation, in); err != nil {
				t.Fatalf("%s, request %d: %v", operation, i+1, err)
			}
		}
		refusal(t, b.s.Throttle(call, operation, in), "TooManyRequestsException", "Rate exceeded")
		b.clock.Advance(time.Second)
		if err := b.s.Throttle(call, operation, in); err != nil {
			t.Errorf("%s, a second later: %v", operation, err)
		}
	}
	// What has no rate, and what is not there, is for the operation.
	unknown := region + ":0"
	for range 100 {
		if err := b.s.Throttle(context.Background(), "GetId", &cognitoidentity.GetIdInput{IdentityPoolId: &unknown}); err != nil {
			t.Fatal(err)
		}
		if err := b.s.Throttle(b.ctx, "DescribeIdentityPool", &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &pool}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckRates(t *testing.T) {
	t.Parallel()
	if err := CheckRates(map[string]float64{"GetId": 1, "GetOpenIdToken": maxRate}); err != nil {
		t.Error(err)
	}
	for operation, rate := range map[string]float64{"GetId": 0, "GetOpenIdToken": maxRate + 1, "ListIdentities": 5} {
		if err := CheckRates(map[string]float64{operation: rate}); err == nil {
			t.Errorf("%s may have %v", operation, rate)
		}
	}
	none := New(Config{Rates: map[string]float64{"GetId": 1}})
	if err := none.Throttle(context.Background(), "GetId", nil); err != nil {
		t.Errorf("without limits: %v", err)
	}
	set := New(Config{RateLimits: true, Rates: map[string]float64{"GetId": 500}})
	if set.rates["GetId"] != 500 || set.rates["GetOpenIdToken"] != 200 {
		t.Errorf("rates %v", set.rates)
	}
}

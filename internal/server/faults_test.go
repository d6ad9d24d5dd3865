package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/server"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]server.Fault{
		"GetId=throttle:0.25": {Operation: "GetId", Kind: server.Throttle, Probability: 0.25},
		"*=error:1":           {Operation: "*", Kind: server.InternalError, Probability: 1},
		"SignUp=slow:1:250ms": {Operation: "SignUp", Kind: server.Slow, Probability: 1, Delay: 250 * time.Millisecond},
	} {
		if got, err := server.ParseFault(rule); err != nil || got != want {
			t.Errorf("%s: %v, %v", rule, got, err)
		}
	}
	for _, rule := range []string{"", "GetId", "GetId=throttle", "Nothing=error:1", "GetId=error:2", "GetId=error:NaN", "GetId=error:-1", "GetId=slow:1", "GetId=slow:1:2h", "GetId=melt:1"} {
		if got, err := server.ParseFault(rule); err == nil {
			t.Errorf("%q was read as %v", rule, got)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	f := start(t)
	caller := func() error {
		_, err := sts.NewFromConfig(f.config("test", "test", "")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	list := func() error {
		_, err := cognitoidentityprovider.NewFromConfig(f.config("test", "test", "")).ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(1)})
		return err
	}
	f.srv.SetFaults([]server.Fault{{Operation: "*", Kind: server.Throttle, Probability: 1}}, 0)
	wantCode(t, "STS", caller(), "Throttling", "Rate exceeded")
	wantCode(t, "user pools", list(), "TooManyRequestsException", "Rate exceeded")
	f.srv.SetFaults([]server.Fault{{Operation: "ListUserPools", Kind: server.Slow, Probability: 1, Delay: 30 * time.Millisecond}}, 0)
	began := time.Now()
	if err := list(); err != nil || time.Since(began) < 30*time.Millisecond {
		t.Errorf("slow call: %v after %s", err, time.Since(began))
	}
	if err := caller(); err != nil {
		t.Errorf("another operation: %v", err)
	}
	pattern := func() string {
		f.srv.SetFaults([]server.Fault{{Operation: "GetCallerIdentity", Kind: server.Throttle, Probability: 0.5}}, 7)
		var b strings.Builder
		for range 20 {
			if caller() == nil {
				b.WriteByte('.')
			} else {
				b.WriteByte('x')
			}
		}
		return b.String()
	}
	if first := pattern(); first != pattern() || !strings.Contains(first, ".") || !strings.Contains(first, "x") {
		t.Errorf("the seed does not decide: %s", first)
	}
	f.srv.SetFaults(nil, 0)
	if err := caller(); err != nil {
		t.Error(err)
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	now := clock.NewFixed(time.Now())
	f := start(t, func(c *server.Config) { c.RateLimits, c.Clock = true, now })
	pools := cognitoidentityprovider.NewFromConfig(f.config("test", "test", ""))
	other := cognitoidentityprovider.NewFromConfig(f.config("111122223333", "test", ""))
	burst := func(c *cognitoidentityprovider.Client, n int) (refused error) {
		for range n {
			if _, err := c.ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(1)}); err != nil {
				refused = err
			}
		}
		return refused
	}
	wantCode(t, "60 reads in a moment", burst(pools, 60), "TooManyRequestsException", "Rate exceeded")
	if err := burst(other, 10); err != nil {
		t.Errorf("another account: %v", err)
	}
	definition := &types.LimitDefinitionType{LimitClass: types.LimitClassApiCategory, Attributes: map[string]string{"Category": "UserPoolRead"}}
	got, err := pools.GetProvisionedLimit(t.Context(), &cognitoidentityprovider.GetProvisionedLimitInput{LimitDefinition: definition})
	if err != nil || got.Limit.FreeLimitValue != 15 || got.Limit.ProvisionedLimitValue != 15 {
		t.Fatalf("the limit is %v, %v", got, err)
	}
	set := func(rate int32) error {
		_, err := pools.UpdateProvisionedLimit(t.Context(), &cognitoidentityprovider.UpdateProvisionedLimitInput{LimitDefinition: definition, RequestedLimitValue: rate})
		return err
	}
	wantCode(t, "less than the free rate", set(14), "InvalidParameterException", "")
	wantCode(t, "too much", set(2_000_000_000), "LimitExceededException", "")
	if err := set(100_000); err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Second)
	if err := burst(pools, 60); err != nil {
		t.Errorf("after provisioning: %v", err)
	}
	unknown := &types.LimitDefinitionType{LimitClass: types.LimitClassApiCategory, Attributes: map[string]string{"Category": "Nothing"}}
	_, err = pools.GetProvisionedLimit(t.Context(), &cognitoidentityprovider.GetProvisionedLimitInput{LimitDefinition: unknown})
	wantCode(t, "unknown category", err, "InvalidParameterException", "")
}

// Identity pools have rates of their own, which can be raised.
func TestIdentityRates(t *testing.T) {
	t.Parallel()
	now := clock.NewFixed(time.Now())
	f := start(t, func(c *server.Config) {
		c.RateLimits, c.Clock, c.IdentityRates = true, now, map[string]float64{"GetOpenIdToken": 2}
	})
	pools := cognitoidentity.NewFromConfig(f.config("test", "test", ""))
	made, err := pools.CreateIdentityPool(t.Context(), &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("test"), AllowUnauthenticatedIdentities: true})
	if err != nil {
		t.Fatal(err)
	}
	var id string
	guest := func() error {
		out, err := pools.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: made.IdentityPoolId})
		if err == nil {
			id = *out.IdentityId
		}
		return err
	}
	token := func() error {
		_, err := pools.GetOpenIdToken(t.Context(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: &id})
		return err
	}
	for name, c := range map[string]struct {
		call func() error
		rate int
	}{"GetId": {guest, 25}, "GetOpenIdToken": {token, 2}} {
		if id == "" {
			if err := guest(); err != nil {
				t.Fatal(err)
			}
			now.Advance(time.Second)
		}
		for i := range c.rate {
			if err := c.call(); err != nil {
				t.Errorf("%s, request %d: %v", name, i+1, err)
			}
		}
		wantCode(t, name, c.call(), "TooManyRequestsException", "Rate exceeded")
		now.Advance(time.Second)
		if err := c.call(); err != nil {
			t.Errorf("%s, a second later: %v", name, err)
		}
	}
}

package pooltest_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/pooltest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

// countRetries makes a configuration whose clients try a call up to twenty
// times without waiting, and counts the tries.
func countRetries(s *pooltest.Server) (aws.Config, *atomic.Int64) {
	var tries atomic.Int64
	cfg := s.Config()
	cfg.RetryMaxAttempts = 20
	cfg.Retryer = func() aws.Retryer {
		return counter{retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxBackoff, o.RateLimiter = time.Microsecond, noLimit{}
		}), &tries}
	}
	return cfg, &tries
}

type counter struct {
	*retry.Standard
	tries *atomic.Int64
}

func (c counter) IsErrorRetryable(err error) bool {
	retryable := c.Standard.IsErrorRetryable(err)
	if retryable {
		c.tries.Add(1)
	}
	return retryable
}

// The SDKs' retries meet throttling and internal errors of each service as they
// meet AWS's.
func TestFaultsAreRetried(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t, pooltest.Faults(1, pooltest.Throttle(pooltest.AnyOperation, 0.5), pooltest.Fail(pooltest.AnyOperation, 0.2)))
	cfg, tries := countRetries(s)
	one, ctx := aws.Int32(1), t.Context()
	for name, call := range map[string]func() error{
		"user pools": func() error {
			_, err := cognitoidentityprovider.NewFromConfig(cfg).ListUserPools(ctx, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: one})
			return err
		},
		"identity pools": func() error {
			_, err := cognitoidentity.NewFromConfig(cfg).ListIdentityPools(ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: one})
			return err
		},
		"IAM": func() error { _, err := iam.NewFromConfig(cfg).ListRoles(ctx, &iam.ListRolesInput{}); return err },
		"STS": func() error {
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
	} {
		before := tries.Load()
		for range 10 {
			if err := call(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if tries.Load() == before {
			t.Errorf("%s: no call was tried again", name)
		}
	}
}

func TestSetFaults(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	list := func() error {
		_, err := cognitoidentity.NewFromConfig(s.Config()).ListIdentityPools(t.Context(), &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(1)})
		return err
	}
	set := func(faults ...pooltest.Fault) {
		t.Helper()
		if err := s.SetFaults(3, faults...); err != nil {
			t.Fatal(err)
		}
	}
	set(pooltest.Throttle("ListIdentityPools", 1))
	wantCode(t, list(), "TooManyRequestsException")
	set(pooltest.Fail("ListIdentityPools", 1))
	wantCode(t, list(), "InternalErrorException")
	set(pooltest.Throttle("GetId", 1))
	if err := list(); err != nil {
		t.Errorf("another operation: %v", err)
	}
	set(pooltest.Slow("ListIdentityPools", 1, 20*time.Millisecond))
	if began := time.Now(); list() != nil || time.Since(began) < 20*time.Millisecond {
		t.Error("the call was not slow")
	}
	for name, bad := range map[string]pooltest.Fault{
		"operation": pooltest.Throttle("ListPonds", 1), "share": pooltest.Fail("GetId", 1.1), "negative share": pooltest.Fail("GetId", -0.1),
		"time": pooltest.Slow("GetId", 1, time.Hour), "nothing": {},
	} {
		if err := s.SetFaults(0, bad); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := pooltest.New(t.Context(), pooltest.Faults(0, bad)); err == nil {
			t.Errorf("%s: the server starts", name)
		}
	}
	set()
	if err := list(); err != nil {
		t.Errorf("without faults: %v", err)
	}
}

// The same seed hits the same calls.
func TestFaultSeed(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	client := sts.NewFromConfig(s.Config())
	pattern := func(seed uint64) (hits string) {
		if err := s.SetFaults(seed, pooltest.Throttle("GetCallerIdentity", 0.5)); err != nil {
			t.Fatal(err)
		}
		for range 24 {
			if _, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
				hits += "x"
			} else {
				hits += "."
			}
		}
		return hits
	}
	one, two := pattern(1), pattern(2)
	if one != pattern(1) || one == two {
		t.Errorf("seed 1 hits %s, seed 2 %s", one, two)
	}
}

// The delay can be changed between two calls.
func TestSetPropagationDelay(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: s.Config(), Email: "jane@example.com", Password: password, Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	signedIn, err := users(s).AdminInitiateAuth(t.Context(), &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId: &report.UserPoolID, ClientId: &report.ClientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": "jane@example.com", "PASSWORD": password},
	})
	if err != nil {
		t.Fatal(err)
	}
	credentials := func() error {
		_, err := cognitoidentity.NewFromConfig(s.Config()).GetCredentialsForIdentity(t.Context(), &cognitoidentity.GetCredentialsForIdentityInput{
			IdentityId: &report.IdentityID,
			Logins:     map[string]string{"cognito-idp.us-east-1.amazonaws.com/" + report.UserPoolID: *signedIn.AuthenticationResult.IdToken},
		})
		return err
	}
	s.SetPropagationDelay(time.Minute)
	wantCode(t, credentials(), "InvalidIdentityPoolConfigurationException")
	s.SetPropagationDelay(0)
	if err := credentials(); err != nil {
		t.Errorf("without a delay: %v", err)
	}
	s.SetPropagationDelay(time.Minute)
	wantCode(t, credentials(), "InvalidIdentityPoolConfigurationException")
	s.AdvanceClock(time.Minute)
	if err := credentials(); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

// noLimit lets a client try again as often as it likes.
type noLimit struct{}

func (noLimit) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}

func (noLimit) AddTokens(uint) error { return nil }

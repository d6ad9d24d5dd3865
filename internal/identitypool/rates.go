package identitypool

// The request rates of GetId, GetOpenIdToken, GetCredentialsForIdentity and
// GetOpenIdTokenForDeveloperIdentity.

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const rateExceeded = "Rate exceeded"

// defaultRates are how many requests a second each operation has, for an
// account in a region (Developer Guide, "Quotas in Amazon Cognito"). The other
// operations have no documented rate, and none here.
var defaultRates = map[string]float64{
	"GetId":                              25,
	"GetOpenIdToken":                     200,
	"GetCredentialsForIdentity":          200,
	"GetOpenIdTokenForDeveloperIdentity": 200,
}

// maxRate is the highest rate that can be set.
const maxRate = 1_000_000

// CheckRates tells what is wrong with Config.Rates.
func CheckRates(rates map[string]float64) error {
	for operation, rate := range rates {
		if _, ok := defaultRates[operation]; !ok {
			return fmt.Errorf("identity pools have no request rate for %q", operation)
		}
		if !(rate >= 1 && rate <= maxRate) {
			return fmt.Errorf("the request rate of %s is not from 1 to %d", operation, maxRate)
		}
	}
	return nil
}

// Throttle answers TooManyRequestsException when the account of the pool that a
// call is for has used up the operation's request rate in the region.
func (s *Service) Throttle(ctx context.Context, operation string, in any) error {
	if s.limiter == nil {
		return nil
	}
	rate, ok := s.rates[operation]
	if !ok {
		return nil
	}
	p, err := s.throttledPool(ctx, in)
	var unknown *types.ResourceNotFoundException
	if errors.As(err, &unknown) {
		return nil // the operation says so itself
	}
	if err != nil {
		return err
	}
	if !s.limiter.Allow(p.Account+"/"+p.Region+"/"+operation, rate, 1) {
		return &types.TooManyRequestsException{Message: aws.String(rateExceeded)}
	}
	return nil
}

// throttledPool is the pool that a call with a rate is for.
func (s *Service) throttledPool(ctx context.Context, in any) (p *pool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		switch in := in.(type) {
		case *cognitoidentity.GetIdInput:
			p, err = s.pool(tx, aws.ToString(in.IdentityPoolId))
		case *cognitoidentity.GetOpenIdTokenInput:
			_, p, err = s.identity(tx, aws.ToString(in.IdentityId))
		case *cognitoidentity.GetCredentialsForIdentityInput:
			_, p, err = s.identity(tx, aws.ToString(in.IdentityId))
		case *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput:
			p, err = s.ownPool(tx, awswire.CallOf(ctx), aws.ToString(in.IdentityPoolId))
		}
		return err
	})
	return p, err
}

package userpool

// GetProvisionedLimit, UpdateProvisionedLimit, and the request rates that they
// are about.

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgRateExceeded    = "Rate exceeded"
	msgUnknownCategory = "The limit definition is not valid."
	msgLimitTooLow     = "The requested limit value must not be lower than the free limit value."
)

// maxProvisioned is the highest rate that can be provisioned.
const maxProvisioned = 1_000_000

// Throttle answers TooManyRequestsException when the account of the call, or of
// the pool or client that an unsigned call names, has used up the request rate
// of the operation's category in the region (Amazon Cognito Developer Guide,
// "Quotas in Amazon Cognito"). Operations on one user share ten requests a
// second besides.
func (s *Service) Throttle(ctx context.Context, operation string, in any) error {
	c, ok := categoryOf[operation]
	if !ok || s.limiter == nil {
		return nil
	}
	account, region, err := s.place(ctx, in)
	if err != nil {
		return err
	}
	rate, err := s.provisioned(ctx, account, region, c)
	if err != nil {
		return err
	}
	cost := 1.0
	if operation == "RespondToAuthChallenge" || operation == "AdminRespondToAuthChallenge" {
		cost = 1.0 / 3
	}
	if !s.limiter.Allow(account+"/"+region+"/"+c, float64(rate), cost) || !s.allowUser(c, in) {
		return &types.TooManyRequestsException{Message: aws.String(msgRateExceeded)}
	}
	return nil
}

// perUser is how many reads and how many writes a second one user gets.
const perUser = 10

func (s *Service) allowUser(category string, in any) bool {
	kind := "w"
	switch category {
	case "UserRead", "UserResourceRead":
		kind = "r"
	case "UserUpdate", "UserResourceUpdate":
	default:
		return true
	}
	pool, user := member(in, "UserPoolId"), member(in, "Username")
	if pool == "" || user == "" {
		return true
	}
	return s.limiter.Allow("user/"+kind+"/"+pool+"/"+user, perUser, 1)
}

// place finds the account and the region that a call counts for.
func (s *Service) place(ctx context.Context, in any) (account, region string, err error) {
	call := awswire.CallOf(ctx)
	if call.Principal.Kind != awswire.Anonymous {
		return call.Account, call.Region, nil
	}
	var p *pool
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		if id := member(in, "ClientId"); id != "" {
			_, p, err = s.client(tx, id)
			return err
		}
		id := member(in, "UserPoolId")
		if id == "" {
			id, _ = poolOfToken(member(in, "AccessToken"))
		}
		p, err = s.anyPool(tx, id)
		return err
	})
	if isResourceNotFound(err) {
		return call.Account, call.Region, nil // the operation says so itself
	}
	if err != nil {
		return "", "", err
	}
	return p.Account, p.Region, nil
}

func limitSetting(account, region, category string) string {
	return "provisioned limit " + account + "/" + region + "/" + category
}

// provisioned is the rate that is in force.
func (s *Service) provisioned(ctx context.Context, account, region, category string) (rate int, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(limitSetting(account, region, category))
		if errors.Is(err, store.ErrNotFound) {
			rate = freeRates[category]
			return nil
		}
		if err != nil {
			return err
		}
		rate, err = strconv.Atoi(text)
		return err
	})
	return rate, err
}

// GetProvisionedLimit returns the request rate of a category. Errors:
// InvalidParameterException.
func (s *Service) GetProvisionedLimit(ctx context.Context, in *cognitoidentityprovider.GetProvisionedLimitInput) (*cognitoidentityprovider.GetProvisionedLimitOutput, error) {
	category, err := limitCategory(in.LimitDefinition)
	if err != nil {
		return nil, err
	}
	call := awswire.CallOf(ctx)
	rate, err := s.provisioned(ctx, call.Account, call.Region, category)
	if err != nil {
		return nil, err
	}
	return &cognitoidentityprovider.GetProvisionedLimitOutput{Limit: rateLimit(category, rate)}, nil
}

// UpdateProvisionedLimit sets the request rate of a category for the account
// in the region; it acts on the next call. Errors: InvalidParameterException.
func (s *Service) UpdateProvisionedLimit(ctx context.Context, in *cognitoidentityprovider.UpdateProvisionedLimitInput) (*cognitoidentityprovider.UpdateProvisionedLimitOutput, error) {
	category, err := limitCategory(in.LimitDefinition)
	if err != nil {
		return nil, err
	}
	rate := int(in.RequestedLimitValue)
	if rate < freeRates[category] {
		return nil, invalidParameter(msgLimitTooLow)
	}
	if rate > maxProvisioned {
		return nil, &types.LimitExceededException{Message: aws.String("The requested limit value must not be higher than " + strconv.Itoa(maxProvisioned) + ".")}
	}
	call := awswire.CallOf(ctx)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.PutSetting(limitSetting(call.Account, call.Region, category), strconv.Itoa(rate))
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentityprovider.UpdateProvisionedLimitOutput{Limit: rateLimit(category, rate)}, nil
}

func limitCategory(d *types.LimitDefinitionType) (string, error) {
	if d == nil || d.LimitClass != types.LimitClassApiCategory || len(d.Attributes) != 1 {
		return "", invalidParameter(msgUnknownCategory)
	}
	category := d.Attributes["Category"]
	if _, ok := freeRates[category]; !ok {
		return "", invalidParameter(msgUnknownCategory)
	}
	return category, nil
}

func rateLimit(category string, rate int) *types.LimitType {
	return &types.LimitType{
		LimitDefinition: &types.LimitDefinitionType{LimitClass: types.LimitClassApiCategory, Attributes: map[string]string{"Category": category}},
		FreeLimitValue:  int32(freeRates[category]), ProvisionedLimitValue: int32(rate),
	}
}

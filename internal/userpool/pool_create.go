package userpool

// Operations: CreateUserPool, DescribeUserPool.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const tooManyPools = "Account is limited to %d user pools."

// CreateUserPool creates a user pool in the caller's account and region. The
// name need not be unique. Errors: InvalidParameterException,
// FeatureUnavailableInTierException, UserPoolTaggingException,
// LimitExceededException, and those of checkSMSRole.
func (s *Service) CreateUserPool(ctx context.Context, in *newops.CreateUserPoolInput) (*newops.CreateUserPoolOutput, error) {
	call := awswire.CallOf(ctx)
	p, err := newConfiguredPool(call, in)
	if err != nil {
		return nil, err
	}
	if err := s.checkSMSRole(ctx, s.ids.UserPoolID(call.Region), in.SmsConfiguration); err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.CountUserPools(call.Account, call.Region)
		if err != nil {
			return err
		}
		if n >= s.quotas[quotaPools] {
			return limitExceeded(tooManyPools, s.quotas[quotaPools])
		}
		p.ID = s.ids.UserPoolID(call.Region)
		return p.insert(tx)
	})
	if err != nil {
		return nil, err
	}
	p.fill()
	return &newops.CreateUserPoolOutput{UserPool: p.Doc}, nil
}

// newConfiguredPool returns the pool that the input asks for, without an ID.
func newConfiguredPool(call *awswire.Call, in *newops.CreateUserPoolInput) (*pool, error) {
	schema, err := newSchema(in.Schema)
	if err != nil {
		return nil, err
	}
	doc := &newops.UserPoolType{UserPoolType: types.UserPoolType{
		SchemaAttributes:      schema,
		AliasAttributes:       nilIfEmpty(in.AliasAttributes),
		UsernameAttributes:    nilIfEmpty(in.UsernameAttributes),
		UsernameConfiguration: in.UsernameConfiguration,
	}}
	if doc, err = configured(doc, settingsOf(in)); err != nil {
		return nil, err
	}
	p := &pool{
		UserPool: store.UserPool{Account: call.Account, Region: call.Region, Name: aws.ToString(in.PoolName)},
		Doc:      doc, MFA: &cognito.GetUserPoolMfaConfigOutput{},
	}
	p.index()
	p.settleMFA()
	return p, p.check()
}

// insert adds the pool with its data key.
func (p *pool) insert(tx *store.Tx) error {
	arn := p.Doc.KeyConfiguration.KmsKeyArn
	if arn == nil {
		if err := p.encode(); err != nil {
			return err
		}
		return tx.InsertUserPool(&p.UserPool)
	}
	var err error
	if p.dataKey, err = tx.NamedKey(*arn); err != nil {
		return err
	}
	if err := p.encode(); err != nil {
		return err
	}
	if err := tx.InsertUserPool(&p.UserPool); err != nil {
		return err
	}
	return tx.SetPoolKey(p.ID, p.dataKey)
}

// settleKey gives the pool the data key of the key that it names, after
// another. Its secrets are sealed with it from now on; those that it has follow
// in the background.
func (p *pool) settleKey(tx *store.Tx, before uint32) (err error) {
	p.dataKey = 0
	if arn := p.Doc.KeyConfiguration.KmsKeyArn; arn != nil {
		if p.dataKey, err = tx.NamedKey(*arn); err != nil {
			return err
		}
	}
	if p.dataKey == before {
		return nil
	}
	return tx.SetPoolKey(p.ID, p.dataKey)
}

// DescribeUserPool returns a user pool of the caller's account and region, with
// the number of its users. Errors: ResourceNotFoundException.
func (s *Service) DescribeUserPool(ctx context.Context, in *cognito.DescribeUserPoolInput) (*newops.DescribeUserPoolOutput, error) {
	var (
		p     *pool
		users int64
	)
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = s.pool(ctx, tx, aws.ToString(in.UserPoolId)); err != nil {
			return err
		}
		users, err = tx.CountUsers(p.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	doc := *p.Doc
	doc.EstimatedNumberOfUsers = int32(users)
	return &newops.DescribeUserPoolOutput{UserPool: &doc}, nil
}

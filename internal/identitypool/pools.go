package identitypool

// Operations: CreateIdentityPool, DescribeIdentityPool, ListIdentityPools,
// UpdateIdentityPool, DeleteIdentityPool.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxPools is how many identity pools an account may have in a region (quota
// "Maximum number of identity pools per account").
const maxPools = 1000

const (
	tooManyPools             = "Exceeded the maximum number of identity pools: %d"
	developerProviderIsFixed = "The developer provider name of an identity pool cannot be changed."
)

// CreateIdentityPool creates an identity pool in the caller's account and
// region. The name need not be unique. Errors: InvalidParameterException for
// providers that do not exist or have no such form, LimitExceededException.
func (s *Service) CreateIdentityPool(ctx context.Context, in *cognitoidentity.CreateIdentityPoolInput) (*cognitoidentity.CreateIdentityPoolOutput, error) {
	call := awswire.CallOf(ctx)
	p := &pool{
		IdentityPool: store.IdentityPool{
			ID: s.ids.IdentityID(call.Region), Account: call.Account, Region: call.Region, Name: aws.ToString(in.IdentityPoolName),
		},
		settings: settings{
			AllowUnauthenticatedIdentities: in.AllowUnauthenticatedIdentities,
			AllowClassicFlow:               in.AllowClassicFlow,
			CognitoIdentityProviders:       in.CognitoIdentityProviders,
			DeveloperProviderName:          in.DeveloperProviderName,
			OpenIdConnectProviderARNs:      in.OpenIdConnectProviderARNs,
			SamlProviderARNs:               in.SamlProviderARNs,
			SupportedLoginProviders:        in.SupportedLoginProviders,
			Tags:                           in.IdentityPoolTags,
		},
	}
	if err := s.checkSettings(ctx, p); err != nil {
		return nil, err
	}
	if err := p.encode(); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.CountIdentityPools(p.Account, p.Region)
		if err != nil {
			return err
		}
		if n >= maxPools {
			return limitExceeded(tooManyPools, maxPools)
		}
		return tx.InsertIdentityPool(&p.IdentityPool)
	})
	if err != nil {
		return nil, err
	}
	return (*cognitoidentity.CreateIdentityPoolOutput)(p.wire()), nil
}

// DescribeIdentityPool returns an identity pool of the caller's account and
// region, or ResourceNotFoundException.
func (s *Service) DescribeIdentityPool(ctx context.Context, in *cognitoidentity.DescribeIdentityPoolInput) (*cognitoidentity.DescribeIdentityPoolOutput, error) {
	var p *pool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.ownPool(tx, awswire.CallOf(ctx), aws.ToString(in.IdentityPoolId))
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.wire(), nil
}

// ListIdentityPools lists the pools of the caller's account and region in the
// order of their IDs.
func (s *Service) ListIdentityPools(ctx context.Context, in *cognitoidentity.ListIdentityPoolsInput) (*cognitoidentity.ListIdentityPoolsOutput, error) {
	call := awswire.CallOf(ctx)
	limit := pageSize(in.MaxResults)
	scope := "pools/" + call.Account + "/" + call.Region
	after, err := s.openPage(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	var rows []store.IdentityPool
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.IdentityPools(call.Account, call.Region, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &cognitoidentity.ListIdentityPoolsOutput{IdentityPools: []types.IdentityPoolShortDescription{}}
	if len(rows) > limit {
		rows = rows[:limit]
		out.NextToken = s.nextPage(scope, rows[limit-1].ID)
	}
	for _, row := range rows {
		out.IdentityPools = append(out.IdentityPools, types.IdentityPoolShortDescription{
			IdentityPoolId: aws.String(row.ID), IdentityPoolName: aws.String(row.Name),
		})
	}
	return out, nil
}

// UpdateIdentityPool replaces a pool's configuration: what the input omits is
// reset, but for the tags and the developer provider name, which stay. Roles
// are not touched. Errors are those of CreateIdentityPool, and
// ResourceNotFoundException.
func (s *Service) UpdateIdentityPool(ctx context.Context, in *cognitoidentity.UpdateIdentityPoolInput) (*cognitoidentity.UpdateIdentityPoolOutput, error) {
	call := awswire.CallOf(ctx)
	wanted := &pool{
		IdentityPool: store.IdentityPool{ID: aws.ToString(in.IdentityPoolId), Account: call.Account, Region: call.Region, Name: aws.ToString(in.IdentityPoolName)},
		settings: settings{
			AllowUnauthenticatedIdentities: in.AllowUnauthenticatedIdentities,
			AllowClassicFlow:               in.AllowClassicFlow,
			CognitoIdentityProviders:       in.CognitoIdentityProviders,
			DeveloperProviderName:          in.DeveloperProviderName,
			OpenIdConnectProviderARNs:      in.OpenIdConnectProviderARNs,
			SamlProviderARNs:               in.SamlProviderARNs,
			SupportedLoginProviders:        in.SupportedLoginProviders,
			Tags:                           in.IdentityPoolTags,
		},
	}
	checked := s.checkSettings(ctx, wanted)
	var p *pool
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		p, err = s.change(tx, call, wanted.ID, func(p *pool) error {
			if checked != nil {
				return checked
			}
			return p.replace(wanted)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return (*cognitoidentity.UpdateIdentityPoolOutput)(p.wire()), nil
}

// replace takes over the configuration of wanted.
func (p *pool) replace(wanted *pool) error {
	n := wanted.settings
	n.Roles, n.RoleMappings, n.RolesSet, n.PrincipalTags = p.Roles, p.RoleMappings, p.RolesSet, p.PrincipalTags
	if n.Tags == nil {
		n.Tags = p.Tags
	}
	if p.DeveloperProviderName != nil {
		if n.DeveloperProviderName != nil && *n.DeveloperProviderName != *p.DeveloperProviderName {
			return invalidParameter(developerProviderIsFixed)
		}
		n.DeveloperProviderName = p.DeveloperProviderName
	}
	p.Name, p.settings = wanted.Name, n
	return nil
}

// DeleteIdentityPool deletes a pool. Its identities can no longer be used at
// once; a small number of them is deleted with it and the others by Purge.
func (s *Service) DeleteIdentityPool(ctx context.Context, in *cognitoidentity.DeleteIdentityPoolInput) (*cognitoidentity.DeleteIdentityPoolOutput, error) {
	call := awswire.CallOf(ctx)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.ownPool(tx, call, aws.ToString(in.IdentityPoolId))
		if err != nil {
			return err
		}
		if err := tx.DeleteIdentityPool(p.ID); err != nil {
			return err
		}
		_, err = tx.PurgeIdentities(p.ID, purgeBatch)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.DeleteIdentityPoolOutput{}, nil
}

// wire is the pool as the API shows it: only the members that are set.
func (p *pool) wire() *cognitoidentity.DescribeIdentityPoolOutput {
	out := &cognitoidentity.DescribeIdentityPoolOutput{
		IdentityPoolId:                 aws.String(p.ID),
		IdentityPoolName:               aws.String(p.Name),
		AllowUnauthenticatedIdentities: p.AllowUnauthenticatedIdentities,
		AllowClassicFlow:               p.AllowClassicFlow,
		DeveloperProviderName:          p.DeveloperProviderName,
		OpenIdConnectProviderARNs:      nilIfEmpty(p.OpenIdConnectProviderARNs),
		SamlProviderARNs:               nilIfEmpty(p.SamlProviderARNs),
		CognitoIdentityProviders:       nilIfEmpty(p.CognitoIdentityProviders),
	}
	if len(p.SupportedLoginProviders) > 0 {
		out.SupportedLoginProviders = p.SupportedLoginProviders
	}
	if len(p.Tags) > 0 {
		out.IdentityPoolTags = p.Tags
	}
	return out
}

func nilIfEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

package userpool

// Operations: DescribeIdentityProvider, GetIdentityProviderByIdentifier,
// ListIdentityProviders, DeleteIdentityProvider.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	identifierNotFound = "Identity provider with identifier %s does not exist."
	// providersPage is the largest page of providers (ProvidersListType).
	providersPage = 50
)

// DescribeIdentityProvider returns a provider of a pool. Errors:
// ResourceNotFoundException.
func (s *Service) DescribeIdentityProvider(ctx context.Context, in *cognito.DescribeIdentityProviderInput) (*newops.DescribeIdentityProviderOutput, error) {
	var i *idp
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		i, err = s.provider(ctx, tx, in.UserPoolId, in.ProviderName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &newops.DescribeIdentityProviderOutput{IdentityProvider: i.wire()}, nil
}

// GetIdentityProviderByIdentifier returns the provider of a pool that has the
// identifier. Errors: ResourceNotFoundException.
func (s *Service) GetIdentityProviderByIdentifier(ctx context.Context, in *cognito.GetIdentityProviderByIdentifierInput) (*newops.GetIdentityProviderByIdentifierOutput, error) {
	var i *idp
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		name, err := tx.IdentityProviderNamed(p.ID, aws.ToString(in.IdpIdentifier))
		if errors.Is(err, store.ErrNotFound) {
			return notFound(identifierNotFound, aws.ToString(in.IdpIdentifier))
		}
		if err != nil {
			return err
		}
		i, err = providerNamed(tx, p.ID, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &newops.GetIdentityProviderByIdentifierOutput{IdentityProvider: i.wire()}, nil
}

// ListIdentityProviders lists the pool's providers in the order of their names.
// Errors: InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListIdentityProviders(ctx context.Context, in *cognito.ListIdentityProvidersInput) (*cognito.ListIdentityProvidersOutput, error) {
	want := page{"providers", in.UserPoolId, min(pageSize(in.MaxResults), providersPage), in.NextToken}
	rows, next, err := listOfPool(ctx, s, want, (*store.Tx).IdentityProviders, func(r *store.IdentityProvider) string { return r.Name })
	if err != nil {
		return nil, err
	}
	out := &cognito.ListIdentityProvidersOutput{Providers: []types.ProviderDescription{}, NextToken: next}
	for _, row := range rows {
		out.Providers = append(out.Providers, types.ProviderDescription{
			ProviderName: &row.Name, ProviderType: types.IdentityProviderTypeType(row.Type),
			CreationDate: &row.Created, LastModifiedDate: &row.Modified,
		})
	}
	return out, nil
}

// DeleteIdentityProvider deletes a provider. Its users stay, and cannot sign in
// through it any more. Errors: UnsupportedIdentityProviderException for the pool
// itself, ResourceNotFoundException.
func (s *Service) DeleteIdentityProvider(ctx context.Context, in *cognito.DeleteIdentityProviderInput) (*cognito.DeleteIdentityProviderOutput, error) {
	if err := checkSupported(in.ProviderName); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		i, err := s.provider(ctx, tx, in.UserPoolId, in.ProviderName)
		if err != nil {
			return err
		}
		return tx.DeleteIdentityProvider(i.PoolID, i.Name)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteIdentityProviderOutput{}, nil
}

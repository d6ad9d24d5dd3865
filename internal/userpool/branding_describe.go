package userpool

// Operations: DescribeManagedLoginBranding,
// DescribeManagedLoginBrandingByClient.

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// DescribeManagedLoginBranding returns a style: what it has of its own, or with
// ReturnMergedResources all that the pages show. Errors:
// ResourceNotFoundException.
func (s *Service) DescribeManagedLoginBranding(ctx context.Context, in *cognito.DescribeManagedLoginBrandingInput) (*cognito.DescribeManagedLoginBrandingOutput, error) {
	var out *types.ManagedLoginBrandingType
	err := s.store.View(ctx, func(tx *store.Tx) error {
		b, err := s.branding(ctx, tx, in.UserPoolId, in.ManagedLoginBrandingId)
		if err != nil {
			return err
		}
		out, err = brandingType(tx, b, in.ReturnMergedResources)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DescribeManagedLoginBrandingOutput{ManagedLoginBranding: out}, nil
}

// DescribeManagedLoginBrandingByClient returns the style of an app client.
// Errors: ResourceNotFoundException.
func (s *Service) DescribeManagedLoginBrandingByClient(ctx context.Context, in *cognito.DescribeManagedLoginBrandingByClientInput) (*cognito.DescribeManagedLoginBrandingByClientOutput, error) {
	var out *types.ManagedLoginBrandingType
	err := s.store.View(ctx, func(tx *store.Tx) error {
		c, _, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		b, err := tx.BrandingOfClient(c.ID)
		if errors.Is(err, store.ErrNotFound) {
			return notFound(brandingOfClient, c.ID)
		}
		if err != nil {
			return err
		}
		out, err = brandingType(tx, b, in.ReturnMergedResources)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DescribeManagedLoginBrandingByClientOutput{ManagedLoginBranding: out}, nil
}

// brandingType is a style as the API shows it. Merged adds what the service
// provides for what the style does not have.
func brandingType(tx *store.Tx, b *store.Branding, merged bool) (*types.ManagedLoginBrandingType, error) {
	rows, err := tx.Assets(b.ID, maxAssets)
	if err != nil {
		return nil, err
	}
	out := &types.ManagedLoginBrandingType{
		ManagedLoginBrandingId: &b.ID, UserPoolId: &b.PoolID, UseCognitoProvidedValues: b.Provided,
		CreationDate: &b.Created, LastModifiedDate: &b.Modified, Assets: assetTypes(rows),
	}
	settings := b.Settings
	if merged {
		out.Assets = withProvidedAssets(out.Assets)
		text, err := mergedWithDefaults(b.Settings)
		if err != nil {
			return nil, err
		}
		settings = &text
	}
	if settings != nil {
		var v any
		if err := json.Unmarshal([]byte(*settings), &v); err != nil {
			return nil, err
		}
		out.Settings = document.NewLazyDocument(v)
	}
	return out, nil
}

package userpool

// Operations: CreateManagedLoginBranding, UpdateManagedLoginBranding,
// DeleteManagedLoginBranding.

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	brandingExists    = "A managed login branding for the app client %s already exists."
	brandingMissing   = "Managed login branding %s does not exist."
	brandingOfClient  = "The app client %s has no managed login branding."
	brandingChanged   = "The managed login branding %s has been changed by another request."
	brandingProvided  = "Settings and Assets cannot be given when UseCognitoProvidedValues is true."
	brandingNotNamed  = "UserPoolId and ManagedLoginBrandingId are required."
	tooManyBrandings  = "User pool %s is limited to %d managed login brandings."
	brandingTooLarge  = "Settings and Assets must not be larger than 2 MB in one request."
	maxBrandingChange = 2 << 20
)

// CreateManagedLoginBranding gives an app client a style for the pages of
// managed login: the one that the service provides, or what the input has of its
// own. Errors: InvalidParameterException, ManagedLoginBrandingExistsException,
// LimitExceededException, ResourceNotFoundException.
func (s *Service) CreateManagedLoginBranding(ctx context.Context, in *cognito.CreateManagedLoginBrandingInput) (*cognito.CreateManagedLoginBrandingOutput, error) {
	change, err := newBrandingChange(in.UseCognitoProvidedValues, in.Settings, in.Assets)
	if err != nil {
		return nil, err
	}
	var out *types.ManagedLoginBrandingType
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		c, p, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		b := &store.Branding{ID: s.ids.UUID(), PoolID: p.ID, ClientID: c.ID}
		if err := s.insertBranding(tx, b); err != nil {
			return err
		}
		if err := change.apply(tx, b); err != nil {
			return err
		}
		out, err = brandingType(tx, b, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.CreateManagedLoginBrandingOutput{ManagedLoginBranding: out}, nil
}

func (s *Service) insertBranding(tx *store.Tx, b *store.Branding) error {
	switch _, err := tx.BrandingOfClient(b.ClientID); {
	case err == nil:
		return &types.ManagedLoginBrandingExistsException{Message: text(brandingExists, []any{b.ClientID})}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	n, err := tx.CountBrandings(b.PoolID)
	if err != nil {
		return err
	}
	if n >= s.quotas[quotaBrandings] {
		return limitExceeded(tooManyBrandings, b.PoolID, s.quotas[quotaBrandings])
	}
	return tx.InsertBranding(b)
}

// brandingChange is what an input changes of a style, checked.
type brandingChange struct {
	provided bool
	settings any
	assets   []types.AssetType
}

func newBrandingChange(provided bool, settings document.Interface, assets []types.AssetType) (*brandingChange, error) {
	if provided && (settings != nil || len(assets) > 0) {
		return nil, invalidParameter(brandingProvided)
	}
	c := &brandingChange{provided: provided, assets: assets}
	size := 0
	if settings != nil {
		b, err := settings.MarshalSmithyDocument()
		if err != nil {
			return nil, invalidParameter(settingsNoObject)
		}
		size = len(b)
		if c.settings, err = parseSettings(b); err != nil {
			return nil, err
		}
	}
	for i := range assets {
		size += len(assets[i].Bytes)
		if err := checkAsset(&assets[i]); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(assets[:i], func(o types.AssetType) bool { return samePlace(&o, &assets[i]) }) {
			return nil, invalidParameter(assetTwice, assets[i].Category, assets[i].ColorMode)
		}
	}
	if size > maxBrandingChange {
		return nil, invalidParameter(brandingTooLarge)
	}
	return c, nil
}

// apply writes the change. Settings and assets that it does not have stay,
// unless the style becomes the one that the service provides.
func (c *brandingChange) apply(tx *store.Tx, b *store.Branding) error {
	if c.provided {
		b.Provided, b.Settings = true, nil
		if err := tx.DeleteAssets(b.ID); err != nil {
			return err
		}
		return orConcurrent(tx.UpdateBranding(b), brandingChanged, b.ID)
	}
	b.Provided = false
	if c.settings != nil {
		merged, err := mergeSettings(b.Settings, c.settings)
		if err != nil {
			return err
		}
		b.Settings = &merged
	}
	if err := putAssets(tx, b.ID, c.assets); err != nil {
		return err
	}
	return orConcurrent(tx.UpdateBranding(b), brandingChanged, b.ID)
}

// UpdateManagedLoginBranding changes a style: settings that the input has are
// merged into the others, and so are assets. Errors: InvalidParameterException,
// ConcurrentModificationException, ResourceNotFoundException.
func (s *Service) UpdateManagedLoginBranding(ctx context.Context, in *cognito.UpdateManagedLoginBrandingInput) (*cognito.UpdateManagedLoginBrandingOutput, error) {
	if in.UserPoolId == nil || in.ManagedLoginBrandingId == nil {
		return nil, invalidParameter(brandingNotNamed)
	}
	change, err := newBrandingChange(in.UseCognitoProvidedValues, in.Settings, in.Assets)
	if err != nil {
		return nil, err
	}
	var out *types.ManagedLoginBrandingType
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		b, err := s.branding(ctx, tx, in.UserPoolId, in.ManagedLoginBrandingId)
		if err != nil {
			return err
		}
		if err := change.apply(tx, b); err != nil {
			return err
		}
		out, err = brandingType(tx, b, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateManagedLoginBrandingOutput{ManagedLoginBranding: out}, nil
}

// DeleteManagedLoginBranding takes the style from its app client. Errors:
// ResourceNotFoundException.
func (s *Service) DeleteManagedLoginBranding(ctx context.Context, in *cognito.DeleteManagedLoginBrandingInput) (*cognito.DeleteManagedLoginBrandingOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		b, err := s.branding(ctx, tx, in.UserPoolId, in.ManagedLoginBrandingId)
		if err != nil {
			return err
		}
		return tx.DeleteBranding(b.ID)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteManagedLoginBrandingOutput{}, nil
}

// branding returns a style of a pool of the caller's account and region.
func (s *Service) branding(ctx context.Context, tx *store.Tx, poolID, id *string) (*store.Branding, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, err
	}
	b, err := tx.Branding(aws.ToString(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && b.PoolID != p.ID {
		return nil, notFound(brandingMissing, aws.ToString(id))
	}
	return b, err
}

package userpool

// Operations: SetUICustomization, GetUICustomization.

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	_ "image/jpeg" // the formats of logos
	_ "image/png"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The bounds of a customization (Developer Guide, "Customizing hosted UI
// (classic) branding"): of the logo, and of the style sheet with the logo in
// base64.
const (
	maxLogo            = 100 << 10
	maxCustomization   = 135 << 10
	customizationStamp = "20060102150405"
)

const (
	customizationDomain = "There has to be an existing domain associated with this user pool"
	logoFormat          = "Image file must be a PNG or JPEG file."
	logoTooLarge        = "Image file must not be larger than 100 KB."
	customizationSize   = "Request parameters too large."
)

// SetUICustomization sets the look of the classic hosted pages of an app
// client, or with the client ID ALL, or without one, of all clients that have
// none of their own. It replaces style sheet and logo both; without either the
// look is reset. Errors: InvalidParameterException, also when the pool has no
// domain, ResourceNotFoundException.
func (s *Service) SetUICustomization(ctx context.Context, in *cognito.SetUICustomizationInput) (*cognito.SetUICustomizationOutput, error) {
	if err := checkCustomization(in); err != nil {
		return nil, err
	}
	var u *store.UICustomization
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		target, err := s.customizationTarget(ctx, tx, in.UserPoolId, in.ClientId)
		if err != nil {
			return err
		}
		u, err = tx.UICustomization(target.PoolID, target.Target)
		if errors.Is(err, store.ErrNotFound) {
			u, err = target, nil
		}
		if err != nil {
			return err
		}
		if u.CSS, u.CSSVersion, u.Image, u.ImageVersion = nil, nil, nil, nil; aws.ToString(in.CSS) == "" && len(in.ImageFile) == 0 {
			return tx.DeleteUICustomization(u.PoolID, u.Target)
		}
		version := aws.String(tx.Now().UTC().Format(customizationStamp))
		if aws.ToString(in.CSS) != "" {
			u.CSS, u.CSSVersion = in.CSS, version
		}
		if len(in.ImageFile) > 0 {
			u.Image, u.ImageVersion = in.ImageFile, version
		}
		return tx.PutUICustomization(u)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.SetUICustomizationOutput{UICustomization: s.uiCustomization(u)}, nil
}

// checkCustomization checks style sheet and logo.
func checkCustomization(in *cognito.SetUICustomizationInput) error {
	if len(in.ImageFile) > maxLogo {
		return invalidParameter(logoTooLarge)
	}
	if len(aws.ToString(in.CSS))+base64.StdEncoding.EncodedLen(len(in.ImageFile)) > maxCustomization {
		return invalidParameter(customizationSize)
	}
	if len(in.ImageFile) > 0 {
		if format := imageFormat(in.ImageFile); format != "png" && format != "jpeg" {
			return invalidParameter(logoFormat)
		}
	}
	return checkCSS(aws.ToString(in.CSS))
}

// customizationTarget returns an empty customization of the client of a pool
// that has a domain, or of all its clients.
func (s *Service) customizationTarget(ctx context.Context, tx *store.Tx, poolID, clientID *string) (*store.UICustomization, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, err
	}
	target := or(aws.ToString(clientID), store.AllClients)
	if target != store.AllClients {
		if _, _, err := s.clientOfPool(ctx, tx, p.ID, target); err != nil {
			return nil, err
		}
	}
	if !p.hasDomain() {
		return nil, invalidParameter(customizationDomain)
	}
	return &store.UICustomization{PoolID: p.ID, Target: target}, nil
}

// GetUICustomization returns the look of the classic hosted pages of an app
// client: its own, or the one of all clients, or an empty one. Errors:
// InvalidParameterException when the pool has no domain,
// ResourceNotFoundException.
func (s *Service) GetUICustomization(ctx context.Context, in *cognito.GetUICustomizationInput) (*cognito.GetUICustomizationOutput, error) {
	out := &cognito.GetUICustomizationOutput{UICustomization: &types.UICustomizationType{}}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		target, err := s.customizationTarget(ctx, tx, in.UserPoolId, in.ClientId)
		if err != nil {
			return err
		}
		u, err := customizationOf(tx, target.PoolID, target.Target)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil {
			out.UICustomization = s.uiCustomization(u)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// customizationOf returns the customization that counts for a client, or
// store.ErrNotFound.
func customizationOf(tx *store.Tx, poolID, target string) (*store.UICustomization, error) {
	u, err := tx.UICustomization(poolID, target)
	if errors.Is(err, store.ErrNotFound) && target != store.AllClients {
		return tx.UICustomization(poolID, store.AllClients)
	}
	return u, err
}

func (s *Service) uiCustomization(u *store.UICustomization) *types.UICustomizationType {
	out := &types.UICustomizationType{UserPoolId: &u.PoolID, ClientId: &u.Target, CSS: u.CSS, CSSVersion: u.CSSVersion}
	if !u.Created.IsZero() {
		out.CreationDate, out.LastModifiedDate = &u.Created, &u.Modified
	}
	if u.ImageVersion != nil {
		format := imageFormat(u.Image)
		if format == "jpeg" {
			format = "jpg"
		}
		out.ImageUrl = aws.String(s.publicURL + LogoPath + u.PoolID + "/" + u.Target + "/" + *u.ImageVersion + "/image." + format)
	}
	return out
}

// LogoPath is where the server shows the logos of hosted pages:
// <LogoPath><pool ID>/<client ID or ALL>/<version>/image.<png or jpg>.
const LogoPath = "/_poolhouse/logos/"

// Logo returns the logo of the hosted pages of a client, or of ALL clients, and
// its media type. Errors: ResourceNotFoundException.
func (s *Service) Logo(ctx context.Context, poolID, target string) (content []byte, mediaType string, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		u, err := tx.UICustomization(poolID, target)
		if errors.Is(err, store.ErrNotFound) || err == nil && u.ImageVersion == nil {
			return notFound("There is no logo.")
		}
		if err == nil {
			content = u.Image
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return content, "image/" + imageFormat(content), nil
}

// imageFormat is png, jpeg, another format of images that the program knows, or
// "".
func imageFormat(content []byte) string {
	_, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return ""
	}
	return format
}

package userpool

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// discovery is a pool's OpenID Connect discovery document (OpenID Connect
// Discovery 1.0, section 3), with the members of a pool without a domain.
type discovery struct {
	AuthorizationEndpoint            string   `json:"authorization_endpoint"`
	IDTokenSigningAlgValuesSupported []string `json:"id_token_signing_alg_values_supported"`
	Issuer                           string   `json:"issuer"`
	JWKSURI                          string   `json:"jwks_uri"`
	ResponseTypesSupported           []string `json:"response_types_supported"`
	SubjectTypesSupported            []string `json:"subject_types_supported"`
}

// issuer is the iss claim of the pool's tokens (API Reference,
// IssuerConfigurationType): in replicas, too, one of the primary region where
// it is UPDATED, else one of the region.
func (s *Service) issuer(p *pool) string {
	if p.hasUpdatedIssuer() {
		return s.updatedIssuer(p.home(), p.ID)
	}
	return s.originalIssuer(p.Region, p.ID)
}

func (p *pool) hasUpdatedIssuer() bool {
	c := p.Doc.IssuerConfiguration
	return c != nil && c.Type == types.IssuerTypeUpdated
}

// Issues tells whether tokens of the pool can have the issuer: the original one
// of a region where the pool or a replica of it is, and the updated one while
// that is configured. Errors: ResourceNotFoundException.
func (s *Service) Issues(ctx context.Context, poolID, issuer string) (ok bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.anyPool(tx, poolID)
		if err != nil {
			return err
		}
		ok = issuer == s.originalIssuer(p.Region, p.ID) || p.hasUpdatedIssuer() && issuer == s.updatedIssuer(p.home(), p.ID)
		if ok {
			return nil
		}
		rows, err := tx.Replicas(p.ID, "", maxPage)
		for _, r := range rows {
			ok = ok || issuer == s.originalIssuer(r.Region, p.ID)
		}
		return err
	})
	return ok, err
}

// Discovery returns the document at <issuer>/.well-known/openid-configuration.
// Errors: ResourceNotFoundException.
func (s *Service) Discovery(ctx context.Context, poolID string) ([]byte, error) {
	p, err := s.poolOfIssuer(ctx, poolID)
	if err != nil {
		return nil, err
	}
	return discoveryOf(s.originalIssuer(p.Region, p.ID))
}

func discoveryOf(issuer string) ([]byte, error) {
	return json.Marshal(&discovery{
		AuthorizationEndpoint:            issuer,
		IDTokenSigningAlgValuesSupported: []string{"RS256"},
		Issuer:                           issuer,
		JWKSURI:                          issuer + "/.well-known/jwks.json",
		ResponseTypesSupported:           []string{"code", "id_token", "token id_token", "none"},
		SubjectTypesSupported:            []string{"public"},
	})
}

// JWKS returns the document at <issuer>/.well-known/jwks.json: the public keys
// of the pool's ID and access tokens. Errors: ResourceNotFoundException.
func (s *Service) JWKS(ctx context.Context, poolID string) ([]byte, error) {
	if _, err := s.poolOfIssuer(ctx, poolID); err != nil {
		return nil, err
	}
	return s.keys.JWKS(ctx, token.UserPool(poolID), token.UseID, token.UseAccess)
}

// UpdatedDiscovery is Discovery at the issuer of pools whose
// IssuerConfiguration is UPDATED. Other pools have none there. Errors:
// ResourceNotFoundException.
func (s *Service) UpdatedDiscovery(ctx context.Context, poolID string) ([]byte, error) {
	p, err := s.poolOfUpdatedIssuer(ctx, poolID)
	if err != nil {
		return nil, err
	}
	return discoveryOf(s.updatedIssuer(p.home(), p.ID))
}

// UpdatedJWKS is JWKS at the issuer of pools whose IssuerConfiguration is
// UPDATED: the same keys. Errors: ResourceNotFoundException.
func (s *Service) UpdatedJWKS(ctx context.Context, poolID string) ([]byte, error) {
	if _, err := s.poolOfUpdatedIssuer(ctx, poolID); err != nil {
		return nil, err
	}
	return s.JWKS(ctx, poolID)
}

func (s *Service) poolOfUpdatedIssuer(ctx context.Context, poolID string) (*pool, error) {
	p, err := s.poolOfIssuer(ctx, poolID)
	if err == nil && !p.hasUpdatedIssuer() {
		return nil, notFound(poolNotFound, poolID)
	}
	return p, err
}

func (s *Service) poolOfIssuer(ctx context.Context, poolID string) (p *pool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.anyPool(tx, poolID)
		return err
	})
	return p, err
}

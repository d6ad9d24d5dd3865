package userpool

import (
	"context"
	"encoding/json"

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

// Discovery returns the document at <issuer>/.well-known/openid-configuration.
// Errors: ResourceNotFoundException.
func (s *Service) Discovery(ctx context.Context, poolID string) ([]byte, error) {
	p, err := s.poolOfIssuer(ctx, poolID)
	if err != nil {
		return nil, err
	}
	issuer := s.issuer(p.Region, p.ID)
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

func (s *Service) poolOfIssuer(ctx context.Context, poolID string) (p *pool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.anyPool(tx, poolID)
		return err
	})
	return p, err
}

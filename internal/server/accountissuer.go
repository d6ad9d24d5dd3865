package server

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/token"
)

// accountIssuerPath and an account's id are where the documents of the issuer of
// the account's outbound web identity tokens are (STS GetWebIdentityToken). On
// AWS each account has a host of its own.
const accountIssuerPath = "account-"

// accountIssuer is the iss claim of an account's outbound web identity tokens.
func (s *Server) accountIssuer(account string) string {
	return s.publicURL + "/" + accountIssuerPath + account
}

// ownIssuer tells the issuers whose tokens this server signs.
func (s *Server) ownIssuer(issuer string) bool {
	rest, ok := strings.CutPrefix(issuer, s.publicURL+"/")
	if !ok {
		return false
	}
	if account, ok := strings.CutPrefix(rest, accountIssuerPath); ok {
		return accountForm.MatchString(account)
	}
	return poolIDForm.MatchString(strings.TrimPrefix(rest, updatedIssuerPath))
}

// accountDocument returns what makes a document of an account's issuer, nil for
// other names.
func (s *Server) accountDocument(account, document string) func(context.Context) ([]byte, error) {
	switch document {
	case "openid-configuration":
		return func(context.Context) ([]byte, error) {
			issuer := s.accountIssuer(account)
			return json.Marshal(map[string]any{
				"issuer": issuer, "jwks_uri": issuer + "/.well-known/jwks.json",
				"response_types_supported": []string{"id_token"}, "subject_types_supported": []string{"public"},
				"id_token_signing_alg_values_supported": []string{"RS256", "ES384"},
				"claims_supported":                      []string{"iss", "sub", "aud", "iat", "exp", "jti"},
			})
		}
	case "jwks.json":
		return func(ctx context.Context) ([]byte, error) {
			if _, enabled, err := s.services.iam.TokenIssuer(ctx, account); err != nil {
				return nil, err
			} else if !enabled {
				return []byte(`{"keys":[]}`), nil
			}
			return s.services.keys.JWKS(ctx, token.Account(account), token.UseRS256, token.UseES384)
		}
	}
	return nil
}

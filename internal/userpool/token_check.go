package userpool

import (
	"context"
	"errors"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// ErrTokenRevoked means that a token is authentic and yet no longer good: its
// user was signed out everywhere, disabled or deleted, its app client deleted, or its
// sign-in revoked.
var ErrTokenRevoked = errors.New("userpool: the token is revoked")

// CheckToken tells whether a verified token of the pool is still good, which is
// the server-side token check of identity pools (CognitoIdentityProvider in the
// API reference of identity pools). The error is ErrTokenRevoked when not.
func (s *Service) CheckToken(ctx context.Context, poolID string, claims token.Claims) error {
	return s.store.View(ctx, func(tx *store.Tx) error {
		if _, _, err := s.client(tx, claims.String("aud")); isResourceNotFound(err) {
			return ErrTokenRevoked
		} else if err != nil {
			return err
		}
		u, err := tx.UserBySub(poolID, claims.String("sub"))
		if errors.Is(err, store.ErrNotFound) || err == nil && !u.Enabled {
			return ErrTokenRevoked
		}
		if err != nil {
			return err
		}
		revoked, err := isRevoked(tx, u, issuedAt(claims), claims.String("origin_jti"))
		if err == nil && revoked {
			err = ErrTokenRevoked
		}
		return err
	})
}

// Exists returns nil when there is a user pool with the id, in any account and
// region; otherwise ResourceNotFoundException.
func (s *Service) Exists(ctx context.Context, poolID string) error {
	_, err := s.poolOfIssuer(ctx, poolID)
	return err
}

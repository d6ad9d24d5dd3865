package userpool

import (
	"cmp"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/token"
)

// issue signs the ID and the access token of a grant. It takes two RSA
// signatures of about a millisecond each: call it outside of transactions.
func (s *Service) issue(ctx context.Context, g *grant) (*types.AuthenticationResultType, error) {
	eventID := cmp.Or(g.eventID, s.ids.UUID())
	id, access := s.idClaims(g, eventID), s.accessClaims(g, eventID)
	if err := s.applyTrigger(ctx, g, id, access); err != nil {
		return nil, err
	}
	owner := token.UserPool(g.pool.ID)
	idToken, err := s.keys.Sign(ctx, owner, token.UseID, id)
	if err != nil {
		return nil, err
	}
	accessToken, err := s.keys.Sign(ctx, owner, token.UseAccess, access)
	if err != nil {
		return nil, err
	}
	return authenticationResult(accessToken, idToken, g.client), nil
}

func isResourceNotFound(err error) bool {
	var e *types.ResourceNotFoundException
	return errors.As(err, &e)
}

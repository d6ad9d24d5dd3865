// Operation: RevokeToken.

package userpool

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgRevokeClient = "Invalid client."
	msgRevokeType   = "Unsupported token type."
	msgRevokeOff    = "Token revocation is not enabled for the client."
)

// longestTokenLife is that of an access token whose refresh token expires now.
const longestTokenLife = 24 * time.Hour

// RevokeToken revokes a refresh token and every token that came of it. What is
// no valid token any more is revoked already (RFC 7009, section 2.2).
func (s *Service) RevokeToken(ctx context.Context, in *newops.RevokeTokenInput) (*cognito.RevokeTokenOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		c, _, err := s.client(tx, aws.ToString(in.ClientId))
		switch {
		case isResourceNotFound(err) || err == nil && checkClientSecret(c, in.ClientSecret) != nil:
			return &types.UnauthorizedException{Message: ref(msgRevokeClient)}
		case err != nil:
			return err
		case !c.revokesTokens():
			return &types.UnsupportedOperationException{Message: ref(msgRevokeOff)}
		}
		return s.revoke(tx, c, aws.ToString(in.Token))
	})
	if err != nil {
		return nil, err
	}
	return &cognito.RevokeTokenOutput{}, nil
}

func (s *Service) revoke(tx *store.Tx, c *client, text string) error {
	if strings.Count(text, ".") == 2 {
		return &types.UnsupportedTokenTypeException{Message: ref(msgRevokeType)}
	}
	t, err := s.parseRefreshToken(text)
	if err != nil || t.Pool != c.PoolID {
		return nil
	}
	if t.Client != c.ID {
		return &types.UnauthorizedException{Message: ref(msgRevokeClient)}
	}
	return tx.RevokeSignIn(t.Pool, t.OriginJTI, time.UnixMilli(t.Expires).Add(longestTokenLife))
}

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
		c, p, err := s.client(tx, aws.ToString(in.ClientId))
		switch {
		case isResourceNotFound(err) || err == nil && checkClientSecret(c, in.ClientSecret) != nil:
			return &types.UnauthorizedException{Message: ref(msgRevokeClient)}
		case err != nil:
			return err
		case !c.revokesTokens():
			return &types.UnsupportedOperationException{Message: ref(msgRevokeOff)}
		}
		linked := p.tracksSessions() && in.RevokeAssociatedSessions == newops.RevokeAssociatedSessionsTypeLinked
		return s.revoke(tx, c, aws.ToString(in.Token), linked)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.RevokeTokenOutput{}, nil
}

// revoke revokes what the token came of, and the single sign-on that its
// session is linked to if linked says so.
func (s *Service) revoke(tx *store.Tx, c *client, text string, linked bool) error {
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
	if err := s.endSignIn(tx, t.Pool, t.OriginJTI, t.Sub, linked); err != nil {
		return err
	}
	return tx.RevokeSignIn(t.Pool, t.OriginJTI, time.UnixMilli(t.Expires).Add(longestTokenLife))
}

// Operation: GetClientToken.

package userpool

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// allowClientToken is the authentication flow of GetClientToken, which the
// SDK's enumeration lacks.
const allowClientToken types.ExplicitAuthFlowsType = "ALLOW_CLIENT_TOKEN_AUTH"

const (
	msgClientTokenMixed  = "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows."
	msgClientTokenSecret = "ALLOW_CLIENT_TOKEN_AUTH requires a client secret."
	msgClientTokenNone   = "The client has no scopes."
)

// checkClientToken checks ExplicitAuthFlows with ALLOW_CLIENT_TOKEN_AUTH: it
// stands alone, and the client has a secret (API Reference, GetClientToken).
func (c *client) checkClientToken() error {
	switch {
	case len(c.Doc.ExplicitAuthFlows) > 1:
		return invalidParameter(msgClientTokenMixed)
	case !c.hasSecret():
		return invalidParameter(msgClientTokenSecret)
	}
	return nil
}

// GetClientToken makes an access token for the app client itself, as the OAuth
// grant client_credentials does: with the scopes of resource servers that are
// asked for, or with all that the client has. Errors: NotAuthorizedException
// for a wrong secret, InvalidParameterException for a client without
// ALLOW_CLIENT_TOKEN_AUTH and for scopes that it does not have,
// ResourceNotFoundException.
func (s *Service) GetClientToken(ctx context.Context, in *cognito.GetClientTokenInput) (*cognito.GetClientTokenOutput, error) {
	var c *client
	var p *pool
	var scopes []string
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if c, p, err = s.client(tx, aws.ToString(in.ClientId)); err != nil {
			return err
		}
		if !c.hasSecret() {
			return invalidParameter(msgFlowOff, string(allowClientToken))
		}
		if err := checkClientSecret(c, in.Secret); err != nil {
			return err
		}
		if !c.allows(allowClientToken) {
			return invalidParameter(msgFlowOff, string(allowClientToken))
		}
		scopes, err = clientScopes(tx, c, in.Scopes)
		return err
	})
	if err != nil {
		return nil, err
	}
	text, err := s.issueClientToken(ctx, p, c, scopes, in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	return &cognito.GetClientTokenOutput{ClientAuthenticationResult: &types.ClientAuthenticationResultType{
		AccessToken: &text, TokenType: ref("Bearer"), ExpiresIn: int32(c.accessTokenLife() / time.Second),
	}}, nil
}

// clientScopes are the scopes of a token for the client: of those that it is
// configured with the ones of resource servers that exist, all or the ones
// asked for.
func clientScopes(tx *store.Tx, c *client, asked []string) (scopes []string, err error) {
	candidates := asked
	if len(asked) == 0 {
		candidates = c.Doc.AllowedOAuthScopes
	}
	for _, scope := range candidates {
		exists, err := customScope(tx, c.PoolID, scope)
		if err != nil {
			return nil, err
		}
		switch {
		case exists && slices.Contains(c.Doc.AllowedOAuthScopes, scope):
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		case len(asked) > 0:
			return nil, invalidParameter(scopeMissing, scope)
		}
	}
	if len(scopes) == 0 {
		return nil, invalidParameter(msgClientTokenNone)
	}
	return scopes, nil
}

// issueClientToken signs an access token of which the client is the subject.
// The third version of the pool's PreTokenGeneration function may change it.
func (s *Service) issueClientToken(ctx context.Context, p *pool, c *client, granted []string, metadata map[string]string) (string, error) {
	now := s.clock.Now()
	claims := &token.AccessClaims{
		Subject: c.ID, ClientID: c.ID, Issuer: s.issuer(p), TokenUse: token.UseAccess,
		Scope: strings.Join(granted, " "), Version: 2, JTI: newTokenID(s.ids, now),
		AuthTime: now.Unix(), IssuedAt: now.Unix(), Expires: now.Unix() + int64(c.accessTokenLife()/time.Second),
	}
	if l := p.Doc.LambdaConfig; l != nil && l.PreTokenGenerationConfig != nil &&
		l.PreTokenGenerationConfig.LambdaVersion == types.PreTokenGenerationLambdaVersionTypeV30 {
		changes, err := s.triggers.PreTokenGeneration(ctx, &TriggerEvent{
			Source: "TokenGeneration_ClientCredentials", Functions: l, Account: p.Account, Region: p.Region, PoolID: p.ID,
			ClientID: c.ID, UserName: c.ID, UserAttributes: map[string]string{}, ClientMetadata: metadata, Scopes: granted,
		})
		if err != nil {
			return "", err
		}
		if changes != nil {
			claims.Extra = overridden(claims.Extra, &changes.Access)
			claims.Scope = strings.Join(scopes(granted, changes), " ")
		}
	}
	return s.keys.Sign(ctx, token.UserPool(p.ID), token.UseAccess, claims)
}

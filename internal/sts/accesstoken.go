package sts

// AssumeRoleWithWebIdentity with ProviderId

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/oidc"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

const (
	msgProviderID = "%s is not a provider of OAuth 2.0 access tokens."
	msgRejected   = "The identity provider rejected the access token."
	msgNoAnswer   = "The identity provider %s could not be reached."
)

// userKey is, by ProviderId, the condition key of the user ("Available keys for
// AWS web identity federation", IAM User Guide).
var userKey = map[string]string{"graph.facebook.com": ":id", "www.amazon.com": ":user_id"}

// verifyAccessToken has the provider say whose the token is. Errors:
// InvalidIdentityToken for other providers, IDPRejectedClaim for a token that is
// not good, IDPCommunicationError.
func (s *Service) verifyAccessToken(ctx context.Context, provider, accessToken string) (*webIdentity, error) {
	if userKey[provider] == "" || s.accessTokens == nil {
		return nil, invalidToken(msgProviderID, provider)
	}
	app, user, err := s.accessTokens.AccessToken(ctx, provider, accessToken)
	switch {
	case errors.Is(err, oidc.ErrUnavailable):
		s.log.InfoContext(ctx, "identity provider does not answer", "provider", provider, "error", err)
		return nil, &types.IDPCommunicationErrorException{Message: aws.String(fmt.Sprintf(msgNoAnswer, provider))}
	case errors.Is(err, token.ErrSignature):
		return nil, &types.IDPRejectedClaimException{Message: aws.String(msgRejected)}
	case err != nil:
		return nil, err
	}
	return &webIdentity{
		issuer: provider, provider: provider, host: provider, builtin: true, audience: app, claims: token.Claims{"sub": user},
	}, nil
}

// lasting are the condition keys that the session keeps for later calls.
func (w *webIdentity) lasting() []string {
	if user, ok := userKey[w.host]; ok {
		return []string{w.host + ":app_id", w.host + user}
	}
	return []string{w.host + ":aud", w.host + ":oaud", w.host + ":sub", w.host + ":amr"}
}

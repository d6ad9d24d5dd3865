package server

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/poolhouse-id/poolhouse/internal/identitypool"
	"github.com/poolhouse-id/poolhouse/internal/oidc"
	"github.com/poolhouse-id/poolhouse/internal/sts"
	"github.com/poolhouse-id/poolhouse/internal/token"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

var (
	providerForm = regexp.MustCompile(`^(?:issuer-)?cognito-idp\.([a-z0-9-]+)\.amazonaws\.com/([a-z0-9-]+_[0-9a-zA-Z]+)$`)
	poolIDForm   = regexp.MustCompile(`^([a-z0-9-]+)_[0-9a-zA-Z]+$`)
)

// poolOfIssuer returns the user pool that an issuer, without its scheme, is of:
// in AWS's forms, or below our public URL.
func (s *Server) poolOfIssuer(issuer string) (region, poolID string, ok bool) {
	region, poolID, ok = s.poolNamed(issuer)
	return region, poolID, ok && strings.HasPrefix(poolID, region+"_")
}

// poolNamed is poolOfIssuer for issuers of a pool's replicas, too, whose region
// is not the pool's.
func (s *Server) poolNamed(issuer string) (region, poolID string, ok bool) {
	if m := providerForm.FindStringSubmatch(issuer); m != nil {
		return m[1], m[2], true
	}
	_, public, _ := strings.Cut(s.publicURL, "://")
	id, ok := strings.CutPrefix(issuer, public+"/")
	id = strings.TrimPrefix(id, updatedIssuerPath)
	m := poolIDForm.FindStringSubmatch(id)
	if !ok || m == nil {
		return "", "", false
	}
	return m[1], id, true
}

// poolTokens is what identity pools need of user pools.
type poolTokens struct {
	server *Server
	pools  *userpool.Service
	keys   *token.Keys
}

// ProviderName implements identitypool.UserPools.
func (p poolTokens) ProviderName(name string) (provider string, ok bool) {
	region, poolID, ok := p.server.poolOfIssuer(name)
	if !ok {
		return "", false
	}
	return awsIssuerHost(region) + "/" + poolID, true
}

// VerifyToken implements identitypool.UserPools.
func (p poolTokens) VerifyToken(ctx context.Context, provider, jwt string) (*identitypool.Claims, error) {
	_, poolID, ok := p.server.poolOfIssuer(provider)
	if !ok {
		return nil, identitypool.ErrUnknownProvider
	}
	if err := p.pools.Exists(ctx, poolID); err != nil {
		return nil, identitypool.ErrUnknownProvider
	}
	claims, err := p.keys.Verify(ctx, token.UserPool(poolID), "", jwt)
	if err != nil && !errors.Is(err, token.ErrExpired) {
		return nil, p.refusal(err, poolID, jwt)
	}
	if ok, err := p.pools.Issues(ctx, poolID, claims.String("iss")); err != nil {
		return nil, err
	} else if !ok {
		return nil, identitypool.ErrIssuer
	}
	return &identitypool.Claims{
		Issuer: claims.String("iss"), Subject: claims.String("sub"), Audience: claims.Strings("aud"),
		Expires: claims.Time("exp"), All: claims,
	}, nil
}

// refusal is the identity pools' form of a fault of a token. A token of
// another pool is of another issuer rather than badly signed.
func (p poolTokens) refusal(err error, poolID, jwt string) error {
	switch {
	case errors.Is(err, token.ErrMalformed), errors.Is(err, token.ErrAlgorithm):
		return identitypool.ErrMalformed
	case errors.Is(err, token.ErrUnknownKey), errors.Is(err, token.ErrSignature):
		if issuer, ok := unverifiedIssuer(jwt); ok && !strings.HasSuffix(issuer, "/"+poolID) {
			return identitypool.ErrIssuer
		}
		return identitypool.ErrSignature
	}
	return err
}

// unverifiedIssuer reads the claim iss of a token that was not verified, to say
// what is wrong with it.
func unverifiedIssuer(jwt string) (issuer string, ok bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return "", false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", false
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", false
	}
	return claims.Issuer, claims.Issuer != ""
}

// CheckUser implements identitypool.UserPools.
func (p poolTokens) CheckUser(ctx context.Context, provider string, claims *identitypool.Claims) error {
	_, poolID, ok := p.server.poolOfIssuer(provider)
	if !ok {
		return identitypool.ErrUnknownProvider
	}
	err := p.pools.CheckToken(ctx, poolID, claims.All)
	if errors.Is(err, userpool.ErrTokenRevoked) {
		return identitypool.ErrRevoked
	}
	return err
}

// identityRoles is what identity pools need of STS.
type identityRoles struct{ sts *sts.Service }

// AssumeRole implements identitypool.Roles.
func (r identityRoles) AssumeRole(ctx context.Context, in *identitypool.Session) (*identitypool.RoleCredentials, error) {
	c, err := r.sts.AssumeForIdentity(ctx, &sts.IdentitySession{
		RoleARN: in.RoleARN, PoolID: in.PoolID, IdentityID: in.IdentityID, AMR: in.AMR, Name: in.Name, Duration: in.Duration,
		Tags: in.Tags, Policy: in.Policy, PolicyARNs: in.PolicyARNs,
	})
	if errors.Is(err, sts.ErrRoleRefused) {
		return nil, identitypool.ErrRoleRefused
	}
	if err != nil {
		return nil, err
	}
	return &identitypool.RoleCredentials{
		AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey),
		SessionToken: aws.ToString(c.SessionToken), Expiration: aws.ToTime(c.Expiration),
	}, nil
}

// webIdentities is what STS needs to verify web identity tokens.
type webIdentities struct {
	server   *Server
	services *services
	foreign  *oidc.Verifier
}

// Own implements sts.Tokens.
func (w webIdentities) Own(ctx context.Context, issuer, jwt string) (claims map[string]any, ours bool, err error) {
	if issuer == identitypool.Issuer {
		claims, err := w.services.keys.Verify(ctx, token.IdentityPools, token.UseOpenID, jwt)
		return claims, true, err
	}
	_, rest, _ := strings.Cut(issuer, "://")
	_, poolID, ok := w.server.poolNamed(rest)
	if !ok {
		return nil, false, nil
	}
	if ours, err := w.services.userPools.Issues(ctx, poolID, issuer); err != nil || !ours {
		return nil, false, nil //nolint:nilerr // an issuer that is not ours
	}
	claims, err = w.services.keys.Verify(ctx, token.UserPool(poolID), token.UseID, jwt)
	return claims, true, err
}

// Foreign implements sts.Tokens.
func (w webIdentities) Foreign(ctx context.Context, issuer, jwt string) (map[string]any, error) {
	return w.foreign.Verify(ctx, issuer, jwt)
}

// accessTokens is what STS needs of the public providers that identity pools
// know.
type accessTokens struct{ *identitypool.Public }

// AccessToken implements sts.AccessTokens.
func (a accessTokens) AccessToken(ctx context.Context, provider, accessToken string) (app, user string, err error) {
	claims, err := a.Public.AccessToken(ctx, provider, accessToken)
	switch {
	case errors.Is(err, identitypool.ErrUnavailable):
		return "", "", fmt.Errorf("%w: %w", oidc.ErrUnavailable, err)
	case errors.Is(err, identitypool.ErrSignature), errors.Is(err, identitypool.ErrMalformed):
		return "", "", token.ErrSignature
	case err != nil:
		return "", "", err
	}
	return claims.Audience[0], claims.Subject, nil
}

package userpool

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// scopeSelf is the scope that operations with an access token need; sign-ins
// by the API get exactly it.
const scopeSelf = "aws.cognito.signin.user.admin"

const (
	msgAccessTokenInvalid = "Invalid Access Token"
	msgAccessTokenExpired = "Access Token has expired"
	msgAccessTokenRevoked = "Access Token has been revoked"
	msgAccessTokenScope   = "Access Token does not have required scopes"
	msgUserDisabled       = "User is disabled."
)

// bearer is who calls with an access token.
type bearer struct {
	pool   *pool
	client *client
	user   *store.User
	claims token.Claims
}

// asBearerView runs f in a reading transaction for the user whom the access
// token stands for. Errors: NotAuthorizedException, UserNotFoundException,
// ResourceNotFoundException.
func (s *Service) asBearerView(ctx context.Context, accessToken string, f func(*store.Tx, *bearer) error) error {
	return s.asBearer(ctx, s.store.View, accessToken, f)
}

// asBearerUpdate is asBearerView in a writing transaction.
func (s *Service) asBearerUpdate(ctx context.Context, accessToken string, f func(*store.Tx, *bearer) error) error {
	return s.asBearer(ctx, s.store.Update, accessToken, f)
}

func (s *Service) asBearer(ctx context.Context, run func(context.Context, func(*store.Tx) error) error, accessToken string, f func(*store.Tx, *bearer) error) error {
	poolID, claims, err := s.verifyAccessToken(ctx, accessToken)
	if err != nil {
		return err
	}
	return run(ctx, func(tx *store.Tx) error {
		b, err := s.bearer(tx, poolID, claims)
		if err != nil {
			return err
		}
		return f(tx, b)
	})
}

// verifyAccessToken checks what needs no user: signature, expiry, use and
// scope. It reads the store: call it outside of transactions.
func (s *Service) verifyAccessToken(ctx context.Context, accessToken string) (poolID string, claims token.Claims, err error) {
	poolID, ok := poolOfToken(accessToken)
	if !ok {
		return "", nil, notAuthorized(msgAccessTokenInvalid)
	}
	claims, err = s.keys.Verify(ctx, token.UserPool(poolID), token.UseAccess, accessToken)
	switch {
	case errors.Is(err, token.ErrExpired):
		return "", nil, notAuthorized(msgAccessTokenExpired)
	case isTokenError(err):
		return "", nil, notAuthorized(msgAccessTokenInvalid)
	case err != nil:
		return "", nil, err
	case claims.String("token_use") != token.UseAccess:
		return "", nil, notAuthorized(msgAccessTokenInvalid)
	case !slices.Contains(strings.Fields(claims.String("scope")), scopeSelf):
		return "", nil, notAuthorized(msgAccessTokenScope)
	}
	return poolID, claims, nil
}

// isTokenError tells a refusal of the token from a failure to look.
func isTokenError(err error) bool {
	return slices.ContainsFunc([]error{
		token.ErrMalformed, token.ErrAlgorithm, token.ErrUnknownKey, token.ErrSignature, token.ErrNotYetValid,
	}, func(kind error) bool { return errors.Is(err, kind) })
}

// poolOfToken reads, without trusting it, which pool a token claims to be of:
// the last part of its issuer.
func poolOfToken(text string) (poolID string, ok bool) {
	_, rest, _ := strings.Cut(text, ".")
	payload, _, found := strings.Cut(rest, ".")
	b, err := base64.RawURLEncoding.DecodeString(payload)
	if !found || err != nil {
		return "", false
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(b, &claims) != nil {
		return "", false
	}
	poolID = claims.Issuer[strings.LastIndexByte(claims.Issuer, '/')+1:]
	return poolID, poolID != "" && len(poolID) <= 55
}

// bearer checks the rest: that user and client exist, that the user may act,
// and that the token was not revoked.
func (s *Service) bearer(tx *store.Tx, poolID string, claims token.Claims) (*bearer, error) {
	p, err := s.anyPool(tx, poolID)
	if err != nil {
		return nil, err
	}
	if p, err = p.inRegion(tx); err != nil {
		return nil, err
	}
	c, _, err := s.client(tx, claims.String("client_id"))
	if isResourceNotFound(err) {
		return nil, notAuthorized(msgAccessTokenRevoked)
	}
	if err != nil {
		return nil, err
	}
	u, err := tx.UserBySub(p.ID, claims.String("sub"))
	if err != nil {
		return nil, orUserNotFound(err)
	}
	if !u.Enabled {
		return nil, notAuthorized(msgUserDisabled)
	}
	revoked, err := isRevoked(tx, u, issuedAt(claims), claims.String("origin_jti"))
	if err != nil {
		return nil, err
	}
	if revoked {
		return nil, notAuthorized(msgAccessTokenRevoked)
	}
	return &bearer{p, c, u, claims}, nil
}

// isRevoked tells whether a token that was issued to the user at a time, of the
// sign-in with the origin_jti (or none), is revoked: by a global sign-out since,
// or as one of that sign-in.
func isRevoked(tx *store.Tx, u *store.User, issued time.Time, originJTI string) (bool, error) {
	if !u.SignedOut.IsZero() && !issued.After(u.SignedOut) {
		return true, nil
	}
	if originJTI == "" {
		return false, nil
	}
	return tx.SignInRevoked(u.PoolID, originJTI)
}

// issuedAt is when a token was issued, to the millisecond that its jti tells.
func issuedAt(claims token.Claims) time.Time {
	if t, ok := tokenIDTime(claims.String("jti")); ok {
		return t
	}
	return claims.Time("iat")
}

// Operations: GetTokensFromRefreshToken; the flows REFRESH_TOKEN_AUTH and
// REFRESH_TOKEN of InitiateAuth and AdminInitiateAuth.

package userpool

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const paramRefreshToken = "REFRESH_TOKEN"

// GetTokensFromRefreshToken renews the tokens of a sign-in. With refresh token
// rotation the refresh token is replaced too, and the one before works for the
// grace period only.
func (s *Service) GetTokensFromRefreshToken(ctx context.Context, in *cognito.GetTokensFromRefreshTokenInput) (*cognito.GetTokensFromRefreshTokenOutput, error) {
	var a *attempt
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		a = &attempt{metadata: in.ClientMetadata, params: map[string]string{paramDeviceKey: aws.ToString(in.DeviceKey)}}
		if a.client, a.pool, err = s.client(tx, aws.ToString(in.ClientId)); err != nil {
			return err
		}
		return checkClientSecret(a.client, in.ClientSecret)
	})
	if err != nil {
		return nil, err
	}
	result, err := s.renew(ctx, a, aws.ToString(in.RefreshToken), func(*refreshToken) error { return nil })
	if err != nil {
		return nil, err
	}
	return &cognito.GetTokensFromRefreshTokenOutput{AuthenticationResult: result}, nil
}

// startRefresh is the flow REFRESH_TOKEN_AUTH, which rotation turns off.
func (s *Service) startRefresh(ctx context.Context, a *attempt) (*answer, error) {
	if a.client.rotatesRefreshTokens() {
		return nil, invalidParameter(msgAuthFlowOff)
	}
	if a.client.hasSecret() && a.params[paramSecretHash] == "" {
		return nil, notAuthorized(secretHashMissing, a.client.ID)
	}
	result, err := s.renew(ctx, a, a.params[paramRefreshToken], func(*refreshToken) error {
		return checkSecretHash(a.client, a.user.Username, a.params[paramSecretHash])
	})
	if err != nil {
		return nil, err
	}
	return &answer{parameters: map[string]string{}, result: result}, nil
}

// renew makes new tokens of a refresh token. check runs once the user is known.
func (s *Service) renew(ctx context.Context, a *attempt, text string, check func(*refreshToken) error) (*types.AuthenticationResultType, error) {
	t, err := s.openRefreshToken(text, a.client)
	if err != nil {
		return nil, err
	}
	var g *grant
	rotate := a.client.rotatesRefreshTokens()
	run := s.store.View
	if rotate || a.pool.tracksSessions() {
		run = s.update
	}
	err = run(ctx, func(tx *store.Tx) (err error) {
		if err := s.holder(tx, a, t); err != nil {
			return err
		}
		if err := check(t); err != nil {
			return err
		}
		if rotate {
			if err := useRefreshToken(tx, a.client, t); err != nil {
				return err
			}
		}
		if err := s.touchSession(ctx, tx, a.pool, t.OriginJTI); err != nil {
			return err
		}
		g, err = s.renewed(tx, a, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	result, err := s.issue(ctx, g)
	if err != nil || !rotate {
		return result, err
	}
	next := *t
	next.ID, next.Issued = newTokenID(s.ids, g.now), g.now.UnixMilli()
	sealed := s.sealRefreshToken(&next)
	result.RefreshToken = &sealed
	return result, nil
}

// holder finds the user of the token, and refuses what ended its sign-in.
func (s *Service) holder(tx *store.Tx, a *attempt, t *refreshToken) error {
	// The client was read in an earlier transaction.
	if _, _, err := s.client(tx, a.client.ID); err != nil {
		return err
	}
	u, err := tx.UserBySub(a.pool.ID, t.Sub)
	switch {
	case errors.Is(err, store.ErrNotFound) && a.client.hidesUsers():
		return notAuthorized(msgRefreshRevoked)
	case err != nil:
		return orUserNotFound(err)
	}
	a.user = u
	revoked, err := isRevoked(tx, u, time.UnixMilli(t.Issued), t.OriginJTI)
	switch {
	case err != nil:
		return err
	case revoked:
		return notAuthorized(msgRefreshRevoked)
	}
	if err := checkRefreshDevice(tx, a, t); err != nil {
		return err
	}
	return s.mayEnter(tx, a)
}

// useRefreshToken records that the token was exchanged. Errors:
// RefreshTokenReuseException once the grace period is over.
func useRefreshToken(tx *store.Tx, c *client, t *refreshToken) error {
	before, err := tx.RotateRefreshToken(c.PoolID, t.ID, time.UnixMilli(t.Expires))
	if err != nil || before.IsZero() {
		return err
	}
	grace := time.Duration(aws.ToInt32(c.Doc.RefreshTokenRotation.RetryGracePeriodSeconds)) * time.Second
	if !tx.Now().Before(before.Add(grace)) {
		return &types.RefreshTokenReuseException{Message: ref(msgRefreshReuse)}
	}
	return nil
}

const msgRefreshReuse = "Refresh token has already been used."

func (s *Service) renewed(tx *store.Tx, a *attempt, t *refreshToken) (*grant, error) {
	groups, err := s.memberships(tx, a.user)
	if err != nil {
		return nil, err
	}
	sortMemberships(groups)
	return &grant{
		pool: a.pool, client: a.client, user: a.user, groups: groups, authTime: time.UnixMilli(t.AuthTime), now: tx.Now(),
		originJTI: t.OriginJTI, scopes: t.Scopes, deviceKey: t.DeviceKey,
		source: "RefreshTokens", metadata: a.metadata,
	}, nil
}

// checkClientSecret checks a client secret that came in clear. Errors:
// NotAuthorizedException.
func checkClientSecret(c *client, secret *string) error {
	switch {
	case !c.hasSecret() && aws.ToString(secret) == "":
		return nil
	case aws.ToString(secret) == "":
		return notAuthorized(msgSecretNotReceived, c.ID)
	}
	ok := 0
	for _, s := range c.secrets {
		ok |= subtle.ConstantTimeCompare([]byte(s.Secret), []byte(*secret))
	}
	if ok != 1 {
		return notAuthorized(msgSecretWrong, c.ID)
	}
	return nil
}

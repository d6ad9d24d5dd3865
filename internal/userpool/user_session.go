package userpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"math/big"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// User sessions: in pools that track them a row is kept of every sign-in while
// its refresh token lives. Revoking it revokes the tokens; a sign-in beyond the
// pool's limit revokes the one that was active least recently
// (UserPoolTokenSessionConfigType in the API reference). A sign-in from before
// the pool began to track them has no row.

const (
	sessionTracking = "User Session Tracking"

	sessionToken = string(newops.SessionTypeTypeToken)
	sessionSSO   = string(newops.SessionTypeTypeSso)

	defaultMaxSessions = 20
	// sessionPageSize is how many sessions a page holds.
	sessionPageSize = 125
)

// tracksSessions tells whether the pool keeps track of its users' sessions.
func (p *pool) tracksSessions() bool {
	return p.Sessions != nil && p.Sessions.UserSessionTracking == newops.UserSessionTrackingTypeEnabled
}

func (p *pool) maxSessions() int {
	if p.Sessions == nil || p.Sessions.TokenSession == nil || p.Sessions.TokenSession.MaxPerUser == nil {
		return defaultMaxSessions
	}
	return int(*p.Sessions.TokenSession.MaxPerUser)
}

// tokenSessionID is the ID of the session of a sign-in's tokens: tkn and 25
// lower-case letters and digits, from which the origin_jti cannot be told.
func (s *Service) tokenSessionID(originJTI string) string {
	mac := hmac.New(sha256.New, s.store.Derive("user session ids", 32))
	mac.Write([]byte(originJTI))
	const length, base = 25, 36
	digits := new(big.Int).SetBytes(mac.Sum(nil)).Text(base)
	return "tkn" + digits[len(digits)-length:]
}

// recordSession keeps the session of tokens that were just made, and ends the
// ones that were active least recently beyond the pool's limit.
func (s *Service) recordSession(ctx context.Context, g *grant) error {
	if !g.pool.tracksSessions() {
		return nil
	}
	call := awswire.CallOf(ctx)
	x := &store.UserSession{
		ID: s.tokenSessionID(g.originJTI), Type: sessionToken, ClientID: g.client.ID, OriginJTI: g.originJTI,
		Device: deviceDescription(call.UserAgent), IP: sourceIP(ctx),
		Created: g.now, Active: g.now, Expires: g.now.Add(g.client.refreshTokenLife()),
	}
	return s.update(ctx, func(tx *store.Tx) error {
		// The user may have signed out everywhere or be deleted by now.
		u, err := tx.UserBySub(g.pool.ID, g.user.Sub)
		if err != nil {
			return orUserNotFound(err)
		}
		if err := tx.DeleteSignedOutSessions(u); err != nil {
			return err
		}
		excess, err := tx.LeastActiveUserSessions(u, sessionToken, g.pool.maxSessions()-1, maxEvictions)
		if err != nil {
			return err
		}
		for _, old := range excess {
			if err := endSession(tx, u, old); err != nil {
				return err
			}
		}
		return tx.InsertUserSession(u, x)
	})
}

// maxEvictions bounds what one sign-in ends. No user has more sessions than
// the highest limit.
const maxEvictions = 100

// touchSession records that the tokens of a sign-in were refreshed.
func (s *Service) touchSession(ctx context.Context, tx *store.Tx, p *pool, originJTI string) error {
	if !p.tracksSessions() {
		return nil
	}
	return tx.TouchUserSession(p.ID, s.tokenSessionID(originJTI), deviceDescription(awswire.CallOf(ctx).UserAgent), sourceIP(ctx))
}

// endSession revokes the session's tokens and forgets it.
func endSession(tx *store.Tx, u *store.User, x *store.UserSession) error {
	if x.OriginJTI != "" {
		if err := tx.RevokeSignIn(u.PoolID, x.OriginJTI, x.Expires.Add(longestTokenLife)); err != nil {
			return err
		}
	}
	return tx.DeleteUserSession(u.PoolID, x.ID)
}

// endLinked ends what is linked to a session: the single sign-on that a sign-in
// came of, or the sign-ins that came of a single sign-on.
func endLinked(tx *store.Tx, u *store.User, x *store.UserSession) error {
	if x.Type == sessionToken {
		if x.OriginID == "" {
			return nil
		}
		return tx.DeleteUserSession(u.PoolID, x.OriginID)
	}
	for {
		linked, err := tx.LinkedUserSessions(u, x.ID, sessionPageSize)
		if err != nil {
			return err
		}
		for _, l := range linked {
			if err := endSession(tx, u, l); err != nil {
				return err
			}
		}
		if len(linked) < sessionPageSize {
			return nil
		}
	}
}

// endSignIn ends the session of a sign-in whose tokens are revoked otherwise,
// with the single sign-on that it came of if linked says so.
func (s *Service) endSignIn(tx *store.Tx, poolID, originJTI, sub string, linked bool) error {
	id := s.tokenSessionID(originJTI)
	if linked {
		x, err := tx.UserSession(&store.User{PoolID: poolID, Sub: sub}, id)
		if err == nil && x.OriginID != "" {
			err = tx.DeleteUserSession(poolID, x.OriginID)
		}
		if err != nil && !isMissing(err) {
			return err
		}
	}
	return tx.DeleteUserSession(poolID, id)
}

// pruneSessions deletes a batch of sessions whose refresh tokens have expired.
func pruneSessions(tx *store.Tx) (more bool, err error) {
	return tx.PruneUserSessions(tx.Now().Add(-time.Minute), purgeBatch)
}

func operationNotEnabled(message string) error {
	return &types.OperationNotEnabledException{Message: aws.String(message)}
}

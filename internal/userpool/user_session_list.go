// Operations: ListUserSessions, AdminListUserSessions, RevokeUserSession,
// AdminRevokeUserSession.

package userpool

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgSessionUnknown = "Session does not exist."
	msgSessionCurrent = "The current session cannot be revoked."

	purposeSessionsPage = "userpool ListUserSessions page"
	// unknownPlace stands for the country of an address: there is no database of
	// where addresses are.
	unknownPlace = "unknown"
)

// ListUserSessions lists the caller's active sessions, the newest first.
// Errors: OperationNotEnabledException while the pool tracks none.
func (s *Service) ListUserSessions(ctx context.Context, in *newops.ListUserSessionsInput) (*newops.ListUserSessionsOutput, error) {
	out := &newops.ListUserSessionsOutput{}
	err := s.asBearerView(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) (err error) {
		out.Sessions, out.NextToken, err = s.sessionsPage(tx, b.pool, b.user, in.NextToken, s.currentSession(b))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AdminListUserSessions lists a user's active sessions, the newest first.
// Errors: OperationNotEnabledException while the pool tracks none,
// UserNotFoundException, ResourceNotFoundException.
func (s *Service) AdminListUserSessions(ctx context.Context, in *newops.AdminListUserSessionsInput) (*newops.AdminListUserSessionsOutput, error) {
	out := &newops.AdminListUserSessionsOutput{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, u, err := s.adminUser(ctx, tx, in.UserPoolId, in.Username)
		if err != nil {
			return err
		}
		out.Sessions, out.NextToken, err = s.sessionsPage(tx, p, u, in.NextToken, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// currentSession is the ID of the session that an access token belongs to;
// empty when the token does not tell, since its client has no token revocation.
func (s *Service) currentSession(b *bearer) string {
	if jti := b.claims.String("origin_jti"); jti != "" {
		return s.tokenSessionID(jti)
	}
	return ""
}

func (s *Service) sessionsPage(tx *store.Tx, p *pool, u *store.User, token *string, current string) ([]newops.SessionDescriptionType, *string, error) {
	if !p.tracksSessions() {
		return nil, nil, operationNotEnabled(msgSessionsOff)
	}
	created, id, err := s.openTimePage(purposeSessionsPage, u, token)
	if err != nil {
		return nil, nil, err
	}
	rows, err := tx.UserSessions(u, created, id, sessionPageSize+1)
	if err != nil {
		return nil, nil, err
	}
	var next *string
	if len(rows) > sessionPageSize {
		rows = rows[:sessionPageSize]
		last := rows[sessionPageSize-1]
		next = s.sealTimePage(purposeSessionsPage, u, last.Created, last.ID)
	}
	list := []newops.SessionDescriptionType{}
	for _, x := range rows {
		list = append(list, describeSession(x, x.ID == current))
	}
	return list, next, nil
}

func describeSession(x *store.UserSession, current bool) newops.SessionDescriptionType {
	d := newops.SessionDescriptionType{
		SessionId: &x.ID, SessionType: newops.SessionTypeType(x.Type), ClientId: &x.ClientID, CreateDate: &x.Created, LastActiveDate: &x.Active,
		DeviceType: &x.Device, LastLocation: &newops.SessionLocationType{Country: aws.String(unknownPlace)}, IsCurrentSession: &current,
	}
	if x.IP != "" {
		d.LastIPAddress = &x.IP
	}
	if x.OriginID != "" {
		d.OriginSessionId = &x.OriginID
	}
	return d
}

// sealTimePage makes the token of the page after an item with a time and an ID.
func (s *Service) sealTimePage(purpose string, u *store.User, at time.Time, id string) *string {
	return s.sealUserPage(purpose, u, strconv.FormatInt(at.UnixMilli(), 10)+" "+id)
}

// openTimePage returns the item after which to go on. Errors:
// InvalidParameterException.
func (s *Service) openTimePage(purpose string, u *store.User, token *string) (at time.Time, id string, err error) {
	after, err := s.openUserPage(purpose, u, token)
	if err != nil || after == "" {
		return time.Time{}, "", err
	}
	ms, id, _ := strings.Cut(after, " ")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}, "", invalidParameter(msgBadPage)
	}
	return time.UnixMilli(n).UTC(), id, nil
}

// RevokeUserSession ends another session of the caller than the one that the
// access token belongs to. Errors: InvalidParameterException for that,
// ResourceNotFoundException, OperationNotEnabledException while the pool tracks
// none.
func (s *Service) RevokeUserSession(ctx context.Context, in *newops.RevokeUserSessionInput) (*newops.RevokeUserSessionOutput, error) {
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		id := aws.ToString(in.SessionId)
		if id != "" && id == s.currentSession(b) {
			return invalidParameter(msgSessionCurrent)
		}
		return revokeSession(tx, b.pool, b.user, id, in.RevokeAssociatedSessions)
	})
	if err != nil {
		return nil, err
	}
	return &newops.RevokeUserSessionOutput{}, nil
}

// AdminRevokeUserSession ends a session of a user. Errors:
// ResourceNotFoundException, also when the session is another user's,
// UserNotFoundException, OperationNotEnabledException while the pool tracks
// none.
func (s *Service) AdminRevokeUserSession(ctx context.Context, in *newops.AdminRevokeUserSessionInput) (*newops.AdminRevokeUserSessionOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, p *pool, u *store.User) error {
		return revokeSession(tx, p, u, aws.ToString(in.SessionId), in.RevokeAssociatedSessions)
	})
	if err != nil {
		return nil, err
	}
	return &newops.AdminRevokeUserSessionOutput{}, nil
}

func revokeSession(tx *store.Tx, p *pool, u *store.User, id string, associated newops.RevokeAssociatedSessionsType) error {
	if !p.tracksSessions() {
		return operationNotEnabled(msgSessionsOff)
	}
	x, err := tx.UserSession(u, id)
	if isMissing(err) {
		return notFound(msgSessionUnknown)
	}
	if err != nil {
		return err
	}
	if associated == newops.RevokeAssociatedSessionsTypeLinked {
		if err := endLinked(tx, u, x); err != nil {
			return err
		}
	}
	return endSession(tx, u, x)
}

func isMissing(err error) bool { return errors.Is(err, store.ErrNotFound) }

package userpool

// ResendConfirmationCode.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgAlreadyConfirmed = "User is already confirmed."
	msgCannotResend     = "Cannot resend codes. Auto verification not turned on."
)

// ResendConfirmationCode sends a new confirmation code to a user who signed
// up; the former code does not count any more (API Reference,
// ResendConfirmationCode). Where the client hides which users exist, unknown,
// disabled and confirmed users get an answer as if a code was sent.
func (s *Service) ResendConfirmationCode(ctx context.Context, in *cognito.ResendConfirmationCodeInput) (*cognito.ResendConfirmationCodeOutput, error) {
	var r resend
	err := s.store.View(ctx, func(tx *store.Tx) error { return s.beginResend(tx, &r, in) })
	if err != nil {
		return nil, err
	}
	if r.user != nil && r.to != nil {
		if r.message, err = s.message(ctx, r.pool, eventResendCode, r.pool.event("", r.user, r.client, in.ClientMetadata)); err != nil {
			return nil, err
		}
	}
	err = s.update(ctx, func(tx *store.Tx) error { return s.finishResend(tx, &r, aws.ToString(in.Username)) })
	if err := s.recordEvent(r.client.withUserContext(ctx, in.UserContextData), r.pool, s.eventUser(&r, in.Username), r.client, types.EventTypeResendCode, err); err != nil {
		return nil, err
	}
	return &cognito.ResendConfirmationCodeOutput{CodeDeliveryDetails: r.to.details()}, nil
}

// resend is what a code is sent to again: no user stands for an answer that
// only looks as if it was.
type resend struct {
	client  *client
	pool    *pool
	user    *store.User
	to      *destination
	message message
}

func (s *Service) beginResend(tx *store.Tx, r *resend, in *cognito.ResendConfirmationCodeInput) (err error) {
	r.client, r.pool, r.user, err = s.clientUser(tx, in.ClientId, in.Username, in.SecretHash)
	name := aws.ToString(in.Username)
	switch {
	case errors.Is(err, store.ErrNotFound) && r.client.hidesUsers():
		s.simulate(r, name)
	case errors.Is(err, store.ErrNotFound):
		return clientUserNotFound()
	case err != nil:
		return err
	case !r.user.Enabled && r.client.hidesUsers():
		s.simulate(r, name)
	case !r.user.Enabled:
		return notAuthorized(msgUserDisabled)
	case r.user.Status != string(types.UserStatusTypeUnconfirmed) && r.client.hidesUsers():
		s.simulate(r, name)
	case r.user.Status != string(types.UserStatusTypeUnconfirmed):
		return invalidParameter(msgAlreadyConfirmed)
	default:
		if r.to = r.pool.confirmationDestination(r.user); r.to == nil {
			return invalidParameter(msgCannotResend)
		}
	}
	return nil
}

func (s *Service) simulate(r *resend, name string) {
	d := s.simulated(r.pool, name)
	r.user, r.to = nil, &d
}

// eventUser is whose the auth event of the operation is. For a user that the
// client hides it is one that does not exist: recording takes the same work.
func (s *Service) eventUser(r *resend, name *string) *store.User {
	if r.user == nil && r.pool != nil && r.client.hidesUsers() {
		return &store.User{PoolID: r.pool.ID, Sub: s.subjectOf(r.pool, nil, aws.ToString(name))}
	}
	return r.user
}

func (s *Service) finishResend(tx *store.Tx, r *resend, name string) error {
	if err := countAttempt(tx, r.pool.ID, s.subjectOf(r.pool, r.user, name), limitResend); err != nil {
		return err
	}
	if r.user == nil {
		return nil
	}
	u, err := tx.UserBySub(r.pool.ID, r.user.Sub)
	if err != nil {
		return orUserNotFound(err)
	}
	if err := refuseConfirmed(u); err != nil {
		return err
	}
	return s.sendCode(tx, r.pool, u, purposeConfirm, codeLife, *r.to, r.message)
}

package userpool

// ForgotPassword, ConfirmForgotPassword, AdminResetUserPassword.

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgNoRecovery     = "Cannot reset password for the user as there is no registered/verified email or phone_number"
	msgCannotReset    = "User password cannot be reset in the current state."
	msgAdminRecovers  = "Contact administrator to reset password."
	eventConfirmReset = "PostConfirmation_ConfirmForgotPassword"
)

// recovery decides where the user's reset code goes: by the priorities of the
// pool's AccountRecoverySetting, or without one to a verified phone number and
// else to a verified e-mail address. A phone number that gets MFA codes does
// not recover the password too, unless the pool has no setting (Developer
// Guide, "Recovering user accounts"). Errors: NotAuthorizedException,
// InvalidParameterException.
func (p *pool) recovery(u *store.User) (destination, error) {
	switch types.UserStatusType(u.Status) {
	case types.UserStatusTypeForceChangePassword, types.UserStatusTypeExternalProvider:
		return destination{}, notAuthorized(msgCannotReset)
	}
	setting := p.Doc.AccountRecoverySetting
	if setting == nil || len(setting.RecoveryMechanisms) == 0 {
		for _, attribute := range []string{attrPhone, attrEmail} {
			if isVerified(u, attribute) {
				return destinationOf(u, attribute), nil
			}
		}
		return destination{}, invalidParameter(msgNoRecovery)
	}
	options := slices.Clone(setting.RecoveryMechanisms)
	slices.SortStableFunc(options, func(a, b types.RecoveryOptionType) int {
		return int(aws.ToInt32(a.Priority)) - int(aws.ToInt32(b.Priority))
	})
	for _, o := range options {
		switch {
		case o.Name == types.RecoveryOptionNameTypeAdminOnly:
			return destination{}, notAuthorized(msgAdminRecovers)
		case o.Name == types.RecoveryOptionNameTypeVerifiedEmail && isVerified(u, attrEmail):
			return destinationOf(u, attrEmail), nil
		case o.Name == types.RecoveryOptionNameTypeVerifiedPhoneNumber && isVerified(u, attrPhone) && !u.HasMFA("SMS_MFA"):
			return destinationOf(u, attrPhone), nil
		}
	}
	return destination{}, invalidParameter(msgNoRecovery)
}

// ForgotPassword sends a code with which the user can set a new password (API
// Reference, ForgotPassword). Where the client hides which users exist,
// unknown, disabled and unreachable users get an answer as if a code was sent.
func (s *Service) ForgotPassword(ctx context.Context, in *cognito.ForgotPasswordInput) (*cognito.ForgotPasswordOutput, error) {
	var r resend
	err := s.store.View(ctx, func(tx *store.Tx) error { return s.beginForgot(tx, &r, in) })
	migrated, failed := s.migrateForgotten(ctx, &r, in)
	switch {
	case failed != nil:
		return nil, failed
	case migrated:
		err = s.store.View(ctx, func(tx *store.Tx) error { return s.beginForgot(tx, &r, in) })
	}
	if err != nil {
		return nil, err
	}
	if r.user != nil {
		if r.message, err = s.message(ctx, r.pool, eventForgotPassword, r.pool.event("", r.user, r.client, in.ClientMetadata)); err != nil {
			return nil, err
		}
	}
	err = s.update(ctx, func(tx *store.Tx) error {
		if err := countAttempt(tx, r.pool.ID, s.subjectOf(r.pool, r.user, aws.ToString(in.Username)), limitForgotPassword); err != nil || r.user == nil {
			return err
		}
		u, err := tx.UserBySub(r.pool.ID, r.user.Sub)
		if err != nil {
			return orUserNotFound(err)
		}
		return s.sendCode(tx, r.pool, u, purposeReset, resetCodeLife, *r.to, r.message)
	})
	if err := s.recordEvent(r.client.withUserContext(ctx, in.UserContextData), r.pool, s.eventUser(&r, in.Username), r.client, types.EventTypeForgotPassword, err); err != nil {
		return nil, err
	}
	return &cognito.ForgotPasswordOutput{CodeDeliveryDetails: r.to.details()}, nil
}

func (s *Service) beginForgot(tx *store.Tx, r *resend, in *cognito.ForgotPasswordInput) (err error) {
	r.client, r.pool, r.user, err = s.clientUser(tx, in.ClientId, in.Username, in.SecretHash)
	name := aws.ToString(in.Username)
	switch {
	case errors.Is(err, store.ErrNotFound) && r.client.hidesUsers():
		s.simulate(r, name)
		return nil
	case errors.Is(err, store.ErrNotFound):
		return clientUserNotFound()
	case err != nil:
		return err
	case !r.user.Enabled && r.client.hidesUsers():
		s.simulate(r, name)
		return nil
	case !r.user.Enabled:
		return notAuthorized(msgUserDisabled)
	}
	if r.pool.unreachable(r.user) && r.client.hidesUsers() {
		s.simulate(r, name)
		return nil
	}
	d, err := r.pool.recovery(r.user)
	r.to = &d
	return err
}

// unreachable tells whether no reset code can be sent to the user.
func (p *pool) unreachable(u *store.User) bool {
	_, err := p.recovery(u)
	var nowhere *types.InvalidParameterException
	return errors.As(err, &nowhere)
}

// ConfirmForgotPassword sets the password of a user who has the code (API
// Reference, ConfirmForgotPassword), and confirms the user.
func (s *Service) ConfirmForgotPassword(ctx context.Context, in *cognito.ConfirmForgotPasswordInput) (*cognito.ConfirmForgotPasswordOutput, error) {
	r := &resend{}
	event, err := s.confirmForgot(ctx, r, in)
	if err := s.recordEvent(r.client.withUserContext(ctx, in.UserContextData), r.pool, s.eventUser(r, in.Username), r.client, types.EventTypePasswordChange, err); err != nil {
		return nil, err
	}
	return &cognito.ConfirmForgotPasswordOutput{}, s.triggers.PostConfirmation(ctx, event)
}

// confirmForgot is ConfirmForgotPassword without its auth event, whose user it
// finds.
func (s *Service) confirmForgot(ctx context.Context, r *resend, in *cognito.ConfirmForgotPasswordInput) (event *TriggerEvent, err error) {
	find := func(tx *store.Tx) (*pool, *store.User, error) {
		var err error
		r.client, r.pool, r.user, err = s.clientUser(tx, in.ClientId, in.Username, in.SecretHash)
		return r.pool, r.user, err
	}
	if err := s.rightResetCode(ctx, in, find); err != nil {
		return nil, err
	}
	known := func(tx *store.Tx) (*pool, *store.User, error) {
		p, u, err := find(tx)
		if errors.Is(err, store.ErrNotFound) {
			err = clientUserNotFound()
		}
		return p, u, err
	}
	if err := s.refuseCompromisedReset(ctx, in, known); err != nil {
		return nil, err
	}
	err = s.replacePassword(ctx, aws.ToString(in.Password), known, func(tx *store.Tx, p *pool, u *store.User, pw password) error {
		if _, err := redeemCode(tx, u, purposeReset, aws.ToString(in.ConfirmationCode)); err != nil {
			return err
		}
		if err := tx.ResetAttempts(p.ID, u.Sub, limitConfirmForgot.kind); err != nil {
			return err
		}
		if err := setPassword(tx, p, u, pw, time.Time{}); err != nil {
			return err
		}
		u.Status = string(types.UserStatusTypeConfirmed)
		event = p.event(eventConfirmReset, u, r.client, in.ClientMetadata)
		return confirmedNames(tx, p, u)
	})
	return event, err
}

// refuseCompromisedReset is refuseCompromised for the password that a code is to
// set.
func (s *Service) refuseCompromisedReset(ctx context.Context, in *cognito.ConfirmForgotPasswordInput, find func(*store.Tx) (*pool, *store.User, error)) error {
	var p *pool
	var c *client
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if p, _, err = find(tx); err == nil {
			c, _, err = s.client(tx, aws.ToString(in.ClientId))
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.refuseCompromised(ctx, p, c, types.EventFilterTypePasswordChange, aws.ToString(in.Password))
	return err
}

// rightResetCode counts the attempt and checks the code before the work of
// computing the verifier. A user that the client hides answers as one with a
// code when a code was seemingly sent to it, and otherwise as one without.
func (s *Service) rightResetCode(ctx context.Context, in *cognito.ConfirmForgotPasswordInput, find func(*store.Tx) (*pool, *store.User, error)) error {
	return s.update(ctx, func(tx *store.Tx) error {
		p, u, err := find(tx)
		missing := errors.Is(err, store.ErrNotFound)
		if err != nil && !missing {
			return err
		}
		c, _, err := s.client(tx, aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		switch {
		case missing && !c.hidesUsers():
			return clientUserNotFound()
		case missing || c.hidesUsers() && (!u.Enabled || p.unreachable(u)):
			return s.refuseUnknownReset(tx, p, aws.ToString(in.Username))
		case !u.Enabled:
			return notAuthorized(msgUserDisabled)
		}
		if err := countAttempt(tx, p.ID, u.Sub, limitConfirmForgot); err != nil {
			return err
		}
		_, err = checkCode(tx, u, purposeReset, aws.ToString(in.ConfirmationCode))
		return err
	})
}

func (s *Service) refuseUnknownReset(tx *store.Tx, p *pool, name string) error {
	subject := s.subjectOf(p, nil, name)
	if err := countAttempt(tx, p.ID, subject, limitConfirmForgot); err != nil {
		return err
	}
	n, err := tx.Attempts(p.ID, subject, limitForgotPassword.kind)
	if err != nil {
		return err
	}
	if n > 0 {
		return keep(codeMismatch())
	}
	return keep(codeExpired())
}

// AdminResetUserPassword makes the user's password unusable and sends a code
// with which the user can set a new one (API Reference,
// AdminResetUserPassword).
func (s *Service) AdminResetUserPassword(ctx context.Context, in *cognito.AdminResetUserPasswordInput) (*cognito.AdminResetUserPasswordOutput, error) {
	var p *pool
	var u *store.User
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if p, u, err = s.adminUser(ctx, tx, in.UserPoolId, in.Username); err != nil {
			return err
		}
		_, err = p.adminRecovery(u)
		return err
	})
	if err != nil {
		return nil, err
	}
	m, err := s.message(ctx, p, eventForgotPassword, p.event("", u, nil, in.ClientMetadata))
	if err != nil {
		return nil, err
	}
	err = s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, p *pool, u *store.User) error {
		d, err := p.adminRecovery(u)
		if err != nil {
			return err
		}
		u.Status = string(types.UserStatusTypeResetRequired)
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		return s.sendCode(tx, p, u, purposeReset, resetCodeLife, d, m)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminResetUserPasswordOutput{}, nil
}

// adminRecovery is recovery for an administrator, who may reset passwords where
// only administrators may.
func (p *pool) adminRecovery(u *store.User) (destination, error) {
	if u.Status == string(types.UserStatusTypeUnconfirmed) {
		return destination{}, notAuthorized(msgCannotReset)
	}
	d, err := p.recovery(u)
	if s := p.Doc.AccountRecoverySetting; err == nil || s == nil || !slices.ContainsFunc(s.RecoveryMechanisms, func(o types.RecoveryOptionType) bool {
		return o.Name == types.RecoveryOptionNameTypeAdminOnly
	}) {
		return d, err
	}
	for _, attribute := range []string{attrPhone, attrEmail} {
		if isVerified(u, attribute) {
			return destinationOf(u, attribute), nil
		}
	}
	return destination{}, invalidParameter(msgNoRecovery)
}

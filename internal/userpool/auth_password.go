package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// startPassword is the flows that send the password itself: USER_PASSWORD_AUTH,
// ADMIN_USER_PASSWORD_AUTH and ADMIN_NO_SRP_AUTH.
func (s *Service) startPassword(ctx context.Context, a *attempt) (*answer, error) {
	ok, err := s.passwordMatches(ctx, a, a.params[paramPassword])
	if err != nil {
		return nil, err
	}
	return s.settle(ctx, a, func(tx *store.Tx) error { return a.provePassword(tx, ok) })
}

// passwordMatches compares the password outside of a transaction, unless the
// user is locked or must reset it anyway.
func (s *Service) passwordMatches(ctx context.Context, a *attempt, plain string) (bool, error) {
	if locked(a.lockout, s.clock.Now()) {
		return false, notAuthorized(msgLocked)
	}
	username := a.name
	if a.user != nil {
		username = a.user.Username
	}
	if err := a.mustReset(); err != nil {
		return false, err
	}
	ok, err := true, ctx.Err()
	if !a.password.matches(a.pool.ID, username, plain) {
		ok, err = s.importedMatches(ctx, a, username, plain)
	}
	a.compromised = ok && s.compromisedIn(ctx, a.pool, plain)
	return ok, err
}

// mustReset refuses users whose password an administrator has reset. They may
// have none that they could prove, so that they are told at once, but where
// that would show that they exist.
func (a *attempt) mustReset() error {
	if a.user != nil && a.user.Status == string(types.UserStatusTypeResetRequired) && !a.client.hidesUsers() {
		return resetRequired()
	}
	return nil
}

// provePassword takes the outcome of a password check: it refuses while the
// user is locked, whatever the outcome, counts a failure, and forgets the
// failures after a success. Since the lock is read again after the check, many
// guesses at once learn no more than guesses one by one.
func (a *attempt) provePassword(tx *store.Tx, ok bool) error {
	if locked(a.lockout, tx.Now()) {
		return notAuthorized(msgLocked)
	}
	if a.user == nil || !ok {
		if err := a.write(); err != nil {
			return err
		}
		if err := countFailure(tx, a.pool.ID, a.subject, lockPassword, a.lockout); err != nil {
			return err
		}
		return keep(notAuthorized(msgBadCredentials))
	}
	if a.lockout.Failures > 0 {
		if err := a.write(); err != nil {
			return err
		}
		if err := tx.SetLockout(a.pool.ID, a.subject, lockPassword, store.Lockout{}); err != nil {
			return err
		}
	}
	a.session.Factor = factorPassword
	return nil
}

package userpool

// AdminSetUserPassword, ChangePassword.

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const msgPasswordReused = "Password has previously been used."

// errPasswordChanged means that the user's password is not the one any more
// that the new one was compared with.
var errPasswordChanged = errors.New("userpool: the password changed meanwhile")

// passwords is the user's password and, as far as the pool remembers them, its
// former ones.
func passwords(tx *store.Tx, p *pool, u *store.User) (all []password, err error) {
	current, err := readPassword(tx, u)
	if err != nil || p.historySize() == 0 || !u.HasPassword() {
		return []password{current}, err
	}
	former, err := tx.FormerPasswords(u)
	if err != nil {
		return nil, err
	}
	all = append(all, current)
	for _, f := range former {
		all = append(all, password{salt: f.Salt, verifier: f.Verifier})
	}
	return all[:min(len(all), p.historySize())], nil
}

// choosePassword checks a new password by the pool's policy and against the
// user's former ones, and computes its verifier. It takes an exponentiation for
// each: call it outside of transactions. Errors: InvalidPasswordException,
// PasswordHistoryPolicyViolationException.
func (s *Service) choosePassword(p *pool, u *store.User, former []password, plain, prefix string) (password, error) {
	if err := checkPolicy(p, plain, prefix); err != nil {
		return password{}, err
	}
	if p.historySize() > 0 {
		for _, f := range former {
			if f.matches(p.ID, u.Username, plain) {
				return password{}, &types.PasswordHistoryPolicyViolationException{Message: aws.String(msgPasswordReused)}
			}
		}
	}
	return newPassword(s.ids, p.ID, u.Username, plain), nil
}

// replacePassword finds a user, computes the new password, and gives it to
// apply in a writing transaction, where the user is found again. When another
// call changed the password meanwhile it begins anew.
func (s *Service) replacePassword(ctx context.Context, plain string, find func(*store.Tx) (*pool, *store.User, error),
	apply func(*store.Tx, *pool, *store.User, password) error,
) error {
	for attempt := 1; ; attempt++ {
		var p *pool
		var u *store.User
		var former []password
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			if p, u, err = find(tx); err != nil {
				return err
			}
			former, err = passwords(tx, p, u)
			return err
		})
		if err != nil {
			return err
		}
		chosen, err := s.choosePassword(p, u, former, plain, msgPolicy)
		if err != nil {
			return err
		}
		err = s.update(ctx, func(tx *store.Tx) error {
			p, now, err := find(tx)
			if err != nil {
				return err
			}
			if now.Sub != u.Sub || !bytes.Equal(now.Salt, u.Salt) {
				return errPasswordChanged
			}
			return apply(tx, p, now, chosen)
		})
		if !errors.Is(err, errPasswordChanged) || attempt == maxConflicts {
			return err
		}
	}
}

// temporaryExpiry is when a temporary password that is set now stops being
// accepted.
func (p *pool) temporaryExpiry(now time.Time) time.Time {
	return now.AddDate(0, 0, int(p.Doc.Policies.PasswordPolicy.TemporaryPasswordValidityDays))
}

// AdminSetUserPassword sets a user's password: for good, which confirms the
// user whatever its status, or as a temporary one that must be changed at the
// next sign-in (API Reference, AdminSetUserPassword).
func (s *Service) AdminSetUserPassword(ctx context.Context, in *cognito.AdminSetUserPasswordInput) (*cognito.AdminSetUserPasswordOutput, error) {
	find := func(tx *store.Tx) (*pool, *store.User, error) {
		return s.adminUser(ctx, tx, in.UserPoolId, in.Username)
	}
	err := s.replacePassword(ctx, aws.ToString(in.Password), find, func(tx *store.Tx, p *pool, u *store.User, pw password) error {
		expires := time.Time{}
		u.Status = string(types.UserStatusTypeConfirmed)
		if !in.Permanent {
			u.Status, expires = string(types.UserStatusTypeForceChangePassword), p.temporaryExpiry(tx.Now())
		}
		if err := setPassword(tx, p, u, pw, expires); err != nil {
			return err
		}
		if err := tx.DeleteCode(p.ID, u.Sub, purposeReset); err != nil {
			return err
		}
		return confirmedNames(tx, p, u)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminSetUserPasswordOutput{}, nil
}

// confirmedNames writes the user after a change of its status, with the aliases
// that this brings as far as nobody else has them.
func confirmedNames(tx *store.Tx, p *pool, u *store.User) error {
	err := syncAliases(tx, p, u, false)
	var taken *types.AliasExistsException
	if err != nil && !errors.As(err, &taken) {
		return err
	}
	return tx.UpdateUser(u)
}

// ChangePassword changes the password of the user of an access token, who
// proves the former one if there is one (API Reference, ChangePassword).
func (s *Service) ChangePassword(ctx context.Context, in *cognito.ChangePasswordInput) (*cognito.ChangePasswordOutput, error) {
	token, previous, proposed := aws.ToString(in.AccessToken), aws.ToString(in.PreviousPassword), aws.ToString(in.ProposedPassword)
	poolID, claims, err := s.verifyAccessToken(ctx, token)
	if err != nil {
		return nil, err
	}
	var b *bearer
	var former []password
	err = s.update(ctx, func(tx *store.Tx) (err error) {
		if b, err = s.bearer(tx, poolID, claims); err != nil {
			return err
		}
		if err := countAttempt(tx, b.pool.ID, b.user.Sub, limitChangePassword); err != nil {
			return err
		}
		former, err = passwords(tx, b.pool, b.user)
		return err
	})
	if err != nil {
		return nil, err
	}
	if (former[0].exists() || previous != "") && !former[0].matches(b.pool.ID, b.user.Username, previous) && !former[0].matchesImported(previous) {
		return nil, s.recordEvent(ctx, b.pool, b.user, b.client, types.EventTypePasswordChange, notAuthorized(msgBadCredentials))
	}
	chosen, err := s.choosePassword(b.pool, b.user, former, proposed, msgPolicy)
	if err != nil {
		return nil, err
	}
	known, err := s.refuseCompromised(ctx, b.pool, b.client, types.EventFilterTypePasswordChange, proposed)
	if err != nil {
		return nil, s.recordEvent(ctx, b.pool, b.user, b.client, types.EventTypePasswordChange, err, compromisedEvent(known))
	}
	err = s.update(ctx, func(tx *store.Tx) error {
		now, err := s.bearer(tx, poolID, claims)
		if err != nil {
			return err
		}
		if !bytes.Equal(now.user.Salt, b.user.Salt) {
			return notAuthorized(msgBadCredentials)
		}
		if err := tx.ResetAttempts(now.pool.ID, now.user.Sub, limitChangePassword.kind); err != nil {
			return err
		}
		return setPassword(tx, now.pool, now.user, chosen, time.Time{})
	})
	if err := s.recordEvent(ctx, b.pool, b.user, b.client, types.EventTypePasswordChange, err, compromisedEvent(known)); err != nil {
		return nil, err
	}
	return &cognito.ChangePasswordOutput{}, nil
}

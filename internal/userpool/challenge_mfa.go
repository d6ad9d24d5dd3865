package userpool

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The challenges SOFTWARE_TOKEN_MFA, SELECT_MFA_TYPE and MFA_SETUP.

const (
	paramTOTPCode = "SOFTWARE_TOKEN_MFA_CODE"
	paramAnswer   = "ANSWER"
	paramEmail    = "EMAIL"
)

const msgBadAnswer = "Invalid challenge response."

// answerTOTP takes SOFTWARE_TOKEN_MFA_CODE. A code is good once, also in
// sign-ins at the same time. Errors: SoftwareTokenMFANotFoundException when the
// user's software token was deleted since the challenge.
func (s *Service) answerTOTP(ctx context.Context, a *attempt) (*answer, error) {
	return s.settle(ctx, a, func(tx *store.Tx) error {
		t, err := tx.SoftwareToken(a.user)
		if err != nil {
			return err
		}
		if t.Secret == nil {
			return &types.SoftwareTokenMFANotFoundException{Message: ref(msgTOTPGone)}
		}
		step := totpStep(t.Secret, a.params[paramTOTPCode], tx.Now())
		if step != 0 && step <= t.Step {
			return &types.ExpiredCodeException{Message: ref(msgTOTPReused)}
		}
		if err := a.proveCode(tx, step != 0, msgTOTPWrong); err != nil {
			return err
		}
		a.session.Second = true
		t.Step = step
		return tx.SetSoftwareToken(a.user, t)
	})
}

// answerSelectMFA takes the second factor that the user chose.
func (s *Service) answerSelectMFA(ctx context.Context, a *attempt) (*answer, error) {
	chosen := a.params[paramAnswer]
	if chosen == "EMAIL_MFA" {
		chosen = mfaEmail
	}
	return s.settle(ctx, a, func(tx *store.Tx) error {
		token, err := tx.SoftwareToken(a.user)
		if err != nil {
			return err
		}
		if !slices.Contains(a.pool.mfaOf(a.user, token), chosen) {
			return invalidParameter(msgBadAnswer)
		}
		a.session.Chosen = chosen
		return nil
	})
}

// answerSetup goes on once a second factor is set up: a software token in the
// session, or an e-mail address, whose code comes next.
func (s *Service) answerSetup(ctx context.Context, a *attempt) (*answer, error) {
	email := a.params[paramEmail]
	return s.settle(ctx, a, func(tx *store.Tx) error {
		switch {
		case a.session.Enrolled:
			a.session.Second, a.session.Enrolled = true, false
			enableMFA(a.user, mfaTOTP)
			return tx.UpdateUser(a.user)
		case email == "":
			return notAuthorized(msgSessionInvalid)
		case !a.pool.mfaOffered(mfaEmail):
			return invalidParameter(msgMFANotOffered, mfaEmail)
		}
		if err := checkNewAttributes(a.pool, a.client, map[string]string{attrEmail: email}); err != nil {
			return err
		}
		a.session.Email = email
		return nil
	})
}

// completeEmailSetup makes the address that the user has just proved to receive
// mail at its e-mail address and second factor.
func completeEmailSetup(tx *store.Tx, a *attempt) error {
	u := a.user
	u.Attributes[attrEmail], u.Attributes[attrEmailVerified] = a.session.Email, "true"
	a.session.Email = ""
	enableMFA(u, mfaEmail)
	if err := syncAliases(tx, a.pool, u, false); err != nil {
		return err
	}
	return tx.UpdateUser(u)
}

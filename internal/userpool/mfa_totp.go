// Operations: AssociateSoftwareToken, VerifySoftwareToken,
// AdminDeleteSoftwareToken.

package userpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator applications implement it
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgTOTPOff        = "Software Token MFA has not been enabled by the userPool"
	msgTOTPGone       = "Software Token MFA does not exist for the user."
	msgTOTPMismatch   = "Code mismatch and fail enable Software Token MFA"
	msgTOTPReused     = "Your software token has already been used once."
	msgTOTPWrong      = "Invalid code received for user"
	msgTOTPNotBegun   = "No software token has been associated"
	msgSessionOrToken = "Either Session or AccessToken is required."
)

const (
	// totpSecretSize makes SecretCode 52 characters, as AWS's is.
	totpSecretSize = 32
	// totpPeriod and totpDrift: a code is good during its 30 seconds and the 30
	// before and after (RFC 6238, section 5.2).
	totpPeriod = 30
	totpDrift  = 1
)

var totpEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpCode is the six digits of a time step (RFC 4226, section 5.3).
func totpCode(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1000000)
}

// totpStep returns the time step that the code is of, or 0 when it is of none
// that counts now.
func totpStep(secret []byte, code string, now time.Time) (step int64) {
	current := now.Unix() / totpPeriod
	for s := current - totpDrift; s <= current+totpDrift; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, s)), []byte(code)) == 1 {
			step = s
		}
	}
	return step
}

// AssociateSoftwareToken begins to set up an authenticator application, for the
// user of an access token or of a sign-in that is at MFA_SETUP.
func (s *Service) AssociateSoftwareToken(ctx context.Context, in *cognito.AssociateSoftwareTokenInput) (*cognito.AssociateSoftwareTokenOutput, error) {
	secret := s.ids.Bytes(totpSecretSize)
	out := &cognito.AssociateSoftwareTokenOutput{SecretCode: ref(totpEncoding.EncodeToString(secret))}
	if in.AccessToken == nil {
		a, err := s.atSetup(ctx, in.Session)
		if err != nil {
			return nil, withoutUserNotFound(err, msgSessionInvalid)
		}
		if err := s.consume(ctx, a); err != nil {
			return nil, withoutUserNotFound(err, msgSessionInvalid)
		}
		a.session.Secret, a.session.Enrolled = secret, false
		out.Session = s.setupSession(a)
		return out, nil
	}
	err := s.asBearerUpdate(ctx, *in.AccessToken, func(tx *store.Tx, b *bearer) error {
		t, err := tx.SoftwareToken(b.user)
		if err != nil {
			return err
		}
		t.Pending = secret
		return tx.SetSoftwareToken(b.user, t)
	})
	if err != nil {
		return nil, withoutUserNotFound(err, msgAccessTokenRevoked)
	}
	return out, nil
}

// VerifySoftwareToken completes the set-up with a first code.
func (s *Service) VerifySoftwareToken(ctx context.Context, in *cognito.VerifySoftwareTokenInput) (*cognito.VerifySoftwareTokenOutput, error) {
	out := &cognito.VerifySoftwareTokenOutput{Status: types.VerifySoftwareTokenResponseTypeSuccess}
	name, code := aws.ToString(in.FriendlyDeviceName), aws.ToString(in.UserCode)
	if in.AccessToken == nil {
		session, err := s.verifyAtSetup(ctx, in.Session, name, code)
		out.Session = session
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	poolID, claims, err := s.verifyAccessToken(ctx, *in.AccessToken)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, func(tx *store.Tx) error {
		b, err := s.bearer(tx, poolID, claims)
		if err != nil {
			return err
		}
		t, err := tx.SoftwareToken(b.user)
		if err != nil {
			return err
		}
		if t.Pending == nil {
			return invalidParameter(msgTOTPNotBegun)
		}
		if err := proveTOTPSetup(tx, b.pool, b.user, t.Pending, name, code); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// verifyAtSetup is VerifySoftwareToken during a sign-in. A wrong code leaves the
// session as it is. Who must reset the password meanwhile sets nothing up.
func (s *Service) verifyAtSetup(ctx context.Context, session *string, name, code string) (*string, error) {
	a, err := s.atSetup(ctx, session)
	if err != nil {
		return nil, err
	}
	if a.session.Secret == nil {
		return nil, invalidParameter(msgTOTPNotBegun)
	}
	err = s.prove(ctx, a, func(tx *store.Tx) error {
		if _, err := checkSession(tx, a); err != nil {
			return err
		}
		if err := s.mayEnter(tx, a); err != nil {
			return err
		}
		return proveTOTPSetup(tx, a.pool, a.user, a.session.Secret, name, code)
	})
	if err != nil {
		return nil, err
	}
	a.session.Secret, a.session.Enrolled = nil, true
	return s.setupSession(a), nil
}

// proveTOTPSetup makes secret the user's software token if the code is right.
func proveTOTPSetup(tx *store.Tx, p *pool, u *store.User, secret []byte, name, code string) error {
	if !p.totpMFA() {
		return &types.SoftwareTokenMFANotFoundException{Message: ref(msgTOTPOff)}
	}
	l, err := tx.Lockout(p.ID, u.Sub, lockCode)
	if err != nil {
		return err
	}
	if lockedAfter(freeCodes, l, tx.Now()) {
		return notAuthorized(msgLocked)
	}
	step := totpStep(secret, code, tx.Now())
	if step == 0 {
		if err := countFailure(tx, p.ID, u.Sub, lockCode, l); err != nil {
			return err
		}
		return keep(&types.EnableSoftwareTokenMFAException{Message: ref(msgTOTPMismatch)})
	}
	return tx.SetSoftwareToken(u, &store.SoftwareToken{Secret: secret, Name: name, Step: step})
}

// atSetup finds the sign-in at MFA_SETUP that a session string stands for.
// Errors: NotAuthorizedException, SoftwareTokenMFANotFoundException.
func (s *Service) atSetup(ctx context.Context, text *string) (*attempt, error) {
	if text == nil {
		return nil, invalidParameter(msgSessionOrToken)
	}
	a := &attempt{}
	var err error
	if a.session, err = s.readSession(*text); err != nil {
		return nil, err
	}
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		if a.client, a.pool, err = s.client(tx, a.session.Client); err != nil {
			return notAuthorized(msgSessionInvalid)
		}
		if err := s.checkOpened(&a.session, a.client, types.ChallengeNameTypeMfaSetup); err != nil {
			return err
		}
		if a.user, err = tx.UserBySub(a.pool.ID, a.session.Subject); err != nil {
			return orUserNotFound(err)
		}
		a.subject, a.name = a.user.Sub, a.user.Username
		if a.password, err = readPassword(tx, a.user); err != nil {
			return err
		}
		if !a.pool.totpMFA() {
			return &types.SoftwareTokenMFANotFoundException{Message: ref(msgTOTPOff)}
		}
		_, err = checkSession(tx, a)
		return err
	})
	return a, err
}

func (s *Service) setupSession(a *attempt) *string {
	next := s.nextSession(a, types.ChallengeNameTypeMfaSetup)
	text := s.sealSession(&next)
	return &text
}

// AdminDeleteSoftwareToken forgets a user's authenticator application.
func (s *Service) AdminDeleteSoftwareToken(ctx context.Context, in *cognito.AdminDeleteSoftwareTokenInput) (*cognito.AdminDeleteSoftwareTokenOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, _ *pool, u *store.User) error {
		disableMFA(u, mfaTOTP)
		if err := tx.DeleteSoftwareToken(u); err != nil {
			return err
		}
		return tx.UpdateUser(u)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminDeleteSoftwareTokenOutput{}, nil
}

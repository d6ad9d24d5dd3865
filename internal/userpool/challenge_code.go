package userpool

import (
	"cmp"
	"context"
	"crypto/subtle"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The challenges with a code that is sent: SMS_MFA, SMS_OTP and EMAIL_OTP, the
// latter as first factor and as second. The code is in the session, sealed.

const (
	emailCodeDigits = 8
	smsCodeDigits   = 6
	// freeCodes is how many wrong codes in a row, in whatever sessions, have no
	// consequence; from then on they lock like wrong passwords.
	freeCodes = 15
)

const msgCodeOrState = "Invalid code or auth state for the user."

// limitSignInCode bounds the messages that sign-ins send to one user.
var limitSignInCode = limit{"SignInCode", 30}

const (
	eventAuthentication     = "Authentication"
	defaultAuthMessage      = "Your authentication code is {####}."
	defaultAuthEmailSubject = "Your authentication code"
)

// codeParams are the names under which the codes come back.
var codeParams = map[types.ChallengeNameType]string{
	types.ChallengeNameTypeSmsMfa:   "SMS_MFA_CODE",
	types.ChallengeNameTypeSmsOtp:   "SMS_OTP_CODE",
	types.ChallengeNameTypeEmailOtp: "EMAIL_OTP_CODE",
}

// askForCode is a challenge whose code goes to d.
func (a *attempt) askForCode(name types.ChallengeNameType, d destination) *step {
	parameters := map[string]string{
		"CODE_DELIVERY_DELIVERY_MEDIUM": d.channel(), "CODE_DELIVERY_DESTINATION": d.masked(),
	}
	if a.session.Factor != "" {
		parameters[paramUserID] = a.user.Username
	}
	return &step{challenge: name, parameters: parameters, code: &d}
}

// sendSignInCode makes the code of a step, sends it, and puts it into the
// session. For a user that does not exist it does the same but send.
func (s *Service) sendSignInCode(ctx context.Context, a *attempt, st *step) error {
	digits := smsCodeDigits
	if st.challenge == types.ChallengeNameTypeEmailOtp {
		digits = emailCodeDigits
	}
	code := s.ids.Code(digits)
	m := a.pool.authenticationMessage()
	if a.user != nil {
		var err error
		if m, err = s.customized(ctx, m, a.event("")); err != nil {
			return err
		}
	}
	err := s.update(ctx, func(tx *store.Tx) error {
		n, err := tx.CountAttempt(a.pool.ID, a.subject, limitSignInCode.kind, attemptsWindow)
		switch {
		case err != nil:
			return err
		case n > limitSignInCode.n:
			return keep(&types.TooManyRequestsException{Message: ref(msgAttemptLimit)})
		case a.user == nil:
			return nil
		}
		return s.send(tx, a.pool, a.user, *st.code, m, code, tx.Now().Add(a.client.authSessionLife()))
	})
	a.session.Code = code
	return err
}

// authenticationMessage is the template of codes at sign-in.
func (p *pool) authenticationMessage() message {
	m := message{event: eventAuthentication, subject: defaultAuthEmailSubject, email: defaultAuthMessage}
	m.sms = cmp.Or(aws.ToString(p.Doc.SmsAuthenticationMessage), defaultAuthMessage)
	if c := p.MFA.EmailMfaConfiguration; c != nil {
		m.replace(aws.ToString(c.Subject), aws.ToString(c.Message), "")
	}
	return m
}

// answerCode takes the code of SMS_MFA, SMS_OTP or EMAIL_OTP.
func (s *Service) answerCode(ctx context.Context, a *attempt) (*answer, error) {
	given := a.params[codeParams[a.session.Challenge]]
	ok := a.user != nil && a.session.Code != "" && subtle.ConstantTimeCompare([]byte(a.session.Code), []byte(given)) == 1
	return s.settle(ctx, a, func(tx *store.Tx) error {
		if err := a.proveCode(tx, ok, msgCodeOrState); err != nil {
			return err
		}
		if a.session.Factor == "" {
			a.session.Factor = factorCode
			return nil
		}
		a.session.Second = true
		if a.session.Email != "" {
			return completeEmailSetup(tx, a)
		}
		return nil
	})
}

// proveCode takes the outcome of the check of a code, as provePassword that of
// a password. After a wrong one the session remains.
func (a *attempt) proveCode(tx *store.Tx, ok bool, wrong string) error {
	if _, err := checkSession(tx, a); err != nil {
		return err
	}
	l, err := tx.Lockout(a.pool.ID, a.subject, lockCode)
	switch {
	case err != nil:
		return err
	case lockedAfter(freeCodes, l, tx.Now()):
		return notAuthorized(msgLocked)
	case ok && l.Failures > 0:
		return tx.SetLockout(a.pool.ID, a.subject, lockCode, store.Lockout{})
	case ok:
		return nil
	}
	if err := countFailure(tx, a.pool.ID, a.subject, lockCode, l); err != nil {
		return err
	}
	if err := countWrongAnswer(tx, a); err != nil {
		return err
	}
	return keep(&types.CodeMismatchException{Message: ref(wrong)})
}

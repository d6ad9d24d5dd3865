package userpool

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Choice-based sign-in: the flow USER_AUTH and the challenges SELECT_CHALLENGE,
// PASSWORD and PASSWORD_SRP.

const (
	paramPreferred = "PREFERRED_CHALLENGE"
)

// startChoice is the flow USER_AUTH. The session of a ConfirmSignUp just before
// signs in without another factor.
func (s *Service) startChoice(ctx context.Context, a *attempt) (*answer, error) {
	a.session.Flow = types.AuthFlowTypeUserAuth
	if a.confirmation != "" {
		return s.startConfirmed(ctx, a)
	}
	if err := s.loadPasskeys(ctx, a); err != nil {
		return nil, err
	}
	available := s.firstFactors(a)
	preferred := types.ChallengeNameType(a.params[paramPreferred])
	if !slices.Contains(available, preferred) {
		return s.offerChoice(a, available)
	}
	return s.choose(ctx, a, preferred, available)
}

// offerChoice is SELECT_CHALLENGE. It has the options for a passkey, since one
// may come with the choice.
func (s *Service) offerChoice(a *attempt, available []types.ChallengeNameType) (*answer, error) {
	st := &step{challenge: types.ChallengeNameTypeSelectChallenge, available: available, parameters: map[string]string{}}
	if slices.Contains(available, types.ChallengeNameTypeWebAuthn) {
		var err error
		if st.parameters, err = s.passkeyOptions(a); err != nil {
			return nil, err
		}
	}
	return s.challenged(a, st), nil
}

// firstFactors are the challenges that the user can begin with. Nobody's name
// has every one that the pool allows.
func (s *Service) firstFactors(a *attempt) (out []types.ChallengeNameType) {
	has := func(f types.AuthFactorType) bool {
		return a.pool.firstFactor(f) && (a.user == nil || a.hasFactor(f) && (!isOTP(f) || a.mayUseOTP()))
	}
	if has(types.AuthFactorTypeEmailOtp) {
		out = append(out, types.ChallengeNameTypeEmailOtp)
	}
	if has(types.AuthFactorTypeSmsOtp) {
		out = append(out, types.ChallengeNameTypeSmsOtp)
	}
	if has(types.AuthFactorTypePassword) {
		if a.password.imported == "" {
			out = append(out, types.ChallengeNameTypePasswordSrp)
		}
		out = append(out, types.ChallengeNameTypePassword)
	}
	if a.mayUsePasskey() {
		out = append(out, types.ChallengeNameTypeWebAuthn)
	}
	return out
}

// hasFactor tells whether the user has what the first factor needs. An imported
// password, which has no SRP verifier yet, is one too.
func (a *attempt) hasFactor(f types.AuthFactorType) bool {
	return hasFactor(a.user, f) || f == types.AuthFactorTypePassword && a.password.exists()
}

func isOTP(f types.AuthFactorType) bool {
	return f == types.AuthFactorTypeEmailOtp || f == types.AuthFactorTypeSmsOtp
}

// mayUseOTP tells whether a one-time password may be the first factor: not for
// users with a second one, with which it does not combine, and not for users
// who must change their password.
func (a *attempt) mayUseOTP() bool {
	return !a.needsMFA() && a.user.Status != string(types.UserStatusTypeForceChangePassword)
}

// needsMFA tells whether the user has to prove a second factor.
func (a *attempt) needsMFA() bool {
	return a.pool.Doc.MfaConfiguration == types.UserPoolMfaTypeOn ||
		a.pool.Doc.MfaConfiguration == types.UserPoolMfaTypeOptional && slices.ContainsFunc(a.user.MFAEnabled, a.pool.mfaOffered)
}

// choose begins with a first factor: with its answer when that came along,
// otherwise with its challenge.
func (s *Service) choose(ctx context.Context, a *attempt, name types.ChallengeNameType, available []types.ChallengeNameType) (*answer, error) {
	switch {
	case name == types.ChallengeNameTypePassword && a.params[paramPassword] != "":
		return s.startPassword(ctx, a)
	case name == types.ChallengeNameTypePasswordSrp && a.params[paramSRPA] != "":
		return s.answerSRP(ctx, a)
	case name == types.ChallengeNameTypeWebAuthn && a.params[paramCredential] != "" && a.session.Passkey != nil:
		return s.answerPasskey(ctx, a)
	}
	if err := s.consume(ctx, a); err != nil {
		return nil, err
	}
	st := &step{challenge: name, parameters: map[string]string{}}
	switch name {
	case types.ChallengeNameTypeEmailOtp:
		st = a.askForCode(name, s.contactOf(a, attrEmail))
	case types.ChallengeNameTypeSmsOtp:
		st = a.askForCode(name, s.contactOf(a, attrPhone))
	case types.ChallengeNameTypeWebAuthn:
		var err error
		if st.parameters, err = s.passkeyOptions(a); err != nil {
			return nil, err
		}
	}
	st.available = available
	return s.finish(ctx, a, st)
}

// contactOf is where the user's codes go, or for an unknown name where they
// could.
func (s *Service) contactOf(a *attempt, attribute string) destination {
	if a.user != nil {
		return destinationOf(a.user, attribute)
	}
	if d := s.simulated(a.pool, a.name); d.attribute == attribute {
		return d
	}
	mac := s.pseudo(a, attribute, 11)
	if attribute == attrEmail {
		return destination{attribute, string('a'+rune(mac[0]%26)) + "@" + string('a'+rune(mac[1]%26))}
	}
	for i := range mac {
		mac[i] = '0' + mac[i]%10
	}
	return destination{attribute, "+" + string(mac)}
}

// answerSelect takes the first factor that the user chose.
func (s *Service) answerSelect(ctx context.Context, a *attempt) (*answer, error) {
	chosen := types.ChallengeNameType(a.params[paramAnswer])
	if err := s.loadPasskeys(ctx, a); err != nil {
		return nil, err
	}
	available := s.firstFactors(a)
	if !slices.Contains(available, chosen) {
		return nil, invalidParameter(msgBadAnswer)
	}
	return s.choose(ctx, a, chosen, available)
}

// answerSRP takes SRP_A.
func (s *Service) answerSRP(ctx context.Context, a *attempt) (*answer, error) {
	if err := a.checkSRPA(); err != nil {
		return nil, err
	}
	if err := s.consume(ctx, a); err != nil {
		return nil, err
	}
	return s.challengeSRP(ctx, a)
}

// startConfirmed signs in who has just confirmed a sign-up, once.
func (s *Service) startConfirmed(ctx context.Context, a *attempt) (*answer, error) {
	confirmed, ok := s.openSignUpSession(sessionConfirmed, a.client, a.confirmation, s.clock.Now())
	if !ok || a.user == nil || confirmed.Sub != a.user.Sub {
		return nil, notAuthorized(msgSessionInvalid)
	}
	a.session.ID, a.session.Subject, a.session.Salt = confirmed.ID, confirmed.Sub, a.user.Salt
	a.session.Issued, a.session.Expires = s.clock.Now().UnixMilli(), confirmed.Expires
	return s.settle(ctx, a, func(*store.Tx) error {
		a.session.Factor = factorSignUp
		return nil
	})
}

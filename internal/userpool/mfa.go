package userpool

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The second factors, as users' settings and challenges call them.
const (
	mfaSMS   = "SMS_MFA"
	mfaTOTP  = "SOFTWARE_TOKEN_MFA"
	mfaEmail = "EMAIL_OTP"
)

var mfaMethods = []string{mfaSMS, mfaTOTP, mfaEmail}

// mfaOffered tells whether the pool has a second factor.
func (p *pool) mfaOffered(method string) bool {
	if p.Doc.MfaConfiguration == types.UserPoolMfaTypeOff {
		return false
	}
	switch method {
	case mfaSMS:
		return p.smsMFA()
	case mfaTOTP:
		return p.totpMFA()
	default:
		return p.emailMFA()
	}
}

// mfaReady tells whether the user has what a second factor of the pool needs:
// a phone number, a verified e-mail address or a verified software token.
func (p *pool) mfaReady(u *store.User, token *store.SoftwareToken, method string) bool {
	if !p.mfaOffered(method) {
		return false
	}
	switch method {
	case mfaSMS:
		return u.Attributes[attrPhone] != ""
	case mfaTOTP:
		return token.Secret != nil
	default:
		return isVerified(u, attrEmail)
	}
}

// mfaOf lists the second factors that the user is asked for one of. In a pool
// where MFA is optional they are those that the user enabled. Where it is
// required and the user enabled none, a phone number or an e-mail address
// serves by itself (Developer Guide, "Adding MFA to a user pool").
func (p *pool) mfaOf(u *store.User, token *store.SoftwareToken) (methods []string) {
	for _, m := range mfaMethods {
		if u.HasMFA(m) && p.mfaReady(u, token, m) {
			methods = append(methods, m)
		}
	}
	if len(methods) > 0 || p.Doc.MfaConfiguration != types.UserPoolMfaTypeOn {
		return methods
	}
	for _, m := range mfaMethods {
		if m != mfaTOTP && p.mfaReady(u, token, m) {
			methods = append(methods, m)
		}
	}
	return methods
}

// secondFactor returns the challenge for a second factor, or nil when none is
// asked for: the pool has none, the user has none, the first factor does not go
// with one, or it was proved.
func (s *Service) secondFactor(tx *store.Tx, a *attempt) (*step, error) {
	if a.session.Second {
		return nil, nil
	}
	if a.pool.Doc.MfaConfiguration == types.UserPoolMfaTypeOff || !a.session.Factor.takesSecond() {
		return nil, a.withoutFactor()
	}
	token, err := tx.SoftwareToken(a.user)
	if err != nil {
		return nil, err
	}
	methods := a.pool.mfaOf(a.user, token)
	if len(methods) == 0 && a.session.NeedsMFA {
		methods = slices.DeleteFunc(slices.Clone(mfaMethods), func(m string) bool { return !a.pool.mfaReady(a.user, token, m) })
	}
	if slices.Contains(methods, a.session.Chosen) {
		return a.challengeMFA(a.session.Chosen, token), nil
	}
	switch {
	case len(methods) == 1:
		return a.challengeMFA(methods[0], token), nil
	case slices.Contains(methods, a.user.MFAPreferred):
		return a.challengeMFA(a.user.MFAPreferred, token), nil
	case len(methods) > 1:
		return a.choice(types.ChallengeNameTypeSelectMfaType, "MFAS_CAN_CHOOSE", methods)
	case a.pool.Doc.MfaConfiguration == types.UserPoolMfaTypeOn:
		return a.setUpMFA()
	}
	return nil, a.withoutFactor()
}

// setUpMFA asks a user without a second factor to set one up.
func (a *attempt) setUpMFA() (*step, error) {
	methods := slices.DeleteFunc(slices.Clone(mfaMethods), func(m string) bool { return !a.pool.mfaOffered(m) })
	return a.choice(types.ChallengeNameTypeMfaSetup, "MFAS_CAN_SETUP", methods)
}

func (a *attempt) choice(name types.ChallengeNameType, param string, methods []string) (*step, error) {
	text, err := json.Marshal(methods)
	if err != nil {
		return nil, err
	}
	return &step{challenge: name, parameters: map[string]string{param: string(text), paramUserID: a.user.Username}}, nil
}

// challengeMFA asks for a second factor.
func (a *attempt) challengeMFA(method string, token *store.SoftwareToken) *step {
	switch method {
	case mfaSMS:
		return a.askForCode(types.ChallengeNameTypeSmsMfa, destinationOf(a.user, attrPhone))
	case mfaEmail:
		return a.askForCode(types.ChallengeNameTypeEmailOtp, destinationOf(a.user, attrEmail))
	}
	parameters := map[string]string{paramUserID: a.user.Username}
	if token.Name != "" {
		parameters["FRIENDLY_DEVICE_NAME"] = token.Name
	}
	return &step{challenge: types.ChallengeNameTypeSoftwareTokenMfa, parameters: parameters}
}

// enableMFA adds a second factor to the user's, preferred when it is the first.
func enableMFA(u *store.User, method string) {
	if !u.HasMFA(method) {
		u.MFAEnabled = append(slices.Clone(u.MFAEnabled), method)
	}
	if u.MFAPreferred == "" && len(u.MFAEnabled) == 1 {
		u.MFAPreferred = method
	}
}

// disableMFA takes a second factor away.
func disableMFA(u *store.User, method string) {
	u.MFAEnabled = slices.DeleteFunc(slices.Clone(u.MFAEnabled), func(m string) bool { return m == method })
	if u.MFAPreferred == method {
		u.MFAPreferred = ""
	}
}

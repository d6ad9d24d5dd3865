package userpool

import (
	"bytes"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Signing in is one pipeline for all operations, flows and challenges:
//
//	begin or resume   who wants to sign in, with which client; may the client (auth_initiate.go, auth_respond.go)
//	the flow or challenge's own part: the proof (auth_password.go, srp.go, challenge_*.go)
//	settle            in one transaction: count what failed, use up the session, decide what comes next
//	finish            tokens, or the next challenge and its session
//
// Proofs that cost much, and triggers, run between the transactions. What a
// proof was checked against is therefore read again in settle.

const (
	msgBadCredentials    = "Incorrect username or password."
	msgNotConfirmed      = "User is not confirmed."
	msgResetRequired     = "Password reset required for the user"
	msgTemporaryExpired  = "Temporary password has expired and must be reset by an administrator."
	msgMissingParameter  = "Missing required parameter %s"
	msgWrongOperation    = "Initiate Auth method not supported."
	msgPasswordFlowOff   = "USER_PASSWORD_AUTH flow not enabled for this client"
	msgAuthFlowOff       = "Auth flow not enabled for this client"
	msgFlowOff           = "%s is not enabled for the client."
	msgSessionInvalid    = "Invalid session for the user."
	msgSessionExpired    = "Invalid session for the user, session is expired."
	msgSessionUsed       = "Invalid session for the user, session can only be used once."
	msgRefreshInvalid    = "Invalid Refresh Token"
	msgRefreshRevoked    = "Refresh Token has been revoked"
	msgRefreshExpired    = "Refresh Token has expired"
	msgRefreshOther      = "Refresh Token has different Client."
	msgSecretNotReceived = "Client %s is configured with secret but client secret was not received"
	msgSecretWrong       = "Unable to verify client secret for client %s"
)

// The parameters that flows and challenges share.
const (
	paramUsername   = "USERNAME"
	paramPassword   = "PASSWORD"
	paramSecretHash = "SECRET_HASH"
	paramDeviceKey  = "DEVICE_KEY"
	paramUserID     = "USER_ID_FOR_SRP"
)

// factor is how a user proved who it is.
type factor string

// The first factors.
const (
	factorPassword factor = "PASSWORD"
	factorCode     factor = "CODE"
	factorCustom   factor = "CUSTOM"
	factorPasskey  factor = "PASSKEY"
	// factorSignUp is the confirmation of a sign-up just before.
	factorSignUp factor = "SIGN_UP"
)

// takesSecond tells whether a second factor may follow: one-time passwords and
// custom challenges do without (Developer Guide, "Authentication").
func (f factor) takesSecond() bool {
	return f == factorPassword || f == factorSignUp || f == factorPasskey
}

// attempt is one user's attempt to sign in, as one call sees it. Its session
// carries it from call to call.
type attempt struct {
	admin  bool
	pool   *pool
	client *client
	// params are the AuthParameters or ChallengeResponses.
	params map[string]string
	// validation is the ClientMetadata of (Admin)InitiateAuth, which triggers
	// before the sign-in get as validation data; metadata is that of the other
	// operations, which the later triggers get (API Reference, InitiateAuth).
	validation, metadata map[string]string
	// confirmation is the session of ConfirmSignUp that the call brings along.
	confirmation string
	// name is the USERNAME of the call.
	name string
	// user is nil when nobody has the name. subject is whose failures count.
	user    *store.User
	subject string
	// password and lockout are as they were when the call began, and lockout in
	// settle as it is then.
	password password
	lockout  store.Lockout
	session  session
	// device is the known device that the sign-in is from, sourceIP its address.
	device   *store.Device
	sourceIP string
	// program describes what the sign-in is from, where auth events are kept.
	program string
	// compromised tells that the password of the call is publicly known, notice is
	// what the user is told about the sign-in.
	compromised bool
	notice      *notice
	// passkeys are those that the user can sign in with, for relyingParty.
	passkeys     []*store.Passkey
	relyingParty string
	// migrates tells that the pool's function is asked for a user that does not
	// exist.
	migrates bool
	// reading tells that the transaction cannot write.
	reading bool
}

// answer is what all operations of signing in answer.
type answer struct {
	challenge  types.ChallengeNameType
	parameters map[string]string
	session    *string
	available  []types.ChallengeNameType
	result     *types.AuthenticationResultType
}

// step is what settle decided on: tokens or a challenge.
type step struct {
	grant      *grant
	challenge  types.ChallengeNameType
	parameters map[string]string
	available  []types.ChallengeNameType
	// code is where the challenge's code is to be sent.
	code *destination
}

// identify finds who wants to sign in. Errors: NotAuthorizedException,
// UserNotFoundException where the client does not hide it.
func (s *Service) identify(tx *store.Tx, a *attempt) error {
	u, err := findUser(tx, a.pool, a.name)
	switch {
	case err == nil:
		a.user = u
		if a.password, err = readPassword(tx, u); err != nil {
			return err
		}
	case !errors.Is(err, store.ErrNotFound):
		return err
	case !a.client.hidesUsers() && !a.migrates:
		return userNotFound()
	}
	a.subject = s.subjectOf(a.pool, a.user, a.name)
	a.lockout, err = tx.Lockout(a.pool.ID, a.subject, lockPassword)
	return err
}

// errWrite ends a reading transaction in which something has to be written.
var errWrite = errors.New("userpool: this needs a writing transaction")

// write is called before anything is written.
func (a *attempt) write() error {
	if a.reading {
		return errWrite
	}
	return nil
}

// settle ends a call: prove decides about the proof on what the database says
// now, and the user gets on.
func (s *Service) settle(ctx context.Context, a *attempt, prove func(*store.Tx) error) (*answer, error) {
	var st *step
	err := s.settled(ctx, a, func(tx *store.Tx) (err error) {
		if err = s.proved(tx, a, prove); err != nil {
			return err
		}
		st, err = s.advance(tx, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, a, st)
}

// prove is settle where something else than advance decides how to get on.
func (s *Service) prove(ctx context.Context, a *attempt, prove func(*store.Tx) error) error {
	return s.settled(ctx, a, func(tx *store.Tx) error { return s.proved(tx, a, prove) })
}

// consume uses up the session of the call, if it has one.
func (s *Service) consume(ctx context.Context, a *attempt) error {
	if a.session.ID == "" {
		return nil
	}
	return s.prove(ctx, a, func(*store.Tx) error { return nil })
}

// settled runs f in a transaction. One that writes is begun only when there is
// something to write, since a successful sign-in has nothing.
func (s *Service) settled(ctx context.Context, a *attempt, f func(*store.Tx) error) error {
	before := a.session
	run := func(tx *store.Tx) error {
		a.session = before
		return f(tx)
	}
	err := errWrite
	if a.reading = a.lockout.Failures == 0 && a.session.ID == ""; a.reading {
		err = s.store.View(ctx, run)
	}
	if errors.Is(err, errWrite) {
		a.reading = false
		err = s.update(ctx, run)
	}
	return err
}

func (s *Service) proved(tx *store.Tx, a *attempt, prove func(*store.Tx) error) error {
	if err := s.reread(tx, a); err != nil {
		return err
	}
	if err := prove(tx); err != nil {
		return err
	}
	if err := useSession(tx, a); err != nil {
		return err
	}
	a.session.ID, a.session.Code = "", ""
	return nil
}

// reread brings the attempt up to date. A password that was changed meanwhile
// proves nothing any more.
func (s *Service) reread(tx *store.Tx, a *attempt) (err error) {
	if a.user != nil {
		u, err := tx.UserBySub(a.pool.ID, a.user.Sub)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err != nil || !bytes.Equal(u.Salt, a.password.salt) {
			return notAuthorized(msgBadCredentials)
		}
		a.user = u
	}
	a.lockout, err = tx.Lockout(a.pool.ID, a.subject, lockPassword)
	return err
}

// advance decides what comes next for a user who has just proved something.
func (s *Service) advance(tx *store.Tx, a *attempt) (*step, error) {
	if err := s.mayEnter(tx, a); err != nil {
		return nil, err
	}
	if err := s.assess(tx, a); err != nil {
		return nil, err
	}
	st, err := s.nextChallenge(tx, a)
	if st != nil || err != nil {
		return st, err
	}
	groups, err := s.memberships(tx, a.user)
	if err != nil {
		return nil, err
	}
	sortMemberships(groups)
	g := &grant{
		pool: a.pool, client: a.client, user: a.user, groups: groups,
		authTime: tx.Now(), now: tx.Now(), originJTI: newTokenID(s.ids, tx.Now()), scopes: []string{scopeSelf},
		source: a.tokenSource(), metadata: a.metadata, eventID: a.session.Event,
	}
	return &step{grant: g}, s.grantDevice(tx, a, g)
}

// tokenSource tells PreTokenGeneration what the tokens are made for.
func (a *attempt) tokenSource() string {
	switch {
	case a.session.NewPassword:
		return "NewPasswordChallenge"
	case a.session.DeviceProved:
		return "AuthenticateDevice"
	}
	return "Authentication"
}

// mayEnter refuses users whose state does not let them sign in. It is asked
// after the proof, so that the state is shown to the user alone.
func (s *Service) mayEnter(tx *store.Tx, a *attempt) error {
	u := a.user
	switch {
	case !u.Enabled:
		return notAuthorized(msgUserDisabled)
	case u.Status == string(types.UserStatusTypeUnconfirmed):
		return &types.UserNotConfirmedException{Message: ref(msgNotConfirmed)}
	case u.Status == string(types.UserStatusTypeResetRequired):
		return resetRequired()
	case u.Status == string(types.UserStatusTypeForceChangePassword) && a.session.Factor == factorPassword &&
		!u.PasswordExpires.IsZero() && !tx.Now().Before(u.PasswordExpires):
		return notAuthorized(msgTemporaryExpired)
	}
	return nil
}

func resetRequired() error {
	return &types.PasswordResetRequiredException{Message: ref(msgResetRequired)}
}

// finish answers with what was decided on.
func (s *Service) finish(ctx context.Context, a *attempt, st *step) (*answer, error) {
	if st.grant == nil {
		if st.code != nil {
			if err := s.sendSignInCode(ctx, a, st); err != nil {
				return nil, err
			}
		}
		return s.challenged(a, st), nil
	}
	result, err := s.signedIn(ctx, a, st.grant)
	if err != nil {
		return nil, err
	}
	return &answer{parameters: map[string]string{}, result: result}, nil
}

// challenged answers with a challenge and the session that awaits its answer.
func (s *Service) challenged(a *attempt, st *step) *answer {
	next := s.nextSession(a, st.challenge)
	text := s.sealSession(&next)
	return &answer{challenge: st.challenge, parameters: st.parameters, available: st.available, session: &text}
}

// signedIn makes the tokens of a completed sign-in.
func (s *Service) signedIn(ctx context.Context, a *attempt, g *grant) (*types.AuthenticationResultType, error) {
	if err := s.postAuthentication(ctx, a); err != nil {
		return nil, err
	}
	result, err := s.issue(ctx, g)
	if err != nil {
		return nil, err
	}
	if err := s.recordSession(ctx, g); err != nil {
		return nil, err
	}
	refresh := s.newRefreshToken(g)
	result.RefreshToken = &refresh
	result.NewDeviceMetadata = g.newDevice
	return result, nil
}

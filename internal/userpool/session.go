package userpool

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// sessionPurpose is bumped when the form of session changes.
const sessionPurpose = "challenge session 1"

// maxWrongAnswers is how many wrong answers a session survives.
const maxWrongAnswers = 15

// session is what a session string carries, sealed: how far a sign-in has come
// and which challenge is open. Only that it was used is recorded.
type session struct {
	ID     string `json:"i"`
	Pool   string `json:"p"`
	Client string `json:"c"`
	// Subject is the user's sub, or stands for an unknown name.
	Subject string `json:"s"`
	// Challenge is the one that the session awaits the answer of.
	Challenge types.ChallengeNameType `json:"n"`
	// Issued and Expires are Unix milliseconds.
	Issued  int64 `json:"b"`
	Expires int64 `json:"e"`
	// Salt is the user's password's, so that the session ends with the password.
	Salt []byte `json:"w,omitempty"`
	// Flow is the flow whose sessions go out as strings with every challenge:
	// USER_AUTH, CUSTOM_AUTH or none.
	Flow types.AuthFlowType `json:"l,omitempty"`
	// Device is the device that the sign-in is from, if it named one, and
	// DeviceProved tells that the device proved itself.
	Device       string `json:"dk,omitempty"`
	DeviceProved bool   `json:"dp,omitempty"`
	// Factor is the first factor that was proved, if any.
	Factor factor `json:"f,omitempty"`
	// Second tells that a second factor was proved, Chosen which one the user
	// wants to prove.
	Second bool   `json:"m,omitempty"`
	Chosen string `json:"h,omitempty"`
	// Code is the code that was sent for the open challenge.
	Code string `json:"k,omitempty"`
	// Secret is that of a software token which is being set up, Enrolled tells
	// that it has been, and Email is an address that is being set up.
	Secret   []byte `json:"t,omitempty"`
	Enrolled bool   `json:"v,omitempty"`
	Email    string `json:"a,omitempty"`
	// Passkey is the challenge of WEB_AUTHN.
	Passkey []byte `json:"pk,omitempty"`
	// NewPassword tells that the user chose a new password on the way.
	NewPassword bool `json:"d,omitempty"`
	// Event is the sign-in's auth event; the others are the risk that was found
	// in it, once it was looked for.
	Event        string `json:"ev,omitempty"`
	RiskLevel    string `json:"rl,omitempty"`
	RiskDecision string `json:"rd,omitempty"`
	Compromised  bool   `json:"rc,omitempty"`
	// NeedsMFA tells that the risk asks for a second factor of a user who has not
	// enabled one; MustMFA refuses a user who cannot have one.
	NeedsMFA bool `json:"rm,omitempty"`
	MustMFA  bool `json:"rq,omitempty"`
	// Custom is what a custom authentication has seen so far, Private and
	// Metadata belong to its open challenge.
	Custom   []ChallengeResult `json:"x,omitempty"`
	Private  map[string]string `json:"y,omitempty"`
	Metadata *string           `json:"z,omitempty"`
}

// nextSession is the session that awaits the answer to a challenge.
func (s *Service) nextSession(a *attempt, challenge types.ChallengeNameType) session {
	now := s.clock.Now()
	next := a.session
	next.ID, next.Challenge, next.Subject = s.ids.UUID(), challenge, a.subject
	next.Pool, next.Client = a.pool.ID, a.client.ID
	next.Issued, next.Expires = now.UnixMilli(), now.Add(a.client.authSessionLife()).UnixMilli()
	if a.user != nil {
		next.Salt = a.user.Salt
	} else {
		next.Salt = s.pseudo(a, "salt", saltSize)
	}
	return next
}

func (s *Service) sealSession(x *session) string {
	return s.store.SealToken(sessionPurpose, x.payload())
}

func (x *session) payload() []byte {
	b, err := json.Marshal(x)
	if err != nil {
		panic("userpool: session: " + err.Error())
	}
	return b
}

// openSession reads a session string that must await an answer to the
// challenge from this client. Errors: NotAuthorizedException.
func (s *Service) openSession(text string, c *client, challenge types.ChallengeNameType) (session, error) {
	x, err := s.readSession(text)
	if err != nil {
		return x, err
	}
	return x, s.checkOpened(&x, c, challenge)
}

// readSession reads a session string whose place nobody has looked at.
func (s *Service) readSession(text string) (x session, err error) {
	payload, err := s.store.OpenToken(sessionPurpose, text)
	if err != nil || json.Unmarshal(payload, &x) != nil {
		return x, notAuthorized(msgSessionInvalid)
	}
	return x, nil
}

func (s *Service) checkOpened(x *session, c *client, challenge types.ChallengeNameType) error {
	switch {
	case x.Pool != c.PoolID || x.Client != c.ID || x.Challenge != challenge:
		return notAuthorized(msgSessionInvalid)
	case s.clock.Now().UnixMilli() >= x.Expires:
		return notAuthorized(msgSessionExpired)
	}
	return nil
}

// checkSession refuses a session that was used or had too many wrong answers,
// or whose user has since signed out everywhere or got another password.
func checkSession(tx *store.Tx, a *attempt) (store.SessionState, error) {
	st, err := tx.SessionState(a.session.ID)
	switch {
	case err != nil:
		return st, err
	case st.Used:
		return st, notAuthorized(msgSessionUsed)
	case st.Failures >= maxWrongAnswers || a.session.Subject != a.subject:
		return st, notAuthorized(msgSessionInvalid)
	case a.user == nil:
		return st, nil
	case !bytes.Equal(a.session.Salt, a.user.Salt) || a.session.Issued <= a.user.SignedOut.UnixMilli():
		return st, notAuthorized(msgSessionInvalid)
	}
	return st, nil
}

// useSession marks the session that the call answered as used.
func useSession(tx *store.Tx, a *attempt) error {
	if a.session.ID == "" {
		return nil
	}
	st, err := checkSession(tx, a)
	if err != nil {
		return err
	}
	st.Used = true
	return tx.SetSessionState(a.session.ID, st, time.UnixMilli(a.session.Expires))
}

// countWrongAnswer records a wrong answer, after which the session remains.
func countWrongAnswer(tx *store.Tx, a *attempt) error {
	if a.session.ID == "" {
		return nil
	}
	st, err := checkSession(tx, a)
	if err != nil {
		return err
	}
	st.Failures++
	return tx.SetSessionState(a.session.ID, st, time.UnixMilli(a.session.Expires))
}

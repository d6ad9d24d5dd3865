package userpool

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// signUpSession is what the strings in the member Session of SignUp and
// ConfirmSignUp hold: a client that allows USER_AUTH can go on from sign-up over
// confirmation to sign-in without another factor.
type signUpSession struct {
	// ID makes every session a different one.
	ID       string `json:"i"`
	PoolID   string `json:"p"`
	ClientID string `json:"c"`
	Sub      string `json:"s"`
	// Expires is in Unix milliseconds.
	Expires int64 `json:"e"`
}

// The purposes of the sealed strings.
const (
	sessionSignedUp  = "userpool session after SignUp"
	sessionConfirmed = "userpool session after ConfirmSignUp"
)

func (s *Service) sealSignUpSession(purpose string, c *client, u *store.User, now time.Time) *string {
	if !c.allows(types.ExplicitAuthFlowsTypeAllowUserAuth) {
		return nil
	}
	b, err := json.Marshal(signUpSession{
		ID: s.ids.UUID(), PoolID: u.PoolID, ClientID: c.ID, Sub: u.Sub, Expires: now.Add(c.authSessionLife()).UnixMilli(),
	})
	if err != nil {
		return nil
	}
	return aws.String(s.store.SealToken(purpose, b))
}

// openSignUpSession returns the session that a string of the purpose holds,
// when it is of the client and has not expired. For sessionConfirmed the holder
// has just confirmed a sign-up as the user Sub and may sign in once.
func (s *Service) openSignUpSession(purpose string, c *client, sealed string, now time.Time) (signUpSession, bool) {
	var session signUpSession
	b, err := s.store.OpenToken(purpose, sealed)
	if err != nil || json.Unmarshal(b, &session) != nil {
		return signUpSession{}, false
	}
	return session, session.ClientID == c.ID && session.PoolID == c.PoolID && now.UnixMilli() < session.Expires
}

// confirmedSession is the Session of ConfirmSignUp. The code proves as much as
// that of a one-time password, so that the Session of SignUp need not come back
// with it: Amplify signs in without. One that is not the user's gets none.
func (s *Service) confirmedSession(c *client, u *store.User, given string, now time.Time) *string {
	if given != "" {
		session, ok := s.openSignUpSession(sessionSignedUp, c, given, now)
		if !ok || session.Sub != u.Sub {
			return nil
		}
	}
	return s.sealSignUpSession(sessionConfirmed, c, u, now)
}

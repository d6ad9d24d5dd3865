package userpool_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"
)

// statusModel is what a user is expected to be: the state machine of the
// Developer Guide's "Signing up and confirming user accounts", beside the real
// service.
type statusModel struct {
	w        *world
	poolID   string
	clientID string
	name     string

	exists, enabled bool
	status          types.UserStatusType
	password        string
	passwords       int
}

func (m *statusModel) newPassword() string {
	m.passwords++
	return fmt.Sprintf("Correct-Horse-%d", m.passwords)
}

// want checks an error's code; an empty code means success.
func (m *statusModel) want(t *rapid.T, what string, err error, code string) {
	var api smithy.APIError
	got := ""
	if errors.As(err, &api) {
		got = api.ErrorCode()
	} else if err != nil {
		got = err.Error()
	}
	if got != code {
		t.Fatalf("%s of a user that is %s (exists %t, enabled %t): got %q (%v), want %q", what, m.status, m.exists, m.enabled, got, err, code)
	}
}

func (m *statusModel) SignUp(t *rapid.T) {
	password := m.newPassword()
	_, err := m.w.SignUp(m.w.ctx, &cognito.SignUpInput{
		ClientId: &m.clientID, Username: &m.name, Password: &password, UserAttributes: attrs("email", m.name+"@example.com"),
	})
	if m.exists {
		m.want(t, "SignUp", err, "UsernameExistsException")
		return
	}
	m.want(t, "SignUp", err, "")
	m.exists, m.enabled, m.status, m.password = true, true, types.UserStatusTypeUnconfirmed, password
}

func (m *statusModel) AdminCreateUser(t *rapid.T) {
	password := m.newPassword()
	_, err := m.w.AdminCreateUser(m.w.ctx, &cognito.AdminCreateUserInput{
		UserPoolId: &m.poolID, Username: &m.name, TemporaryPassword: &password, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: attrs("email", m.name+"@example.com", "email_verified", "true"),
	})
	if m.exists {
		m.want(t, "AdminCreateUser", err, "UsernameExistsException")
		return
	}
	m.want(t, "AdminCreateUser", err, "")
	m.exists, m.enabled, m.status, m.password = true, true, types.UserStatusTypeForceChangePassword, password
}

func (m *statusModel) AdminConfirmSignUp(t *rapid.T) {
	_, err := m.w.AdminConfirmSignUp(m.w.ctx, &cognito.AdminConfirmSignUpInput{UserPoolId: &m.poolID, Username: &m.name})
	switch {
	case !m.exists:
		m.want(t, "AdminConfirmSignUp", err, "UserNotFoundException")
	case m.status != types.UserStatusTypeUnconfirmed:
		m.want(t, "AdminConfirmSignUp", err, "NotAuthorizedException")
	default:
		m.want(t, "AdminConfirmSignUp", err, "")
		m.status = types.UserStatusTypeConfirmed
	}
}

func (m *statusModel) AdminSetUserPassword(t *rapid.T) {
	password, permanent := m.newPassword(), rapid.Bool().Draw(t, "permanent")
	_, err := m.w.AdminSetUserPassword(m.w.ctx, &cognito.AdminSetUserPasswordInput{
		UserPoolId: &m.poolID, Username: &m.name, Password: &password, Permanent: permanent,
	})
	if !m.exists {
		m.want(t, "AdminSetUserPassword", err, "UserNotFoundException")
		return
	}
	m.want(t, "AdminSetUserPassword", err, "")
	m.password, m.status = password, types.UserStatusTypeForceChangePassword
	if permanent {
		m.status = types.UserStatusTypeConfirmed
	}
}

func (m *statusModel) SetEnabled(t *rapid.T) {
	on := rapid.Bool().Draw(t, "enabled")
	var err error
	if on {
		_, err = m.w.AdminEnableUser(m.w.ctx, &cognito.AdminEnableUserInput{UserPoolId: &m.poolID, Username: &m.name})
	} else {
		_, err = m.w.AdminDisableUser(m.w.ctx, &cognito.AdminDisableUserInput{UserPoolId: &m.poolID, Username: &m.name})
	}
	if !m.exists {
		m.want(t, "AdminEnableUser/AdminDisableUser", err, "UserNotFoundException")
		return
	}
	m.want(t, "AdminEnableUser/AdminDisableUser", err, "")
	m.enabled = on
}

func (m *statusModel) AdminDeleteUser(t *rapid.T) {
	_, err := m.w.AdminDeleteUser(m.w.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &m.poolID, Username: &m.name})
	if !m.exists {
		m.want(t, "AdminDeleteUser", err, "UserNotFoundException")
		return
	}
	m.want(t, "AdminDeleteUser", err, "")
	m.exists, m.enabled, m.status, m.password = false, false, "", ""
}

// SignIn tries the right password, and for users with a temporary one goes on
// to choose another.
func (m *statusModel) SignIn(t *rapid.T) {
	password := m.password
	if password == "" {
		password = goodPassword
	}
	out, err := m.w.InitiateAuth(m.w.ctx, &cognito.InitiateAuthInput{
		ClientId: &m.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", m.name, "PASSWORD", password),
	})
	switch {
	case !m.exists:
		m.want(t, "sign-in", err, "UserNotFoundException")
	case !m.enabled:
		m.want(t, "sign-in", err, "NotAuthorizedException")
	case m.status == types.UserStatusTypeUnconfirmed:
		m.want(t, "sign-in", err, "UserNotConfirmedException")
	case m.status == types.UserStatusTypeForceChangePassword:
		m.want(t, "sign-in", err, "")
		if out.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
			t.Fatalf("a user with a temporary password meets %q", out.ChallengeName)
		}
		if rapid.Bool().Draw(t, "answer") {
			m.chooseNewPassword(t, out.Session)
		}
	default:
		m.want(t, "sign-in", err, "")
		if out.AuthenticationResult == nil {
			t.Fatalf("a confirmed user meets %q", out.ChallengeName)
		}
	}
}

func (m *statusModel) chooseNewPassword(t *rapid.T, session *string) {
	password := m.newPassword()
	out, err := m.w.RespondToAuthChallenge(m.w.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &m.clientID, ChallengeName: types.ChallengeNameTypeNewPasswordRequired, Session: session,
		ChallengeResponses: params("USERNAME", m.name, "NEW_PASSWORD", password),
	})
	m.want(t, "NEW_PASSWORD_REQUIRED", err, "")
	if out.AuthenticationResult == nil {
		t.Fatalf("after the new password comes %q", out.ChallengeName)
	}
	m.password, m.status = password, types.UserStatusTypeConfirmed
}

// WrongPassword never signs in and tells nothing of the state.
func (m *statusModel) WrongPassword(t *rapid.T) {
	_, err := m.w.InitiateAuth(m.w.ctx, &cognito.InitiateAuthInput{
		ClientId: &m.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", m.name, "PASSWORD", "Wrong-Horse-0"),
	})
	code := "NotAuthorizedException"
	if !m.exists {
		code = "UserNotFoundException"
	}
	m.want(t, "a wrong password", err, code)
	m.w.clock.Advance(20 * time.Minute) // failures are forgotten: locks are another test's
}

// Check compares the state that administrators see.
func (m *statusModel) Check(t *rapid.T) {
	m.w.clock.Advance(time.Second) // no two things happen at once
	out, err := m.w.AdminGetUser(m.w.ctx, &cognito.AdminGetUserInput{UserPoolId: &m.poolID, Username: &m.name})
	if !m.exists {
		m.want(t, "AdminGetUser", err, "UserNotFoundException")
		return
	}
	m.want(t, "AdminGetUser", err, "")
	if out.UserStatus != m.status || out.Enabled != m.enabled {
		t.Fatalf("the user is %s (enabled %t), want %s (%t)", out.UserStatus, out.Enabled, m.status, m.enabled)
	}
}

// Whatever is done to a user in whatever order, the user's state is the one of
// the documented state machine, and signing in works exactly in the states that
// allow it.
func TestUserStatusMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	poolID := w.pool(nil)
	clientID := w.client(poolID, nil)
	users := 0
	rapid.Check(t, func(t *rapid.T) {
		users++
		m := &statusModel{w: w, poolID: poolID, clientID: clientID, name: fmt.Sprintf("user%d", users)}
		t.Repeat(rapid.StateMachineActions(m))
	})
}

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

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// statusModel is what a user is expected to be: the state machine of the
// Developer Guide's "Signing up and confirming user accounts", beside the real
// service.
type statusModel struct {
	w        *world
	poolID   string
	clientID string
	name     string
	number   int

	exists, enabled bool
	status          types.UserStatusType
	// verified tells that the e-mail address is.
	verified  bool
	password  string
	passwords int
	// expires is when a temporary password ends.
	expires time.Time
}

const (
	unconfirmed   = types.UserStatusTypeUnconfirmed
	confirmed     = types.UserStatusTypeConfirmed
	resetRequired = types.UserStatusTypeResetRequired
	forceChange   = types.UserStatusTypeForceChangePassword
	external      = types.UserStatusTypeExternalProvider
)

// temporary gives the user a temporary password, which is good for a week.
func (m *statusModel) temporary(password string) {
	m.password, m.status, m.expires = password, forceChange, m.w.clock.Now().Add(7*24*time.Hour)
}

// nextHour keeps the limits of codes per hour out of the way: they are another
// test's.
func (m *statusModel) nextHour() { m.w.clock.Advance(time.Hour + time.Second) }

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
	m.exists, m.enabled, m.status, m.verified, m.password = true, true, unconfirmed, false, password
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
	m.exists, m.enabled, m.verified = true, true, true
	m.temporary(password)
}

// SignInThroughProvider is the first sign-in of a user of an identity provider.
func (m *statusModel) SignInThroughProvider(t *rapid.T) {
	if m.exists {
		return
	}
	err := m.w.db.Update(m.w.ctx, func(tx *store.Tx) error {
		return tx.InsertUser(&store.User{
			PoolID: m.poolID, Sub: fmt.Sprintf("%08d-0000-4000-8000-%012d", m.passwords, m.number), Username: m.name, UsernameKey: m.name,
			Status: string(external), Enabled: true, Attributes: map[string]string{"email": m.name + "@example.com", "email_verified": "true"},
		})
	})
	m.want(t, "sign-in through a provider", err, "")
	m.exists, m.enabled, m.status, m.verified, m.password = true, true, external, true, ""
	m.passwords++
}

// ConfirmSignUp has the code sent again and answers it.
func (m *statusModel) ConfirmSignUp(t *rapid.T) {
	m.nextHour()
	_, err := m.w.ResendConfirmationCode(m.w.ctx, &cognito.ResendConfirmationCodeInput{ClientId: &m.clientID, Username: &m.name})
	code := ""
	switch {
	case !m.exists:
		code = "UserNotFoundException"
	case !m.enabled:
		code = "NotAuthorizedException"
	case m.status != unconfirmed:
		code = "InvalidParameterException"
	}
	m.want(t, "ResendConfirmationCode", err, code)
	if code != "" {
		return
	}
	sent := m.w.code()
	confirm := func(code string) error {
		_, err := m.w.ConfirmSignUp(m.w.ctx, &cognito.ConfirmSignUpInput{ClientId: &m.clientID, Username: &m.name, ConfirmationCode: &code})
		return err
	}
	m.want(t, "ConfirmSignUp with another code", confirm(otherCode(sent)), "CodeMismatchException")
	m.want(t, "ConfirmSignUp", confirm(sent), "")
	m.status, m.verified = confirmed, true
	m.want(t, "ConfirmSignUp again", confirm(sent), "NotAuthorizedException")
}

func (m *statusModel) AdminResetUserPassword(t *rapid.T) {
	_, err := m.w.AdminResetUserPassword(m.w.ctx, &cognito.AdminResetUserPasswordInput{UserPoolId: &m.poolID, Username: &m.name})
	switch {
	case !m.exists:
		m.want(t, "AdminResetUserPassword", err, "UserNotFoundException")
	case m.status != confirmed && m.status != resetRequired:
		m.want(t, "AdminResetUserPassword", err, "NotAuthorizedException")
	case !m.verified:
		m.want(t, "AdminResetUserPassword", err, "InvalidParameterException")
	default:
		m.want(t, "AdminResetUserPassword", err, "")
		m.status = resetRequired
	}
}

// ForgotPassword asks for a code and chooses a password with it.
func (m *statusModel) ForgotPassword(t *rapid.T) {
	m.nextHour()
	_, err := m.w.ForgotPassword(m.w.ctx, &cognito.ForgotPasswordInput{ClientId: &m.clientID, Username: &m.name})
	code := ""
	switch {
	case !m.exists:
		code = "UserNotFoundException"
	case !m.enabled, m.status == forceChange, m.status == external:
		code = "NotAuthorizedException"
	case !m.verified:
		code = "InvalidParameterException"
	}
	m.want(t, "ForgotPassword", err, code)
	if code != "" {
		return
	}
	sent, password := m.w.code(), m.newPassword()
	reset := func(code string) error {
		_, err := m.w.ConfirmForgotPassword(m.w.ctx, &cognito.ConfirmForgotPasswordInput{ClientId: &m.clientID, Username: &m.name, ConfirmationCode: &code, Password: &password})
		return err
	}
	m.want(t, "ConfirmForgotPassword with another code", reset(otherCode(sent)), "CodeMismatchException")
	m.want(t, "ConfirmForgotPassword", reset(sent), "")
	m.password, m.status = password, confirmed
}

// DeleteUser is deletion by the user, who has to be able to sign in.
func (m *statusModel) DeleteUser(t *rapid.T) {
	if !m.exists || !m.enabled || m.status != confirmed {
		return
	}
	out, err := m.w.InitiateAuth(m.w.ctx, &cognito.InitiateAuthInput{
		ClientId: &m.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", m.name, "PASSWORD", m.password),
	})
	m.want(t, "sign-in", err, "")
	_, err = m.w.DeleteUser(m.w.ctx, &cognito.DeleteUserInput{AccessToken: out.AuthenticationResult.AccessToken})
	m.want(t, "DeleteUser", err, "")
	m.exists, m.enabled, m.status, m.password = false, false, "", ""
}

func (m *statusModel) AdminConfirmSignUp(t *rapid.T) {
	_, err := m.w.AdminConfirmSignUp(m.w.ctx, &cognito.AdminConfirmSignUpInput{UserPoolId: &m.poolID, Username: &m.name})
	switch {
	case !m.exists:
		m.want(t, "AdminConfirmSignUp", err, "UserNotFoundException")
	case m.status != unconfirmed:
		m.want(t, "AdminConfirmSignUp", err, "NotAuthorizedException")
	default:
		m.want(t, "AdminConfirmSignUp", err, "")
		m.status = confirmed
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
	m.temporary(password)
	if permanent {
		m.status = confirmed
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
	case m.status == resetRequired:
		m.want(t, "sign-in", err, "PasswordResetRequiredException")
	case !m.enabled, m.status == external, m.status == forceChange && !m.w.clock.Now().Before(m.expires):
		m.want(t, "sign-in", err, "NotAuthorizedException")
		m.w.clock.Advance(20 * time.Minute) // without a password it counts as a failure
	case m.status == unconfirmed:
		m.want(t, "sign-in", err, "UserNotConfirmedException")
	case m.status == forceChange:
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
	m.password, m.status = password, confirmed
}

// WrongPassword never signs in and tells nothing of the state, but that it has
// to be reset.
func (m *statusModel) WrongPassword(t *rapid.T) {
	_, err := m.w.InitiateAuth(m.w.ctx, &cognito.InitiateAuthInput{
		ClientId: &m.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", m.name, "PASSWORD", "Wrong-Horse-0"),
	})
	code := "NotAuthorizedException"
	switch {
	case !m.exists:
		code = "UserNotFoundException"
	case m.status == resetRequired:
		code = "PasswordResetRequiredException"
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
	poolID := w.pool(func(in *newops.CreateUserPoolInput) {
		in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
	})
	clientID := w.client(poolID, nil)
	users := 0
	rapid.Check(t, func(t *rapid.T) {
		users++
		m := &statusModel{w: w, poolID: poolID, clientID: clientID, name: fmt.Sprintf("user%d", users), number: users}
		t.Repeat(rapid.StateMachineActions(m))
	})
}

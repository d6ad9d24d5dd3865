package userpool_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const (
	otherPassword = "Other-Horse-2"
	thirdPassword = "Third-Horse-3"
)

func (w *world) setPassword(poolID, name, password string, permanent bool) error {
	_, err := w.AdminSetUserPassword(w.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &poolID, Username: &name, Password: &password, Permanent: permanent})
	return err
}

func (w *world) forgot(clientID, name string) (*types.CodeDeliveryDetailsType, error) {
	out, err := w.ForgotPassword(w.ctx, &cognito.ForgotPasswordInput{ClientId: &clientID, Username: &name})
	if err != nil {
		return nil, err
	}
	return out.CodeDeliveryDetails, nil
}

func (w *world) confirmForgot(clientID, name, code, password string) error {
	_, err := w.ConfirmForgotPassword(w.ctx, &cognito.ConfirmForgotPasswordInput{
		ClientId: &clientID, Username: &name, ConfirmationCode: &code, Password: &password,
	})
	return err
}

func TestAdminSetUserPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	w.mustCreate(pool, "a@example.com")
	refused(t, w.setPassword(pool, "nobody@example.com", goodPassword, true), "UserNotFoundException", "User does not exist.")
	refused(t, w.setPassword(pool, "a@example.com", "short1", true), "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	if err := w.setPassword(pool, "a@example.com", goodPassword, true); err != nil {
		t.Fatal(err)
	}
	if u := w.get(pool, "a@example.com"); u.UserStatus != types.UserStatusTypeConfirmed {
		t.Errorf("status %s", u.UserStatus)
	}
	w.mustSignIn(client, "a@example.com", goodPassword)
	if err := w.setPassword(pool, "a@example.com", otherPassword, false); err != nil {
		t.Fatal(err)
	}
	if u := w.get(pool, "a@example.com"); u.UserStatus != types.UserStatusTypeForceChangePassword {
		t.Errorf("status %s", u.UserStatus)
	}
	_, err := w.signIn(client, "a@example.com", goodPassword)
	refused(t, err, "NotAuthorizedException", "Incorrect username or password.")
	w.clock.Advance(8 * 24 * time.Hour)
	_, err = w.signIn(client, "a@example.com", otherPassword)
	refused(t, err, "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.")
	// A sign-up that an administrator gives a permanent password is confirmed.
	w.mustSignUp(client, "b@example.com")
	if err := w.setPassword(pool, "b@example.com", otherPassword, true); err != nil {
		t.Fatal(err)
	}
	w.mustSignIn(client, "b@example.com", otherPassword)
}

func TestForgotPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	w.confirmed(client, "a@example.com")
	d, err := w.forgot(client, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if *d.Destination != "a***@e***" || *d.AttributeName != "email" || d.DeliveryMedium != types.DeliveryMediumTypeEmail {
		t.Errorf("details %+v", d)
	}
	code := w.code()
	w.mustSignIn(client, "a@example.com", goodPassword)
	refused(t, w.confirmForgot(client, "a@example.com", otherCode(code), otherPassword), "CodeMismatchException", mismatch)
	refused(t, w.confirmForgot(client, "a@example.com", code, "short1"), "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	w.triggers.events = nil
	if err := w.confirmForgot(client, "a@example.com", code, otherPassword); err != nil {
		t.Fatal(err)
	}
	if got := w.triggers.sources(); len(got) != 1 || got[0] != "PostConfirmation_ConfirmForgotPassword" {
		t.Errorf("triggers %v", got)
	}
	refused(t, w.confirmForgot(client, "a@example.com", code, thirdPassword), "ExpiredCodeException", expired)
	w.mustSignIn(client, "a@example.com", otherPassword)
	_, err = w.signIn(client, "a@example.com", goodPassword)
	refused(t, err, "NotAuthorizedException", "Incorrect username or password.")
	if _, err := w.forgot(client, "a@example.com"); err != nil {
		t.Fatal(err)
	}
	code = w.code()
	w.clock.Advance(time.Hour)
	refused(t, w.confirmForgot(client, "a@example.com", code, thirdPassword), "ExpiredCodeException", expired)
}

func TestForgotPasswordRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client, hiding := w.client(pool, nil), w.client(pool, hideUsers)
	w.mustSignUp(client, "unconfirmed", "email", "u@example.com")
	w.mustCreate(pool, "invited", "email", "i@example.com", "email_verified", "true")
	w.confirmed(client, "disabled", "email", "d@example.com")
	if _, err := w.AdminDisableUser(w.ctx, &cognito.AdminDisableUserInput{UserPoolId: &pool, Username: aws.String("disabled")}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ code, message string }{
		"nobody":      {"UserNotFoundException", "Username/client id combination not found."},
		"unconfirmed": {"InvalidParameterException", "Cannot reset password for the user as there is no registered/verified email or phone_number"},
		"invited":     {"NotAuthorizedException", "User password cannot be reset in the current state."},
		"disabled":    {"NotAuthorizedException", "User is disabled."},
	} {
		_, err := w.forgot(client, name)
		refused(t, err, c.code, c.message)
		if name == "invited" {
			continue
		}
		before := len(w.messages())
		refused(t, w.confirmForgot(hiding, name, "123456", goodPassword), "ExpiredCodeException", expired)
		first, err := w.forgot(hiding, name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		second, err := w.forgot(hiding, name)
		if err != nil || *first.Destination != *second.Destination || len(w.messages()) != before {
			t.Errorf("%s: %v, then %v, %v", name, first, second, err)
		}
		refused(t, w.confirmForgot(hiding, name, "123456", goodPassword), "CodeMismatchException", mismatch)
	}
	adminOnly := w.pool(func(in *newops.CreateUserPoolInput) {
		emailPool(in)
		in.AccountRecoverySetting = &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{
			{Name: types.RecoveryOptionNameTypeAdminOnly, Priority: aws.Int32(1)},
		}}
	})
	only := w.client(adminOnly, nil)
	w.confirmed(only, "a@example.com")
	_, err := w.forgot(only, "a@example.com")
	refused(t, err, "NotAuthorizedException", "Contact administrator to reset password.")
	// An administrator may still reset it.
	if _, err := w.AdminResetUserPassword(w.ctx, &cognito.AdminResetUserPasswordInput{UserPoolId: &adminOnly, Username: aws.String("a@example.com")}); err != nil {
		t.Fatal(err)
	}
	if err := w.confirmForgot(only, "a@example.com", w.code(), otherPassword); err != nil {
		t.Fatal(err)
	}
}

func TestForgotPasswordPriorities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	setting := func(first, second types.RecoveryOptionNameType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) {
			in.AccountRecoverySetting = &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{
				{Name: second, Priority: aws.Int32(2)}, {Name: first, Priority: aws.Int32(1)},
			}}
		}
	}
	email, phone := types.RecoveryOptionNameTypeVerifiedEmail, types.RecoveryOptionNameTypeVerifiedPhoneNumber
	for name, c := range map[string]struct {
		change func(*newops.CreateUserPoolInput)
		want   string
	}{
		"none": {nil, "phone_number"}, "e-mail first": {setting(email, phone), "email"}, "phone first": {setting(phone, email), "phone_number"},
	} {
		pool := w.pool(c.change)
		client := w.client(pool, nil)
		w.mustCreate(pool, "bob", "email", "b@example.com", "email_verified", "true", "phone_number", "+15550001", "phone_number_verified", "true")
		if err := w.setPassword(pool, "bob", goodPassword, true); err != nil {
			t.Fatal(err)
		}
		d, err := w.forgot(client, "bob")
		if err != nil || *d.AttributeName != c.want {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

func TestForgotPasswordAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(w.pool(emailPool), hideUsers)
	w.confirmed(client, "a@example.com")
	for _, name := range []string{"a@example.com", "nobody@example.com"} {
		for range 10 {
			if _, err := w.forgot(client, name); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Second)
		}
		_, err := w.forgot(client, name)
		refused(t, err, "LimitExceededException", limited)
		for range 10 {
			refused(t, w.confirmForgot(client, name, "nocode", otherPassword), "CodeMismatchException", mismatch)
		}
		refused(t, w.confirmForgot(client, name, "nocode", otherPassword), "LimitExceededException", limited)
	}
}

func TestAdminResetUserPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	w.confirmed(client, "a@example.com")
	w.mustSignUp(client, "new@example.com")
	w.mustCreate(pool, "invited@example.com")
	w.clock.Advance(time.Second)
	reset := func(name string) error {
		_, err := w.AdminResetUserPassword(w.ctx, &cognito.AdminResetUserPasswordInput{UserPoolId: &pool, Username: &name})
		return err
	}
	refused(t, reset("nobody@example.com"), "UserNotFoundException", "User does not exist.")
	refused(t, reset("new@example.com"), "NotAuthorizedException", "User password cannot be reset in the current state.")
	refused(t, reset("invited@example.com"), "NotAuthorizedException", "User password cannot be reset in the current state.")
	if err := reset("a@example.com"); err != nil {
		t.Fatal(err)
	}
	if u := w.get(pool, "a@example.com"); u.UserStatus != types.UserStatusTypeResetRequired {
		t.Errorf("status %s", u.UserStatus)
	}
	_, err := w.signIn(client, "a@example.com", goodPassword)
	refused(t, err, "PasswordResetRequiredException", "Password reset required for the user")
	if err := w.confirmForgot(client, "a@example.com", w.code(), otherPassword); err != nil {
		t.Fatal(err)
	}
	if u := w.get(pool, "a@example.com"); u.UserStatus != types.UserStatusTypeConfirmed {
		t.Errorf("status %s", u.UserStatus)
	}
	w.mustSignIn(client, "a@example.com", otherPassword)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(w.pool(emailPool), nil)
	w.confirmed(client, "a@example.com")
	access := w.mustSignIn(client, "a@example.com", goodPassword)
	change := func(access, previous, proposed string) error {
		_, err := w.ChangePassword(w.ctx, &cognito.ChangePasswordInput{AccessToken: &access, PreviousPassword: &previous, ProposedPassword: &proposed})
		return err
	}
	const bad = "Incorrect username or password."
	refused(t, change("x", goodPassword, otherPassword), "NotAuthorizedException", "Invalid Access Token")
	refused(t, change(access, otherPassword, thirdPassword), "NotAuthorizedException", bad)
	refused(t, change(access, "", thirdPassword), "NotAuthorizedException", bad)
	refused(t, change(access, goodPassword, "short1"), "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	if err := change(access, goodPassword, otherPassword); err != nil {
		t.Fatal(err)
	}
	w.mustSignIn(client, "a@example.com", otherPassword)
	for range 5 {
		refused(t, change(access, goodPassword, thirdPassword), "NotAuthorizedException", bad)
	}
	refused(t, change(access, otherPassword, thirdPassword), "LimitExceededException", limited)
}

func TestPasswordHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		emailPool(in)
		in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{
			MinimumLength: aws.Int32(8), PasswordHistorySize: aws.Int32(2), TemporaryPasswordValidityDays: 7,
		}}
	})
	client := w.client(pool, nil)
	w.confirmed(client, "a@example.com")
	set := func(password string) error { return w.setPassword(pool, "a@example.com", password, true) }
	reused := func(err error) {
		t.Helper()
		refused(t, err, "PasswordHistoryPolicyViolationException", "Password has previously been used.")
	}
	reused(set(goodPassword))
	if err := set(otherPassword); err != nil {
		t.Fatal(err)
	}
	reused(set(goodPassword))
	reused(set(otherPassword))
	if _, err := w.forgot(client, "a@example.com"); err != nil {
		t.Fatal(err)
	}
	reused(w.confirmForgot(client, "a@example.com", w.code(), goodPassword))
	if err := set(thirdPassword); err != nil {
		t.Fatal(err)
	}
	if err := set(goodPassword); err != nil {
		t.Errorf("a password that is not remembered any more: %v", err)
	}
	// The refusal names one set of passwords only: another user may have them.
	w.confirmed(client, "b@example.com")
	if err := w.setPassword(pool, "b@example.com", otherPassword, true); err != nil {
		t.Error(err)
	}
}

// failingTriggers refuses messages.
type failingTriggers struct{ userpool.NoTriggers }

func (failingTriggers) CustomMessage(context.Context, *userpool.TriggerEvent) (userpool.CustomMessageResponse, error) {
	return userpool.CustomMessageResponse{}, &types.UserLambdaValidationException{Message: aws.String("CustomMessage failed with error no.")}
}

// When the message cannot be made nothing changes.
func TestCustomMessageFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	w.confirmed(client, "a@example.com")
	failing := userpool.New(userpool.Config{Store: w.db, Clock: w.clock, Triggers: failingTriggers{}})
	_, err := failing.AdminResetUserPassword(w.ctx, &cognito.AdminResetUserPasswordInput{UserPoolId: &pool, Username: aws.String("a@example.com")})
	var lambda *types.UserLambdaValidationException
	if !errors.As(err, &lambda) {
		t.Errorf("got %v", err)
	}
	if u := w.get(pool, "a@example.com"); u.UserStatus != types.UserStatusTypeConfirmed {
		t.Errorf("status %s", u.UserStatus)
	}
}

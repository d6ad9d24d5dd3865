package userpool_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	mismatch = "Invalid verification code provided, please try again."
	expired  = "Invalid code provided, please request a code again."
	limited  = "Attempt limit exceeded, please try after some time."
)

func TestConfirmSignUpRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	w.mustSignUp(client, "a@example.com")
	code := w.code()
	refused(t, w.confirm(client, "a@example.com", otherCode(code)), "CodeMismatchException", mismatch)
	refused(t, w.confirm(client, "b@example.com", code), "UserNotFoundException", "Username/client id combination not found.")
	w.clock.Advance(24 * time.Hour)
	refused(t, w.confirm(client, "a@example.com", code), "ExpiredCodeException", expired)
	if err := w.resend(client, "a@example.com"); err != nil {
		t.Fatal(err)
	}
	fresh := w.code()
	if fresh != code {
		refused(t, w.confirm(client, "a@example.com", code), "CodeMismatchException", mismatch)
	}
	if err := w.confirm(client, "a@example.com", fresh); err != nil {
		t.Fatal(err)
	}
	refused(t, w.confirm(client, "a@example.com", fresh), "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
}

func (w *world) resend(clientID, username string) error {
	_, err := w.ResendConfirmationCode(w.ctx, &cognito.ResendConfirmationCodeInput{ClientId: &clientID, Username: &username})
	return err
}

// After fifteen attempts in an hour even the right code is refused.
func TestConfirmSignUpAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client, hiding := w.client(pool, nil), w.client(pool, hideUsers)
	w.mustSignUp(client, "a@example.com")
	code := w.code()
	for range 15 {
		refused(t, w.confirm(client, "a@example.com", otherCode(code)), "CodeMismatchException", mismatch)
		refused(t, w.confirm(hiding, "nobody@example.com", code), "ExpiredCodeException", expired)
	}
	refused(t, w.confirm(client, "a@example.com", code), "LimitExceededException", limited)
	refused(t, w.confirm(hiding, "nobody@example.com", code), "LimitExceededException", limited)
	w.clock.Advance(time.Hour)
	if err := w.confirm(client, "a@example.com", code); err != nil {
		t.Fatal(err)
	}
}

func TestConfirmSignUpAliases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client := w.client(pool, nil)
	w.confirmed(client, "first", "email", "x@example.com")
	w.mustSignUp(client, "second", "email", "x@example.com")
	code := w.code()
	refused(t, w.confirm(client, "second", code), "AliasExistsException", "An account with the email already exists.")
	if u := w.get(pool, "x@example.com"); *u.Username != "first" {
		t.Errorf("the alias is %s's", *u.Username)
	}
	_, err := w.ConfirmSignUp(w.ctx, &cognito.ConfirmSignUpInput{
		ClientId: &client, Username: aws.String("second"), ConfirmationCode: &code, ForceAliasCreation: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if u := w.get(pool, "x@example.com"); *u.Username != "second" {
		t.Errorf("the alias is %s's", *u.Username)
	}
	if u := w.get(pool, "first"); values(u.UserAttributes)["email_verified"] != "false" || values(u.UserAttributes)["email"] != "x@example.com" {
		t.Errorf("the former holder is %v", values(u.UserAttributes))
	}
}

func TestAdminConfirmSignUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client := w.client(pool, nil)
	w.mustSignUp(client, "bob", "email", "b@example.com")
	code := w.code()
	confirm := func(pool, name string) error {
		_, err := w.AdminConfirmSignUp(w.ctx, &cognito.AdminConfirmSignUpInput{UserPoolId: &pool, Username: &name, ClientMetadata: map[string]string{"k": "v"}})
		return err
	}
	refused(t, confirm(pool, "nobody"), "UserNotFoundException", "User does not exist.")
	refused(t, confirm("us-east-1_nosuch", "bob"), "ResourceNotFoundException", "User pool us-east-1_nosuch does not exist.")
	w.triggers.events = nil
	if err := confirm(pool, "bob"); err != nil {
		t.Fatal(err)
	}
	if e := w.triggers.events[0]; e.Source != "PostConfirmation_ConfirmSignUp" || e.ClientMetadata["k"] != "v" ||
		e.UserAttributes["cognito:user_status"] != "CONFIRMED" || e.ClientID != "CLIENT_ID_NOT_APPLICABLE" {
		t.Errorf("event %+v", e)
	}
	u := w.get(pool, "bob")
	if u.UserStatus != types.UserStatusTypeConfirmed || values(u.UserAttributes)["email_verified"] != "false" {
		t.Errorf("user %+v", u)
	}
	refused(t, confirm(pool, "bob"), "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
	refused(t, w.confirm(client, "bob", code), "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
}

func TestResendConfirmationCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client, hiding := w.client(pool, nil), w.client(pool, hideUsers)
	refused(t, w.resend(client, "nobody"), "UserNotFoundException", "Username/client id combination not found.")
	w.mustSignUp(client, "mute")
	refused(t, w.resend(client, "mute"), "InvalidParameterException", "Cannot resend codes. Auto verification not turned on.")
	w.confirmed(client, "done", "email", "done@example.com")
	refused(t, w.resend(client, "done"), "InvalidParameterException", "User is already confirmed.")
	w.mustSignUp(client, "bob", "email", "bob@example.com")
	before := len(w.messages())
	for _, name := range []string{"nobody", "done"} {
		out, err := w.ResendConfirmationCode(w.ctx, &cognito.ResendConfirmationCodeInput{ClientId: &hiding, Username: &name})
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.ResendConfirmationCode(w.ctx, &cognito.ResendConfirmationCodeInput{ClientId: &hiding, Username: &name})
		if err != nil || *out.CodeDeliveryDetails.Destination != *again.CodeDeliveryDetails.Destination {
			t.Errorf("%s: %+v, then %+v, %v", name, out, again, err)
		}
	}
	if n := len(w.messages()); n != before {
		t.Errorf("%d messages were sent to nobody", n-before)
	}
	for range 5 {
		if err := w.resend(client, "bob"); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, w.resend(client, "bob"), "LimitExceededException", limited)
	if n := len(w.messages()); n != before+5 {
		t.Errorf("%d messages instead of 5", n-before)
	}
	w.clock.Advance(time.Hour)
	if err := w.resend(client, "bob"); err != nil {
		t.Fatal(err)
	}
}

// A code of one user does not confirm another.
func TestConfirmWithForeignCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(w.pool(emailPool), nil)
	codes := map[string]string{}
	for i := range 3 {
		name := fmt.Sprintf("u%d@example.com", i)
		w.mustSignUp(client, name)
		codes[name] = w.code()
	}
	if codes["u0@example.com"] == codes["u1@example.com"] {
		t.Skip("the codes happen to be equal")
	}
	refused(t, w.confirm(client, "u0@example.com", codes["u1@example.com"]), "CodeMismatchException", mismatch)
	if err := w.confirm(client, "u0@example.com", codes["u0@example.com"]); err != nil {
		t.Fatal(err)
	}
}

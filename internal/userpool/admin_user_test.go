package userpool_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// create calls AdminCreateUser.
func (w *world) create(poolID, name string, change func(*cognito.AdminCreateUserInput)) (*types.UserType, error) {
	in := &cognito.AdminCreateUserInput{UserPoolId: &poolID, Username: &name}
	if change != nil {
		change(in)
	}
	out, err := w.AdminCreateUser(w.ctx, in)
	if err != nil {
		return nil, err
	}
	return out.User, nil
}

func (w *world) mustCreate(poolID, name string, pairs ...string) *types.UserType {
	w.Helper()
	u, err := w.create(poolID, name, func(in *cognito.AdminCreateUserInput) {
		in.UserAttributes, in.MessageAction = attrs(pairs...), types.MessageActionTypeSuppress
	})
	if err != nil {
		w.Fatal(err)
	}
	return u
}

func TestAdminCreateUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		emailPool(in)
		in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{InviteMessageTemplate: &types.MessageTemplateType{
			EmailSubject: aws.String("Welcome"), EmailMessage: aws.String("{username}: {####}"),
		}}
	})
	client := w.client(pool, nil)
	u, err := w.create(pool, "a@example.com", func(in *cognito.AdminCreateUserInput) {
		in.UserAttributes = attrs("email_verified", "true", "name", "A", "email", "a@example.com")
		in.DesiredDeliveryMediums = []types.DeliveryMediumType{types.DeliveryMediumTypeEmail}
		in.ClientMetadata, in.ValidationData = map[string]string{"k": "v"}, attrs("x", "y")
	})
	if err != nil {
		t.Fatal(err)
	}
	if u.UserStatus != types.UserStatusTypeForceChangePassword || !u.Enabled || !u.UserCreateDate.Equal(w.clock.Now()) {
		t.Errorf("user %+v", u)
	}
	want := map[string]string{"sub": *u.Username, "email": "a@example.com", "email_verified": "true", "name": "A"}
	if d := cmp.Diff(want, values(u.Attributes)); d != "" {
		t.Error(d)
	}
	m := w.messages()[0]
	name, temporary, _ := strings.Cut(m.Body, ": ")
	if m.Subject != "Welcome" || name != *u.Username || len(temporary) < 8 {
		t.Errorf("message %+v", m)
	}
	if e := w.triggers.events[0]; e.Source != "PreSignUp_AdminCreateUser" || e.ValidationData["x"] != "y" || e.ClientMetadata["k"] != "v" {
		t.Errorf("event %+v", e)
	}
	if _, err := w.signIn(client, "a@example.com", temporary); err == nil || err.Error() != "challenge NEW_PASSWORD_REQUIRED" {
		t.Errorf("sign-in with the temporary password: %v", err)
	}
	w.clock.Advance(7 * 24 * time.Hour)
	_, err = w.signIn(client, "a@example.com", temporary)
	refused(t, err, "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.")
	resend := func(in *cognito.AdminCreateUserInput) {
		in.MessageAction = types.MessageActionTypeResend
		in.DesiredDeliveryMediums = []types.DeliveryMediumType{types.DeliveryMediumTypeEmail}
	}
	if _, err := w.create(pool, "a@example.com", resend); err != nil {
		t.Fatal(err)
	}
	_, renewed, _ := strings.Cut(w.messages()[0].Body, ": ")
	if renewed == temporary {
		t.Error("the same temporary password was sent again")
	}
	if _, err := w.signIn(client, "a@example.com", renewed); err == nil || err.Error() != "challenge NEW_PASSWORD_REQUIRED" {
		t.Errorf("sign-in with the renewed password: %v", err)
	}
}

func TestAdminCreateUserRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	emails, aliases := w.pool(emailPool), w.pool(aliasPool)
	client := w.client(aliases, nil)
	w.mustCreate(emails, "taken@example.com")
	w.mustCreate(aliases, "taken", "email", "taken@example.com", "email_verified", "true")
	confirmed := w.confirmed(client, "confirmed", "email", "c@example.com")
	resend := func(in *cognito.AdminCreateUserInput) { in.MessageAction = types.MessageActionTypeResend }
	for name, c := range map[string]struct {
		pool, username string
		change         func(*cognito.AdminCreateUserInput)
		code, message  string
	}{
		"no pool":        {"us-east-1_none", "a", nil, "ResourceNotFoundException", "User pool us-east-1_none does not exist."},
		"no address":     {emails, "a", nil, "InvalidParameterException", "Username should be an email."},
		"taken address":  {emails, "taken@example.com", nil, "UsernameExistsException", "User account already exists"},
		"taken username": {aliases, "taken", nil, "UsernameExistsException", "User account already exists"},
		"policy":         {aliases, "a", func(in *cognito.AdminCreateUserInput) { in.TemporaryPassword = aws.String("short1") }, "InvalidPasswordException", "Password did not conform with policy: Password not long enough"},
		"attribute":      {aliases, "a", func(in *cognito.AdminCreateUserInput) { in.UserAttributes = attrs("custom:x", "1") }, "InvalidParameterException", "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n"},
		"flag only":      {aliases, "a", func(in *cognito.AdminCreateUserInput) { in.UserAttributes = attrs("email_verified", "true") }, "InvalidParameterException", "Email is required to verify/un-verify an email"},
		"flag's value": {aliases, "a", func(in *cognito.AdminCreateUserInput) {
			in.UserAttributes = attrs("email", "a@b.de", "email_verified", "yes")
		}, "InvalidParameterException", "Attributes did not conform to the schema: email_verified: Attribute value must be a boolean\n"},
		"alias": {aliases, "a", func(in *cognito.AdminCreateUserInput) {
			in.UserAttributes = attrs("email", "taken@example.com", "email_verified", "true")
		}, "AliasExistsException", "An account with the email already exists."},
		"resend to nobody": {aliases, "nobody", resend, "UserNotFoundException", "User does not exist."},
		"resend too late":  {aliases, confirmed, resend, "UnsupportedUserStateException", "Resend not possible. confirmed status is not FORCE_CHANGE_PASSWORD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.create(c.pool, c.username, c.change)
			refused(t, err, c.code, c.message)
		})
	}
}

func TestAdminCreateUserDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(nil)
	sms, email := types.DeliveryMediumTypeSms, types.DeliveryMediumTypeEmail
	for _, c := range []struct {
		name   string
		action types.MessageActionType
		media  []types.DeliveryMediumType
		pairs  []string
		want   int
	}{
		{"default is SMS", "", nil, []string{"phone_number", "+15550001", "email", "a@example.com"}, 1},
		{"no phone number", "", nil, []string{"email", "a@example.com"}, 0},
		{"both", "", []types.DeliveryMediumType{sms, email}, []string{"phone_number", "+15550001", "email", "a@example.com"}, 2},
		{"suppressed", types.MessageActionTypeSuppress, []types.DeliveryMediumType{email}, []string{"email", "a@example.com"}, 0},
	} {
		before := len(w.messages())
		if _, err := w.create(pool, strings.ReplaceAll(c.name, " ", ""), func(in *cognito.AdminCreateUserInput) {
			in.MessageAction, in.DesiredDeliveryMediums, in.UserAttributes = c.action, c.media, attrs(c.pairs...)
		}); err != nil {
			t.Fatal(err)
		}
		if n := len(w.messages()) - before; n != c.want {
			t.Errorf("%s: %d messages instead of %d", c.name, n, c.want)
		}
	}
}

func TestAdminCreateUserForcesAlias(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	w.mustCreate(pool, "first", "email", "x@example.com", "email_verified", "true")
	if _, err := w.create(pool, "second", func(in *cognito.AdminCreateUserInput) {
		in.UserAttributes, in.ForceAliasCreation = attrs("email", "x@example.com", "email_verified", "true"), true
	}); err != nil {
		t.Fatal(err)
	}
	if u := w.get(pool, "x@example.com"); *u.Username != "second" {
		t.Errorf("the alias is %s's", *u.Username)
	}
	if got := values(w.get(pool, "first").UserAttributes)["email_verified"]; got != "false" {
		t.Errorf("the former holder's email_verified is %s", got)
	}
}

func TestAdminCreateUserWithoutPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{
			AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp},
		}}
	})
	if u := w.mustCreate(pool, "bob", "email", "b@example.com", "email_verified", "true"); u.UserStatus != types.UserStatusTypeConfirmed {
		t.Errorf("status %s", u.UserStatus)
	}
	u, err := w.create(pool, "eve", func(in *cognito.AdminCreateUserInput) { in.TemporaryPassword = aws.String(goodPassword) })
	if err != nil || u.UserStatus != types.UserStatusTypeForceChangePassword {
		t.Errorf("with a password: %+v, %v", u, err)
	}
}

func TestAdminDisableAndEnable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	w.confirmed(client, "a@example.com")
	access := w.mustSignIn(client, "a@example.com", goodPassword)
	name := aws.String("a@example.com")
	w.clock.Advance(time.Minute)
	if _, err := w.AdminDisableUser(w.ctx, &cognito.AdminDisableUserInput{UserPoolId: &pool, Username: name}); err != nil {
		t.Fatal(err)
	}
	if w.get(pool, *name).Enabled {
		t.Error("the user is enabled")
	}
	_, err := w.signIn(client, *name, goodPassword)
	refused(t, err, "NotAuthorizedException", "User is disabled.")
	_, err = w.GetUser(w.ctx, &cognito.GetUserInput{AccessToken: &access})
	refused(t, err, "NotAuthorizedException", "User is disabled.")
	if _, err := w.AdminEnableUser(w.ctx, &cognito.AdminEnableUserInput{UserPoolId: &pool, Username: name}); err != nil {
		t.Fatal(err)
	}
	_, err = w.GetUser(w.ctx, &cognito.GetUserInput{AccessToken: &access})
	refused(t, err, "NotAuthorizedException", "Access Token has been revoked")
	w.clock.Advance(time.Second)
	access = w.mustSignIn(client, *name, goodPassword)
	if _, err = w.GetUser(w.ctx, &cognito.GetUserInput{AccessToken: &access}); err != nil {
		t.Error(err)
	}
	for _, err := range []error{
		second(w.AdminDisableUser(w.ctx, &cognito.AdminDisableUserInput{UserPoolId: &pool, Username: aws.String("nobody")})),
		second(w.AdminEnableUser(w.ctx, &cognito.AdminEnableUserInput{UserPoolId: &pool, Username: aws.String("nobody")})),
		second(w.AdminDeleteUser(w.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &pool, Username: aws.String("nobody")})),
		second(w.AdminGetUser(w.ctx, &cognito.AdminGetUserInput{UserPoolId: &pool, Username: aws.String("nobody")})),
	} {
		refused(t, err, "UserNotFoundException", "User does not exist.")
	}
}

func second[T any](_ T, err error) error { return err }

func TestGetAndDeleteUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	narrow := w.client(pool, func(in *cognito.CreateUserPoolClientInput) { in.ReadAttributes = []string{"name"} })
	sub := w.confirmed(client, "a@example.com", "name", "A")
	for id, want := range map[string]map[string]string{
		client: {"sub": sub, "email": "a@example.com", "email_verified": "true", "name": "A"},
		narrow: {"sub": sub, "name": "A"},
	} {
		access := w.mustSignIn(id, "a@example.com", goodPassword)
		out, err := w.GetUser(w.ctx, &cognito.GetUserInput{AccessToken: &access})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, values(out.UserAttributes)); d != "" || *out.Username != sub || out.UserMFASettingList != nil {
			t.Errorf("user %s %v: %s", *out.Username, out.UserMFASettingList, d)
		}
	}
	access := w.mustSignIn(client, "a@example.com", goodPassword)
	if _, err := w.DeleteUser(w.ctx, &cognito.DeleteUserInput{AccessToken: &access}); err != nil {
		t.Fatal(err)
	}
	_, err := w.GetUser(w.ctx, &cognito.GetUserInput{AccessToken: &access})
	refused(t, err, "UserNotFoundException", "User does not exist.")
	_, err = w.GetUser(w.ctx, &cognito.GetUserInput{AccessToken: aws.String("nonsense")})
	refused(t, err, "NotAuthorizedException", "Invalid Access Token")
	if err := w.db.View(w.ctx, func(tx *store.Tx) error {
		n, err := tx.CountUsers(pool)
		if n != 0 {
			t.Errorf("%d users are counted", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	// The address is free again, for another user.
	if again := w.confirmed(client, "a@example.com"); again == sub {
		t.Error("the sub of a deleted user was given again")
	}
	if _, err := w.AdminDeleteUser(w.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &pool, Username: aws.String("a@example.com")}); err != nil {
		t.Fatal(err)
	}
	_, err = w.AdminGetUser(w.ctx, &cognito.AdminGetUserInput{UserPoolId: &pool, Username: aws.String("a@example.com")})
	refused(t, err, "UserNotFoundException", "User does not exist.")
}

// Administrators of another account or region do not see the pool.
func TestAdminOfOtherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(nil)
	w.mustCreate(pool, "bob")
	for _, call := range []awswire.Call{{Account: "210987654321", Region: "us-east-1"}, {Account: "123456789012", Region: "eu-west-1"}} {
		ctx := awswire.WithCall(t.Context(), &call)
		_, err := w.AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: &pool, Username: aws.String("bob")})
		refused(t, err, "ResourceNotFoundException", "User pool "+pool+" does not exist.")
		_, err = w.ListUsers(ctx, &cognito.ListUsersInput{UserPoolId: &pool})
		refused(t, err, "ResourceNotFoundException", "User pool "+pool+" does not exist.")
	}
}

package userpool_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// oldDirectory knows one user.
type oldDirectory struct {
	userpool.NoTriggers
	status string
	events []userpool.TriggerEvent
	change func(*userpool.UserMigrationResponse)
	// name is what the user is called, unless oldUser.
	name string
}

const oldUser, oldPassword = "old@example.com", "weak"

func (d *oldDirectory) UserMigration(_ context.Context, e *userpool.TriggerEvent) (userpool.UserMigrationResponse, error) {
	d.events = append(d.events, *e)
	switch {
	case e.UserName == "broken@example.com":
		return userpool.UserMigrationResponse{}, &types.UserLambdaValidationException{Message: aws.String("UserMigration failed with error no.")}
	case e.UserName != cmp.Or(d.name, oldUser) || e.Source == "UserMigration_Authentication" && e.Password != oldPassword:
		return userpool.UserMigrationResponse{}, nil
	}
	r := userpool.UserMigrationResponse{
		UserAttributes: map[string]string{"email": oldUser, "email_verified": "true", "name": "Old"}, FinalUserStatus: d.status, MessageAction: "SUPPRESS",
	}
	if d.change != nil {
		d.change(&r)
	}
	return r, nil
}

func newMigrationWorld(t testing.TB, status string, change ...func(*cognito.CreateUserPoolClientInput)) (*signInWorld, *oldDirectory) {
	t.Helper()
	s := newSignInWorld(t, change...)
	update := &newops.UpdateUserPoolInput{}
	update.UserPoolId = &s.pool
	update.LambdaConfig = &types.LambdaConfigType{UserMigration: aws.String("arn:aws:lambda:us-east-1:123456789012:function:old")}
	if _, err := s.UpdateUserPool(s.ctx, update); err != nil {
		t.Fatal(err)
	}
	d := &oldDirectory{status: status}
	s.withTriggers(d)
	return s, d
}

func TestMigrationAtSignIn(t *testing.T) {
	t.Parallel()
	s, d := newMigrationWorld(t, "CONFIRMED")
	_, err := s.password(oldUser, "wrong")
	refused(t, err, "UserNotFoundException", "User does not exist.")
	_, err = s.password("nobody@example.com", oldPassword)
	refused(t, err, "UserNotFoundException", "User does not exist.")
	_, err = s.password("broken@example.com", oldPassword)
	refused(t, err, "UserLambdaValidationException", "UserMigration failed with error no.")
	_, err = s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", oldUser, "SRP_A", "ab")
	refused(t, err, "UserNotFoundException", "User does not exist.")
	asked := len(d.events)
	out, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{
		ClientId: &s.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientMetadata: map[string]string{"k": "v"},
		AuthParameters: params("USERNAME", oldUser, "PASSWORD", oldPassword),
	})
	if err != nil || out.AuthenticationResult == nil {
		t.Fatalf("%+v %v", out, err)
	}
	if claims := s.claims(*out.AuthenticationResult.IdToken); claims["email"] != oldUser || claims["email_verified"] != true || claims["name"] != "Old" {
		t.Error(claims)
	}
	last := d.events[len(d.events)-1]
	if last.Source != "UserMigration_Authentication" || last.UserName != oldUser || last.Password != oldPassword || last.ValidationData["k"] != "v" || last.ClientID != s.client {
		t.Errorf("%+v", last)
	}
	// From now on the pool has the user and its password.
	if _, err := s.password(oldUser, oldPassword); err != nil || len(d.events) != asked+1 {
		t.Error(err, len(d.events))
	}
	_, err = s.password(oldUser, "wrong")
	refused(t, err, "NotAuthorizedException", badCredentials)
}

// Only CONFIRMED lets the user in; without a status the password is reset too.
func TestMigrationNeedsReset(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"RESET_REQUIRED", ""} {
		s, _ := newMigrationWorld(t, status)
		_, err := s.adminInitiate(types.AuthFlowTypeAdminUserPasswordAuth, "USERNAME", oldUser, "PASSWORD", oldPassword)
		refused(t, err, "PasswordResetRequiredException", "Password reset required for the user")
		if u := s.get(s.pool, oldUser); u.UserStatus != types.UserStatusTypeResetRequired {
			t.Error(u.UserStatus)
		}
	}
}

// Migrated users are welcomed by the media that the function names, or else by
// SMS, unless it suppresses that. Their password is not sent.
func TestMigrationWelcome(t *testing.T) {
	t.Parallel()
	phone := "+15550001234"
	for name, c := range map[string]struct {
		action string
		media  []types.DeliveryMediumType
		phone  bool
		to     []string
	}{
		"suppressed":      {"SUPPRESS", []types.DeliveryMediumType{"EMAIL"}, true, nil},
		"no medium":       {"", nil, true, []string{phone}},
		"no phone number": {"", nil, false, nil},
		"e-mail":          {"", []types.DeliveryMediumType{"EMAIL"}, true, []string{oldUser}},
		"both":            {"", []types.DeliveryMediumType{"EMAIL", "SMS"}, true, []string{phone, oldUser}},
	} {
		s, d := newMigrationWorld(t, "CONFIRMED")
		d.change = func(r *userpool.UserMigrationResponse) {
			r.MessageAction, r.DesiredDeliveryMediums = c.action, c.media
			if c.phone {
				r.UserAttributes["phone_number"] = phone
			}
		}
		before := len(s.messages())
		if _, err := s.password(oldUser, oldPassword); err != nil {
			t.Fatal(err)
		}
		sent := s.messages()
		if len(sent)-before != len(c.to) {
			t.Errorf("%s: %d messages", name, len(sent)-before)
			continue
		}
		for _, m := range sent[:len(c.to)] {
			if !slices.Contains(c.to, m.Destination) || m.Purpose != "AdminCreateUser" || !strings.Contains(m.Body, "temporary password is ********.") {
				t.Errorf("%s: %+v", name, m)
			}
		}
	}
}

// A verified address that somebody has already moves with forceAliasCreation.
func TestMigrationForcesAlias(t *testing.T) {
	t.Parallel()
	for _, force := range []bool{false, true} {
		s, d := newMigrationWorld(t, "CONFIRMED")
		s.pool = s.world.pool(aliasPool)
		s.client = s.world.client(s.pool, everyFlow)
		first := s.confirmed(s.client, "first", "email", oldUser)
		update := &newops.UpdateUserPoolInput{}
		update.UserPoolId, update.AutoVerifiedAttributes = &s.pool, []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
		update.LambdaConfig = &types.LambdaConfigType{UserMigration: aws.String("arn:aws:lambda:us-east-1:123456789012:function:old")}
		if _, err := s.UpdateUserPool(s.ctx, update); err != nil {
			t.Fatal(err)
		}
		d.change = func(r *userpool.UserMigrationResponse) { r.ForceAliasCreation = force }
		d.name = "second"
		_, err := s.password("second", oldPassword)
		if !force {
			refused(t, err, "AliasExistsException", "An account with the email already exists.")
		} else if err != nil {
			t.Fatal(err)
		}
		owner := values(s.get(s.pool, oldUser).UserAttributes)["sub"]
		if (owner == first) == force {
			t.Errorf("force %t: the address belongs to %s, at first to %s", force, owner, first)
		}
	}
}

func TestMigrationHidden(t *testing.T) {
	t.Parallel()
	s, d := newMigrationWorld(t, "CONFIRMED", hideUsers)
	for range 5 {
		_, err := s.password(oldUser, "wrong")
		refused(t, err, "NotAuthorizedException", badCredentials)
	}
	asked := len(d.events)
	_, err := s.password(oldUser, oldPassword)
	refused(t, err, "NotAuthorizedException", "Password attempts exceeded")
	if len(d.events) != asked {
		t.Error("the function is asked for a locked name")
	}
}

func TestMigrationOfForgottenPassword(t *testing.T) {
	t.Parallel()
	s, d := newMigrationWorld(t, "RESET_REQUIRED")
	forgot := func(name string) (*cognito.ForgotPasswordOutput, error) {
		return s.ForgotPassword(s.ctx, &cognito.ForgotPasswordInput{ClientId: &s.client, Username: &name})
	}
	_, err := forgot("nobody@example.com")
	refused(t, err, "UserNotFoundException", "Username/client id combination not found.")
	_, err = forgot("broken@example.com")
	refused(t, err, "UserLambdaValidationException", "UserMigration failed with error no.")
	out, err := forgot(oldUser)
	if err != nil || *out.CodeDeliveryDetails.Destination != "o***@e***" || d.events[len(d.events)-1].Source != "UserMigration_ForgotPassword" {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = s.ConfirmForgotPassword(s.ctx, &cognito.ConfirmForgotPasswordInput{
		ClientId: &s.client, Username: aws.String(oldUser), ConfirmationCode: aws.String(s.code()), Password: aws.String(goodPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.password(oldUser, goodPassword); err != nil {
		t.Error(err)
	}
}

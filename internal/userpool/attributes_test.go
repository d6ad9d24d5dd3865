package userpool_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

func (w *world) updateAttributes(access string, pairs ...string) ([]types.CodeDeliveryDetailsType, error) {
	out, err := w.UpdateUserAttributes(w.ctx, &cognito.UpdateUserAttributesInput{AccessToken: &access, UserAttributes: attrs(pairs...)})
	if err != nil {
		return nil, err
	}
	return out.CodeDeliveryDetailsList, nil
}

func (w *world) adminUpdate(poolID, name string, pairs ...string) error {
	_, err := w.AdminUpdateUserAttributes(w.ctx, &cognito.AdminUpdateUserAttributesInput{UserPoolId: &poolID, Username: &name, UserAttributes: attrs(pairs...)})
	return err
}

func (w *world) verify(access, attribute, code string) error {
	_, err := w.VerifyUserAttribute(w.ctx, &cognito.VerifyUserAttributeInput{AccessToken: &access, AttributeName: &attribute, Code: &code})
	return err
}

func TestUpdateUserAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	sub := w.confirmed(client, "a@example.com", "name", "A")
	w.confirmed(client, "b@example.com")
	access := w.mustSignIn(client, "a@example.com", goodPassword)
	if sent, err := w.updateAttributes(access, "name", "AA", "given_name", "x"); err != nil || sent != nil {
		t.Fatalf("%v, %v", sent, err)
	}
	if sent, err := w.updateAttributes(access, "name", ""); err != nil || sent != nil {
		t.Fatalf("%v, %v", sent, err)
	}
	if d := cmp.Diff(map[string]string{"sub": sub, "email": "a@example.com", "email_verified": "true", "given_name": "x"}, values(w.get(pool, sub).UserAttributes)); d != "" {
		t.Error(d)
	}
	_, err := w.updateAttributes(access, "email", "b@example.com")
	refused(t, err, "AliasExistsException", "An account with the email already exists.")
	sent, err := w.updateAttributes(access, "email", "new@example.com")
	if err != nil || len(sent) != 1 || *sent[0].Destination != "n***@e***" {
		t.Fatalf("%v, %v", sent, err)
	}
	if m := w.messages()[0]; m.Purpose != "UpdateUserAttribute" || m.Destination != "new@example.com" {
		t.Errorf("message %+v", m)
	}
	if got := values(w.get(pool, "new@example.com").UserAttributes); got["email_verified"] != "false" || got["sub"] != sub {
		t.Errorf("attributes %v", got)
	}
	code := w.code()
	refused(t, w.verify(access, "email", otherCode(code)), "CodeMismatchException", mismatch)
	refused(t, w.verify(access, "phone_number", code), "ExpiredCodeException", expired)
	refused(t, w.verify(access, "name", code), "InvalidParameterException", "Invalid attribute name: name cannot be verified.")
	if err := w.verify(access, "email", code); err != nil {
		t.Fatal(err)
	}
	if got := values(w.get(pool, sub).UserAttributes)["email_verified"]; got != "true" {
		t.Errorf("email_verified %s", got)
	}
	refused(t, w.verify(access, "email", code), "ExpiredCodeException", expired)
	w.mustSignIn(client, "new@example.com", goodPassword)
	if _, err := w.signIn(client, "a@example.com", goodPassword); err == nil {
		t.Error("the former address still signs in")
	}
	// The former address is free.
	w.mustSignUp(client, "a@example.com")
}

func TestUpdateAttributesRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		in.Schema = []types.SchemaAttributeType{
			{Name: aws.String("name"), Required: aws.Bool(true)},
			{Name: aws.String("fixed"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(false)},
			{Name: aws.String("rank"), AttributeDataType: types.AttributeDataTypeString, DeveloperOnlyAttribute: aws.Bool(true), Mutable: aws.Bool(true)},
		}
	})
	client := w.client(pool, nil)
	w.mustCreate(pool, "bob", "name", "Bob", "custom:fixed", "1")
	if err := w.setPassword(pool, "bob", goodPassword, true); err != nil {
		t.Fatal(err)
	}
	access := w.mustSignIn(client, "bob", goodPassword)
	const schema = "Attributes did not conform to the schema: "
	for _, c := range []struct {
		pairs         []string
		code, message string
	}{
		{[]string{"sub", "x"}, "InvalidParameterException", "Cannot modify the non-mutable attribute sub"},
		{[]string{"custom:no", "x"}, "InvalidParameterException", schema + "custom:no: Attribute does not exist in the schema.\n"},
		{[]string{"custom:fixed", "2"}, "InvalidParameterException", "user.custom:fixed: Attribute cannot be updated.\n"},
		{[]string{"name", ""}, "InvalidParameterException", schema + "name: The attribute is required\n"},
		{[]string{"email", "x"}, "InvalidParameterException", "Invalid email address format."},
		{[]string{"phone_number_verified", "true"}, "InvalidParameterException", "Phone Number is required to verify/un-verify a phone number"},
	} {
		refused(t, w.adminUpdate(pool, "bob", c.pairs...), c.code, c.message)
	}
	for _, pairs := range [][]string{{"custom:fixed", "1"}, {"dev:custom:rank", "x"}} {
		_, err := w.updateAttributes(access, pairs...)
		refused(t, err, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
	}
	_, err := w.updateAttributes(access, "email_verified", "true")
	refused(t, err, "InvalidParameterException", "Cannot modify the non-mutable attribute email_verified")
	if err := w.adminUpdate(pool, "bob", "dev:custom:rank", "7", "custom:fixed", "1"); err != nil {
		t.Fatal(err)
	}
	refused(t, w.adminUpdate(pool, "nobody", "name", "x"), "UserNotFoundException", "User does not exist.")
	admin := func(names ...string) error {
		_, err := w.AdminDeleteUserAttributes(w.ctx, &cognito.AdminDeleteUserAttributesInput{UserPoolId: &pool, Username: aws.String("bob"), UserAttributeNames: names})
		return err
	}
	refused(t, admin("name"), "InvalidParameterException", schema+"name: The attribute is required\n")
	refused(t, admin("sub"), "InvalidParameterException", "Cannot modify the non-mutable attribute sub")
	if err := admin("dev:custom:rank", "email"); err != nil {
		t.Fatal(err)
	}
	if got := values(w.get(pool, "bob").UserAttributes); got["dev:custom:rank"] != "" || got["name"] != "Bob" {
		t.Errorf("attributes %v", got)
	}
	_, err = w.DeleteUserAttributes(w.ctx, &cognito.DeleteUserAttributesInput{AccessToken: &access, UserAttributeNames: []string{"dev:custom:rank"}})
	refused(t, err, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
}

func TestRequireVerificationBeforeUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		emailPool(in)
		in.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{
			AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		}
	})
	client := w.client(pool, nil)
	w.confirmed(client, "a@example.com")
	w.confirmed(client, "taken@example.com")
	access := w.mustSignIn(client, "a@example.com", goodPassword)
	_, err := w.updateAttributes(access, "email", "taken@example.com")
	refused(t, err, "AliasExistsException", "An account with the email already exists.")
	if sent, err := w.updateAttributes(access, "email", "new@example.com"); err != nil || len(sent) != 1 {
		t.Fatalf("%v, %v", sent, err)
	}
	w.code()
	if got := values(w.get(pool, "a@example.com").UserAttributes); got["email"] != "a@example.com" || got["email_verified"] != "true" {
		t.Errorf("before verification %v", got)
	}
	again, err := w.GetUserAttributeVerificationCode(w.ctx, &cognito.GetUserAttributeVerificationCodeInput{AccessToken: &access, AttributeName: aws.String("email")})
	if err != nil || *again.CodeDeliveryDetails.Destination != "n***@e***" {
		t.Fatalf("%+v, %v", again, err)
	}
	code := w.code()
	if err := w.verify(access, "email", code); err != nil {
		t.Fatal(err)
	}
	if got := values(w.get(pool, "new@example.com").UserAttributes); got["email_verified"] != "true" {
		t.Errorf("after verification %v", got)
	}
	// An administrator may declare it verified at once.
	if err := w.adminUpdate(pool, "new@example.com", "email", "third@example.com", "email_verified", "true"); err != nil {
		t.Fatal(err)
	}
	w.mustSignIn(client, "third@example.com", goodPassword)
	// An address that is taken while it waits is refused at the end.
	if _, err := w.updateAttributes(access, "email", "race@example.com"); err != nil {
		t.Fatal(err)
	}
	code = w.code()
	w.mustSignUp(client, "race@example.com")
	refused(t, w.verify(access, "email", code), "AliasExistsException", "An account with the email already exists.")
}

func TestAttributeVerificationCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client := w.client(pool, nil)
	w.confirmed(client, "bob", "email", "b@example.com", "phone_number", "+15550001")
	access := w.mustSignIn(client, "bob", goodPassword)
	get := func(attribute string) (*cognito.GetUserAttributeVerificationCodeOutput, error) {
		return w.GetUserAttributeVerificationCode(w.ctx, &cognito.GetUserAttributeVerificationCodeInput{AccessToken: &access, AttributeName: &attribute})
	}
	_, err := get("name")
	refused(t, err, "InvalidParameterException", "Invalid attribute name: name cannot be verified.")
	out, err := get("phone_number")
	if err != nil || *out.CodeDeliveryDetails.Destination != "+****0001" {
		t.Fatalf("%+v, %v", out, err)
	}
	code := w.code()
	for range 14 {
		refused(t, w.verify(access, "phone_number", otherCode(code)), "CodeMismatchException", mismatch)
	}
	if err := w.verify(access, "phone_number", code); err != nil {
		t.Fatal(err)
	}
	if u := w.get(pool, "+15550001"); *u.Username != "bob" {
		t.Errorf("the number is %s's", *u.Username)
	}
	for range 4 {
		if _, err := get("phone_number"); err != nil {
			t.Fatal(err)
		}
	}
	_, err = get("phone_number")
	refused(t, err, "LimitExceededException", limited)
	for range 15 {
		refused(t, w.verify(access, "email", "nocode"), "ExpiredCodeException", expired)
	}
	refused(t, w.verify(access, "email", "nocode"), "LimitExceededException", limited)
	w.clock.Advance(30 * time.Minute)
	if _, err := w.DeleteUserAttributes(w.ctx, &cognito.DeleteUserAttributesInput{AccessToken: &access, UserAttributeNames: []string{"phone_number"}}); err != nil {
		t.Fatal(err)
	}
	if got := values(w.get(pool, "bob").UserAttributes); got["phone_number"] != "" || got["phone_number_verified"] != "" {
		t.Errorf("attributes %v", got)
	}
	_, err = w.AdminGetUser(w.ctx, &cognito.AdminGetUserInput{UserPoolId: &pool, Username: aws.String("+15550001")})
	refused(t, err, "UserNotFoundException", "User does not exist.")
}

func TestPreferredUsername(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client := w.client(pool, nil)
	w.confirmed(client, "bob", "email", "b@example.com")
	w.confirmed(client, "eve", "email", "e@example.com")
	access := w.mustSignIn(client, "bob", goodPassword)
	if _, err := w.updateAttributes(access, "preferred_username", "bobby"); err != nil {
		t.Fatal(err)
	}
	w.mustSignIn(client, "bobby", goodPassword)
	other := w.mustSignIn(client, "eve", goodPassword)
	for _, name := range []string{"bobby", "bob"} {
		_, err := w.updateAttributes(other, "preferred_username", name)
		refused(t, err, "AliasExistsException", "An account with the preferred_username already exists.")
	}
	_, err := w.signUp(client, "bobby")
	refused(t, err, "UsernameExistsException", "User already exists")
	if _, err := w.updateAttributes(access, "preferred_username", "rob"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.updateAttributes(other, "preferred_username", "bobby"); err != nil {
		t.Errorf("a name that was given up: %v", err)
	}
}

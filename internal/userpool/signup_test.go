package userpool_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

func TestSignUpWithEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	out := w.mustSignUp(client, "jane@example.com", "email", "jane@example.com")
	if out.UserConfirmed || out.Session != nil {
		t.Errorf("confirmed %v, session %v", out.UserConfirmed, out.Session)
	}
	want := &types.CodeDeliveryDetailsType{
		AttributeName: aws.String("email"), DeliveryMedium: types.DeliveryMediumTypeEmail, Destination: aws.String("j***@e***"),
	}
	if d := cmp.Diff(want, out.CodeDeliveryDetails, cmp.AllowUnexported(types.CodeDeliveryDetailsType{})); d != "" {
		t.Error(d)
	}
	u := w.get(pool, "jane@example.com")
	if *u.Username != *out.UserSub || u.UserStatus != types.UserStatusTypeUnconfirmed || !u.Enabled {
		t.Errorf("user %+v", u)
	}
	if d := cmp.Diff(map[string]string{"sub": *out.UserSub, "email": "jane@example.com", "email_verified": "false"}, values(u.UserAttributes)); d != "" {
		t.Error(d)
	}
	m := w.messages()[0]
	if m.Destination != "jane@example.com" || m.Subject != "Your verification code" || !strings.HasPrefix(m.Body, "Your confirmation code is ") {
		t.Errorf("message %+v", m)
	}
	if _, err := w.signIn(client, "jane@example.com", goodPassword); err == nil {
		t.Error("an unconfirmed user signed in")
	}
	if err := w.confirm(client, "jane@example.com", w.code()); err != nil {
		t.Fatal(err)
	}
	u = w.get(pool, *out.UserSub)
	if u.UserStatus != types.UserStatusTypeConfirmed || values(u.UserAttributes)["email_verified"] != "true" {
		t.Errorf("after confirmation %+v", u)
	}
	w.mustSignIn(client, "jane@example.com", goodPassword)
	w.mustSignIn(client, *out.UserSub, goodPassword)
	if got := w.triggers.sources(); !slices.Equal(got[:3], []string{"PreSignUp_SignUp", "CustomMessage_SignUp", "PostConfirmation_ConfirmSignUp"}) {
		t.Errorf("triggers %v", got)
	}
}

func TestSignUpRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	byEmail := w.client(w.pool(emailPool), nil)
	byEither := w.client(w.pool(func(in *newops.CreateUserPoolInput) {
		in.UsernameAttributes = []types.UsernameAttributeType{types.UsernameAttributeTypeEmail, types.UsernameAttributeTypePhoneNumber}
	}), nil)
	byPhone := w.client(w.pool(func(in *newops.CreateUserPoolInput) {
		in.UsernameAttributes = []types.UsernameAttributeType{types.UsernameAttributeTypePhoneNumber}
	}), nil)
	aliases := w.client(w.pool(aliasPool), nil)
	plainPool := w.pool(func(in *newops.CreateUserPoolInput) {
		in.Schema = []types.SchemaAttributeType{
			{Name: aws.String("name"), Required: aws.Bool(true)},
			{Name: aws.String("email"), Required: aws.Bool(true)},
			{Name: aws.String("size"), AttributeDataType: types.AttributeDataTypeNumber,
				NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: aws.String("1"), MaxValue: aws.String("9")}},
			{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString,
				StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("2"), MaxLength: aws.String("4")}},
			{Name: aws.String("rank"), AttributeDataType: types.AttributeDataTypeString, DeveloperOnlyAttribute: aws.Bool(true)},
		}
	})
	plain := w.client(plainPool, func(in *cognito.CreateUserPoolClientInput) {
		in.WriteAttributes = []string{"name", "email", "birthdate", "custom:size", "custom:team"}
	})
	closed := w.client(w.pool(func(in *newops.CreateUserPoolInput) {
		in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true}
	}), nil)
	w.mustSignUp(byEmail, "taken@example.com")
	w.mustSignUp(byEither, "+15550001111")
	w.mustSignUp(aliases, "taken")

	const schema = "Attributes did not conform to the schema: "
	for name, c := range map[string]struct {
		client, username, password string
		attributes                 []types.AttributeType
		code, message              string
	}{
		"unknown client":     {"nosuchclient", "a", "", nil, "ResourceNotFoundException", "User pool client nosuchclient does not exist."},
		"closed":             {closed, "a", "", nil, "NotAuthorizedException", "SignUp is not permitted for this user pool"},
		"no e-mail address":  {byEmail, "jane", "", nil, "InvalidParameterException", "Username should be an email."},
		"no phone number":    {byPhone, "555", "", nil, "InvalidParameterException", "Username should be a phone number."},
		"neither":            {byEither, "jane", "", nil, "InvalidParameterException", "Username should be either an email or a phone number."},
		"taken address":      {byEmail, "taken@example.com", "", nil, "UsernameExistsException", "An account with the given email already exists."},
		"taken number":       {byEither, "+15550001111", "", nil, "UsernameExistsException", "An account with the given phone_number already exists."},
		"taken username":     {aliases, "taken", "", nil, "UsernameExistsException", "User already exists"},
		"other address":      {byEmail, "a@example.com", "", attrs("email", "b@example.com"), "InvalidParameterException", "The username and the attribute email must be the same."},
		"address and alias":  {aliases, "a@example.com", "", nil, "InvalidParameterException", "Username cannot be of email format, since user pool is configured for email alias."},
		"number and alias":   {aliases, "+15550001111", "", nil, "InvalidParameterException", "Username cannot be of phone number format, since user pool is configured for phone number alias."},
		"preferred username": {aliases, "bob", "", attrs("preferred_username", "bobby"), "InvalidParameterException", "A preferred_username alias can be set only after the user is confirmed."},
		"short":              {byEmail, "a@example.com", "Aa1-", nil, "InvalidPasswordException", "Password did not conform with policy: Password not long enough"},
		"no upper":           {byEmail, "a@example.com", "aaaaaaa1-", nil, "InvalidPasswordException", "Password did not conform with policy: Password must have uppercase characters"},
		"no lower":           {byEmail, "a@example.com", "AAAAAAA1-", nil, "InvalidPasswordException", "Password did not conform with policy: Password must have lowercase characters"},
		"no number":          {byEmail, "a@example.com", "AAAAAAAa-", nil, "InvalidPasswordException", "Password did not conform with policy: Password must have numeric characters"},
		"no symbol":          {byEmail, "a@example.com", "AAAAAAAa1", nil, "InvalidPasswordException", "Password did not conform with policy: Password must have symbol characters"},
		"foreign letters":    {byEmail, "a@example.com", "ÄÄÄÄÄÄa1-", nil, "InvalidPasswordException", "Password did not conform with policy: Password must have uppercase characters"},
		"bad address":        {aliases, "bob", "", attrs("email", "nonsense"), "InvalidParameterException", "Invalid email address format."},
		"bad number":         {aliases, "bob", "", attrs("phone_number", "555"), "InvalidParameterException", "Invalid phone number format."},
		"required":           {plain, "bob", "", nil, "InvalidParameterException", schema + "name: The attribute is required\nemail: The attribute is required\n"},
		"unknown attribute":  {plain, "bob", "", attrs("custom:x", "1"), "InvalidParameterException", schema + "custom:x: Attribute does not exist in the schema.\n"},
		"not a number":       {plain, "bob", "", attrs("custom:size", "x"), "InvalidParameterException", schema + "custom:size: Attribute value must be a number\n"},
		"out of range":       {plain, "bob", "", attrs("custom:size", "10", "custom:team", "x"), "InvalidParameterException", schema + "custom:size: Number must be no greater than 9\ncustom:team: String must be at least 2 characters\n"},
		"short birthdate":    {plain, "bob", "", attrs("birthdate", "2000"), "InvalidParameterException", schema + "birthdate: String must be at least 10 characters\n"},
		"not writable":       {plain, "bob", "", attrs("family_name", "x"), "NotAuthorizedException", "A client attempted to write unauthorized attribute"},
		"custom by default":  {plain, "bob", "", attrs("dev:custom:rank", "x"), "NotAuthorizedException", "A client attempted to write unauthorized attribute"},
		"sub":                {plain, "bob", "", attrs("sub", "x"), "InvalidParameterException", "Cannot modify the non-mutable attribute sub"},
		"verified":           {byEmail, "a@example.com", "", attrs("email_verified", "true"), "InvalidParameterException", "Cannot modify the non-mutable attribute email_verified"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.password == "" {
				c.password = goodPassword
			}
			_, err := w.SignUp(w.ctx, &cognito.SignUpInput{ClientId: &c.client, Username: &c.username, Password: &c.password, UserAttributes: c.attributes})
			refused(t, err, c.code, c.message)
		})
	}
}

func TestSignUpCaseRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sensitive := w.client(w.pool(nil), nil)
	w.mustSignUp(sensitive, "Bob")
	w.mustSignUp(sensitive, "bob")
	foldedPool := w.pool(func(in *newops.CreateUserPoolInput) {
		aliasPool(in)
		in.UsernameConfiguration = &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)}
	})
	folded := w.client(foldedPool, nil)
	sub := w.confirmed(folded, "Bob", "email", "Bob@Example.com")
	_, err := w.signUp(folded, "bOB")
	refused(t, err, "UsernameExistsException", "User already exists")
	for _, name := range []string{"BOB", "bob@example.COM", sub} {
		if u := w.get(foldedPool, name); *u.Username != "Bob" {
			t.Errorf("%s is %s", name, *u.Username)
		}
	}
}

func TestSignUpByTrigger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(aliasPool)
	client := w.client(pool, nil)
	w.triggers.preSignUp = userpool.PreSignUpResponse{AutoConfirmUser: true, AutoVerifyEmail: true, AutoVerifyPhone: true}
	out, err := w.SignUp(w.ctx, &cognito.SignUpInput{
		ClientId: &client, Username: aws.String("bob"), Password: aws.String(goodPassword), UserAttributes: attrs("email", "bob@example.com"),
		ValidationData: attrs("k", "v"), ClientMetadata: map[string]string{"m": "n"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !out.UserConfirmed || out.CodeDeliveryDetails != nil || len(w.messages()) != 0 {
		t.Errorf("output %+v, %d messages", out, len(w.messages()))
	}
	u := w.get(pool, "bob@example.com")
	if u.UserStatus != types.UserStatusTypeConfirmed || values(u.UserAttributes)["phone_number_verified"] != "" {
		t.Errorf("user %+v", u)
	}
	if e := w.triggers.events[0]; e.ValidationData["k"] != "v" || e.ClientMetadata["m"] != "n" || e.ClientID != client || e.UserAttributes["email"] != "bob@example.com" {
		t.Errorf("event %+v", e)
	}
	if got := w.triggers.sources(); !slices.Equal(got, []string{"PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"}) {
		t.Errorf("triggers %v", got)
	}
	w.triggers.err = &types.UserLambdaValidationException{Message: aws.String("PreSignUp failed with error no.")}
	_, err = w.signUp(client, "eve")
	refused(t, err, "UserLambdaValidationException", "PreSignUp failed with error no.")
	_, err = w.AdminGetUser(w.ctx, &cognito.AdminGetUserInput{UserPoolId: &pool, Username: aws.String("eve")})
	refused(t, err, "UserNotFoundException", "User does not exist.")
}

func TestSignUpMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(func(in *newops.CreateUserPoolInput) {
		in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail, types.VerifiedAttributeTypePhoneNumber}
		in.VerificationMessageTemplate = &types.VerificationMessageTemplateType{
			EmailSubject: aws.String("Hello {username}"), EmailMessage: aws.String("<b>{####}</b> for {username}"), SmsMessage: aws.String("SMS {####}"),
		}
		in.EmailConfiguration = &types.EmailConfigurationType{ReplyToEmailAddress: aws.String("help@example.com")}
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms")}
	})
	client := w.client(pool, nil)
	out := w.mustSignUp(client, "bob", "email", "bob@example.com", "phone_number", "+12065559934")
	if d := out.CodeDeliveryDetails; d.DeliveryMedium != types.DeliveryMediumTypeSms || *d.AttributeName != "phone_number" || *d.Destination != "+*******9934" {
		t.Errorf("details %+v", d)
	}
	if m := w.messages()[0]; m.Channel != "SMS" || m.Destination != "+12065559934" || !strings.HasPrefix(m.Body, "SMS ") {
		t.Errorf("message %+v", m)
	}
	w.clock.Advance(time.Second)
	w.mustSignUp(client, "<i>eve", "email", "eve@example.com")
	if m := w.messages()[0]; m.Subject != "Hello <i>eve" || !strings.HasSuffix(m.Body, "</b> for &lt;i&gt;eve") || m.ReplyTo != "help@example.com" {
		t.Errorf("message %+v", m)
	}
	w.clock.Advance(time.Second)
	w.triggers.custom = userpool.CustomMessageResponse{EmailSubject: "custom", EmailMessage: "code {####}"}
	w.mustSignUp(client, "max", "email", "max@example.com")
	if m := w.messages()[0]; m.Subject != "custom" || !strings.HasPrefix(m.Body, "code ") || len(m.Body) != len("code 123456") {
		t.Errorf("message %+v", m)
	}
}

func signedUsername(secret, username, client string) *string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(username + client))
	return aws.String(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func TestSignUpSecretHash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(nil)
	out, err := w.CreateUserPoolClient(w.ctx, &cognito.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: aws.String("x"), GenerateSecret: true})
	if err != nil {
		t.Fatal(err)
	}
	client, secret := *out.UserPoolClient.ClientId, *out.UserPoolClient.ClientSecret
	in := &cognito.SignUpInput{ClientId: &client, Username: aws.String("bob"), Password: aws.String(goodPassword)}
	_, err = w.SignUp(w.ctx, in)
	refused(t, err, "NotAuthorizedException", "Client "+client+" is configured with secret but SECRET_HASH was not received")
	in.SecretHash = signedUsername(secret, "eve", client)
	_, err = w.SignUp(w.ctx, in)
	refused(t, err, "NotAuthorizedException", "Unable to verify secret hash for client "+client)
	in.SecretHash = signedUsername(secret, "bob", client)
	if _, err = w.SignUp(w.ctx, in); err != nil {
		t.Fatal(err)
	}
}

func TestSignUpWithoutPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	otp := func(in *newops.CreateUserPoolInput) {
		emailPool(in)
		in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{
			AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp},
		}}
	}
	choice := func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}
	}
	const missing = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
	for _, client := range []string{w.client(w.pool(emailPool), choice), w.client(w.pool(otp), nil)} {
		_, err := w.SignUp(w.ctx, &cognito.SignUpInput{ClientId: &client, Username: aws.String("a@example.com")})
		refused(t, err, "InvalidParameterException", missing)
	}
	pool := w.pool(otp)
	client := w.client(pool, choice)
	out, err := w.SignUp(w.ctx, &cognito.SignUpInput{ClientId: &client, Username: aws.String("a@example.com")})
	if err != nil {
		t.Fatal(err)
	}
	if out.Session == nil {
		t.Fatal("no session for a client with USER_AUTH")
	}
	done, err := w.ConfirmSignUp(w.ctx, &cognito.ConfirmSignUpInput{
		ClientId: &client, Username: aws.String("a@example.com"), ConfirmationCode: aws.String(w.code()), Session: out.Session,
	})
	if err != nil || done.Session == nil || *done.Session == *out.Session {
		t.Fatalf("confirmation %+v, %v", done, err)
	}
	if u := w.get(pool, "a@example.com"); u.UserStatus != types.UserStatusTypeConfirmed {
		t.Errorf("status %s", u.UserStatus)
	}
}

// Of many sign-ups with one name at once exactly one succeeds, and the others
// learn that the name is taken.
func TestSignUpTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(w.pool(emailPool), nil)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.signUp(client, "same@example.com") })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		var taken *types.UsernameExistsException
		switch {
		case err == nil:
			won++
		case !errors.As(err, &taken):
			t.Error(err)
		}
	}
	if won != 1 || len(w.messages()) != 1 {
		t.Errorf("%d sign-ups won and %d messages were sent", won, len(w.messages()))
	}
}

func BenchmarkSignUp(b *testing.B) {
	w := newWorld(b)
	client := w.client(w.pool(emailPool), nil)
	n := 0
	for b.Loop() {
		n++
		w.mustSignUp(client, fmt.Sprintf("user%d@example.com", n))
	}
}

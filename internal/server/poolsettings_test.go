package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
)

// The templates of a pool make its messages, and its sender sends them.
func TestTemplatesAct(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t), func(in *idpapi.CreateUserPoolInput) {
		in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail, types.VerifiedAttributeTypePhoneNumber}
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::" + account + ":role/sms"), ExternalId: aws.String("x")}
		in.EmailConfiguration = &types.EmailConfigurationType{
			EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:us-east-1:" + account + ":identity/no-reply@example.com"),
			From: aws.String("Team <no-reply@example.com>"),
		}
		in.VerificationMessageTemplate = &types.VerificationMessageTemplateType{EmailSubject: aws.String("Prove it"), EmailMessage: aws.String("Your proof: {####}"), SmsMessage: aws.String("SMS proof {####}")}
		in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{InviteMessageTemplate: &types.MessageTemplateType{
			EmailSubject: aws.String("Come in"), EmailMessage: aws.String("{username}, come in with {####}"), SMSMessage: aws.String("{username} {####}"),
		}}
	})
	last := func(to string) deliver.InboxMessage {
		t.Helper()
		messages, err := r.srv.Inbox(t.Context(), deliver.Filter{Destination: to})
		if err != nil || len(messages) == 0 {
			t.Fatalf("the inbox of %s: %v, %v", to, messages, err)
		}
		return messages[0]
	}
	signUp := func(name, attribute, value string) {
		t.Helper()
		if _, err := r.here.SignUp(t.Context(), &idpapi.SignUpInput{ClientId: r.client, Username: &name, Password: aws.String(password), UserAttributes: []types.AttributeType{{Name: &attribute, Value: &value}}}); err != nil {
			t.Fatal(err)
		}
	}
	signUp("ann", "email", "ann@example.com")
	if m := last("ann@example.com"); m.Subject != "Prove it" || !strings.HasPrefix(m.Body, "Your proof: ") {
		t.Errorf("the e-mail is %+v", m)
	}
	signUp("bob", "phone_number", "+15555550100")
	if m := last("+15555550100"); !strings.HasPrefix(m.Body, "SMS proof ") {
		t.Errorf("the text message is %+v", m)
	}
	if _, err := r.here.AdminCreateUser(t.Context(), &idpapi.AdminCreateUserInput{
		UserPoolId: r.pool, Username: aws.String("cleo"), DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("cleo@example.com")}},
	}); err != nil {
		t.Fatal(err)
	}
	if m := last("cleo@example.com"); m.Subject != "Come in" || !strings.HasPrefix(m.Body, "cleo, come in with ") {
		t.Errorf("the invitation is %+v", m)
	}
}

// Custom attributes are there at once, keep their rules, and are 50 at most.
func TestCustomAttributesAct(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	add := func(attributes ...types.SchemaAttributeType) error {
		_, err := r.here.AddCustomAttributes(t.Context(), &idpapi.AddCustomAttributesInput{UserPoolId: r.pool, CustomAttributes: attributes})
		return err
	}
	number := types.SchemaAttributeType{Name: aws.String("size"), AttributeDataType: types.AttributeDataTypeNumber, Mutable: aws.Bool(false), NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: aws.String("2"), MaxValue: aws.String("6")}}
	if err := add(number); err != nil {
		t.Fatal(err)
	}
	set := func(value string) error {
		_, err := r.here.AdminUpdateUserAttributes(t.Context(), &idpapi.AdminUpdateUserAttributesInput{UserPoolId: r.pool, Username: aws.String("jane"), UserAttributes: []types.AttributeType{{Name: aws.String("custom:size"), Value: &value}}})
		return err
	}
	wantCode(t, "a fixed attribute", set("4"), "InvalidParameterException", "custom:size")
	flexible := number
	flexible.Name, flexible.Mutable = aws.String("width"), aws.Bool(true)
	if err := add(flexible); err != nil {
		t.Fatal(err)
	}
	write := func(value string) error {
		_, err := r.here.AdminUpdateUserAttributes(t.Context(), &idpapi.AdminUpdateUserAttributesInput{UserPoolId: r.pool, Username: aws.String("jane"), UserAttributes: []types.AttributeType{{Name: aws.String("custom:width"), Value: &value}}})
		return err
	}
	if err := write("4"); err != nil {
		t.Error(err)
	}
	wantCode(t, "below the minimum", write("1"), "InvalidParameterException", "custom:width")
	wantCode(t, "no number", write("wide"), "InvalidParameterException", "custom:width")
	wantCode(t, "the same again", add(flexible), "InvalidParameterException", "")
	for i := range 48 {
		if err := add(types.SchemaAttributeType{Name: aws.String(fmt.Sprint("a", i)), AttributeDataType: types.AttributeDataTypeString}); err != nil {
			t.Fatal(i, err)
		}
	}
	wantCode(t, "number 51", add(types.SchemaAttributeType{Name: aws.String("b"), AttributeDataType: types.AttributeDataTypeString}), "InvalidParameterException", "50")
}

// A pool remembers devices where it is told to, and keeps events where threat
// protection is on.
func TestDevicesAndAddOnsAct(t *testing.T) {
	t.Parallel()
	f := start(t)
	events := func(r *replicated) error {
		_, err := r.here.AdminListUserAuthEvents(t.Context(), &idpapi.AdminListUserAuthEventsInput{UserPoolId: r.pool, Username: aws.String("jane")})
		return err
	}
	plain := newReplicated(t, f)
	in, err := plain.signIn(t, plain.here, "jane")
	if err != nil || in.AuthenticationResult.NewDeviceMetadata != nil {
		t.Errorf("without device configuration: %+v, %v", in, err)
	}
	wantCode(t, "events without threat protection", events(plain), "UserPoolAddOnNotEnabledException", "")
	full := newReplicated(t, f, func(in *idpapi.CreateUserPoolInput) {
		in.DeviceConfiguration = &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true}
		in.UserPoolTier, in.UserPoolAddOns = types.UserPoolTierTypePlus, &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit}
	})
	in, err = full.signIn(t, full.here, "jane")
	if err != nil || in.AuthenticationResult.NewDeviceMetadata == nil {
		t.Errorf("with device configuration: %+v, %v", in, err)
	}
	if err := events(full); err != nil {
		t.Error(err)
	}
}

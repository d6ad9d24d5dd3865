package userpool_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// TestCreateUserPoolDefaults compares the whole answer with the one that AWS
// gives to a call with a name only.
func TestCreateUserPoolDefaults(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	var got, want map[string]any
	if err := json.Unmarshal([]byte(wire(t, p)), &got); err != nil {
		t.Fatal(err)
	}
	defaults := fmt.Sprintf(`{
		"Id": %q, "Arn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/%s", "Name": "test",
		"CreationDate": 1772600767, "LastModifiedDate": 1772600767,
		"Policies": {
			"PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
				"RequireSymbols": true, "TemporaryPasswordValidityDays": 7},
			"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}
		},
		"DeletionProtection": "INACTIVE", "LambdaConfig": {},
		"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
		"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
		"MfaConfiguration": "OFF", "EstimatedNumberOfUsers": 0,
		"EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
		"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
		"UserPoolTags": {}, "UserPoolTier": "ESSENTIALS",
		"IssuerConfiguration": {"Type": "ORIGINAL"}, "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
		"AcrConfiguration": {"Level1": {"AcrValue": "urn:cognito:loa:1"}, "Level2": {"AcrValue": "urn:cognito:loa:2"},
			"Level3": {"AcrValue": "urn:cognito:loa:3"}, "Level4": {"AcrValue": "urn:cognito:loa:4"}}
	}`, *p.Id, *p.Id)
	if err := json.Unmarshal([]byte(defaults), &want); err != nil {
		t.Fatal(err)
	}
	schema := got["SchemaAttributes"].([]any)
	delete(got, "SchemaAttributes")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("answer\n%v\nwant\n%v", got, want)
	}
	var names []string
	for _, a := range schema {
		names = append(names, a.(map[string]any)["Name"].(string))
	}
	order := "sub name given_name family_name middle_name nickname preferred_username profile picture website email email_verified" +
		" gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at"
	if strings.Join(names, " ") != order {
		t.Errorf("schema %v, want %s", names, order)
	}
	for i, attribute := range map[int]string{
		0:  `{"AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Name":"sub","Required":true,"StringAttributeConstraints":{"MaxLength":"2048","MinLength":"1"}}`,
		10: `{"AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"email","Required":false,"StringAttributeConstraints":{"MaxLength":"2048","MinLength":"0"}}`,
		11: `{"AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"email_verified","Required":false}`,
		13: `{"AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"birthdate","Required":false,"StringAttributeConstraints":{"MaxLength":"10","MinLength":"10"}}`,
		19: `{"AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"updated_at","NumberAttributeConstraints":{"MinValue":"0"},"Required":false}`,
	} {
		if got := wire(t, &p.SchemaAttributes[i]); got != attribute {
			t.Errorf("attribute %d is\n%s, want\n%s", i, got, attribute)
		}
	}
	if !strings.HasPrefix(*p.Id, testRegion+"_") || len(*p.Id) != len(testRegion)+10 {
		t.Errorf("ID %s", *p.Id)
	}
	if described := e.describe(t, p.Id); wire(t, described) != wire(t, p) {
		t.Errorf("DescribeUserPool differs from CreateUserPool:\n%s\n%s", wire(t, described), wire(t, p))
	}
}

// everything is a pool input with every member set to something else than its
// default.
func everything(in *newops.CreateUserPoolInput) {
	lambda := func(name string) *string { return aws.String("arn:aws:lambda:eu-west-1:123456789012:function:" + name) }
	in.AccountRecoverySetting = &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{
		{Name: types.RecoveryOptionNameTypeVerifiedEmail, Priority: aws.Int32(2)},
		{Name: types.RecoveryOptionNameTypeVerifiedPhoneNumber, Priority: aws.Int32(1)},
	}}
	in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{
		AllowAdminCreateUserOnly: true,
		InviteMessageTemplate: &types.MessageTemplateType{
			EmailMessage: aws.String("{username}: {####}"), EmailSubject: aws.String("Hello"), SMSMessage: aws.String("{username} {####}"),
		},
	}
	in.AliasAttributes = []types.AliasAttributeType{types.AliasAttributeTypeEmail, types.AliasAttributeTypePreferredUsername}
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail, types.VerifiedAttributeTypePhoneNumber}
	in.DeletionProtection = types.DeletionProtectionTypeActive
	in.DeviceConfiguration = &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true}
	in.EmailConfiguration = &types.EmailConfigurationType{
		EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/a@example.com"),
		From: aws.String("Ann <a@example.com>"), ReplyToEmailAddress: aws.String("b@example.com"), ConfigurationSet: aws.String("set"),
	}
	in.EmailVerificationMessage, in.EmailVerificationSubject = aws.String("Code {####}"), aws.String("Your code")
	in.SmsVerificationMessage = aws.String("SMS {####}")
	in.IssuerConfiguration = &types.IssuerConfigurationType{Type: types.IssuerTypeUpdated}
	in.KeyConfiguration = &types.KeyConfigurationType{
		KeyType: types.EncryptionKeyTypeCustomerManagedKey, KmsKeyArn: aws.String("arn:aws:kms:eu-west-1:123456789012:key/mrk-1"),
	}
	in.LambdaConfig = &types.LambdaConfigType{
		PreSignUp: lambda("a"), CustomMessage: lambda("b"), PostConfirmation: lambda("c"), PreAuthentication: lambda("d"),
		PostAuthentication: lambda("e"), DefineAuthChallenge: lambda("f"), CreateAuthChallenge: lambda("g"),
		VerifyAuthChallengeResponse: lambda("h"), UserMigration: lambda("i"), PreTokenGeneration: lambda("j"),
		CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: lambda("k"), LambdaVersion: types.CustomEmailSenderLambdaVersionTypeV10},
		CustomSMSSender:   &types.CustomSMSLambdaVersionConfigType{LambdaArn: lambda("l"), LambdaVersion: types.CustomSMSSenderLambdaVersionTypeV10},
		InboundFederation: &types.InboundFederationLambdaType{LambdaArn: lambda("m"), LambdaVersion: types.InboundFederationLambdaVersionTypeV10},
		KMSKeyID:          aws.String("arn:aws:kms:eu-west-1:123456789012:key/1"),
	}
	in.Policies = &types.UserPoolPolicyType{
		PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(12), RequireNumbers: true, TemporaryPasswordValidityDays: 3, PasswordHistorySize: aws.Int32(5)},
		SignInPolicy:   &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeSmsOtp, types.AuthFactorTypeWebAuthn}},
	}
	in.Schema = []types.SchemaAttributeType{{Name: aws.String("email"), Required: aws.Bool(true)}, {Name: aws.String("size"), AttributeDataType: types.AttributeDataTypeNumber}}
	in.SmsAuthenticationMessage = aws.String("MFA {####}")
	in.SmsConfiguration = &types.SmsConfigurationType{
		SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms"), ExternalId: aws.String("x"), SnsRegion: aws.String("eu-west-1"),
	}
	in.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{
		AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
	}
	in.UserPoolAddOns = &types.UserPoolAddOnsType{
		AdvancedSecurityMode:            types.AdvancedSecurityModeTypeEnforced,
		AdvancedSecurityAdditionalFlows: &types.AdvancedSecurityAdditionalFlowsType{CustomAuthMode: types.AdvancedSecurityEnabledModeTypeAudit},
	}
	in.UserPoolTags = map[string]string{"team": "blue"}
	in.UserPoolTier = types.UserPoolTierTypePlus
	in.UsernameConfiguration = &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)}
	in.VerificationMessageTemplate = &types.VerificationMessageTemplateType{
		DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink, EmailMessageByLink: aws.String("{##Here##}"), EmailSubjectByLink: aws.String("Link"),
	}
	in.DcrConfiguration = &newops.DcrConfigurationType{EnableStatus: types.StatusTypeEnabled, AllowedScopes: []string{"openid"}}
	in.AcrConfiguration = map[string]newops.AcrLevelConfigType{"Level2": {AcrValue: aws.String("https://example.com/two")}}
}

// levels names a level of authentication.
func levels(level, name string) func(*newops.CreateUserPoolInput) {
	return func(in *newops.CreateUserPoolInput) {
		in.AcrConfiguration = map[string]newops.AcrLevelConfigType{level: {AcrValue: &name}}
	}
}

// namedKey names the key of a pool.
func namedKey(arn string) func(*newops.CreateUserPoolInput) {
	return func(in *newops.CreateUserPoolInput) {
		in.KeyConfiguration = &types.KeyConfigurationType{KeyType: types.EncryptionKeyTypeCustomerManagedKey, KmsKeyArn: &arn}
	}
}

// TestCreateUserPoolEveryMember checks that everything that is given is shown.
func TestCreateUserPoolEveryMember(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	in := poolInput(everything)
	if err := awswire.Validate(awswire.CognitoIDP, "CreateUserPool", in); err != nil {
		t.Fatalf("the input of this test: %v", err)
	}
	p := e.create(t, everything)
	given, shown := reflect.ValueOf(in.CreateUserPoolInput), reflect.ValueOf(p.UserPoolType)
	changed := map[string]string{
		"AdminCreateUserConfig":       `{"AllowAdminCreateUserOnly":true,"InviteMessageTemplate":{"EmailMessage":"{username}: {####}","EmailSubject":"Hello","SMSMessage":"{username} {####}"},"UnusedAccountValidityDays":3}`,
		"VerificationMessageTemplate": `{"DefaultEmailOption":"CONFIRM_WITH_LINK","EmailMessage":"Code {####}","EmailMessageByLink":"{##Here##}","EmailSubject":"Your code","EmailSubjectByLink":"Link","SmsMessage":"SMS {####}"}`,
	}
	for i := range given.NumField() {
		name := given.Type().Field(i).Name
		switch {
		case !given.Type().Field(i).IsExported() || name == "PoolName" || name == "Schema" || name == "LambdaConfig":
		case name == "MfaConfiguration" || name == "UsernameAttributes": // they exclude recovery by phone and aliases
		case given.Field(i).IsZero():
			t.Errorf("the test gives no %s", name)
		case changed[name] != "":
			if got := wire(t, shown.FieldByName(name).Interface()); got != changed[name] {
				t.Errorf("%s is %s, want %s", name, got, changed[name])
			}
		case !reflect.DeepEqual(given.Field(i).Interface(), shown.FieldByName(name).Interface()):
			t.Errorf("%s is %v, want %v", name, shown.FieldByName(name), given.Field(i))
		}
	}
	in.LambdaConfig.PreTokenGenerationConfig = &types.PreTokenGenerationVersionConfigType{
		LambdaArn: in.LambdaConfig.PreTokenGeneration, LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV10,
	}
	if !reflect.DeepEqual(p.LambdaConfig, in.LambdaConfig) {
		t.Errorf("LambdaConfig %s", wire(t, p.LambdaConfig))
	}
	if got, want := wire(t, p.DcrConfiguration), `{"EnableStatus":"Enabled","OpenDcrEnabled":false,"AuthenticatedGrantTypes":["code","client_credentials"],"OpenDcrGrantTypes":["code"],"AllowedScopes":["openid"]}`; got != want {
		t.Errorf("DcrConfiguration %s, want %s", got, want)
	}
	for level, want := range map[string]string{"Level1": "urn:cognito:loa:1", "Level2": "https://example.com/two", "Level3": "urn:cognito:loa:3", "Level4": "urn:cognito:loa:4"} {
		if got := p.AcrConfiguration[level].AcrValue; aws.ToString(got) != want {
			t.Errorf("%s is %s, want %s", level, aws.ToString(got), want)
		}
	}
	if !*p.SchemaAttributes[10].Required || len(p.SchemaAttributes) != 21 || *p.SchemaAttributes[20].Name != "custom:size" {
		t.Errorf("schema %v", p.SchemaAttributes)
	}
	if described := e.describe(t, p.Id); wire(t, described) != wire(t, p) {
		t.Errorf("DescribeUserPool\n%s\nCreateUserPool\n%s", wire(t, described), wire(t, p))
	}
}

// TestCreateUserPoolRefusals checks what the service refuses of inputs that
// satisfy the model.
func TestCreateUserPoolRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	const invalid = "InvalidParameterException"
	role := "arn:aws:iam::123456789012:role/sms"
	attribute := func(a types.SchemaAttributeType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) { in.Schema = append(in.Schema, a) }
	}
	sms := func(in *newops.CreateUserPoolInput) {
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: &role}
	}
	recovery := func(options ...types.RecoveryOptionType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) {
			in.AccountRecoverySetting = &types.AccountRecoverySettingType{RecoveryMechanisms: options}
		}
	}
	option := func(name types.RecoveryOptionNameType, priority int32) types.RecoveryOptionType {
		return types.RecoveryOptionType{Name: name, Priority: &priority}
	}
	factors := func(f ...types.AuthFactorType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) {
			in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: f}}
		}
	}
	email := func(c types.EmailConfigurationType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) { in.EmailConfiguration = &c }
	}
	lambdas := func(c types.LambdaConfigType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) { in.LambdaConfig = &c }
	}
	tier := func(tier types.UserPoolTierType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) { in.UserPoolTier = tier }
	}
	smsWith := func(c types.SmsConfigurationType) func(*newops.CreateUserPoolInput) {
		return func(in *newops.CreateUserPoolInput) { in.SmsConfiguration = &c }
	}
	function := func(region, name string) *string {
		return aws.String("arn:aws:lambda:" + region + ":123456789012:function:" + name)
	}
	str, num := types.AttributeDataTypeString, types.AttributeDataTypeNumber
	for name, tt := range map[string]struct {
		change        []func(*newops.CreateUserPoolInput)
		code, message string
	}{
		"username and alias": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.UsernameAttributes = []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}
			in.AliasAttributes = []types.AliasAttributeType{types.AliasAttributeTypePhoneNumber}
		}}, invalid, "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."},
		"required preferred_username alias": {[]func(*newops.CreateUserPoolInput){
			func(in *newops.CreateUserPoolInput) {
				in.AliasAttributes = []types.AliasAttributeType{types.AliasAttributeTypePreferredUsername}
			},
			attribute(types.SchemaAttributeType{Name: aws.String("preferred_username"), Required: aws.Bool(true)}),
		}, invalid, "preferred_username cannot be required in a user pool that is configured for preferred_username alias."},
		"standard attribute of another type": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("email"), AttributeDataType: num})},
			invalid, "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email"},
		"standard attribute for developers": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("email"), DeveloperOnlyAttribute: aws.Bool(true)})},
			invalid, "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email"},
		"mutable sub": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("sub"), Mutable: aws.Bool(true)})},
			invalid, "You can not change the requirement or the mutability of the schema attribute sub"},
		"standard attribute twice": {[]func(*newops.CreateUserPoolInput){
			attribute(types.SchemaAttributeType{Name: aws.String("email")}), attribute(types.SchemaAttributeType{Name: aws.String("email")}),
		}, invalid, "Duplicate attribute names email are not allowed in a user pool schema."},
		"custom attribute twice": {[]func(*newops.CreateUserPoolInput){
			attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: str}), attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: num}),
		}, invalid, "Duplicate custom attribute names custom:a are not allowed in a user pool schema."},
		"custom attribute without type": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a")})},
			invalid, "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."},
		"attribute without name": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{AttributeDataType: str})},
			invalid, "Schema attributes must have a name."},
		"custom attribute required": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: str, Required: aws.Bool(true)})},
			invalid, "Required custom attributes are not supported currently."},
		"lengths in the wrong order": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: str,
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("3"), MaxLength: aws.String("2")}})},
			invalid, "Attribute custom:a cannot have a max length shorter than it's min length"},
		"values in the wrong order": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: num,
			NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: aws.String("10"), MaxValue: aws.String("9")}})},
			invalid, "Attribute custom:a cannot have a max value smaller than it's min value"},
		"too long": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: str,
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MaxLength: aws.String("2049")}})},
			invalid, "Attribute custom:a: String attributes cannot have a length of more than 2048"},
		"standard too long": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("email"),
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MaxLength: aws.String("3000")}})},
			invalid, "Attribute email: String attributes cannot have a length of more than 2048"},
		"length no number": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: str,
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MaxLength: aws.String("many")}})},
			invalid, "Attribute custom:a: many is not a valid MaxLength."},
		"length negative": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: str,
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("-1")}})},
			invalid, "Attribute custom:a: -1 is not a valid MinLength."},
		"value no number": {[]func(*newops.CreateUserPoolInput){attribute(types.SchemaAttributeType{Name: aws.String("a"), AttributeDataType: num,
			NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: aws.String("NaN")}})},
			invalid, "Attribute custom:a: NaN is not a valid MinValue."},
		"unused and temporary days": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{TemporaryPasswordValidityDays: 3}}
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{UnusedAccountValidityDays: 4}
		}}, invalid, "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"},
		"no password factor": {[]func(*newops.CreateUserPoolInput){factors(types.AuthFactorTypeWebAuthn)},
			invalid, "Password should be configured as one of the allowed first auth factors."},
		"SMS factor without SMS": {[]func(*newops.CreateUserPoolInput){factors(types.AuthFactorTypePassword, types.AuthFactorTypeSmsOtp)},
			invalid, "SMS configuration is required when SMS_OTP is one of the allowed first auth factors."},
		"OTP factor with required MFA": {[]func(*newops.CreateUserPoolInput){sms, factors(types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp),
			func(in *newops.CreateUserPoolInput) { in.MfaConfiguration = types.UserPoolMfaTypeOn }},
			invalid, "One-time passwords cannot be allowed first auth factors when MFA is required."},
		"phone verified without SMS": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypePhoneNumber}
		}}, invalid, "SMS configuration is required when phone_number is selected for auto verification"},
		"update needs verification": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}}
		}}, invalid, "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"},
		"MFA without factor": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) { in.MfaConfiguration = types.UserPoolMfaTypeOptional }},
			invalid, "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
		"recovery by admin and e-mail": {[]func(*newops.CreateUserPoolInput){recovery(option(types.RecoveryOptionNameTypeAdminOnly, 1), option(types.RecoveryOptionNameTypeVerifiedEmail, 2))},
			invalid, "Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms."},
		"recovery priorities equal": {[]func(*newops.CreateUserPoolInput){recovery(option(types.RecoveryOptionNameTypeVerifiedPhoneNumber, 1), option(types.RecoveryOptionNameTypeVerifiedEmail, 1))},
			invalid, "Invalid account recovery setting parameter. Account Recovery Setting cannot have duplicate priorities or recovery mechanisms."},
		"recovery names equal": {[]func(*newops.CreateUserPoolInput){recovery(option(types.RecoveryOptionNameTypeVerifiedEmail, 1), option(types.RecoveryOptionNameTypeVerifiedEmail, 2))},
			invalid, "Invalid account recovery setting parameter. Account Recovery Setting cannot have duplicate priorities or recovery mechanisms."},
		"recovery by phone with SMS MFA": {[]func(*newops.CreateUserPoolInput){sms, recovery(option(types.RecoveryOptionNameTypeVerifiedPhoneNumber, 1)),
			func(in *newops.CreateUserPoolInput) { in.MfaConfiguration = types.UserPoolMfaTypeOn }},
			invalid, "Invalid account recovery setting parameter. Account Recovery Setting cannot use verified_phone_number as a recovery mechanism when SMS MFA is configured."},
		"developer e-mail without source": {[]func(*newops.CreateUserPoolInput){email(types.EmailConfigurationType{EmailSendingAccount: types.EmailSendingAccountTypeDeveloper})},
			invalid, "Source ARN is required to use DEVELOPER email sending owner"},
		"source of another service": {[]func(*newops.CreateUserPoolInput){email(types.EmailConfigurationType{SourceArn: aws.String("arn:aws:s3:us-east-1:123456789012:identity/a")})},
			invalid, "Provided SourceArn must be the ARN of an SES identity."},
		"source in another region": {[]func(*newops.CreateUserPoolInput){email(types.EmailConfigurationType{SourceArn: aws.String("arn:aws:ses:ap-south-1:123456789012:identity/a")})},
			invalid, "Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2."},
		"bad From": {[]func(*newops.CreateUserPoolInput){email(types.EmailConfigurationType{From: aws.String("nobody")})},
			invalid, "Provided From email address is invalid"},
		"SMS role of another account": {[]func(*newops.CreateUserPoolInput){smsWith(types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::210987654321:role/sms")})},
			invalid, "Cross-account pass role is not allowed."},
		"SMS caller is no role": {[]func(*newops.CreateUserPoolInput){smsWith(types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:user/sms")})},
			invalid, "arn:aws:iam::123456789012:user/sms is not the ARN of an IAM role."},
		"SMS region": {[]func(*newops.CreateUserPoolInput){smsWith(types.SmsConfigurationType{SnsCallerArn: &role, SnsRegion: aws.String("us-east-1")})},
			invalid, "Invalid snsRegion. Allowed SNS region for eu-west-1 is eu-west-1"},
		"SMS without caller": {[]func(*newops.CreateUserPoolInput){smsWith(types.SmsConfigurationType{})},
			invalid, "SmsConfiguration needs either SnsCallerArn or EumsSms."},
		"SMS with two callers": {[]func(*newops.CreateUserPoolInput){smsWith(types.SmsConfigurationType{SnsCallerArn: &role, EumsSms: &types.EumsSmsConfigurationType{CallerArn: &role}})},
			invalid, "SmsConfiguration cannot have both SnsCallerArn and EumsSms."},
		"lambda in another region": {[]func(*newops.CreateUserPoolInput){lambdas(types.LambdaConfigType{PreSignUp: function("us-east-1", "f")})},
			invalid, "Cross-region lambda functions are not supported"},
		"lambda is none": {[]func(*newops.CreateUserPoolInput){lambdas(types.LambdaConfigType{PreSignUp: &role})},
			invalid, role + " is not the ARN of a Lambda function."},
		"two token triggers": {[]func(*newops.CreateUserPoolInput){lambdas(types.LambdaConfigType{PreTokenGeneration: function("eu-west-1", "f"),
			PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{LambdaArn: function("eu-west-1", "g"), LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20}})},
			invalid, "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's"},
		"custom sender without key": {[]func(*newops.CreateUserPoolInput){lambdas(types.LambdaConfigType{CustomSMSSender: &types.CustomSMSLambdaVersionConfigType{LambdaArn: function("eu-west-1", "f"), LambdaVersion: "V1_0"}})},
			invalid, "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used."},
		"key in another region": {[]func(*newops.CreateUserPoolInput){lambdas(types.LambdaConfigType{KMSKeyID: aws.String("arn:aws:kms:us-east-1:123456789012:key/1")})},
			invalid, "Invalid arn us-east-1"},
		"customer key without ARN": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.KeyConfiguration = &types.KeyConfigurationType{KeyType: types.EncryptionKeyTypeCustomerManagedKey}
		}}, invalid, "KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY."},
		"AWS key with ARN": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.KeyConfiguration = &types.KeyConfigurationType{KmsKeyArn: aws.String("arn:aws:kms:us-east-1:123456789012:key/1")}
		}}, invalid, "KmsKeyArn cannot be set when KeyType is AWS_OWNED_KEY."},
		"invitation without placeholders": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{InviteMessageTemplate: &types.MessageTemplateType{EmailMessage: aws.String("welcome")}}
		}}, invalid, "The invitation message must contain the placeholders {username} and {####}."},
		"unknown registration scope": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.DcrConfiguration = &newops.DcrConfigurationType{AllowedScopes: []string{"everything"}}
		}}, invalid, "Invalid scope requested: everything"},
		"registration in LITE": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.UserPoolTier, in.DcrConfiguration = types.UserPoolTierTypeLite, &newops.DcrConfigurationType{}
		}}, "FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Dynamic Client Registration"},
		"names of levels in LITE": {[]func(*newops.CreateUserPoolInput){levels("Level1", "urn:a"), func(in *newops.CreateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite }},
			"FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Custom ACR Level Names"},
		"unknown level":          {[]func(*newops.CreateUserPoolInput){levels("mfa", "urn:a")}, invalid, "mfa is not an authentication level. The levels are Level1, Level2, Level3 and Level4."},
		"name of another level":  {[]func(*newops.CreateUserPoolInput){levels("Level1", "urn:cognito:loa:2")}, invalid, "The names of authentication levels must be unique: urn:cognito:loa:2"},
		"name that is no URI":    {[]func(*newops.CreateUserPoolInput){levels("Level1", "two words")}, invalid, "The name of an authentication level must be a URI: two words"},
		"key of another service": {[]func(*newops.CreateUserPoolInput){namedKey("arn:aws:sns:eu-west-1:123456789012:key")}, invalid, "arn:aws:sns:eu-west-1:123456789012:key is not the ARN of a KMS key of the user pool's account and Region."},
		"alias of a key":         {[]func(*newops.CreateUserPoolInput){namedKey("arn:aws:kms:eu-west-1:123456789012:alias/a")}, invalid, "arn:aws:kms:eu-west-1:123456789012:alias/a is not the ARN of a KMS key of the user pool's account and Region."},
		"key of another region":  {[]func(*newops.CreateUserPoolInput){namedKey("arn:aws:kms:us-east-1:123456789012:key/1")}, invalid, "arn:aws:kms:us-east-1:123456789012:key/1 is not the ARN of a KMS key of the user pool's account and Region."},
		"key of another account": {[]func(*newops.CreateUserPoolInput){namedKey("arn:aws:kms:eu-west-1:999999999999:key/1")}, invalid, "arn:aws:kms:eu-west-1:999999999999:key/1 is not the ARN of a KMS key of the user pool's account and Region."},
		"reserved tag": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) { in.UserPoolTags = map[string]string{"aws:x": "y"} }},
			"UserPoolTaggingException", "Tag keys cannot begin with aws: - aws:x"},
		"threat protection in ESSENTIALS": {[]func(*newops.CreateUserPoolInput){func(in *newops.CreateUserPoolInput) {
			in.UserPoolAddOns = &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit}
		}}, "FeatureUnavailableInTierException", "The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection"},
		"passkeys in LITE": {[]func(*newops.CreateUserPoolInput){tier(types.UserPoolTierTypeLite), factors(types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn)},
			"FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In"},
		"tokens and history in LITE": {[]func(*newops.CreateUserPoolInput){tier(types.UserPoolTierTypeLite), func(in *newops.CreateUserPoolInput) {
			in.LambdaConfig = &types.LambdaConfigType{PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{LambdaArn: function("eu-west-1", "f"), LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20}}
			in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{PasswordHistorySize: aws.Int32(1)}}
		}}, "FeatureUnavailableInTierException",
			"The following features need to be disabled for the LITE pricing tier configured: Token Customization with Pre-Token Generation Lambda V2_0, Password History"},
	} {
		_, err := e.CreateUserPool(e.ctx, poolInput(tt.change...))
		t.Run(name, func(t *testing.T) { wantError(t, err, tt.code, tt.message) })
	}
	list, err := e.ListUserPools(e.ctx, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(1)})
	if err != nil || len(list.UserPools) != 0 {
		t.Errorf("a refused pool exists: %v, %v", list, err)
	}
}

// TestCreateUserPoolMFA checks the pools that may have MFA from the start.
func TestCreateUserPoolMFA(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, func(in *newops.CreateUserPoolInput) {
		in.MfaConfiguration = types.UserPoolMfaTypeOn
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms")}
	})
	if p.MfaConfiguration != types.UserPoolMfaTypeOn {
		t.Errorf("MfaConfiguration %s", p.MfaConfiguration)
	}
}

// TestLegacyDays checks that the older member for the life of temporary
// passwords still sets it.
func TestLegacyDays(t *testing.T) {
	t.Parallel()
	p := newPoolEnv(t).create(t, func(in *newops.CreateUserPoolInput) {
		in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{UnusedAccountValidityDays: 30}
	})
	if p.Policies.PasswordPolicy.TemporaryPasswordValidityDays != 30 || p.AdminCreateUserConfig.UnusedAccountValidityDays != 30 {
		t.Errorf("days %d and %d, want 30", p.Policies.PasswordPolicy.TemporaryPasswordValidityDays, p.AdminCreateUserConfig.UnusedAccountValidityDays)
	}
}

func TestDescribeUserPoolElsewhere(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	for name, tt := range map[string]struct{ account, region, id string }{
		"no such pool":    {testAccount, testRegion, "eu-west-1_AAAAAAAAA"},
		"another account": {"210987654321", testRegion, *p.Id},
		"another region":  {testAccount, "us-east-1", *p.Id},
		"another case":    {testAccount, testRegion, strings.ToUpper(*p.Id)},
	} {
		_, err := e.DescribeUserPool(callBy(t.Context(), tt.account, tt.region), &cognito.DescribeUserPoolInput{UserPoolId: &tt.id})
		t.Run(name, func(t *testing.T) {
			wantError(t, err, "ResourceNotFoundException", "User pool "+tt.id+" does not exist.")
		})
	}
}

func TestListUserPools(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	want := map[string]bool{}
	for range 5 {
		want[*e.create(t).Id] = true
	}
	other := callBy(t.Context(), testAccount, "us-east-1")
	if _, err := e.CreateUserPool(other, poolInput()); err != nil {
		t.Fatal(err)
	}
	var token *string
	pages := 0
	for {
		out, err := e.ListUserPools(e.ctx, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(2), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, p := range out.UserPools {
			if !want[*p.Id] {
				t.Errorf("pool %s is listed twice or of another region", *p.Id)
			}
			delete(want, *p.Id)
			if *p.Name != "test" || wire(t, p.LambdaConfig) != "{}" || !p.CreationDate.Equal(e.clock.Now()) || p.LastModifiedDate == nil {
				t.Errorf("description %s", wire(t, &p))
			}
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	if len(want) > 0 || pages != 3 {
		t.Errorf("%d pages, missing %v", pages, want)
	}
	first, err := e.ListUserPools(e.ctx, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"no token": "x", "of another region": *first.NextToken} {
		_, err := e.ListUserPools(other, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(1), NextToken: &token})
		t.Run(name, func(t *testing.T) { wantError(t, err, "InvalidParameterException", "Invalid NextToken.") })
	}
}

// TestPoolQuota checks that an account has 1,000 pools in a region at most.
func TestPoolQuota(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	for range 1000 {
		e.create(t)
	}
	_, err := e.CreateUserPool(e.ctx, poolInput())
	wantError(t, err, "LimitExceededException", "Account is limited to 1000 user pools.")
	if _, err := e.CreateUserPool(callBy(t.Context(), testAccount, "us-east-1"), poolInput()); err != nil {
		t.Errorf("in another region: %v", err)
	}
}

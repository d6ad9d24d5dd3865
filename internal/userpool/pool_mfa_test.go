package userpool_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

const smsRole = "arn:aws:iam::123456789012:role/sms"

// setMFA sets a pool's factors and returns the error.
func (e *poolEnv) setMFA(poolID *string, in cognito.SetUserPoolMfaConfigInput) (*cognito.SetUserPoolMfaConfigOutput, error) {
	in.UserPoolId = poolID
	return e.SetUserPoolMfaConfig(e.ctx, &in)
}

func (e *poolEnv) mfa(t testing.TB, poolID *string) string {
	t.Helper()
	out, err := e.GetUserPoolMfaConfig(e.ctx, &cognito.GetUserPoolMfaConfigInput{UserPoolId: poolID})
	if err != nil {
		t.Fatal(err)
	}
	return wire(t, out)
}

func ses(in *newops.CreateUserPoolInput) {
	in.EmailConfiguration = &types.EmailConfigurationType{
		EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:eu-west-1:123456789012:identity/a@example.com"),
	}
}

// TestSetUserPoolMfaConfig goes through the states of a pool's second factors.
func TestSetUserPoolMfaConfig(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, ses)
	if got := e.mfa(t, p.Id); got != `{"MfaConfiguration":"OFF"}` {
		t.Errorf("a new pool has %s", got)
	}
	token := &types.SoftwareTokenMfaConfigType{Enabled: true}
	passkeys := &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("auth.example.com"), UserVerification: types.UserVerificationTypeRequired}
	const web = `"WebAuthnConfiguration":{"RelyingPartyId":"auth.example.com","UserVerification":"required"}`
	for _, step := range []struct {
		name string
		in   cognito.SetUserPoolMfaConfigInput
		want string
	}{
		{"TOTP", cognito.SetUserPoolMfaConfigInput{MfaConfiguration: types.UserPoolMfaTypeOn, SoftwareTokenMfaConfiguration: token},
			`{"MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true}}`},
		{"passkeys beside it", cognito.SetUserPoolMfaConfigInput{WebAuthnConfiguration: passkeys},
			`{"MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true},` + web + `}`},
		{"e-mail instead", cognito.SetUserPoolMfaConfigInput{MfaConfiguration: types.UserPoolMfaTypeOptional,
			EmailMfaConfiguration: &types.EmailMfaConfigType{Message: aws.String("Code {####}"), Subject: aws.String("Sign in")}},
			`{"EmailMfaConfiguration":{"Message":"Code {####}","Subject":"Sign in"},"MfaConfiguration":"OPTIONAL",` + web + `}`},
		{"all, mode kept", cognito.SetUserPoolMfaConfigInput{SoftwareTokenMfaConfiguration: token, EmailMfaConfiguration: &types.EmailMfaConfigType{},
			SmsMfaConfiguration: &types.SmsMfaConfigType{SmsAuthenticationMessage: aws.String("MFA {####}"), SmsConfiguration: &types.SmsConfigurationType{SnsCallerArn: aws.String(smsRole)}}},
			`{"EmailMfaConfiguration":{},"MfaConfiguration":"OPTIONAL","SmsMfaConfiguration":{"SmsAuthenticationMessage":"MFA {####}","SmsConfiguration":{"SnsCallerArn":"` + smsRole + `"}},` +
				`"SoftwareTokenMfaConfiguration":{"Enabled":true},` + web + `}`},
		{"SMS as configured", cognito.SetUserPoolMfaConfigInput{MfaConfiguration: types.UserPoolMfaTypeOn, SmsMfaConfiguration: &types.SmsMfaConfigType{},
			SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{}},
			`{"MfaConfiguration":"ON","SmsMfaConfiguration":{"SmsAuthenticationMessage":"MFA {####}","SmsConfiguration":{"SnsCallerArn":"` + smsRole + `"}},` + web + `}`},
		{"off", cognito.SetUserPoolMfaConfigInput{MfaConfiguration: types.UserPoolMfaTypeOff}, `{"MfaConfiguration":"OFF",` + web + `}`},
	} {
		out, err := e.setMFA(p.Id, step.in)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := wire(t, out); got != step.want {
			t.Errorf("%s answers\n%s, want\n%s", step.name, got, step.want)
		}
		if got := e.mfa(t, p.Id); got != step.want {
			t.Errorf("%s: the pool has\n%s, want\n%s", step.name, got, step.want)
		}
	}
	// The texts for SMS are the pool's.
	if got := e.describe(t, p.Id); *got.SmsAuthenticationMessage != "MFA {####}" || *got.SmsConfiguration.SnsCallerArn != smsRole || got.MfaConfiguration != types.UserPoolMfaTypeOff {
		t.Errorf("the pool is %s", wire(t, got))
	}
}

// TestUpdateUserPoolMFA checks what an update of the pool does to its factors.
func TestUpdateUserPoolMFA(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, ses)
	token := &types.SoftwareTokenMfaConfigType{Enabled: true}
	if _, err := e.setMFA(p.Id, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: types.UserPoolMfaTypeOn, SoftwareTokenMfaConfiguration: token}); err != nil {
		t.Fatal(err)
	}
	optional := updateInput(p.Id, func(in *newops.UpdateUserPoolInput) {
		in.MfaConfiguration = types.UserPoolMfaTypeOptional
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String(smsRole)}
	})
	if _, err := e.UpdateUserPool(e.ctx, optional); err != nil {
		t.Fatalf("MFA by TOTP: %v", err)
	}
	if got := e.mfa(t, p.Id); got != `{"MfaConfiguration":"OPTIONAL","SoftwareTokenMfaConfiguration":{"Enabled":true}}` {
		t.Errorf("after an update with MFA %s", got)
	}
	if _, err := e.UpdateUserPool(e.ctx, updateInput(p.Id)); err != nil {
		t.Fatal(err)
	}
	if got := e.mfa(t, p.Id); got != `{"MfaConfiguration":"OFF"}` {
		t.Errorf("after an update without MFA %s", got)
	}
	sms := e.create(t, func(in *newops.CreateUserPoolInput) {
		in.MfaConfiguration = types.UserPoolMfaTypeOptional
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String(smsRole)}
	})
	if got := e.mfa(t, sms.Id); got != `{"MfaConfiguration":"OPTIONAL","SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"`+smsRole+`"}}}` {
		t.Errorf("a pool made with SMS MFA has %s", got)
	}
	_, err := e.UpdateUserPool(e.ctx, updateInput(sms.Id, func(in *newops.UpdateUserPoolInput) { in.MfaConfiguration = types.UserPoolMfaTypeOn }))
	wantError(t, err, "InvalidParameterException", "SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
}

func TestSetUserPoolMfaConfigRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	sends := e.create(t, ses)
	recovers := e.create(t, ses, func(in *newops.CreateUserPoolInput) {
		in.AccountRecoverySetting = &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{{Name: types.RecoveryOptionNameTypeVerifiedEmail, Priority: aws.Int32(1)}}}
	})
	lite := e.create(t, ses, func(in *newops.CreateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite })
	plain := e.create(t)
	token, email := &types.SoftwareTokenMfaConfigType{Enabled: true}, &types.EmailMfaConfigType{}
	const on, off, invalid = types.UserPoolMfaTypeOn, types.UserPoolMfaTypeOff, "InvalidParameterException"
	for name, tt := range map[string]struct {
		pool          *newops.UserPoolType
		in            cognito.SetUserPoolMfaConfigInput
		code, message string
	}{
		"off with a factor": {plain, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: off, SoftwareTokenMfaConfiguration: token}, invalid,
			"Invalid MFA configuration given, can't turn off MFA and configure an MFA together."},
		"a factor for a pool that is off": {plain, cognito.SetUserPoolMfaConfigInput{SoftwareTokenMfaConfiguration: token}, invalid,
			"Invalid MFA configuration given, can't turn off MFA and configure an MFA together."},
		"on without factor": {plain, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on}, invalid,
			"Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration."},
		"on with a factor turned off": {plain, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on, SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{}}, invalid,
			"Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration."},
		"SMS without configuration": {plain, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on, SmsMfaConfiguration: &types.SmsMfaConfigType{}}, invalid,
			"SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
		"SMS role elsewhere": {plain, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on, SmsMfaConfiguration: &types.SmsMfaConfigType{
			SmsConfiguration: &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::210987654321:role/r")}}}, invalid, "Cross-account pass role is not allowed."},
		"e-mail by the default sender": {plain, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on, EmailMfaConfiguration: email}, invalid,
			"Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT."},
		"e-mail for recovery, too": {recovers, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on, EmailMfaConfiguration: email}, invalid,
			"Invalid account recovery setting parameter. Account Recovery Setting cannot use verified_email as the only recovery mechanism when email MFA is configured."},
		"e-mail in LITE": {lite, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on, EmailMfaConfiguration: email}, "FeatureUnavailableInTierException",
			"The following features need to be disabled for the LITE pricing tier configured: Email MFA"},
		"passkeys as MFA in LITE": {lite, cognito.SetUserPoolMfaConfigInput{WebAuthnConfiguration: &types.WebAuthnConfigurationType{
			FactorConfiguration: types.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification}}, "FeatureUnavailableInTierException",
			"The following features need to be disabled for the LITE pricing tier configured: Passkey MFA"},
		"relying party with scheme": {plain, cognito.SetUserPoolMfaConfigInput{WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("https://example.com")}},
			invalid, "Invalid relying party ID: https://example.com"},
		"relying party is a public suffix": {plain, cognito.SetUserPoolMfaConfigInput{WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("com")}},
			invalid, "Invalid relying party ID: com"},
		"relying party is an address": {plain, cognito.SetUserPoolMfaConfigInput{WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("127.0.0.1")}},
			invalid, "Invalid relying party ID: 127.0.0.1"},
	} {
		_, err := e.setMFA(tt.pool.Id, tt.in)
		t.Run(name, func(t *testing.T) {
			wantError(t, err, tt.code, tt.message)
			if got := e.mfa(t, tt.pool.Id); got != `{"MfaConfiguration":"OFF"}` {
				t.Errorf("a refused call left %s", got)
			}
		})
	}
	missing := aws.String("eu-west-1_A")
	_, err := e.setMFA(missing, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: off})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
	_, err = e.GetUserPoolMfaConfig(e.ctx, &cognito.GetUserPoolMfaConfigInput{UserPoolId: missing})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")

	// A pool whose factors need its tier cannot leave it.
	if _, err := e.setMFA(sends.Id, cognito.SetUserPoolMfaConfigInput{MfaConfiguration: on, EmailMfaConfiguration: email}); err != nil {
		t.Fatal(err)
	}
	_, err = e.UpdateUserPool(e.ctx, updateInput(sends.Id, func(in *newops.UpdateUserPoolInput) {
		in.UserPoolTier, in.MfaConfiguration, in.EmailConfiguration = types.UserPoolTierTypeLite, on, sends.EmailConfiguration
	}))
	wantError(t, err, "TierChangeNotAllowedException", "The user pool cannot be moved to the LITE pricing tier while these features are in use: Email MFA")
}

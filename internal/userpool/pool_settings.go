package userpool

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// Defaults of CreateUserPool (API Reference).
const (
	defaultMinimumLength    = 8
	defaultTemporaryDays    = 7
	temporaryPasswordInUse  = "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
	defaultTier             = types.UserPoolTierTypeEssentials
	defaultEmailOption      = types.DefaultEmailOptionTypeConfirmWithCode
	defaultSendingAccount   = types.EmailSendingAccountTypeCognitoDefault
	defaultEncryptionKey    = types.EncryptionKeyTypeAwsOwnedKey
	defaultFirstFactor      = types.AuthFactorTypePassword
	defaultMFAConfiguration = types.UserPoolMfaTypeOff
)

// settings are what both CreateUserPool and UpdateUserPool configure.
type settings = newops.UpdateUserPoolInput

// settingsOf returns the settings of a new pool.
func settingsOf(in *newops.CreateUserPoolInput) *settings {
	return &settings{
		UpdateUserPoolInput: cognito.UpdateUserPoolInput{
			AccountRecoverySetting:      in.AccountRecoverySetting,
			AdminCreateUserConfig:       in.AdminCreateUserConfig,
			AutoVerifiedAttributes:      in.AutoVerifiedAttributes,
			DeletionProtection:          in.DeletionProtection,
			DeviceConfiguration:         in.DeviceConfiguration,
			EmailConfiguration:          in.EmailConfiguration,
			EmailVerificationMessage:    in.EmailVerificationMessage,
			EmailVerificationSubject:    in.EmailVerificationSubject,
			IssuerConfiguration:         in.IssuerConfiguration,
			KeyConfiguration:            in.KeyConfiguration,
			LambdaConfig:                in.LambdaConfig,
			MfaConfiguration:            in.MfaConfiguration,
			Policies:                    in.Policies,
			PoolName:                    in.PoolName,
			SmsAuthenticationMessage:    in.SmsAuthenticationMessage,
			SmsConfiguration:            in.SmsConfiguration,
			SmsVerificationMessage:      in.SmsVerificationMessage,
			UserAttributeUpdateSettings: in.UserAttributeUpdateSettings,
			UserPoolAddOns:              in.UserPoolAddOns,
			UserPoolTags:                in.UserPoolTags,
			UserPoolTier:                in.UserPoolTier,
			VerificationMessageTemplate: in.VerificationMessageTemplate,
		},
		DcrConfiguration: in.DcrConfiguration,
		AcrConfiguration: in.AcrConfiguration,
	}
}

// configured returns doc, whose fixed members are kept, with the settings and
// the defaults of those that are absent. Kept, too, are the tags, the tier and
// the configurations of registration, issuer and key: a caller that does not
// know them must not change whom tokens come from.
func configured(doc *newops.UserPoolType, in *settings) (*newops.UserPoolType, error) {
	policies, invitations, err := passwordSettings(in)
	if err != nil {
		return nil, err
	}
	d := *doc
	d.AccountRecoverySetting = in.AccountRecoverySetting
	if r := d.AccountRecoverySetting; r != nil && len(r.RecoveryMechanisms) == 0 {
		d.AccountRecoverySetting = nil
	}
	d.AdminCreateUserConfig = invitations
	d.AutoVerifiedAttributes = nilIfEmpty(in.AutoVerifiedAttributes)
	d.DeletionProtection = or(in.DeletionProtection, types.DeletionProtectionTypeInactive)
	d.DeviceConfiguration = in.DeviceConfiguration
	d.EmailConfiguration = emailSettings(in.EmailConfiguration)
	d.IssuerConfiguration = issuerSettings(cmpOr(in.IssuerConfiguration, doc.IssuerConfiguration))
	d.KeyConfiguration = keySettings(cmpOr(in.KeyConfiguration, doc.KeyConfiguration))
	d.LambdaConfig = lambdaSettings(in.LambdaConfig)
	d.MfaConfiguration = or(in.MfaConfiguration, defaultMFAConfiguration)
	d.Policies = policies
	d.SmsAuthenticationMessage = in.SmsAuthenticationMessage
	d.SmsConfiguration = in.SmsConfiguration
	d.UserAttributeUpdateSettings = updateSettings(in.UserAttributeUpdateSettings)
	d.UserPoolAddOns = in.UserPoolAddOns
	if in.UserPoolTags != nil || doc.UserPoolTags == nil {
		d.UserPoolTags = maps.Clone(in.UserPoolTags)
	}
	if d.UserPoolTags == nil {
		d.UserPoolTags = map[string]string{}
	}
	d.UserPoolTier = or(in.UserPoolTier, or(doc.UserPoolTier, defaultTier))
	d.DcrConfiguration = registrationSettings(in.DcrConfiguration, doc.DcrConfiguration)
	d.AcrConfiguration = levelSettings(in.AcrConfiguration)
	messageSettings(&d, in)
	return &d, nil
}

// passwordSettings returns the policies and the settings for accounts that
// administrators create. The life of temporary passwords stands in both, where
// older programs look for it.
func passwordSettings(in *settings) (*types.UserPoolPolicyType, *types.AdminCreateUserConfigType, error) {
	policies := types.UserPoolPolicyType{}
	if in.Policies != nil {
		policies = *in.Policies
	}
	password := types.PasswordPolicyType{
		RequireLowercase: true, RequireNumbers: true, RequireSymbols: true, RequireUppercase: true,
	}
	if policies.PasswordPolicy != nil {
		password = *policies.PasswordPolicy
	}
	password.MinimumLength = cmpOr(password.MinimumLength, aws.Int32(defaultMinimumLength))
	invitations := types.AdminCreateUserConfigType{}
	if in.AdminCreateUserConfig != nil {
		invitations = *in.AdminCreateUserConfig
	}
	days, legacy := password.TemporaryPasswordValidityDays, invitations.UnusedAccountValidityDays
	if days != 0 && legacy != 0 && days != legacy {
		return nil, nil, invalidParameter(temporaryPasswordInUse)
	}
	days = or(days, or(legacy, defaultTemporaryDays))
	password.TemporaryPasswordValidityDays, invitations.UnusedAccountValidityDays = days, days
	policies.PasswordPolicy = &password
	if policies.SignInPolicy == nil || len(policies.SignInPolicy.AllowedFirstAuthFactors) == 0 {
		policies.SignInPolicy = &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{defaultFirstFactor}}
	}
	return &policies, &invitations, nil
}

func emailSettings(in *types.EmailConfigurationType) *types.EmailConfigurationType {
	e := types.EmailConfigurationType{}
	if in != nil {
		e = *in
	}
	e.EmailSendingAccount = or(e.EmailSendingAccount, defaultSendingAccount)
	return &e
}

func issuerSettings(in *types.IssuerConfigurationType) *types.IssuerConfigurationType {
	i := types.IssuerConfigurationType{}
	if in != nil {
		i = *in
	}
	i.Type = or(i.Type, types.IssuerTypeOriginal)
	return &i
}

func keySettings(in *types.KeyConfigurationType) *types.KeyConfigurationType {
	k := types.KeyConfigurationType{}
	if in != nil {
		k = *in
	}
	k.KeyType = or(k.KeyType, defaultEncryptionKey)
	return &k
}

// lambdaSettings keeps the two forms of the pre token generation trigger the
// same, as pools show them.
func lambdaSettings(in *types.LambdaConfigType) *types.LambdaConfigType {
	l := types.LambdaConfigType{}
	if in != nil {
		l = *in
	}
	switch {
	case l.PreTokenGenerationConfig == nil && l.PreTokenGeneration != nil:
		l.PreTokenGenerationConfig = &types.PreTokenGenerationVersionConfigType{
			LambdaArn: l.PreTokenGeneration, LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV10,
		}
	case l.PreTokenGenerationConfig != nil && l.PreTokenGeneration == nil:
		l.PreTokenGeneration = l.PreTokenGenerationConfig.LambdaArn
	}
	return &l
}

func updateSettings(in *types.UserAttributeUpdateSettingsType) *types.UserAttributeUpdateSettingsType {
	u := types.UserAttributeUpdateSettingsType{}
	if in != nil {
		u = *in
	}
	if u.AttributesRequireVerificationBeforeUpdate == nil {
		u.AttributesRequireVerificationBeforeUpdate = []types.VerifiedAttributeType{}
	}
	return &u
}

// messageSettings fills in the templates of verification messages. The older
// members for the same texts are mirrored both ways; the template wins.
func messageSettings(d *newops.UserPoolType, in *settings) {
	t := types.VerificationMessageTemplateType{}
	if in.VerificationMessageTemplate != nil {
		t = *in.VerificationMessageTemplate
	}
	t.DefaultEmailOption = or(t.DefaultEmailOption, defaultEmailOption)
	t.EmailMessage = cmpOr(t.EmailMessage, in.EmailVerificationMessage)
	t.EmailSubject = cmpOr(t.EmailSubject, in.EmailVerificationSubject)
	t.SmsMessage = cmpOr(t.SmsMessage, in.SmsVerificationMessage)
	d.VerificationMessageTemplate = &t
	d.EmailVerificationMessage, d.EmailVerificationSubject, d.SmsVerificationMessage = t.EmailMessage, t.EmailSubject, t.SmsMessage
}

// or is the first value that is not the zero one.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func nilIfEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

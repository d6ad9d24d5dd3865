package userpool

import (
	"net/mail"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

const (
	usernameOrAlias        = "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."
	passwordIsFactor       = "Password should be configured as one of the allowed first auth factors."
	smsFactorNeedsConfig   = "SMS configuration is required when SMS_OTP is one of the allowed first auth factors."
	otpWithRequiredMFA     = "One-time passwords cannot be allowed first auth factors when MFA is required."
	autoVerifyNeedsSMS     = "SMS configuration is required when phone_number is selected for auto verification"
	verifyBeforeUpdate     = "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
	recoveryAdminOnly      = "Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms."
	recoveryDuplicate      = "Invalid account recovery setting parameter. Account Recovery Setting cannot have duplicate priorities or recovery mechanisms."
	recoveryWithSMSMFA     = "Invalid account recovery setting parameter. Account Recovery Setting cannot use verified_phone_number as a recovery mechanism when SMS MFA is configured."
	recoveryWithEmailMFA   = "Invalid account recovery setting parameter. Account Recovery Setting cannot use verified_email as the only recovery mechanism when email MFA is configured."
	emailNeedsSource       = "Source ARN is required to use DEVELOPER email sending owner"
	emailBadSource         = "Provided SourceArn must be the ARN of an SES identity."
	emailSourceRegion      = "Provided SourceArn must be in one of the following SES regions: %s."
	emailBadFrom           = "Provided From email address is invalid"
	smsRegion              = "Invalid snsRegion. Allowed SNS region for %s is %s"
	smsNeedsCaller         = "SmsConfiguration needs either SnsCallerArn or EumsSms."
	smsBothCallers         = "SmsConfiguration cannot have both SnsCallerArn and EumsSms."
	passRoleAccount        = "Cross-account pass role is not allowed."
	notARole               = "%s is not the ARN of an IAM role."
	lambdaRegion           = "Cross-region lambda functions are not supported"
	lambdaBadARN           = "%s is not the ARN of a Lambda function."
	lambdaNeedsKMS         = "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used."
	lambdaBadKMS           = "Invalid arn %s"
	lambdaTwoTokenTriggers = "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's"
	keyNeedsARN            = "KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY."
	keyUnknown             = "%s is not the ARN of a KMS key of the user pool's account and Region."
	keyTakesNoARN          = "KmsKeyArn cannot be set when KeyType is AWS_OWNED_KEY."
	registrationScope      = "Invalid scope requested: %s"
	templateWithoutCode    = "The invitation message must contain the placeholders {username} and {####}."
)

// check checks a pool's configuration beyond the constraints of the model.
func (p *pool) check() error {
	d := p.Doc
	if len(d.UsernameAttributes) > 0 && len(d.AliasAttributes) > 0 {
		return invalidParameter(usernameOrAlias)
	}
	if p.hasAlias("preferred_username") && p.attribute("preferred_username") != nil && *p.attribute("preferred_username").Required {
		return invalidParameter(preferredUsernameReqd)
	}
	for _, check := range []func() error{
		p.checkEmail, p.checkSMS, p.checkVerification, p.checkLambdas, p.checkKey,
		p.checkMFA, p.checkFactors, p.checkRecovery, p.checkRegistration, p.checkLevels, p.checkTier,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return checkPoolTags(d.UserPoolTags)
}

// sesRegions are the regions whose SES identities every pool may use (Developer
// Guide, "Email settings"); a pool may also use those of its own region.
var sesRegions = []string{"eu-west-1", "us-east-1", "us-west-2"}

func (p *pool) checkEmail() error {
	e := p.Doc.EmailConfiguration
	if e.EmailSendingAccount == types.EmailSendingAccountTypeDeveloper && e.SourceArn == nil {
		return invalidParameter(emailNeedsSource)
	}
	if e.SourceArn != nil {
		source := arnParts(*e.SourceArn)
		if source.service != "ses" || !strings.HasPrefix(source.resource, "identity/") {
			return invalidParameter(emailBadSource)
		}
		if source.region != p.Region && !slices.Contains(sesRegions, source.region) {
			return invalidParameter(emailSourceRegion, strings.Join(sesRegions, ", "))
		}
	}
	if e.From != nil {
		if _, err := mail.ParseAddress(*e.From); err != nil {
			return invalidParameter(emailBadFrom)
		}
	}
	return nil
}

// snsRegions are the regions whose SNS pools of a region may use, where they
// are not just their own (Developer Guide, "SMS message settings").
var snsRegions = map[string][]string{
	"us-east-2":      {"us-east-2", "us-east-1"},
	"ap-south-1":     {"ap-south-1", "ap-southeast-1"},
	"ca-central-1":   {"ca-central-1", "us-east-1"},
	"eu-central-1":   {"eu-central-1", "eu-west-1"},
	"eu-west-2":      {"eu-west-2", "eu-west-1"},
	"ap-northeast-2": {"ap-northeast-1"},
}

func (p *pool) checkSMS() error {
	c := p.Doc.SmsConfiguration
	if c == nil {
		return nil
	}
	switch {
	case c.SnsCallerArn == nil && c.EumsSms == nil:
		return invalidParameter(smsNeedsCaller)
	case c.SnsCallerArn != nil && c.EumsSms != nil:
		return invalidParameter(smsBothCallers)
	case c.EumsSms != nil:
		return p.checkRole(aws.ToString(c.EumsSms.CallerArn))
	}
	allowed := snsRegions[p.Region]
	if allowed == nil {
		allowed = []string{p.Region}
	}
	if c.SnsRegion != nil && !slices.Contains(allowed, *c.SnsRegion) {
		return invalidParameter(smsRegion, p.Region, strings.Join(allowed, ", "))
	}
	return p.checkRole(*c.SnsCallerArn)
}

// checkRole checks the ARN of a role that is passed to the service: it must be
// of the pool's account.
func (p *pool) checkRole(role string) error {
	arn := arnParts(role)
	if arn.service != "iam" || !strings.HasPrefix(arn.resource, "role/") {
		return invalidParameter(notARole, role)
	}
	if arn.account != p.Account {
		return invalidParameter(passRoleAccount)
	}
	return nil
}

func (p *pool) checkVerification() error {
	if p.autoVerifies("phone_number") && p.Doc.SmsConfiguration == nil {
		return invalidParameter(autoVerifyNeedsSMS)
	}
	for _, a := range p.Doc.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate {
		if !p.autoVerifies(string(a)) {
			return invalidParameter(verifyBeforeUpdate)
		}
	}
	return p.checkInvitation()
}

// checkInvitation checks the templates of invitations: unless users may come
// without a password, they must say username and password (API Reference,
// MessageTemplateType).
func (p *pool) checkInvitation() error {
	t := p.Doc.AdminCreateUserConfig.InviteMessageTemplate
	if t == nil || p.passwordless() {
		return nil
	}
	for _, message := range []*string{t.EmailMessage, t.SMSMessage} {
		if message != nil && !(strings.Contains(*message, "{username}") && strings.Contains(*message, "{####}")) {
			return invalidParameter(templateWithoutCode)
		}
	}
	return nil
}

// otherFactors tells whether the pool allows first factors beside the password.
func (p *pool) otherFactors() bool {
	return len(p.Doc.Policies.SignInPolicy.AllowedFirstAuthFactors) > 1
}

// triggers returns the pool's Lambda functions, by the members of LambdaConfig.
func (p *pool) triggers() map[string]*string {
	l := p.Doc.LambdaConfig
	m := map[string]*string{
		"CreateAuthChallenge": l.CreateAuthChallenge, "CustomMessage": l.CustomMessage, "DefineAuthChallenge": l.DefineAuthChallenge,
		"PostAuthentication": l.PostAuthentication, "PostConfirmation": l.PostConfirmation, "PreAuthentication": l.PreAuthentication,
		"PreSignUp": l.PreSignUp, "PreTokenGeneration": l.PreTokenGeneration, "UserMigration": l.UserMigration,
		"VerifyAuthChallengeResponse": l.VerifyAuthChallengeResponse,
	}
	if l.PreTokenGenerationConfig != nil {
		m["PreTokenGenerationConfig"] = l.PreTokenGenerationConfig.LambdaArn
	}
	if l.CustomEmailSender != nil {
		m["CustomEmailSender"] = l.CustomEmailSender.LambdaArn
	}
	if l.CustomSMSSender != nil {
		m["CustomSMSSender"] = l.CustomSMSSender.LambdaArn
	}
	if l.InboundFederation != nil {
		m["InboundFederation"] = l.InboundFederation.LambdaArn
	}
	return m
}

func (p *pool) checkLambdas() error {
	l := p.Doc.LambdaConfig
	if l.PreTokenGenerationConfig != nil && aws.ToString(l.PreTokenGeneration) != aws.ToString(l.PreTokenGenerationConfig.LambdaArn) {
		return invalidParameter(lambdaTwoTokenTriggers)
	}
	for _, function := range p.triggers() {
		if function == nil {
			continue
		}
		switch arn := arnParts(*function); {
		case arn.service != "lambda" || !strings.HasPrefix(arn.resource, "function:"):
			return invalidParameter(lambdaBadARN, *function)
		case arn.region != p.Region:
			return invalidParameter(lambdaRegion)
		}
	}
	if (l.CustomEmailSender != nil || l.CustomSMSSender != nil) && l.KMSKeyID == nil {
		return invalidParameter(lambdaNeedsKMS)
	}
	if l.KMSKeyID != nil {
		if arn := arnParts(*l.KMSKeyID); arn.service != "kms" || arn.region != p.Region {
			return invalidParameter(lambdaBadKMS, arn.region)
		}
	}
	return nil
}

func (p *pool) checkKey() error {
	switch k := p.Doc.KeyConfiguration; {
	case k.KeyType == types.EncryptionKeyTypeCustomerManagedKey && k.KmsKeyArn == nil:
		return invalidParameter(keyNeedsARN)
	case k.KeyType == types.EncryptionKeyTypeAwsOwnedKey && k.KmsKeyArn != nil:
		return invalidParameter(keyTakesNoARN)
	case k.KmsKeyArn == nil:
		return nil
	}
	key := *p.Doc.KeyConfiguration.KmsKeyArn
	a := arnParts(key)
	if a.service != "kms" || a.region != p.Region || a.account != p.Account || !strings.HasPrefix(a.resource, "key/") || a.resource == "key/" {
		return invalidParameter(keyUnknown, key)
	}
	return nil
}

func (p *pool) checkFactors() error {
	if !p.firstFactor(types.AuthFactorTypePassword) {
		return invalidParameter(passwordIsFactor)
	}
	if p.firstFactor(types.AuthFactorTypeSmsOtp) && p.Doc.SmsConfiguration == nil {
		return invalidParameter(smsFactorNeedsConfig)
	}
	otp := p.firstFactor(types.AuthFactorTypeSmsOtp) || p.firstFactor(types.AuthFactorTypeEmailOtp)
	if otp && p.Doc.MfaConfiguration == types.UserPoolMfaTypeOn {
		return invalidParameter(otpWithRequiredMFA)
	}
	return nil
}

func (p *pool) checkRecovery() error {
	if p.Doc.AccountRecoverySetting == nil {
		return nil
	}
	mechanisms := p.Doc.AccountRecoverySetting.RecoveryMechanisms
	names, priorities := map[types.RecoveryOptionNameType]bool{}, map[int32]bool{}
	for _, m := range mechanisms {
		names[m.Name], priorities[aws.ToInt32(m.Priority)] = true, true
	}
	switch {
	case names[types.RecoveryOptionNameTypeAdminOnly] && len(mechanisms) > 1:
		return invalidParameter(recoveryAdminOnly)
	case len(names) != len(mechanisms) || len(priorities) != len(mechanisms):
		return invalidParameter(recoveryDuplicate)
	case names[types.RecoveryOptionNameTypeVerifiedPhoneNumber] && p.smsMFA():
		return invalidParameter(recoveryWithSMSMFA)
	case names[types.RecoveryOptionNameTypeVerifiedEmail] && len(names) == 1 && p.emailMFA():
		return invalidParameter(recoveryWithEmailMFA)
	}
	return nil
}

func (p *pool) checkRegistration() error {
	if p.Doc.DcrConfiguration == nil {
		return nil
	}
	for _, scope := range p.Doc.DcrConfiguration.AllowedScopes {
		if !slices.Contains(standardScopes, scope) && !strings.Contains(scope, "/") {
			return invalidParameter(registrationScope, scope)
		}
	}
	return nil
}

// arn is an ARN in its parts.
type arn struct{ service, region, account, resource string }

// arnParts takes an ARN apart; of what is none it returns the zero arn.
func arnParts(s string) arn {
	f := strings.SplitN(s, ":", 6)
	if len(f) != 6 || f[0] != "arn" {
		return arn{}
	}
	return arn{service: f[2], region: f[3], account: f[4], resource: f[5]}
}

// arn returns the pool's ARN.
func (p *pool) arn() string { return poolARN(p.Region, p.Account, p.ID) }

func poolARN(region, account, id string) string {
	return "arn:aws:cognito-idp:" + region + ":" + account + ":userpool/" + id
}

// clone returns a copy of the pool with another configuration.
func (p *pool) clone(doc *newops.UserPoolType) *pool {
	c := *p
	c.Doc = doc
	mfa := *p.MFA
	c.MFA = &mfa
	c.index()
	return &c
}

package userpool

import (
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	mfaNeedsSMS    = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
	mfaEmailSender = "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT."
)

// smsMFA, totpMFA and emailMFA tell which second factors the pool has while its
// MFA is not off.
func (p *pool) smsMFA() bool { return p.MFA.SmsMfaConfiguration != nil }

func (p *pool) totpMFA() bool {
	c := p.MFA.SoftwareTokenMfaConfiguration
	return c != nil && c.Enabled
}

func (p *pool) emailMFA() bool { return p.MFA.EmailMfaConfiguration != nil }

// settleMFA brings the configuration of the factors in line with the pool's: a
// pool whose MFA is off has no factors, and one that has no other gets that of
// its SMS configuration. The marker for SMS is an empty configuration, since
// the pool holds the texts.
func (p *pool) settleMFA() {
	switch {
	case p.Doc.MfaConfiguration == types.UserPoolMfaTypeOff:
		p.MFA.SmsMfaConfiguration, p.MFA.SoftwareTokenMfaConfiguration, p.MFA.EmailMfaConfiguration = nil, nil, nil
	case p.Doc.SmsConfiguration == nil:
		p.MFA.SmsMfaConfiguration = nil
	case !p.totpMFA() && !p.emailMFA():
		p.MFA.SmsMfaConfiguration = &types.SmsMfaConfigType{}
	}
}

func (p *pool) checkMFA() error {
	if p.Doc.MfaConfiguration != types.UserPoolMfaTypeOff && !p.smsMFA() && !p.totpMFA() && !p.emailMFA() {
		return invalidParameter(mfaNeedsSMS)
	}
	if p.emailMFA() && p.Doc.EmailConfiguration.EmailSendingAccount != types.EmailSendingAccountTypeDeveloper {
		return invalidParameter(mfaEmailSender)
	}
	return nil
}

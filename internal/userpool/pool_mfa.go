package userpool

// Operations: SetUserPoolMfaConfig, GetUserPoolMfaConfig.

import (
	"context"
	"net"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	mfaNeedsSMS    = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
	mfaOffAndOn    = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
	mfaNoFactor    = "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration."
	mfaEmailSender = "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT."
	relyingPartyID = "Invalid relying party ID: %s"
)

// SetUserPoolMfaConfig sets whether users need a second factor and which there
// are: a factor that the input omits is turned off. An input without
// MfaConfiguration keeps that, and one that names no factor either keeps them,
// too. Passkeys are configured beside it, and stay as they are when omitted.
// Errors: InvalidParameterException, FeatureUnavailableInTierException,
// ResourceNotFoundException, and those of checkSMSRole.
func (s *Service) SetUserPoolMfaConfig(ctx context.Context, in *cognito.SetUserPoolMfaConfigInput) (*cognito.SetUserPoolMfaConfigOutput, error) {
	if c := in.SmsMfaConfiguration; c != nil {
		if err := s.checkSMSRole(ctx, aws.ToString(in.UserPoolId), c.SmsConfiguration); err != nil {
			return nil, err
		}
	}
	var changed *pool
	err := s.changePool(ctx, aws.ToString(in.UserPoolId), func(_ *store.Tx, p *pool) (_ *pool, err error) {
		changed, err = p.withMFA(in)
		return changed, err
	})
	if err != nil {
		return nil, err
	}
	c := changed.mfaConfig()
	return &cognito.SetUserPoolMfaConfigOutput{
		MfaConfiguration: c.MfaConfiguration, EmailMfaConfiguration: c.EmailMfaConfiguration, SmsMfaConfiguration: c.SmsMfaConfiguration,
		SoftwareTokenMfaConfiguration: c.SoftwareTokenMfaConfiguration, WebAuthnConfiguration: c.WebAuthnConfiguration,
	}, nil
}

// GetUserPoolMfaConfig returns the pool's second factors and passkeys; of a
// pool without MFA there is nothing but that. Errors:
// ResourceNotFoundException.
func (s *Service) GetUserPoolMfaConfig(ctx context.Context, in *cognito.GetUserPoolMfaConfigInput) (*cognito.GetUserPoolMfaConfigOutput, error) {
	var p *pool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.mfaConfig(), nil
}

// mfaConfig is the configuration of the factors as the API shows it.
func (p *pool) mfaConfig() *cognito.GetUserPoolMfaConfigOutput {
	c := *p.MFA
	c.MfaConfiguration = p.Doc.MfaConfiguration
	if p.smsMFA() {
		c.SmsMfaConfiguration = &types.SmsMfaConfigType{
			SmsAuthenticationMessage: p.Doc.SmsAuthenticationMessage, SmsConfiguration: p.Doc.SmsConfiguration,
		}
	}
	return &c
}

// withMFA returns the pool with other factors.
func (p *pool) withMFA(in *cognito.SetUserPoolMfaConfigInput) (*pool, error) {
	doc := *p.Doc
	c := p.clone(&doc)
	doc.MfaConfiguration = or(in.MfaConfiguration, doc.MfaConfiguration)
	if w := in.WebAuthnConfiguration; w != nil {
		if w.RelyingPartyId != nil && !isDomain(*w.RelyingPartyId) {
			return nil, invalidParameter(relyingPartyID, *w.RelyingPartyId)
		}
		c.MFA.WebAuthnConfiguration = w
	}
	token := in.SoftwareTokenMfaConfiguration
	if token != nil && !token.Enabled {
		token = nil
	}
	factors := token != nil || in.SmsMfaConfiguration != nil || in.EmailMfaConfiguration != nil
	off := doc.MfaConfiguration == types.UserPoolMfaTypeOff
	switch {
	case factors && off:
		return nil, invalidParameter(mfaOffAndOn)
	case !factors && in.MfaConfiguration != "" && !off:
		return nil, invalidParameter(mfaNoFactor)
	case factors:
		c.MFA.SoftwareTokenMfaConfiguration, c.MFA.EmailMfaConfiguration, c.MFA.SmsMfaConfiguration = token, in.EmailMfaConfiguration, nil
		if in.SmsMfaConfiguration != nil {
			c.MFA.SmsMfaConfiguration = &types.SmsMfaConfigType{}
			doc.SmsConfiguration = cmpOr(in.SmsMfaConfiguration.SmsConfiguration, doc.SmsConfiguration)
			doc.SmsAuthenticationMessage = cmpOr(in.SmsMfaConfiguration.SmsAuthenticationMessage, doc.SmsAuthenticationMessage)
		}
	}
	if c.smsMFA() && doc.SmsConfiguration == nil {
		return nil, invalidParameter(mfaNeedsSMS)
	}
	c.settleMFA()
	return c, c.check()
}

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`)

// isDomain tells whether a name can be a relying party ID (WebAuthn Level 2,
// section 5.1.2): a domain, or localhost for development.
func isDomain(name string) bool {
	return net.ParseIP(name) == nil && (name == "localhost" || domainForm.MatchString(name))
}

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

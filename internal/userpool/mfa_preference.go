// Operations: SetUserMFAPreference, AdminSetUserMFAPreference, SetUserSettings,
// AdminSetUserSettings, GetUserAuthFactors, AdminGetUserAuthFactors.

package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgNoDelivery    = "User does not have delivery config set to turn on %s"
	msgNoTOTP        = "User has not verified software token mfa"
	msgMFANotOffered = "User pool does not have %s enabled."
	msgTwoPreferred  = "Only one MFA method can be preferred."
	msgNotEnabledMFA = "A preferred MFA method must be enabled."
	msgMFAOption     = "Invalid MFA option."
)

// mfaSetting is a user's choice about one second factor.
type mfaSetting struct {
	method             string
	enabled, preferred bool
}

// mfaChoice lists the settings that an input has; what it leaves out stays.
func mfaChoice(sms *types.SMSMfaSettingsType, totp *types.SoftwareTokenMfaSettingsType, email *types.EmailMfaSettingsType) (out []mfaSetting) {
	if sms != nil {
		out = append(out, mfaSetting{mfaSMS, sms.Enabled, sms.PreferredMfa})
	}
	if totp != nil {
		out = append(out, mfaSetting{mfaTOTP, totp.Enabled, totp.PreferredMfa})
	}
	if email != nil {
		out = append(out, mfaSetting{mfaEmail, email.Enabled, email.PreferredMfa})
	}
	return out
}

// SetUserMFAPreference sets which second factors the user of an access token is
// asked for. Errors: InvalidParameterException, NotAuthorizedException.
func (s *Service) SetUserMFAPreference(ctx context.Context, in *cognito.SetUserMFAPreferenceInput) (*cognito.SetUserMFAPreferenceOutput, error) {
	choice := mfaChoice(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings)
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		return setPreference(tx, b.pool, b.user, choice)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.SetUserMFAPreferenceOutput{}, nil
}

// AdminSetUserMFAPreference sets which second factors a user is asked for.
// Errors: InvalidParameterException, ResourceNotFoundException,
// UserNotFoundException.
func (s *Service) AdminSetUserMFAPreference(ctx context.Context, in *cognito.AdminSetUserMFAPreferenceInput) (*cognito.AdminSetUserMFAPreferenceOutput, error) {
	choice := mfaChoice(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings)
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, p *pool, u *store.User) error {
		return setPreference(tx, p, u, choice)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminSetUserMFAPreferenceOutput{}, nil
}

func setPreference(tx *store.Tx, p *pool, u *store.User, choice []mfaSetting) error {
	token, err := tx.SoftwareToken(u)
	if err != nil {
		return err
	}
	preferred := 0
	for _, c := range choice {
		if c.preferred && !c.enabled {
			return invalidParameter(msgNotEnabledMFA)
		}
		if c.preferred {
			preferred++
		}
	}
	if preferred > 1 {
		return invalidParameter(msgTwoPreferred)
	}
	for _, c := range choice {
		if err := applySetting(p, u, token, c); err != nil {
			return err
		}
	}
	for _, c := range choice {
		if c.preferred {
			u.MFAPreferred = c.method
		}
	}
	return tx.UpdateUser(u)
}

func applySetting(p *pool, u *store.User, token *store.SoftwareToken, c mfaSetting) error {
	if !c.enabled {
		disableMFA(u, c.method)
		return nil
	}
	switch {
	case !p.mfaOffered(c.method):
		return invalidParameter(msgMFANotOffered, c.method)
	case c.method == mfaTOTP && token.Secret == nil:
		return invalidParameter(msgNoTOTP)
	case c.method == mfaSMS && !isVerified(u, attrPhone), c.method == mfaEmail && !isVerified(u, attrEmail):
		return invalidParameter(msgNoDelivery, c.method)
	}
	preferred := u.MFAPreferred
	enableMFA(u, c.method)
	u.MFAPreferred = preferred
	if !c.preferred && preferred == c.method {
		u.MFAPreferred = ""
	}
	return nil
}

// SetUserSettings turns SMS MFA on or off for the user of an access token. The
// operation is of old: SetUserMFAPreference knows all factors.
func (s *Service) SetUserSettings(ctx context.Context, in *cognito.SetUserSettingsInput) (*cognito.SetUserSettingsOutput, error) {
	choice, err := mfaOptions(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	err = s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		return setPreference(tx, b.pool, b.user, choice)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.SetUserSettingsOutput{}, nil
}

// AdminSetUserSettings turns SMS MFA on or off for a user. The operation is of
// old: AdminSetUserMFAPreference knows all factors.
func (s *Service) AdminSetUserSettings(ctx context.Context, in *cognito.AdminSetUserSettingsInput) (*cognito.AdminSetUserSettingsOutput, error) {
	choice, err := mfaOptions(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	err = s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, p *pool, u *store.User) error {
		return setPreference(tx, p, u, choice)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminSetUserSettingsOutput{}, nil
}

// mfaOptions is the choice that MFAOptions stand for: SMS to phone_number, or
// nothing.
func mfaOptions(options []types.MFAOptionType) ([]mfaSetting, error) {
	for _, o := range options {
		if o.DeliveryMedium != types.DeliveryMediumTypeSms || aws.ToString(o.AttributeName) != attrPhone {
			return nil, invalidParameter(msgMFAOption)
		}
	}
	return []mfaSetting{{method: mfaSMS, enabled: len(options) > 0}}, nil
}

// GetUserAuthFactors lists the first and second factors of the user of an
// access token.
func (s *Service) GetUserAuthFactors(ctx context.Context, in *cognito.GetUserAuthFactorsInput) (*cognito.GetUserAuthFactorsOutput, error) {
	out := &cognito.GetUserAuthFactorsOutput{}
	err := s.asBearerView(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) (err error) {
		out.Username = usernameOf(b.user)
		out.UserMFASettingList, out.PreferredMfaSetting = mfaSettings(b.user)
		out.ConfiguredUserAuthFactors, err = configuredFactors(tx, b.pool, b.user)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AdminGetUserAuthFactors lists the first and second factors of a user.
func (s *Service) AdminGetUserAuthFactors(ctx context.Context, in *cognito.AdminGetUserAuthFactorsInput) (*cognito.AdminGetUserAuthFactorsOutput, error) {
	out := &cognito.AdminGetUserAuthFactorsOutput{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, u, err := s.adminUser(ctx, tx, in.UserPoolId, in.Username)
		if err != nil {
			return err
		}
		out.Username = usernameOf(u)
		out.UserMFASettingList, out.PreferredMfaSetting = mfaSettings(u)
		out.ConfiguredUserAuthFactors, err = configuredFactors(tx, p, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// configuredFactors are the first factors that the pool allows and the user can
// use.
func configuredFactors(tx *store.Tx, p *pool, u *store.User) (out []types.AuthFactorType, err error) {
	for _, f := range []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp} {
		if p.firstFactor(f) && hasFactor(u, f) {
			out = append(out, f)
		}
	}
	if p.passkeysOn() {
		keys, err := tx.Passkeys(u, "", 1)
		if err != nil {
			return nil, err
		}
		if len(keys) > 0 {
			out = append(out, types.AuthFactorTypeWebAuthn)
		}
	}
	return out, nil
}

func hasFactor(u *store.User, f types.AuthFactorType) bool {
	switch f {
	case types.AuthFactorTypePassword:
		return u.HasPassword()
	case types.AuthFactorTypeEmailOtp:
		return isVerified(u, attrEmail)
	case types.AuthFactorTypeSmsOtp:
		return isVerified(u, attrPhone)
	}
	return false
}

package userpool_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// newMFAWorld is a world whose pool has MFA with the factors.
func newMFAWorld(t testing.TB, mode types.UserPoolMfaType, factors ...string) *signInWorld {
	t.Helper()
	s := newSignInWorld(t)
	s.setMFA(mode, factors...)
	return s
}

func (s *signInWorld) setMFA(mode types.UserPoolMfaType, factors ...string) {
	s.Helper()
	update := &newops.UpdateUserPoolInput{}
	update.UserPoolId = &s.pool
	update.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail, types.VerifiedAttributeTypePhoneNumber}
	update.EmailConfiguration = &types.EmailConfigurationType{
		EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/mail@example.com"),
	}
	update.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms"), ExternalId: aws.String("x")}
	if _, err := s.UpdateUserPool(s.ctx, update); err != nil {
		s.Fatal(err)
	}
	in := &cognito.SetUserPoolMfaConfigInput{UserPoolId: &s.pool, MfaConfiguration: mode}
	if slices.Contains(factors, "TOTP") {
		in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{Enabled: true}
	}
	if slices.Contains(factors, "SMS") {
		in.SmsMfaConfiguration = &types.SmsMfaConfigType{SmsConfiguration: update.SmsConfiguration}
	}
	if slices.Contains(factors, "EMAIL") {
		in.EmailMfaConfiguration = &types.EmailMfaConfigType{Subject: aws.String("Sign in"), Message: aws.String("Use {####}")}
	}
	if _, err := s.SetUserPoolMfaConfig(s.ctx, in); err != nil {
		s.Fatal(err)
	}
}

func (s *signInWorld) setAttributes(pairs ...string) {
	s.Helper()
	_, err := s.AdminUpdateUserAttributes(s.ctx, &cognito.AdminUpdateUserAttributesInput{UserPoolId: &s.pool, Username: &s.sub, UserAttributes: attrs(pairs...)})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *signInWorld) prefer(sms, token, email *bool) error {
	in := &cognito.AdminSetUserMFAPreferenceInput{UserPoolId: &s.pool, Username: &s.sub}
	if sms != nil {
		in.SMSMfaSettings = &types.SMSMfaSettingsType{Enabled: true, PreferredMfa: *sms}
	}
	if token != nil {
		in.SoftwareTokenMfaSettings = &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: *token}
	}
	if email != nil {
		in.EmailMfaSettings = &types.EmailMfaSettingsType{Enabled: true, PreferredMfa: *email}
	}
	_, err := s.AdminSetUserMFAPreference(s.ctx, in)
	return err
}

var yes, no = aws.Bool(true), aws.Bool(false)

// app is an authenticator application, independent of the service's own code.
func (s *signInWorld) app(secret string) string {
	s.Helper()
	code, err := totp.GenerateCodeCustom(secret, s.clock.Now(), totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		s.Fatal(err)
	}
	return code
}

// enrol sets a software token up with an access token and returns its secret.
func (s *signInWorld) enrol(access string) string {
	s.Helper()
	out, err := s.AssociateSoftwareToken(s.ctx, &cognito.AssociateSoftwareTokenInput{AccessToken: &access})
	if err != nil {
		s.Fatal(err)
	}
	if out.Session != nil || len(*out.SecretCode) != 52 {
		s.Errorf("%+v", out)
	}
	verified, err := s.VerifySoftwareToken(s.ctx, &cognito.VerifySoftwareTokenInput{AccessToken: &access, UserCode: aws.String(s.app(*out.SecretCode)), FriendlyDeviceName: aws.String("phone")})
	if err != nil || verified.Status != types.VerifySoftwareTokenResponseTypeSuccess || verified.Session != nil {
		s.Fatalf("%+v %v", verified, err)
	}
	s.clock.Advance(30 * time.Second)
	return *out.SecretCode
}

// begin signs jane in with her password and expects a challenge.
func (s *signInWorld) begin(want types.ChallengeNameType) *cognito.InitiateAuthOutput {
	s.Helper()
	out, err := s.password(jane, goodPassword)
	if err != nil {
		s.Fatal(err)
	}
	if out.ChallengeName != want || out.AuthenticationResult != nil || out.Session == nil {
		s.Fatalf("challenge %s, want %s: %+v", out.ChallengeName, want, out)
	}
	return out
}

func (s *signInWorld) answer(name types.ChallengeNameType, session *string, pairs ...string) (*newops.RespondToAuthChallengeOutput, error) {
	return s.respond(name, session, params(append(pairs, "USERNAME", jane)...))
}

func (s *signInWorld) mustAnswer(name types.ChallengeNameType, session *string, pairs ...string) *newops.RespondToAuthChallengeOutput {
	s.Helper()
	out, err := s.answer(name, session, pairs...)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

func TestTOTPSignIn(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOptional, "TOTP")
	secret := s.enrol(*s.tokens().AccessToken)
	s.tokens() // it is set up, yet not turned on
	if err := s.prefer(nil, yes, nil); err != nil {
		t.Fatal(err)
	}
	out := s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
	if d := cmp.Diff(map[string]string{"USER_ID_FOR_SRP": s.sub, "FRIENDLY_DEVICE_NAME": "phone"}, out.ChallengeParameters); d != "" {
		t.Error(d)
	}
	for _, wrong := range []string{otherCode(s.app(secret)), "", "12345", "abcdef", s.app(secret) + "0"} {
		_, err := s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", wrong)
		if wrong == "" {
			refused(t, err, "InvalidParameterException", "Missing required parameter SOFTWARE_TOKEN_MFA_CODE")
			continue
		}
		refused(t, err, "CodeMismatchException", "Invalid code received for user")
	}
	done := s.mustAnswer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", s.app(secret))
	if done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	// A code is good once, and so is a session.
	_, err := s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", s.app(secret))
	if err == nil {
		t.Error("a session was good twice")
	}
	out = s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
	_, err = s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", s.app(secret))
	refused(t, err, "ExpiredCodeException", "Your software token has already been used once.")
	// The clock may be half a minute off, but not more.
	s.clock.Advance(time.Minute)
	early := s.app(secret)
	s.clock.Advance(time.Minute)
	out = s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
	_, err = s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", early)
	refused(t, err, "CodeMismatchException", "Invalid code received for user")
	late := s.app(secret)
	s.clock.Advance(30 * time.Second)
	s.mustAnswer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", late)
}

// Of many sign-ins at once with one code, one succeeds.
func TestTOTPCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		s := signInWorldIn(newWorldOn(t, cfg))
		s.setMFA(types.UserPoolMfaTypeOptional, "TOTP")
		secret := s.enrol(*s.tokens().AccessToken)
		if err := s.prefer(nil, no, nil); err != nil {
			t.Fatal(err)
		}
		code := s.app(secret)
		results := make(chan error, 6)
		for range cap(results) {
			out := s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
			go func() {
				_, err := s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", code)
				results <- err
			}()
		}
		good := 0
		for range cap(results) {
			if err := <-results; err == nil {
				good++
			}
		}
		if good != 1 {
			t.Errorf("%d sign-ins with one code", good)
		}
	})
}

// Guessing codes locks, in however many sessions.
func TestCodeLockout(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOptional, "TOTP")
	secret := s.enrol(*s.tokens().AccessToken)
	if err := s.prefer(nil, yes, nil); err != nil {
		t.Fatal(err)
	}
	for range 15 {
		out := s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
		_, err := s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", "x")
		refused(t, err, "CodeMismatchException", "Invalid code received for user")
	}
	out := s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
	_, err := s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", s.app(secret))
	refused(t, err, "NotAuthorizedException", "Password attempts exceeded")
	s.clock.Advance(time.Second)
	s.mustAnswer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", s.app(secret))
}

func TestMFASetupAtSignIn(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOn, "TOTP")
	out := s.begin(types.ChallengeNameTypeMfaSetup)
	if got := out.ChallengeParameters["MFAS_CAN_SETUP"]; got != `["SOFTWARE_TOKEN_MFA"]` {
		t.Error(got)
	}
	_, err := s.answer(out.ChallengeName, out.Session)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	_, err = s.VerifySoftwareToken(s.ctx, &cognito.VerifySoftwareTokenInput{Session: out.Session, UserCode: aws.String("123456")})
	refused(t, err, "InvalidParameterException", "No software token has been associated")
	begun, err := s.AssociateSoftwareToken(s.ctx, &cognito.AssociateSoftwareTokenInput{Session: out.Session})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.AssociateSoftwareToken(s.ctx, &cognito.AssociateSoftwareTokenInput{Session: out.Session})
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	_, err = s.answer(out.ChallengeName, begun.Session)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	code := s.app(*begun.SecretCode)
	_, err = s.VerifySoftwareToken(s.ctx, &cognito.VerifySoftwareTokenInput{Session: begun.Session, UserCode: aws.String(otherCode(code))})
	refused(t, err, "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
	verified, err := s.VerifySoftwareToken(s.ctx, &cognito.VerifySoftwareTokenInput{Session: begun.Session, UserCode: &code})
	if err != nil {
		t.Fatal(err)
	}
	done := s.mustAnswer(out.ChallengeName, verified.Session)
	if done.AuthenticationResult == nil || len(done.ChallengeParameters) != 0 {
		t.Fatalf("%+v", done)
	}
	u := s.get(s.pool, jane)
	if d := cmp.Diff([]string{"SOFTWARE_TOKEN_MFA"}, u.UserMFASettingList); d != "" || aws.ToString(u.PreferredMfaSetting) != "SOFTWARE_TOKEN_MFA" {
		t.Errorf("%+v", u)
	}
	// The code of the set-up is used up.
	out = s.begin(types.ChallengeNameTypeSoftwareTokenMfa)
	_, err = s.answer(out.ChallengeName, out.Session, "SOFTWARE_TOKEN_MFA_CODE", code)
	refused(t, err, "ExpiredCodeException", "Your software token has already been used once.")

	if _, err := s.AdminDeleteSoftwareToken(s.ctx, &cognito.AdminDeleteSoftwareTokenInput{UserPoolId: &s.pool, Username: aws.String(jane)}); err != nil {
		t.Fatal(err)
	}
	if u := s.get(s.pool, jane); u.UserMFASettingList != nil || u.PreferredMfaSetting != nil {
		t.Errorf("%+v", u)
	}
	s.begin(types.ChallengeNameTypeMfaSetup)
}

// A temporary password comes first, then the set-up of a second factor.
func TestNewPasswordThenMFASetup(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOn, "TOTP")
	_, err := s.AdminSetUserPassword(s.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &s.pool, Username: aws.String(jane), Password: aws.String(goodPassword)})
	if err != nil {
		t.Fatal(err)
	}
	out := s.begin(types.ChallengeNameTypeNewPasswordRequired)
	next := s.mustAnswer(out.ChallengeName, out.Session, "NEW_PASSWORD", "Chosen-One-1")
	if next.ChallengeName != types.ChallengeNameTypeMfaSetup || next.AuthenticationResult != nil {
		t.Fatalf("%+v", next)
	}
}

func TestSoftwareTokenRefused(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	access := s.tokens().AccessToken
	_, err := s.AssociateSoftwareToken(s.ctx, &cognito.AssociateSoftwareTokenInput{})
	refused(t, err, "InvalidParameterException", "Either Session or AccessToken is required.")
	_, err = s.VerifySoftwareToken(s.ctx, &cognito.VerifySoftwareTokenInput{UserCode: aws.String("123456")})
	refused(t, err, "InvalidParameterException", "Either Session or AccessToken is required.")
	_, err = s.AssociateSoftwareToken(s.ctx, &cognito.AssociateSoftwareTokenInput{Session: aws.String("nonsense")})
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	_, err = s.VerifySoftwareToken(s.ctx, &cognito.VerifySoftwareTokenInput{AccessToken: access, UserCode: aws.String("123456")})
	refused(t, err, "InvalidParameterException", "No software token has been associated")
	begun, err := s.AssociateSoftwareToken(s.ctx, &cognito.AssociateSoftwareTokenInput{AccessToken: access})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.VerifySoftwareToken(s.ctx, &cognito.VerifySoftwareTokenInput{AccessToken: access, UserCode: aws.String(s.app(*begun.SecretCode))})
	refused(t, err, "SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
}

func TestMFAPreference(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOptional, "TOTP", "SMS", "EMAIL")
	refused(t, s.prefer(nil, no, nil), "InvalidParameterException", "User has not verified software token mfa")
	refused(t, s.prefer(no, nil, nil), "InvalidParameterException", "User does not have delivery config set to turn on SMS_MFA")
	s.setAttributes("phone_number", "+15550001234")
	refused(t, s.prefer(no, nil, nil), "InvalidParameterException", "User does not have delivery config set to turn on SMS_MFA")
	s.setAttributes("phone_number_verified", "true")
	refused(t, s.prefer(yes, nil, yes), "InvalidParameterException", "Only one MFA method can be preferred.")
	_, err := s.AdminSetUserMFAPreference(s.ctx, &cognito.AdminSetUserMFAPreferenceInput{
		UserPoolId: &s.pool, Username: &s.sub, EmailMfaSettings: &types.EmailMfaSettingsType{PreferredMfa: true},
	})
	refused(t, err, "InvalidParameterException", "A preferred MFA method must be enabled.")
	access := s.tokens().AccessToken
	s.enrol(*access)
	set := func(in *cognito.SetUserMFAPreferenceInput, methods []string, preferred string) {
		t.Helper()
		in.AccessToken = access
		if _, err := s.SetUserMFAPreference(s.ctx, in); err != nil {
			t.Fatal(err)
		}
		u := s.get(s.pool, jane)
		if d := cmp.Diff(methods, u.UserMFASettingList); d != "" || aws.ToString(u.PreferredMfaSetting) != preferred {
			t.Errorf("%s, preferred %s", d, aws.ToString(u.PreferredMfaSetting))
		}
	}
	set(&cognito.SetUserMFAPreferenceInput{SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true}}, []string{"SMS_MFA"}, "")
	set(&cognito.SetUserMFAPreferenceInput{
		SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true}, EmailMfaSettings: &types.EmailMfaSettingsType{Enabled: true},
	}, []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}, "SOFTWARE_TOKEN_MFA")
	factors, err := s.GetUserAuthFactors(s.ctx, &cognito.GetUserAuthFactorsInput{AccessToken: access})
	if err != nil {
		t.Fatal(err)
	}
	if *factors.Username != s.sub || len(factors.UserMFASettingList) != 3 || *factors.PreferredMfaSetting != "SOFTWARE_TOKEN_MFA" ||
		!slices.Equal(factors.ConfiguredUserAuthFactors, []types.AuthFactorType{types.AuthFactorTypePassword}) {
		t.Errorf("%+v", factors)
	}
	admin, err := s.AdminGetUserAuthFactors(s.ctx, &cognito.AdminGetUserAuthFactorsInput{UserPoolId: &s.pool, Username: aws.String(jane)})
	if err != nil || *admin.Username != s.sub || len(admin.UserMFASettingList) != 3 {
		t.Errorf("%+v %v", admin, err)
	}
	set(&cognito.SetUserMFAPreferenceInput{SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true, PreferredMfa: true}}, []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}, "SMS_MFA")
	set(&cognito.SetUserMFAPreferenceInput{SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true}}, []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}, "")
	set(&cognito.SetUserMFAPreferenceInput{SMSMfaSettings: &types.SMSMfaSettingsType{}, EmailMfaSettings: &types.EmailMfaSettingsType{}}, []string{"SOFTWARE_TOKEN_MFA"}, "")

	// The operations of old know SMS.
	sms := []types.MFAOptionType{{DeliveryMedium: types.DeliveryMediumTypeSms, AttributeName: aws.String("phone_number")}}
	if _, err := s.SetUserSettings(s.ctx, &cognito.SetUserSettingsInput{AccessToken: access, MFAOptions: sms}); err != nil {
		t.Fatal(err)
	}
	set(&cognito.SetUserMFAPreferenceInput{}, []string{"SOFTWARE_TOKEN_MFA", "SMS_MFA"}, "")
	if _, err := s.AdminSetUserSettings(s.ctx, &cognito.AdminSetUserSettingsInput{UserPoolId: &s.pool, Username: &s.sub}); err != nil {
		t.Fatal(err)
	}
	set(&cognito.SetUserMFAPreferenceInput{}, []string{"SOFTWARE_TOKEN_MFA"}, "")
	sms[0].AttributeName = aws.String("email")
	_, err = s.SetUserSettings(s.ctx, &cognito.SetUserSettingsInput{AccessToken: access, MFAOptions: sms})
	refused(t, err, "InvalidParameterException", "Invalid MFA option.")

	off := newSignInWorld(t)
	refused(t, off.prefer(nil, nil, yes), "InvalidParameterException", "User pool does not have EMAIL_OTP enabled.")
}

var digits = regexp.MustCompile(`[0-9]{6,8}`)

// sentCode is the code in the newest message, which must be as told.
func (s *signInWorld) sentCode(channel, to string, length int) string {
	s.Helper()
	m := s.messages()[0]
	code := digits.FindString(m.Body)
	if m.Channel != channel || m.Destination != to || len(code) != length {
		s.Fatalf("%+v", m)
	}
	s.clock.Advance(time.Millisecond)
	return code
}

func TestEmailMFA(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOptional, "EMAIL")
	if err := s.prefer(nil, nil, yes); err != nil {
		t.Fatal(err)
	}
	out := s.begin(types.ChallengeNameTypeEmailOtp)
	if d := cmp.Diff(map[string]string{
		"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "j***@e***", "USER_ID_FOR_SRP": s.sub,
	}, out.ChallengeParameters); d != "" {
		t.Error(d)
	}
	code := s.sentCode("EMAIL", jane, 8)
	if m := s.messages()[0]; m.Subject != "Sign in" || m.Body != "Use "+code {
		t.Errorf("%+v", m)
	}
	for range 6 {
		_, err := s.answer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", otherCode(code))
		refused(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	}
	done := s.mustAnswer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", code)
	if done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	_, err := s.answer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", code)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	// A code belongs to its session, which ends.
	first := s.begin(types.ChallengeNameTypeEmailOtp)
	code = s.sentCode("EMAIL", jane, 8)
	second := s.begin(types.ChallengeNameTypeEmailOtp)
	_, err = s.answer(second.ChallengeName, second.Session, "EMAIL_OTP_CODE", code)
	refused(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	_, err = s.answer(types.ChallengeNameTypeSmsMfa, first.Session, "SMS_MFA_CODE", code)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	s.clock.Advance(3 * time.Minute)
	_, err = s.answer(first.ChallengeName, first.Session, "EMAIL_OTP_CODE", code)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session is expired.")
}

func TestSessionEndsAfterManyWrongAnswers(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOptional, "EMAIL")
	if err := s.prefer(nil, nil, yes); err != nil {
		t.Fatal(err)
	}
	out := s.begin(types.ChallengeNameTypeEmailOtp)
	code := s.sentCode("EMAIL", jane, 8)
	for range 15 {
		_, err := s.answer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", otherCode(code))
		refused(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	}
	s.clock.Advance(time.Minute)
	_, err := s.answer(out.ChallengeName, out.Session, "EMAIL_OTP_CODE", code)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
}

func TestSelectMFAType(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOptional, "SMS", "EMAIL")
	s.setAttributes("phone_number", "+15550001234", "phone_number_verified", "true")
	if err := s.prefer(no, nil, no); err != nil {
		t.Fatal(err)
	}
	out := s.begin(types.ChallengeNameTypeSelectMfaType)
	if got := out.ChallengeParameters["MFAS_CAN_CHOOSE"]; got != `["SMS_MFA","EMAIL_OTP"]` {
		t.Error(got)
	}
	_, err := s.answer(out.ChallengeName, out.Session, "ANSWER", "SOFTWARE_TOKEN_MFA")
	refused(t, err, "InvalidParameterException", "Invalid challenge response.")
	next := s.mustAnswer(out.ChallengeName, out.Session, "ANSWER", "SMS_MFA")
	if next.ChallengeName != types.ChallengeNameTypeSmsMfa || next.ChallengeParameters["CODE_DELIVERY_DESTINATION"] != "+*******1234" {
		t.Fatalf("%+v", next)
	}
	done := s.mustAnswer(next.ChallengeName, next.Session, "SMS_MFA_CODE", s.sentCode("SMS", "+15550001234", 6))
	if done.AuthenticationResult == nil {
		t.Fatalf("%+v", done)
	}
	out = s.begin(types.ChallengeNameTypeSelectMfaType)
	if next := s.mustAnswer(out.ChallengeName, out.Session, "ANSWER", "EMAIL_MFA"); next.ChallengeName != types.ChallengeNameTypeEmailOtp {
		t.Fatalf("%+v", next)
	}
	if err := s.prefer(nil, nil, yes); err != nil {
		t.Fatal(err)
	}
	s.begin(types.ChallengeNameTypeEmailOtp)
}

// Where MFA is required, a phone number serves without being asked, and an
// address can be set up on the way.
func TestMFARequired(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOn, "SMS", "TOTP")
	s.begin(types.ChallengeNameTypeMfaSetup)
	s.setAttributes("phone_number", "+15550001234")
	s.begin(types.ChallengeNameTypeSmsMfa)

	s = newMFAWorld(t, types.UserPoolMfaTypeOn, "EMAIL")
	s.begin(types.ChallengeNameTypeEmailOtp)
	s.clock.Advance(time.Second)
	s.setAttributes("email", jane, "email_verified", "false")
	out := s.begin(types.ChallengeNameTypeMfaSetup)
	if got := out.ChallengeParameters["MFAS_CAN_SETUP"]; got != `["EMAIL_OTP"]` {
		t.Error(got)
	}
	_, err := s.answer(out.ChallengeName, out.Session, "EMAIL", "nonsense")
	refused(t, err, "InvalidParameterException", "Invalid email address format.")
	next := s.mustAnswer(out.ChallengeName, out.Session, "EMAIL", "jane2@example.com")
	if next.ChallengeName != types.ChallengeNameTypeEmailOtp || next.ChallengeParameters["CODE_DELIVERY_DESTINATION"] != "j***@e***" {
		t.Fatalf("%+v", next)
	}
	code := s.sentCode("EMAIL", "jane2@example.com", 8)
	_, err = s.respond(next.ChallengeName, next.Session, params("USERNAME", s.sub, "EMAIL_OTP_CODE", otherCode(code)))
	refused(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	if email := values(s.get(s.pool, s.sub).UserAttributes)["email"]; email != jane {
		t.Error("an address was set before it was proved:", email)
	}
	done, err := s.respond(next.ChallengeName, next.Session, params("USERNAME", s.sub, "EMAIL_OTP_CODE", code))
	if err != nil || done.AuthenticationResult == nil {
		t.Fatalf("%+v %v", done, err)
	}
	u := s.get(s.pool, "jane2@example.com")
	if v := values(u.UserAttributes); v["email"] != "jane2@example.com" || v["email_verified"] != "true" || !slices.Equal(u.UserMFASettingList, []string{"EMAIL_OTP"}) {
		t.Errorf("%+v", u)
	}
}

func TestSignInCodesAreLimited(t *testing.T) {
	t.Parallel()
	s := newMFAWorld(t, types.UserPoolMfaTypeOptional, "EMAIL")
	if err := s.prefer(nil, nil, yes); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		s.begin(types.ChallengeNameTypeEmailOtp)
	}
	_, err := s.password(jane, goodPassword)
	refused(t, err, "TooManyRequestsException", "Attempt limit exceeded, please try after some time.")
	s.clock.Advance(time.Hour)
	s.begin(types.ChallengeNameTypeEmailOtp)
	if !strings.Contains(s.messages()[0].Body, "Use ") {
		t.Error("no message")
	}
}

package signintest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
)

func signInByPasskey(a *app) {
	name, foreign := a.user(), a.user()
	access := a.signIn(name).AccessToken
	key := newPasskey(a)
	started, err := a.StartWebAuthnRegistration(a.Context(), &cognito.StartWebAuthnRegistrationInput{AccessToken: access})
	a.ok(err)
	var options passkeyOptions
	b, err := started.CredentialCreationOptions.MarshalSmithyDocument()
	a.ok(err)
	a.ok(json.Unmarshal(b, &options))
	complete := &cognito.CompleteWebAuthnRegistrationInput{AccessToken: access, Credential: document.NewLazyDocument(key.create(&options))}
	_, err = a.CompleteWebAuthnRegistration(a.Context(), complete)
	a.ok(err)
	_, err = a.CompleteWebAuthnRegistration(a.Context(), complete)
	if err == nil {
		a.Error("a challenge of a registration is good twice")
	}
	begin := func() (*cognito.RespondToAuthChallengeOutput, *passkeyOptions) {
		a.Helper()
		c := a.challenged(types.ChallengeNameTypeWebAuthn, types.AuthFlowTypeUserAuth, "USERNAME", name, "PREFERRED_CHALLENGE", "WEB_AUTHN")
		o := &passkeyOptions{}
		a.ok(json.Unmarshal([]byte(c.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]), o))
		return c, o
	}
	c, o := begin()
	assertion := key.get(o)
	_, err = a.answer(c, "USERNAME", foreign, "CREDENTIAL", assertion)
	a.refused(err, "NotAuthorizedException", noSession)
	a.done(c, "USERNAME", name, "CREDENTIAL", assertion)
	_, err = a.answer(c, "USERNAME", name, "CREDENTIAL", assertion)
	a.refused(err, "NotAuthorizedException", usedSession)
	c, _ = begin()
	_, err = a.answer(c, "USERNAME", name, "CREDENTIAL", assertion)
	a.refused(err, "NotAuthorizedException", badCredentials)
	forger := newPasskey(a)
	forger.id, forger.handle = key.id, key.handle
	c, o = begin()
	_, err = a.answer(c, "USERNAME", name, "CREDENTIAL", forger.get(o))
	a.refused(err, "NotAuthorizedException", badCredentials)
	a.challenged(types.ChallengeNameTypeSelectChallenge, types.AuthFlowTypeUserAuth, "USERNAME", foreign, "PREFERRED_CHALLENGE", "WEB_AUTHN")
}

func signInWithNewPassword(a *app) {
	name := a.user()
	a.setPassword(name, false)
	c := a.enter(types.ChallengeNameTypeNewPasswordRequired, name)
	_, err := a.answer(c, "USERNAME", name, "NEW_PASSWORD", "short")
	a.refused(err, "InvalidPasswordException", "Password does not conform to policy: Password not long enough")
	_, err = a.answer(c, "USERNAME", a.user(), "NEW_PASSWORD", otherPassword)
	a.refused(err, "NotAuthorizedException", noSession)
	_, err = a.answer(c, "USERNAME", name)
	a.refused(err, "InvalidParameterException", "Missing required parameter NEW_PASSWORD")
	a.done(c, "USERNAME", name, "NEW_PASSWORD", otherPassword)
	_, err = a.answer(c, "USERNAME", name, "NEW_PASSWORD", otherPassword)
	a.refused(err, "NotAuthorizedException", usedSession)
	_, err = a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password)
	a.refused(err, "NotAuthorizedException", badCredentials)
}

// enrol sets a software token up with the code of half a minute ago.
func (a *app) enrol(name string) (secret string) {
	a.Helper()
	access := a.signIn(name).AccessToken
	out, err := a.AssociateSoftwareToken(a.Context(), &cognito.AssociateSoftwareTokenInput{AccessToken: access})
	a.ok(err)
	verify := func(code string) (*cognito.VerifySoftwareTokenOutput, error) {
		return a.VerifySoftwareToken(a.Context(), &cognito.VerifySoftwareTokenInput{AccessToken: access, UserCode: &code})
	}
	_, err = verify(other(a.totp(*out.SecretCode, 0)))
	a.refused(err, "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
	verified, err := verify(a.totp(*out.SecretCode, -1))
	a.ok(err)
	if verified.Status != types.VerifySoftwareTokenResponseTypeSuccess {
		a.Errorf("status %s", verified.Status)
	}
	return *out.SecretCode
}

func (a *app) prefer(name string, in cognito.AdminSetUserMFAPreferenceInput) {
	a.Helper()
	in.UserPoolId, in.Username = &a.pool, &name
	_, err := a.AdminSetUserMFAPreference(a.Context(), &in)
	a.ok(err)
}

func signInWithTOTP(a *app) {
	name := a.user()
	secret := a.enrol(name)
	a.prefer(name, cognito.AdminSetUserMFAPreferenceInput{SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true}})
	c := a.enter(types.ChallengeNameTypeSoftwareTokenMfa, name)
	const member = "SOFTWARE_TOKEN_MFA_CODE"
	_, err := a.answer(c, "USERNAME", name, member, other(a.totp(secret, 0)))
	a.refused(err, "CodeMismatchException", "Invalid code received for user")
	_, err = a.answer(c, "USERNAME", name, member, a.totp(secret, 3))
	a.refused(err, "CodeMismatchException", "Invalid code received for user")
	_, err = a.answer(c, "USERNAME", a.user(), member, a.totp(secret, 0))
	a.refused(err, "NotAuthorizedException", noSession)
	code := a.totp(secret, 0)
	a.done(c, "USERNAME", name, member, code)
	_, err = a.answer(c, "USERNAME", name, member, code)
	a.refused(err, "NotAuthorizedException", usedSession)
	x := a.srp(name)
	second := a.next(types.ChallengeNameTypeSoftwareTokenMfa, x.c, x.proof(password)...)
	_, err = a.answer(second, "USERNAME", name, member, code)
	a.refused(err, "ExpiredCodeException", "Your software token has already been used once.")
	a.done(second, "USERNAME", name, member, a.totp(secret, 1))
}

func signInWithSecondCode(a *app) {
	phone := newPhone()
	name := a.user("phone_number", phone, "phone_number_verified", "true")
	for _, c := range []struct {
		challenge  types.ChallengeNameType
		to, member string
		preference cognito.AdminSetUserMFAPreferenceInput
	}{
		{types.ChallengeNameTypeSmsMfa, phone, "SMS_MFA_CODE", cognito.AdminSetUserMFAPreferenceInput{SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true, PreferredMfa: true}}},
		{types.ChallengeNameTypeEmailOtp, name, "EMAIL_OTP_CODE", cognito.AdminSetUserMFAPreferenceInput{EmailMfaSettings: &types.EmailMfaSettingsType{Enabled: true, PreferredMfa: true}}},
	} {
		a.prefer(name, c.preference)
		asked := a.enter(c.challenge, name)
		code := a.code(c.to)
		_, err := a.answer(asked, "USERNAME", name, c.member, other(code))
		a.refused(err, "CodeMismatchException", badCode)
		a.done(asked, "USERNAME", name, c.member, code)
		_, err = a.answer(asked, "USERNAME", name, c.member, code)
		a.refused(err, "NotAuthorizedException", usedSession)
		_, err = a.answer(a.enter(c.challenge, name), "USERNAME", name, c.member, other(a.code(c.to)))
		a.refused(err, "CodeMismatchException", badCode)
	}
}

func signInWithChosenMFA(a *app) {
	phone := newPhone()
	name := a.user("phone_number", phone, "phone_number_verified", "true")
	secret := a.enrol(name)
	a.prefer(name, cognito.AdminSetUserMFAPreferenceInput{
		SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true}, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true},
	})
	c := a.enter(types.ChallengeNameTypeSelectMfaType, name)
	_, err := a.answer(c, "USERNAME", name, "ANSWER", "EMAIL_OTP")
	a.refused(err, "InvalidParameterException", "Invalid challenge response.")
	token := a.next(types.ChallengeNameTypeSoftwareTokenMfa, c, "USERNAME", name, "ANSWER", "SOFTWARE_TOKEN_MFA")
	_, err = a.answer(c, "USERNAME", name, "ANSWER", "SMS_MFA")
	a.refused(err, "NotAuthorizedException", usedSession)
	a.done(token, "USERNAME", name, "SOFTWARE_TOKEN_MFA_CODE", a.totp(secret, 0))
	sms := a.next(types.ChallengeNameTypeSmsMfa, a.enter(types.ChallengeNameTypeSelectMfaType, name), "USERNAME", name, "ANSWER", "SMS_MFA")
	a.done(sms, "USERNAME", name, "SMS_MFA_CODE", a.code(phone))
}

func signInWithSetup(a *app) {
	a = newApp(a.TB, a.server).requireMFA(types.UserPoolMfaTypeOn, "TOTP")
	name := a.user()
	c := a.enter(types.ChallengeNameTypeMfaSetup, name)
	_, err := a.answer(c, "USERNAME", name)
	a.refused(err, "NotAuthorizedException", noSession)
	out, err := a.AssociateSoftwareToken(a.Context(), &cognito.AssociateSoftwareTokenInput{Session: c.Session})
	a.ok(err)
	verify := func(code string) (*cognito.VerifySoftwareTokenOutput, error) {
		return a.VerifySoftwareToken(a.Context(), &cognito.VerifySoftwareTokenInput{Session: out.Session, UserCode: &code})
	}
	_, err = verify(other(a.totp(*out.SecretCode, 0)))
	a.refused(err, "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
	verified, err := verify(a.totp(*out.SecretCode, 0))
	a.ok(err)
	c.Session = verified.Session
	a.done(c, "USERNAME", name)
	_, err = a.answer(c, "USERNAME", name)
	a.refused(err, "NotAuthorizedException", usedSession)
	a.enter(types.ChallengeNameTypeSoftwareTokenMfa, name)
}

func signInFromDevice(a *app) {
	a = newApp(a.TB, a.server, func(in *cognito.CreateUserPoolInput) {
		in.DeviceConfiguration = &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true}
	})
	name, foreign := a.user(), a.user()
	const secret = "the device's password"
	confirmed := func(name string) (key, group string) {
		a.Helper()
		r := a.signIn(name)
		key, group = *r.NewDeviceMetadata.DeviceKey, *r.NewDeviceMetadata.DeviceGroupKey
		salt, verifier := deviceVerifier(group, key, secret)
		_, err := a.ConfirmDevice(a.Context(), &cognito.ConfirmDeviceInput{AccessToken: r.AccessToken, DeviceKey: &key, DeviceSecretVerifierConfig: &types.DeviceSecretVerifierConfigType{
			Salt: aws.String(base64.StdEncoding.EncodeToString(salt)), PasswordVerifier: aws.String(base64.StdEncoding.EncodeToString(verifier)),
		}})
		a.ok(err)
		return key, group
	}
	key, group := confirmed(name)
	theirs, _ := confirmed(foreign)
	begin := func() *exchange {
		a.Helper()
		client := srp.NewClient(ids.Source{})
		c := a.challenged(types.ChallengeNameTypeDeviceSrpAuth, types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password, "DEVICE_KEY", key)
		next := a.next(types.ChallengeNameTypeDevicePasswordVerifier, c, "USERNAME", name, "DEVICE_KEY", key, "SRP_A", client.Public())
		return &exchange{client, a, next}
	}
	x := begin()
	proof := append(x.signed(group, key, secret), "USERNAME", name, "DEVICE_KEY", key)
	r := a.done(x.c, proof...)
	_, err := a.answer(x.c, proof...)
	a.refused(err, "NotAuthorizedException", usedSession)
	x = begin()
	_, err = a.answer(x.c, append(x.signed(group, key, "another"), "USERNAME", name, "DEVICE_KEY", key)...)
	a.refused(err, "NotAuthorizedException", badCredentials)
	_, err = a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password, "DEVICE_KEY", theirs)
	a.refused(err, "ResourceNotFoundException", "Device does not exist.")
	_, err = a.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", *r.RefreshToken, "DEVICE_KEY", key)
	a.ok(err)
	_, err = a.ForgetDevice(a.Context(), &cognito.ForgetDeviceInput{AccessToken: r.AccessToken, DeviceKey: &key})
	a.ok(err)
	_, err = a.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", *r.RefreshToken, "DEVICE_KEY", key)
	a.refused(err, "NotAuthorizedException", "Invalid Refresh Token.")
}

// group3072 is the modulus of RFC 5054's group of 3072 bits.
var group3072, _ = new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF", 16)

// deviceVerifier is what a device gives for its password.
func deviceVerifier(group, key, password string) (salt, verifier []byte) {
	salt = make([]byte, 16)
	rand.Read(salt) //nolint:errcheck // it never fails
	salt[0] = salt[0]&0x7f | 1
	inner := sha256.Sum256([]byte(group + key + ":" + password))
	x := sha256.Sum256(append(append([]byte{}, salt...), inner[:]...))
	return salt, new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(x[:]), group3072).Bytes()
}

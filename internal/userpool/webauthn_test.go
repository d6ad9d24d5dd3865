package userpool_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/pooltest"
)

const party = "auth.example.com"

// passkeys is a pool with passkeys on a server, by the SDK and over the wire.
type passkeys struct {
	testing.TB
	*cognito.Client
	ctx             context.Context
	server          *pooltest.Server
	pool            string
	client, another string
}

// passkeyPool makes a pool with the users jane and joe whose passkeys are for
// party, with the changes of f.
func passkeyPool(t testing.TB, f ...func(*cognito.SetUserPoolMfaConfigInput)) *passkeys {
	t.Helper()
	srv := pooltest.Start(t)
	flows := cognito.CreateUserPoolClientInput{ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
		types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowUserAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
	}, PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled}
	made := srv.MustSeed(t, pooltest.Pool{
		Settings: cognito.CreateUserPoolInput{Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{
			AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		}}},
		Clients: []pooltest.Client{{Name: "web", Settings: flows}, {Name: "another", Settings: flows}},
		Users:   []pooltest.User{{Username: "jane", Password: goodPassword}, {Username: "joe", Password: goodPassword}},
	})
	p := &passkeys{
		TB: t, Client: cognito.NewFromConfig(srv.Config()), ctx: t.Context(), server: srv,
		pool: made.ID, client: made.Clients["web"].ID, another: made.Clients["another"].ID,
	}
	p.configure(f...)
	return p
}

func (p *passkeys) configure(f ...func(*cognito.SetUserPoolMfaConfigInput)) {
	p.Helper()
	in := &cognito.SetUserPoolMfaConfigInput{UserPoolId: &p.pool, WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: aws.String(party)}}
	for _, change := range f {
		change(in)
	}
	if _, err := p.SetUserPoolMfaConfig(p.ctx, in); err != nil {
		p.Fatal(err)
	}
}

func verified(in *cognito.SetUserPoolMfaConfigInput) {
	in.WebAuthnConfiguration.UserVerification = types.UserVerificationTypeRequired
}

// token signs a user in with the password.
func (p *passkeys) token(user, client string) string {
	p.Helper()
	out, err := p.InitiateAuth(p.ctx, &cognito.InitiateAuthInput{
		ClientId: &client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", user, "PASSWORD", goodPassword),
	})
	if err != nil {
		p.Fatal(err)
	}
	return *out.AuthenticationResult.AccessToken
}

func (p *passkeys) start(token string) (map[string]any, error) {
	out, err := p.StartWebAuthnRegistration(p.ctx, &cognito.StartWebAuthnRegistrationInput{AccessToken: &token})
	if err != nil {
		return nil, err
	}
	b, err := out.CredentialCreationOptions.MarshalSmithyDocument()
	if err != nil {
		return nil, err
	}
	var options map[string]any
	return options, json.Unmarshal(b, &options)
}

func (p *passkeys) mustStart(token string) map[string]any {
	p.Helper()
	options, err := p.start(token)
	if err != nil {
		p.Fatal(err)
	}
	return options
}

func (p *passkeys) complete(token string, credential any) error {
	_, err := p.CompleteWebAuthnRegistration(p.ctx, &cognito.CompleteWebAuthnRegistrationInput{AccessToken: &token, Credential: document.NewLazyDocument(credential)})
	return err
}

// registered is a passkey of the user of the token.
func (p *passkeys) registered(token string, change ...func(*authenticator)) *authenticator {
	p.Helper()
	a := newAuthenticator(p.TB, party)
	for _, f := range change {
		f(a)
	}
	if err := p.complete(token, a.create(p.mustStart(token))); err != nil {
		p.Fatal(err)
	}
	return a
}

func (p *passkeys) list(token string) []types.WebAuthnCredentialDescription {
	p.Helper()
	out, err := p.ListWebAuthnCredentials(p.ctx, &cognito.ListWebAuthnCredentialsInput{AccessToken: &token})
	if err != nil {
		p.Fatal(err)
	}
	return out.Credentials
}

// choose begins USER_AUTH.
func (p *passkeys) choose(user string, pairs ...string) (*cognito.InitiateAuthOutput, error) {
	return p.InitiateAuth(p.ctx, &cognito.InitiateAuthInput{
		ClientId: &p.client, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: params(append(pairs, "USERNAME", user)...),
	})
}

// challenge asks for the challenge WEB_AUTHN.
func (p *passkeys) challenge(user string) *cognito.InitiateAuthOutput {
	p.Helper()
	out, err := p.choose(user, "PREFERRED_CHALLENGE", "WEB_AUTHN")
	if err != nil {
		p.Fatal(err)
	}
	if out.ChallengeName != types.ChallengeNameTypeWebAuthn || out.Session == nil || out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"] == "" {
		p.Fatalf("%+v", out)
	}
	return out
}

func (p *passkeys) answer(user string, session *string, credential string) (*cognito.RespondToAuthChallengeOutput, error) {
	return p.RespondToAuthChallenge(p.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &p.client, ChallengeName: types.ChallengeNameTypeWebAuthn, Session: session, ChallengeResponses: params("USERNAME", user, "CREDENTIAL", credential),
	})
}

// signIn signs the user in with the passkey.
func (p *passkeys) signIn(user string, a *authenticator) (*types.AuthenticationResultType, error) {
	p.Helper()
	out := p.challenge(user)
	done, err := p.answer(user, out.Session, a.get(out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))
	if err != nil {
		return nil, err
	}
	if done.AuthenticationResult == nil {
		return nil, fmt.Errorf("challenge %s", done.ChallengeName)
	}
	return done.AuthenticationResult, nil
}

func TestPasskey(t *testing.T) {
	t.Parallel()
	p := passkeyPool(t)
	token := p.token("jane", p.client)
	options := p.mustStart(token)
	user, err := p.GetUser(p.ctx, &cognito.GetUserInput{AccessToken: &token})
	if err != nil {
		t.Fatal(err)
	}
	sub := values(user.UserAttributes)["sub"]
	challenge, _ := options["challenge"].(string)
	if len(challenge) < 22 {
		t.Errorf("challenge %q", challenge)
	}
	delete(options, "challenge")
	want := map[string]any{
		"rp": map[string]any{"id": party, "name": party}, "user": map[string]any{"id": base64url([]byte(sub)), "name": "jane", "displayName": "jane"},
		"pubKeyCredParams": []any{map[string]any{"type": "public-key", "alg": -7.0}, map[string]any{"type": "public-key", "alg": -257.0}},
		"timeout":          60000.0, "excludeCredentials": []any{},
		"authenticatorSelection": map[string]any{"requireResidentKey": true, "residentKey": "required", "userVerification": "preferred"},
	}
	if d := cmp.Diff(want, options); d != "" {
		t.Error(d)
	}

	a := p.registered(token)
	list := p.list(token)
	if len(list) != 1 || *list[0].CredentialId != base64url(a.id) || *list[0].RelyingPartyId != party || *list[0].FriendlyCredentialName != "Roaming passkey" ||
		*list[0].AuthenticatorAttachment != "cross-platform" || !slices.Equal(list[0].AuthenticatorTransports, []string{"hybrid", "usb"}) || list[0].CreatedAt == nil {
		t.Fatalf("%+v", list)
	}
	excluded := p.mustStart(token)["excludeCredentials"]
	if d := cmp.Diff([]any{map[string]any{"type": "public-key", "id": base64url(a.id), "transports": []any{"hybrid", "usb"}}}, excluded); d != "" {
		t.Error(d)
	}
	factors, err := p.GetUserAuthFactors(p.ctx, &cognito.GetUserAuthFactorsInput{AccessToken: &token})
	if err != nil || !slices.Contains(factors.ConfiguredUserAuthFactors, types.AuthFactorTypeWebAuthn) {
		t.Errorf("%+v %v", factors, err)
	}

	out := p.challenge("jane")
	var request map[string]any
	if err := json.Unmarshal([]byte(out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]), &request); err != nil {
		t.Fatal(err)
	}
	delete(request, "challenge")
	if d := cmp.Diff(map[string]any{
		"timeout": 180000.0, "rpId": party, "userVerification": "preferred",
		"allowCredentials": []any{map[string]any{"type": "public-key", "id": base64url(a.id), "transports": []any{"hybrid", "usb"}}},
	}, request); d != "" {
		t.Error(d)
	}
	for range 2 {
		r, err := p.signIn("jane", a)
		if err != nil || r.RefreshToken == nil {
			t.Fatalf("%+v %v", r, err)
		}
	}
	// Chosen in SELECT_CHALLENGE, in one step and in two.
	choice, err := p.choose("jane")
	if err != nil || choice.ChallengeName != types.ChallengeNameTypeSelectChallenge || !slices.Contains(choice.AvailableChallenges, types.ChallengeNameTypeWebAuthn) {
		t.Fatalf("%+v %v", choice, err)
	}
	done, err := p.RespondToAuthChallenge(p.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &p.client, ChallengeName: types.ChallengeNameTypeSelectChallenge, Session: choice.Session,
		ChallengeResponses: params("USERNAME", "jane", "ANSWER", "WEB_AUTHN", "CREDENTIAL", a.get(choice.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])),
	})
	if err != nil || done.AuthenticationResult == nil {
		t.Fatalf("%+v %v", done, err)
	}
	if choice, err = p.choose("jane"); err != nil {
		t.Fatal(err)
	}
	asked, err := p.RespondToAuthChallenge(p.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &p.client, ChallengeName: types.ChallengeNameTypeSelectChallenge, Session: choice.Session, ChallengeResponses: params("USERNAME", "jane", "ANSWER", "WEB_AUTHN"),
	})
	if err != nil || asked.ChallengeName != types.ChallengeNameTypeWebAuthn {
		t.Fatalf("%+v %v", asked, err)
	}
	if done, err := p.answer("jane", asked.Session, a.get(asked.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])); err != nil || done.AuthenticationResult == nil {
		t.Fatalf("%+v %v", done, err)
	}

	// Deleted, it is no factor any more.
	for _, id := range []string{"x", base64url([]byte("nobody's"))} {
		_, err = p.DeleteWebAuthnCredential(p.ctx, &cognito.DeleteWebAuthnCredentialInput{AccessToken: &token, CredentialId: &id})
		refused(t, err, "ResourceNotFoundException", "The credential does not exist.")
	}
	joe := p.token("joe", p.client)
	_, err = p.DeleteWebAuthnCredential(p.ctx, &cognito.DeleteWebAuthnCredentialInput{AccessToken: &joe, CredentialId: aws.String(base64url(a.id))})
	refused(t, err, "ResourceNotFoundException", "The credential does not exist.")
	out = p.challenge("jane")
	if _, err := p.DeleteWebAuthnCredential(p.ctx, &cognito.DeleteWebAuthnCredentialInput{AccessToken: &token, CredentialId: aws.String(base64url(a.id))}); err != nil {
		t.Fatal(err)
	}
	if len(p.list(token)) != 0 {
		t.Error("it is still listed")
	}
	_, err = p.answer("jane", out.Session, a.get(out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))
	refused(t, err, "NotAuthorizedException", badCredentials)
	if out, err := p.choose("jane", "PREFERRED_CHALLENGE", "WEB_AUTHN"); err != nil || out.ChallengeName != types.ChallengeNameTypeSelectChallenge || slices.Contains(out.AvailableChallenges, types.ChallengeNameTypeWebAuthn) {
		t.Errorf("%+v %v", out, err)
	}
}

// Every kind of key and attestation that authenticators have.
func TestPasskeyKinds(t *testing.T) {
	t.Parallel()
	p := passkeyPool(t)
	token := p.token("jane", p.client)
	for name, change := range map[string]func(*authenticator){
		"packed":                    func(a *authenticator) { a.attestation = "packed" },
		"without user verification": func(a *authenticator) { a.flags = flagPresent },
		"synced":                    func(a *authenticator) { a.flags |= flagEligible | flagBackedUp },
		"below the domain":          func(a *authenticator) { a.origin = "https://app." + party + ":8443" },
		"Android":                   func(a *authenticator) { a.origin = "android:apk-key-hash:" + base64url(make([]byte, 32)) },
		"RS256": func(a *authenticator) {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				a.Fatal(err)
			}
			a.signer = key
		},
		"no counter": func(a *authenticator) { a.counter = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			a := p.registered(token, change)
			for range 2 {
				if _, err := p.signIn("jane", a); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestPasskeyRegistrationRefused(t *testing.T) {
	t.Parallel()
	const unsupported = "The credential is not supported."
	p := passkeyPool(t, verified)
	token := p.token("jane", p.client)
	a := newAuthenticator(t, party)
	if err := p.complete(token, a.create(p.mustStart(token))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change        func(*authenticator)
		code, message string
	}{
		"another site":          {func(a *authenticator) { a.origin = "https://evil.example.org" }, "WebAuthnOriginNotAllowedException", "The origin https://evil.example.org is not allowed by the relying party ID."},
		"above the domain":      {func(a *authenticator) { a.origin = "https://example.com" }, "WebAuthnOriginNotAllowedException", "The origin https://example.com is not allowed by the relying party ID."},
		"lookalike":             {func(a *authenticator) { a.origin = "https://" + party + ".evil.org" }, "WebAuthnOriginNotAllowedException", "The origin https://auth.example.com.evil.org is not allowed by the relying party ID."},
		"suffix":                {func(a *authenticator) { a.origin = "https://evil" + party }, "WebAuthnOriginNotAllowedException", "The origin https://evilauth.example.com is not allowed by the relying party ID."},
		"without TLS":           {func(a *authenticator) { a.origin = "http://" + party }, "WebAuthnOriginNotAllowedException", "The origin http://auth.example.com is not allowed by the relying party ID."},
		"with a path":           {func(a *authenticator) { a.origin = "https://" + party + "/" }, "WebAuthnOriginNotAllowedException", "The origin https://auth.example.com/ is not allowed by the relying party ID."},
		"with a user":           {func(a *authenticator) { a.origin = "https://x@" + party }, "WebAuthnOriginNotAllowedException", "The origin https://x@auth.example.com is not allowed by the relying party ID."},
		"no application's hash": {func(a *authenticator) { a.origin = "android:apk-key-hash:x" }, "WebAuthnOriginNotAllowedException", "The origin android:apk-key-hash:x is not allowed by the relying party ID."},
		"no origin":             {func(a *authenticator) { a.origin = "" }, "WebAuthnOriginNotAllowedException", "The origin  is not allowed by the relying party ID."},
		"another relying party": {func(a *authenticator) { a.party = "example.com" }, "WebAuthnRelyingPartyMismatchException", "The credential is for another relying party."},
		"user not verified":     {func(a *authenticator) { a.flags = flagPresent }, "WebAuthnCredentialNotSupportedException", unsupported},
		"user not present":      {func(a *authenticator) { a.flags = flagVerified }, "WebAuthnCredentialNotSupportedException", unsupported},
		"copied, not copyable":  {func(a *authenticator) { a.flags |= flagBackedUp }, "WebAuthnCredentialNotSupportedException", unsupported},
		"Ed25519": {func(a *authenticator) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			a.signer = key
		}, "WebAuthnCredentialNotSupportedException", unsupported},
		"wrong attestation":   {func(a *authenticator) { a.attestation, a.tamper = "packed", true }, "WebAuthnCredentialNotSupportedException", unsupported},
		"unknown attestation": {func(a *authenticator) { a.attestation = "made-up" }, "WebAuthnCredentialNotSupportedException", unsupported},
		"an assertion":        {func(a *authenticator) { a.kind = "webauthn.get" }, "WebAuthnCredentialNotSupportedException", unsupported},
		"long ID":             {func(a *authenticator) { a.id = make([]byte, 1024) }, "InvalidParameterException", "Invalid credential."},
		"made-up challenge":   {func(a *authenticator) { a.challenge = base64url(make([]byte, 56)) }, "WebAuthnChallengeNotFoundException", "The challenge has expired or was used."},
		"short challenge":     {func(a *authenticator) { a.challenge = "AAAA" }, "WebAuthnChallengeNotFoundException", "The challenge has expired or was used."},
		"registered":          {func(b *authenticator) { b.id, b.signer = a.id, a.signer }, "InvalidParameterException", "The credential is registered already."},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthenticator(t, party)
			c.change(a)
			refused(t, p.complete(token, a.create(p.mustStart(token))), c.code, c.message)
		})
	}
	for name, credential := range map[string]any{
		"text": "x", "null": nil, "list": []any{1}, "empty": map[string]any{}, "parts": map[string]any{"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": map[string]any{}},
	} {
		if err := p.complete(token, credential); err == nil {
			t.Errorf("%s: registered", name)
		} else if name != "null" {
			refused(t, err, "InvalidParameterException", "Invalid credential.")
		}
	}
	refused(t, p.complete("x", a.create(p.mustStart(token))), "NotAuthorizedException", "Invalid Access Token")
	if n := len(p.list(token)); n != 1 {
		t.Errorf("%d passkeys", n)
	}
}

// A challenge is good once, for its user and client, for a while.
func TestPasskeyChallenges(t *testing.T) {
	t.Parallel()
	const gone = "The challenge has expired or was used."
	p := passkeyPool(t)
	token := p.token("jane", p.client)
	options := p.mustStart(token)
	refused(t, p.complete(p.token("joe", p.client), newAuthenticator(t, party).create(options)), "WebAuthnChallengeNotFoundException", gone)
	refused(t, p.complete(p.token("jane", p.another), newAuthenticator(t, party).create(options)), "WebAuthnClientMismatchException", "The challenge was made for another client.")
	// Another token of the same client does.
	if err := p.complete(p.token("jane", p.client), newAuthenticator(t, party).create(options)); err != nil {
		t.Fatal(err)
	}
	refused(t, p.complete(token, newAuthenticator(t, party).create(options)), "WebAuthnChallengeNotFoundException", gone)
	// A refused passkey uses it up as well.
	options = p.mustStart(token)
	bad := newAuthenticator(t, party)
	bad.party = "example.com"
	refused(t, p.complete(token, bad.create(options)), "WebAuthnRelyingPartyMismatchException", "The credential is for another relying party.")
	refused(t, p.complete(token, newAuthenticator(t, party).create(options)), "WebAuthnChallengeNotFoundException", gone)
	// Two may be open at once.
	first, second := p.mustStart(token), p.mustStart(token)
	for _, options := range []map[string]any{second, first} {
		if err := p.complete(token, newAuthenticator(t, party).create(options)); err != nil {
			t.Error(err)
		}
	}
	options = p.mustStart(token)
	p.server.AdvanceClock(3 * time.Minute)
	refused(t, p.complete(token, newAuthenticator(t, party).create(options)), "WebAuthnChallengeNotFoundException", gone)
}

func TestPasskeySignInRefused(t *testing.T) {
	t.Parallel()
	p := passkeyPool(t, verified)
	jane, joe := p.token("jane", p.client), p.token("joe", p.client)
	a, other := p.registered(jane), p.registered(joe)
	answer := func(user string, signer *authenticator, out *cognito.InitiateAuthOutput) error {
		_, err := p.answer(user, out.Session, signer.get(out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))
		return err
	}
	for name, change := range map[string]func(*authenticator){
		"another site":          func(a *authenticator) { a.origin = "https://evil.example.org" },
		"without TLS":           func(a *authenticator) { a.origin = "http://" + party },
		"another relying party": func(a *authenticator) { a.party = "example.com" },
		"user not verified":     func(a *authenticator) { a.flags = flagPresent },
		"user not present":      func(a *authenticator) { a.flags = flagVerified },
		"made copyable":         func(a *authenticator) { a.flags |= flagEligible },
		"wrong signature":       func(a *authenticator) { a.tamper = true },
		"another key":           func(a *authenticator) { a.signer = newAuthenticator(t, party).signer },
		"a registration":        func(a *authenticator) { a.kind = "webauthn.create" },
		"another challenge":     func(a *authenticator) { a.challenge = base64url(make([]byte, 32)) },
		"another user's handle": func(a *authenticator) { a.handle = other.handle },
		"unknown credential":    func(a *authenticator) { a.id = []byte("somebody's credential") },
		"the counter stands":    func(a *authenticator) { a.counter = 0 },
		"another user's passkey": func(a *authenticator) {
			a.id, a.signer, a.handle = other.id, other.signer, other.handle
		},
	} {
		t.Run(name, func(t *testing.T) {
			changed := *a
			change(&changed)
			refused(t, answer("jane", &changed, p.challenge("jane")), "NotAuthorizedException", badCredentials)
		})
	}
	// A counter that goes back tells of a copy.
	for range 2 {
		if err := answer("jane", a, p.challenge("jane")); err != nil {
			t.Fatal(err)
		}
	}
	clone := *a
	clone.counter = 2
	refused(t, answer("jane", &clone, p.challenge("jane")), "NotAuthorizedException", badCredentials)

	// An assertion is good once, in its own session.
	out := p.challenge("jane")
	credential := a.get(out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])
	_, err := p.answer("jane", p.challenge("jane").Session, credential)
	refused(t, err, "NotAuthorizedException", badCredentials)
	_, err = p.answer("joe", out.Session, credential)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	if _, err := p.answer("jane", out.Session, credential); err != nil {
		t.Fatal(err)
	}
	_, err = p.answer("jane", out.Session, credential)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	_, err = p.answer("jane", nil, credential)
	refused(t, err, "NotAuthorizedException", "Invalid session for the user.")
	out = p.challenge("jane")
	for _, text := range []string{"x", "{}", "null", "[]", strings.Repeat("[", 1000), `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`} {
		_, err = p.answer("jane", out.Session, text)
		refused(t, err, "InvalidParameterException", "Invalid credential.")
	}
	_, err = p.answer("jane", out.Session, "")
	refused(t, err, "InvalidParameterException", "Missing required parameter CREDENTIAL")
	p.server.AdvanceClock(3 * time.Minute)
	refused(t, answer("jane", a, out), "NotAuthorizedException", "Invalid session for the user, session is expired.")

	// A passkey of another relying party is none here.
	p.configure(verified, func(in *cognito.SetUserPoolMfaConfigInput) {
		in.WebAuthnConfiguration.RelyingPartyId = aws.String("example.com")
	})
	if out, err := p.choose("jane"); err != nil || slices.Contains(out.AvailableChallenges, types.ChallengeNameTypeWebAuthn) {
		t.Errorf("%+v %v", out, err)
	}
}

// A name that nobody has is asked for a passkey that is always the same, and
// refused like a wrong one.
func TestPasskeyOfNobody(t *testing.T) {
	t.Parallel()
	p := passkeyPool(t)
	allowed := func(user string) string {
		t.Helper()
		var o struct {
			AllowCredentials []struct{ ID string }
		}
		if err := json.Unmarshal([]byte(p.challenge(user).ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]), &o); err != nil || len(o.AllowCredentials) != 1 {
			t.Fatalf("%+v %v", o, err)
		}
		return o.AllowCredentials[0].ID
	}
	id := allowed("nobody")
	if again := allowed("nobody"); again != id {
		t.Errorf("%s, then %s", id, again)
	}
	if allowed("nobody else") == id {
		t.Error("two names have one passkey")
	}
	a := newAuthenticator(t, party)
	a.id = a.unb64(id)
	_, err := p.signIn("nobody", a)
	refused(t, err, "NotAuthorizedException", badCredentials)
	out, err := p.choose("nobody")
	if err != nil || !slices.Contains(out.AvailableChallenges, types.ChallengeNameTypeWebAuthn) {
		t.Errorf("%+v %v", out, err)
	}
}

func TestPasskeysOff(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	r := s.tokens()
	start := func(s *signInWorld, token *string) error {
		_, err := s.StartWebAuthnRegistration(s.ctx, &cognito.StartWebAuthnRegistrationInput{AccessToken: token})
		return err
	}
	refused(t, start(s, r.AccessToken), "WebAuthnNotEnabledException", "WebAuthn is not enabled for this user pool.")
	refused(t, start(s, nil), "NotAuthorizedException", "Invalid Access Token")
	for _, credential := range []document.Interface{nil, document.NewLazyDocument(map[string]any{})} {
		_, err := s.CompleteWebAuthnRegistration(s.ctx, &cognito.CompleteWebAuthnRegistrationInput{AccessToken: r.AccessToken, Credential: credential})
		refused(t, err, "InvalidParameterException", "Invalid credential.")
	}
	list, err := s.ListWebAuthnCredentials(s.ctx, &cognito.ListWebAuthnCredentialsInput{AccessToken: r.AccessToken})
	if err != nil || list.Credentials == nil || len(list.Credentials) != 0 {
		t.Errorf("%+v %v", list, err)
	}

	// Without relying party ID and domain there is no place for passkeys.
	s = newDeviceWorld(t, nil, func(in *newops.CreateUserPoolInput) {
		in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{
			AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		}}
	})
	refused(t, start(s, s.tokens().AccessToken), "WebAuthnConfigurationMissingException", "The user pool has neither a relying party ID nor a domain.")
	out, err := s.initiate(types.AuthFlowTypeUserAuth, "USERNAME", jane, "PREFERRED_CHALLENGE", "WEB_AUTHN")
	if err != nil || slices.Contains(out.AvailableChallenges, types.ChallengeNameTypeWebAuthn) {
		t.Errorf("%+v %v", out, err)
	}
}

func TestPasskeyLimit(t *testing.T) {
	t.Parallel()
	p := passkeyPool(t)
	token := p.token("jane", p.client)
	late := p.mustStart(token)
	for range 20 {
		p.registered(token)
	}
	_, err := p.start(token)
	refused(t, err, "LimitExceededException", "The user has the most passkeys that are allowed.")
	refused(t, p.complete(token, newAuthenticator(t, party).create(late)), "LimitExceededException", "The user has the most passkeys that are allowed.")
	seen := map[string]bool{}
	var next *string
	for page := 1; ; page++ {
		out, err := p.ListWebAuthnCredentials(p.ctx, &cognito.ListWebAuthnCredentialsInput{AccessToken: &token, MaxResults: aws.Int32(8), NextToken: next})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range out.Credentials {
			seen[*c.CredentialId] = true
		}
		if next = out.NextToken; next == nil {
			if page != 3 || len(seen) != 20 {
				t.Errorf("%d pages, %d passkeys", page, len(seen))
			}
			break
		}
		joe := p.token("joe", p.client)
		_, err = p.ListWebAuthnCredentials(p.ctx, &cognito.ListWebAuthnCredentialsInput{AccessToken: &joe, NextToken: next})
		refused(t, err, "InvalidParameterException", "Invalid pagination token.")
	}
	var o struct{ AllowCredentials []any }
	if err := json.Unmarshal([]byte(p.challenge("jane").ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]), &o); err != nil || len(o.AllowCredentials) != 20 {
		t.Errorf("%d %v", len(o.AllowCredentials), err)
	}
}

// With MFA a passkey is a first factor only where it counts for both.
func TestPasskeyAndMFA(t *testing.T) {
	t.Parallel()
	p := passkeyPool(t)
	token := p.token("jane", p.client)
	a := p.registered(token)
	required := func(in *cognito.SetUserPoolMfaConfigInput) {
		in.MfaConfiguration = types.UserPoolMfaTypeOn
		in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{Enabled: true}
	}
	out := p.challenge("jane")
	p.configure(required)
	_, err := p.answer("jane", out.Session, a.get(out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))
	refused(t, err, "NotAuthorizedException", badCredentials)
	if out, err := p.choose("jane", "PREFERRED_CHALLENGE", "WEB_AUTHN"); err != nil || slices.Contains(out.AvailableChallenges, types.ChallengeNameTypeWebAuthn) {
		t.Errorf("%+v %v", out, err)
	}
	p.configure(required, func(in *cognito.SetUserPoolMfaConfigInput) {
		in.WebAuthnConfiguration.FactorConfiguration = types.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification
	})
	if r, err := p.signIn("jane", a); err != nil || r == nil {
		t.Errorf("%+v %v", r, err)
	}
	a.flags = flagPresent
	_, err = p.signIn("jane", a)
	refused(t, err, "NotAuthorizedException", badCredentials)
}

// Without a relying party ID of their own pools use their domain, and on a
// development server localhost.
func TestPasskeyRelyingParty(t *testing.T) {
	t.Parallel()
	p := passkeyPool(t, func(in *cognito.SetUserPoolMfaConfigInput) {
		in.WebAuthnConfiguration = &types.WebAuthnConfigurationType{}
	})
	token := p.token("jane", p.client)
	at := func() any { return p.mustStart(token)["rp"].(map[string]any)["id"] }
	if id := at(); id != "localhost" {
		t.Errorf("without a domain: %v", id)
	}
	a := newAuthenticator(t, "localhost")
	a.origin = "http://localhost:3000"
	if err := p.complete(token, a.create(p.mustStart(token))); err != nil {
		t.Error(err)
	}
	if _, err := p.CreateUserPoolDomain(p.ctx, &cognito.CreateUserPoolDomainInput{UserPoolId: &p.pool, Domain: aws.String("shop")}); err != nil {
		t.Fatal(err)
	}
	if id := at(); id != "shop.auth.us-east-1.localhost" {
		t.Errorf("with a domain: %v", id)
	}
	_, err := p.CreateUserPoolDomain(p.ctx, &cognito.CreateUserPoolDomainInput{UserPoolId: &p.pool, Domain: aws.String("login.example.com"), CustomDomainConfig: &types.CustomDomainConfigType{
		CertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if id := at(); id != "login.example.com" {
		t.Errorf("with a custom domain: %v", id)
	}
	p.configure()
	if id := at(); id != party {
		t.Errorf("configured: %v", id)
	}
}

package userpool

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// ceremony is what a credential is checked against.
type ceremony struct {
	party, origin string
	challenge     []byte
	user          []byte
	verification  protocol.UserVerificationRequirement
}

// relying makes the relying party of the ceremony. The origin is one that
// originAllowed has found good.
func (c *ceremony) relying() (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: c.party, RPDisplayName: c.party, RPOrigins: []string{c.origin},
		// Browser extensions and client libraries add outputs that nobody asked
		// for; none is used.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

func (c *ceremony) session() webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: base64.RawURLEncoding.EncodeToString(c.challenge), RelyingPartyID: c.party, UserID: c.user,
		UserVerification: c.verification, CredParams: passkeyAlgorithms,
	}
}

// passkeyUser is the user as package webauthn wants to see it.
type passkeyUser struct {
	id   []byte
	keys []webauthn.Credential
}

func (u *passkeyUser) WebAuthnID() []byte                         { return u.id }
func (u *passkeyUser) WebAuthnName() string                       { return "" }
func (u *passkeyUser) WebAuthnDisplayName() string                { return "" }
func (u *passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// forParty tells whether authenticator data is for the relying party.
func forParty(data *protocol.AuthenticatorData, party string) bool {
	want := sha256.Sum256([]byte(party))
	return bytes.Equal(data.RPIDHash, want[:])
}

// register checks a new credential. Errors: those of
// CompleteWebAuthnRegistration.
func (c *ceremony) register(parsed *protocol.ParsedCredentialCreationData) (*store.Passkey, error) {
	client := parsed.Response.CollectedClientData
	if !originAllowed(client.Origin, c.party) {
		return nil, &types.WebAuthnOriginNotAllowedException{Message: text(msgPasskeyOrigin, []any{client.Origin})}
	}
	if !forParty(&parsed.Response.AttestationObject.AuthData, c.party) {
		return nil, &types.WebAuthnRelyingPartyMismatchException{Message: ref(msgPasskeyParty)}
	}
	c.origin = client.Origin
	party, err := c.relying()
	if err != nil {
		return nil, err
	}
	made, err := party.CreateCredential(&passkeyUser{id: c.user}, c.session(), parsed)
	if err != nil || len(made.ID) > maxCredentialID {
		return nil, &types.WebAuthnCredentialNotSupportedException{Message: ref(msgPasskeyUnsupported)}
	}
	k := &store.Passkey{
		ID: base64.RawURLEncoding.EncodeToString(made.ID), RelyingParty: c.party, PublicKey: made.PublicKey,
		Attestation: made.AttestationFormat, AAGUID: uuidText(made.Authenticator.AAGUID), Attachment: string(made.Authenticator.Attachment),
		Flags: byte(parsed.Response.AttestationObject.AuthData.Flags), SignCount: made.Authenticator.SignCount,
	}
	for _, t := range made.Transport {
		if transportForm.MatchString(string(t)) && len(k.Transports) < 10 {
			k.Transports = append(k.Transports, string(t))
		}
	}
	k.Name = passkeyName(k)
	return k, nil
}

// transportForm is what transports look like; unknown ones are kept for the
// browsers that know them (Web Authentication, section 5.8.4).
var transportForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func uuidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// assert checks an assertion with one of the passkeys. It returns the passkey,
// its new signature counter, and whether the authenticator verified the user;
// ok is false when anything is wrong, be it a counter that does not advance,
// which tells of a copy of the key.
func (c *ceremony) assert(parsed *protocol.ParsedCredentialAssertionData, keys []*store.Passkey) (k *store.Passkey, count uint32, verified, ok bool) {
	id := base64.RawURLEncoding.EncodeToString(parsed.RawID)
	for _, candidate := range keys {
		if candidate.ID == id {
			k = candidate
		}
	}
	if k == nil || !originAllowed(parsed.Response.CollectedClientData.Origin, c.party) {
		return nil, 0, false, false
	}
	c.origin = parsed.Response.CollectedClientData.Origin
	party, err := c.relying()
	if err != nil {
		return nil, 0, false, false
	}
	user := &passkeyUser{id: c.user, keys: []webauthn.Credential{{
		ID: parsed.RawID, PublicKey: k.PublicKey, AttestationFormat: k.Attestation,
		Flags:         webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(k.Flags)),
		Authenticator: webauthn.Authenticator{SignCount: k.SignCount},
	}}}
	made, err := party.ValidateLogin(user, c.session(), parsed)
	if err != nil || made.Authenticator.CloneWarning {
		return nil, 0, false, false
	}
	return k, made.Authenticator.SignCount, parsed.Response.AuthenticatorData.Flags.HasUserVerified(), true
}

// passkeyProviders names the providers whose passkeys people know by name, by
// their AAGUIDs.
var passkeyProviders = map[string]string{
	"fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
	"dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain (Managed)",
	"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
	"adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
	"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
	"9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
	"6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
	"bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
	"d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
	"531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
	"53414d53-554e-4700-0000-000000000000": "Samsung Pass",
}

// passkeyName is the name that lists show.
func passkeyName(k *store.Passkey) string {
	switch name := passkeyProviders[k.AAGUID]; {
	case name != "":
		return name
	case k.Attachment == string(protocol.CrossPlatform):
		return "Roaming passkey"
	case k.Attachment == string(protocol.Platform):
		return "Platform passkey"
	}
	return "Passkey"
}

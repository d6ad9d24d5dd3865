package userpool

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Passkeys (Developer Guide, "Authentication": passkey sign-in; Web
// Authentication Level 3). A user registers them while signed in
// (webauthn_register.go) and signs in with them by the challenge WEB_AUTHN
// (webauthn_auth.go). What both check of a credential is in webauthn_verify.go.

const (
	msgPasskeysOff          = "WebAuthn is not enabled for this user pool."
	msgPasskeysUnconfigured = "The user pool has neither a relying party ID nor a domain."
	msgPasskeyLimit         = "The user has the most passkeys that are allowed."
	msgPasskeyChallenge     = "The challenge has expired or was used."
	msgPasskeyClient        = "The challenge was made for another client."
	msgPasskeyParty         = "The credential is for another relying party."
	msgPasskeyOrigin        = "The origin %s is not allowed by the relying party ID."
	msgPasskeyUnsupported   = "The credential is not supported."
	msgPasskeyInvalid       = "Invalid credential."
	msgPasskeyTaken         = "The credential is registered already."
	msgPasskeyUnknown       = "The credential does not exist."
)

// maxPasskeys is how many passkeys a user can have (Developer Guide, "Quotas").
const maxPasskeys = 20

// maxCredentialID is the length of a credential ID in bytes (Web
// Authentication, section 4).
const maxCredentialID = 1023

// passkeyAlgorithms are ES256 and RS256 (COSE algorithms -7 and -257).
var passkeyAlgorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// passkeysOn tells whether users can sign in with passkeys.
func (p *pool) passkeysOn() bool { return p.firstFactor(types.AuthFactorTypeWebAuthn) }

// passkeyVerification is what options ask of authenticators: to verify the user
// always, or where they can.
func (p *pool) passkeyVerification() protocol.UserVerificationRequirement {
	c := p.MFA.WebAuthnConfiguration
	if p.passkeysAreMFA() || c != nil && c.UserVerification == types.UserVerificationTypeRequired {
		return protocol.VerificationRequired
	}
	return protocol.VerificationPreferred
}

// passkeysAreMFA tells whether a passkey that verified its user counts for both
// factors.
func (p *pool) passkeysAreMFA() bool {
	c := p.MFA.WebAuthnConfiguration
	return c != nil && c.FactorConfiguration == types.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification
}

// relyingParty is the relying party ID of the pool's passkeys: the configured
// one, else its domain; empty when there is neither.
func (s *Service) relyingParty(p *pool) string {
	if c := p.MFA.WebAuthnConfiguration; c != nil && aws.ToString(c.RelyingPartyId) != "" {
		return *c.RelyingPartyId
	}
	return s.relyingPartyOf(p.home(), aws.ToString(p.Doc.Domain), aws.ToString(p.Doc.CustomDomain))
}

// awsRelyingParty is AWS's rule for pools that configure no relying party ID:
// the custom domain, else the prefix domain.
func awsRelyingParty(region, prefix, custom string) string {
	switch {
	case custom != "":
		return custom
	case prefix != "":
		return prefix + ".auth." + region + ".amazoncognito.com"
	}
	return ""
}

// originAllowed tells whether a relying party ID can be used from an origin:
// the domain itself or one below it, by TLS or on this machine, as browsers
// have it (Web Authentication, section 5.1.3). Android tells the application's
// signature instead, and checks itself that the domain names the application.
func originAllowed(origin, party string) bool {
	if hash, ok := strings.CutPrefix(origin, "android:apk-key-hash:"); ok {
		b, err := base64.RawURLEncoding.DecodeString(hash)
		return err == nil && len(b) == 32
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme+"://"+u.Host != origin {
		return false
	}
	host := u.Hostname()
	if host != party && !strings.HasSuffix(host, "."+party) {
		return false
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	return u.Scheme == "https" || u.Scheme == "http" && local
}

// descriptor names a passkey in options.
type descriptor struct {
	Type       string   `json:"type" document:"type"`
	ID         string   `json:"id" document:"id"`
	Transports []string `json:"transports,omitempty" document:"transports,omitempty"`
}

func descriptors(passkeys []*store.Passkey) []descriptor {
	out := make([]descriptor, len(passkeys))
	for i, k := range passkeys {
		out[i] = descriptor{string(protocol.PublicKeyCredentialType), k.ID, k.Transports}
	}
	return out
}

// passkeysOf returns the user's passkeys for the relying party.
func passkeysOf(tx *store.Tx, u *store.User, party string) ([]*store.Passkey, error) {
	found, err := tx.Passkeys(u, "", maxPasskeys)
	var out []*store.Passkey
	for _, k := range found {
		if k.RelyingParty == party {
			out = append(out, k)
		}
	}
	return out, err
}

package userpool_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// authenticator is one passkey of a software authenticator, and the browser in
// front of it.
type authenticator struct {
	testing.TB
	signer crypto.Signer
	id     []byte
	// counter is the signature counter; at 0 there is none.
	counter uint32
	// origin is the page's.
	origin string
	// flags are what the authenticator says of the user and the key.
	flags byte
	// attestation is the format: none or packed (self attestation).
	attestation string
	// party replaces the relying party ID, kind the type of the client data,
	// challenge the challenge.
	party, kind string
	challenge   string
	// tamper changes the signature.
	tamper bool
	handle []byte
}

const (
	flagPresent  = 1 << 0
	flagVerified = 1 << 2
	flagEligible = 1 << 3
	flagBackedUp = 1 << 4
	flagAttested = 1 << 6
)

// newAuthenticator is a passkey with an ES256 key on a page of party.
func newAuthenticator(t testing.TB, party string) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authenticator{
		TB: t, signer: key, id: make([]byte, 32), origin: "https://" + party, flags: flagPresent | flagVerified, attestation: "none", counter: 1,
	}
	if _, err := rand.Read(a.id); err != nil {
		t.Fatal(err)
	}
	return a
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authenticator) unb64(text string) []byte {
	a.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		a.Fatal(err)
	}
	return b
}

// publicKey is the COSE key (RFC 9053).
func (a *authenticator) publicKey() []byte {
	a.Helper()
	var key map[int]any
	switch p := a.signer.Public().(type) {
	case *ecdsa.PublicKey:
		point, err := p.Bytes()
		if err != nil {
			a.Fatal(err)
		}
		key = map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}
	case *rsa.PublicKey:
		key = map[int]any{1: 3, 3: -257, -1: p.N.Bytes(), -2: []byte{1, 0, 1}}
	case ed25519.PublicKey:
		key = map[int]any{1: 1, 3: -8, -1: 6, -2: []byte(p)}
	}
	b, err := cbor.Marshal(key)
	if err != nil {
		a.Fatal(err)
	}
	return b
}

// data is the authenticator data.
func (a *authenticator) data(party string, flags byte) []byte {
	if a.party != "" {
		party = a.party
	}
	hash := sha256.Sum256([]byte(party))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.counter)
}

func (a *authenticator) clientData(kind, challenge string) []byte {
	a.Helper()
	if a.kind != "" {
		kind = a.kind
	}
	if a.challenge != "" {
		challenge = a.challenge
	}
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.Fatal(err)
	}
	return b
}

func (a *authenticator) sign(data, client []byte) []byte {
	a.Helper()
	hash := sha256.Sum256(client)
	message := append(append([]byte{}, data...), hash[:]...)
	digest, opts := sha256.Sum256(message), crypto.SignerOpts(crypto.SHA256)
	signed := digest[:]
	if _, ok := a.signer.(ed25519.PrivateKey); ok {
		signed, opts = message, crypto.Hash(0)
	}
	sig, err := a.signer.Sign(rand.Reader, signed, opts)
	if err != nil {
		a.Fatal(err)
	}
	if a.tamper {
		sig[len(sig)-1] ^= 1
	}
	return sig
}

// create is navigator.credentials.create: it answers the options of
// StartWebAuthnRegistration with RegistrationResponseJSON.
func (a *authenticator) create(options map[string]any) map[string]any {
	a.Helper()
	party := options["rp"].(map[string]any)["id"].(string)
	a.handle = a.unb64(options["user"].(map[string]any)["id"].(string))
	client := a.clientData("webauthn.create", options["challenge"].(string))
	data := a.data(party, a.flags|flagAttested)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), a.publicKey()...)
	statement := map[string]any{}
	if a.attestation == "packed" {
		alg := -7
		if _, ok := a.signer.(ed25519.PrivateKey); ok {
			alg = -8
		}
		statement = map[string]any{"alg": alg, "sig": a.sign(data, client)}
	}
	object, err := cbor.Marshal(map[string]any{"fmt": a.attestation, "attStmt": statement, "authData": data})
	if err != nil {
		a.Fatal(err)
	}
	return map[string]any{
		"id": base64url(a.id), "rawId": base64url(a.id), "type": "public-key", "authenticatorAttachment": "cross-platform",
		"clientExtensionResults": map[string]any{"credProps": map[string]any{"rk": true}},
		"response": map[string]any{
			"clientDataJSON": base64url(client), "attestationObject": base64url(object), "transports": []any{"hybrid", "usb"},
		},
	}
}

// get is navigator.credentials.get: it answers CREDENTIAL_REQUEST_OPTIONS with
// the text of AuthenticationResponseJSON.
func (a *authenticator) get(options string) string {
	a.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
	}
	if err := json.NewDecoder(strings.NewReader(options)).Decode(&o); err != nil {
		a.Fatal(err)
	}
	if a.counter != 0 {
		a.counter++
	}
	client, data := a.clientData("webauthn.get", o.Challenge), a.data(o.RPID, a.flags)
	b, err := json.Marshal(map[string]any{
		"id": base64url(a.id), "rawId": base64url(a.id), "type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": base64url(client), "authenticatorData": base64url(data), "signature": base64url(a.sign(data, client)), "userHandle": base64url(a.handle),
		},
	})
	if err != nil {
		a.Fatal(err)
	}
	return string(b)
}

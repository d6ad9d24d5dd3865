package signintest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"github.com/fxamacker/cbor/v2"
)

// passkey is an authenticator in software with one ES256 key, and a browser on a
// page of this machine in front of it.
type passkey struct {
	*app
	key        *ecdsa.PrivateKey
	id, handle []byte
	counter    uint32
}

// passkeyOptions are what is used of the options of both ceremonies.
type passkeyOptions struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func newPasskey(a *app) *passkey {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.ok(err)
	p := &passkey{app: a, key: key, id: make([]byte, 16)}
	rand.Read(p.id) //nolint:errcheck // it never fails
	return p
}

func raw64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *passkey) clientData(kind, challenge string) []byte {
	p.Helper()
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": "http://localhost:3000", "crossOrigin": false})
	p.ok(err)
	return b
}

func (p *passkey) data(party string, flags byte) []byte {
	hash := sha256.Sum256([]byte(party))
	p.counter++
	return binary.BigEndian.AppendUint32(append(hash[:], flags), p.counter)
}

func (p *passkey) credential(response map[string]any) map[string]any {
	return map[string]any{"id": raw64(p.id), "rawId": raw64(p.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response}
}

// create answers the options of StartWebAuthnRegistration.
func (p *passkey) create(o *passkeyOptions) map[string]any {
	p.Helper()
	var err error
	p.handle, err = base64.RawURLEncoding.DecodeString(o.User.ID)
	p.ok(err)
	point, err := p.key.PublicKey.Bytes()
	p.ok(err)
	key, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	p.ok(err)
	data := append(p.data(o.RP.ID, 0x45), make([]byte, 16)...)
	data = append(append(binary.BigEndian.AppendUint16(data, uint16(len(p.id))), p.id...), key...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	p.ok(err)
	return p.credential(map[string]any{
		"clientDataJSON": raw64(p.clientData("webauthn.create", o.Challenge)), "attestationObject": raw64(object), "transports": []string{"internal"},
	})
}

// get answers CREDENTIAL_REQUEST_OPTIONS.
func (p *passkey) get(o *passkeyOptions) string {
	p.Helper()
	client, data := p.clientData("webauthn.get", o.Challenge), p.data(o.RPID, 0x05)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, digest[:])
	p.ok(err)
	b, err := json.Marshal(p.credential(map[string]any{
		"clientDataJSON": raw64(client), "authenticatorData": raw64(data), "signature": raw64(signature), "userHandle": raw64(p.handle),
	}))
	p.ok(err)
	return string(b)
}

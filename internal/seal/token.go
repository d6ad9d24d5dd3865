package seal

import (
	"encoding/base64"
	"strings"
)

// tokenEncoding is strict, so that no two strings are the same token.
var tokenEncoding = base64.RawURLEncoding.Strict()

// SealToken encrypts payload into a string of the characters A-Z a-z 0-9 - _
// that clients can hold. It opens only for the same purpose, a constant such
// as "challenge session" that includes a version when the payload's form
// changes. n bytes make ⌈4(n+45)/3⌉ characters.
func (r *Keyring) SealToken(purpose string, payload []byte) string {
	k := r.state.Load().current
	return tokenEncoding.EncodeToString(r.sealWith(k.token, k.data.id, payload, []byte(purpose)))
}

// OpenToken returns the payload of a token that SealToken made for the same
// purpose. Its errors are [ErrUnknownKey] and [ErrTampered]; any other string
// is answered with one of them.
func (r *Keyring) OpenToken(purpose, token string) ([]byte, error) {
	// The decoder skips line ends, which would give one token many spellings.
	if strings.ContainsAny(token, "\r\n") {
		return nil, ErrTampered
	}
	sealed, err := tokenEncoding.DecodeString(token)
	if err != nil {
		return nil, ErrTampered
	}
	k, err := r.find(sealed)
	if err != nil {
		return nil, err
	}
	return openWith(k.token, sealed, []byte(purpose))
}

package srp

import (
	"crypto/subtle"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// SecretSize is the length in bytes of a challenge's secret.
const SecretSize = exponentSize

// Verifier returns v = g^x of a password, Size bytes.
func Verifier(group, identity, password string, salt []byte) []byte {
	x := privateKey(group, identity, password, salt)
	return expG(&x).fromMontgomery().bytes()
}

// CheckPassword reports in constant time whether the verifier is that of the
// password.
func CheckPassword(verifier []byte, group, identity, password string, salt []byte) bool {
	return subtle.ConstantTimeCompare(verifier, Verifier(group, identity, password, salt)) == 1
}

// NewChallenge returns the server's secret b (SecretSize bytes) and its public
// value B = kv + g^b (Size bytes) for one sign-in. The verifier has Size bytes.
func NewChallenge(verifier []byte, random ids.Source) (secret, public []byte) {
	kv := newElement(verifier).toMontgomery()
	kv.mul(kv, multiplier)
	for {
		secret = random.Bytes(SecretSize)
		b := expG((*[exponentSize]byte)(secret))
		b.add(b, kv)
		// Clients refuse zero; it will not happen.
		if !b.isZero() {
			return secret, b.fromMontgomery().bytes()
		}
	}
}

// SharedKey returns the key of KeySize bytes that the client has too if it
// knows the password: from S = (A · v^u)^b mod N. The client's public value
// comes from [ParsePublic], public and secret from [NewChallenge]. It answers
// [ErrInvalid] when a value has a wrong size or makes the key predictable.
func SharedKey(clientPublic, public, secret, verifier []byte) ([]byte, error) {
	if len(clientPublic) != Size || len(public) != Size || len(secret) != SecretSize || len(verifier) != Size {
		return nil, ErrInvalid
	}
	a, u := newElement(clientPublic), scrambler(clientPublic, public)
	if a.isZero() || u == [len(u)]byte{} {
		return nil, ErrInvalid
	}
	s := exp(newElement(verifier).toMontgomery(), u[:])
	s.mul(s, a.toMontgomery())
	return sessionKey(exp(s, secret).fromMontgomery(), u[:])
}

package srp

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

const (
	// SaltSize is the length in bytes of the salts that Cognito gives its users.
	SaltSize = 16
	// KeySize is the length in bytes of shared keys.
	KeySize = 16
	// keyLabel is the info of the key derivation.
	keyLabel = "Caldera Derived Key"
)

// pad returns the bytes of a number as all hashes take them: as few as
// possible, but with a zero in front when the top bit is set, like Java's
// BigInteger.toByteArray. Zero is one byte.
func pad(number []byte) []byte {
	number = bytes.TrimLeft(number, "\x00")
	if len(number) == 0 || number[0]&0x80 != 0 {
		return append([]byte{0}, number...)
	}
	return number
}

func hash(parts ...[]byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}

// multiplier is k = H(PAD(N) ‖ PAD(g)) in Montgomery form.
var multiplier = func() *element {
	k := hash(pad(modulus.bytes()), []byte{2})
	return newElement(k[:]).toMontgomery()
}()

// scrambler is u = H(PAD(A) ‖ PAD(B)).
func scrambler(clientPublic, public []byte) [sha256.Size]byte {
	return hash(pad(clientPublic), pad(public))
}

// privateKey is x = H(PAD(salt) ‖ H(group ‖ identity ‖ ":" ‖ password)).
func privateKey(group, identity, password string, salt []byte) [sha256.Size]byte {
	inner := hash([]byte(group), []byte(identity), []byte(":"), []byte(password))
	return hash(pad(salt), inner[:])
}

// sessionKey derives the shared key from S with u as salt.
func sessionKey(s *element, u []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, pad(s.bytes()), pad(u), keyLabel, KeySize)
}

// Signature returns PASSWORD_CLAIM_SIGNATURE before its base64 encoding: the
// HMAC-SHA256 of the pool name, the user id, the decoded secret block and the
// timestamp.
func Signature(key []byte, group, identity string, secretBlock []byte, timestamp string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(group))
	mac.Write([]byte(identity))
	mac.Write(secretBlock)
	mac.Write([]byte(timestamp))
	return mac.Sum(nil)
}

// CheckSignature reports in constant time whether claim, in base64, is the
// [Signature] of the rest.
func CheckSignature(key []byte, group, identity string, secretBlock []byte, timestamp, claim string) bool {
	want := base64.StdEncoding.EncodeToString(Signature(key, group, identity, secretBlock, timestamp))
	return hmac.Equal([]byte(want), []byte(claim))
}

// timestampLayout is day of week, month, day without padding, time, UTC, year,
// in English.
const timestampLayout = "Mon Jan 2 15:04:05 UTC 2006"

// FormatTimestamp returns t as clients send it in TIMESTAMP, such as
// "Tue Nov 3 04:05:06 UTC 2026".
func FormatTimestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// ParseTimestamp reads a TIMESTAMP in exactly the form of [FormatTimestamp].
// Only the day of the week need not be that of the date.
func ParseTimestamp(text string) (time.Time, error) {
	t, err := time.Parse(timestampLayout, text)
	// time.Parse is lenient about padding, fractions and case.
	if err != nil || FormatTimestamp(t)[3:] != text[3:] || !strings.Contains("Sun Mon Tue Wed Thu Fri Sat", text[:3]) {
		return time.Time{}, errors.New("srp: malformed timestamp")
	}
	return t, nil
}

// ErrInvalid means that a public value or a verifier is none: not a number in
// hexadecimal digits, too long, or zero modulo N.
var ErrInvalid = errors.New("srp: invalid value")

// Hex returns the digits of a public value or salt as Cognito sends them.
func Hex(value []byte) string { return hex.EncodeToString(value) }

// ParsePublic reads the other side's public value (SRP_A) from hexadecimal
// digits, in either case and with or without zeros in front, and returns its
// Size bytes. It refuses what is zero modulo N (RFC 5054, section 2.5.4) or
// longer than N.
func ParsePublic(digits string) ([]byte, error) {
	// Some clients pad; none needs more than the sign byte's two digits.
	if len(digits) > 2*Size {
		digits = strings.TrimLeft(digits, "0")
	}
	if digits == "" || len(digits) > 2*Size {
		return nil, ErrInvalid
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	value, err := hex.DecodeString(digits)
	if err != nil {
		return nil, ErrInvalid
	}
	return checked(value)
}

// ParseVerifier reads a verifier that a client computed (PasswordVerifier of
// DeviceSecretVerifierConfig, base64-decoded) and returns its Size bytes. It
// must be between 2 and N-2: 0, 1 and N-1 would let anyone in.
func ParseVerifier(value []byte) ([]byte, error) {
	full, err := checked(value)
	if err != nil {
		return nil, err
	}
	e, minusOne := load(full), *modulus
	minusOne[0]--
	if reduced := newElement(full); *reduced != *e || *e == *one || *e == minusOne {
		return nil, ErrInvalid
	}
	return full, nil
}

// checked returns value with Size bytes, unless it is too long or zero
// modulo N.
func checked(value []byte) ([]byte, error) {
	value = bytes.TrimLeft(value, "\x00")
	if len(value) > Size || newElement(value).isZero() {
		return nil, ErrInvalid
	}
	full := make([]byte, Size)
	copy(full[Size-len(value):], value)
	return full, nil
}

func mustHex(digits string) []byte {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic("srp: " + err.Error())
	}
	return b
}

// Package ids is the only source of randomness in Poolhouse: identifiers in
// AWS's formats, secrets and one-time codes. The zero [Source] reads the
// operating system's random generator; tests may give a deterministic reader.
package ids

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	digits      = "0123456789"
	lowerDigits = digits + "abcdefghijklmnopqrstuvwxyz"
	mixed       = lowerDigits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	base32Chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// Source makes identifiers and secrets. The zero value is ready for use and
// safe for concurrent use.
type Source struct {
	// Reader is where randomness comes from; nil means crypto/rand.Reader.
	Reader io.Reader
}

// Bytes returns n random bytes. It panics when the source of randomness
// fails, since nothing safe can be done without it.
func (s Source) Bytes(n int) []byte {
	b := make([]byte, n)
	r := s.Reader
	if r == nil {
		r = rand.Reader
	}
	if _, err := io.ReadFull(r, b); err != nil {
		panic("ids: no randomness: " + err.Error())
	}
	return b
}

// Text returns n characters drawn uniformly from alphabet, which holds at most
// 256 single-byte characters.
func (s Source) Text(n int, alphabet string) string {
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range s.Bytes(n - len(out)) {
			if int(b) < limit {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

// UUID returns a random RFC 4122 version 4 UUID in lower case.
func (s Source) UUID() string {
	b := s.Bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// UserPoolID returns <region>_<9 letters and digits>.
func (s Source) UserPoolID(region string) string { return region + "_" + s.Text(9, mixed) }

// ClientID returns an app client's id: 26 lower-case letters and digits.
func (s Source) ClientID() string { return s.Text(26, lowerDigits) }

// ClientSecret returns an app client's secret: 52 lower-case letters and digits.
func (s Source) ClientSecret() string { return s.Text(52, lowerDigits) }

// IdentityID returns <region>:<uuid>, the form of both identity pool ids and
// identity ids.
func (s Source) IdentityID(region string) string { return region + ":" + s.UUID() }

// Code returns a one-time code of n decimal digits.
func (s Source) Code(n int) string { return s.Text(n, digits) }

// UniqueID returns an IAM unique id: the prefix (AROA, AIDA, ANPA, ...) and 17
// characters of the base32 alphabet.
func (s Source) UniqueID(prefix string) string { return prefix + s.Text(17, base32Chars) }

// SecretAccessKey returns 40 characters of the base64 alphabet.
func (s Source) SecretAccessKey() string {
	return base64.StdEncoding.EncodeToString(s.Bytes(30))
}

// AccessKeyID returns an access key id: the prefix (AKIA or ASIA) and 16
// characters of the base32 alphabet, of which the first carry the account as
// AWS's do: the leading 48 bits are 1, then 40 bits of account, then 7 random
// bits. The account is 12 decimal digits; it panics on anything else.
func (s Source) AccessKeyID(prefix, account string) string {
	n, err := strconv.ParseUint(account, 10, 64)
	if err != nil || len(account) != 12 {
		panic(fmt.Sprintf("ids: account %q is not 12 digits", account))
	}
	b := s.Bytes(10)
	var head [8]byte
	v := uint64(1)<<47 | n<<7 | uint64(b[5]&0x7f)
	binary.BigEndian.PutUint64(head[:], v)
	copy(b, head[2:])
	return prefix + base32.StdEncoding.EncodeToString(b)
}

// AccessKeyAccount returns the account that an access key id carries, and
// whether it carries one.
func AccessKeyAccount(id string) (account string, ok bool) {
	if len(id) != 20 {
		return "", false
	}
	b, err := base32.StdEncoding.DecodeString(strings.ToUpper(id[4:]))
	if err != nil || len(b) != 10 || b[0]&0x80 == 0 {
		return "", false
	}
	var head [8]byte
	copy(head[2:], b[:6])
	n := binary.BigEndian.Uint64(head[:]) & 0x7fffffffff80 >> 7
	if n > 999_999_999_999 {
		return "", false
	}
	return fmt.Sprintf("%012d", n), true
}

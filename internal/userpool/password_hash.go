package userpool

import (
	"crypto/subtle"
	"errors"
	"runtime"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// Passwords of imported users come as hashes of the system that the users come
// from. A hash serves for one sign-in with a plain-password flow: then the
// password is known and gets an SRP verifier, and the hash is deleted.
//
// These forms are read:
//
//	$2a$12$..., $2b$..., $2y$...              bcrypt (also Auth0's exports)
//	$argon2id$v=19$m=..,t=..,p=..$salt$hash   Argon2 (RFC 9106) in PHC form; argon2i too
//	$scrypt$ln=..,r=..,p=..$salt$hash         scrypt (RFC 7914) in PHC form
//	$pbkdf2-sha256$i=..,l=..$salt$hash        PBKDF2 (RFC 8018) in PHC form, or Passlib's;
//	                                          pbkdf2-sha512 and pbkdf2 (SHA-1) too
//	pbkdf2_sha256$n$salt$hash                 Django's; pbkdf2_sha1, argon2$..., scrypt$...,
//	                                          bcrypt$... and bcrypt_sha256$... too
//	$fbscrypt$v=1,n=14,r=8,p=1,ss=..,sk=..$salt$hash   Firebase's scrypt with the project's
//	                                          salt separator (ss) and signer key (sk)
//	{"secretData":..., "credentialData":...}  a password credential of Keycloak's realm export
//
// What a hash costs is bounded, so that one cannot tie up the server.

// passwordHash is a hash that a password can be compared with.
type passwordHash struct {
	// algorithm is the one of AWS's that it is of, or empty.
	algorithm newops.PasswordHashingAlgorithmType
	// compute hashes a password as it was hashed; want is what came of it. For
	// bcrypt, whose hashes are compared as text, matches does both.
	compute func(plain string) ([]byte, error)
	want    []byte
	check   func(plain string) bool
}

var (
	errHashForm   = errors.New("The password hash has a format that is not supported.")                           //nolint:staticcheck // a line of the import's log
	errHashBounds = errors.New("The parameters of the password hash are outside of the range that is supported.") //nolint:staticcheck // a line of the import's log
)

// maxHashText bounds a hash as text.
const maxHashText = 4096

// hashing bounds how many hashes are computed at a time, each of which may take
// much memory.
var hashing = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// parsePasswordHash reads a hash in one of the forms. Errors: errHashForm,
// errHashBounds.
func parsePasswordHash(text string) (*passwordHash, error) {
	if len(text) > maxHashText {
		return nil, errHashForm
	}
	for prefix, parse := range map[string]func(string) (*passwordHash, error){
		"$2a$": parseBcrypt, "$2b$": parseBcrypt, "$2y$": parseBcrypt,
		"$argon2":        parseArgon2,
		"$scrypt$":       parseScrypt,
		"$pbkdf2":        parsePBKDF2,
		"$fbscrypt$":     parseFirebase,
		"pbkdf2_":        parseDjangoPBKDF2,
		"scrypt$":        parseDjangoScrypt,
		"argon2$":        func(s string) (*passwordHash, error) { return parseArgon2(strings.TrimPrefix(s, "argon2")) },
		"bcrypt$":        func(s string) (*passwordHash, error) { return parseBcrypt(strings.TrimPrefix(s, "bcrypt$")) },
		"bcrypt_sha256$": parseDjangoBcryptSHA256,
		"{":              parseKeycloak,
	} {
		if strings.HasPrefix(text, prefix) {
			return parse(text)
		}
	}
	return nil, errHashForm
}

// matches tells whether plain is the password that was hashed. It waits while
// too many hashes are being computed.
func (h *passwordHash) matches(plain string) bool {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	if h.check != nil {
		return h.check(plain)
	}
	got, err := h.compute(plain)
	return err == nil && subtle.ConstantTimeCompare(got, h.want) == 1
}

// hashMatches tells whether plain is the password of the hash; an unreadable
// one matches nothing.
func hashMatches(text, plain string) bool {
	h, err := parsePasswordHash(text)
	return err == nil && h.matches(plain)
}

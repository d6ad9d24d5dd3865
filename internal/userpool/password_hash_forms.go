package userpool

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // what old systems hashed with
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// The bounds of what a hash may cost: each parameter at most about a second of
// a core, or 256 MiB of memory.
const (
	maxBcryptCost    = 15
	maxPBKDF2Rounds  = 5_000_000
	maxScryptMemory  = 256 << 20
	maxScryptWork    = 1 << 24 // N*r*p
	maxArgon2KiB     = 256 << 10
	maxArgon2Work    = 4 << 20 // KiB times passes
	maxArgon2Lanes   = 64
	minHash, maxHash = 16, 512
	minSalt, maxSalt = 1, 256
	firebaseKey      = 32
	bcryptLength     = 60
	argon2Version    = 19
)

func parseBcrypt(text string) (*passwordHash, error) {
	return bcryptHash(text, func(plain string) string { return plain })
}

// parseDjangoBcryptSHA256 reads Django's bcrypt of the hexadecimal SHA-256.
func parseDjangoBcryptSHA256(text string) (*passwordHash, error) {
	h, err := bcryptHash(strings.TrimPrefix(text, "bcrypt_sha256$"), func(plain string) string {
		sum := sha256.Sum256([]byte(plain))
		return hex.EncodeToString(sum[:])
	})
	if h != nil {
		h.algorithm = ""
	}
	return h, err
}

func bcryptHash(text string, prepare func(string) string) (*passwordHash, error) {
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil || len(text) != bcryptLength {
		return nil, errHashForm
	}
	if cost > maxBcryptCost {
		return nil, errHashBounds
	}
	return &passwordHash{algorithm: newops.PasswordHashingAlgorithmTypeBcrypt, check: func(plain string) bool {
		return bcrypt.CompareHashAndPassword([]byte(text), []byte(prepare(plain))) == nil
	}}, nil
}

// phc is a hash in the PHC string format: $id[$v=version]$parameters$salt$hash.
type phc struct {
	id         string
	version    int
	params     map[string]string
	rounds     string
	salt, hash []byte
}

func parsePHC(text string) (*phc, error) {
	parts := strings.Split(strings.TrimPrefix(text, "$"), "$")
	p := &phc{id: parts[0], params: map[string]string{}}
	parts = parts[1:]
	if len(parts) == 4 {
		v, err := strconv.Atoi(strings.TrimPrefix(parts[0], "v="))
		if err != nil {
			return nil, errHashForm
		}
		p.version, parts = v, parts[1:]
	}
	if len(parts) != 3 {
		return nil, errHashForm
	}
	for _, param := range strings.Split(parts[0], ",") {
		name, value, ok := strings.Cut(param, "=")
		if !ok {
			p.rounds = param
			continue
		}
		p.params[name] = value
	}
	var err error
	if p.salt, err = base64Any(parts[1]); err != nil {
		return nil, err
	}
	p.hash, err = base64Any(parts[2])
	return p, err
}

// number is a parameter as a number; 0 when it is missing or none.
func (p *phc) number(name string) int {
	n, err := strconv.Atoi(p.params[name])
	if err != nil {
		return 0
	}
	return n
}

// base64Any decodes base64 of the standard or the URL alphabet, or Passlib's
// with a dot for the plus sign, with or without padding.
func base64Any(text string) ([]byte, error) {
	text = strings.NewReplacer(".", "+", "-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errHashForm
	}
	return b, nil
}

// hashLengths refuses salts and hashes that cannot be right. A short hash would
// match wrong passwords.
func hashLengths(salt, want []byte) error {
	if len(salt) < minSalt || len(salt) > maxSalt || len(want) < minHash || len(want) > maxHash {
		return errHashBounds
	}
	return nil
}

func parseArgon2(text string) (*passwordHash, error) {
	p, err := parsePHC(text)
	if err != nil {
		return nil, err
	}
	if p.version != argon2Version {
		return nil, errHashForm
	}
	return argon2Hash(strings.TrimPrefix(p.id, "argon2"), p.number("m"), p.number("t"), p.number("p"), p.salt, p.hash)
}

func argon2Hash(kind string, kib, passes, lanes int, salt, want []byte) (*passwordHash, error) {
	key, algorithm := argon2.IDKey, newops.PasswordHashingAlgorithmTypeArgon2id
	switch kind {
	case "id":
	case "i":
		key, algorithm = argon2.Key, ""
	default:
		return nil, errHashForm
	}
	if kib < 8 || kib > maxArgon2KiB || passes < 1 || passes > maxArgon2Work/kib || lanes < 1 || lanes > maxArgon2Lanes {
		return nil, errHashBounds
	}
	return &passwordHash{algorithm: algorithm, want: want, compute: func(plain string) ([]byte, error) {
		return key([]byte(plain), salt, uint32(passes), uint32(kib), uint8(lanes), uint32(len(want))), nil //nolint:gosec // bounded above
	}}, hashLengths(salt, want)
}

func parseScrypt(text string) (*passwordHash, error) {
	p, err := parsePHC(text)
	if err != nil {
		return nil, err
	}
	ln := p.number("ln")
	if ln < 1 || ln > 24 {
		return nil, errHashBounds
	}
	return scryptHash(1<<ln, p.number("r"), p.number("p"), p.salt, p.hash)
}

func scryptHash(n, r, p int, salt, want []byte) (*passwordHash, error) {
	if err := scryptBounds(n, r, p); err != nil {
		return nil, err
	}
	return &passwordHash{algorithm: newops.PasswordHashingAlgorithmTypeScrypt, want: want, compute: func(plain string) ([]byte, error) {
		return scrypt.Key([]byte(plain), salt, n, r, p, len(want))
	}}, hashLengths(salt, want)
}

func scryptBounds(n, r, p int) error {
	if n < 2 || n > 1<<24 || n&(n-1) != 0 || r < 1 || r > 64 || p < 1 || p > 64 || 128*n*r > maxScryptMemory || n*r*p > maxScryptWork {
		return errHashBounds
	}
	return nil
}

// parseDjangoScrypt reads scrypt$N$salt$r$p$hash.
func parseDjangoScrypt(text string) (*passwordHash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return nil, errHashForm
	}
	n, errN := strconv.Atoi(parts[1])
	r, errR := strconv.Atoi(parts[3])
	p, errP := strconv.Atoi(parts[4])
	want, err := base64Any(parts[5])
	if errN != nil || errR != nil || errP != nil || err != nil {
		return nil, errHashForm
	}
	return scryptHash(n, r, p, []byte(parts[2]), want)
}

// digests are the hash functions of PBKDF2 by the names of its forms.
var digests = map[string]func() hash.Hash{
	"pbkdf2": sha1.New, "pbkdf2-sha1": sha1.New, "pbkdf2-sha256": sha256.New, "pbkdf2-sha512": sha512.New,
}

func parsePBKDF2(text string) (*passwordHash, error) {
	p, err := parsePHC(text)
	if err != nil {
		return nil, err
	}
	rounds := p.number("i")
	if rounds == 0 {
		rounds, _ = strconv.Atoi(p.rounds)
	}
	return pbkdf2Hash(p.id, rounds, p.salt, p.hash)
}

// parseDjangoPBKDF2 reads pbkdf2_sha256$rounds$salt$hash.
func parseDjangoPBKDF2(text string) (*passwordHash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 4 {
		return nil, errHashForm
	}
	rounds, errRounds := strconv.Atoi(parts[1])
	want, err := base64Any(parts[3])
	if errRounds != nil || err != nil {
		return nil, errHashForm
	}
	return pbkdf2Hash(strings.Replace(parts[0], "_", "-", 1), rounds, []byte(parts[2]), want)
}

func pbkdf2Hash(name string, rounds int, salt, want []byte) (*passwordHash, error) {
	digest := digests[name]
	if digest == nil {
		return nil, errHashForm
	}
	if rounds < 1 || rounds > maxPBKDF2Rounds {
		return nil, errHashBounds
	}
	h := &passwordHash{want: want, compute: func(plain string) ([]byte, error) {
		return pbkdf2.Key(digest, plain, salt, rounds, len(want))
	}}
	if name == "pbkdf2-sha256" {
		h.algorithm = newops.PasswordHashingAlgorithmTypePbkdf2Sha256
	}
	return h, hashLengths(salt, want)
}

// parseFirebase reads the scrypt of Firebase Authentication: the derived key
// encrypts the project's signer key, and that is the hash.
func parseFirebase(text string) (*passwordHash, error) {
	p, err := parsePHC(text)
	if err != nil {
		return nil, err
	}
	separator, errSeparator := base64Any(p.params["ss"])
	signer, errSigner := base64Any(p.params["sk"])
	ln, r, lanes := p.number("n"), p.number("r"), p.number("p")
	if errSeparator != nil || errSigner != nil || p.number("v") != 1 {
		return nil, errHashForm
	}
	if ln < 1 || ln > 24 || len(signer) != len(p.hash) {
		return nil, errHashBounds
	}
	if err := scryptBounds(1<<ln, r, lanes); err != nil {
		return nil, err
	}
	salt := append(p.salt, separator...)
	return &passwordHash{want: p.hash, compute: func(plain string) ([]byte, error) {
		key, err := scrypt.Key([]byte(plain), salt, 1<<ln, r, lanes, firebaseKey)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		out := make([]byte, len(signer))
		cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(out, signer)
		return out, nil
	}}, hashLengths(salt, p.hash)
}

// keycloakSecret and keycloakData are what Keycloak keeps of a password.
type keycloakSecret struct {
	Value, Salt string
}

type keycloakData struct {
	HashIterations       int
	Algorithm            string
	AdditionalParameters map[string][]string
}

// parseKeycloak reads a credential of Keycloak's realm export, in which
// secretData and credentialData are objects or objects as text.
func parseKeycloak(text string) (*passwordHash, error) {
	var credential struct{ SecretData, CredentialData json.RawMessage }
	var secret keycloakSecret
	var data keycloakData
	if json.Unmarshal([]byte(text), &credential) != nil || nested(credential.SecretData, &secret) != nil || nested(credential.CredentialData, &data) != nil {
		return nil, errHashForm
	}
	salt, errSalt := base64Any(secret.Salt)
	want, errHash := base64Any(secret.Value)
	if errSalt != nil || errHash != nil {
		return nil, errHashForm
	}
	if data.Algorithm == "argon2" {
		return data.argon2(salt, want)
	}
	return pbkdf2Hash(data.Algorithm, data.HashIterations, salt, want)
}

// nested decodes an object, also one that is a string.
func nested(raw json.RawMessage, into any) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	return json.Unmarshal(raw, into)
}

func (d *keycloakData) argon2(salt, want []byte) (*passwordHash, error) {
	param := func(name string) string {
		if v := d.AdditionalParameters[name]; len(v) == 1 {
			return v[0]
		}
		return ""
	}
	kib, errMemory := strconv.Atoi(param("memory"))
	lanes, errLanes := strconv.Atoi(param("parallelism"))
	if errMemory != nil || errLanes != nil || param("version") != "1.3" {
		return nil, errHashForm
	}
	return argon2Hash(param("type"), kib, d.HashIterations, lanes, salt, want)
}

package srp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

var random ids.Source

// testdata/vectors.json was computed by amazon-cognito-identity-js 6.3.21 (the
// verifier, A, the key and the devices) and JavaScript's BigInt (B, the search
// for numbers of unusual lengths).
type vectors struct {
	SignIns []signIn
	Devices []struct{ Group, Identity, Password, Salt, Verifier string }
}

type signIn struct {
	Note, Group, Identity, Password, Salt string
	SecretA                               string `json:"a"`
	SecretB                               string `json:"b"`
	Verifier, A, B, Key                   string
	SecretBlock, Timestamp, Signature     string
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	// Names that differ in case only are no keys of their own to encoding/json,
	// unless they match exactly.
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.SignIns) < 10 || len(v.Devices) < 3 {
		t.Fatalf("%d sign-ins, %d devices", len(v.SignIns), len(v.Devices))
	}
	return v
}

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sameNumber(b []byte, digits string) bool {
	want, ok := new(big.Int).SetString(digits, 16)
	return ok && len(b) == Size && new(big.Int).SetBytes(b).Cmp(want) == 0
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t).SignIns {
		t.Run(v.Note, func(t *testing.T) {
			t.Parallel()
			verifier := Verifier(v.Group, v.Identity, v.Password, unhex(t, v.Salt))
			if !sameNumber(verifier, v.Verifier) {
				t.Errorf("verifier %x", verifier)
			}
			if !CheckPassword(verifier, v.Group, v.Identity, v.Password, unhex(t, v.Salt)) {
				t.Error("the password is refused")
			}
			secret, public := NewChallenge(verifier, ids.Source{Reader: bytes.NewReader(unhex(t, v.SecretB))})
			if !sameNumber(public, v.B) {
				t.Errorf("B %x", public)
			}
			a, err := ParsePublic(v.A)
			if err != nil {
				t.Fatal(err)
			}
			key, err := SharedKey(a, public, secret, verifier)
			if err != nil || hex.EncodeToString(key) != v.Key {
				t.Errorf("key %x, %v", key, err)
			}
			block, err := base64.StdEncoding.DecodeString(v.SecretBlock)
			if err != nil {
				t.Fatal(err)
			}
			if !CheckSignature(key, v.Group, v.Identity, block, v.Timestamp, v.Signature) {
				t.Error("the signature is refused")
			}

			c := newClient([exponentSize]byte(unhex(t, v.SecretA)))
			if !sameNumber(c.public, v.A) {
				t.Errorf("client: A %x", c.public)
			}
			key, err = c.SharedKey(v.B, v.Salt, v.Group, v.Identity, v.Password)
			if err != nil || hex.EncodeToString(key) != v.Key {
				t.Errorf("client: key %x, %v", key, err)
			}
		})
	}
}

func TestDeviceVectors(t *testing.T) {
	t.Parallel()
	for _, d := range readVectors(t).Devices {
		salt, err1 := base64.StdEncoding.DecodeString(d.Salt)
		text, err2 := base64.StdEncoding.DecodeString(d.Verifier)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		verifier, err := ParseVerifier(text)
		if err != nil || !CheckPassword(verifier, d.Group, d.Identity, d.Password, salt) {
			t.Errorf("%s: %v", d.Group, err)
		}
		if CheckPassword(verifier, d.Group, d.Identity, d.Password+"x", salt) {
			t.Errorf("%s: another password", d.Group)
		}
	}
}

// exchange runs a sign-in and reports whether both sides have the same key.
func exchange(t *testing.T, verifier []byte, salt, group, identity, password string) bool {
	t.Helper()
	c := NewClient(random)
	a, err := ParsePublic(c.Public())
	if err != nil {
		t.Fatal(err)
	}
	secret, b := NewChallenge(verifier, random)
	server, err := SharedKey(a, b, secret, verifier)
	if err != nil || len(server) != KeySize {
		t.Fatalf("%x, %v", server, err)
	}
	client, err := c.SharedKey(Hex(b), salt, group, identity, password)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(server, client)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	const group, user, password = "AbCdEfGhI", "1c3a6b80", "Passw0rd!"
	for range 3 {
		salt := random.Bytes(SaltSize)
		v := Verifier(group, user, password, salt)
		if len(v) != Size {
			t.Fatalf("%d bytes", len(v))
		}
		for _, c := range []struct {
			group, user, password string
			salt                  []byte
			want                  bool
		}{
			{group, user, password, salt, true},
			{group, user, password, append([]byte{0, 0}, salt...), true},
			{group, user, "passw0rd!", salt, false},
			{group, user, "", salt, false},
			{group, user, password + " ", salt, false},
			{group, "other", password, salt, false},
			{"other", user, password, salt, false},
			{group, user, password, random.Bytes(SaltSize), false},
			{group, user, password, nil, false},
		} {
			if got := CheckPassword(v, c.group, c.user, c.password, c.salt); got != c.want {
				t.Errorf("%+v: CheckPassword says %v", c, got)
			}
			if len(c.salt) == 0 {
				continue
			}
			if got := exchange(t, v, Hex(c.salt), c.group, c.user, c.password); got != c.want {
				t.Errorf("%+v: the keys are equal: %v", c, got)
			}
		}
		// The verifier of an unknown user is random bytes.
		if exchange(t, random.Bytes(Size), Hex(salt), group, user, password) {
			t.Error("an unknown user's key is right")
		}
	}
	if CheckPassword(nil, group, user, password, nil) || CheckPassword([]byte{1}, group, user, password, nil) {
		t.Error("a verifier of another size is accepted")
	}
}

// A client that knows the verifier but not the password computes no key: the
// server's key depends on its secret of this challenge.
func TestChallengesDiffer(t *testing.T) {
	t.Parallel()
	v := Verifier("g", "u", "p", random.Bytes(SaltSize))
	secret1, public1 := NewChallenge(v, random)
	secret2, public2 := NewChallenge(v, random)
	if bytes.Equal(secret1, secret2) || bytes.Equal(public1, public2) {
		t.Error("two challenges are the same")
	}
	a, err := ParsePublic(NewClient(random).Public())
	if err != nil {
		t.Fatal(err)
	}
	key1, err1 := SharedKey(a, public1, secret1, v)
	key2, err2 := SharedKey(a, public2, secret2, v)
	if err := errors.Join(err1, err2); err != nil || bytes.Equal(key1, key2) {
		t.Errorf("two challenges have one key, %v", err)
	}
}

func TestParsePublic(t *testing.T) {
	t.Parallel()
	n := hex.EncodeToString(modulus.bytes())
	plus := func(k int64) string { return new(big.Int).Add(bigN, big.NewInt(k)).Text(16) }
	for name, digits := range map[string]string{
		"empty": "", "zero": "0", "zeros": strings.Repeat("0", 768), "many zeros": strings.Repeat("0", 5000),
		"N": n, "N in upper case": strings.ToUpper(n), "N padded": "00" + n, "2N": new(big.Int).Lsh(bigN, 1).Text(16),
		"3N": new(big.Int).Mul(bigN, big.NewInt(3)).Text(16), "long": strings.Repeat("f", 769), "very long": strings.Repeat("1", 1<<20),
		"no digits": "xyz", "sign": "-1", "plus": "+1", "prefix": "0x12", "blank": " 12", "line end": "12\n", "beyond ASCII": "１２",
	} {
		if v, err := ParsePublic(digits); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %x, %v", name, v, err)
		}
	}
	for name, c := range map[string]struct{ digits, want string }{
		"one": {"1", "1"}, "odd": {"abc", "abc"}, "upper case": {"ABC", "abc"}, "padded": {strings.Repeat("0", 900) + "abc", "abc"},
		"N-1": {plus(-1), plus(-1)}, "above N": {plus(1), plus(1)}, "largest": {strings.Repeat("f", 768), strings.Repeat("f", 768)},
		"sign byte": {"00" + strings.Repeat("f", 768), strings.Repeat("f", 768)},
	} {
		v, err := ParsePublic(c.digits)
		if err != nil || !sameNumber(v, c.want) {
			t.Errorf("%s: %x, %v", name, v, err)
		}
	}
}

func TestParseVerifier(t *testing.T) {
	t.Parallel()
	number := func(k int64) []byte { return new(big.Int).Add(bigN, big.NewInt(k)).Bytes() }
	for name, v := range map[string][]byte{
		"empty": nil, "zero": {0}, "one": {1}, "N-1": number(-1), "N": number(0), "N+1": number(1),
		"largest": bytes.Repeat([]byte{255}, Size), "long": bytes.Repeat([]byte{1}, Size+1),
	} {
		if got, err := ParseVerifier(v); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	for name, v := range map[string][]byte{"two": {2}, "padded": {0, 0, 2}, "N-2": number(-2), "sign byte": append([]byte{0}, number(-2)...)} {
		if got, err := ParseVerifier(v); err != nil || !sameNumber(got, hex.EncodeToString(v)) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

// What ParsePublic refuses, SharedKey refuses too, and it never panics.
func TestSharedKeyRefuses(t *testing.T) {
	t.Parallel()
	v := Verifier("g", "u", "p", []byte("salt"))
	secret, public := NewChallenge(v, random)
	a := unhex(t, NewClient(random).Public())
	if _, err := SharedKey(a, public, secret, v); err != nil {
		t.Fatal(err)
	}
	zero, n := make([]byte, Size), modulus.bytes()
	for name, c := range map[string][4][]byte{
		"A of zero":      {zero, public, secret, v},
		"A of N":         {n, public, secret, v},
		"no A":           {nil, public, secret, v},
		"short A":        {a[1:], public, secret, v},
		"long A":         {append(a[:Size:Size], 0), public, secret, v},
		"short B":        {a, public[1:], secret, v},
		"short secret":   {a, public, secret[1:], v},
		"long secret":    {a, public, append(secret[:SecretSize:SecretSize], 0), v},
		"short verifier": {a, public, secret, v[1:]},
		"nothing":        {},
	} {
		if key, err := SharedKey(c[0], c[1], c[2], c[3]); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %x, %v", name, key, err)
		}
	}
}

func TestClientRefuses(t *testing.T) {
	t.Parallel()
	c := NewClient(random)
	n := hex.EncodeToString(modulus.bytes())
	for name, p := range map[string][2]string{
		"B of zero": {"0", "ab"}, "B of N": {n, "ab"}, "no B": {"", "ab"}, "B of text": {"xyz", "ab"},
		"no salt": {"5", ""}, "salt of text": {"5", "xyz"}, "negative salt": {"5", "-5"},
	} {
		if key, err := c.SharedKey(p[0], p[1], "g", "u", "p"); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %x, %v", name, key, err)
		}
	}
}

func TestCheckSignature(t *testing.T) {
	t.Parallel()
	const timestamp = "Tue Mar 3 04:05:06 UTC 2026"
	key, block := random.Bytes(KeySize), []byte("block")
	claim := base64.StdEncoding.EncodeToString(Signature(key, "pool", "user", block, timestamp))
	if !CheckSignature(key, "pool", "user", block, timestamp, claim) {
		t.Fatal("refused")
	}
	for name, ok := range map[string]bool{
		"key":       CheckSignature(random.Bytes(KeySize), "pool", "user", block, timestamp, claim),
		"pool":      CheckSignature(key, "Pool", "user", block, timestamp, claim),
		"user":      CheckSignature(key, "pool", "other", block, timestamp, claim),
		"block":     CheckSignature(key, "pool", "user", nil, timestamp, claim),
		"timestamp": CheckSignature(key, "pool", "user", block, "Tue Mar 3 04:05:07 UTC 2026", claim),
		"empty":     CheckSignature(key, "pool", "user", block, timestamp, ""),
		"cut":       CheckSignature(key, "pool", "user", block, timestamp, claim[:len(claim)-1]),
		"no base64": CheckSignature(key, "pool", "user", block, timestamp, "!"+claim[1:]),
	} {
		if ok {
			t.Errorf("another %s is accepted", name)
		}
	}
}

func TestTimestamp(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"Tue Nov 3 04:05:06 UTC 2026":  time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC),
		"Mon Dec 31 23:59:59 UTC 2029": time.Date(2029, 12, 31, 23, 59, 59, 0, time.UTC),
		"Thu Feb 29 00:00:00 UTC 2024": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := ParseTimestamp(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if got := FormatTimestamp(want.In(time.FixedZone("x", 7200))); got != text {
			t.Errorf("%v: %s", want, got)
		}
	}
	if got, err := ParseTimestamp("Mon Nov 3 04:05:06 UTC 2026"); err != nil || got.Day() != 3 {
		t.Errorf("another day of the week: %v, %v", got, err)
	}
	for _, text := range []string{
		"", "Tue Nov 03 04:05:06 UTC 2026", "Tue Nov  3 04:05:06 UTC 2026", "tue Nov 3 04:05:06 UTC 2026", "ue  Nov 3 04:05:06 UTC 2026", "Tue Nov 3 4:05:06 UTC 2026",
		"Tue Nov 3 04:05:06 GMT 2026", "Tue Nov 3 04:05:06 2026", "Tue Nov 3 04:05:06.5 UTC 2026", "Tue Nov 3 04:05 UTC 2026",
		"tue nov 3 04:05:06 utc 2026", "Tue Nov 3 24:05:06 UTC 2026", "Sat Feb 30 04:05:06 UTC 2026", "Di Nov 3 04:05:06 UTC 2026",
		"Tue Nov 3 04:05:06 UTC 2026 ", "2026-11-03T04:05:06Z", "Tue Nov 3 04:05:06 UTC 26",
	} {
		if got, err := ParseTimestamp(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzParsePublic(f *testing.F) {
	for _, s := range []string{"", "0", "abc", "-1", strings.Repeat("f", 768), hex.EncodeToString(modulus.bytes())} {
		f.Add(s)
	}
	v := Verifier("g", "u", "p", []byte("salt"))
	secret, public := NewChallenge(v, random)
	f.Fuzz(func(t *testing.T, digits string) {
		a, err := ParsePublic(digits)
		if err != nil {
			return
		}
		if !sameNumber(a, digits) {
			t.Errorf("%q is read as %x", digits, a)
		}
		if key, err := SharedKey(a, public, secret, v); err != nil || len(key) != KeySize {
			t.Errorf("%q: %x, %v", digits, key, err)
		}
	})
}

func FuzzParseVerifier(f *testing.F) {
	f.Add([]byte{})
	f.Add(modulus.bytes())
	f.Fuzz(func(t *testing.T, value []byte) {
		v, err := ParseVerifier(value)
		if err == nil && (len(v) != Size || !bytes.Equal(pad(v), pad(value))) {
			t.Errorf("%x is read as %x", value, v)
		}
	})
}

func BenchmarkVerifier(b *testing.B) {
	salt := random.Bytes(SaltSize)
	for b.Loop() {
		Verifier("AbCdEfGhI", "user", "Passw0rd!", salt)
	}
}

func BenchmarkNewChallenge(b *testing.B) {
	v := Verifier("AbCdEfGhI", "user", "Passw0rd!", random.Bytes(SaltSize))
	for b.Loop() {
		NewChallenge(v, random)
	}
}

func BenchmarkSharedKey(b *testing.B) {
	v := Verifier("AbCdEfGhI", "user", "Passw0rd!", random.Bytes(SaltSize))
	secret, public := NewChallenge(v, random)
	a := unhex(b, NewClient(random).Public())
	for b.Loop() {
		if _, err := SharedKey(a, public, secret, v); err != nil {
			b.Fatal(err)
		}
	}
}

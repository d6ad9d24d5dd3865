package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

var random ids.Source

func newRing(t testing.TB, keys ...DataKey) *Keyring {
	t.Helper()
	if len(keys) == 0 {
		keys = []DataKey{NewDataKey(1, random)}
	}
	r, err := NewKeyring(random, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	for _, plain := range [][]byte{nil, {}, []byte("x"), bytes.Repeat([]byte("secret"), 10000)} {
		for _, aad := range [][]byte{nil, []byte("users/verifier/42")} {
			sealed := r.Seal(plain, aad)
			if len(sealed) != len(plain)+Overhead {
				t.Errorf("%d bytes sealed to %d", len(plain), len(sealed))
			}
			if len(plain) > 1 && bytes.Contains(sealed, plain[:6]) {
				t.Error("the plaintext shows")
			}
			got, err := r.Open(sealed, aad)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("opened %d bytes to %d: %v", len(plain), len(got), err)
			}
		}
	}
	if bytes.Equal(r.Seal([]byte("x"), nil), r.Seal([]byte("x"), nil)) {
		t.Error("two seals of one value are the same")
	}
}

// Sealing appends to a slice of its own: neither input may change.
func TestSealLeavesInputsAlone(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	buf := []byte("plaintext and the rest")
	sealed := r.Seal(buf[:9:22], buf[14:])
	before := bytes.Clone(sealed)
	if _, err := r.Open(sealed, buf[14:]); err != nil {
		t.Fatal(err)
	}
	if string(buf) != "plaintext and the rest" || !bytes.Equal(before, sealed) {
		t.Error("an input changed")
	}
}

func TestOpenRefusesEveryChangedBit(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	aad := []byte("table/column/row")
	sealed := r.Seal([]byte("the secret"), aad)
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		want := ErrTampered
		if b := i / 8; b >= 1 && b < headSize {
			want = ErrUnknownKey
		}
		if plain, err := r.Open(bad, aad); !errors.Is(err, want) || plain != nil {
			t.Fatalf("bit %d flipped: %q, %v; want %v", i, plain, err, want)
		}
	}
	for n := range sealed {
		if _, err := r.Open(sealed[:n], aad); !errors.Is(err, ErrTampered) {
			t.Fatalf("first %d bytes: %v", n, err)
		}
	}
	if _, err := r.Open(append(bytes.Clone(sealed), 0), aad); !errors.Is(err, ErrTampered) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestOpenRefusesOtherAssociatedData(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	sealed := r.Seal([]byte("the secret"), []byte("table/column/row1"))
	for _, aad := range []string{"", "table/column/row", "table/column/row2", "table/column/row1 "} {
		if _, err := r.Open(sealed, []byte(aad)); !errors.Is(err, ErrTampered) {
			t.Errorf("associated data %q: %v", aad, err)
		}
	}
}

// A key of another store that happens to have the same id must not open.
func TestOpenRefusesOtherKey(t *testing.T) {
	t.Parallel()
	sealed := newRing(t).Seal([]byte("the secret"), nil)
	if _, err := newRing(t).Open(sealed, nil); !errors.Is(err, ErrTampered) {
		t.Errorf("same id: %v", err)
	}
	if _, err := newRing(t, NewDataKey(2, random)).Open(sealed, nil); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("other id: %v", err)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	one, two := NewDataKey(1, random), NewDataKey(2, random)
	here, there := newRing(t, one), newRing(t, one)
	old := here.Seal([]byte("old"), nil)
	if err := here.Add(two); err != nil {
		t.Fatal(err)
	}
	if got := here.CurrentKeyID(); got != 2 {
		t.Errorf("current key %d after the rotation", got)
	}
	if got, err := here.Open(old, nil); err != nil || string(got) != "old" {
		t.Errorf("value from before the rotation: %q, %v", got, err)
	}
	sealed, token := here.Seal([]byte("new"), nil), here.SealToken("p", []byte("new"))
	if id, ok := KeyID(sealed); !ok || id != 2 {
		t.Errorf("KeyID = %d, %v", id, ok)
	}
	if _, err := there.Open(sealed, nil); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("value of a key that is not loaded: %v", err)
	}
	if _, err := there.OpenToken("p", token); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("token of a key that is not loaded: %v", err)
	}
	if err := there.Add(one, two); err != nil {
		t.Fatal(err)
	}
	if got, err := there.Open(sealed, nil); err != nil || string(got) != "new" {
		t.Errorf("value after loading the key: %q, %v", got, err)
	}
	if got, err := there.OpenToken("p", token); err != nil || string(got) != "new" {
		t.Errorf("token after loading the key: %q, %v", got, err)
	}
	// An older key that arrives late opens but does not seal.
	late := newRing(t, two)
	if err := late.Add(one); err != nil || late.CurrentKeyID() != 2 {
		t.Errorf("current key %d, %v", late.CurrentKeyID(), err)
	}
}

func TestKeyringRefusesBadKeys(t *testing.T) {
	t.Parallel()
	if _, err := NewKeyring(random); err == nil {
		t.Error("a keyring without keys")
	}
	if _, err := NewKeyring(random, NewDataKey(1, random), NewDataKey(1, random)); err == nil {
		t.Error("two keys with one id")
	}
	r := newRing(t, NewDataKey(1, random))
	if err := r.Add(NewDataKey(2, random), NewDataKey(1, random)); err == nil {
		t.Error("another key with the same id")
	}
	if r.CurrentKeyID() != 1 {
		t.Error("a failed Add added a key")
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				if err := r.Add(NewDataKey(uint32(2+i*50+j), random)); err != nil {
					t.Error(err)
				}
				sealed := r.Seal([]byte("x"), nil)
				if _, err := r.Open(sealed, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := r.CurrentKeyID(); got != 401 {
		t.Errorf("current key %d, want 401", got)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	for _, payload := range []string{"", "a", "ab", "abc", strings.Repeat("long", 500)} {
		token := r.SealToken("session", []byte(payload))
		if want := (4*(len(payload)+45) + 2) / 3; len(token) != want {
			t.Errorf("%d bytes make %d characters, want %d", len(payload), len(token), want)
		}
		if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("token %q has other characters", token)
		}
		got, err := r.OpenToken("session", token)
		if err != nil || string(got) != payload {
			t.Errorf("opened to %q, %v", got, err)
		}
	}
}

func TestOpenTokenRefuses(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	token := r.SealToken("session", []byte("payload"))
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":             "",
		"one character":     "A",
		"not base64":        "!" + token[1:],
		"standard alphabet": strings.Repeat("+/", 40),
		"padded":            token + "==",
		"line end":          token[:10] + "\n" + token[10:],
		"carriage return":   token + "\r\n",
		"blank":             token + " ",
		"shortened":         token[:len(token)-1],
		"lengthened":        token + "A",
		"a sealed value":    base64.RawURLEncoding.EncodeToString(r.Seal([]byte("payload"), []byte("session"))),
		"only a head":       base64.RawURLEncoding.EncodeToString(raw[:headSize]),
		"huge":              strings.Repeat("A", 1<<20),
	} {
		if got, err := r.OpenToken("session", bad); err == nil {
			t.Errorf("%s: opened to %q", name, got)
		}
	}
	for _, purpose := range []string{"", "Session", "session ", "access"} {
		if _, err := r.OpenToken(purpose, token); !errors.Is(err, ErrTampered) {
			t.Errorf("purpose %q: %v", purpose, err)
		}
	}
	// A token is no sealed value either.
	if _, err := r.Open(raw, []byte("session")); !errors.Is(err, ErrTampered) {
		t.Errorf("opened a token as a value: %v", err)
	}
	// Every other spelling of every character is another token or none.
	for i := range token {
		for _, c := range "AZaz09-_BQgw" {
			bad := token[:i] + string(c) + token[i+1:]
			if bad == token {
				continue
			}
			if _, err := r.OpenToken("session", bad); err == nil {
				t.Fatalf("character %d replaced by %q opens", i, c)
			}
		}
	}
}

func TestDerive(t *testing.T) {
	t.Parallel()
	one, two := NewDataKey(1, random), NewDataKey(2, random)
	r := newRing(t, one)
	salt := r.Derive("pseudo salt", 32)
	if len(salt) != 32 || len(r.Derive("x", 100)) != 100 {
		t.Error("wrong length")
	}
	if bytes.Equal(salt, r.Derive("other", 32)) {
		t.Error("two purposes share a key")
	}
	if err := r.Add(two); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(salt, r.Derive("pseudo salt", 32)) {
		t.Error("a rotation changed the derived key")
	}
	if !bytes.Equal(salt, newRing(t, two, one).Derive("pseudo salt", 32)) {
		t.Error("another node derives another key")
	}
	if bytes.Equal(salt, newRing(t, two).Derive("pseudo salt", 32)) {
		t.Error("the derived key does not depend on the data key")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	master, key := NewMasterKey(random), NewDataKey(7, random)
	wrapped := master.Wrap(key, random)
	if bytes.Equal(wrapped, master.Wrap(key, random)) {
		t.Error("two wraps are the same")
	}
	got, err := master.Unwrap(7, wrapped)
	if err != nil || *got.key.b != *key.key.b || got.ID() != 7 {
		t.Errorf("unwrapped key differs: %v", err)
	}
	if _, err := NewMasterKey(random).Unwrap(7, wrapped); !errors.Is(err, ErrWrongMasterKey) {
		t.Errorf("other master key: %v", err)
	}
	if _, err := master.Unwrap(8, wrapped); !errors.Is(err, ErrTampered) {
		t.Errorf("other id: %v", err)
	}
	for i := range len(wrapped) * 8 {
		bad := bytes.Clone(wrapped)
		bad[i/8] ^= 1 << (i % 8)
		want := ErrTampered
		if b := i / 8; b >= 1 && b < 9 {
			want = ErrWrongMasterKey
		}
		if _, err := master.Unwrap(7, bad); !errors.Is(err, want) {
			t.Fatalf("bit %d flipped: %v, want %v", i, err, want)
		}
	}
	for _, n := range []int{0, 1, 9, len(wrapped) - 1} {
		if _, err := master.Unwrap(7, wrapped[:n]); !errors.Is(err, ErrTampered) {
			t.Errorf("first %d bytes: %v", n, err)
		}
	}
}

func TestParseMasterKey(t *testing.T) {
	t.Parallel()
	raw := random.Bytes(32)
	want := newMasterKey(raw).check
	for _, text := range []string{
		hex.EncodeToString(raw),
		strings.ToUpper(hex.EncodeToString(raw)),
		base64.StdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw),
		"  " + base64.RawStdEncoding.EncodeToString(raw) + "\r\n",
	} {
		if m, err := ParseMasterKey(text); err != nil || m.check != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"", " \n", "secret", "correct horse battery staple", "&&&&",
		hex.EncodeToString(raw[:31]), hex.EncodeToString(raw) + "00",
		base64.StdEncoding.EncodeToString(raw[:16]),
		strings.Repeat("0", 64), strings.Repeat("A", 43),
	} {
		_, err := ParseMasterKey(text)
		if err == nil {
			t.Errorf("%q is accepted", text)
		} else if text = strings.TrimSpace(text); text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the key: %v", err)
		}
	}
}

func TestLoadOrCreateMasterKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	first, created, err := LoadOrCreateMasterKey(path, random)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, created, err := LoadOrCreateMasterKey(path, random)
	if err != nil || created || again.check != first.check {
		t.Errorf("second time: created %v, same %v, %v", created, again.check == first.check, err)
	}
	if names, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadOrCreateMasterKey(path, random); err != nil {
		t.Errorf("read-only file: %v", err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o660, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, _, err := LoadOrCreateMasterKey(path, random); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}

func TestLoadMasterKeyRefusesGarbage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"empty": "", "short": "c2hvcnQ=", "garbage": "\x00\x01\x02\xff", "long": strings.Repeat("YQ", 4000),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, created, err := LoadOrCreateMasterKey(path, random); err == nil || created || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: created %v, %v", name, created, err)
		}
		if kept, _ := os.ReadFile(path); string(kept) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, _, err := LoadOrCreateMasterKey(dir, random); err == nil {
		t.Error("a directory is accepted")
	}
	if _, _, err := LoadOrCreateMasterKey(filepath.Join(dir, "none", "master.key"), random); err == nil {
		t.Error("a missing directory is accepted")
	}
}

// Processes that start together on one directory agree on one key.
func TestCreateMasterKeyRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	var wg sync.WaitGroup
	found, made := make([]MasterKey, 8), make([]bool, 8)
	for i := range found {
		wg.Go(func() {
			var err error
			if found[i], made[i], err = LoadOrCreateMasterKey(path, random); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	creators := 0
	for i := range found {
		if found[i].check != found[0].check {
			t.Error("two keys")
		}
		if made[i] {
			creators++
		}
	}
	if creators != 1 {
		t.Errorf("%d creators", creators)
	}
}

func TestKeysAreNeverPrinted(t *testing.T) {
	t.Parallel()
	raw := bytes.Repeat([]byte("\xa5\x5b"), 16)
	master := newMasterKey(raw)
	data := DataKey{id: 1, key: newSecret(raw)}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("keys", "master", master, "data", data)
	for _, v := range []any{master, data, &master, &data, struct{ k DataKey }{data}, struct{ m MasterKey }{master}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(j)
	}
	text := strings.ToLower(out.String())
	k1 := master.wrap.k1
	for _, leak := range []string{"a55b", "165 91", "0xa5", "\xa5\x5b", hex.EncodeToString(k1[:2]), fmt.Sprint(k1[0], k1[1])} {
		if strings.Contains(text, leak) {
			t.Errorf("%q shows in %s", leak, text)
		}
	}
	if !strings.Contains(text, redacted) {
		t.Error("no placeholder")
	}
}

func FuzzOpen(f *testing.F) {
	r := newRing(f)
	f.Add(r.Seal([]byte("x"), nil), []byte(nil))
	f.Add([]byte{1, 0, 0, 0, 1}, []byte("aad"))
	f.Fuzz(func(t *testing.T, sealed, aad []byte) {
		// The ring's key is random, so nothing but the first seed can be authentic.
		if plain, err := r.Open(sealed, aad); err == nil && (string(plain) != "x" || len(aad) != 0) {
			t.Errorf("%x opens to %x", sealed, plain)
		} else if err != nil && !errors.Is(err, ErrTampered) && !errors.Is(err, ErrUnknownKey) {
			t.Error(err)
		}
	})
}

func FuzzOpenToken(f *testing.F) {
	r := newRing(f)
	f.Add("p", r.SealToken("p", []byte("x")))
	f.Add("", "AQAAAAE")
	f.Fuzz(func(t *testing.T, purpose, token string) {
		if plain, err := r.OpenToken(purpose, token); err == nil && (string(plain) != "x" || purpose != "p") {
			t.Errorf("%q opens to %x", token, plain)
		} else if err != nil && !errors.Is(err, ErrTampered) && !errors.Is(err, ErrUnknownKey) {
			t.Error(err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	r, plain, aad := newRing(b), make([]byte, 384), []byte("users/verifier/42")
	b.ReportAllocs()
	for b.Loop() {
		r.Seal(plain, aad)
	}
}

func BenchmarkOpen(b *testing.B) {
	r, aad := newRing(b), []byte("users/verifier/42")
	sealed := r.Seal(make([]byte, 384), aad)
	b.ReportAllocs()
	for b.Loop() {
		r.Open(sealed, aad)
	}
}

func BenchmarkSealToken(b *testing.B) {
	r, payload := newRing(b), make([]byte, 200)
	b.ReportAllocs()
	for b.Loop() {
		r.SealToken("session", payload)
	}
}

func BenchmarkOpenToken(b *testing.B) {
	r := newRing(b)
	token := r.SealToken("session", make([]byte, 200))
	b.ReportAllocs()
	for b.Loop() {
		r.OpenToken("session", token)
	}
}

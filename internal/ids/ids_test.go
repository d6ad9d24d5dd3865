package ids

import (
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// seeded is a source that gives the same identifiers in every run.
func seeded(seed byte) Source { return Source{Reader: rand.NewChaCha8([32]byte{seed})} }

func TestFormats(t *testing.T) {
	t.Parallel()
	var s Source
	for name, f := range map[string]struct {
		make func() string
		form string
	}{
		"UUID":            {s.UUID, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		"UserPoolID":      {func() string { return s.UserPoolID("eu-west-1") }, `^eu-west-1_[0-9A-Za-z]{9}$`},
		"ClientID":        {s.ClientID, `^[a-z0-9]{26}$`},
		"ClientSecret":    {s.ClientSecret, `^[a-z0-9]{52}$`},
		"IdentityID":      {func() string { return s.IdentityID("us-east-1") }, `^us-east-1:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`},
		"UniqueID":        {func() string { return s.UniqueID("AROA") }, `^AROA[A-Z2-7]{17}$`},
		"SecretAccessKey": {s.SecretAccessKey, `^[A-Za-z0-9/+]{40}$`},
		"AccessKeyID":     {func() string { return s.AccessKeyID("AKIA", "123456789012") }, `^AKIARZPUZDIK[A-P][A-Z2-7]{7}$`},
		"Text":            {func() string { return s.Text(30, "ab") }, `^[ab]{30}$`},
	} {
		form, seen := regexp.MustCompile(f.form), map[string]bool{}
		for range 200 {
			id := f.make()
			if !form.MatchString(id) {
				t.Fatalf("%s: %q", name, id)
			}
			if seen[id] {
				t.Fatalf("%s: %q came twice", name, id)
			}
			seen[id] = true
		}
	}
	for n := range 12 {
		if code := s.Code(n); len(code) != n || strings.Trim(code, "0123456789") != "" {
			t.Errorf("code of %d digits: %q", n, code)
		}
	}
}

// Every character of an alphabet comes as often as the others: the chi-squared
// statistic stays below its 99.99th percentile. The source is seeded, so the
// outcome is the same in every run.
func TestTextIsUniform(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		alphabet string
		limit    float64
	}{
		{digits, 33.7}, {base32Chars, 71.8}, {lowerDigits, 77.6}, {mixed, 112.3},
	} {
		const perChar = 2000
		text := seeded(1).Text(perChar*len(c.alphabet), c.alphabet)
		sum := 0.0
		for _, char := range c.alphabet {
			d := float64(strings.Count(text, string(char)) - perChar)
			sum += d * d / perChar
		}
		if sum > c.limit {
			t.Errorf("%s: chi-squared %.1f", c.alphabet, sum)
		}
	}
}

func TestSourceIsRead(t *testing.T) {
	t.Parallel()
	if a, b := seeded(1).UUID(), seeded(1).UUID(); a != b {
		t.Errorf("one seed gives %s and %s", a, b)
	}
	if a, b := seeded(1).UUID(), seeded(2).UUID(); a == b {
		t.Error("two seeds give one UUID")
	}
	if b := (Source{Reader: strings.NewReader("abcdef")}).Bytes(4); string(b) != "abcd" {
		t.Errorf("%q", b)
	}
}

// Rejected bytes are drawn again, not mapped to the start of the alphabet.
func TestTextRejects(t *testing.T) {
	t.Parallel()
	s := Source{Reader: strings.NewReader("\xff\xfe\xfa\x09\x00")}
	if got := s.Text(2, digits); got != "90" {
		t.Errorf("%q", got)
	}
	s = Source{Reader: strings.NewReader("\xf9")}
	if got := s.Text(1, digits); got != "9" {
		t.Errorf("%q", got)
	}
}

func TestNoRandomnessPanics(t *testing.T) {
	t.Parallel()
	for _, r := range []io.Reader{strings.NewReader("short"), failing{}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("went on without randomness")
				}
			}()
			Source{Reader: r}.Bytes(16)
		}()
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestSecretAccessKeyHas30Bytes(t *testing.T) {
	t.Parallel()
	var s Source
	if b, err := base64.StdEncoding.DecodeString(s.SecretAccessKey()); err != nil || len(b) != 30 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestAccessKeyAccount(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"ASIAQNZGKIQY56JQ7WML": "029608264753",
		"asiaqnzgkiqy56jq7wml": "029608264753",
		"AKIAQAAAAAAAA2222222": "000000000000",
	} {
		if got, ok := AccessKeyAccount(id); !ok || got != want {
			t.Errorf("%s: %s, %v", id, got, ok)
		}
	}
	for _, id := range []string{
		"", "AKIA", "test", "AKIAIOSFODNN7EXAMPLE", "AKIAJ2222222222222222", "ASIAQNZGKIQY56JQ7WM", "ASIAQNZGKIQY56JQ7WMLA",
		"ASIAQNZGKIQY56JQ7WM1", "ASIA================", "ASIAQNZGKIQY56JQ7W==", "123456789012", "ASIAQNZGKIQY\n6JQ7WML", "AKIA7222222222222222",
		"ASIAQNZGKIQYQA======", "ASIAQNZGKIQY\n\n\n\n\n\n\n\n",
	} {
		if got, ok := AccessKeyAccount(id); ok {
			t.Errorf("%q carries %s", id, got)
		}
	}
}

func TestAccessKeyCarriesAccount(t *testing.T) {
	t.Parallel()
	var s Source
	prefixes := map[string]string{"123456789012": "AKIARZPUZDIK", "111111111111": "AKIARTXV5AHD", "000000000000": "AKIAQAAAAAAA"}
	for account, prefix := range prefixes {
		if id := s.AccessKeyID("AKIA", account); !strings.HasPrefix(id, prefix) {
			t.Errorf("account %s: %s", account, id)
		}
	}
	rapid.Check(t, func(p *rapid.T) {
		account := rapid.StringMatching(`[0-9]{12}`).Draw(p, "account")
		id := s.AccessKeyID(rapid.SampledFrom([]string{"AKIA", "ASIA"}).Draw(p, "prefix"), account)
		if got, ok := AccessKeyAccount(id); !ok || got != account {
			p.Fatalf("%s: %s, %v", id, got, ok)
		}
	})
}

// The bits that do not carry the account are random.
func TestAccessKeyVaries(t *testing.T) {
	t.Parallel()
	var s Source
	ninth := map[byte]bool{}
	for range 300 {
		ninth[s.AccessKeyID("AKIA", "123456789012")[12]] = true
	}
	if len(ninth) != 16 {
		t.Errorf("%d different characters after the account, want 16", len(ninth))
	}
}

func TestAccessKeyIDRefusesAccounts(t *testing.T) {
	t.Parallel()
	for _, account := range []string{"", "12345678901", "1234567890123", "12345678901x", "-12345678901", "+12345678901"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is accepted", account)
				}
			}()
			Source{}.AccessKeyID("AKIA", account)
		}()
	}
}

func FuzzAccessKeyAccount(f *testing.F) {
	for _, id := range []string{"ASIAQNZGKIQY56JQ7WML", "", "AKIA================", "AKIAIOSFODNN7EXAMPLE"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		account, ok := AccessKeyAccount(id)
		if ok && (len(account) != 12 || strings.Trim(account, digits) != "") {
			t.Errorf("%q carries %q", id, account)
		}
	})
}

// The alphabets name no character twice, or it would come twice as often.
func TestAlphabets(t *testing.T) {
	t.Parallel()
	for _, alphabet := range []string{digits, lowerDigits, mixed, base32Chars} {
		chars := []byte(alphabet)
		slices.Sort(chars)
		if len(slices.Compact(chars)) != len(alphabet) {
			t.Errorf("%q repeats a character", alphabet)
		}
	}
}

func BenchmarkUUID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Source{}.UUID()
	}
}

package srp

import (
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

var random ids.Source

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	salt := random.Bytes(SaltSize)
	v := Verifier("AbCdEfGhI", "user", "Passw0rd!", salt)
	for password, want := range map[string]bool{"Passw0rd!": true, "passw0rd!": false, "": false} {
		c := NewClient(random)
		a, err := ParsePublic(c.Public())
		if err != nil {
			t.Fatal(err)
		}
		secret, b := NewChallenge(v, random)
		key, err := SharedKey(a, b, secret, v)
		if err != nil {
			t.Fatal(err)
		}
		clientKey, err := c.SharedKey(Hex(b), Hex(salt), "AbCdEfGhI", "user", password)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(key) == string(clientKey); got != want {
			t.Errorf("password %q: keys are equal: %v", password, got)
		}
		if got := CheckPassword(v, "AbCdEfGhI", "user", password, salt); got != want {
			t.Errorf("password %q: CheckPassword says %v", password, got)
		}
	}
}

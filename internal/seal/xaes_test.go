package seal

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The vectors are those of https://c2sp.org/XAES-256-GCM; they cover both
// values of the top bit in the derivation of k1.
func TestXAESVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		key       byte
		aad, want string
	}{
		{0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		x := newXAES(bytes.Repeat([]byte{v.key}, 32))
		nonce := []byte("ABCDEFGHIJKLMNOPQRSTUVWX")
		got := x.seal(nil, nonce, []byte("XAES-256-GCM"), []byte(v.aad))
		if hex.EncodeToString(got) != v.want {
			t.Errorf("key %d: sealed to %x, want %s", v.key, got, v.want)
		}
		plain, err := x.open(nil, nonce, got, []byte(v.aad))
		if err != nil || string(plain) != "XAES-256-GCM" {
			t.Errorf("key %d: opened to %q, %v", v.key, plain, err)
		}
	}
}

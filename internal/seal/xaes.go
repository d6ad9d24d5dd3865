package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

const (
	keySize   = 32
	nonceSize = 24
	tagSize   = 16
)

// xaes is XAES-256-GCM (https://c2sp.org/XAES-256-GCM) under one key. It is
// safe for concurrent use.
type xaes struct {
	block cipher.Block
	// k1 is the first subkey of CMAC (NIST SP 800-38B, section 6.1), which the
	// derivation of message keys uses (SP 800-108r1, CMAC in counter mode).
	k1 *[aes.BlockSize]byte
}

// newXAES panics when key is not 32 bytes long.
func newXAES(key []byte) *xaes {
	if len(key) != keySize {
		panic("seal: key is not 32 bytes")
	}
	x := &xaes{block: must(aes.NewCipher(key)), k1: new([aes.BlockSize]byte)}
	x.block.Encrypt(x.k1[:], x.k1[:])
	var carry byte
	for i := len(x.k1) - 1; i >= 0; i-- {
		next := x.k1[i] >> 7
		x.k1[i] = x.k1[i]<<1 | carry
		carry = next
	}
	x.k1[len(x.k1)-1] ^= byte(subtle.ConstantTimeSelect(int(carry), 0x87, 0))
	return x
}

// message returns the AES-256-GCM of the message whose nonce starts with the
// 12 bytes prefix.
func (x *xaes) message(prefix []byte) cipher.AEAD {
	var key [2 * aes.BlockSize]byte
	for half := range 2 {
		m := key[half*aes.BlockSize:][:aes.BlockSize]
		m[1], m[2] = byte(half+1), 'X'
		copy(m[4:], prefix)
		subtle.XORBytes(m, m, x.k1[:])
		x.block.Encrypt(m, m)
	}
	return must(cipher.NewGCM(must(aes.NewCipher(key[:]))))
}

// seal appends ciphertext and tag to dst; nonce has 24 bytes.
func (x *xaes) seal(dst, nonce, plaintext, aad []byte) []byte {
	return x.message(nonce[:12]).Seal(dst, nonce[12:], plaintext, aad)
}

// open appends the plaintext to dst, or fails when anything was changed.
func (x *xaes) open(dst, nonce, ciphertext, aad []byte) ([]byte, error) {
	return x.message(nonce[:12]).Open(dst, nonce[12:], ciphertext, aad)
}

// must is for constructors that fail only for sizes that are constant here.
func must[T any](v T, err error) T {
	if err != nil {
		panic("seal: " + err.Error())
	}
	return v
}

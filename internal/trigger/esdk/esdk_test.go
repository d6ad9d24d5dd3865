package esdk_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/poolhouse-id/poolhouse/internal/trigger/esdk"
)

// reader takes a message apart.
type reader struct{ rest []byte }

func (r *reader) take(n int) []byte {
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint16() int { return int(binary.BigEndian.Uint16(r.take(2))) }

func (r *reader) field() string { return string(r.take(r.uint16())) }

// decrypt reads a message as the format's reference has it.
func decrypt(message, dataKey []byte) (secret []byte, context map[string]string, keyARN string, err error) {
	r := &reader{message}
	if got := r.take(4); !bytes.Equal(got, []byte{1, 0x80, 0x03, 0x78}) {
		return nil, nil, "", errors.New("another version, type or suite")
	}
	id := r.take(16)
	aad := &reader{[]byte(r.field())}
	context = map[string]string{}
	for range aad.uint16() {
		name := aad.field()
		context[name] = aad.field()
	}
	if r.uint16() != 1 || r.field() != "aws-kms" {
		return nil, nil, "", errors.New("not one data key of aws-kms")
	}
	keyARN = r.field()
	r.field()
	if !bytes.Equal(r.take(10), []byte{2, 0, 0, 0, 0, 12, 0, 0, 0x10, 0}) {
		return nil, nil, "", errors.New("not framed by 4096 bytes")
	}
	header := message[:len(message)-len(r.rest)]
	key, err := hkdf.Key(sha512.New384, dataKey, nil, "\x03\x78"+string(id), 32)
	if err != nil {
		return nil, nil, "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, "", err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, "", err
	}
	iv := r.take(12)
	if _, err := aead.Open(nil, iv, r.take(16), header); err != nil {
		return nil, nil, "", err
	}
	if !bytes.Equal(r.take(8), []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1}) {
		return nil, nil, "", errors.New("not a final frame")
	}
	iv = r.take(12)
	n := r.take(4)
	frame := append(append(append([]byte{}, id...), "AWSKMSEncryptionClient Final Frame\x00\x00\x00\x01\x00\x00\x00\x00"...), n...)
	secret, err = aead.Open(nil, iv, r.take(int(binary.BigEndian.Uint32(n))+16), frame)
	if err != nil {
		return nil, nil, "", err
	}
	signed := message[:len(message)-len(r.rest)]
	signature := []byte(r.field())
	if len(r.rest) > 0 {
		return nil, nil, "", errors.New("more follows the signature")
	}
	point, err := base64.StdEncoding.DecodeString(context["aws-crypto-public-key"])
	if err != nil {
		return nil, nil, "", err
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P384(), point)
	sum := sha512.Sum384(signed)
	if x == nil || !ecdsa.VerifyASN1(publicKey(x, y), sum[:], signature) {
		return nil, nil, "", errors.New("the signature is not good")
	}
	return secret, context, keyARN, nil
}

func publicKey(x, y *big.Int) *ecdsa.PublicKey {
	b := append([]byte{4}, append(x.FillBytes(make([]byte, 48)), y.FillBytes(make([]byte, 48))...)...)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), b)
	if err != nil {
		panic(err)
	}
	return key
}

const keyARN = "arn:aws:kms:eu-west-1:123456789012:key/8a23102c-9b68-4fed-82ce-523c5363539e"

func TestEncrypt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 0, 4096).Draw(t, "secret")
		context := rapid.MapOfN(rapid.StringN(1, 20, 40), rapid.StringN(0, 20, 40), 0, 4).Draw(t, "context")
		dataKey := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "data key")
		var shown map[string]string
		message, err := esdk.Encrypt(secret, context, func(c map[string]string) (*esdk.DataKey, error) {
			shown = c
			return &esdk.DataKey{Plaintext: dataKey, Ciphertext: []byte("sealed"), KeyARN: keyARN}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, in, key, err := decrypt(message, dataKey)
		if err != nil || !bytes.Equal(got, secret) || key != keyARN {
			t.Fatalf("decrypted %q under %s, %v", got, key, err)
		}
		if len(in) != len(context)+1 || len(shown) != len(in) {
			t.Fatalf("context %v, shown to KMS %v", in, shown)
		}
		for name, value := range in {
			if shown[name] != value || name != "aws-crypto-public-key" && context[name] != value {
				t.Fatalf("context %v, shown to KMS %v, given %v", in, shown, context)
			}
		}
		message[rapid.IntRange(0, len(message)-1).Draw(t, "place")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if changed(message, dataKey) {
			t.Fatal("a changed message decrypts")
		}
	})
}

// changed tells whether a changed message decrypts. The data key's ciphertext is
// for KMS to check, and lengths may lead out of the message.
func changed(message, dataKey []byte) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	_, _, _, err := decrypt(message, dataKey)
	return err == nil
}

func TestEncryptRefuses(t *testing.T) {
	t.Parallel()
	never := func(map[string]string) (*esdk.DataKey, error) { return nil, errors.New("KMS says no") }
	if _, err := esdk.Encrypt([]byte("s"), nil, never); err == nil || err.Error() != "KMS says no" {
		t.Errorf("without a data key: %v", err)
	}
	if _, err := esdk.Encrypt([]byte(strings.Repeat("s", 4097)), nil, never); err == nil || err.Error() == "KMS says no" {
		t.Errorf("a secret that is too long: %v", err)
	}
}

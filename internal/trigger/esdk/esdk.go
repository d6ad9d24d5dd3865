// Package esdk encrypts small secrets in the message format of the AWS
// Encryption SDK, version 1, as Amazon Cognito does for the codes that it hands
// to custom sender triggers:
//
//	message, err := esdk.Encrypt(secret, context, key)
//
// Any AWS Encryption SDK that has access to the KMS key decrypts the message.
// The algorithm suite is 0x0378: AES-256-GCM with a 12-byte IV and a 16-byte tag,
// HKDF with SHA-384, ECDSA on P-384 ("AWS Encryption SDK algorithms reference" and
// "AWS Encryption SDK message format reference" in its Developer Guide). A
// message has a single frame, so that a secret has at most 4096 bytes.
package esdk

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

const (
	version     = 1
	typeData    = 0x80
	suite       = 0x0378
	framed      = 2
	ivLength    = 12
	frameLength = 4096
	finalFrame  = 0xffffffff
	finalFrames = "AWSKMSEncryptionClient Final Frame"
	// publicKeyEntry holds the key that verifies the message's signature.
	publicKeyEntry = "aws-crypto-public-key"
	keyProvider    = "aws-kms"
)

// DataKey is a key that KMS made for one message (KMS API, GenerateDataKey).
type DataKey struct {
	// Plaintext are the key's 32 bytes, Ciphertext the same under the KMS key.
	Plaintext, Ciphertext []byte
	// KeyARN is the KMS key.
	KeyARN string
}

// GenerateKey makes a data key for an encryption context, under which alone
// it can be decrypted again.
type GenerateKey func(encryptionContext map[string]string) (*DataKey, error)

// Encrypt makes a message of the secret. The encryption context is in the message
// in clear, but protected from change.
func Encrypt(secret []byte, encryptionContext map[string]string, generate GenerateKey) ([]byte, error) {
	if len(secret) > frameLength {
		return nil, errors.New("esdk: the secret is longer than a frame")
	}
	signer, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	full := maps.Clone(encryptionContext)
	if full == nil {
		full = map[string]string{}
	}
	public, err := compressed(&signer.PublicKey)
	if err != nil {
		return nil, err
	}
	full[publicKeyEntry] = base64.StdEncoding.EncodeToString(public)
	key, err := generate(full)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	aead, err := messageKey(key.Plaintext, id)
	if err != nil {
		return nil, err
	}
	message := sealHeader(aead, header(id, full, key))
	message = append(message, sealBody(aead, id, secret)...)
	return sign(signer, message)
}

// compressed is the short form of a point (SEC 1, section 2.3.3).
func compressed(key *ecdsa.PublicKey) ([]byte, error) {
	point, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	n := len(point) / 2
	return append([]byte{2 + point[2*n]&1}, point[1:1+n]...), nil
}

// messageKey derives the message's own key from the data key.
func messageKey(dataKey, id []byte) (cipher.AEAD, error) {
	info := append(binary.BigEndian.AppendUint16(nil, suite), id...)
	derived, err := hkdf.Key(sha512.New384, dataKey, nil, string(info), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func header(id []byte, encryptionContext map[string]string, key *DataKey) []byte {
	b := []byte{version, typeData}
	b = binary.BigEndian.AppendUint16(b, suite)
	b = append(b, id...)
	aad := binary.BigEndian.AppendUint16(nil, uint16(len(encryptionContext)))
	for _, name := range slices.Sorted(maps.Keys(encryptionContext)) {
		aad = field(field(aad, name), encryptionContext[name])
	}
	b = field(b, string(aad))
	b = binary.BigEndian.AppendUint16(b, 1)
	b = field(field(field(b, keyProvider), key.KeyARN), string(key.Ciphertext))
	b = append(b, framed, 0, 0, 0, 0, ivLength)
	return binary.BigEndian.AppendUint32(b, frameLength)
}

// field appends a value after its length.
func field(b []byte, v string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
}

// sealHeader appends the header's authentication: an IV of zeros and the tag.
func sealHeader(aead cipher.AEAD, header []byte) []byte {
	iv := make([]byte, ivLength)
	tag := aead.Seal(nil, iv, nil, header)
	return append(append(slices.Clone(header), iv...), tag...)
}

// sealBody makes the single, final frame.
func sealBody(aead cipher.AEAD, id, secret []byte) []byte {
	const sequence = 1
	aad := append(slices.Clone(id), finalFrames...)
	aad = binary.BigEndian.AppendUint32(aad, sequence)
	aad = binary.BigEndian.AppendUint64(aad, uint64(len(secret)))
	iv := binary.BigEndian.AppendUint32(make([]byte, ivLength-4), sequence)
	b := binary.BigEndian.AppendUint32(nil, finalFrame)
	b = binary.BigEndian.AppendUint32(b, sequence)
	b = append(b, iv...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(secret)))
	return append(b, aead.Seal(nil, iv, secret, aad)...)
}

func sign(signer *ecdsa.PrivateKey, message []byte) ([]byte, error) {
	sum := sha512.Sum384(message)
	signature, err := ecdsa.SignASN1(rand.Reader, signer, sum[:])
	if err != nil {
		return nil, err
	}
	return field(message, string(signature)), nil
}

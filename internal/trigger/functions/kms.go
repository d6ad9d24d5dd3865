package functions

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/trigger/esdk"
)

// KMS stands for AWS KMS between the server and the functions that it runs: it
// makes data keys and decrypts them again, for any key ARN, so that sender
// functions decrypt codes with the AWS Encryption SDK as on AWS. It knows no
// other operation.
type KMS struct {
	aead cipher.AEAD
}

var _ trigger.DataKeys = (*KMS)(nil)

// NewKMS makes a KMS whose data keys are under the 32-byte key.
func NewKMS(key []byte) (*KMS, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &KMS{aead}, err
}

// GenerateDataKey implements trigger.DataKeys.
func (k *KMS) GenerateDataKey(_ context.Context, keyARN string, encryptionContext map[string]string) (*esdk.DataKey, error) {
	plain := make([]byte, 32)
	if _, err := rand.Read(plain); err != nil {
		return nil, err
	}
	blob := part(nil, keyARN)
	blob = k.aead.Seal(blob, nil, plain, associated(keyARN, encryptionContext))
	return &esdk.DataKey{Plaintext: plain, Ciphertext: blob, KeyARN: keyARN}, nil
}

// open decrypts a data key and tells which key it is under.
func (k *KMS) open(blob []byte, encryptionContext map[string]string) (keyARN string, plain []byte, ok bool) {
	if len(blob) < 4 {
		return "", nil, false
	}
	n := binary.BigEndian.Uint32(blob)
	if uint64(len(blob)) < 4+uint64(n) {
		return "", nil, false
	}
	keyARN = string(blob[4 : 4+n])
	plain, err := k.aead.Open(nil, nil, blob[4+n:], associated(keyARN, encryptionContext))
	return keyARN, plain, err == nil
}

// associated binds a data key to its KMS key and encryption context.
func associated(keyARN string, encryptionContext map[string]string) []byte {
	b := part(nil, keyARN)
	for _, name := range slices.Sorted(maps.Keys(encryptionContext)) {
		b = part(part(b, name), encryptionContext[name])
	}
	return b
}

func part(b []byte, v string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
}

// ServeHTTP answers Decrypt (KMS API Reference) in AWS JSON 1.1.
func (k *KMS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Amz-Target") != "TrentService.Decrypt" {
		kmsError(w, "UnsupportedOperationException", "only Decrypt is answered here")
		return
	}
	var in struct {
		CiphertextBlob    []byte
		EncryptionContext map[string]string
		KeyID             string `json:"KeyId"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil || json.NewDecoder(bytes.NewReader(body)).Decode(&in) != nil {
		kmsError(w, "SerializationException", "the request cannot be read")
		return
	}
	keyARN, plain, ok := k.open(in.CiphertextBlob, in.EncryptionContext)
	switch {
	case !ok:
		kmsError(w, "InvalidCiphertextException", "")
	case in.KeyID != "" && in.KeyID != keyARN:
		kmsError(w, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	default:
		kmsAnswer(w, http.StatusOK, map[string]any{"KeyId": keyARN, "Plaintext": plain, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
	}
}

func kmsError(w http.ResponseWriter, code, message string) {
	kmsAnswer(w, http.StatusBadRequest, map[string]string{"__type": code, "message": message})
}

func kmsAnswer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	// A caller that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(v)
}

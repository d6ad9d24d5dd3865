package functions_test

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
)

const keyARN = "arn:aws:kms:eu-west-1:111122223333:key/8a23102c-9b68-4fed-82ce-523c5363539e"

func newKMS(t testing.TB) *functions.KMS {
	t.Helper()
	k, err := functions.NewKMS(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The SDK decrypts what was made, under the same context alone.
func TestKMS(t *testing.T) {
	t.Parallel()
	k := newKMS(t)
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	client := kms.New(kms.Options{
		Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), RetryMaxAttempts: 1,
	})
	encryptionContext := map[string]string{"userpool-id": "eu-west-1_AbCdEfGhI", "k": "v"}
	key, err := k.GenerateDataKey(t.Context(), keyARN, encryptionContext)
	if err != nil || len(key.Plaintext) != 32 || key.KeyARN != keyARN || bytes.Contains(key.Ciphertext, key.Plaintext) {
		t.Fatalf("data key %+v, %v", key, err)
	}
	out, err := client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: key.Ciphertext, EncryptionContext: encryptionContext, KeyId: aws.String(keyARN)})
	if err != nil || !bytes.Equal(out.Plaintext, key.Plaintext) || aws.ToString(out.KeyId) != keyARN {
		t.Fatalf("decrypted %+v, %v", out, err)
	}
	changed := bytes.Clone(key.Ciphertext)
	changed[len(changed)-1] ^= 1
	for name, in := range map[string]*kms.DecryptInput{
		"another context": {CiphertextBlob: key.Ciphertext, EncryptionContext: map[string]string{"userpool-id": "eu-west-1_Other"}},
		"no context":      {CiphertextBlob: key.Ciphertext},
		"changed":         {CiphertextBlob: changed, EncryptionContext: encryptionContext},
		"cut off":         {CiphertextBlob: key.Ciphertext[:10], EncryptionContext: encryptionContext},
		"nonsense":        {CiphertextBlob: []byte{255, 255, 255, 255, 1}},
	} {
		var bad *types.InvalidCiphertextException
		if _, err := client.Decrypt(t.Context(), in); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var other *types.IncorrectKeyException
	if _, err := client.Decrypt(t.Context(), &kms.DecryptInput{
		CiphertextBlob: key.Ciphertext, EncryptionContext: encryptionContext, KeyId: aws.String("arn:aws:kms:eu-west-1:111122223333:key/other"),
	}); !errors.As(err, &other) {
		t.Errorf("another key: %v", err)
	}
	_, err = client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(keyARN), Plaintext: []byte("x")})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "UnsupportedOperationException" {
		t.Errorf("Encrypt: %v", err)
	}
}

// Contexts that differ never stand for each other, however their parts are cut.
func TestKMSContexts(t *testing.T) {
	t.Parallel()
	k := newKMS(t)
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	client := kms.New(kms.Options{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	contexts := rapid.MapOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1, 3, -1), rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1, 3, -1), 1, 2)
	rapid.Check(t, func(rt *rapid.T) {
		made, given := contexts.Draw(rt, "made"), contexts.Draw(rt, "given")
		key, err := k.GenerateDataKey(t.Context(), keyARN, made)
		if err != nil {
			rt.Fatal(err)
		}
		same := len(made) == len(given)
		for name, value := range made {
			same = same && given[name] == value
		}
		_, err = client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: key.Ciphertext, EncryptionContext: given})
		if (err == nil) != same {
			rt.Fatalf("made with %v, decrypted with %v: %v", made, given, err)
		}
	})
}

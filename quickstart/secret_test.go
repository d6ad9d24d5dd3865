package quickstart_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/quickstart"
)

// secretsManager answers GetSecretValue out of a map of answers.
func secretsManager(t *testing.T, answers map[string]string) aws.Config {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ SecretId string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
			t.Errorf("unexpected request %s: %v", r.Header.Get("X-Amz-Target"), err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer, ok := answers[in.SecretId]
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			answer = `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`
		}
		io.WriteString(w, answer) //nolint:errcheck // the client went away
	}))
	t.Cleanup(srv.Close)
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(srv.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

func TestSecretPassword(t *testing.T) {
	t.Parallel()
	secret := func(text string) string {
		b, err := json.Marshal(map[string]string{"SecretString": text})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	cfg := secretsManager(t, map[string]string{
		"plain":     secret(password),
		"object":    secret(`{"username":"jane","password":"` + password + `"}`),
		"digits":    secret(`1234567890`),
		"no member": secret(`{"pass":"` + password + `"}`),
		"number":    secret(`{"password":12}`),
		"empty":     secret(""),
		"binary":    `{"SecretBinary":"` + "Q29ycmVjdC1ob3JzZS03" + `"}`,
	})
	for id, want := range map[string]string{"plain": password, "object": password, "digits": "1234567890"} {
		if got, err := quickstart.SecretPassword(context.Background(), cfg, id); err != nil || got != want {
			t.Errorf("%s: %q, %v", id, got, err)
		}
	}
	for id, want := range map[string]string{
		"no member": `without a text member "password"`, "number": `without a text member "password"`,
		"empty": "has no text", "binary": "has no text", "unknown": "ResourceNotFoundException",
	} {
		got, err := quickstart.SecretPassword(context.Background(), cfg, id)
		if got != "" || err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), id) || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %q, %v", id, got, err)
		}
	}
}

package trigger_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/trigger/esdk"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const kmsKey = "arn:aws:kms:eu-west-1:123456789012:key/8a23102c-9b68-4fed-82ce-523c5363539e"

// fixedKeys makes the same data key every time, and keeps what it was asked for.
type fixedKeys struct {
	err     error
	keyARN  string
	context map[string]string
}

func (k *fixedKeys) GenerateDataKey(_ context.Context, keyARN string, encryptionContext map[string]string) (*esdk.DataKey, error) {
	k.keyARN, k.context = keyARN, encryptionContext
	return &esdk.DataKey{Plaintext: make([]byte, 32), Ciphertext: []byte("sealed"), KeyARN: keyARN}, k.err
}

func senderMessage(t *testing.T, code string) *store.Message {
	t.Helper()
	in := userpool.SenderMessage{
		Function: *arn("sender"), KMSKeyID: kmsKey, RequestType: "customEmailSenderRequestV1", Code: code, Event: *sample("CustomEmailSender_SignUp"),
	}
	in.Event.Functions, in.Event.Password = nil, ""
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return &store.Message{ID: "1", Channel: deliver.Function, Body: string(body), Attempts: 1}
}

func TestSender(t *testing.T) {
	t.Parallel()
	f, keys := &echo{}, &fixedKeys{}
	s := &trigger.Sender{Runner: trigger.New(trigger.Config{Invoker: f}), Keys: keys}
	if err := s.Send(t.Context(), senderMessage(t, "123456")); err != nil {
		t.Fatal(err)
	}
	if f.arn != *arn("sender") || keys.keyARN != kmsKey || keys.context["userpool-id"] != "eu-west-1_AbCdEfGhI" || keys.context["aws-crypto-public-key"] == "" {
		t.Errorf("function %s, key %s, context %v", f.arn, keys.keyARN, keys.context)
	}
	var event map[string]any
	if err := json.Unmarshal(f.event, &event); err != nil {
		t.Fatal(err)
	}
	request := event["request"].(map[string]any)
	code := request["code"].(string)
	if !strings.HasPrefix(code, "AYADe") {
		t.Errorf("code %s", code)
	}
	// The code is another one every time.
	request["code"] = "encrypted"
	b, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "CustomEmailSender_SignUp", b)
	if err := s.Send(t.Context(), senderMessage(t, "")); err != nil || !strings.Contains(string(f.event), `"code":null`) {
		t.Errorf("a message without a code: %s, %v", f.event, err)
	}
}

// What another try may mend waits in the outbox, up to three tries.
func TestSenderFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		attempts  int64
		permanent bool
	}{
		"missing":            {trigger.ErrUnknownFunction, 1, true},
		"not allowed":        {&trigger.InvokeError{Code: "AccessDeniedException"}, 1, true},
		"throttled":          {&trigger.InvokeError{Code: "TooManyRequestsException", Retry: true}, 1, false},
		"throttled too long": {&trigger.InvokeError{Code: "TooManyRequestsException", Retry: true}, 3, true},
		"slow":               {context.DeadlineExceeded, 2, false},
	} {
		s := &trigger.Sender{Runner: trigger.New(trigger.Config{Invoker: &script{steps: []func(context.Context) (*trigger.Output, error){fails(c.err)}}}), Keys: &fixedKeys{}}
		m := senderMessage(t, "123456")
		m.Attempts = c.attempts
		if err := s.Send(t.Context(), m); err == nil || deliver.IsPermanent(err) != c.permanent {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := &trigger.Sender{Runner: trigger.New(trigger.Config{Invoker: &echo{}}), Keys: &fixedKeys{err: errors.New("KMS is away")}}
	if err := s.Send(t.Context(), senderMessage(t, "654321")); err == nil || deliver.IsPermanent(err) || strings.Contains(err.Error(), "654321") {
		t.Errorf("without KMS: %v", err)
	}
	if err := s.Send(t.Context(), &store.Message{Body: "{"}); err == nil || !deliver.IsPermanent(err) {
		t.Errorf("a message that cannot be read: %v", err)
	}
}

func TestKMS(t *testing.T) {
	t.Parallel()
	answer, asked := `{"CiphertextBlob":"c2VhbGVk","Plaintext":"`+strings.Repeat("QUFB", 10)+`QUE=","KeyId":"`+kmsKey+`"}`, ""
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked = r.Header.Get("Authorization") + r.Header.Get("X-Amz-Target") + string(b)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	k := trigger.NewKMS(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), RetryMaxAttempts: 1}, server.URL)
	key, err := k.GenerateDataKey(t.Context(), kmsKey, map[string]string{"userpool-id": "p"})
	if err != nil || len(key.Plaintext) != 32 || string(key.Ciphertext) != "sealed" || key.KeyARN != kmsKey {
		t.Fatalf("data key %+v, %v", key, err)
	}
	for _, want := range []string{"/eu-west-1/kms/aws4_request", "TrentService.GenerateDataKey", `"KeySpec":"AES_256"`, `"userpool-id":"p"`, kmsKey} {
		if !strings.Contains(asked, want) {
			t.Errorf("the request has no %s: %s", want, asked)
		}
	}
	answer = `{"CiphertextBlob":"c2VhbGVk","Plaintext":"QUFB","KeyId":"k"}`
	if _, err := k.GenerateDataKey(t.Context(), kmsKey, nil); err == nil {
		t.Error("a key of 3 bytes is taken")
	}
	answer, status = `{"__type":"AccessDeniedException","message":"no"}`, http.StatusBadRequest
	if _, err := k.GenerateDataKey(t.Context(), kmsKey, nil); err == nil || !strings.Contains(err.Error(), "AccessDeniedException") {
		t.Errorf("refused: %v", err)
	}
}

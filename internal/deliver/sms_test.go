package deliver_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// endpoint is an HTTP server that answers the statuses in turn, the last one
// for ever, and keeps what it got.
type endpoint struct {
	*httptest.Server
	answer func(status int) string

	mu       sync.Mutex
	statuses []int
	heads    []http.Header
	bodies   []string
}

func newEndpoint(t *testing.T, statuses ...int) *endpoint {
	e := &endpoint{statuses: statuses}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heads, e.bodies = append(e.heads, r.Header), append(e.bodies, string(body))
		status := e.statuses[0]
		if len(e.statuses) > 1 {
			e.statuses = e.statuses[1:]
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		if e.answer != nil {
			io.WriteString(w, e.answer(status))
		}
	}))
	t.Cleanup(e.Close)
	return e
}

// newSMSBox is a box for text messages.
func newSMSBox(t testing.TB, sms deliver.Transport) *box {
	t.Helper()
	b := &box{t: t, clock: clock.NewFixed(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))}
	b.db = storetest.Open(t, store.Config{Clock: b.clock})
	b.Deliverer = deliver.New(deliver.Config{Store: b.db, SMS: sms})
	return b
}

func text(number string) store.Message {
	return store.Message{PoolID: "us-east-1_pool", Username: "bob", Channel: deliver.SMS, Purpose: "SignUp", Destination: number, Body: "Your confirmation code is 123456"}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	server := newEndpoint(t, http.StatusServiceUnavailable, http.StatusAccepted)
	hook, err := deliver.ParseWebhook(server.URL+"/sms?key=k", "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	b := newSMSBox(t, hook)
	b.enqueue(text("+15555550100"))
	b.flush()
	if got := b.list(deliver.Filter{}); len(got) != 1 || got[0].State != "QUEUED" || got[0].Error != "webhook: status 503" {
		t.Fatalf("after a try that failed: %+v", got)
	}
	b.clock.Advance(time.Second)
	b.flush()
	if got := b.list(deliver.Filter{}); len(got) != 0 {
		t.Errorf("left behind: %+v", got)
	}
	if len(server.bodies) != 2 || server.bodies[0] != server.bodies[1] {
		t.Fatalf("bodies %q", server.bodies)
	}
	head := server.heads[1]
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write([]byte(head.Get("Poolhouse-Id") + "." + head.Get("Poolhouse-Timestamp") + "." + server.bodies[1]))
	if got := head.Get("Poolhouse-Signature"); got != "v1="+hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %q", got)
	}
	var message map[string]string
	if err := json.Unmarshal([]byte(server.bodies[1]), &message); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"channel": "SMS", "purpose": "SignUp", "userPoolId": "us-east-1_pool", "username": "bob", "destination": "+15555550100",
		"body": "Your confirmation code is 123456", "createdAt": "2026-01-02T03:04:05Z", "id": head.Get("Poolhouse-Id"),
	} {
		if message[name] != want {
			t.Errorf("%s is %q, want %q", name, message[name], want)
		}
	}
}

func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	for status, state := range map[int]string{
		http.StatusBadRequest: "FAILED", http.StatusUnauthorized: "FAILED", http.StatusFound: "FAILED",
		http.StatusTooManyRequests: "QUEUED", http.StatusRequestTimeout: "QUEUED", http.StatusBadGateway: "QUEUED",
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			server := newEndpoint(t, status)
			b := newSMSBox(t, &deliver.Webhook{URL: server.URL})
			b.enqueue(text("+15555550100"))
			b.flush()
			if got := b.list(deliver.Filter{}); len(got) != 1 || string(got[0].State) != state {
				t.Errorf("message %+v", got)
			}
			if len(server.bodies) != 1 {
				t.Errorf("%d requests", len(server.bodies))
			}
			if got := server.heads[0].Get("Poolhouse-Signature"); got != "" {
				t.Errorf("a signature without a secret: %q", got)
			}
		})
	}
}

// The URL may have a secret in it.
func TestWebhookKeepsItsURL(t *testing.T) {
	t.Parallel()
	server := newEndpoint(t, http.StatusOK)
	server.Close()
	m := text("+15555550100")
	err := (&deliver.Webhook{URL: server.URL + "/?key=s3cret"}).Send(t.Context(), &m)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
	for _, bad := range []string{"ftp://example.com/s3cret", "//example.com/s3cret", "https://", "%s3cret"} {
		if _, err := deliver.ParseWebhook(bad, ""); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func newSNS(e *endpoint) *deliver.SNS {
	return deliver.NewSNS(aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")}, e.URL)
}

func snsAnswer(code string) func(int) string {
	return func(status int) string {
		if status == http.StatusOK {
			return `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
		}
		return `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>` + code + `</Code><Message>no</Message></Error></ErrorResponse>`
	}
}

func TestSNS(t *testing.T) {
	t.Parallel()
	server := newEndpoint(t, http.StatusInternalServerError, http.StatusOK)
	server.answer = snsAnswer("InternalError")
	b := newSMSBox(t, newSNS(server))
	b.enqueue(text("+15555550100"))
	b.flush()
	if got := b.list(deliver.Filter{}); len(got) != 1 || got[0].State != "QUEUED" {
		t.Fatalf("after a try that failed: %+v", got)
	}
	b.clock.Advance(time.Second)
	b.flush()
	if got := b.list(deliver.Filter{}); len(got) != 0 {
		t.Errorf("left behind: %+v", got)
	}
	if len(server.bodies) != 2 {
		t.Fatalf("%d requests", len(server.bodies))
	}
	form, err := url.ParseQuery(server.bodies[1])
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Action": "Publish", "PhoneNumber": "+15555550100", "Message": "Your confirmation code is 123456",
		"MessageAttributes.entry.1.Name": "AWS.SNS.SMS.SMSType", "MessageAttributes.entry.1.Value.StringValue": "Transactional",
	} {
		if form.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, form.Get(name), want)
		}
	}
	if got := server.heads[1].Get("Authorization"); !strings.Contains(got, "Credential=AKIAEXAMPLE/") || !strings.Contains(got, "/eu-west-1/sns/aws4_request") {
		t.Errorf("authorization %q", got)
	}
}

func TestSNSRefuses(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		status int
		state  string
	}{
		"InvalidParameter": {http.StatusBadRequest, "FAILED"},
		"OptedOut":         {http.StatusBadRequest, "FAILED"},
		"Throttled":        {http.StatusTooManyRequests, "QUEUED"},
		"ExpiredToken":     {http.StatusForbidden, "QUEUED"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			server := newEndpoint(t, c.status)
			server.answer = snsAnswer(code)
			b := newSMSBox(t, newSNS(server))
			b.enqueue(text("+15555550100"))
			b.flush()
			if got := b.list(deliver.Filter{}); len(got) != 1 || string(got[0].State) != c.state {
				t.Errorf("message %+v", got)
			}
			if len(server.bodies) != 1 {
				t.Errorf("%d requests", len(server.bodies))
			}
		})
	}
	b := newSMSBox(t, newSNS(newEndpoint(t, http.StatusOK)))
	m := text("555")
	if err := b.db.Update(t.Context(), func(tx *store.Tx) error { return b.Enqueue(tx, &m) }); !errors.Is(err, deliver.ErrUndeliverable) {
		t.Errorf("a number that is none: %v", err)
	}
}

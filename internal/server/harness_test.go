package server_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	account = "123456789012"
	region  = "us-east-1"
)

// fixture is a server on a loopback port.
type fixture struct {
	t     *testing.T
	url   string
	srv   *server.Server
	clock *clock.Adjustable
	log   *bytes.Buffer
}

func start(t *testing.T, change ...func(*server.Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: &clock.Adjustable{}, log: &bytes.Buffer{}}
	listener := httptest.NewUnstartedServer(nil)
	f.url = "http://" + listener.Listener.Addr().String()
	cfg := server.Config{
		Account: account, Region: region, PublicURL: f.url, Development: true, Clock: f.clock,
		Log: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	for _, c := range change {
		c(&cfg)
	}
	srv, err := server.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.srv = srv
	listener.Config.Handler = srv
	listener.Start()
	t.Cleanup(func() {
		listener.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if f.log.Len() > 0 {
			t.Errorf("errors in the log:\n%s", f.log)
		}
	})
	return f
}

// config is an SDK configuration that signs with a key.
func (f *fixture) config(id, secret, token string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: &f.url, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
	}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (f *fixture) do(r *http.Request) answer {
	f.t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{res, string(body)}
}

// newRequest makes a request with headers given in pairs.
func (f *fixture) newRequest(method, body string, headers ...string) *http.Request {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.url+"/", strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

const jsonType = "application/x-amz-json-1.1"

// json calls an operation of a JSON service without a signature.
func (f *fixture) json(target, body string) answer {
	return f.do(f.newRequest("POST", body, "X-Amz-Target", target, "Content-Type", jsonType))
}

// sign signs a request as the SDK does.
func sign(t *testing.T, r *http.Request, body, service, region, id, secret string, at time.Time) *http.Request {
	t.Helper()
	creds := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, sha256Hex(body), service, region, at); err != nil {
		t.Fatal(err)
	}
	return r
}

// signedJSON calls an operation of a JSON service as root.
func (f *fixture) signedJSON(service, target, body string) answer {
	r := f.newRequest("POST", body, "X-Amz-Target", target, "Content-Type", jsonType)
	return f.do(sign(f.t, r, body, service, region, "test", "test", time.Now()))
}

const formType = "application/x-www-form-urlencoded"

// signedForm calls an operation of a Query service as root.
func (f *fixture) signedForm(service, body string, headers ...string) answer {
	r := f.newRequest("POST", body, append([]string{"Content-Type", formType}, headers...)...)
	return f.do(sign(f.t, r, body, service, region, "test", "test", time.Now()))
}

func (a answer) wantError(t *testing.T, status int, code, message string) {
	t.Helper()
	if a.StatusCode != status || !strings.Contains(a.body, code) || !strings.Contains(a.body, message) {
		t.Errorf("got %d %s; want %d %s: %s", a.StatusCode, a.body, status, code, message)
	}
	if a.Header.Get("X-Amzn-Requestid") == "" {
		t.Error("no request id")
	}
	if a.Header.Get("Date") == "" {
		t.Error("no Date")
	}
}

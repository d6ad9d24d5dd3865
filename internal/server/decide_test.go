package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/decision"
)

// s3Request signs a request to another server as an S3 client does.
func s3Request(t *testing.T, cfg aws.Config, method, url string, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	creds, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s3 := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, "UNSIGNED-PAYLOAD", "s3", region, at, s3); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDecide(t *testing.T) {
	t.Parallel()
	f := start(t)
	root := iam.NewFromConfig(f.config("test", "test", ""))
	alice := f.user(root, "alice")
	f.put(root, "alice", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/${aws:username}/*"},
		{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::photos","Condition":{"StringEquals":{"s3:prefix":"alice/"}}}]}`)
	asker := &decision.Client{Endpoint: f.url, Credentials: f.config("test", "test", "").Credentials}
	now := time.Now()
	const object = "http://store.example/photos/alice/a%20cat.jpg?versionId=1"
	get := func() *decision.Question {
		return decision.Ask(s3Request(t, alice, "GET", object, now), "s3", "s3:GetObject", "arn:aws:s3:::photos/alice/a cat.jpg")
	}
	for name, c := range map[string]struct {
		change func(q *decision.Question)
		code   string
	}{
		"the own object":     {func(*decision.Question) {}, ""},
		"another's object":   {func(q *decision.Question) { q.Resource = "arn:aws:s3:::photos/bob/x" }, "AccessDenied"},
		"another action":     {func(q *decision.Question) { q.Action = "s3:PutObject" }, "AccessDenied"},
		"the own listing":    {func(q *decision.Question) { listing(q, "alice/") }, ""},
		"another's listing":  {func(q *decision.Question) { listing(q, "bob/") }, "AccessDenied"},
		"by resource policy": {func(q *decision.Question) { withPolicy(q, "Allow") }, ""},
		"denied by resource": {func(q *decision.Question) { q.ResourcePolicy = resourcePolicy("Deny", "s3:GetObject") }, "AccessDenied"},
		"another path":       {func(q *decision.Question) { q.Request.URI = "/photos/bob/x" }, "SignatureDoesNotMatch"},
		"another query":      {func(q *decision.Question) { q.Request.URI = strings.Replace(q.Request.URI, "=1", "=2", 1) }, "SignatureDoesNotMatch"},
		"another method":     {func(q *decision.Question) { q.Request.Method = "PUT" }, "SignatureDoesNotMatch"},
		"another host":       {func(q *decision.Question) { q.Request.Host = "other.example" }, "SignatureDoesNotMatch"},
		"another service":    {func(q *decision.Question) { q.Service = "sqs" }, "SignatureDoesNotMatch"},
		"another body":       {func(q *decision.Question) { q.Request.PayloadHash = strings.Repeat("0", 64) }, "SignatureDoesNotMatch"},
		"no signature":       {func(q *decision.Question) { q.Request.Header = http.Header{} }, "MissingAuthenticationToken"},
		"an old signature": {func(q *decision.Question) {
			q.Request.Header = s3Request(t, alice, "GET", object, now.Add(-time.Hour)).Header
		}, "SignatureDoesNotMatch"},
		"a key nobody issued": {func(q *decision.Question) {
			q.Request.Header = s3Request(t, f.config("test", "test", ""), "GET", object, now).Header
		}, "InvalidClientTokenId"},
		"a broken URI": {func(q *decision.Question) { q.Request.URI = "photos" }, "IncompleteSignature"},
	} {
		q := get()
		c.change(q)
		a, err := asker.Decide(t.Context(), q)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case c.code == "" && (!a.Allowed || a.Principal.ARN != "arn:aws:iam::"+account+":user/alice"):
			t.Errorf("%s: %+v %+v", name, a, a.Error)
		case c.code != "" && (a.Allowed || a.Error.Code != c.code):
			t.Errorf("%s: %+v %+v, want %s", name, a, a.Error, c.code)
		}
	}
	broken := get()
	broken.ResourcePolicy = "{"
	if _, err := asker.Decide(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "MalformedPolicyDocument") {
		t.Errorf("a broken resource policy: %v", err)
	}

	// Askers need the permission, which acts at once; a deleted key decides
	// nothing any more.
	byAlice := &decision.Client{Endpoint: f.url, Credentials: alice.Credentials}
	if _, err := byAlice.Decide(t.Context(), get()); err == nil || !strings.Contains(err.Error(), "is not authorized to perform: poolhouse:Decide") {
		t.Errorf("an asker without permission: %v", err)
	}
	creds, err := alice.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := get()
	if _, err := root.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{UserName: aws.String("alice"), AccessKeyId: &creds.AccessKeyID}); err != nil {
		t.Fatal(err)
	}
	if a, err := asker.Decide(t.Context(), q); err != nil || a.Allowed || a.Error.Code != "InvalidClientTokenId" {
		t.Errorf("a deleted key: %+v, %v", a, err)
	}
}

// TestEncodedMessage decodes how a refusal came about.
func TestEncodedMessage(t *testing.T) {
	t.Parallel()
	f := start(t)
	rootConfig := f.config("test", "test", "")
	root := iam.NewFromConfig(rootConfig)
	alice := f.user(root, "alice")
	f.put(root, "alice", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`)
	asker := &decision.Client{Endpoint: f.url, Credentials: rootConfig.Credentials}
	ask := func(policy string) *decision.Answer {
		t.Helper()
		q := decision.Ask(s3Request(t, alice, "DELETE", "http://store.example/photos/cat.jpg", time.Now()), "s3", "s3:DeleteObject", "arn:aws:s3:::photos/cat.jpg")
		q.ResourcePolicy, q.Keys = policy, map[string][]string{"s3:versionid": {"7"}}
		a, err := asker.Decide(t.Context(), q)
		if err != nil || a.Allowed || a.Error.EncodedMessage == "" {
			t.Fatalf("%+v %+v, %v", a, a.Error, err)
		}
		return a
	}
	decode := func(cfg aws.Config, encoded string) (string, error) {
		out, err := sts.NewFromConfig(cfg).DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: &encoded})
		if err != nil {
			return "", err
		}
		return *out.DecodedMessage, nil
	}
	for name, c := range map[string]struct {
		policy string
		want   []string
	}{
		"implicit": {"", []string{`"allowed":false`, `"explicitDeny":false`, `"matchedStatements":{"items":[]}`, `"failures":{"items":[]}`,
			`"name":"alice","arn":"arn:aws:iam::` + account + `:user/alice"`, `"action":"s3:DeleteObject","resource":"arn:aws:s3:::photos/cat.jpg"`,
			`{"key":"s3:versionid","values":{"items":[{"value":"7"}]}}`}},
		"explicit": {resourcePolicy("Deny", "s3:Delete*"), []string{`"explicitDeny":true`, `"effect":"DENY"`, `"actions":{"items":[{"value":"s3:Delete*"}]}`, `"resources":{"items":[{"value":"*"}]}`}},
	} {
		text, err := decode(rootConfig, ask(c.policy).Error.EncodedMessage)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%s: not JSON: %s", name, text)
		}
		for _, part := range c.want {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %s misses %s", name, text, part)
			}
		}
	}
	encoded := ask("").Error.EncodedMessage
	if _, err := decode(alice, encoded); err == nil || !strings.Contains(err.Error(), "is not authorized to perform: sts:DecodeAuthorizationMessage") {
		t.Errorf("without the permission: %v", err)
	}
	if _, err := decode(rootConfig, encoded[1:]); err == nil || !strings.Contains(err.Error(), "InvalidAuthorizationMessageException") {
		t.Errorf("a changed message: %v", err)
	}
}

func listing(q *decision.Question, prefix string) {
	q.Action, q.Resource, q.Keys = "s3:ListBucket", "arn:aws:s3:::photos", map[string][]string{"s3:prefix": {prefix}}
}

func resourcePolicy(effect, action string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","Principal":{"AWS":"arn:aws:iam::` + account + `:user/alice"},"Action":"` + action + `","Resource":"*"}}`
}

func withPolicy(q *decision.Question, effect string) {
	q.Action, q.ResourcePolicy = "s3:PutObject", resourcePolicy(effect, "s3:PutObject")
}

// A gateway that forwards the head of a request is answered by status.
func TestAuthorizePath(t *testing.T) {
	t.Parallel()
	f := start(t)
	root := iam.NewFromConfig(f.config("test", "test", ""))
	alice := f.user(root, "alice")
	f.put(root, "alice", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`)
	ask := func(action string, change func(r *http.Request)) answer {
		signed := s3Request(t, alice, "GET", "http://store.example/photos/cat.jpg", time.Now())
		r, err := http.NewRequestWithContext(t.Context(), "GET", f.url+"/_poolhouse/authorize", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host, r.Header = "store.example", signed.Header
		for k, v := range map[string]string{
			"X-Original-Uri": "/photos/cat.jpg", "X-Poolhouse-Service": "s3", "X-Poolhouse-Action": action, "X-Poolhouse-Resource": "arn:aws:s3:::photos/cat.jpg",
		} {
			r.Header.Set(k, v)
		}
		change(r)
		return f.do(r)
	}
	same := func(*http.Request) {}
	if a := ask("s3:GetObject", same); a.StatusCode != 200 || a.Header.Get("X-Poolhouse-Principal-Arn") != "arn:aws:iam::"+account+":user/alice" {
		t.Errorf("allowed: %d %s %v", a.StatusCode, a.body, a.Header)
	}
	if a := ask("s3:PutObject", same); a.StatusCode != 403 || !strings.Contains(a.body, "AccessDenied") {
		t.Errorf("refused: %d %s", a.StatusCode, a.body)
	}
	if a := ask("s3:GetObject", func(r *http.Request) { r.Header.Set("X-Original-Uri", "/photos/dog.jpg") }); a.StatusCode != 401 || !strings.Contains(a.body, "SignatureDoesNotMatch") {
		t.Errorf("another path: %d %s", a.StatusCode, a.body)
	}
	// Envoy puts the path after the prefix and keeps the method.
	envoy := func(path string) func(*http.Request) {
		return func(r *http.Request) {
			r.URL.Path = "/_poolhouse/authorize" + path
			r.Header.Del("X-Original-Uri")
		}
	}
	if a := ask("s3:GetObject", envoy("/photos/cat.jpg")); a.StatusCode != 200 {
		t.Errorf("by Envoy: %d %s", a.StatusCode, a.body)
	}
	if a := ask("s3:GetObject", envoy("/photos/dog.jpg")); a.StatusCode != 401 {
		t.Errorf("by Envoy, another path: %d %s", a.StatusCode, a.body)
	}
	if a := ask("s3:GetObject", func(r *http.Request) { r.Header.Del("X-Poolhouse-Action") }); a.StatusCode != 400 {
		t.Errorf("no action: %d %s", a.StatusCode, a.body)
	}
}

// A presigned URL of S3 says how long it is good.
func TestDecidePresigned(t *testing.T) {
	t.Parallel()
	f := start(t)
	root := iam.NewFromConfig(f.config("test", "test", ""))
	alice := f.user(root, "alice")
	f.put(root, "alice", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	creds, err := alice.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asker := &decision.Client{Endpoint: f.url, Credentials: f.config("test", "test", "").Credentials}
	ask := func(expires string, age time.Duration) (*decision.Answer, error) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://store.example/photos/cat.jpg?X-Amz-Expires="+expires, nil)
		if err != nil {
			t.Fatal(err)
		}
		s3 := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }
		url, _, err := v4.NewSigner().PresignHTTP(t.Context(), creds, r, "UNSIGNED-PAYLOAD", "s3", region, time.Now().Add(-age), s3)
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return asker.Decide(t.Context(), decision.Ask(got, "s3", "s3:GetObject", "arn:aws:s3:::photos/cat.jpg"))
	}
	if a, err := ask("7200", time.Hour); err != nil || !a.Allowed {
		t.Errorf("within its time: %+v, %v", a, err)
	}
	for _, expires := range []string{"600", "9999999", "x"} {
		if a, err := ask(expires, time.Hour); err != nil || a.Allowed || a.Error.Code != "SignatureDoesNotMatch" {
			t.Errorf("X-Amz-Expires=%s after an hour: %+v, %v", expires, a, err)
		}
	}
}

func TestDecideClientErrors(t *testing.T) {
	t.Parallel()
	f := start(t)
	cfg := f.config("AKIARZPUZDIKAAAAAAAA", "secret", "")
	c := &decision.Client{Endpoint: f.url, Credentials: cfg.Credentials}
	if _, err := c.Decide(t.Context(), &decision.Question{}); err == nil || !strings.Contains(err.Error(), "InvalidClientTokenId") {
		t.Errorf("an unknown asker: %v", err)
	}
	c.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("none")
	})
	if _, err := c.Decide(t.Context(), &decision.Question{}); err == nil || !strings.Contains(err.Error(), "credentials") {
		t.Errorf("no credentials: %v", err)
	}
}

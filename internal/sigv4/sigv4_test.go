package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	keyID  = "AKIDEXAMPLE"
	minute = time.Minute
)

var signedAt = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

// receive turns a client's request into the one that a server gets, by way of
// the wire, and returns it with its body.
func receive(t testing.TB, r *http.Request, body string) (*http.Request, []byte) {
	t.Helper()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	if body == "" {
		r.Body = nil
	}
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatal(err)
	}
	read, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got, read
}

func newRequest(t testing.TB, method, url string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func bodyHash(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// sign signs with the official signer, which goes over the request's headers.
func sign(t testing.TB, r *http.Request, body, service string) {
	t.Helper()
	r.ContentLength = int64(len(body))
	creds := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}
	err := v4.NewSigner().SignHTTP(context.Background(), creds, r, bodyHash(body), service, "us-east-1", signedAt)
	if err != nil {
		t.Fatal(err)
	}
}

func presign(t testing.TB, r *http.Request, creds aws.Credentials) *http.Request {
	t.Helper()
	signed, header, err := v4.NewSigner().PresignHTTP(context.Background(), creds, r, bodyHash(""), "sts", "us-east-1", signedAt)
	if err != nil {
		t.Fatal(err)
	}
	got := newRequest(t, r.Method, signed)
	for k, v := range header {
		if k != "Host" {
			got.Header[k] = v
		}
	}
	return got
}

func verify(t testing.TB, r *http.Request, body []byte, service string) error {
	t.Helper()
	s, err := Parse(r)
	if err != nil {
		return err
	}
	if s == nil {
		return ErrMissingToken
	}
	if err := s.Check(service, signedAt, 15*minute); err != nil {
		return err
	}
	var v Verifier
	return v.Verify(s, r, body, secret)
}

// The vectors: the first is that of the AWS documentation for IAM, the second
// get-vanilla of the AWS test suite, the third an STS call with a body.
func TestKnownAnswers(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded; charset=utf-8"
	for _, v := range []struct {
		name, method, url, service, contentType, body string
		canonicalHash, key, signature                 string
	}{
		{"iam", "GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "iam", form, "",
			"f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59",
			"c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9",
			"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
		{"get-vanilla", "GET", "https://example.amazonaws.com/", "service", "", "",
			"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63", "",
			"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"sts", "POST", "https://sts.us-east-1.amazonaws.com/", "sts", form, "Action=GetCallerIdentity&Version=2011-06-15",
			"74f85d64795bc5f30af8b92378344f5c25c0d305498fca44ea38f6a5a1d5860f", "",
			"52a8540fea00e731072179f763577cbe2a45eac2c5d32fb4d785f3eefac88165"},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			names := "host;x-amz-date"
			r := newRequest(t, v.method, v.url, "X-Amz-Date", "20150830T123600Z")
			if v.contentType != "" {
				names = "content-type;" + names
				r.Header.Set("Content-Type", v.contentType)
			}
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"+v.service+
				"/aws4_request, SignedHeaders="+names+", Signature="+v.signature)
			r, body := receive(t, r, v.body)
			s, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			payload := sha256.Sum256(body)
			canonical, ok := appendCanonical(nil, s, r, []byte(hex.EncodeToString(payload[:])), false)
			if hash := sha256.Sum256(canonical); !ok || hex.EncodeToString(hash[:]) != v.canonicalHash {
				t.Errorf("canonical request %q", canonical)
			}
			if key := signingKey(s, secret); v.key != "" && hex.EncodeToString(key[:]) != v.key {
				t.Errorf("signing key %x", key)
			}
			if err := verify(t, r, body, v.service); err != nil {
				t.Error(err)
			}
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), v.signature[:2], "00", 1))
			if err := verify(t, r, body, v.service); !errors.Is(err, ErrMismatch) {
				t.Errorf("another signature: %v", err)
			}
		})
	}
}

// The sets of headers that SDKs send and sign.
func TestClientsHeaders(t *testing.T) {
	t.Parallel()
	const body = `{"UserPoolId":"us-east-1_AbCdEfGhI"}`
	for name, header := range map[string][]string{
		"botocore": {"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService.DescribeUserPool",
			"User-Agent", "Boto3/1.43.11"},
		"go": {"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService.DescribeUserPool",
			"Amz-Sdk-Invocation-Id", "8cb9f5a7-6a2d-4a3c-9d0e-0b7c3c1b1c11", "Amz-Sdk-Request", "attempt=1; max=3"},
		"js": {"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService.DescribeUserPool",
			"Amz-Sdk-Invocation-Id", "8cb9f5a7-6a2d-4a3c-9d0e-0b7c3c1b1c11", "Amz-Sdk-Request", "attempt=1; max=3",
			"X-Amz-Content-Sha256", bodyHash(body), "X-Amz-User-Agent", "aws-sdk-js/3.1169.0 ua/2.1"},
		"blanks and repeats": {"X-Amz-Meta", "  a   b  ", "X-Amz-Meta", "c", "Content-Type", "a/b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRequest(t, "POST", "http://localhost:7665/", header...)
			sign(t, r, body, "cognito-idp")
			got, read := receive(t, r, body)
			if err := verify(t, got, read, "cognito-idp"); err != nil {
				t.Errorf("%v: %s", err, got.Header.Get("Authorization"))
			}
			// Proxies add headers that are not signed.
			got.Header.Set("X-Forwarded-For", "192.0.2.1")
			got.Header.Set("X-Amzn-Trace-Id", "Root=1-2-3")
			got.Header.Set("X-Amz-Cf-Id", "abc")
			if err := verify(t, got, read, "cognito-idp"); err != nil {
				t.Errorf("behind a proxy: %v", err)
			}
		})
	}
}

func TestPresigned(t *testing.T) {
	t.Parallel()
	const call = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
	creds := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}
	temporary := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: "token/with+signs=="}
	for name, r := range map[string]*http.Request{
		"plain":       presign(t, newRequest(t, "GET", call), creds),
		"eks":         presign(t, newRequest(t, "GET", call+"&X-Amz-Expires=60", "X-K8s-Aws-Id", "my-cluster"), creds),
		"temporary":   presign(t, newRequest(t, "GET", call), temporary),
		"long expiry": presign(t, newRequest(t, "GET", call+"&X-Amz-Expires=604800"), creds),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, body := receive(t, r, "")
			if err := verify(t, r, body, "sts"); err != nil {
				t.Fatal(err)
			}
			s, err := Parse(r)
			if err != nil || !s.Presigned || s.AccessKeyID != keyID {
				t.Errorf("%+v, %v", s, err)
			}
			if name == "temporary" && s.SecurityToken != temporary.SessionToken {
				t.Errorf("token %q", s.SecurityToken)
			}
			// Good for exactly 15 minutes, whatever X-Amz-Expires says.
			if err := s.Check("sts", signedAt.Add(15*minute), 15*minute); err != nil {
				t.Error(err)
			}
			if err := s.Check("sts", signedAt.Add(15*minute+time.Second), 15*minute); err == nil {
				t.Error("good for longer than 15 minutes")
			}
			// Nothing of the URL may change, be added or go.
			for _, change := range []func(q map[string][]string){
				func(q map[string][]string) { q["Action"] = []string{"GetSessionToken"} },
				func(q map[string][]string) { q["Extra"] = []string{""} },
				func(q map[string][]string) { delete(q, "Version") },
				func(q map[string][]string) { q["X-Amz-Date"] = []string{"20150830T123601Z"} },
				func(q map[string][]string) { q["X-Amz-Expires"] = []string{"61"} },
				func(q map[string][]string) { q["X-Amz-Security-Token"] = []string{"other"} },
				func(q map[string][]string) {
					q["X-Amz-Credential"] = []string{"AKIDEXAMPLE/20150830/eu-west-1/sts/aws4_request"}
				},
			} {
				changed := r.Clone(context.Background())
				q := changed.URL.Query()
				change(q)
				changed.URL.RawQuery = q.Encode()
				if err := verify(t, changed, body, "sts"); !errors.Is(err, ErrMismatch) {
					t.Errorf("%s: %v", changed.URL, err)
				}
			}
			if err := verify(t, r, []byte("Action=GetSessionToken"), "sts"); !errors.Is(err, ErrMismatch) {
				t.Errorf("with a body: %v", err)
			}
			changed := r.Clone(context.Background())
			changed.Host = "sts.eu-west-1.amazonaws.com"
			if err := verify(t, changed, body, "sts"); !errors.Is(err, ErrMismatch) {
				t.Errorf("other host: %v", err)
			}
			changed = r.Clone(context.Background())
			changed.Header.Set("X-Amz-Target", "Something.Else")
			if err := verify(t, changed, body, "sts"); !errors.Is(err, ErrMismatch) {
				t.Errorf("added X-Amz header: %v", err)
			}
		})
	}
}

// Some clients escape more than they must, or write blanks as "+".
func TestQuerySpellings(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "GET", "http://localhost/?b=x%20y&a=1&a=0&c=&Name=%7Eme")
	sign(t, r, "", "iam")
	for _, spelling := range []string{
		"b=x%20y&a=1&a=0&c=&Name=%7Eme", "a=0&a=1&b=x+y&c&%4Eame=~me", "&c=&&Name=~me&a=1&a=%30&b=%78%20y",
	} {
		got := r.Clone(context.Background())
		got.URL.RawQuery = spelling
		if err := verify(t, got, nil, "iam"); err != nil {
			t.Errorf("%s: %v", spelling, err)
		}
	}
	for _, other := range []string{
		"b=x%20y&a=1&c=&Name=%7Eme", "b=x%2520y&a=1&a=0&c=&Name=~me", "b=x%20y&a=1&a=0&c=&Name=%7", "b=x%20y&a=1&a=0&c=&Name=%zze",
		"b=x%20y&a=1%26a&a=0&c=&Name=~me", "",
	} {
		got := r.Clone(context.Background())
		got.URL.RawQuery = other
		if err := verify(t, got, nil, "iam"); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", other, err)
		}
	}
}

// The paths of the AWS test suite (normalize-path) and escapes.
func TestPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"":                      "/",
		"/":                     "/",
		"//":                    "/",
		"/./":                   "/",
		"/example/..":           "/",
		"/example1/example2/..": "/example1/",
		"/../..":                "/",
		"/./example":            "/example",
		"//example//":           "/example/",
		"/example/.":            "/example/",
		"/example%20space/":     "/example%2520space/",
		"/ሴ":                    "/%E1%88%B4",
		"/-._~a":                "/-._~a",
	} {
		if got := string(appendPath(nil, path)); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	const body = "Action=GetCallerIdentity&Version=2011-06-15"
	base := newRequest(t, "POST", "http://localhost:7665/", "Content-Type", "application/x-www-form-urlencoded", "X-Amz-User-Agent", "x")
	sign(t, base, body, "sts")
	base, _ = receive(t, base, body)
	if err := verify(t, base, []byte(body), "sts"); err != nil {
		t.Fatal(err)
	}
	authorization := base.Header.Get("Authorization")
	replace := func(old, new string) func(r *http.Request) {
		if !strings.Contains(authorization, old) {
			t.Fatalf("%q is not in %s", old, authorization)
		}
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(authorization, old, new, 1))
		}
	}
	for name, change := range map[string]func(r *http.Request){
		"method":               func(r *http.Request) { r.Method = "PUT" },
		"path":                 func(r *http.Request) { r.URL.Path = "/x" },
		"query":                func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"host":                 func(r *http.Request) { r.Host = "localhost" },
		"content length":       func(r *http.Request) { r.ContentLength++ },
		"content type":         func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"content type removed": func(r *http.Request) { r.Header.Del("Content-Type") },
		"content type twice":   func(r *http.Request) { r.Header.Add("Content-Type", "text/plain") },
		"date":                 func(r *http.Request) { r.Header.Set("X-Amz-Date", "20150830T123601Z") },
		"agent emptied":        func(r *http.Request) { r.Header.Set("X-Amz-User-Agent", "") },
		"unsigned target":      func(r *http.Request) { r.Header.Set("X-Amz-Target", "A.B") },
		"unsigned token":       func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t") },
		"wrong hash header":    func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", bodyHash("")) },
		"unsigned payload":     func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") },
		"name added":           replace("SignedHeaders=", "SignedHeaders=a;"),
		"name twice":           replace("host;", "host;host;"),
		"upper case name":      replace("content-type", "Content-Type"),
		"order of names":       replace("content-length;content-type", "content-type;content-length"),
		"signature cut":        func(r *http.Request) { r.Header.Set("Authorization", authorization[:len(authorization)-1]) },
		"signature longer":     func(r *http.Request) { r.Header.Set("Authorization", authorization+"0") },
		"region":               replace("us-east-1", "us-east-2"),
	} {
		r := base.Clone(context.Background())
		change(r)
		if err := verify(t, r, []byte(body), "sts"); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var v Verifier
	for _, bad := range []string{"", body + " ", strings.Replace(body, "Get", "Put", 1)} {
		if err := v.Verify(s, base, []byte(bad), secret); !errors.Is(err, ErrMismatch) {
			t.Errorf("body %q: %v", bad, err)
		}
	}
	for _, wrong := range []string{"", "other", secret + "x", secret[1:]} {
		if err := v.Verify(s, base, []byte(body), wrong); !errors.Is(err, ErrMismatch) {
			t.Errorf("secret %q: %v", wrong, err)
		}
	}
}

// A signature over UNSIGNED-PAYLOAD is one of S3's.
func TestUnsignedPayload(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "POST", "http://localhost/", "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	creds := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, r, "UNSIGNED-PAYLOAD", "sts", "us-east-1", signedAt); err != nil {
		t.Fatal(err)
	}
	r, body := receive(t, r, "")
	if err := verify(t, r, body, "sts"); !errors.Is(err, ErrMismatch) {
		t.Error(err)
	}
}

func TestUnsigned(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://localhost/", "http://localhost/?Action=X", "http://localhost/?X-Amz-Expires=1", "http://localhost/?x=X-Amz-Algorithm"} {
		if s, err := Parse(newRequest(t, "POST", url)); s != nil || err != nil {
			t.Errorf("%s: %v, %v", url, s, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const (
		date    = "20150830T123600Z"
		cred    = "Credential=AKID/20150830/us-east-1/sts/aws4_request"
		headers = "SignedHeaders=host;x-amz-date"
		sig     = "Signature=abc"
		full    = "AWS4-HMAC-SHA256 " + cred + ", " + headers + ", " + sig
		query   = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20150830%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=" + date +
			"&X-Amz-SignedHeaders=host&X-Amz-Signature=abc"
	)
	head := func(authorization ...string) *http.Request {
		r := newRequest(t, "POST", "http://localhost/", "X-Amz-Date", date)
		r.Header["Authorization"] = authorization
		return r
	}
	dated := func(dates ...string) *http.Request {
		r := head(full)
		r.Header["X-Amz-Date"] = dates
		return r
	}
	url := func(query string) *http.Request {
		return newRequest(t, "GET", "http://localhost/?Action=X&"+query)
	}
	both := head(full)
	both.URL.RawQuery = query
	tokens := head(full)
	tokens.Header["X-Amz-Security-Token"] = []string{"a", "b"}

	for _, good := range []*http.Request{head(full), head(strings.ReplaceAll(full, ", ", ",")), head(strings.ReplaceAll(full, ", ", " , ")), url(query)} {
		if s, err := Parse(good); err != nil || s.AccessKeyID != "AKID" || s.Region != "us-east-1" || s.Service != "sts" || !s.Time.Equal(signedAt) {
			t.Fatalf("%v: %+v, %v", good.Header, s, err)
		}
	}
	const wantPair = "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"
	for name, c := range map[string]struct {
		r    *http.Request
		kind Kind
		want string
	}{
		"empty":          {head(""), Incomplete, "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
		"no date":        {dated(), Incomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(full)},
		"bearer":         {head("Bearer abc"), Incomplete, wantPair + hashed("Bearer abc") + "'."},
		"basic":          {head("Basic YWJjOmRlZg=="), Incomplete, "Authorization header requires 'Credential' parameter. "},
		"blank in key":   {head(strings.Replace(full, "=AKID", "= AKID", 1)), Incomplete, wantPair},
		"repeated part":  {head(full + ", " + sig), Incomplete, "Authorization header has more than one 'Signature' parameter."},
		"two headers":    {head(full, full), Incomplete, "more than one Authorization header"},
		"both forms":     {both, Incomplete, "both in the Authorization header and in the query string"},
		"two tokens":     {tokens, Incomplete, "more than one X-Amz-Security-Token"},
		"empty part":     {head(strings.Replace(full, sig, "Signature=", 1)), Incomplete, "Authorization header requires 'Signature' parameter. (Hashed"},
		"algorithm":      {head(strings.Replace(full, "SHA256", "SHA25", 1)), Incomplete, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). "},
		"asymmetric":     {head(strings.Replace(full, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", 1)), Incomplete, "Unsupported AWS 'algorithm'"},
		"four elements":  {head(strings.Replace(full, "/sts", "", 1)), Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID/20150830/us-east-1/aws4_request'"},
		"six elements":   {head(strings.Replace(full, "AKID/", "AKID/x/", 1)), Incomplete, "Credential must have exactly 5"},
		"no key id":      {head(strings.Replace(full, "=AKID/", "=/", 1)), Incomplete, "Credential must have exactly 5"},
		"host unsigned":  {head(strings.Replace(full, "host;", "", 1)), Mismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		"date form":      {dated("2015-08-30T12:36:00Z"), Incomplete, "Date must be in ISO-8601 'basic format'. Got '2015-08-30T12:36:00Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		"date fraction":  {dated("20150830T123600.5Z"), Incomplete, "Date must be in ISO-8601 'basic format'."},
		"date zone":      {dated("20150830T123600+"), Incomplete, "Date must be in ISO-8601 'basic format'."},
		"date of 99":     {dated("20159930T123600Z"), Incomplete, "Date must be in ISO-8601 'basic format'."},
		"two dates":      {dated(date, date), Incomplete, "Date must be in ISO-8601 'basic format'."},
		"query alone":    {url("X-Amz-Algorithm=AWS4-HMAC-SHA256"), Incomplete, "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."},
		"query twice":    {url(query + "&X-Amz-Signature=def"), Incomplete, "'X-Amz-Signature' must not be repeated"},
		"query escape":   {url(query + "&X-Amz-Security-Token=%zz"), Incomplete, "'X-Amz-Security-Token' is not percent-encoded"},
		"query date":     {url(strings.Replace(query, date, "Sun,+30+Aug+2015+12:36:00+GMT", 1)), Incomplete, "Date must be in ISO-8601 'basic format'."},
		"query unsigned": {url(strings.Replace(query, "=host", "=x-amz-date", 1)), Mismatch, "'Host' or ':authority' must be"},
	} {
		s, err := Parse(c.r)
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.kind || !strings.Contains(e.Message, c.want) {
			t.Errorf("%s: %+v, %v; want %q", name, s, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), sig) {
			t.Errorf("%s: the text repeats the signature: %v", name, err)
		}
	}
}

// Without X-Amz-Date the time is that of the Date header.
func TestDateHeader(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "POST", "http://localhost/")
	sign(t, r, "", "sts")
	r.Header.Del("X-Amz-Date")
	for _, date := range []string{"Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"} {
		r.Header.Set("Date", date)
		s, err := Parse(r)
		if err != nil || !s.Time.Equal(signedAt) || s.Time.Location() != time.UTC {
			t.Errorf("%s: %+v, %v", date, s, err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := Signature{AccessKeyID: keyID, Region: "us-east-1", Service: "sts", Time: signedAt, date: "20150830", terminator: "aws4_request"}
	with := func(change func(s *Signature)) *Signature {
		c := s
		change(&c)
		return &c
	}
	for _, good := range []time.Duration{0, -15 * minute, 15 * minute, 15*minute + 999*time.Millisecond} {
		if err := s.Check("sts", signedAt.Add(good), 15*minute); err != nil {
			t.Errorf("%v later: %v", good, err)
		}
	}
	for _, c := range []struct {
		s     *Signature
		later time.Duration
		skew  time.Duration
		want  string
	}{
		{&s, 15*minute + time.Second, 15 * minute, "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)"},
		{&s, 24 * time.Hour, 5 * minute, "Signature expired: 20150830T123600Z is now earlier than 20150831T123100Z (20150831T123600Z - 5 min.)"},
		{&s, -5*minute - time.Second, 5 * minute, "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"},
		{with(func(s *Signature) { s.Region = "" }), 0, minute, "Credential should be scoped to a valid region. "},
		{with(func(s *Signature) { s.Region = "US East" }), 0, minute, "Credential should be scoped to a valid region. "},
		{with(func(s *Signature) { s.Region = strings.Repeat("a", 64) }), 0, minute, "Credential should be scoped to a valid region. "},
		{with(func(s *Signature) { s.Service = "iam" }), 0, minute, "Credential should be scoped to correct service: 'sts'. "},
		{with(func(s *Signature) { s.terminator = "x" }), 0, minute, "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. "},
		{with(func(s *Signature) { s.date = "20150831" }), 0, minute, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != '20150830', from '20150830T123600Z'."},
		{with(func(s *Signature) { s.Service, s.terminator = "iam", "x" }), 0, minute, "Credential should be scoped to correct service: 'sts'. Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. "},
	} {
		var e *Error
		if err := c.s.Check("sts", signedAt.Add(c.later), c.skew); !errors.As(err, &e) || e.Kind != Mismatch || e.Message != c.want {
			t.Errorf("%v; want %q", err, c.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err              *Error
		query            string
		status           int
		json             string
		queryTxt, jsnTxt string
	}{
		{ErrMissingToken, "MissingAuthenticationToken", 403, "MissingAuthenticationTokenException", "Request is missing Authentication Token", "Missing Authentication Token"},
		{ErrUnknownKey, "InvalidClientTokenId", 403, "UnrecognizedClientException", "The security token included in the request is invalid.", ""},
		{ErrTokenExpired, "ExpiredToken", 403, "ExpiredTokenException", "The security token included in the request is expired", ""},
		{ErrMismatch, "SignatureDoesNotMatch", 403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", ""},
		{&Error{Incomplete, "text"}, "IncompleteSignature", 400, "IncompleteSignatureException", "text", ""},
		{&Error{Mismatch, "text"}, "SignatureDoesNotMatch", 403, "InvalidSignatureException", "text", ""},
	} {
		if c.jsnTxt == "" {
			c.jsnTxt = c.queryTxt
		}
		if code, text, status := c.err.Query(); code != c.query || text != c.queryTxt || status != c.status {
			t.Errorf("query: %d %s: %s", status, code, text)
		}
		if code, text, status := c.err.JSON(); code != c.json || text != c.jsnTxt || status != 400 {
			t.Errorf("json: %d %s: %s", status, code, text)
		}
	}
}

// A key that was replaced under the same id must not be served from the cache.
func TestKeyCache(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "POST", "http://localhost/")
	sign(t, r, "", "sts")
	s, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	var v Verifier
	for range 2 {
		if err := v.Verify(s, r, nil, secret); err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(s, r, nil, "replaced"); !errors.Is(err, ErrMismatch) {
			t.Fatal(err)
		}
	}
	if _, ok := v.keys.get(s, secret); !ok {
		t.Error("the key is not cached")
	}
	if _, ok := v.keys.get(s, "replaced"); ok {
		t.Error("the cache serves another secret")
	}
	failed := *s
	failed.Region = "eu-west-1"
	if err := v.Verify(&failed, r, nil, secret); err == nil || len(v.keys.young) != 1 {
		t.Errorf("%v; %d keys after a failure", err, len(v.keys.young))
	}
	// The cache is bounded, and what is used stays.
	for i := range 3 * keysPerGeneration {
		other := Signature{AccessKeyID: string(rune('A'+i%26)) + time.Duration(i).String()}
		v.keys.put(&other, secret, [32]byte{})
		if i%100 == 0 {
			if _, ok := v.keys.get(s, secret); !ok {
				t.Fatalf("forgotten after %d others", i)
			}
		}
	}
	if n := len(v.keys.young) + len(v.keys.old); n > 2*keysPerGeneration {
		t.Errorf("%d keys", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=abc", "20150830T123600Z", "a=b")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b/c/d/e&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0")
	f.Add("AWS4-HMAC-SHA256 a=,,=b", "Sun, 30 Aug 2015 12:36:00 GMT", "%")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := &http.Request{Method: "POST", URL: &url.URL{Path: "/", RawQuery: query}, Host: "h", Header: http.Header{}}
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		if date != "" {
			r.Header["X-Amz-Date"] = []string{date}
		}
		s, err := Parse(r)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("an error of another type: %v", err)
		}
		if err != nil || s == nil {
			return
		}
		s.Check("sts", signedAt, 15*minute)
		var v Verifier
		if err := v.Verify(s, r, nil, "secret"); err == nil {
			t.Fatalf("forged: %q %q %q", authorization, date, query)
		}
	})
}

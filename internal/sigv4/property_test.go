package sigv4

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Any request that the official signer signs verifies, and changing one byte
// of what is signed makes it fail.
func TestAnySignedRequest(t *testing.T) {
	t.Parallel()
	var (
		word   = rapid.StringMatching(`[A-Za-z0-9_~-]{1,8}`)
		anyStr = rapid.StringN(0, 8, 32)
		value  = rapid.StringMatching(`[!-~]{0,4}[ -~]{0,8}`)
	)
	rapid.Check(t, func(p *rapid.T) {
		u := url.URL{Scheme: "http", Host: "localhost:7665", Path: "/"}
		segments := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9 %+:@é]{1,6}`), 0, 3).Draw(p, "path")
		u.Path += strings.Join(segments, "/")
		query := url.Values{}
		for k, v := range rapid.MapOfN(word, anyStr, 0, 4).Draw(p, "query") {
			query.Set(k, v)
		}
		u.RawQuery = query.Encode()
		method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE"}).Draw(p, "method")
		r := newRequest(t, method, u.String(), "X-Amz-Target", "A.B")
		for _, v := range rapid.SliceOfN(value, 0, 3).Draw(p, "header") {
			r.Header.Add("X-Amz-Meta", v)
		}
		body := rapid.StringN(0, 20, 80).Draw(p, "body")
		if method == "GET" {
			body = ""
		}
		sign(t, r, body, "iam")
		got, read := receive(t, r, body)
		if err := verify(t, got, read, "iam"); err != nil {
			p.Fatalf("%v: %s %s %v", err, method, u.String(), got.Header)
		}

		changed := got.Clone(context.Background())
		switch rapid.IntRange(0, 5).Draw(p, "change") {
		case 0:
			changed.Method = flip(p, method)
		case 1:
			path := "/" + flip(p, "x"+strings.TrimPrefix(got.URL.Path, "/"))
			changed.URL = &url.URL{Path: path, RawQuery: got.URL.RawQuery}
		case 2:
			changed.URL.RawQuery = strings.TrimPrefix(got.URL.RawQuery+"&"+word.Draw(p, "added")+"=1", "&")
		case 3:
			changed.Header.Set("X-Amz-Target", flip(p, "A.B"))
		case 4:
			read = []byte(flip(p, body+"x"))
		case 5:
			changed.Header.Set("Authorization", flipHex(p, got.Header.Get("Authorization")))
		}
		if err := verify(t, changed, read, "iam"); !errors.Is(err, ErrMismatch) {
			p.Fatalf("a changed request verifies: %v: %s %s %v %q", err, changed.Method, changed.URL, changed.Header, read)
		}
	})
}

// flip changes one byte of text to another that is neither a blank nor one
// that normalization of paths could remove.
func flip(p *rapid.T, text string) string {
	i := rapid.IntRange(0, len(text)-1).Draw(p, "at")
	c := rapid.ByteRange('!', '~').Filter(func(c byte) bool { return c != text[i] && c != '/' && c != '.' }).Draw(p, "byte")
	return text[:i] + string(rune(c)) + text[i+1:]
}

// flipHex changes one digit of the signature, which is the last 64 bytes.
func flipHex(p *rapid.T, authorization string) string {
	head, sig := authorization[:len(authorization)-64], authorization[len(authorization)-64:]
	i := rapid.IntRange(0, 63).Draw(p, "digit")
	c := rapid.SampledFrom([]byte("0123456789abcdefABCDEF")).Filter(func(c byte) bool { return c != sig[i] }).Draw(p, "value")
	return head + sig[:i] + string(rune(c)) + sig[i+1:]
}

func benchmarkRequest(b *testing.B) (*Signature, *http.Request, []byte) {
	b.Helper()
	const body = `{"AuthFlow":"ADMIN_USER_PASSWORD_AUTH","ClientId":"abc","UserPoolId":"us-east-1_AbCdEfGhI"}`
	r := newRequest(b, "POST", "http://localhost:7665/", "Content-Type", "application/x-amz-json-1.1",
		"X-Amz-Target", "AWSCognitoIdentityProviderService.AdminInitiateAuth",
		"Amz-Sdk-Invocation-Id", "8cb9f5a7-6a2d-4a3c-9d0e-0b7c3c1b1c11", "Amz-Sdk-Request", "attempt=1; max=3")
	sign(b, r, body, "cognito-idp")
	got, read := receive(b, r, body)
	s, err := Parse(got)
	if err != nil {
		b.Fatal(err)
	}
	return s, got, read
}

func BenchmarkParse(b *testing.B) {
	_, r, _ := benchmarkRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		Parse(r)
	}
}

func BenchmarkVerify(b *testing.B) {
	s, r, body := benchmarkRequest(b)
	var v Verifier
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Verify(s, r, body, secret); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyUncached(b *testing.B) {
	s, r, body := benchmarkRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		var v Verifier
		if err := v.Verify(s, r, body, secret); err != nil {
			b.Fatal(err)
		}
	}
}

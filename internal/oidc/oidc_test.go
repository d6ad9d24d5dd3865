package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// provider is an OpenID Connect provider over TLS.
type idp struct {
	*httptest.Server
	key      *rsa.PrivateKey
	requests atomic.Int32
	broken   bool
	pad      int
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{key: key}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *idp) serve(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	if p.broken {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"pad":%q}`, p.URL, p.URL+"/keys", strings.Repeat("x", p.pad))
	case "/keys":
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}}) //nolint:errcheck
	default:
		http.NotFound(w, r)
	}
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, claims string) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestVerify(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	elliptic256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1700000000, 0)
	v := New(p.Client().Transport, clock.NewFixed(now))
	claims := func(iss string, exp, nbf int64) string {
		return fmt.Sprintf(`{"iss":%q,"sub":"s","aud":"a","exp":%d,"nbf":%d}`, iss, exp, nbf)
	}
	good := claims(p.URL, now.Unix()+1, now.Unix())
	for _, c := range []struct {
		name, jwt string
		want      error
	}{
		{"good", sign(t, jose.RS256, p.key, good), nil},
		{"expired", sign(t, jose.RS256, p.key, claims(p.URL, now.Unix(), 0)), token.ErrExpired},
		{"not yet valid", sign(t, jose.RS256, p.key, claims(p.URL, now.Unix()+9, now.Unix()+1)), token.ErrNotYetValid},
		{"no expiry", sign(t, jose.RS256, p.key, fmt.Sprintf(`{"iss":%q}`, p.URL)), token.ErrMalformed},
		{"other issuer", sign(t, jose.RS256, p.key, claims("https://other", now.Unix()+1, 0)), token.ErrIssuer},
		{"other key", sign(t, jose.RS256, other, good), token.ErrSignature},
		{"other algorithm's key", sign(t, jose.ES256, elliptic256, good), token.ErrSignature},
		{"HMAC", sign(t, jose.HS256, make([]byte, 32), good), token.ErrAlgorithm},
		{"no token", "x.y", token.ErrMalformed},
	} {
		got, err := v.Verify(context.Background(), p.URL, c.jwt)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
		if c.want == nil && got.String("sub") != "s" {
			t.Errorf("%s: claims %v", c.name, got)
		}
	}
}

func TestProviderIsKept(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	c := clock.NewFixed(time.Unix(1700000000, 0))
	v := New(p.Client().Transport, c)
	jwt := sign(t, jose.RS256, p.key, fmt.Sprintf(`{"iss":%q,"sub":"s","exp":%d}`, p.URL, 1800000000))
	for range 5 {
		if _, err := v.Verify(context.Background(), p.URL, jwt); err != nil {
			t.Fatal(err)
		}
	}
	if p.requests.Load() != 2 {
		t.Errorf("%d requests for five tokens, want 2", p.requests.Load())
	}
	c.Advance(2 * keepProvider)
	if _, err := v.Verify(context.Background(), p.URL, jwt); err != nil || p.requests.Load() != 4 {
		t.Errorf("%v after %d requests", err, p.requests.Load())
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	jwt := sign(t, jose.RS256, p.key, fmt.Sprintf(`{"iss":%q,"exp":1800000000}`, p.URL))
	for name, issuer := range map[string]string{"down": p.URL, "not https": strings.Replace(p.URL, "https", "http", 1), "no such path": p.URL + "/x"} {
		p.broken = name == "down"
		v := New(p.Client().Transport, nil)
		if _, err := v.Verify(context.Background(), issuer, jwt); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.broken, p.pad = false, maxDocument
	if _, err := New(p.Client().Transport, nil).Verify(context.Background(), p.URL, jwt); !errors.Is(err, ErrUnavailable) {
		t.Errorf("an endless document: %v", err)
	}
}

// A stand-in on this machine needs no TLS, and leads nowhere else.
func TestLocalProvider(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	jwt := sign(t, jose.RS256, p.key, fmt.Sprintf(`{"iss":%q,"sub":"s","exp":%d}`, p.URL, 1800000000))
	v := New(nil, clock.NewFixed(time.Unix(1700000000, 0)))
	if _, err := v.Verify(context.Background(), p.URL, jwt); err != nil {
		t.Error(err)
	}
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.0.2.1"+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(away.Close)
	_, err := v.Verify(context.Background(), away.URL, jwt)
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "must not be asked") {
		t.Errorf("redirected: %v", err)
	}
}

// A provider elsewhere is not asked without TLS, and cannot send the server to
// an address of its own machine that has none.
func TestOnlyTLS(t *testing.T) {
	t.Parallel()
	local := newIDP(t)
	plain := httptest.NewServer(http.HandlerFunc(local.serve))
	t.Cleanup(plain.Close)
	var p *httptest.Server
	p = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, p.URL, plain.URL+"/keys")
	}))
	t.Cleanup(p.Close)
	jwt := sign(t, jose.RS256, local.key, fmt.Sprintf(`{"iss":%q,"sub":"s","exp":1800000000}`, p.URL))
	v := New(p.Client().Transport, clock.NewFixed(time.Unix(1700000000, 0)))
	for _, issuer := range []string{p.URL, "http://idp.example.com"} {
		_, err := v.Verify(context.Background(), issuer, jwt)
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "must not be asked") {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	if n := local.requests.Load(); n != 0 {
		t.Errorf("%d requests without TLS", n)
	}
}

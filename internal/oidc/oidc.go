// Package oidc verifies tokens of OpenID Connect providers that are not this
// server: it finds their keys by discovery (OpenID Connect Discovery 1.0,
// section 4) and keeps them for a while.
//
// Providers are named by whoever may configure them, so every request is
// bounded in time and size, goes to https only, and few providers are kept at a
// time. A provider whose issuer is an http URL of a loopback address, such as a
// stand-in in a test, is asked by http, on loopback addresses alone.
package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// ErrUnavailable means that the provider's discovery document or keys could
// not be had.
var ErrUnavailable = errors.New("the identity provider does not answer")

const (
	requestTime  = 5 * time.Second
	maxDocument  = 1 << 20
	keepProvider = time.Hour
	maxProviders = 1000
)

// algorithms are those that STS takes (API Reference,
// AssumeRoleWithWebIdentity).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// Verifier verifies tokens of any number of providers. It is safe for
// concurrent use.
type Verifier struct {
	client *http.Client
	// local reaches providers whose issuer is an http URL on this machine.
	local *http.Client
	clock clock.Clock

	mu        sync.Mutex
	providers map[string]*provider
}

type provider struct {
	keys  *coreos.RemoteKeySet
	since time.Time
}

// New returns a verifier. Transport makes the requests, nil means
// http.DefaultTransport; c is nil for the machine's clock.
func New(transport http.RoundTripper, c clock.Clock) *Verifier {
	if transport == nil {
		transport = http.DefaultTransport
	}
	if c == nil {
		c = clock.System{}
	}
	client := func(mayAsk func(*url.URL) bool) *http.Client {
		return &http.Client{Timeout: requestTime, Transport: bounded{transport, mayAsk}, CheckRedirect: fewRedirects}
	}
	return &Verifier{
		client: client(func(u *url.URL) bool { return u.Scheme == "https" }), local: client(isLocal),
		clock: c, providers: map[string]*provider{},
	}
}

// isLocal tells an http URL of a loopback address.
func isLocal(u *url.URL) bool {
	if u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func fewRedirects(_ *http.Request, via []*http.Request) error {
	if len(via) > 3 {
		return errors.New("redirect refused")
	}
	return nil
}

// bounded cuts answers off and asks only where it may, redirected or not.
type bounded struct {
	http.RoundTripper
	mayAsk func(*url.URL) bool
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !b.mayAsk(r.URL) {
		return nil, fmt.Errorf("%s must not be asked", r.URL.Redacted())
	}
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxDocument), res.Body}
	}
	return res, err
}

// Verify verifies the signature, issuer and times of a token and returns its
// claims; the audience is left to the caller. The errors are ErrUnavailable and
// those of package token: ErrMalformed, ErrAlgorithm, ErrSignature, ErrIssuer,
// ErrNotYetValid and, with the claims, ErrExpired.
func (v *Verifier) Verify(ctx context.Context, issuer, jwt string) (token.Claims, error) {
	if _, err := jose.ParseSignedCompact(jwt, algorithms); err != nil {
		var other *jose.ErrUnexpectedSignatureAlgorithm
		if errors.As(err, &other) {
			return nil, token.ErrAlgorithm
		}
		return nil, token.ErrMalformed
	}
	keys, err := v.keys(issuer)
	if err != nil {
		return nil, err
	}
	payload, err := keys.VerifySignature(ctx, jwt)
	if err != nil {
		if strings.HasPrefix(err.Error(), "fetching keys") {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return nil, token.ErrSignature
	}
	var claims token.Claims
	if err := json.Unmarshal(payload, &claims); err != nil || claims == nil {
		return nil, token.ErrMalformed
	}
	if trimScheme(claims.String("iss")) != trimScheme(issuer) {
		return nil, token.ErrIssuer
	}
	return claims, checkTimes(claims, v.clock.Now())
}

// trimScheme makes Google's two spellings of its issuer equal.
func trimScheme(issuer string) string { return strings.TrimPrefix(issuer, "https://") }

// checkTimes demands an expiry in the future and a not-before in the past.
func checkTimes(c token.Claims, now time.Time) error {
	exp := c.Time("exp")
	if exp.IsZero() {
		return token.ErrMalformed
	}
	if nbf := c.Time("nbf"); now.Before(nbf) {
		return token.ErrNotYetValid
	}
	if !now.Before(exp) {
		return &token.ExpiredError{Expired: exp, Now: now}
	}
	return nil
}

// keys returns the provider's key set, which fetches keys as it needs them.
func (v *Verifier) keys(issuer string) (*coreos.RemoteKeySet, error) {
	now := v.clock.Now()
	v.mu.Lock()
	p, ok := v.providers[issuer]
	v.mu.Unlock()
	if ok && now.Sub(p.since).Abs() < keepProvider {
		return p.keys, nil
	}
	// The context lives as long as the key set, not as the request.
	client := v.client
	if u, err := url.Parse(issuer); err == nil && isLocal(u) {
		client = v.local
	}
	ctx := coreos.ClientContext(context.Background(), client)
	found, err := coreos.NewProvider(ctx, issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	var document struct {
		Keys string `json:"jwks_uri"`
	}
	if err := found.Claims(&document); err != nil || document.Keys == "" {
		return nil, fmt.Errorf("%w: no jwks_uri in the discovery document", ErrUnavailable)
	}
	p = &provider{keys: coreos.NewRemoteKeySet(ctx, document.Keys), since: now}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.providers) >= maxProviders {
		clear(v.providers)
	}
	v.providers[issuer] = p
	return p.keys, nil
}

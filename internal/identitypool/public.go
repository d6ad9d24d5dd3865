package identitypool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
)

// Endpoints are where the public providers are reached. Empty members mean the
// providers themselves; tests and closed networks put a stand-in there.
type Endpoints struct {
	// Google and Apple are issuers: their discovery documents and keys are
	// found below them, and their tokens name them.
	Google, Apple string
	// Facebook is the Graph API, Amazon the API of Login with Amazon, Twitter
	// that of Twitter: URLs without a final slash below which is answered whose
	// an access token is.
	Facebook, Amazon, Twitter string
}

// Public verifies tokens of the public providers: ID tokens of Google and Apple
// by their published keys, access tokens of Facebook, Login with Amazon and
// Twitter by asking the provider. Digits has ended: its tokens are answered as
// those of a provider that is down. It is safe for concurrent use.
type Public struct {
	tokens    Tokens
	client    *http.Client
	clock     clock.Clock
	endpoints Endpoints
}

const (
	providerTime   = 5 * time.Second
	providerAnswer = 1 << 16
	// vouchedFor is how long a user is taken to be signed in after the provider
	// has confirmed an access token that does not tell its end.
	vouchedFor = time.Hour
)

// NewPublic returns a verifier. Tokens verifies the ID tokens; transport makes
// the requests to the others, nil means http.DefaultTransport.
func NewPublic(tokens Tokens, transport http.RoundTripper, c clock.Clock, e Endpoints) *Public {
	if c == nil {
		c = clock.System{}
	}
	set := func(member *string, def string) {
		if *member == "" {
			*member = def
		}
	}
	set(&e.Google, "https://"+providerGoogle)
	set(&e.Apple, "https://"+providerApple)
	set(&e.Facebook, "https://"+providerFacebook)
	set(&e.Amazon, "https://api.amazon.com")
	set(&e.Twitter, "https://"+providerTwitter)
	return &Public{
		tokens: tokens, clock: c, endpoints: e,
		client: &http.Client{
			Transport: transport, Timeout: providerTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Verify implements PublicTokens.
func (p *Public) Verify(ctx context.Context, provider string, apps []string, secret string) (*Claims, error) {
	var claims *Claims
	var err error
	switch provider {
	case providerGoogle:
		claims, err = verifyForeign(ctx, p.tokens, p.endpoints.Google, secret)
	case providerApple:
		claims, err = verifyForeign(ctx, p.tokens, p.endpoints.Apple, secret)
	case providerFacebook:
		claims, err = p.facebook(ctx, secret)
	case providerAmazon:
		claims, err = p.amazon(ctx, secret)
	case providerTwitter:
		claims, err = p.twitter(ctx, apps, secret)
	default:
		return nil, ErrUnavailable
	}
	if err != nil {
		return nil, err
	}
	if len(claims.Audience) > 0 && !slices.ContainsFunc(claims.Audience, func(aud string) bool { return slices.Contains(apps, aud) }) {
		return nil, ErrAudience
	}
	return claims, nil
}

// AccessToken tells whose an access token of Facebook or of Login with Amazon
// is, for whichever app. The errors are ErrUnknownProvider for others,
// ErrSignature, ErrMalformed and ErrUnavailable.
func (p *Public) AccessToken(ctx context.Context, provider, secret string) (*Claims, error) {
	switch provider {
	case providerFacebook:
		return p.facebook(ctx, secret)
	case providerAmazon:
		return p.amazon(ctx, secret)
	}
	return nil, ErrUnknownProvider
}

// facebook asks the Graph API which app and which user an access token is of
// (Graph API reference, nodes "app" and "me").
func (p *Public) facebook(ctx context.Context, secret string) (*Claims, error) {
	var app, user map[string]any
	query := url.Values{"access_token": {secret}}
	if err := p.get(ctx, p.endpoints.Facebook+"/app?"+query.Encode(), &app); err != nil {
		return nil, err
	}
	query.Set("fields", "id,name,email")
	if err := p.get(ctx, p.endpoints.Facebook+"/me?"+query.Encode(), &user); err != nil {
		return nil, err
	}
	appID, _ := app["id"].(string)
	userID, _ := user["id"].(string)
	if appID == "" || userID == "" {
		return nil, ErrMalformed
	}
	user["aud"], user["sub"] = appID, userID
	return &Claims{
		Issuer: providerFacebook, Subject: userID, Audience: []string{appID}, Expires: p.clock.Now().Add(vouchedFor), All: user,
	}, nil
}

// amazon asks Login with Amazon whose an access token is (Login with Amazon
// documentation, "Verify the access token"). An app is known by its
// application ID or by its client ID.
func (p *Public) amazon(ctx context.Context, secret string) (*Claims, error) {
	var info map[string]any
	query := url.Values{"access_token": {secret}}
	if err := p.get(ctx, p.endpoints.Amazon+"/auth/o2/tokeninfo?"+query.Encode(), &info); err != nil {
		return nil, err
	}
	user, _ := info["user_id"].(string)
	var audience []string
	for _, name := range []string{"app_id", "aud"} {
		if id, ok := info[name].(string); ok && id != "" {
			audience = append(audience, id)
		}
	}
	left, ok := info["exp"].(float64)
	if user == "" || len(audience) == 0 || !ok {
		return nil, ErrMalformed
	}
	info["sub"] = user
	return &Claims{
		Issuer: providerAmazon, Subject: user, Audience: audience,
		Expires: p.clock.Now().Add(time.Duration(left) * time.Second), All: info,
	}, nil
}

// get reads a JSON object. An answer of the class 4xx means that the token is
// not good. Errors never hold the URL, in which the token is.
func (p *Public) get(ctx context.Context, address string, into *map[string]any) error {
	return p.getAs(ctx, address, "", into)
}

// getAs is get with a value for the header Authorization.
func (p *Public) getAs(ctx context.Context, address, authorization string, into *map[string]any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return ErrMalformed
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := p.client.Do(req)
	if err != nil {
		var at *url.Error
		if errors.As(err, &at) {
			err = at.Err
		}
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, req.URL.Host, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, providerAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, req.URL.Host, err)
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500 || res.StatusCode/100 == 3:
		return fmt.Errorf("%w: %s answers %s", ErrUnavailable, req.URL.Host, res.Status)
	case res.StatusCode != http.StatusOK:
		return ErrSignature
	case !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, into) != nil:
		return fmt.Errorf("%w: %s answers no JSON", ErrUnavailable, req.URL.Host)
	}
	return nil
}

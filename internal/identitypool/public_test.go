package identitypool

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // OAuth 1.0a knows no other
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// social stands in for Facebook, Login with Amazon and Twitter: a token is
// "<user>@<app>", "limited" too many requests, "broken" an outage, "moved" a
// redirect and "html" a page. The secret of Twitter's tokens is "s3cret", that
// of its apps "hidden".
func social(w http.ResponseWriter, r *http.Request) {
	secret := r.URL.Query().Get("access_token")
	if r.URL.Path == verifyCredentials {
		secret = twitterToken(r)
	}
	user, app, ok := strings.Cut(secret, "@")
	switch {
	case secret == "limited":
		w.WriteHeader(http.StatusTooManyRequests)
	case secret == "broken":
		w.WriteHeader(http.StatusBadGateway)
	case secret == "moved":
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	case secret == "html":
		fmt.Fprint(w, "<html>")
	case secret == "empty":
		fmt.Fprint(w, "{}")
	case !ok:
		w.WriteHeader(http.StatusBadRequest)
	case r.URL.Path == "/app":
		fmt.Fprintf(w, `{"id":%q,"name":"App"}`, app)
	case r.URL.Path == "/me":
		fmt.Fprintf(w, `{"id":%q,"name":"Jane","email":"jane@example.com"}`, user)
	case r.URL.Path == "/auth/o2/tokeninfo":
		fmt.Fprintf(w, `{"iss":"https://www.amazon.com","user_id":%q,"aud":"amzn1.client","app_id":%q,"exp":3597,"iat":1}`, user, app)
	case r.URL.Path == verifyCredentials:
		fmt.Fprintf(w, `{"id":1,"id_str":%q,"screen_name":"jane"}`, user)
	default:
		http.NotFound(w, r)
	}
}

// twitterToken checks the signature of a request by RFC 5849 and returns its
// token, or "" if the signature is not good or the token is another app's.
func twitterToken(r *http.Request) string {
	given := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		given[m[1]], _ = url.PathUnescape(m[2])
	}
	signature, err := base64.StdEncoding.DecodeString(given["oauth_signature"])
	if err != nil || given["oauth_nonce"] == "" || given["oauth_timestamp"] == "" {
		return ""
	}
	query := url.Values{}
	for name, value := range given {
		if name != "oauth_signature" {
			query.Set(name, value)
		}
	}
	text := "GET&" + url.QueryEscape("https://"+r.Host+r.URL.Path) + "&" + url.QueryEscape(query.Encode())
	mac := hmac.New(sha1.New, []byte("hidden&s3cret"))
	mac.Write([]byte(text))
	if !hmac.Equal(mac.Sum(nil), signature) {
		return ""
	}
	if _, app, ok := strings.Cut(given["oauth_token"], "@"); ok && app != given["oauth_consumer_key"] {
		return ""
	}
	return given["oauth_token"]
}

func newPublic(t *testing.T) *Public {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(social))
	t.Cleanup(s.Close)
	return NewPublic(fakeProviders{&fakeUserPools{}}, s.Client().Transport, clock.NewFixed(start), Endpoints{Facebook: s.URL, Amazon: s.URL, Twitter: s.URL})
}

func TestPublicProviders(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	for name, c := range map[string]struct {
		provider string
		apps     []string
		secret   string
		subject  string
		expires  time.Time
		err      error
	}{
		"Google":                {providerGoogle, []string{"g1", "g2"}, jwtOf(providerGoogle, "u", "g2", nil), "u", start.Add(time.Hour), nil},
		"Google, expired":       {providerGoogle, []string{"g"}, jwtOf(providerGoogle, "u", "g", claims{"exp": 5}), "u", time.Unix(5, 0), nil},
		"Google, other app":     {providerGoogle, []string{"g1"}, jwtOf(providerGoogle, "u", "g2", nil), "", time.Time{}, ErrAudience},
		"Google, Apple's token": {providerGoogle, []string{"g1"}, jwtOf(providerApple, "u", "g1", nil), "", time.Time{}, ErrIssuer},
		"Apple":                 {providerApple, []string{"a"}, jwtOf(providerApple, "u", "a", nil), "u", start.Add(time.Hour), nil},
		"Apple, forged":         {providerApple, []string{"a"}, jwtOf(providerApple, "u", "a", nil) + "x", "", time.Time{}, ErrSignature},
		"Facebook":              {providerFacebook, []string{"fb"}, "jane@fb", "jane", start.Add(time.Hour), nil},
		"Facebook, other app":   {providerFacebook, []string{"fb"}, "jane@other", "", time.Time{}, ErrAudience},
		"Facebook, bad token":   {providerFacebook, []string{"fb"}, "bad", "", time.Time{}, ErrSignature},
		"Facebook, down":        {providerFacebook, []string{"fb"}, "broken", "", time.Time{}, ErrUnavailable},
		"Facebook, busy":        {providerFacebook, []string{"fb"}, "limited", "", time.Time{}, ErrUnavailable},
		"Facebook, redirect":    {providerFacebook, []string{"fb"}, "moved", "", time.Time{}, ErrUnavailable},
		"Facebook, page":        {providerFacebook, []string{"fb"}, "html", "", time.Time{}, ErrUnavailable},
		"Facebook, empty":       {providerFacebook, []string{"fb"}, "empty", "", time.Time{}, ErrMalformed},
		"Amazon":                {providerAmazon, []string{"amzn1.app"}, "jane@amzn1.app", "jane", start.Add(3597 * time.Second), nil},
		"Amazon, client":        {providerAmazon, []string{"amzn1.client"}, "jane@amzn1.app", "jane", start.Add(3597 * time.Second), nil},
		"Amazon, other app":     {providerAmazon, []string{"amzn1.app"}, "jane@amzn1.other", "", time.Time{}, ErrAudience},
		"Amazon, bad token":     {providerAmazon, []string{"amzn1.app"}, "bad", "", time.Time{}, ErrSignature},
		"Amazon, empty":         {providerAmazon, []string{"amzn1.app"}, "empty", "", time.Time{}, ErrMalformed},
		"Twitter":               {providerTwitter, []string{"key", "hidden"}, "jane@key;s3cret", "jane", start.Add(time.Hour), nil},
		"Twitter, other secret": {providerTwitter, []string{"key", "hidden"}, "jane@key;guessed", "", time.Time{}, ErrSignature},
		"Twitter, other app":    {providerTwitter, []string{"key", "hidden"}, "jane@app;s3cret", "", time.Time{}, ErrSignature},
		"Twitter, app's secret": {providerTwitter, []string{"key", "wrong"}, "jane@key;s3cret", "", time.Time{}, ErrSignature},
		"Twitter, no app":       {providerTwitter, []string{"key"}, "jane@key;s3cret", "", time.Time{}, ErrAudience},
		"Twitter, no secret":    {providerTwitter, []string{"key", "hidden"}, "jane@key", "", time.Time{}, ErrMalformed},
		"Twitter, down":         {providerTwitter, []string{"key", "hidden"}, "broken;s3cret", "", time.Time{}, ErrUnavailable},
		"Twitter, empty":        {providerTwitter, []string{"key", "hidden"}, "empty;s3cret", "", time.Time{}, ErrMalformed},
		"Digits":                {providerDigits, []string{"t"}, "a;b", "", time.Time{}, ErrUnavailable},
	} {
		got, err := p.Verify(context.Background(), c.provider, c.apps, c.secret)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", name, err, c.err)
		}
		if err != nil && strings.Contains(err.Error(), c.secret) && c.secret != "bad" {
			t.Errorf("%s: the error %q tells the token", name, err)
		}
		if c.err == nil && (got == nil || got.Subject != c.subject || !got.Expires.Equal(c.expires) || got.All["sub"] != c.subject) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestUnreachablePublicProvider(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	s.Close()
	p := NewPublic(nil, s.Client().Transport, nil, Endpoints{Facebook: s.URL})
	_, err := p.Verify(context.Background(), providerFacebook, []string{"fb"}, "s3cret")
	if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
	if _, err = p.Verify(context.Background(), providerGoogle, []string{"g"}, jwt(nil)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a verifier of tokens: %v", err)
	}
}

func TestPublicEndpoints(t *testing.T) {
	t.Parallel()
	var asked []string
	p := NewPublic(verifierFunc(func(issuer string) { asked = append(asked, issuer) }), nil, nil, Endpoints{Apple: "https://stand-in.example"})
	for _, provider := range []string{providerGoogle, providerApple} {
		if _, err := p.Verify(context.Background(), provider, nil, "x"); !errors.Is(err, ErrMalformed) {
			t.Error(err)
		}
	}
	if strings.Join(asked, " ") != "https://accounts.google.com https://stand-in.example" {
		t.Errorf("asked %v", asked)
	}
	if p.endpoints.Facebook != "https://graph.facebook.com" || p.endpoints.Amazon != "https://api.amazon.com" || p.endpoints.Twitter != "https://api.twitter.com" {
		t.Errorf("endpoints %+v", p.endpoints)
	}
}

type verifierFunc func(issuer string)

func (f verifierFunc) Verify(_ context.Context, issuer, _ string) (token.Claims, error) {
	f(issuer)
	return nil, token.ErrMalformed
}

// TestFacebookLogin goes the whole way to an identity.
func TestFacebookLogin(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.s.public = newPublic(t)
	pool := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.SupportedLoginProviders = map[string]string{providerFacebook: "fb", providerTwitter: "key;hidden", providerDigits: "key;hidden"}
	})
	b.setRoles(pool, map[string]string{roleAuthenticated: authRole}, nil)
	id := b.getID(pool, logins(providerFacebook, "jane@fb"))
	b.credentials(id, logins(providerFacebook, "jane@fb"))
	if amr := b.roles.last().AMR; len(amr) != 3 || amr[1] != "graph.facebook.com" || amr[2] != "graph.facebook.com:fb:jane" {
		t.Errorf("amr %v", amr)
	}
	refusal(t, b.tryID(pool, logins(providerFacebook, "jane@other")), "NotAuthorizedException", unsupportedToken)
	refusal(t, b.tryID(pool, logins(providerFacebook, "bad")), "NotAuthorizedException", tokenUnverified)
	refusal(t, b.tryID(pool, logins(providerFacebook, "broken")), "ExternalServiceException", "The identity provider graph.facebook.com did not respond.")
	refusal(t, b.tryID(pool, logins(providerDigits, "a;b")), "ExternalServiceException", "The identity provider www.digits.com did not respond.")
}

// TestTwitterLogin goes the whole way, and finds the consumer secret sealed.
func TestTwitterLogin(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.s.public = newPublic(t)
	pool := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.SupportedLoginProviders = map[string]string{providerFacebook: "fb", providerTwitter: "key;hidden"}
	})
	b.setRoles(pool, map[string]string{roleAuthenticated: authRole}, nil)
	good := logins(providerTwitter, "jane@key;s3cret")
	id := b.getID(pool, good)
	b.credentials(id, good)
	if amr := b.roles.last().AMR; len(amr) != 3 || amr[1] != "api.twitter.com" || amr[2] != "api.twitter.com:key:jane" {
		t.Errorf("amr %v", amr)
	}
	refusal(t, b.tryCredentials(id, logins(providerTwitter, "joe@key;s3cret")), "NotAuthorizedException", loginsDontMatch)
	refusal(t, b.tryID(pool, logins(providerTwitter, "jane@key;guess")), "NotAuthorizedException", tokenUnverified)
	refusal(t, b.tryID(pool, logins(providerTwitter, "jane@key")), "NotAuthorizedException", tokenMalformed)
	shown := func() map[string]string {
		out, err := b.s.DescribeIdentityPool(b.ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &pool})
		if err != nil {
			t.Fatal(err)
		}
		return out.SupportedLoginProviders
	}
	if got := shown(); len(got) != 2 || got[providerTwitter] != "key;hidden" || got[providerFacebook] != "fb" {
		t.Errorf("shown %v", got)
	}
	var row store.IdentityPool
	read := func() {
		if err := b.db.View(b.ctx, func(tx *store.Tx) (err error) { row, err = tx.IdentityPool(pool); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if read(); strings.Contains(row.Settings, "hidden") || !strings.Contains(row.Secrets, "hidden") {
		t.Errorf("settings %s, secrets %s", row.Settings, row.Secrets)
	}
	b.s.pools = poolCache{}
	b.getID(pool, good)
	_, err := b.s.UpdateIdentityPool(b.ctx, &cognitoidentity.UpdateIdentityPoolInput{
		IdentityPoolId: &pool, IdentityPoolName: ptr("test"), SupportedLoginProviders: map[string]string{providerFacebook: "fb"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if read(); len(shown()) != 1 || row.Secrets != "" {
		t.Errorf("after the update: %v, %s", shown(), row.Secrets)
	}
	refusal(t, b.tryID(pool, good), "NotAuthorizedException", unsupportedToken)
}

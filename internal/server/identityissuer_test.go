package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// The documents of the identity pools' issuer are at its own name too, for
// networks whose resolver sends that name here.
func TestIdentityIssuer(t *testing.T) {
	t.Parallel()
	f := start(t)
	get := func(host, path string) answer {
		r := f.newRequest(http.MethodGet, "")
		r.URL.Path = path
		if host != "" {
			r.Host = host
		}
		return f.do(r)
	}
	for _, at := range [][2]string{{"", "/cognito-identity"}, {"cognito-identity.amazonaws.com", ""}, {"cognito-identity.amazonaws.com:443", ""}} {
		a := get(at[0], at[1]+"/.well-known/openid-configuration")
		if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"issuer":"https://cognito-identity.amazonaws.com"`) || !strings.Contains(a.body, `"jwks_uri":"`+f.url+`/cognito-identity/.well-known/jwks_uri"`) {
			t.Errorf("%v: %d %s", at, a.StatusCode, a.body)
		}
		if a := get(at[0], at[1]+"/.well-known/jwks_uri"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"alg":"RS512"`) {
			t.Errorf("%v: %d %s", at, a.StatusCode, a.body)
		}
	}
	for _, at := range [][2]string{{"", "/.well-known/jwks_uri"}, {"cognito-idp.us-east-1.amazonaws.com", "/.well-known/jwks_uri"}, {"cognito-identity.amazonaws.com", "/.well-known/x"}} {
		if a := get(at[0], at[1]); a.StatusCode != http.StatusNotFound {
			t.Errorf("%v: %d", at, a.StatusCode)
		}
	}
}

// A pool that says nothing of guests takes none: the member has a default in
// the service's model, also where it is said to be required.
func TestGuestsAreOffByDefault(t *testing.T) {
	t.Parallel()
	f := start(t)
	a := f.signedJSON("cognito-identity", "AWSCognitoIdentityService.CreateIdentityPool", `{"IdentityPoolName":"test"}`)
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"AllowUnauthenticatedIdentities":false`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

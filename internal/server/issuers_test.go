package server_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/server"
)

func updatedIssuer(in *idpapi.CreateUserPoolInput) {
	in.IssuerConfiguration = &types.IssuerConfigurationType{Type: types.IssuerTypeUpdated}
}

func issuerOf(t *testing.T, jwt *string) string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(*jwt, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Iss string }
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Iss
}

func (f *fixture) get(path string) answer {
	f.t.Helper()
	r := f.newRequest(http.MethodGet, "")
	r.URL.Path = path
	return f.do(r)
}

// A pool with the updated issuer signs with it, publishes discovery and keys
// there, and its tokens are logins of identity pools.
func TestUpdatedIssuer(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t), updatedIssuer)
	in, err := r.signIn(t, r.here, "jane")
	if err != nil {
		t.Fatal(err)
	}
	want := r.url + "/issuer/" + *r.pool
	for _, jwt := range []*string{in.AuthenticationResult.IdToken, in.AuthenticationResult.AccessToken} {
		if got := issuerOf(t, jwt); got != want {
			t.Errorf("the issuer is %s, want %s", got, want)
		}
	}
	var discovery struct {
		Issuer  string
		JWKSURI string `json:"jwks_uri"`
	}
	path := "/issuer/" + *r.pool + "/.well-known/"
	if a := r.get(path + "openid-configuration"); json.Unmarshal([]byte(a.body), &discovery) != nil || discovery.Issuer != want || discovery.JWKSURI != want+"/.well-known/jwks.json" {
		t.Errorf("the discovery document is %s", a.body)
	}
	keys, original := r.get(path+"jwks.json"), r.get("/"+*r.pool+"/.well-known/jwks.json")
	if keys.StatusCode != http.StatusOK || keys.body != original.body || !strings.Contains(keys.body, `"kid"`) {
		t.Errorf("the keys are %s and %s", keys.body, original.body)
	}
	if _, err := r.here.GetUser(t.Context(), &idpapi.GetUserInput{AccessToken: in.AuthenticationResult.AccessToken}); err != nil {
		t.Error(err)
	}
	identities := cognitoidentity.NewFromConfig(r.config("test", "test", ""))
	provider := "cognito-idp." + region + ".amazonaws.com/" + *r.pool
	pool, err := identities.CreateIdentityPool(t.Context(), &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String("test"), CognitoIdentityProviders: []identitytypes.CognitoIdentityProvider{{ProviderName: &provider, ClientId: r.client}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, login := range []string{provider, "issuer-" + provider, strings.TrimPrefix(want, "http://")} {
		id, err := identities.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: pool.IdentityPoolId, Logins: map[string]string{login: *in.AuthenticationResult.IdToken}})
		if err != nil {
			t.Errorf("login as %s: %v", login, err)
			continue
		}
		ids = append(ids, *id.IdentityId)
	}
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("the identities are %v", ids)
	}
}

// The issuer of a pool follows its configuration. Where it is the original one,
// there is nothing at the updated one, nor are tokens of it logins.
func TestIssuerChanges(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t), updatedIssuer)
	before, err := r.signIn(t, r.here, "jane")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.here.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, IssuerConfiguration: &types.IssuerConfigurationType{Type: types.IssuerTypeOriginal}}); err != nil {
		t.Fatal(err)
	}
	after, err := r.signIn(t, r.here, "jane")
	if err != nil {
		t.Fatal(err)
	}
	if got := issuerOf(t, after.AuthenticationResult.IdToken); got != r.url+"/"+*r.pool {
		t.Errorf("the issuer is %s", got)
	}
	if a := r.get("/issuer/" + *r.pool + "/.well-known/jwks.json"); a.StatusCode != http.StatusNotFound {
		t.Errorf("keys at the updated issuer: %d", a.StatusCode)
	}
	identities := cognitoidentity.NewFromConfig(r.config("test", "test", ""))
	provider := "cognito-idp." + region + ".amazonaws.com/" + *r.pool
	pool, err := identities.CreateIdentityPool(t.Context(), &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String("test"), CognitoIdentityProviders: []identitytypes.CognitoIdentityProvider{{ProviderName: &provider, ClientId: r.client}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = identities.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: pool.IdentityPoolId, Logins: map[string]string{provider: *before.AuthenticationResult.IdToken}})
	wantCode(t, "a token of the former issuer", err, "NotAuthorizedException", "")
}

// With AWS's issuers, the original one is of the region where the user signed
// in, and the updated one of the primary region.
func TestIssuersOfReplicas(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.AWSIssuer = true })
	original, updated := newReplicated(t, f), newReplicated(t, f, updatedIssuer)
	for _, c := range []struct {
		r           *replicated
		here, there string
	}{
		{original, "https://cognito-idp." + region, "https://cognito-idp." + secondary},
		{updated, "https://issuer-cognito-idp." + region, "https://issuer-cognito-idp." + region},
	} {
		c.r.replicate(t, types.UpdateReplicaStatusTypeActive)
		for client, want := range map[*idpapi.Client]string{c.r.here: c.here, c.r.away: c.there} {
			in, err := c.r.signIn(t, client, "jane")
			if err != nil {
				t.Fatal(err)
			}
			if got := issuerOf(t, in.AuthenticationResult.IdToken); got != want+".amazonaws.com/"+*c.r.pool {
				t.Errorf("the issuer is %s, want %s", got, want)
			}
			for _, other := range []*idpapi.Client{c.r.here, c.r.away} {
				if _, err := other.GetUser(t.Context(), &idpapi.GetUserInput{AccessToken: in.AuthenticationResult.AccessToken}); err != nil {
					t.Errorf("a token of the other region: %v", err)
				}
			}
		}
	}
}

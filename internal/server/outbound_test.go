package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// A relying party verifies an account's web identity token by the documents at
// its issuer.
func TestOutboundWebIdentity(t *testing.T) {
	t.Parallel()
	f := start(t)
	cfg := f.config("test", "test", "")
	admin := iam.NewFromConfig(cfg)
	worker := f.user(admin, "worker")
	f.put(admin, "worker", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	for _, alg := range []string{"RS256", "ES384"} {
		in := &sts.GetWebIdentityTokenInput{Audience: []string{"https://party.example"}, SigningAlgorithm: aws.String(alg)}
		if alg == "RS256" {
			_, err := sts.NewFromConfig(worker).GetWebIdentityToken(t.Context(), in)
			wantCode(t, "before it is enabled", err, "OutboundWebIdentityFederationDisabledException", "")
			if _, err := admin.EnableOutboundWebIdentityFederation(t.Context(), &iam.EnableOutboundWebIdentityFederationInput{}); err != nil {
				t.Fatal(err)
			}
		}
		out, err := sts.NewFromConfig(worker).GetWebIdentityToken(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.ParseSigned(*out.WebIdentityToken, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		issuer := f.url + "/account-" + account
		var discovery struct {
			Issuer string `json:"issuer"`
			JWKS   string `json:"jwks_uri"`
		}
		f.document(issuer+"/.well-known/openid-configuration", &discovery)
		if discovery.Issuer != issuer {
			t.Errorf("the issuer is %s", discovery.Issuer)
		}
		var keys jose.JSONWebKeySet
		f.document(discovery.JWKS, &keys)
		var claims jwt.Claims
		if err := token.Claims(keys, &claims); err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if claims.Issuer != issuer || claims.Subject != "arn:aws:iam::"+account+":user/worker" || !claims.Audience.Contains("https://party.example") {
			t.Errorf("%s: %+v", alg, claims)
		}
	}
}

func (f *fixture) document(url string, into any) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), "GET", url, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	a := f.do(r)
	if a.StatusCode != 200 || json.Unmarshal([]byte(a.body), into) != nil {
		f.t.Fatalf("%s: %d %s", url, a.StatusCode, a.body)
	}
}

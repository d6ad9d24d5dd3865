package gotest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identity "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"

	"github.com/poolhouse-id/poolhouse/internal/saml/samltest"
)

// issuer is an OpenID Connect provider for tests.
type issuer struct {
	t      *testing.T
	key    *rsa.PrivateKey
	server *httptest.Server
	// url is the issuer of its tokens.
	url  string
	down atomic.Bool
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key}
	i.server = httptest.NewUnstartedServer(i)
	t.Cleanup(i.server.Close)
	return i
}

// ServeHTTP implements http.Handler.
func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case i.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/.well-known/openid-configuration":
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.url, i.url+"/keys")
	case r.URL.Path == "/keys":
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}}) //nolint:errcheck // the client went away
	default:
		http.NotFound(w, r)
	}
}

// token is a token of a user, good for an hour, with more claims in pairs.
func (i *issuer) token(sub, aud string, more ...any) string {
	i.t.Helper()
	claims := map[string]any{"iss": i.url, "sub": sub, "aud": aud, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	for n := 0; n < len(more); n += 2 {
		claims[more[n].(string)] = more[n+1]
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		i.t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		i.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

// proxy is an HTTP proxy for a network without an outside: every host is at
// the address.
func proxy(t *testing.T, address string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		to, err := net.Dial("tcp", address)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer to.Close()
		from, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer from.Close()
		io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n") //nolint:errcheck // the copy below tells
		go io.Copy(to, from)                                                //nolint:errcheck // it ends with the connections
		io.Copy(from, to)                                                   //nolint:errcheck // the same
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// apis stands in for the providers that answer whose an access token is: a
// token is "<user>@<app>", and "down" an outage.
func apis(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret := r.URL.Query().Get("access_token")
		if header := r.Header.Get("Authorization"); header != "" {
			_, rest, _ := strings.Cut(header, `oauth_token="`)
			rest, _, _ = strings.Cut(rest, `"`)
			secret, _ = url.PathUnescape(rest)
		}
		user, app, ok := strings.Cut(secret, "@")
		switch {
		case secret == "down":
			w.WriteHeader(http.StatusBadGateway)
		case !ok:
			w.WriteHeader(http.StatusBadRequest)
		case r.URL.Path == "/app":
			fmt.Fprintf(w, `{"id":%q}`, app)
		case r.URL.Path == "/me", r.URL.Path == "/1.1/account/verify_credentials.json":
			fmt.Fprintf(w, `{"id":%q,"id_str":%q}`, user, user)
		case r.URL.Path == "/auth/o2/tokeninfo":
			fmt.Fprintf(w, `{"user_id":%q,"aud":"client","app_id":%q,"exp":3600}`, user, app)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// foreign is a house with every kind of provider, none of them its own.
type foreign struct {
	*house
	oidc, google, apple *issuer
	saml                *samltest.Provider
	oidcARN, samlARN    string
	oidcName            string
	pool, anyone        string
}

// oidcHost is a name in the certificate of httptest's servers.
const oidcHost = "example.com"

func newForeign(t *testing.T) *foreign {
	t.Helper()
	f := &foreign{oidc: newIssuer(t), google: newIssuer(t), apple: newIssuer(t), saml: samltest.New(t, "https://idp.example.com"), oidcName: oidcHost}
	f.oidc.server.StartTLS()
	f.oidc.url = "https://" + oidcHost
	for _, i := range []*issuer{f.google, f.apple} {
		i.server.Start()
		i.url = i.server.URL
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.oidc.server.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"SSL_CERT_FILE=" + bundle, "HTTPS_PROXY=" + proxy(t, f.oidc.server.Listener.Addr().String()), "NO_PROXY=127.0.0.1"}
	api := apis(t)
	f.house = newHouse(t, serveIn(t, env, "--data", ":memory:", "--google-issuer", f.google.url, "--apple-issuer", f.apple.url,
		"--facebook-api", api, "--amazon-api", api, "--twitter-api", api))
	ctx := t.Context()
	f.oidcARN = *must(f.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: &f.oidc.url, ClientIDList: []string{"app", "other"}}))(f.house, "CreateOpenIDConnectProvider").OpenIDConnectProviderArn
	f.samlARN = *must(f.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: aws.String("corp"), SAMLMetadataDocument: &f.saml.Metadata}))(f.house, "CreateSAMLProvider").SAMLProviderArn
	f.pool = f.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.OpenIdConnectProviderARNs, in.SamlProviderARNs = []string{f.oidcARN}, []string{f.samlARN}
		in.SupportedLoginProviders = map[string]string{
			"accounts.google.com": "google-app", "appleid.apple.com": "apple-app", "graph.facebook.com": "facebook-app",
			"www.amazon.com": "amazon-app", "api.twitter.com": "twitter-key;twitter-secret",
		}
	})
	f.anyone = f.anyRole(f.pool)
	return f
}

// assertion is a SAML response for a user that was issued now, changed by f.
func (f *foreign) assertion(user string, change ...func(*samltest.Assertion)) string {
	a := samltest.Assertion{
		Issuer: f.saml.EntityID, Subject: user, Audience: "urn:amazon:webservices", Recipient: "https://signin.aws.amazon.com/saml",
		IssuedAt: time.Now(), NotOnOrAfter: time.Now().Add(5 * time.Minute),
	}
	for _, c := range change {
		c(&a)
	}
	return f.saml.Respond(a)
}

// logins are those of a user at each provider.
func (f *foreign) logins(user string) map[string]string {
	return map[string]string{
		f.oidcName: f.oidc.token(user, "app"), f.samlARN: f.assertion(user),
		"accounts.google.com": f.google.token(user, "google-app"), "appleid.apple.com": f.apple.token(user, "apple-app"),
		"graph.facebook.com": user + "@facebook-app", "www.amazon.com": user + "@amazon-app", "api.twitter.com": user + "@x;secret",
	}
}

// Users of OpenID Connect and SAML providers in IAM and of the public providers
// get identities, tokens and credentials.
func TestForeignLogins(t *testing.T) {
	t.Parallel()
	f := newForeign(t)
	amr := map[string]string{
		f.oidcName: f.oidcARN + ":OIDC:jane", f.samlARN: f.samlARN + ":SAML:jane",
		"accounts.google.com": "accounts.google.com:google-app:jane", "appleid.apple.com": "appleid.apple.com:apple-app:jane",
		"graph.facebook.com": "graph.facebook.com:facebook-app:jane", "www.amazon.com": "www.amazon.com:amazon-app:jane",
		"api.twitter.com": "api.twitter.com:twitter-key:jane",
	}
	janes, joes := f.logins("jane"), f.logins("joe")
	seen := map[string]string{}
	for name := range janes {
		jane, joe := map[string]string{name: janes[name]}, map[string]string{name: joes[name]}
		id := f.mustID(f.pool, jane)
		if other := seen[id]; other != "" {
			t.Errorf("users of %s and %s have one identity", name, other)
		}
		seen[id] = name
		if again := f.mustID(f.pool, jane); again != id {
			t.Errorf("%s: %s, then %s", name, id, again)
		}
		if f.mustID(f.pool, joe) == id {
			t.Errorf("%s: two users have one identity", name)
		}
		if arn := f.callerARN(f.session(id, jane)); !strings.HasSuffix(arn, "/CognitoIdentityCredentials") {
			t.Errorf("%s: the caller is %s", name, arn)
		}
		_, err := f.credentials(id, joe)
		refused(t, err, "NotAuthorizedException", otherLogins)
		token := f.mustOpenID(id, jane)
		got := fmt.Sprint(claimsOf(t, token, 1)["amr"])
		if want := fmt.Sprint([]string{"authenticated", name, amr[name]}); got != want {
			t.Errorf("%s: amr %s, want %s", name, got, want)
		}
		must(f.assume(f.anyone, token))(f.house, "AssumeRoleWithWebIdentity")
		shown := must(f.pools.DescribeIdentity(t.Context(), &cognitoidentity.DescribeIdentityInput{IdentityId: &id}))(f.house, "DescribeIdentity")
		if !slices.Equal(shown.Logins, []string{name}) {
			t.Errorf("%s: shown logins %v", name, shown.Logins)
		}
	}
	t.Run("refusals", func(t *testing.T) { foreignRefusals(t, f) })
	t.Run("role mappings", func(t *testing.T) { foreignMappings(t, f) })
	t.Run("outage", func(t *testing.T) { foreignOutage(t, f) })
	t.Run("STS takes the provider's own tokens", func(t *testing.T) {
		role := f.role("oidc", policyOf(map[string]any{
			"Effect": "Allow", "Principal": map[string]string{"Federated": f.oidcARN}, "Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": map[string]any{"StringEquals": map[string]string{oidcHost + ":aud": "app"}},
		}), "")
		out := must(f.assume(role, f.oidc.token("jane", "app")))(f.house, "AssumeRoleWithWebIdentity")
		if *out.SubjectFromWebIdentityToken != "jane" || *out.Audience != "app" {
			t.Errorf("%s, %s", *out.SubjectFromWebIdentityToken, *out.Audience)
		}
		_, err := f.assume(role, f.oidc.token("jane", "other"))
		refused(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
		// It is no token of the identity pools, whose role does not take it.
		_, err = f.assume(f.anyone, f.oidc.token("jane", "app"))
		refused(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	})
}

func foreignRefusals(t *testing.T, f *foreign) {
	jane := f.logins("jane")
	forged := f.oidc.token("jane", "app")
	forged = forged[:len(forged)-8] + "AAAAAAAA"
	late := func(a *samltest.Assertion) { a.IssuedAt = time.Now().Add(-6 * time.Minute) }
	elsewhere := func(a *samltest.Assertion) { a.Audience = "https://elsewhere.example" }
	unsigned := func(a *samltest.Assertion) { a.Unsigned = true }
	for name, c := range map[string]struct {
		provider, token, message string
	}{
		"OIDC, client that is not registered": {f.oidcName, f.oidc.token("jane", "third"), otherToken},
		"OIDC, forged":                        {f.oidcName, forged, unverified},
		"OIDC, another issuer's token":        {f.oidcName, f.google.token("jane", "app"), unverified},
		"OIDC, no token":                      {f.oidcName, "x", badToken},
		"OIDC, not in the pool":               {"idp.example.com", f.oidc.token("jane", "app", "iss", "https://idp.example.com"), otherToken},
		"OIDC, no subject":                    {f.oidcName, f.oidc.token("", "app"), "Invalid login token. Missing a required claim: sub"},
		"Google, another app":                 {"accounts.google.com", f.google.token("jane", "app"), otherToken},
		"Google, Apple's token":               {"accounts.google.com", jane["appleid.apple.com"], unverified},
		"Google, another issuer":              {"accounts.google.com", f.google.token("jane", "google-app", "iss", "https://accounts.google.com"), otherIssuer},
		"Apple, no token":                     {"appleid.apple.com", "x", badToken},
		"Facebook, another app":               {"graph.facebook.com", "jane@app", otherToken},
		"Facebook, bad token":                 {"graph.facebook.com", "x", unverified},
		"Amazon, another app":                 {"www.amazon.com", "jane@app", otherToken},
		"Amazon, bad token":                   {"www.amazon.com", "x", unverified},
		"Twitter, bad token":                  {"api.twitter.com", "x;secret", unverified},
		"Twitter, without its secret":         {"api.twitter.com", "jane@x", badToken},
		"Digits, not in the pool":             {"www.digits.com", "x", otherToken},
		"SAML, no response":                   {f.samlARN, "x", badToken},
		"SAML, too old":                       {f.samlARN, f.assertion("jane", late), "Invalid login token. Token expired."},
		"SAML, for somebody else":             {f.samlARN, f.assertion("jane", elsewhere), otherToken},
		"SAML, unsigned":                      {f.samlARN, f.assertion("jane", unsigned), unverified},
		"SAML, not in the pool":               {f.samlARN + "-2", jane[f.samlARN], otherToken},
		"unknown provider":                    {"idp.example.org", f.oidc.token("jane", "app"), otherIssuer},
	} {
		_, err := f.getID(f.pool, map[string]string{c.provider: c.token})
		t.Run(name, func(t *testing.T) { refused(t, err, "NotAuthorizedException", c.message) })
	}
	// Expired tokens are told with both times.
	exp := time.Now().Add(-time.Minute).Unix()
	for provider, token := range map[string]string{f.oidcName: f.oidc.token("jane", "app", "exp", exp), "accounts.google.com": f.google.token("jane", "google-app", "exp", exp)} {
		_, err := f.getID(f.pool, map[string]string{provider: token})
		if text := message(err); !strings.HasPrefix(text, "Invalid login token. Token expired: ") || !strings.HasSuffix(text, fmt.Sprint(" >= ", exp)) {
			t.Errorf("%s, expired: %v", provider, err)
		}
	}
	// One bad login spoils the good one.
	_, err := f.getID(f.pool, map[string]string{f.oidcName: jane[f.oidcName], "www.amazon.com": "x"})
	refused(t, err, "NotAuthorizedException", unverified)
}

func foreignMappings(t *testing.T, f *foreign) {
	f = &foreign{house: f.in(t), oidc: f.oidc, saml: f.saml, oidcARN: f.oidcARN, samlARN: f.samlARN, oidcName: f.oidcName}
	pool := f.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.OpenIdConnectProviderARNs, in.SamlProviderARNs = []string{f.oidcARN}, []string{f.samlARN}
	})
	ops, dev := f.role("ops", trust(pool, "authenticated"), ""), f.role("dev", trust(pool, "authenticated"), "")
	f.setRoles(pool, dev, "", map[string]identity.RoleMapping{
		f.oidcARN: {Type: identity.RoleMappingTypeRules, AmbiguousRoleResolution: identity.AmbiguousRoleResolutionTypeDeny, RulesConfiguration: &identity.RulesConfigurationType{
			Rules: []identity.MappingRule{{Claim: aws.String("team"), MatchType: identity.MappingRuleMatchTypeEquals, Value: aws.String("ops"), RoleARN: &ops}},
		}},
		f.samlARN: {Type: identity.RoleMappingTypeToken, AmbiguousRoleResolution: identity.AmbiguousRoleResolutionTypeAuthenticatedRole},
	})
	oidc := map[string]string{f.oidcName: f.oidc.token("jane", "app", "team", "ops")}
	if got := f.roleOf(f.mustID(pool, oidc), oidc); got != ops {
		t.Errorf("OIDC: %s", got)
	}
	oidc = map[string]string{f.oidcName: f.oidc.token("jane", "app", "team", "dev")}
	_, err := f.credentials(f.mustID(pool, oidc), oidc)
	refused(t, err, "NotAuthorizedException", "The ambiguous role mapping rules for: "+f.oidcARN+" denied this request.")
	withRole := func(a *samltest.Assertion) {
		a.Attributes = map[string][]string{"https://aws.amazon.com/SAML/Attributes/Role": {ops + "," + f.samlARN}}
	}
	saml := map[string]string{f.samlARN: f.assertion("jane", withRole)}
	if got := f.roleOf(f.mustID(pool, saml), saml); got != ops {
		t.Errorf("SAML: %s", got)
	}
	saml = map[string]string{f.samlARN: f.assertion("jane")}
	if got := f.roleOf(f.mustID(pool, saml), saml); got != dev {
		t.Errorf("SAML without a role: %s", got)
	}
}

func foreignOutage(t *testing.T, f *foreign) {
	for _, name := range []string{"graph.facebook.com", "www.amazon.com", "api.twitter.com"} {
		token := "down"
		if name == "api.twitter.com" {
			token = "down;secret"
		}
		_, err := f.getID(f.pool, map[string]string{name: token})
		refused(t, err, "ExternalServiceException", "The identity provider "+name+" did not respond.")
	}
	// A provider of whom nothing is known yet cannot be asked.
	down := newIssuer(t)
	down.server.StartTLS()
	down.url = "https://down.example.com"
	arn := *must(f.iam.CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{Url: &down.url, ClientIDList: []string{"app"}}))(f.house, "CreateOpenIDConnectProvider").OpenIDConnectProviderArn
	pool := f.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) { in.OpenIdConnectProviderARNs = []string{arn} })
	_, err := f.getID(pool, map[string]string{"down.example.com": down.token("jane", "app")})
	refused(t, err, "ExternalServiceException", "The identity provider down.example.com did not respond.")
	_, err = f.assume(f.anyone, down.token("jane", "app"))
	wantCode(t, err, "InvalidIdentityToken")
}

// Several logins are one identity: linked when they come together, merged when
// they were two, unlinked by their owner.
func TestLinkedLogins(t *testing.T) {
	t.Parallel()
	f := newForeign(t)
	h, ctx := f.house, t.Context()
	all := f.logins("jane")
	pick := func(from map[string]string, names ...string) map[string]string {
		m := map[string]string{}
		for _, n := range names {
			m[n] = from[n]
		}
		return m
	}
	shown := func(id string) []string {
		t.Helper()
		return must(h.pools.DescribeIdentity(ctx, &cognitoidentity.DescribeIdentityInput{IdentityId: &id}))(h, "DescribeIdentity").Logins
	}
	const google, apple, amazon, facebook = "accounts.google.com", "appleid.apple.com", "www.amazon.com", "graph.facebook.com"
	// A guest who signs in keeps the identity, and cannot go back.
	guest := h.mustID(f.pool, nil)
	if out := h.mustCredentials(guest, pick(all, google)); *out.IdentityId != guest {
		t.Errorf("the guest became %s", *out.IdentityId)
	}
	_, err := h.credentials(guest, nil)
	refused(t, err, "NotAuthorizedException", "Access to Identity '"+guest+"' is forbidden.")
	// More logins are linked by GetCredentialsForIdentity and GetOpenIdToken.
	h.mustCredentials(guest, pick(all, google, apple))
	h.mustOpenID(guest, pick(all, apple, f.oidcName))
	if got := shown(guest); !slices.Equal(got, []string{google, apple, f.oidcName}) {
		t.Errorf("linked: %v", got)
	}
	for _, name := range []string{google, apple, f.oidcName} {
		if got := h.mustID(f.pool, pick(all, name)); got != guest {
			t.Errorf("%s is of %s", name, got)
		}
	}
	// Two identities that prove to be one user are merged: the one that was asked
	// for lives on, the other is disabled and stands for it.
	other := h.mustID(f.pool, pick(all, amazon))
	out := h.mustCredentials(guest, pick(all, google, amazon))
	if *out.IdentityId != guest || h.mustID(f.pool, pick(all, amazon)) != guest {
		t.Errorf("merged into %s", *out.IdentityId)
	}
	if got := shown(other); len(got) != 0 {
		t.Errorf("the merged identity has %v", got)
	}
	if out := h.mustCredentials(other, pick(all, amazon)); *out.IdentityId != guest {
		t.Errorf("the merged identity stands for %s", *out.IdentityId)
	}
	enabled := must(h.pools.ListIdentities(ctx, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &f.pool, MaxResults: aws.Int32(60), HideDisabled: true}))(h, "ListIdentities")
	if slices.ContainsFunc(enabled.Identities, func(d identity.IdentityDescription) bool { return *d.IdentityId == other }) {
		t.Error("a disabled identity is listed with HideDisabled")
	}
	// One user of a provider per identity.
	_, err = h.credentials(guest, map[string]string{apple: all[apple], google: f.google.token("joe", "google-app")})
	refused(t, err, "ResourceConflictException", "Logins are already linked to another account.")
	joe := h.mustID(f.pool, map[string]string{google: f.google.token("joe", "google-app")})
	if joe == guest {
		t.Error("the refused login was linked")
	}
	// Unlinking needs a login of the identity; what was unlinked is new again.
	unlink := func(id string, proof map[string]string, names ...string) error {
		_, err := h.pools.UnlinkIdentity(ctx, &cognitoidentity.UnlinkIdentityInput{IdentityId: &id, Logins: proof, LoginsToRemove: names})
		return err
	}
	refused(t, unlink(guest, pick(all, facebook), google), "NotAuthorizedException", otherLogins)
	refused(t, unlink(guest, pick(all, google), facebook), "NotAuthorizedException", otherLogins)
	refused(t, unlink(guest, map[string]string{google: "x"}, google), "NotAuthorizedException", badToken)
	if err := unlink(guest, pick(all, google), amazon, apple); err != nil {
		t.Fatal(err)
	}
	if got := shown(guest); !slices.Equal(got, []string{google, f.oidcName}) {
		t.Errorf("after unlinking: %v", got)
	}
	if h.mustID(f.pool, pick(all, amazon)) == guest {
		t.Error("the unlinked login is still of the identity")
	}
	_, err = h.credentials(guest, pick(all, apple))
	refused(t, err, "NotAuthorizedException", otherLogins)
	if err := unlink(guest, pick(all, google), google, f.oidcName); err != nil {
		t.Fatal(err)
	}
	_, err = h.credentials(guest, nil)
	refused(t, err, "NotAuthorizedException", "Access to Identity '"+guest+"' is forbidden.")
	token := must(h.pools.GetOpenIdToken(ctx, &cognitoidentity.GetOpenIdTokenInput{IdentityId: &joe, Logins: map[string]string{google: f.google.token("joe", "google-app")}}))(h, "GetOpenIdToken")
	must(h.sts.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{RoleArn: &f.anyone, RoleSessionName: aws.String("app"), WebIdentityToken: token.Token}))(h, "AssumeRoleWithWebIdentity")
}

package identitypool

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/google/go-cmp/cmp"
)

func TestGetOpenIdToken(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	guest, user := b.getID(pool, nil), b.getID(pool, logins(userPool, idToken("u")))
	id, jwt, err := b.openID(guest, nil)
	if err != nil || id != guest {
		t.Fatal(id, err)
	}
	want := map[string]any{
		"sub": guest, "aud": pool, "iss": "https://cognito-identity.amazonaws.com", "amr": []any{"unauthenticated"},
		"iat": float64(start.Unix()), "exp": float64(start.Unix() + 600),
	}
	if d := cmp.Diff(want, payload(t, jwt)); d != "" {
		t.Error(d)
	}
	id, jwt, err = b.openID(user, logins(userPool, idToken("u")))
	if err != nil || id != user {
		t.Fatal(id, err)
	}
	want["sub"], want["amr"] = user, []any{"authenticated", userPool, userPool + ":CognitoSignIn:u"}
	if d := cmp.Diff(want, payload(t, jwt)); d != "" {
		t.Error(d)
	}
	// A guest signs in by the basic flow as well.
	if id, _, err = b.openID(guest, logins(userPool, idToken("u"))); err != nil || id != user {
		t.Errorf("the guest became %s, %v; want %s", id, err, user)
	}
}

func TestGetOpenIdTokenRefuses(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	user := b.getID(pool, logins(userPool, idToken("u")))
	_, _, err := b.openID(user, nil)
	refusal(t, err, "NotAuthorizedException", "Access to Identity '"+user+"' is forbidden.")
	_, _, err = b.openID(user, logins(userPool, idToken("x")))
	refusal(t, err, "NotAuthorizedException", loginsDontMatch)
	_, _, err = b.openID("eu-west-3:0", nil)
	refusal(t, err, "ResourceNotFoundException", "Identity 'eu-west-3:0' not found.")

	off := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.AllowUnauthenticatedIdentities, in.AllowClassicFlow = true, ptr(false)
	})
	guest := b.getID(off, nil)
	_, _, err = b.openID(guest, nil)
	refusal(t, err, "InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow.")
	on := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.AllowUnauthenticatedIdentities, in.AllowClassicFlow = true, ptr(true)
	})
	if _, _, err = b.openID(b.getID(on, nil), nil); err != nil {
		t.Error(err)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for base, want := range map[string]string{
		"":                    "https://cognito-identity.amazonaws.com/.well-known/jwks_uri",
		"http://localhost:76": "http://localhost:76/.well-known/jwks_uri",
	} {
		s := New(Config{Store: b.db, UserPools: b.users, DocumentURL: base})
		doc, err := s.Discovery(b.ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(doc, &got); err != nil {
			t.Fatal(err)
		}
		if got["issuer"] != Issuer || got["jwks_uri"] != want {
			t.Errorf("base %q: %s", base, doc)
		}
	}
	if keys, err := b.s.JWKS(b.ctx); err != nil || !strings.Contains(string(keys), "keys") {
		t.Errorf("%s, %v", keys, err)
	}
}

func TestPrincipalTags(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	set := func(provider string, defaults *bool, tags map[string]string) (*cognitoidentity.SetPrincipalTagAttributeMapOutput, error) {
		return b.s.SetPrincipalTagAttributeMap(b.ctx, &cognitoidentity.SetPrincipalTagAttributeMapInput{
			IdentityPoolId: &pool, IdentityProviderName: &provider, UseDefaults: defaults, PrincipalTags: tags,
		})
	}
	get := func(provider string) (*cognitoidentity.GetPrincipalTagAttributeMapOutput, error) {
		return b.s.GetPrincipalTagAttributeMap(b.ctx, &cognitoidentity.GetPrincipalTagAttributeMapInput{IdentityPoolId: &pool, IdentityProviderName: &provider})
	}
	tagsOf := func(l map[string]string) map[string]string {
		t.Helper()
		b.credentials(b.getID(pool, l), l)
		return b.roles.last().Tags
	}
	u := logins(userPool, idToken("u", claims{"custom:tenant": "t1", "level": 3, "empty": ""}))
	if got, err := get(userPool); err != nil || *got.UseDefaults || got.PrincipalTags != nil {
		t.Errorf("before it is set: %+v, %v", got, err)
	}
	if tags := tagsOf(u); tags != nil {
		t.Errorf("tags %v before a map is set", tags)
	}
	out, err := set(userPool, nil, map[string]string{"tenant": "custom:tenant", "level": "level", "gone": "missing", "void": "empty"})
	if err != nil || *out.UseDefaults || len(out.PrincipalTags) != 4 || *out.IdentityPoolId != pool || *out.IdentityProviderName != userPool {
		t.Fatalf("%+v, %v", out, err)
	}
	if d := cmp.Diff(map[string]string{"tenant": "t1", "level": "3"}, tagsOf(u)); d != "" {
		t.Error(d)
	}
	_, jwt, err := b.openID(b.getID(pool, u), u)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"principal_tags": map[string]any{"tenant": []any{"t1"}, "level": []any{"3"}}}
	if d := cmp.Diff(want, payload(t, jwt)["https://aws.amazon.com/tags"]); d != "" {
		t.Error(d)
	}
	// Defaults take the place of tags that come with them, which are not kept.
	if out, err = set(ownName, ptr(true), map[string]string{"mine": "sub"}); err != nil || out.PrincipalTags["mine"] != "" || out.PrincipalTags["client"] != "aud" {
		t.Fatalf("%+v, %v", out, err)
	}
	got, err := get(userPool)
	if err != nil || !*got.UseDefaults {
		t.Fatalf("%+v, %v", got, err)
	}
	if d := cmp.Diff(map[string]string{"client": "aud", "username": "sub"}, got.PrincipalTags); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"client": client, "username": "u"}, tagsOf(u)); d != "" {
		t.Error(d)
	}
	if out, err = set(userPool, ptr(false), nil); err != nil || out.PrincipalTags != nil {
		t.Errorf("without defaults: %+v, %v", out, err)
	}
	// Other providers have maps of their own, named by URL or ARN.
	o := logins(oidcName, jwtOf(oidcName, "o", "app", claims{"dept": "it"}))
	if tags := tagsOf(o); tags != nil {
		t.Errorf("tags %v of a provider without a map", tags)
	}
	if _, err = set(oidcARN, nil, map[string]string{"dept": "dept"}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"dept": "it"}, tagsOf(o)); d != "" {
		t.Error(d)
	}
	_, err = set(providerApple, ptr(true), nil)
	refusal(t, err, "InvalidParameterException", "(appleid.apple.com) is not a configured provider of this identity pool.")
	_, err = get(providerApple)
	refusal(t, err, "InvalidParameterException", "(appleid.apple.com) is not a configured provider of this identity pool.")
	_, err = set(userPool, nil, map[string]string{"aws:x": "sub"})
	refusal(t, err, "InvalidParameterException", "Principal tag keys must not begin with aws: aws:x")
	pool = "eu-west-3:0"
	_, err = set(userPool, nil, nil)
	refusal(t, err, "ResourceNotFoundException", "IdentityPool 'eu-west-3:0' not found.")
}

func TestTooMuchTagText(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	_, err := b.s.SetPrincipalTagAttributeMap(b.ctx, &cognitoidentity.SetPrincipalTagAttributeMapInput{
		IdentityPoolId: &pool, IdentityProviderName: ptr(userPool), PrincipalTags: map[string]string{"tag1": "a", "tag2": "b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := logins(userPool, idToken("u", claims{"a": strings.Repeat("x", 226), "b": strings.Repeat("x", 226)}))
	id := b.getID(pool, l)
	b.credentials(id, l)
	l = logins(userPool, idToken("u", claims{"a": strings.Repeat("x", 226), "b": strings.Repeat("x", 227)}))
	refusal(t, b.tryCredentials(id, l), "InvalidIdentityPoolConfigurationException", invalidConfiguration)
}

func jwtOf(name, sub, aud string, more claims) string {
	c := claims{"iss": "https://" + name, "sub": sub, "aud": aud, "exp": start.Add(time.Hour).Unix()}
	for k, v := range more {
		c[k] = v
	}
	return jwt(c)
}

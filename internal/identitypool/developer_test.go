package identitypool

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/google/go-cmp/cmp"
)

func (b *bed) developer(pool string, f func(*cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput)) (id, jwt string, err error) {
	in := &cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput{IdentityPoolId: &pool, Logins: logins(devName, "jane")}
	if f != nil {
		f(in)
	}
	out, err := b.s.GetOpenIdTokenForDeveloperIdentity(b.ctx, in)
	if err != nil {
		return "", "", err
	}
	return *out.IdentityId, *out.Token, nil
}

func (b *bed) mustDeveloper(pool string, f func(*cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput)) (id, jwt string) {
	b.t.Helper()
	id, jwt, err := b.developer(pool, f)
	if err != nil {
		b.t.Fatal(err)
	}
	return id, jwt
}

func user(name string) func(*cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
	return func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.Logins = logins(devName, name) }
}

func TestDeveloperIdentity(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	id, jwt := b.mustDeveloper(pool, nil)
	want := map[string]any{
		"sub": id, "aud": pool, "iss": "https://cognito-identity.amazonaws.com",
		"amr": []any{"authenticated", devName, devName + ":" + pool + ":jane"},
		"iat": float64(start.Unix()), "exp": float64(start.Unix() + 900),
	}
	if d := cmp.Diff(want, payload(t, jwt)); d != "" {
		t.Error(d)
	}
	if again, _ := b.mustDeveloper(pool, nil); again != id {
		t.Errorf("second call %s, first %s", again, id)
	}
	if other, _ := b.mustDeveloper(pool, user("joe")); other == id {
		t.Error("another user has the same identity")
	}
	if got := b.credentials(id, logins(identityProvider, jwt)); got != id {
		t.Errorf("credentials of %s, want %s", got, id)
	}
	s := b.roles.last()
	if s.RoleARN != authRole || s.IdentityID != id || !slices.Equal(s.AMR, []string{"authenticated", devName, devName + ":" + pool + ":jane"}) || s.Policy != "" {
		t.Errorf("session %+v", s)
	}
	b.clock.Advance(899 * time.Second)
	b.credentials(id, logins(identityProvider, jwt))
	b.clock.Advance(time.Second)
	now := start.Unix() + 900
	refusal(t, b.tryCredentials(id, logins(identityProvider, jwt)), "NotAuthorizedException", fmt.Sprintf("Invalid login token. Token expired: %d >= %d", now, now))
}

func TestDeveloperTokenDurationAndTags(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	id, jwt := b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.TokenDuration, in.PrincipalTags = aws.Int64(86400), map[string]string{"dept": "legal"}
	})
	c := payload(t, jwt)
	if c["exp"].(float64)-c["iat"].(float64) != 86400 {
		t.Errorf("claims %v", c)
	}
	want := map[string]any{"principal_tags": map[string]any{"dept": []any{"legal"}}}
	if d := cmp.Diff(want, c["https://aws.amazon.com/tags"]); d != "" {
		t.Error(d)
	}
	b.credentials(id, logins(identityProvider, jwt))
	if d := cmp.Diff(map[string]string{"dept": "legal"}, b.roles.last().Tags); d != "" {
		t.Error(d)
	}
}

func TestDeveloperIdentityRefuses(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool, other, plain := b.full(), b.full(), b.create(nil)
	b.mustDeveloper(pool, nil)
	facebook := b.getID(pool, logins(saml, "me"))
	guest := b.getID(pool, nil)
	elsewhere := b.getID(other, nil)
	type in = cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput
	for name, c := range map[string]struct {
		pool          string
		f             func(*in)
		code, message string
	}{
		"no such pool":             {pool + "0", nil, "ResourceNotFoundException", "IdentityPool '" + pool + "0' not found."},
		"no developer provider":    {plain, nil, "InvalidParameterException", "This identity pool does not support the specified developer provider."},
		"other developer provider": {pool, func(in *in) { in.Logins = logins("other", "jane") }, "InvalidParameterException", "This identity pool does not support the specified developer provider."},
		"bad login beside it":      {pool, func(in *in) { in.Logins[userPool] = "garbage" }, "NotAuthorizedException", tokenMalformed},
		"second developer":         {pool, func(in *in) { in.Logins["other"] = "jane" }, "NotAuthorizedException", tokenMalformed},
		"registered, guest":        {pool, func(in *in) { in.IdentityId = &guest }, "DeveloperUserAlreadyRegisteredException", "This developer user identifier is already registered with Cognito."},
		"registered, other":        {pool, func(in *in) { in.IdentityId = &facebook }, "DeveloperUserAlreadyRegisteredException", "This developer user identifier is already registered with Cognito."},
		"identity of another pool": {pool, func(in *in) { in.IdentityId = &elsewhere }, "ResourceNotFoundException", "Identity '" + elsewhere + "' not found."},
		"unknown identity":         {pool, func(in *in) { in.IdentityId = aws.String("eu-west-3:0") }, "ResourceNotFoundException", "Identity 'eu-west-3:0' not found."},
		"reserved tag":             {pool, func(in *in) { in.PrincipalTags = map[string]string{"aws:x": "y"} }, "InvalidParameterException", "Principal tag keys must not begin with aws: aws:x"},
	} {
		_, _, err := b.developer(c.pool, c.f)
		t.Run(name, func(t *testing.T) { refusal(t, err, c.code, c.message) })
	}
	_, err := b.s.GetOpenIdTokenForDeveloperIdentity(as("999999999999", region), &in{IdentityPoolId: &pool, Logins: logins(devName, "jane")})
	refusal(t, err, "ResourceNotFoundException", "IdentityPool '"+pool+"' not found.")
}

func TestDeveloperLinking(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	guest := b.getID(pool, nil)
	if id, _ := b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.IdentityId = &guest }); id != guest {
		t.Errorf("the guest became %s, want %s", id, guest)
	}
	refusal(t, b.tryCredentials(guest, nil), "NotAuthorizedException", "Access to Identity '"+guest+"' is forbidden.")
	id, jwt := b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins[userPool] = idToken("u")
	})
	if id != guest || b.getID(pool, logins(userPool, idToken("u"))) != guest {
		t.Errorf("linked to %s, want %s", id, guest)
	}
	want := []any{"authenticated", devName, devName + ":" + pool + ":jane", userPool, userPool + ":CognitoSignIn:u"}
	if d := cmp.Diff(want, payload(t, jwt)["amr"]); d != "" {
		t.Error(d)
	}
	// A second identifier of the developer's for the same identity.
	id, _ = b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins, in.IdentityId = logins(devName, "jane@example.com", userPool, idToken("u")), &guest
	})
	if id != guest {
		t.Errorf("the second identifier is of %s, want %s", id, guest)
	}
	// A third on the developer's word alone, and one for a user of another
	// provider.
	if id, _ = b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins, in.IdentityId = logins(devName, "jane@example.org"), &guest
	}); id != guest {
		t.Errorf("the third identifier is of %s, want %s", id, guest)
	}
	known := b.getID(pool, logins(oidcName, jwtOf(oidcName, "known", "app", nil)))
	if id, _ = b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins, in.IdentityId = logins(devName, "known"), &known
	}); id != known {
		t.Errorf("the known user became %s, want %s", id, known)
	}
	// Whose two logins are of two identities becomes one, but no identity has two
	// users of a provider.
	_, _, err := b.developer(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins, in.IdentityId = logins(devName, "known", userPool, idToken("u")), &known
	})
	if err != nil || b.getID(pool, logins(userPool, idToken("u"))) != known {
		t.Errorf("merged: %v", err)
	}
	_, _, err = b.developer(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins, in.IdentityId = logins(devName, "known", userPool, idToken("u2")), &known
	})
	refusal(t, err, "ResourceConflictException", alreadyLinked)
	refusal(t, b.tryCredentials(guest, logins(identityProvider, jwt)), "NotAuthorizedException", "Access to Identity '"+guest+"' is forbidden.")
	guest, jwt = b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.Logins = logins(devName, "joe") })
	// Logins beside the developer's token are linked too.
	saml2 := b.getID(pool, logins(saml, "s"))
	if got := b.credentials(guest, logins(identityProvider, jwt, saml, "s")); got != guest {
		t.Errorf("got %s, want %s", got, guest)
	}
	if got := b.getID(pool, logins(saml, "s")); got != guest || got == saml2 {
		t.Errorf("merged into %s, want %s", got, guest)
	}
}

func TestOwnTokenIsGoodForItsIdentityOnly(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool, other := b.full(), b.full()
	jane, janeToken := b.mustDeveloper(pool, nil)
	joe, _ := b.mustDeveloper(pool, user("joe"))
	elsewhere, _ := b.mustDeveloper(other, nil)
	refusal(t, b.tryCredentials(joe, logins(identityProvider, janeToken)), "NotAuthorizedException", loginsDontMatch)
	refusal(t, b.tryCredentials(elsewhere, logins(identityProvider, janeToken)), "NotAuthorizedException", loginsDontMatch)
	refusal(t, b.tryCredentials(jane, logins(identityProvider, idToken("jane"))), "NotAuthorizedException", notCognitoToken)
	refusal(t, b.tryCredentials(jane, logins(identityProvider, jwt(claims{"iss": Issuer, "sub": jane, "aud": pool, "exp": start.Unix() + 60}))), "NotAuthorizedException", tokenUnverified)
	refusal(t, b.tryCredentials(jane, logins(identityProvider, "garbage")), "NotAuthorizedException", tokenMalformed)
	if _, _, err := b.openID(jane, logins(identityProvider, janeToken)); err == nil {
		t.Error("a token for a token")
	} else {
		refusal(t, err, "NotAuthorizedException", cognitoToken)
	}
	// The token of a merged identity is worth nothing.
	_, err := b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, "jane", "joe"))
	if err != nil {
		t.Fatal(err)
	}
	refusal(t, b.tryCredentials(jane, logins(identityProvider, janeToken)), "NotAuthorizedException", "Access to Identity '"+jane+"' is forbidden.")
}

func TestGuestTokenAsLogin(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	guest := b.getID(pool, nil)
	_, guestToken, err := b.openID(guest, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.credentials(guest, logins(identityProvider, guestToken))
	if s := b.roles.last(); s.RoleARN != guestRol || s.Policy == "" {
		t.Errorf("a guest's token gives %+v", s)
	}
	refusal(t, b.tryCredentials(guest, logins(identityProvider, guestToken, userPool, idToken("u"))), "NotAuthorizedException", loginsDontMatch)
	b.credentials(guest, logins(userPool, idToken("u")))
	refusal(t, b.tryCredentials(guest, logins(identityProvider, guestToken)), "NotAuthorizedException", "Access to Identity '"+guest+"' is forbidden.")
}

func merge2(pool, source, destination string) *cognitoidentity.MergeDeveloperIdentitiesInput {
	return &cognitoidentity.MergeDeveloperIdentitiesInput{
		IdentityPoolId: &pool, DeveloperProviderName: aws.String(devName), SourceUserIdentifier: &source, DestinationUserIdentifier: &destination,
	}
}

func TestMergeDeveloperIdentities(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	jane, _ := b.mustDeveloper(pool, nil)
	joe, _ := b.mustDeveloper(pool, user("joe"))
	out, err := b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, "jane", "joe"))
	if err != nil {
		t.Fatal(err)
	}
	if *out.IdentityId != joe {
		t.Errorf("merged into %s, want the destination's %s", *out.IdentityId, joe)
	}
	if id, _ := b.mustDeveloper(pool, nil); id != joe {
		t.Errorf("the source user has %s, want %s", id, joe)
	}
	if out, err = b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, "jane", "joe")); err != nil || *out.IdentityId != joe {
		t.Errorf("again: %v, %v", out, err)
	}
	if d := b.describe(jane); len(d.Logins) != 0 {
		t.Errorf("the source keeps %v", d.Logins)
	}
	_, err = b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, "nobody", "joe"))
	refusal(t, err, "ResourceNotFoundException", developerNotFound)
	_, err = b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, "joe", "nobody"))
	refusal(t, err, "ResourceNotFoundException", developerNotFound)
	in := merge2(pool, "jane", "joe")
	in.DeveloperProviderName = aws.String("other")
	_, err = b.s.MergeDeveloperIdentities(b.ctx, in)
	refusal(t, err, "InvalidParameterException", noDeveloperProvider)

	for _, name := range []string{"x", "y"} {
		b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
			in.Logins = logins(devName, name, userPool, idToken(name))
		})
	}
	_, err = b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, "x", "y"))
	refusal(t, err, "ResourceConflictException", alreadyLinked)
}

func TestTwentyLogins(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	for i := range 20 {
		b.mustDeveloper(pool, user(fmt.Sprint("u", i)))
		if _, err := b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, fmt.Sprint("u", i), "u0")); err != nil {
			t.Fatalf("login %d: %v", i+1, err)
		}
	}
	b.mustDeveloper(pool, user("u20"))
	_, err := b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, "u20", "u0"))
	refusal(t, err, "InvalidParameterException", "An identity can have at most 20 logins.")
	_, _, err = b.developer(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins = logins(devName, "u0", userPool, idToken("u"))
	})
	refusal(t, err, "InvalidParameterException", "An identity can have at most 20 logins.")
}

func TestLookupDeveloperIdentity(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	id, _ := b.mustDeveloper(pool, user("a"))
	for _, name := range []string{"b", "c", "d"} {
		b.mustDeveloper(pool, user(name))
		if _, err := b.s.MergeDeveloperIdentities(b.ctx, merge2(pool, name, "a")); err != nil {
			t.Fatal(err)
		}
	}
	other, _ := b.mustDeveloper(pool, user("z"))
	type in = cognitoidentity.LookupDeveloperIdentityInput
	out, err := b.s.LookupDeveloperIdentity(b.ctx, &in{IdentityPoolId: &pool, DeveloperUserIdentifier: ptr("c")})
	if err != nil || *out.IdentityId != id || !slices.Equal(out.DeveloperUserIdentifierList, []string{"c"}) {
		t.Errorf("by identifier: %+v, %v", out, err)
	}
	out, err = b.s.LookupDeveloperIdentity(b.ctx, &in{IdentityPoolId: &pool, DeveloperUserIdentifier: ptr("c"), IdentityId: &id})
	if err != nil || *out.IdentityId != id || !slices.Equal(out.DeveloperUserIdentifierList, []string{"c"}) {
		t.Errorf("by both: %+v, %v", out, err)
	}
	var got []string
	var next *string
	for range 2 {
		out, err = b.s.LookupDeveloperIdentity(b.ctx, &in{IdentityPoolId: &pool, IdentityId: &id, MaxResults: ptr(int32(3)), NextToken: next})
		if err != nil {
			t.Fatal(err)
		}
		got, next = append(got, out.DeveloperUserIdentifierList...), out.NextToken
	}
	if next != nil || !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("pages %v, %v", got, next)
	}
	plain := b.create(nil)
	for name, c := range map[string]struct {
		in            in
		code, message string
	}{
		"neither":            {in{IdentityPoolId: &pool}, "InvalidParameterException", lookupNeedsKey},
		"unknown identifier": {in{IdentityPoolId: &pool, DeveloperUserIdentifier: ptr("q")}, "ResourceNotFoundException", developerNotFound},
		"unknown identity":   {in{IdentityPoolId: &pool, IdentityId: ptr("eu-west-3:0")}, "ResourceNotFoundException", "Identity 'eu-west-3:0' not found."},
		"mismatch":           {in{IdentityPoolId: &pool, IdentityId: &other, DeveloperUserIdentifier: ptr("a")}, "ResourceConflictException", "The developer user identifier is not linked to Identity '" + other + "'."},
		"no provider":        {in{IdentityPoolId: &plain, DeveloperUserIdentifier: ptr("a")}, "InvalidParameterException", noDeveloperProvider},
		"bad page":           {in{IdentityPoolId: &pool, IdentityId: &id, NextToken: ptr("x")}, "InvalidParameterException", invalidNextToken},
		"no pool":            {in{IdentityPoolId: ptr("eu-west-3:0"), IdentityId: &id}, "ResourceNotFoundException", "IdentityPool 'eu-west-3:0' not found."},
	} {
		_, err := b.s.LookupDeveloperIdentity(b.ctx, &c.in)
		t.Run(name, func(t *testing.T) { refusal(t, err, c.code, c.message) })
	}
}

func TestUnlinkDeveloperIdentity(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool, elsewherePool := b.full(), b.full()
	id, jwt := b.mustDeveloper(pool, nil)
	other, _ := b.mustDeveloper(pool, user("joe"))
	elsewhere, _ := b.mustDeveloper(elsewherePool, nil)
	unlink := func(pool, provider, id, user string) error {
		_, err := b.s.UnlinkDeveloperIdentity(b.ctx, &cognitoidentity.UnlinkDeveloperIdentityInput{
			IdentityPoolId: &pool, DeveloperProviderName: &provider, IdentityId: &id, DeveloperUserIdentifier: &user,
		})
		return err
	}
	refusal(t, unlink(pool, "x", id, "jane"), "InvalidParameterException", noDeveloperProvider)
	refusal(t, unlink(pool, devName, other, "jane"), "ResourceConflictException", "The developer user identifier is not linked to Identity '"+other+"'.")
	refusal(t, unlink(pool, devName, id, "nobody"), "ResourceNotFoundException", developerNotFound)
	refusal(t, unlink(pool, devName, elsewhere, "jane"), "ResourceNotFoundException", "Identity '"+elsewhere+"' not found.")
	if err := unlink(pool, devName, id, "jane"); err != nil {
		t.Fatal(err)
	}
	refusal(t, unlink(pool, devName, id, "jane"), "ResourceNotFoundException", developerNotFound)
	if again, _ := b.mustDeveloper(pool, nil); again == id {
		t.Error("the unlinked user has the old identity")
	}
	_ = jwt
	refusal(t, b.tryCredentials(id, nil), "NotAuthorizedException", "Access to Identity '"+id+"' is forbidden.")
}

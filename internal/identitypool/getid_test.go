package identitypool

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestGetIdIsStable(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	first := b.getID(pool, logins(userPool, idToken("u1")))
	if again := b.getID(pool, logins(userPool, idToken("u1", claims{"email": "x"}))); again != first {
		t.Errorf("second call: %s, first: %s", again, first)
	}
	if own := b.getID(pool, logins(ownName, idToken("u1"))); own != first {
		t.Errorf("under the pool's own issuer: %s, want %s", own, first)
	}
	if both := b.getID(pool, logins(ownName, idToken("u1"), userPool, idToken("u1"))); both != first {
		t.Errorf("under both names: %s, want %s", both, first)
	}
	if other := b.getID(pool, logins(userPool, idToken("u2"))); other == first {
		t.Error("another user has the same identity")
	}
	if other := b.getID(b.full(), logins(userPool, idToken("u1"))); other == first {
		t.Error("another identity pool gave the same identity")
	}
}

func TestGetIdForGuests(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	if one, two := b.getID(pool, nil), b.getID(pool, map[string]string{}); one == two {
		t.Error("two guests are one identity")
	}
	refusal(t, b.tryID(b.create(nil), nil), "NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
	unknown := region + ":00000000-0000-0000-0000-000000000000"
	refusal(t, b.tryID(unknown, nil), "ResourceNotFoundException", "IdentityPool '"+unknown+"' not found.")
}

// A pool is not found in an account that is not its own.
func TestGetIdAccount(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	for _, l := range []map[string]string{nil, logins(userPool, idToken("u"))} {
		if _, err := b.s.GetId(b.ctx, &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: l, AccountId: ptr(account)}); err != nil {
			t.Error(err)
		}
		_, err := b.s.GetId(b.ctx, &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: l, AccountId: ptr("111122223333")})
		refusal(t, err, "ResourceNotFoundException", "IdentityPool '"+pool+"' not found.")
	}
}

func TestGetIdRefusesLogins(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	full, plain := b.full(), b.create(nil)
	none := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) { in.CognitoIdentityProviders = nil })
	late := start
	google := func(c claims) string {
		base := claims{"iss": "https://accounts.google.com", "sub": "g", "aud": "g1", "exp": start.Add(time.Hour).Unix()}
		for k, v := range c {
			base[k] = v
		}
		return jwt(base)
	}
	for name, c := range map[string]struct {
		pool          string
		logins        map[string]string
		code, message string
	}{
		"no provider at all":          {none, logins(userPool, idToken("u")), "NotAuthorizedException", "Logins don't match. Please include at least one valid login for this identity or identity pool."},
		"other client":                {plain, logins(userPool, idToken("u", claims{"aud": "other"})), "NotAuthorizedException", "Token is not from a supported provider of this identity pool."},
		"other user pool":             {plain, logins("cognito-idp.eu-west-3.amazonaws.com/eu-west-3_Other", idToken("u", claims{"iss": "https://cognito-idp.eu-west-3.amazonaws.com/eu-west-3_Other"})), "NotAuthorizedException", "Token is not from a supported provider of this identity pool."},
		"token of other pool":         {plain, logins(userPool, idToken("u", claims{"iss": "https://cognito-idp.eu-west-3.amazonaws.com/eu-west-3_Other"})), "NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"},
		"key of other pool":           {plain, logins("cognito-idp.eu-west-3.amazonaws.com/eu-west-3_Other", idToken("u")), "NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"},
		"unknown key":                 {plain, logins("snapshot", idToken("u")), "NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"},
		"unknown key, garbage":        {plain, logins("snapshot", "garbage"), "NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."},
		"https key":                   {plain, logins("https://"+userPool, idToken("u")), "NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"},
		"garbage":                     {plain, logins(userPool, "garbage"), "NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."},
		"bad base64":                  {plain, logins(userPool, "a.?.signed"), "NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."},
		"bad signature":               {plain, logins(userPool, idToken("u")+"x"), "NotAuthorizedException", "Invalid login token. Couldn't verify signed token."},
		"access token":                {plain, logins(userPool, idToken("u", claims{"aud": nil, "client_id": client, "token_use": "access"})), "NotAuthorizedException", "Invalid login token. Missing a required claim: aud"},
		"access token for a resource": {plain, logins(userPool, idToken("u", claims{"token_use": "access"})), "NotAuthorizedException", "Invalid login token. Missing a required claim: aud"},
		"OIDC, expired":               {full, logins(oidcName, google(claims{"iss": "https://" + oidcName, "aud": "app", "exp": 1})), "NotAuthorizedException", "Invalid login token. Token expired: 1777863721 >= 1"},
		"OIDC, bad signature":         {full, logins(oidcName, google(claims{"iss": "https://" + oidcName, "aud": "app"})+"x"), "NotAuthorizedException", "Invalid login token. Couldn't verify signed token."},
		"OIDC, garbage":               {full, logins(oidcName, "a.b"), "NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."},
		"no subject":                  {plain, logins(userPool, idToken("", claims{"sub": nil})), "NotAuthorizedException", "Invalid login token. Missing a required claim: sub"},
		"no expiry":                   {plain, logins(userPool, idToken("u", claims{"exp": nil})), "NotAuthorizedException", "Invalid login token. Missing a required claim: exp"},
		"expired":                     {plain, logins(userPool, idToken("u", claims{"exp": late.Unix()})), "NotAuthorizedException", "Invalid login token. Token expired: 1777863721 >= 1777863721"},
		"own token":                   {full, logins(identityProvider, idToken("u")), "NotAuthorizedException", "Invalid login token. Can't pass in a Cognito token."},
		"developer":                   {full, logins(devName, idToken("u")), "NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"},
		"Google not in pool":          {plain, logins(providerGoogle, google(nil)), "NotAuthorizedException", "Token is not from a supported provider of this identity pool."},
		"Google, other app":           {full, logins(providerGoogle, google(claims{"aud": "g3"})), "NotAuthorizedException", "Token is not from a supported provider of this identity pool."},
		"Google, expired":             {full, logins(providerGoogle, google(claims{"exp": 1})), "NotAuthorizedException", "Invalid login token. Token expired: 1777863721 >= 1"},
		"OIDC, other client":          {full, logins(oidcName, google(claims{"iss": "https://" + oidcName})), "NotAuthorizedException", "Token is not from a supported provider of this identity pool."},
		"OIDC, other issuer":          {full, logins(oidcName, google(nil)), "NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"},
		"SAML, other":                 {full, logins("arn:aws:iam::123456789012:saml-provider/other", "me"), "NotAuthorizedException", "Token is not from a supported provider of this identity pool."},
		"SAML, expired":               {full, logins(saml, "late"), "NotAuthorizedException", "Invalid login token. Token expired."},
		"one good, one bad":           {full, logins(userPool, idToken("u"), providerGoogle, "garbage"), "NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."},
		"two users of a pool":         {full, logins(userPool, idToken("u1"), ownName, idToken("u2")), "ResourceConflictException", "Logins are already linked to another account."},
	} {
		err := b.tryID(c.pool, c.logins)
		t.Run(name, func(t *testing.T) { refusal(t, err, c.code, c.message) })
	}
	b.getID(plain, logins(userPool, idToken("u", claims{"exp": late.Unix() + 1})))
}

func TestProviderOutage(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	b.users.down = true
	refusal(t, b.tryID(pool, logins(providerGoogle, jwt(nil))), "ExternalServiceException", "The identity provider accounts.google.com did not respond.")
	refusal(t, b.tryID(pool, logins(oidcName, jwt(nil))), "ExternalServiceException", "The identity provider idp.example.com/tenant did not respond.")
	if err := b.tryID(pool, logins(userPool, idToken("u"))); err == nil || err.Error() == "" {
		t.Error("a broken verifier accepts")
	}
}

func TestServerSideTokenCheck(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	unchecked := b.create(nil)
	checked := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.CognitoIdentityProviders[0].ServerSideTokenCheck = aws.Bool(true)
	})
	b.setRoles(checked, map[string]string{roleAuthenticated: authRole}, nil)
	id := b.getID(checked, logins(userPool, idToken("u")))
	b.credentials(id, logins(userPool, idToken("u")))
	b.users.revoke("u")
	refusal(t, b.tryID(checked, logins(userPool, idToken("u"))), "NotAuthorizedException", tokenRevoked)
	refusal(t, b.tryCredentials(id, logins(userPool, idToken("u"))), "NotAuthorizedException", tokenRevoked)
	_, _, err := b.openID(id, logins(userPool, idToken("u")))
	refusal(t, err, "NotAuthorizedException", tokenRevoked)
	b.getID(unchecked, logins(userPool, idToken("u")))
}

func TestGetIdLinksAndMerges(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	oidc := jwt(claims{"iss": "https://" + oidcName, "sub": "o", "aud": "app", "exp": start.Add(time.Hour).Unix()})
	one := b.getID(pool, logins(userPool, idToken("u"), oidcName, oidc))
	if alone := b.getID(pool, logins(oidcName, oidc)); alone != one {
		t.Errorf("the second login alone is %s, want %s", alone, one)
	}
	b.clock.Advance(time.Second)
	two := b.getID(pool, logins(saml, "name"))
	if two == one {
		t.Fatal("a login that was not linked has the identity")
	}
	if merged := b.getID(pool, logins(saml, "name", userPool, idToken("u"))); merged != one {
		t.Errorf("merged into %s, want the older %s", merged, one)
	}
	if again := b.getID(pool, logins(saml, "name")); again != one {
		t.Errorf("after the merge %s, want %s", again, one)
	}
	if d := b.describe(one); len(d.Logins) != 3 {
		t.Errorf("logins %v", d.Logins)
	}
	if d := b.describe(two); len(d.Logins) != 0 {
		t.Errorf("logins of the merged one %v", d.Logins)
	}
	// Two users of one provider are two people.
	b.getID(pool, logins(userPool, idToken("u2"), saml, "name2"))
	refusal(t, b.tryID(pool, logins(userPool, idToken("u"), saml, "name2")), "ResourceConflictException", alreadyLinked)
	refusal(t, b.tryID(pool, logins(userPool, idToken("u3"), saml, "name2")), "ResourceConflictException", alreadyLinked)
}

// TestFirstCallsAtOnce lets several nodes see the same new users at once.
func TestFirstCallsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		nodes := []*bed{newBedOn(t, cfg), newBedOn(t, cfg)}
		pool := nodes[0].create(nil)
		for _, sub := range []string{"a", "b", "c"} {
			ids := make([]string, 12)
			errs := make([]error, len(ids))
			var wg sync.WaitGroup
			for i := range ids {
				wg.Go(func() {
					out, err := nodes[i%2].s.GetId(context.Background(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: logins(userPool, idToken(sub))})
					if errs[i] = err; err == nil {
						ids[i] = *out.IdentityId
					}
				})
			}
			wg.Wait()
			for i := range ids {
				if errs[i] != nil || ids[i] != ids[0] {
					t.Errorf("call %d: %q, %v; want %q", i, ids[i], errs[i], ids[0])
				}
			}
		}
		out, err := nodes[1].s.ListIdentities(nodes[1].ctx, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &pool, MaxResults: aws.Int32(60)})
		if err != nil || len(out.Identities) != 3 {
			t.Errorf("%d identities, %v; want 3", len(out.Identities), err)
		}
	})
}

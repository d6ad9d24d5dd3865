package identitypool

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
)

func TestDescribeIdentity(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	guest := b.getID(pool, nil)
	if d := b.describe(guest); *d.IdentityId != guest || len(d.Logins) != 0 || !d.CreationDate.Equal(start) || !d.LastModifiedDate.Equal(start) {
		t.Errorf("guest: %+v", d)
	}
	b.clock.Advance(time.Minute)
	b.credentials(guest, logins(ownName, idToken("u"), saml, "me"))
	d := b.describe(guest)
	if !slices.Equal(d.Logins, []string{saml, userPool}) || !d.CreationDate.Equal(start) || !d.LastModifiedDate.Equal(start.Add(time.Minute)) {
		t.Errorf("with logins: %v, %v, %v", d.Logins, d.CreationDate, d.LastModifiedDate)
	}
	_, err := b.s.DescribeIdentity(as("999999999999", region), &cognitoidentity.DescribeIdentityInput{IdentityId: &guest})
	refusal(t, err, "ResourceNotFoundException", "Identity '"+guest+"' not found.")
	_, err = b.s.DescribeIdentity(b.ctx, &cognitoidentity.DescribeIdentityInput{IdentityId: ptr("eu-west-3:0")})
	refusal(t, err, "ResourceNotFoundException", "Identity 'eu-west-3:0' not found.")
}

func TestListIdentities(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool, other := b.full(), b.full()
	b.getID(other, nil)
	var want []string
	for range 5 {
		want = append(want, b.getID(pool, nil))
	}
	user := b.getID(pool, logins(userPool, idToken("u")))
	want = append(want, user)
	if got := b.credentials(want[0], logins(userPool, idToken("u"))); got != user {
		t.Fatal(got)
	}
	list := func(hide bool) (ids []string) {
		var next *string
		for range 10 {
			out, err := b.s.ListIdentities(b.ctx, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &pool, MaxResults: ptr(int32(2)), HideDisabled: hide, NextToken: next})
			if err != nil {
				t.Fatal(err)
			}
			if *out.IdentityPoolId != pool {
				t.Errorf("pool %s", *out.IdentityPoolId)
			}
			for _, i := range out.Identities {
				ids = append(ids, *i.IdentityId)
				if has := len(i.Logins) > 0; has != (*i.IdentityId == user) {
					t.Errorf("%s has logins %v", *i.IdentityId, i.Logins)
				}
			}
			if next = out.NextToken; next == nil {
				return ids
			}
		}
		t.Fatal("the list does not end")
		return nil
	}
	disabled := want[0]
	slices.Sort(want)
	if got := list(false); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	want = slices.DeleteFunc(want, func(id string) bool { return id == disabled })
	if got := list(true); !slices.Equal(got, want) {
		t.Errorf("without disabled ones: got %v\nwant %v", got, want)
	}
	out, err := b.s.ListIdentities(b.ctx, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &pool, MaxResults: ptr(int32(2))})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.s.ListIdentities(b.ctx, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &other, MaxResults: ptr(int32(2)), NextToken: out.NextToken})
	refusal(t, err, "InvalidParameterException", invalidNextToken)
	empty := b.create(nil)
	out, err = b.s.ListIdentities(b.ctx, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &empty, MaxResults: ptr(int32(2))})
	if err != nil || len(out.Identities) != 0 || out.NextToken != nil {
		t.Errorf("empty pool: %+v, %v", out, err)
	}
}

func TestDeleteIdentities(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	user, guest := b.getID(pool, logins(userPool, idToken("u"))), b.getID(pool, nil)
	foreign := as("999999999999", region)
	made, err := b.s.CreateIdentityPool(foreign, &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: ptr("f"), AllowUnauthenticatedIdentities: true})
	if err != nil {
		t.Fatal(err)
	}
	theirs := b.getID(*made.IdentityPoolId, nil)
	out, err := b.s.DeleteIdentities(b.ctx, &cognitoidentity.DeleteIdentitiesInput{IdentityIdsToDelete: []string{user, theirs, guest, user, "eu-west-3:0"}})
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, u := range out.UnprocessedIdentityIds {
		failed = append(failed, *u.IdentityId)
		if u.ErrorCode != types.ErrorCodeAccessDenied {
			t.Errorf("%s: %s", *u.IdentityId, u.ErrorCode)
		}
	}
	if !slices.Equal(failed, []string{theirs, "eu-west-3:0"}) {
		t.Errorf("unprocessed %v", failed)
	}
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u"))), "ResourceNotFoundException", "Identity '"+user+"' not found.")
	refusal(t, b.tryCredentials(guest, nil), "ResourceNotFoundException", "Identity '"+guest+"' not found.")
	if again := b.getID(pool, logins(userPool, idToken("u"))); again == user {
		t.Error("a deleted identity came back")
	}
	if _, err := b.s.DescribeIdentity(foreign, &cognitoidentity.DescribeIdentityInput{IdentityId: &theirs}); err != nil {
		t.Error(err)
	}
}

func TestUnlinkIdentity(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	both := logins(userPool, idToken("u"), saml, "me")
	id := b.getID(pool, both)
	unlink := func(id string, l map[string]string, remove ...string) error {
		_, err := b.s.UnlinkIdentity(context.Background(), &cognitoidentity.UnlinkIdentityInput{IdentityId: &id, Logins: l, LoginsToRemove: remove})
		return err
	}
	stranger := logins(userPool, idToken("stranger"))
	b.getID(pool, stranger)
	refusal(t, unlink(id, stranger, saml), "NotAuthorizedException", loginsDontMatch)
	refusal(t, unlink(id, logins(userPool, idToken("u", claims{"exp": 1})), saml), "NotAuthorizedException", "Invalid login token. Token expired: 1777863721 >= 1")
	refusal(t, unlink(id, nil, saml), "NotAuthorizedException", "Access to Identity '"+id+"' is forbidden.")
	refusal(t, unlink(id, both, providerGoogle), "NotAuthorizedException", loginsDontMatch)
	refusal(t, unlink("eu-west-3:0", both, saml), "ResourceNotFoundException", "Identity 'eu-west-3:0' not found.")
	if got := b.getID(pool, logins(saml, "me")); got != id {
		t.Fatal("a refused call unlinked")
	}

	if err := unlink(id, logins(userPool, idToken("u")), saml); err != nil {
		t.Fatal(err)
	}
	if d := b.describe(id); !slices.Equal(d.Logins, []string{userPool}) {
		t.Errorf("logins %v", d.Logins)
	}
	refusal(t, b.tryCredentials(id, logins(saml, "me")), "NotAuthorizedException", loginsDontMatch)
	other := b.getID(pool, logins(saml, "me"))
	if other == id {
		t.Error("the unlinked login has the old identity")
	}

	// Under the user pool's own issuer, and the last one.
	if err := unlink(id, logins(ownName, idToken("u")), ownName); err != nil {
		t.Fatal(err)
	}
	refusal(t, b.tryCredentials(id, logins(userPool, idToken("u"))), "NotAuthorizedException", loginsDontMatch)
	refusal(t, b.tryCredentials(id, nil), "NotAuthorizedException", "Access to Identity '"+id+"' is forbidden.")

	// The developer's token proves, but a developer's login goes another way.
	dev, jwt := b.mustDeveloper(pool, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.Logins[saml] = "me" })
	if dev != other {
		t.Fatal(dev)
	}
	refusal(t, unlink(dev, logins(identityProvider, jwt), devName), "NotAuthorizedException", loginsDontMatch)
	refusal(t, unlink(id, logins(identityProvider, jwt), saml), "NotAuthorizedException", loginsDontMatch)
	if err := unlink(dev, logins(identityProvider, jwt), saml); err != nil {
		t.Error(err)
	}
	guest := b.getID(pool, nil)
	_, guestToken, err := b.openID(guest, nil)
	if err != nil {
		t.Fatal(err)
	}
	refusal(t, unlink(guest, logins(identityProvider, guestToken), saml), "NotAuthorizedException", loginsDontMatch)
}

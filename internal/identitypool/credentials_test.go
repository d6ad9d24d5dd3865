package identitypool

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

func TestGetCredentialsForIdentity(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	id := b.getID(pool, logins(userPool, idToken("u")))
	out, err := b.s.GetCredentialsForIdentity(context.Background(), &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &id, Logins: logins(ownName, idToken("u"))})
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	if *out.IdentityId != id || *c.AccessKeyId != "ASIAEXAMPLE" || *c.SecretKey != "secret" || *c.SessionToken != "token" || !c.Expiration.Equal(start.Add(time.Hour)) {
		t.Errorf("got %s %+v", *out.IdentityId, *c)
	}
	want := Session{
		RoleARN: authRole, Account: account, Region: region, PoolID: pool, IdentityID: id,
		AMR:  []string{"authenticated", userPool, userPool + ":CognitoSignIn:u"},
		Name: "CognitoIdentityCredentials", Duration: time.Hour,
	}
	if d := cmp.Diff(want, b.roles.last()); d != "" {
		t.Error(d)
	}
}

func TestGuestCredentialsAreScopedDown(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	id := b.getID(pool, nil)
	if got := b.credentials(id, nil); got != id {
		t.Errorf("credentials of %s, want %s", got, id)
	}
	s := b.roles.last()
	if s.RoleARN != guestRol || !slices.Equal(s.AMR, []string{"unauthenticated"}) || !slices.Equal(s.PolicyARNs, []string{guestPolicyARN}) {
		t.Errorf("session %+v", s)
	}
	var doc struct {
		Version   string
		Statement []struct {
			Effect, Resource string
			Action           []string
		}
	}
	if err := json.Unmarshal([]byte(s.Policy), &doc); err != nil {
		t.Fatal(err)
	}
	allows := func(action string) bool {
		return slices.ContainsFunc(doc.Statement[0].Action, func(a string) bool {
			return a == action || strings.HasSuffix(a, "*") && strings.HasPrefix(action, a[:len(a)-1])
		})
	}
	for action, want := range map[string]bool{
		"s3:GetObject": true, "dynamodb:Query": true, "cognito-idp:ListUsers": true, "kms:Encrypt": true, "textract:DetectDocumentText": true,
		"kms:CreateKey": false, "iam:CreateUser": false, "sts:AssumeRole": false, "ec2:RunInstances": false, "secretsmanager:GetSecretValue": false,
	} {
		if allows(action) != want {
			t.Errorf("%s allowed: %v, want %v", action, !want, want)
		}
	}
	if n := len(s.Policy) + len(guestPolicyARN); n > 2048 {
		t.Errorf("the session policies have %d characters, STS takes 2048", n)
	}
}

func TestGetCredentialsRefuses(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	user := b.getID(pool, logins(userPool, idToken("u")))
	guest := b.getID(pool, nil)
	unknown := region + ":00000000-0000-0000-0000-000000000000"

	refusal(t, b.tryCredentials(unknown, nil), "ResourceNotFoundException", "Identity '"+unknown+"' not found.")
	refusal(t, b.tryCredentials(user, nil), "NotAuthorizedException", "Access to Identity '"+user+"' is forbidden.")
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("stranger"))), "NotAuthorizedException", loginsDontMatch)
	b.getID(pool, logins(userPool, idToken("other")))
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("other"))), "NotAuthorizedException", loginsDontMatch)
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u", claims{"exp": 1}))), "NotAuthorizedException", "Invalid login token. Token expired: 1777863721 >= 1")

	// An identity of one pool is none of another's.
	elsewhere := b.getID(b.full(), logins(userPool, idToken("u")))
	if elsewhere == user {
		t.Fatal("two pools share an identity")
	}

	_, err := b.s.UpdateIdentityPool(b.ctx, &cognitoidentity.UpdateIdentityPoolInput{IdentityPoolId: &pool, IdentityPoolName: &pool})
	if err != nil {
		t.Fatal(err)
	}
	refusal(t, b.tryCredentials(guest, nil), "NotAuthorizedException", guestsOff)
	refusal(t, b.tryCredentials(user, nil), "NotAuthorizedException", "Access to Identity '"+user+"' is forbidden.")
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u"))), "NotAuthorizedException", unsupportedToken)
}

func TestRolesThatCannotBeAssumed(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	const message = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
	pool := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) { in.AllowUnauthenticatedIdentities = true })
	user, guest := b.getID(pool, logins(userPool, idToken("u"))), b.getID(pool, nil)
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u"))), "InvalidIdentityPoolConfigurationException", message)
	refusal(t, b.tryCredentials(guest, nil), "InvalidIdentityPoolConfigurationException", message)
	b.setRoles(pool, map[string]string{roleUnauthenticated: guestRol}, nil)
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u"))), "InvalidIdentityPoolConfigurationException", message)
	b.credentials(guest, nil)
	b.roles.refuse = map[string]bool{authRole: true}
	b.setRoles(pool, map[string]string{roleAuthenticated: authRole}, nil)
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u"))), "InvalidIdentityPoolConfigurationException", message)
	refusal(t, b.tryCredentials(guest, nil), "InvalidIdentityPoolConfigurationException", message)
	b.roles.refuse, b.roles.invalid = nil, true
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u"))), "InvalidIdentityPoolConfigurationException", message)
	b.roles.broken = true
	var api smithy.APIError
	if err := b.tryCredentials(user, logins(userPool, idToken("u"))); err == nil || errors.As(err, &api) {
		t.Errorf("a broken STS answers %v", err)
	}
}

func TestPropagationDelay(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	id := b.getID(pool, logins(userPool, idToken("u")))
	b.s.SetPropagationDelay(10 * time.Second)
	refusal(t, b.tryCredentials(id, logins(userPool, idToken("u"))), "InvalidIdentityPoolConfigurationException", invalidConfiguration)
	b.clock.Advance(9 * time.Second)
	refusal(t, b.tryCredentials(id, logins(userPool, idToken("u"))), "InvalidIdentityPoolConfigurationException", invalidConfiguration)
	b.clock.Advance(time.Second)
	b.credentials(id, logins(userPool, idToken("u")))
}

func TestLinkingByCredentials(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	u, o := logins(userPool, idToken("u")), logins(oidcName, jwt(claims{"iss": "https://" + oidcName, "sub": "o", "aud": "app", "exp": start.Add(time.Hour).Unix()}))
	both := logins(userPool, u[userPool], oidcName, o[oidcName])

	// A guest signs in and keeps its identity.
	guest := b.getID(pool, nil)
	if got := b.credentials(guest, u); got != guest {
		t.Errorf("the guest became %s, want %s", got, guest)
	}
	if got := b.getID(pool, u); got != guest {
		t.Errorf("the login belongs to %s, want %s", got, guest)
	}
	refusal(t, b.tryCredentials(guest, nil), "NotAuthorizedException", "Access to Identity '"+guest+"' is forbidden.")

	// A guest signs in as somebody known and is merged.
	second := b.getID(pool, nil)
	if got := b.credentials(second, u); got != guest {
		t.Errorf("the second guest became %s, want %s", got, guest)
	}
	refusal(t, b.tryCredentials(second, nil), "NotAuthorizedException", "Access to Identity '"+second+"' is forbidden.")
	if got := b.credentials(second, u); got != guest {
		t.Errorf("the disabled identity stands for %s, want %s", got, guest)
	}
	refusal(t, b.tryCredentials(second, logins(userPool, idToken("stranger"))), "NotAuthorizedException", loginsDontMatch)

	// A new login beside a known one is linked.
	if got := b.credentials(guest, both); got != guest {
		t.Errorf("with both logins %s, want %s", got, guest)
	}
	if want := []string{"authenticated", userPool, userPool + ":CognitoSignIn:u", oidcName, oidcARN + ":OIDC:o"}; !slices.Equal(b.roles.last().AMR, want) {
		t.Errorf("amr %v, want %v", b.roles.last().AMR, want)
	}
	if got := b.credentials(guest, o); got != guest {
		t.Errorf("with the new login alone %s, want %s", got, guest)
	}

	// Another identity's login beside a known one merges that into this one.
	third := b.getID(pool, logins(saml, "me"))
	if got := b.credentials(guest, logins(userPool, u[userPool], saml, "me")); got != guest {
		t.Errorf("merged into %s, want %s", got, guest)
	}
	refusal(t, b.tryCredentials(third, nil), "NotAuthorizedException", "Access to Identity '"+third+"' is forbidden.")
	if got := b.credentials(third, logins(saml, "me")); got != guest {
		t.Errorf("the merged login gives %s, want %s", got, guest)
	}

	// Two users of one provider are never linked.
	refusal(t, b.tryCredentials(guest, logins(saml, "you", userPool, u[userPool])), "ResourceConflictException", alreadyLinked)
	if got := b.getID(pool, logins(saml, "you")); got == guest {
		t.Error("a refused link was made")
	}
}

func TestIdentityOfAnotherPoolIsNotProven(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	one, two := b.full(), b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.CognitoIdentityProviders = []types.CognitoIdentityProvider{{ProviderName: ptr(userPool), ClientId: ptr("other")}}
	})
	b.setRoles(two, map[string]string{roleAuthenticated: authRole}, nil)
	id := b.getID(two, logins(userPool, idToken("u", claims{"aud": "other"})))
	refusal(t, b.tryCredentials(id, logins(userPool, idToken("u"))), "NotAuthorizedException", unsupportedToken)
	_ = b.getID(one, logins(userPool, idToken("u")))
	refusal(t, b.tryCredentials(id, nil), "NotAuthorizedException", "Access to Identity '"+id+"' is forbidden.")
}

func ptr[T any](v T) *T { return &v }

package gotest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

const developer = "login.example.app"

// developerHouse is a house with an identity pool for users whom the
// developer's own backend authenticates.
type developerHouse struct {
	*house
	pool, anyone string
}

func (d *developerHouse) in(t *testing.T) *developerHouse {
	return &developerHouse{d.house.in(t), d.pool, d.anyone}
}

func (d *developerHouse) token(user string, change ...func(*cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput)) (*cognitoidentity.GetOpenIdTokenForDeveloperIdentityOutput, error) {
	in := &cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput{IdentityPoolId: &d.pool, Logins: map[string]string{developer: user}}
	for _, c := range change {
		c(in)
	}
	return d.pools.GetOpenIdTokenForDeveloperIdentity(d.t.Context(), in)
}

func (d *developerHouse) mustToken(user string, change ...func(*cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput)) (id, token string) {
	d.t.Helper()
	out := must(d.token(user, change...))(d.house, "GetOpenIdTokenForDeveloperIdentity")
	return *out.IdentityId, *out.Token
}

func withIdentity(id string) func(*cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
	return func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.IdentityId = &id }
}

// Developer-authenticated identities: tokens, credentials, look-ups, merges and
// unlinking, and what is refused.
func TestDeveloperIdentities(t *testing.T) {
	t.Parallel()
	h := newHouse(t, serve(t, "--data", ":memory:"))
	pool := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) { in.DeveloperProviderName = aws.String(developer) })
	d := &developerHouse{h, pool, h.anyRole(pool)}
	for name, f := range map[string]func(*developerHouse){
		"tokens": developerTokens, "linking": developerLinking, "merges": developerMerges, "look-ups": developerLookups,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(d.in(t))
		})
	}
}

func developerTokens(d *developerHouse) {
	t := d.t
	id, token := d.mustToken("user-1")
	claims := claimsOf(t, token, 1)
	if lives := claims["exp"].(float64) - claims["iat"].(float64); lives != 900 {
		t.Errorf("the token lives %v seconds", lives)
	}
	delete(claims, "exp")
	delete(claims, "iat")
	want := map[string]any{
		"sub": id, "aud": d.pool, "iss": "https://" + cognito,
		"amr": []any{"authenticated", developer, developer + ":" + d.pool + ":user-1"},
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}
	if again, _ := d.mustToken("user-1"); again != id {
		t.Errorf("the identity was %s and is %s", id, again)
	}
	_, day := d.mustToken("user-1", func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.TokenDuration = aws.Int64(86400) })
	if c := claimsOf(t, day, 1); c["exp"].(float64)-c["iat"].(float64) != 86400 {
		t.Errorf("claims %v", c)
	}
	_, err := d.token("user-1", func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.TokenDuration = aws.Int64(86401) })
	wantCode(t, err, "ValidationException")
	// The token is the login: at the identity pool and at STS.
	own := map[string]string{cognito: token}
	if arn := d.callerARN(d.session(id, own)); !strings.HasSuffix(arn, "/CognitoIdentityCredentials") {
		t.Errorf("the caller is %s", arn)
	}
	must(d.assume(d.anyone, token))(d.house, "AssumeRoleWithWebIdentity")
	other, _ := d.mustToken("user-2")
	_, err = d.credentials(other, own)
	refused(t, err, "NotAuthorizedException", otherLogins)
	_, err = d.credentials(id, map[string]string{cognito: token[:len(token)-8] + "AAAAAAAA"})
	refused(t, err, "NotAuthorizedException", unverified)
	_, err = d.credentials(id, map[string]string{cognito: "x"})
	refused(t, err, "NotAuthorizedException", badToken)
	_, err = d.credentials(id, map[string]string{developer: "user-1"})
	refused(t, err, "NotAuthorizedException", badToken)
	_, err = d.openID(id, own)
	refused(t, err, "NotAuthorizedException", "Invalid login token. Can't pass in a Cognito token.")
	_, err = d.getID(d.pool, own)
	refused(t, err, "NotAuthorizedException", "Invalid login token. Can't pass in a Cognito token.")
	// Session tags that the developer gives are seen by policies.
	role := d.role("tags", trust(d.pool, "authenticated"), policyOf(map[string]any{
		"Effect": "Allow", "Action": "cognito-identity:ListIdentityPools", "Resource": "*",
		"Condition": map[string]any{"StringEquals": map[string]string{"aws:PrincipalTag/team": "red"}},
	}))
	for _, team := range []string{"red", "blue"} {
		_, tagged := d.mustToken("user-1", func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
			in.PrincipalTags = map[string]string{"team": team}
		})
		got := must(d.assume(role, tagged))(d.house, "AssumeRoleWithWebIdentity").Credentials
		cfg := configFor(d.url, *got.AccessKeyId, *got.SecretAccessKey, *got.SessionToken)
		_, err := cognitoidentity.NewFromConfig(cfg).ListIdentityPools(t.Context(), &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(1)})
		if team == "red" && err != nil {
			t.Errorf("with the tag: %v", err)
		}
		if team == "blue" {
			wantCode(t, err, "AccessDeniedException")
		}
	}
	// What is no developer's login of this pool.
	const unsupported = "This identity pool does not support the specified developer provider."
	_, err = d.token("user-1", func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins = map[string]string{"login.other.app": "user-1"}
	})
	refused(t, err, "InvalidParameterException", unsupported)
	plain := d.identityPool()
	_, err = d.token("user-1", func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.IdentityPoolId = &plain })
	refused(t, err, "InvalidParameterException", unsupported)
	unsigned := d.config()
	unsigned.Credentials = aws.AnonymousCredentials{}
	_, err = cognitoidentity.NewFromConfig(unsigned).GetOpenIdTokenForDeveloperIdentity(t.Context(),
		&cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput{IdentityPoolId: &d.pool, Logins: map[string]string{developer: "user-1"}})
	refused(t, err, "MissingAuthenticationTokenException", "Missing Authentication Token")
}

func developerLinking(d *developerHouse) {
	t := d.t
	jane := d.logins(d.user("jane"))
	// A user of a user pool is linked with the developer's name for her.
	id := d.mustID(d.pool, jane)
	got, _ := d.mustToken("jane", withIdentity(id), func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
		in.Logins[d.provider] = jane[d.provider]
	})
	if got != id {
		t.Errorf("linked to %s, want %s", got, id)
	}
	if got, _ := d.mustToken("jane"); got != id {
		t.Errorf("by the developer's name: %s", got)
	}
	// A guest becomes the developer's user.
	guest := d.mustID(d.pool, nil)
	if got, token := d.mustToken("former guest", withIdentity(guest)); got != guest {
		t.Errorf("the guest became %s", got)
	} else if out := d.mustCredentials(guest, map[string]string{cognito: token}); *out.IdentityId != guest {
		t.Errorf("credentials of %s", *out.IdentityId)
	}
	_, err := d.credentials(guest, nil)
	refused(t, err, "NotAuthorizedException", "Access to Identity '"+guest+"' is forbidden.")
	// A name that has an identity does not get another.
	_, err = d.token("jane", withIdentity(guest))
	refused(t, err, "DeveloperUserAlreadyRegisteredException", "This developer user identifier is already registered with Cognito.")
	_, err = d.token("nobody", withIdentity(region+":00000000-0000-4000-8000-000000000000"))
	refused(t, err, "ResourceNotFoundException", "Identity '"+region+":00000000-0000-4000-8000-000000000000' not found.")
	// The developer's word links a name to any identity.
	joe := d.mustID(d.pool, d.logins(d.user("joe")))
	for _, name := range []string{"joe", "joe@example.com"} {
		if got, _ := d.mustToken(name, withIdentity(joe)); got != joe {
			t.Errorf("%s is linked to %s, want %s", name, got, joe)
		}
		if got, _ := d.mustToken(name); got != joe {
			t.Errorf("%s is of %s, want %s", name, got, joe)
		}
	}
	// A login beside the token is linked, too.
	kim := d.logins(d.user("kim"))
	kimID, token := d.mustToken("kim")
	d.mustCredentials(kimID, map[string]string{cognito: token, d.provider: kim[d.provider]})
	if got := d.mustID(d.pool, kim); got != kimID {
		t.Errorf("the login beside the token is of %s, want %s", got, kimID)
	}
}

func developerMerges(d *developerHouse) {
	t, ctx := d.t, d.t.Context()
	merge := func(source, destination string) (string, error) {
		out, err := d.pools.MergeDeveloperIdentities(ctx, &cognitoidentity.MergeDeveloperIdentitiesInput{
			IdentityPoolId: &d.pool, DeveloperProviderName: aws.String(developer), SourceUserIdentifier: &source, DestinationUserIdentifier: &destination,
		})
		if err != nil {
			return "", err
		}
		return *out.IdentityId, nil
	}
	source, stale := d.mustToken("source")
	destination, _ := d.mustToken("destination")
	if got, err := merge("source", "destination"); err != nil || got != destination {
		t.Fatalf("merged into %s, %v; want %s", got, err, destination)
	}
	for _, user := range []string{"source", "destination"} {
		if got, _ := d.mustToken(user); got != destination {
			t.Errorf("%s is of %s", user, got)
		}
	}
	_, err := d.credentials(source, map[string]string{cognito: stale})
	refused(t, err, "NotAuthorizedException", "Access to Identity '"+source+"' is forbidden.")
	_, err = merge("source", "nobody")
	refused(t, err, "ResourceNotFoundException", "Developer user identifier not found.")
	// Two users of one user pool are two people.
	for _, user := range []string{"first", "second"} {
		login := d.logins(d.user(user))
		d.mustToken(user, func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) {
			in.Logins[d.provider] = login[d.provider]
		})
	}
	_, err = merge("first", "second")
	refused(t, err, "ResourceConflictException", "Logins are already linked to another account.")
	// 20 logins are the most.
	d.mustToken("many")
	for i := range 20 {
		user := fmt.Sprint("many-", i)
		d.mustToken(user)
		_, err := merge(user, "many")
		if i < 19 && err != nil {
			t.Fatalf("login %d: %v", i+2, err)
		}
		if i == 19 {
			refused(t, err, "InvalidParameterException", "An identity can have at most 20 logins.")
		}
	}
}

func developerLookups(d *developerHouse) {
	t, ctx := d.t, d.t.Context()
	look := func(change func(*cognitoidentity.LookupDeveloperIdentityInput)) (*cognitoidentity.LookupDeveloperIdentityOutput, error) {
		in := &cognitoidentity.LookupDeveloperIdentityInput{IdentityPoolId: &d.pool}
		change(in)
		return d.pools.LookupDeveloperIdentity(ctx, in)
	}
	id, _ := d.mustToken("name-0")
	want := []string{"name-0"}
	for _, user := range []string{"name-1", "name-2", "name-3", "name-4"} {
		d.mustToken(user)
		must(d.pools.MergeDeveloperIdentities(ctx, &cognitoidentity.MergeDeveloperIdentitiesInput{
			IdentityPoolId: &d.pool, DeveloperProviderName: aws.String(developer), SourceUserIdentifier: &user, DestinationUserIdentifier: aws.String("name-0"),
		}))(d.house, "MergeDeveloperIdentities")
		want = append(want, user)
	}
	var got []string
	in := &cognitoidentity.LookupDeveloperIdentityInput{IdentityPoolId: &d.pool, IdentityId: &id, MaxResults: aws.Int32(2)}
	for pages := 1; ; pages++ {
		out := must(d.pools.LookupDeveloperIdentity(ctx, in))(d.house, "LookupDeveloperIdentity")
		got = append(got, out.DeveloperUserIdentifierList...)
		if *out.IdentityId != id || len(out.DeveloperUserIdentifierList) > 2 {
			t.Errorf("page %d: %v", pages, out)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the names are %v, want %v", got, want)
	}
	out := must(look(func(in *cognitoidentity.LookupDeveloperIdentityInput) { in.DeveloperUserIdentifier = &want[3] }))(d.house, "LookupDeveloperIdentity")
	if *out.IdentityId != id || !slices.Equal(out.DeveloperUserIdentifierList, want[3:4]) {
		t.Errorf("by name: %v", out)
	}
	other, _ := d.mustToken("other")
	_, err := look(func(in *cognitoidentity.LookupDeveloperIdentityInput) {
		in.DeveloperUserIdentifier, in.IdentityId = &want[0], &other
	})
	refused(t, err, "ResourceConflictException", "The developer user identifier is not linked to Identity '"+other+"'.")
	_, err = look(func(in *cognitoidentity.LookupDeveloperIdentityInput) {
		in.DeveloperUserIdentifier = aws.String("nobody")
	})
	refused(t, err, "ResourceNotFoundException", "Developer user identifier not found.")
	_, err = look(func(*cognitoidentity.LookupDeveloperIdentityInput) {})
	refused(t, err, "InvalidParameterException", "Either IdentityId or DeveloperUserIdentifier must be given.")

	unlink := func(id, user string) error {
		_, err := d.pools.UnlinkDeveloperIdentity(ctx, &cognitoidentity.UnlinkDeveloperIdentityInput{
			IdentityPoolId: &d.pool, IdentityId: &id, DeveloperProviderName: aws.String(developer), DeveloperUserIdentifier: &user,
		})
		return err
	}
	refused(t, unlink(other, "name-1"), "ResourceConflictException", "The developer user identifier is not linked to Identity '"+other+"'.")
	if err := unlink(id, "name-1"); err != nil {
		t.Fatal(err)
	}
	refused(t, unlink(id, "name-1"), "ResourceNotFoundException", "Developer user identifier not found.")
	if fresh, _ := d.mustToken("name-1"); fresh == id {
		t.Error("the unlinked name is still of the identity")
	}
}

// A developer's token is good for its duration, and STS's sessions of it for an
// hour at most.
func TestDeveloperTokenTimes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, serve(t, "--data", ":memory:"))
	pool := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) { in.DeveloperProviderName = aws.String(developer) })
	d := &developerHouse{h, pool, h.anyRole(pool)}
	id, quarter := d.mustToken("user")
	_, long := d.mustToken("user", func(in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) { in.TokenDuration = aws.Int64(86400) })
	d.advance(15*time.Minute + time.Second)
	_, err := d.credentials(id, map[string]string{cognito: quarter})
	if text := message(err); !strings.HasPrefix(text, "Invalid login token. Token expired: ") {
		t.Errorf("an expired token: %v", err)
	}
	_, err = d.assume(d.anyone, quarter)
	wantCode(t, err, "ExpiredTokenException")
	d.advance(23 * time.Hour)
	d.mustCredentials(id, map[string]string{cognito: long})
	_, err = d.assume(d.anyone, long, func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(3601) })
	wantCode(t, err, "ValidationError")
}

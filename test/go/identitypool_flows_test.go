package gotest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identity "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// The flows of identity pools with the Go SDK: enhanced and basic, for guests
// and users, and what is refused along the way.
func TestIdentityPoolFlows(t *testing.T) {
	t.Parallel()
	h := newHouse(t, serve(t, "--data", ":memory:"))
	for name, f := range map[string]func(*house){
		"enhanced flow of guests": enhancedGuest, "enhanced flow of users": enhancedUser, "basic flow": basicFlow,
		"OpenID tokens": openIDTokens, "trust policies": trustPolicies, "policy variables": policyVariables,
		"principal tags": principalTags, "roles by token": rolesByToken, "roles by rules": rolesByRules,
		"server-side token check": serverSideCheck,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(h.in(t))
		})
	}
}

func listRoles(h *house, cfg aws.Config) error {
	_, err := iam.NewFromConfig(cfg).ListRoles(h.t.Context(), &iam.ListRolesInput{})
	return err
}

// A guest gets an hour as the pool's role for guests, held to the services that
// AWS leaves to guests, whatever the role allows.
func enhancedGuest(h *house) {
	t, ctx := h.t, h.t.Context()
	pool := h.identityPool()
	role := h.role("guest", trust(pool, "unauthenticated"), policyOf(allow("*")))
	h.setRoles(pool, "", role, nil)
	id := h.mustID(pool, nil)
	if other := h.mustID(pool, nil); other == id {
		t.Error("two guests are one identity")
	}
	before := time.Now()
	out := h.mustCredentials(id, nil)
	c := out.Credentials
	if *out.IdentityId != id || !strings.HasPrefix(*c.AccessKeyId, "ASIA") || *c.SessionToken == "" {
		t.Errorf("credentials %s of %s", *c.AccessKeyId, *out.IdentityId)
	}
	if left := c.Expiration.Sub(before); left < 59*time.Minute || left > 61*time.Minute {
		t.Errorf("the credentials last %s", left)
	}
	cfg := configFor(h.url, *c.AccessKeyId, *c.SecretKey, *c.SessionToken)
	_, name, _ := strings.Cut(role, "role/")
	caller := "arn:aws:sts::" + account + ":assumed-role/" + name + "/CognitoIdentityCredentials"
	if got := h.callerARN(cfg); got != caller {
		t.Errorf("the caller is %s, want %s", got, caller)
	}
	for what, err := range map[string]error{
		"user pools": func() error {
			_, err := cognitoidentityprovider.NewFromConfig(cfg).ListUserPools(ctx, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(1)})
			return err
		}(),
		"identity pools": func() error {
			_, err := cognitoidentity.NewFromConfig(cfg).DescribeIdentity(ctx, &cognitoidentity.DescribeIdentityInput{IdentityId: &id})
			return err
		}(),
	} {
		if err != nil {
			t.Errorf("%s are left to guests: %v", what, err)
		}
	}
	err := listRoles(h, cfg)
	wantCode(t, err, "AccessDenied")
	if text := message(err); !strings.HasPrefix(text, "User: "+caller+" is not authorized to perform: iam:ListRoles on resource: ") ||
		!strings.HasSuffix(text, " because no session policy allows the iam:ListRoles action") {
		t.Errorf("the text is %s", text)
	}
	_, err = sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("app")})
	wantCode(t, err, "AccessDenied")

	_, err = h.credentials(id, nil, "arn:aws:iam::"+account+":role/other")
	refused(t, err, "NotAuthorizedException", "The role 'arn:aws:iam::"+account+":role/other' is not among the roles of this identity.")
	closed := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) { in.AllowUnauthenticatedIdentities = false })
	_, err = h.getID(closed, nil)
	refused(t, err, "NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
	none := region + ":00000000-0000-4000-8000-000000000000"
	_, err = h.getID(none, nil)
	refused(t, err, "ResourceNotFoundException", "IdentityPool '"+none+"' not found.")
	_, err = h.credentials(none, nil)
	refused(t, err, "ResourceNotFoundException", "Identity '"+none+"' not found.")
	_, err = h.getID("nothing", nil)
	refused(t, err, "ValidationException", `1 validation error detected: Value 'nothing' at 'identityPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+`)
	// A pool without a role for guests, and one that was closed to them later.
	bare := h.identityPool()
	_, err = h.credentials(h.mustID(bare, nil), nil)
	refused(t, err, "InvalidIdentityPoolConfigurationException", wrongRole)
	guest := h.mustID(bare, nil)
	h.update(bare, func(in *cognitoidentity.UpdateIdentityPoolInput) { in.AllowUnauthenticatedIdentities = false })
	_, err = h.credentials(guest, nil)
	refused(t, err, "NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
}

// update changes the settings of an identity pool as clients do: by its
// description.
func (h *house) update(pool string, change func(*cognitoidentity.UpdateIdentityPoolInput)) {
	h.t.Helper()
	d := must(h.pools.DescribeIdentityPool(h.t.Context(), &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &pool}))(h, "DescribeIdentityPool")
	in := &cognitoidentity.UpdateIdentityPoolInput{
		IdentityPoolId: d.IdentityPoolId, IdentityPoolName: d.IdentityPoolName, AllowUnauthenticatedIdentities: d.AllowUnauthenticatedIdentities,
		AllowClassicFlow: d.AllowClassicFlow, CognitoIdentityProviders: d.CognitoIdentityProviders, DeveloperProviderName: d.DeveloperProviderName,
		OpenIdConnectProviderARNs: d.OpenIdConnectProviderARNs, SamlProviderARNs: d.SamlProviderARNs, SupportedLoginProviders: d.SupportedLoginProviders,
	}
	change(in)
	must(h.pools.UpdateIdentityPool(h.t.Context(), in))(h, "UpdateIdentityPool")
}

// A user keeps one identity over all sign-ins, and gets what the role allows.
func enhancedUser(h *house) {
	t := h.t
	pool := h.identityPool()
	role := h.role("user", trust(pool, "authenticated"), policyOf(allow("iam:ListRoles")))
	h.setRoles(pool, role, "", nil)
	jane, joe := h.user("jane"), h.user("joe")
	janes, joes := h.logins(jane), h.logins(joe)
	id := h.mustID(pool, janes)
	if again := h.mustID(pool, h.logins(jane)); again != id {
		t.Errorf("the identity was %s and is %s", id, again)
	}
	if h.mustID(pool, joes) == id {
		t.Error("two users have one identity")
	}
	if err := listRoles(h, h.session(id, janes)); err != nil {
		t.Errorf("what the role allows: %v", err)
	}
	// The pool's own issuer is a name of the provider, too.
	issuer := claimsOf(t, janes[h.provider], 1)["iss"].(string)
	if got := h.mustID(pool, map[string]string{strings.TrimPrefix(issuer, "http://"): janes[h.provider]}); got != id {
		t.Errorf("by its issuer the login is of %s", got)
	}

	other := h.withUserPool()
	stranger := other.logins(other.user("stranger"))
	otherClient := *h
	otherClient.client = h.newClient()
	tampered := janes[h.provider]
	tampered = tampered[:len(tampered)-8] + strings.Repeat("A", 8)
	for name, c := range map[string]struct{ logins map[string]string }{
		"another pool's token":      {stranger},
		"a token of another client": {otherClient.logins(jane)},
	} {
		_, err := h.getID(pool, c.logins)
		t.Run(name, func(t *testing.T) { refused(t, err, "NotAuthorizedException", otherToken) })
	}
	for name, c := range map[string]struct{ token, message string }{
		"another pool's token by this pool's name": {stranger[other.provider], otherIssuer},
		"a tampered token":                         {tampered, unverified},
		"an access token":                          {*h.signIn(jane).AccessToken, "Invalid login token. Missing a required claim: aud"},
		"no token":                                 {"x", badToken},
	} {
		_, err := h.getID(pool, map[string]string{h.provider: c.token})
		t.Run(name, func(t *testing.T) { refused(t, err, "NotAuthorizedException", c.message) })
		_, err = h.credentials(id, map[string]string{h.provider: c.token})
		t.Run(name+", credentials", func(t *testing.T) { refused(t, err, "NotAuthorizedException", c.message) })
		_, err = h.openID(id, map[string]string{h.provider: c.token})
		t.Run(name+", OpenID token", func(t *testing.T) { refused(t, err, "NotAuthorizedException", c.message) })
	}
	// Each client of the list counts, and its tokens are of the same user.
	both := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.CognitoIdentityProviders = append(in.CognitoIdentityProviders, identity.CognitoIdentityProvider{ProviderName: &h.provider, ClientId: &otherClient.client})
	})
	if one, two := h.mustID(both, janes), h.mustID(both, otherClient.logins(jane)); one != two {
		t.Errorf("by two clients the user has %s and %s", one, two)
	}
	bare := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) { in.CognitoIdentityProviders = nil })
	_, err := h.getID(bare, janes)
	refused(t, err, "NotAuthorizedException", otherLogins)
	_, err = h.credentials(id, nil)
	refused(t, err, "NotAuthorizedException", "Access to Identity '"+id+"' is forbidden.")
	_, err = h.openID(id, nil)
	refused(t, err, "NotAuthorizedException", "Access to Identity '"+id+"' is forbidden.")
	_, err = h.credentials(id, joes)
	refused(t, err, "NotAuthorizedException", otherLogins)
	// The identity of one pool is none in another, whose logins it does not have.
	second := h.identityPool()
	h.anyRole(second)
	inSecond := h.mustID(second, janes)
	if inSecond == id {
		t.Error("two pools share an identity")
	}
	_, err = h.credentials(inSecond, joes)
	refused(t, err, "NotAuthorizedException", otherLogins)
}

// The basic flow: an OpenID token that the client itself exchanges at STS, for
// guests without the restrictions of the enhanced flow.
func basicFlow(h *house) {
	t := h.t
	pool := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) { in.AllowClassicFlow = aws.Bool(true) })
	role := h.role("basic", trust(pool, "authenticated", "unauthenticated"), policyOf(allow("*")))
	jane := h.logins(h.user("jane"))
	user, guest := h.mustID(pool, jane), h.mustID(pool, nil)
	for id, logins := range map[string]map[string]string{user: jane, guest: nil} {
		token := h.mustOpenID(id, logins)
		out := must(h.assume(role, token))(h, "AssumeRoleWithWebIdentity")
		if *out.SubjectFromWebIdentityToken != id || *out.Audience != pool || *out.Provider != "https://"+cognito && *out.Provider != cognito {
			t.Errorf("subject %s, audience %s, provider %s", *out.SubjectFromWebIdentityToken, *out.Audience, *out.Provider)
		}
		if !strings.HasSuffix(*out.AssumedRoleUser.Arn, "/app") {
			t.Errorf("the session is %s", *out.AssumedRoleUser.Arn)
		}
		c := out.Credentials
		if err := listRoles(h, configFor(h.url, *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)); err != nil {
			t.Errorf("the basic flow has no session policy: %v", err)
		}
		short := must(h.assume(role, token, func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(900) }))(h, "for 15 minutes")
		if left := time.Until(*short.Credentials.Expiration); left > 15*time.Minute || left < 14*time.Minute {
			t.Errorf("the session lasts %s", left)
		}
		_, err := h.assume(role, token, func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(3601) })
		refused(t, err, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	h.update(pool, func(in *cognitoidentity.UpdateIdentityPoolInput) { in.AllowClassicFlow = aws.Bool(false) })
	_, err := h.openID(user, jane)
	refused(t, err, "InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow.")
	_, err = h.openID(guest, nil)
	refused(t, err, "InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow.")
	h.update(pool, func(in *cognitoidentity.UpdateIdentityPoolInput) { in.AllowClassicFlow = nil })
	h.mustOpenID(guest, nil)
}

// openIDTokens have AWS's header and claims, and live ten minutes.
func openIDTokens(h *house) {
	t := h.t
	pool := h.identityPool()
	jane := h.logins(h.user("jane"))
	sub := claimsOf(t, jane[h.provider], 1)["sub"].(string)
	user, guest := h.mustID(pool, jane), h.mustID(pool, nil)
	for id, c := range map[string]struct {
		logins map[string]string
		amr    []any
	}{
		guest: {nil, []any{"unauthenticated"}},
		user:  {jane, []any{"authenticated", h.provider, h.provider + ":CognitoSignIn:" + sub}},
	} {
		token := h.mustOpenID(id, c.logins)
		header, claims := claimsOf(t, token, 0), claimsOf(t, token, 1)
		if header["alg"] != "RS512" || header["typ"] != "JWS" || header["kid"] == nil || len(header) != 3 {
			t.Errorf("header %v", header)
		}
		if lives := claims["exp"].(float64) - claims["iat"].(float64); lives != 600 {
			t.Errorf("the token lives %v seconds", lives)
		}
		delete(claims, "exp")
		delete(claims, "iat")
		if d := cmp.Diff(map[string]any{"sub": id, "aud": pool, "iss": "https://" + cognito, "amr": c.amr}, claims); d != "" {
			t.Error(d)
		}
	}
}

// serverSideCheck: tokens of users who were signed out, disabled or deleted are
// good until they expire, unless the pool asks the user pool.
func serverSideCheck(h *house) {
	t, ctx := h.t, h.t.Context()
	checked := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.CognitoIdentityProviders[0].ServerSideTokenCheck = aws.Bool(true)
	})
	plain := h.identityPool()
	h.anyRole(checked)
	h.anyRole(plain)
	for name, end := range map[string]func(user string) error{
		"signed out": func(user string) error {
			_, err := h.users.AdminUserGlobalSignOut(ctx, &cognitoidentityprovider.AdminUserGlobalSignOutInput{UserPoolId: &h.userPool, Username: &user})
			return err
		},
		"disabled": func(user string) error {
			_, err := h.users.AdminDisableUser(ctx, &cognitoidentityprovider.AdminDisableUserInput{UserPoolId: &h.userPool, Username: &user})
			return err
		},
		"deleted": func(user string) error {
			_, err := h.users.AdminDeleteUser(ctx, &cognitoidentityprovider.AdminDeleteUserInput{UserPoolId: &h.userPool, Username: &user})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.in(t)
			user := h.user("user")
			logins := h.logins(user)
			inChecked, inPlain := h.mustID(checked, logins), h.mustID(plain, logins)
			h.mustCredentials(inChecked, logins)
			if err := end(user); err != nil {
				t.Fatal(err)
			}
			const revoked = "Invalid login token. Token has been revoked."
			_, err := h.getID(checked, logins)
			refused(t, err, "NotAuthorizedException", revoked)
			_, err = h.credentials(inChecked, logins)
			refused(t, err, "NotAuthorizedException", revoked)
			_, err = h.openID(inChecked, logins)
			refused(t, err, "NotAuthorizedException", revoked)
			h.mustCredentials(inPlain, logins)
			h.mustOpenID(inPlain, logins)
		})
	}
}

// Tokens and credentials end with their time.
func TestIdentityPoolTimes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, serve(t, "--data", ":memory:"))
	pool := h.identityPool()
	role := h.anyRole(pool)
	jane := h.logins(h.user("jane"))
	id := h.mustID(pool, jane)
	token, cfg := h.mustOpenID(id, jane), h.session(id, jane)
	h.advance(10*time.Minute + time.Second)
	_, err := h.assume(role, token)
	wantCode(t, err, "ExpiredTokenException")
	h.callerARN(cfg)
	h.advance(50 * time.Minute)
	_, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	refused(t, err, "ExpiredToken", "The security token included in the request is expired")
	_, err = h.credentials(id, jane)
	var got int64
	exp := int64(claimsOf(t, jane[h.provider], 1)["exp"].(float64))
	if _, scan := fmt.Sscanf(message(err), "Invalid login token. Token expired: %d >= "+fmt.Sprint(exp), &got); scan != nil || got < exp {
		t.Errorf("an expired login: %v", err)
	}
}

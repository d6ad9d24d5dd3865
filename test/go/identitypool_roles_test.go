package gotest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identity "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/google/go-cmp/cmp"
)

// trustPolicies decide by aud, amr and sub, and only tokens of identity pools
// count for them.
func trustPolicies(h *house) {
	t := h.t
	pool, other := h.identityPool(), h.identityPool()
	jane := h.logins(h.user("jane"))
	user, guest := h.mustID(pool, jane), h.mustID(pool, nil)
	token, guestToken := h.mustOpenID(user, jane), h.mustOpenID(guest, nil)
	elsewhere := h.mustOpenID(h.mustID(other, jane), jane)
	forUsers := h.role("users", trust(pool, "authenticated"), "")
	onlyMe := h.role("me", policyOf(map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"Federated": cognito}, "Action": "sts:AssumeRoleWithWebIdentity",
		"Condition": map[string]any{"StringEquals": map[string]string{cognito + ":aud": pool, cognito + ":sub": user}},
	}), "")
	byProvider := h.role("provider", trust(pool, h.provider+":CognitoSignIn:*"), "")
	notAtAll := h.role("not", policyOf(map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::" + account + ":root"}, "Action": "sts:AssumeRole",
	}), "")
	const denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	for name, c := range map[string]struct {
		role, token string
		ok          bool
	}{
		"authenticated":                  {forUsers, token, true},
		"a guest where a user is wanted": {forUsers, guestToken, false},
		"another pool's aud":             {forUsers, elsewhere, false},
		"the identity itself":            {onlyMe, token, true},
		"another identity":               {onlyMe, guestToken, false},
		"a provider by amr":              {byProvider, token, true},
		"a guest has no provider":        {byProvider, guestToken, false},
		"a role for sts:AssumeRole":      {notAtAll, token, false},
		"a role that does not exist":     {"arn:aws:iam::" + account + ":role/none", token, false},
	} {
		_, err := h.assume(c.role, c.token)
		t.Run(name, func(t *testing.T) {
			if !c.ok {
				refused(t, err, "AccessDenied", denied)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	_, err := h.assume(forUsers, jane[h.provider])
	refused(t, err, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for "+claimsOf(t, jane[h.provider], 1)["iss"].(string))
	_, err = h.assume(forUsers, token[:len(token)-4]+"AAAA")
	refused(t, err, "InvalidIdentityToken", "The signature of the web identity token could not be verified.")
	// The enhanced flow is held to the same trust policies.
	h.setRoles(pool, onlyMe, forUsers, nil)
	h.mustCredentials(user, jane)
	joe := h.logins(h.user("joe"))
	_, err = h.credentials(h.mustID(pool, joe), joe)
	refused(t, err, "InvalidIdentityPoolConfigurationException", wrongRole)
	_, err = h.credentials(guest, nil)
	refused(t, err, "InvalidIdentityPoolConfigurationException", wrongRole)
}

// policyVariables: the identity, its pool and how it signed in are known to the
// policies that the session's later calls are checked with, in both flows.
func policyVariables(h *house) {
	t, ctx := h.t, h.t.Context()
	pool := h.identityPool()
	variable := func(name string) string { return "${" + cognito + ":" + name + "}" }
	role := h.role("variables", trust(pool, "authenticated", "unauthenticated"), policyOf(
		map[string]any{
			"Effect": "Allow", "Action": "cognito-identity:CreateIdentityPool", "Resource": "*",
			"Condition": map[string]any{"StringEquals": map[string]string{"aws:RequestTag/owner": variable("sub")}},
		},
		map[string]any{
			"Effect": "Allow", "Action": "cognito-identity:DescribeIdentityPool",
			"Resource": "arn:aws:cognito-identity:" + region + ":" + account + ":identitypool/" + variable("aud"),
		},
		map[string]any{
			"Effect": "Allow", "Action": "cognito-identity:ListIdentityPools", "Resource": "*",
			"Condition": map[string]any{"ForAnyValue:StringEquals": map[string]string{cognito + ":amr": "authenticated"}},
		},
	))
	h.setRoles(pool, role, role, nil)
	jane := h.logins(h.user("jane"))
	user, guest := h.mustID(pool, jane), h.mustID(pool, nil)
	basic := must(h.assume(role, h.mustOpenID(user, jane)))(h, "AssumeRoleWithWebIdentity").Credentials
	for name, c := range map[string]struct {
		cfg  aws.Config
		id   string
		user bool
	}{
		"user":  {h.session(user, jane), user, true},
		"guest": {h.session(guest, nil), guest, false},
		"basic": {configFor(h.url, *basic.AccessKeyId, *basic.SecretAccessKey, *basic.SessionToken), user, true},
	} {
		t.Run(name, func(t *testing.T) {
			api := cognitoidentity.NewFromConfig(c.cfg)
			create := func(owner string) error {
				_, err := api.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("mine"), IdentityPoolTags: map[string]string{"owner": owner}})
				return err
			}
			if err := create(c.id); err != nil {
				t.Errorf("with the own identity: %v", err)
			}
			wantCode(t, create(region+":00000000-0000-4000-8000-000000000000"), "AccessDeniedException")
			if _, err := api.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &pool}); err != nil {
				t.Errorf("the own pool: %v", err)
			}
			_, err := api.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: aws.String(region + ":00000000-0000-4000-8000-000000000000")})
			wantCode(t, err, "AccessDeniedException")
			_, err = api.ListIdentityPools(ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(1)})
			if c.user && err != nil {
				t.Errorf("authenticated: %v", err)
			}
			if !c.user {
				wantCode(t, err, "AccessDeniedException")
			}
		})
	}
}

// principalTags: claims become session tags that policies see as
// aws:PrincipalTag/..., in both flows.
func principalTags(h *house) {
	t, ctx := h.t, h.t.Context()
	pool := h.identityPool()
	list := func(tag, value string) map[string]any {
		return map[string]any{
			"Effect": "Allow", "Action": "cognito-identity:ListIdentityPools", "Resource": "*",
			"Condition": map[string]any{"StringEquals": map[string]string{"aws:PrincipalTag/" + tag: value}},
		}
	}
	role := h.role("tags", trust(pool, "authenticated"), policyOf(list("department", "sales"), list("client", h.client)))
	untagged := h.role("untagged", strings.Replace(trust(pool, "authenticated"), `,"sts:TagSession"`, "", 1), "")
	h.setRoles(pool, role, "", nil)
	sales, legal := h.logins(h.user("sales", "custom:department", "sales")), h.logins(h.user("legal", "custom:department", "legal"))
	set := func(defaults bool, tags map[string]string) {
		t.Helper()
		must(h.pools.SetPrincipalTagAttributeMap(ctx, &cognitoidentity.SetPrincipalTagAttributeMapInput{
			IdentityPoolId: &pool, IdentityProviderName: &h.provider, UseDefaults: &defaults, PrincipalTags: tags,
		}))(h, "SetPrincipalTagAttributeMap")
	}
	try := func(cfg aws.Config) error {
		_, err := cognitoidentity.NewFromConfig(cfg).ListIdentityPools(ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(1)})
		return err
	}
	wantCode(t, try(h.session(h.mustID(pool, sales), sales)), "AccessDeniedException")
	set(false, map[string]string{"department": "custom:department"})
	if err := try(h.session(h.mustID(pool, sales), sales)); err != nil {
		t.Errorf("enhanced flow: %v", err)
	}
	wantCode(t, try(h.session(h.mustID(pool, legal), legal)), "AccessDeniedException")
	basic := must(h.assume(role, h.mustOpenID(h.mustID(pool, sales), sales)))(h, "AssumeRoleWithWebIdentity").Credentials
	if err := try(configFor(h.url, *basic.AccessKeyId, *basic.SecretAccessKey, *basic.SessionToken)); err != nil {
		t.Errorf("basic flow: %v", err)
	}
	set(true, nil)
	got := must(h.pools.GetPrincipalTagAttributeMap(ctx, &cognitoidentity.GetPrincipalTagAttributeMapInput{IdentityPoolId: &pool, IdentityProviderName: &h.provider}))(h, "GetPrincipalTagAttributeMap")
	if d := cmp.Diff(map[string]string{"client": "aud", "username": "sub"}, got.PrincipalTags); d != "" || !*got.UseDefaults {
		t.Errorf("defaults: %s", d)
	}
	if err := try(h.session(h.mustID(pool, legal), legal)); err != nil {
		t.Errorf("defaults: %v", err)
	}
	h.setRoles(pool, untagged, "", nil)
	_, err := h.credentials(h.mustID(pool, sales), sales)
	refused(t, err, "InvalidIdentityPoolConfigurationException", wrongRole)
	_, err = h.assume(untagged, h.mustOpenID(h.mustID(pool, sales), sales))
	wantCode(t, err, "AccessDenied")
}

// rolesByToken: the roles of the user's groups decide.
func rolesByToken(h *house) {
	t := h.t
	pool := h.identityPool()
	roles := map[string]string{}
	for _, name := range []string{"default", "one", "two", "other"} {
		roles[name] = h.role(name, trust(pool, "authenticated"), "")
	}
	mapping := func(r identity.AmbiguousRoleResolutionType) map[string]identity.RoleMapping {
		return map[string]identity.RoleMapping{h.provider + ":" + h.client: {Type: identity.RoleMappingTypeToken, AmbiguousRoleResolution: r}}
	}
	member := func(precedences ...int32) (id string, logins map[string]string) {
		user := h.user("member")
		for i, p := range precedences {
			h.group(user, []string{roles["one"], roles["two"]}[i], p)
		}
		logins = h.logins(user)
		return h.mustID(pool, logins), logins
	}
	wants := func(what, want, id string, logins map[string]string, custom ...string) {
		t.Helper()
		if got := h.roleOf(id, logins, custom...); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	denied := func(what, id string, logins map[string]string, custom ...string) {
		t.Helper()
		_, err := h.credentials(id, logins, custom...)
		message := "The ambiguous role mapping rules for: " + h.provider + ":" + h.client + " denied this request."
		if len(custom) > 0 {
			message = "The role '" + custom[0] + "' is not among the roles of this identity."
		}
		t.Run(what, func(t *testing.T) { refused(t, err, "NotAuthorizedException", message) })
	}
	preferredID, preferred := member(1, 2)
	secondID, second := member(2, 1)
	tiedID, tied := member(1, 1)
	noneID, none := member()
	h.setRoles(pool, roles["default"], "", mapping(identity.AmbiguousRoleResolutionTypeDeny))
	wants("precedence", roles["one"], preferredID, preferred)
	wants("precedence of the second", roles["two"], secondID, second)
	wants("a custom role among them", roles["two"], preferredID, preferred, roles["two"])
	denied("a custom role beside them", preferredID, preferred, roles["other"])
	denied("two of one precedence", tiedID, tied)
	wants("one of the two by choice", roles["two"], tiedID, tied, roles["two"])
	denied("no group", noneID, none)
	denied("no group, custom role", noneID, none, roles["default"])
	h.setRoles(pool, roles["default"], "", mapping(identity.AmbiguousRoleResolutionTypeAuthenticatedRole))
	wants("two of one precedence, resolved", roles["default"], tiedID, tied)
	wants("no group, resolved", roles["default"], noneID, none)
	wants("precedence, with a default", roles["one"], preferredID, preferred)
}

// rolesByRules: claims decide, by the first rule that matches.
func rolesByRules(h *house) {
	t := h.t
	pool := h.identityPool()
	var rules []identity.MappingRule
	roles := map[string]string{"default": h.role("default", trust(pool, "authenticated"), "")}
	for _, r := range []struct {
		name  string
		match identity.MappingRuleMatchType
		value string
	}{
		{"equals", identity.MappingRuleMatchTypeEquals, "sales"},
		{"starts", identity.MappingRuleMatchTypeStartsWith, "sal"},
		{"contains", identity.MappingRuleMatchTypeContains, "gal"},
		{"other", identity.MappingRuleMatchTypeNotEqual, "nobody"},
	} {
		roles[r.name] = h.role(r.name, trust(pool, "authenticated"), "")
		rules = append(rules, identity.MappingRule{Claim: aws.String("custom:department"), MatchType: r.match, Value: aws.String(r.value), RoleARN: aws.String(roles[r.name])})
	}
	set := func(r identity.AmbiguousRoleResolutionType) {
		h.setRoles(pool, roles["default"], "", map[string]identity.RoleMapping{h.provider + ":" + h.client: {
			Type: identity.RoleMappingTypeRules, AmbiguousRoleResolution: r, RulesConfiguration: &identity.RulesConfigurationType{Rules: rules},
		}})
	}
	set(identity.AmbiguousRoleResolutionTypeDeny)
	ambiguous := "The ambiguous role mapping rules for: " + h.provider + ":" + h.client + " denied this request."
	for department, want := range map[string]string{"sales": "equals", "salon": "starts", "legal": "contains", "board": "other", "nobody": "", "-": ""} {
		user := h.user("user", "custom:department", department)
		if department == "-" {
			user = h.user("user")
		}
		logins := h.logins(user)
		id := h.mustID(pool, logins)
		t.Run(fmt.Sprintf("department %s", department), func(t *testing.T) {
			if want == "" {
				_, err := h.credentials(id, logins)
				refused(t, err, "NotAuthorizedException", ambiguous)
				return
			}
			if got := h.in(t).roleOf(id, logins); got != roles[want] {
				t.Errorf("the role is %s, want %s", got, roles[want])
			}
		})
		if department != "sales" {
			continue
		}
		// A later rule that matches may be chosen, one that does not may not.
		if got := h.roleOf(id, logins, roles["other"]); got != roles["other"] {
			t.Errorf("chosen: %s", got)
		}
		_, err := h.credentials(id, logins, roles["contains"])
		refused(t, err, "NotAuthorizedException", "The role '"+roles["contains"]+"' is not among the roles of this identity.")
	}
	set(identity.AmbiguousRoleResolutionTypeAuthenticatedRole)
	logins := h.logins(h.user("user"))
	if got := h.roleOf(h.mustID(pool, logins), logins); got != roles["default"] {
		t.Errorf("without a match: %s", got)
	}
}

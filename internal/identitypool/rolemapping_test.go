package identitypool

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/google/go-cmp/cmp"
)

func role(name string) string { return "arn:aws:iam::123456789012:role/" + name }

func rule(claim string, match types.MappingRuleMatchType, value, name string) types.MappingRule {
	return types.MappingRule{Claim: &claim, MatchType: match, Value: &value, RoleARN: aws.String(role(name))}
}

func rules(ambiguous types.AmbiguousRoleResolutionType, rules ...types.MappingRule) types.RoleMapping {
	return types.RoleMapping{Type: types.RoleMappingTypeRules, AmbiguousRoleResolution: ambiguous, RulesConfiguration: &types.RulesConfigurationType{Rules: rules}}
}

const (
	deny     = types.AmbiguousRoleResolutionTypeDeny
	fallBack = types.AmbiguousRoleResolutionTypeAuthenticatedRole
)

var byToken = map[types.AmbiguousRoleResolutionType]types.RoleMapping{
	deny:     {Type: types.RoleMappingTypeToken, AmbiguousRoleResolution: deny},
	fallBack: {Type: types.RoleMappingTypeToken, AmbiguousRoleResolution: fallBack},
}

func TestRoleMapping(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	const mapped = userPool + ":" + client
	denied := "The ambiguous role mapping rules for: " + mapped + " denied this request."
	list := func(names ...string) []any {
		var l []any
		for _, n := range names {
			l = append(l, role(n))
		}
		return l
	}
	ordered := rules(deny,
		rule("custom:tier", types.MappingRuleMatchTypeEquals, "gold", "gold"),
		rule("email", types.MappingRuleMatchTypeContains, "@corp.", "corp"),
		rule("email", types.MappingRuleMatchTypeStartsWith, "admin", "admin"),
		rule("locale", types.MappingRuleMatchTypeNotEqual, "en", "foreign"))
	for name, c := range map[string]struct {
		mapping types.RoleMapping
		claims  claims
		custom  string
		want    string
		code    string
		message string
	}{
		"Token, preferred":               {mapping: byToken[deny], claims: claims{claimRoles: list("a", "b"), claimPreferredRole: role("b")}, want: role("b")},
		"Token, preferred alone":         {mapping: byToken[deny], claims: claims{claimPreferredRole: role("b")}, want: role("b")},
		"Token, single":                  {mapping: byToken[deny], claims: claims{claimRoles: list("a")}, want: role("a")},
		"Token, text":                    {mapping: byToken[deny], claims: claims{claimRoles: role("a")}, want: role("a")},
		"Token, several":                 {mapping: byToken[deny], claims: claims{claimRoles: list("a", "b")}, code: "NotAuthorizedException", message: denied},
		"Token, several, text":           {mapping: byToken[deny], claims: claims{claimRoles: role("a") + "," + role("b")}, code: "NotAuthorizedException", message: denied},
		"Token, several, falls back":     {mapping: byToken[fallBack], claims: claims{claimRoles: list("a", "b")}, want: authRole},
		"Token, none":                    {mapping: byToken[deny], code: "NotAuthorizedException", message: denied},
		"Token, none, falls back":        {mapping: byToken[fallBack], want: authRole},
		"Token, custom":                  {mapping: byToken[deny], claims: claims{claimRoles: list("a", "b"), claimPreferredRole: role("b")}, custom: role("a"), want: role("a")},
		"Token, custom of text":          {mapping: byToken[deny], claims: claims{claimRoles: role("a") + "," + role("b")}, custom: role("b"), want: role("b")},
		"Token, custom not listed":       {mapping: byToken[fallBack], claims: claims{claimRoles: list("a", "b")}, custom: role("c"), code: "NotAuthorizedException", message: "The role '" + role("c") + "' is not among the roles of this identity."},
		"Token, custom fallback":         {mapping: byToken[fallBack], claims: claims{claimRoles: list("a", "b")}, custom: authRole, code: "NotAuthorizedException", message: "The role '" + authRole + "' is not among the roles of this identity."},
		"Rules, Equals":                  {mapping: ordered, claims: claims{"custom:tier": "gold", "email": "admin@corp.example"}, want: role("gold")},
		"Rules, Equals is exact":         {mapping: ordered, claims: claims{"custom:tier": "golden"}, code: "NotAuthorizedException", message: denied},
		"Rules, case matters":            {mapping: ordered, claims: claims{"custom:tier": "Gold"}, code: "NotAuthorizedException", message: denied},
		"Rules, Contains before":         {mapping: ordered, claims: claims{"email": "admin@corp.example"}, want: role("corp")},
		"Rules, StartsWith":              {mapping: ordered, claims: claims{"email": "admin@example.com"}, want: role("admin")},
		"Rules, StartsWith only there":   {mapping: ordered, claims: claims{"email": "the-admin@example.com"}, code: "NotAuthorizedException", message: denied},
		"Rules, NotEqual":                {mapping: ordered, claims: claims{"locale": "fr"}, want: role("foreign")},
		"Rules, NotEqual but equal":      {mapping: ordered, claims: claims{"locale": "en"}, code: "NotAuthorizedException", message: denied},
		"Rules, NotEqual, claim missing": {mapping: ordered, code: "NotAuthorizedException", message: denied},
		"Rules, list":                    {mapping: rules(deny, rule("cognito:groups", types.MappingRuleMatchTypeEquals, "admins", "admin")), claims: claims{"cognito:groups": []any{"users", "admins"}}, want: role("admin")},
		"Rules, list, NotEqual":          {mapping: rules(deny, rule("cognito:groups", types.MappingRuleMatchTypeNotEqual, "admins", "user")), claims: claims{"cognito:groups": []any{"users", "admins"}}, code: "NotAuthorizedException", message: denied},
		"Rules, boolean":                 {mapping: rules(deny, rule("email_verified", types.MappingRuleMatchTypeEquals, "true", "ok")), claims: claims{"email_verified": true}, want: role("ok")},
		"Rules, number":                  {mapping: rules(deny, rule("level", types.MappingRuleMatchTypeEquals, "7", "seven")), claims: claims{"level": 7}, want: role("seven")},
		"Rules, no match falls back":     {mapping: rules(fallBack, rule("x", types.MappingRuleMatchTypeEquals, "y", "z")), want: authRole},
		"Rules, custom of later rule":    {mapping: ordered, claims: claims{"custom:tier": "gold", "email": "admin@example.com"}, custom: role("admin"), want: role("admin")},
		"Rules, custom does not match":   {mapping: ordered, claims: claims{"custom:tier": "gold"}, custom: role("admin"), code: "NotAuthorizedException", message: "The role '" + role("admin") + "' is not among the roles of this identity."},
	} {
		t.Run(name, func(t *testing.T) {
			pool := b.full()
			b.setRoles(pool, map[string]string{roleAuthenticated: authRole}, map[string]types.RoleMapping{mapped: c.mapping})
			l := logins(userPool, idToken("u", c.claims))
			id := b.getID(pool, l)
			var custom []string
			if c.custom != "" {
				custom = []string{c.custom}
			}
			err := b.tryCredentials(id, l, custom...)
			if c.code != "" {
				refusal(t, err, c.code, c.message)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := b.roles.last().RoleARN; got != c.want {
				t.Errorf("role %s, want %s", got, c.want)
			}
		})
	}
}

func TestCustomRoleWithoutMapping(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	l := logins(userPool, idToken("u", claims{claimRoles: []any{role("a")}}))
	user, guest := b.getID(pool, l), b.getID(pool, nil)
	if err := b.tryCredentials(user, l, authRole); err != nil {
		t.Error(err)
	}
	refusal(t, b.tryCredentials(user, l, role("a")), "NotAuthorizedException", "The role '"+role("a")+"' is not among the roles of this identity.")
	refusal(t, b.tryCredentials(user, l, guestRol), "NotAuthorizedException", "The role '"+guestRol+"' is not among the roles of this identity.")
	refusal(t, b.tryCredentials(guest, nil, authRole), "NotAuthorizedException", "The role '"+authRole+"' is not among the roles of this identity.")
}

func TestMappingOfOtherProviders(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	b.setRoles(pool, map[string]string{roleAuthenticated: authRole}, map[string]types.RoleMapping{
		saml:           byToken[deny],
		oidcARN:        rules(deny, rule("dept", types.MappingRuleMatchTypeEquals, "it", "it")),
		providerGoogle: rules(fallBack, rule("hd", types.MappingRuleMatchTypeEquals, "example.com", "staff")),
	})
	get := func(l map[string]string) string {
		b.credentials(b.getID(pool, l), l)
		return b.roles.last().RoleARN
	}
	exp := start.Unix() + 60
	for name, c := range map[string]struct {
		logins map[string]string
		want   string
	}{
		"SAML":                {logins(saml, "me|"+role("x")+","+saml), role("x")},
		"OIDC":                {logins(oidcName, jwt(claims{"iss": "https://" + oidcName, "sub": "o", "aud": "app", "exp": exp, "dept": "it"})), role("it")},
		"Google":              {logins(providerGoogle, jwt(claims{"iss": "https://accounts.google.com", "sub": "g", "aud": "g2", "exp": exp, "hd": "example.com"})), role("staff")},
		"user pool, unmapped": {logins(userPool, idToken("u", claims{claimRoles: []any{role("a")}})), authRole},
	} {
		if got := get(c.logins); got != c.want {
			t.Errorf("%s: role %s, want %s", name, got, c.want)
		}
	}
	// Of several logins the first by name counts that has a mapping.
	google := jwt(claims{"iss": "https://accounts.google.com", "sub": "two", "aud": "g2", "exp": exp, "hd": "example.com"})
	it := jwt(claims{"iss": "https://" + oidcName, "sub": "two", "aud": "app", "exp": exp, "dept": "it"})
	if got := get(logins(oidcName, it, providerGoogle, google)); got != role("staff") {
		t.Errorf("two logins with a mapping: %s", got)
	}
	if got := get(logins(userPool, idToken("two"), oidcName, it)); got != role("it") {
		t.Errorf("two logins, one with a mapping: %s", got)
	}
	l := logins(oidcName, jwt(claims{"iss": "https://" + oidcName, "sub": "o2", "aud": "app", "exp": exp}))
	refusal(t, b.tryCredentials(b.getID(pool, l), l), "NotAuthorizedException", "The ambiguous role mapping rules for: "+oidcARN+" denied this request.")
}

func TestSetIdentityPoolRoles(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	unset := b.create(nil)
	out, err := b.s.GetIdentityPoolRoles(b.ctx, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &unset})
	if err != nil || out.Roles != nil || out.RoleMappings != nil || *out.IdentityPoolId != unset {
		t.Errorf("before they are set: %+v, %v", out, err)
	}
	mappings := map[string]types.RoleMapping{
		ownName + ":" + client: rules(deny, rule("a", types.MappingRuleMatchTypeEquals, "b", "c")),
		providerFacebook:       byToken[fallBack],
	}
	b.setRoles(pool, map[string]string{roleAuthenticated: authRole}, mappings)
	out, err = b.s.GetIdentityPoolRoles(b.ctx, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &pool})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(mappings, out.RoleMappings, wire); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{roleAuthenticated: authRole}, out.Roles); d != "" {
		t.Error(d)
	}
	b.setRoles(pool, map[string]string{}, nil)
	out, err = b.s.GetIdentityPoolRoles(b.ctx, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &pool})
	if err != nil || out.Roles == nil || len(out.Roles) != 0 || len(out.RoleMappings) != 0 {
		t.Errorf("after they are cleared: %+v, %v", out, err)
	}
}

func TestSetIdentityPoolRolesRefuses(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.full()
	const key = userPool + ":" + client
	var many []types.MappingRule
	for i := range maxRules + 1 {
		many = append(many, rule("c", types.MappingRuleMatchTypeEquals, fmt.Sprint(i), "r"))
	}
	foreign := "arn:aws:iam::999999999999:role/x"
	foreignRule := rule("a", types.MappingRuleMatchTypeEquals, "b", "c")
	foreignRule.RoleARN = &foreign
	roles := map[string]string{roleAuthenticated: authRole}
	for name, c := range map[string]struct {
		roles         map[string]string
		key           string
		mapping       types.RoleMapping
		code, message string
	}{
		"foreign role":        {map[string]string{roleAuthenticated: foreign}, key, byToken[deny], "NotAuthorizedException", "Access to Role '" + foreign + "' is forbidden."},
		"no role":             {map[string]string{roleAuthenticated: "SomeRoleName-of-20-characters"}, key, byToken[deny], "NotAuthorizedException", "Access to Role 'SomeRoleName-of-20-characters' is forbidden."},
		"user as role":        {map[string]string{roleAuthenticated: "arn:aws:iam::123456789012:user/x"}, key, byToken[deny], "NotAuthorizedException", "Access to Role 'arn:aws:iam::123456789012:user/x' is forbidden."},
		"foreign role, rule":  {roles, key, rules(deny, foreignRule), "NotAuthorizedException", "Access to Role '" + foreign + "' is forbidden."},
		"without client":      {roles, userPool, byToken[deny], "InvalidParameterException", "(" + userPool + ") is not a valid RoleMapping ProviderName or is not a configured provider."},
		"other client":        {roles, userPool + ":x", byToken[deny], "InvalidParameterException", "(" + userPool + ":x) is not a valid RoleMapping ProviderName or is not a configured provider."},
		"scheme":              {roles, "https://" + key, byToken[deny], "InvalidParameterException", "(https://" + key + ") is not a valid RoleMapping ProviderName or is not a configured provider."},
		"social not in pool":  {roles, providerApple, byToken[deny], "InvalidParameterException", "(appleid.apple.com) is not a valid RoleMapping ProviderName or is not a configured provider."},
		"no ambiguity":        {roles, key, types.RoleMapping{Type: types.RoleMappingTypeToken}, "InvalidParameterException", "AmbiguousRoleResolution is required for the role mapping of " + key + "."},
		"Rules without rules": {roles, key, types.RoleMapping{Type: types.RoleMappingTypeRules, AmbiguousRoleResolution: deny}, "InvalidParameterException", "RulesConfiguration is required for the role mapping of " + key + "."},
		"Token with rules":    {roles, key, types.RoleMapping{Type: types.RoleMappingTypeToken, AmbiguousRoleResolution: deny, RulesConfiguration: rules(deny, rule("a", types.MappingRuleMatchTypeEquals, "b", "c")).RulesConfiguration}, "InvalidParameterException", "RulesConfiguration is only for role mappings of the type Rules, not for that of " + key + "."},
		"26 rules":            {roles, key, rules(deny, many...), "InvalidParameterException", "The role mapping of " + key + " has more than 25 rules."},
	} {
		_, err := b.s.SetIdentityPoolRoles(b.ctx, &cognitoidentity.SetIdentityPoolRolesInput{IdentityPoolId: &pool, Roles: c.roles, RoleMappings: map[string]types.RoleMapping{c.key: c.mapping}})
		t.Run(name, func(t *testing.T) { refusal(t, err, c.code, c.message) })
	}
	out, err := b.s.GetIdentityPoolRoles(b.ctx, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &pool})
	if err != nil || len(out.Roles) != 2 || out.RoleMappings != nil {
		t.Errorf("a refused call changed the roles: %+v, %v", out, err)
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   any
		want []string
	}{
		{nil, nil}, {"a", []string{"a"}}, {true, []string{"true"}}, {1.0, []string{"1"}}, {1.5, []string{"1.5"}}, {1e21, []string{"1000000000000000000000"}},
		{json.Number("7"), []string{"7"}}, {[]any{"a", 1.0, nil}, []string{"a", "1"}}, {map[string]any{"a": 1.0}, []string{`{"a":1}`}}, {int64(5), []string{"5"}},
	} {
		if d := cmp.Diff(c.want, texts(c.in)); d != "" {
			t.Errorf("%v: %s", c.in, d)
		}
	}
}

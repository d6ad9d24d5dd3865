package identitypool

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
)

const (
	ambiguousRole     = "The ambiguous role mapping rules for: %s denied this request."
	customRoleRefused = "The role '%s' is not among the roles of this identity."
)

// Claims of a user pool's ID token that role mappings of the type Token read,
// and the attribute of SAML assertions that stands for the first.
const (
	claimRoles         = "cognito:roles"
	claimPreferredRole = "cognito:preferred_role"
	samlRoleAttribute  = "https://aws.amazon.com/SAML/Attributes/Role"
)

// chooseRole returns the role that an identity gets (Developer Guide,
// "Role-based access control"): the one that the role mapping of its first
// login with a mapping says, else the pool's role for authenticated or
// unauthenticated identities. custom is the caller's choice, if any, and must
// be a role that the identity could have got.
func chooseRole(who *proven, custom string) (string, error) {
	p := who.pool
	if who.guest() {
		return defaultRole(p.Roles[roleUnauthenticated], custom)
	}
	for _, l := range who.logins {
		m, ok := p.mappings[l.mapping]
		if !ok {
			continue
		}
		role, err := mappedRole(m, l.claims.All, custom)
		if err != nil {
			return "", err
		}
		if role != "" {
			return role, nil
		}
		if m.AmbiguousRoleResolution == types.AmbiguousRoleResolutionTypeDeny {
			return "", notAuthorized(ambiguousRole, l.mapping)
		}
		break
	}
	return defaultRole(p.Roles[roleAuthenticated], custom)
}

func defaultRole(role, custom string) (string, error) {
	if custom != "" && custom != role {
		return "", notAuthorized(customRoleRefused, custom)
	}
	if role == "" {
		return "", configurationError()
	}
	return role, nil
}

// mappedRole returns the role that a mapping gives for the claims, or "" when
// it is ambiguous. A custom role is one of the roles that the mapping allows.
func mappedRole(m types.RoleMapping, claims map[string]any, custom string) (string, error) {
	allowed, preferred := roleChoices(m, claims)
	switch {
	case custom != "" && slices.Contains(allowed, custom):
		return custom, nil
	case custom != "":
		return "", notAuthorized(customRoleRefused, custom)
	}
	return preferred, nil
}

// roleChoices returns the roles that a mapping allows for the claims, and the
// one among them that it gives when the caller does not choose.
func roleChoices(m types.RoleMapping, claims map[string]any) (allowed []string, preferred string) {
	if m.Type == types.RoleMappingTypeRules {
		if m.RulesConfiguration == nil {
			return nil, ""
		}
		for _, r := range m.RulesConfiguration.Rules {
			if matches(r, claims) {
				allowed = append(allowed, aws.ToString(r.RoleARN))
			}
		}
		if len(allowed) > 0 {
			preferred = allowed[0]
		}
		return allowed, preferred
	}
	allowed = tokenRoles(claims)
	if p, ok := claims[claimPreferredRole].(string); ok && p != "" {
		return append(allowed, p), p
	}
	if len(allowed) == 1 {
		preferred = allowed[0]
	}
	return allowed, preferred
}

// tokenRoles are the roles that a token lists: as a JSON array or as a text
// with commas; a SAML assertion lists pairs of role and provider.
func tokenRoles(claims map[string]any) []string {
	roles := texts(claims[claimRoles])
	if len(roles) == 1 {
		roles = strings.FieldsFunc(roles[0], func(r rune) bool { return r == ',' || r == ' ' })
	}
	for _, pair := range texts(claims[samlRoleAttribute]) {
		for part := range strings.SplitSeq(pair, ",") {
			if strings.Contains(part, ":role/") {
				roles = append(roles, strings.TrimSpace(part))
			}
		}
	}
	return roles
}

// matches evaluates a rule. A claim with several values matches by any of
// them, but NotEqual only when none is equal; a missing claim matches nothing,
// not even NotEqual.
func matches(r types.MappingRule, claims map[string]any) bool {
	claim, ok := claims[aws.ToString(r.Claim)]
	if !ok {
		return false
	}
	values, want := texts(claim), aws.ToString(r.Value)
	switch r.MatchType {
	case types.MappingRuleMatchTypeEquals:
		return slices.Contains(values, want)
	case types.MappingRuleMatchTypeNotEqual:
		return !slices.Contains(values, want)
	case types.MappingRuleMatchTypeStartsWith:
		return slices.ContainsFunc(values, func(v string) bool { return strings.HasPrefix(v, want) })
	case types.MappingRuleMatchTypeContains:
		return slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, want) })
	}
	return false
}

// texts returns a claim's values as text.
func texts(claim any) []string {
	switch v := claim.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case bool:
		return []string{strconv.FormatBool(v)}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case json.Number:
		return []string{v.String()}
	case []string:
		return v
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, texts(e)...)
		}
		return out
	case map[string]any:
		b, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		return []string{string(b)}
	}
	return []string{fmt.Sprint(claim)}
}

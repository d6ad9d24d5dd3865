package policy

import "strings"

// The texts of MalformedPolicyDocument for trust policies.
const (
	msgTrustJSON         = "This policy contains invalid Json"
	msgTrustVersion      = "The policy must contain a valid version string"
	msgTrustEmpty        = "Could not parse the policy: Statement is empty!"
	msgTrustMissing      = "Missing required field "
	msgTrustProhibited   = "Has prohibited field "
	msgTrustNotPrincipal = "AssumeRole policy must not contain NotPrincipal field."
	msgTrustPrincipal    = "Principal must be a JSON object."
	msgTrustNoPrincipals = "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!"
	msgTrustSids         = "The Statement Ids in the policy are not unique"
	msgTrustActions      = "AssumeRole policy may only specify STS AssumeRole actions."
	msgTrustFederated    = "Federated principals must be valid domain names or SAML metadata ARNs"
	msgTrustCognito      = "A condition block must be present for the Cognito provider"
)

// ValidateTrust checks a role's trust policy as CreateRole and UpdateAssumeRolePolicy do. The error is a *SyntaxError.
// That the users and roles it names exist is for the caller to check, with Policy.Principals and InvalidPrincipal.
func ValidateTrust(document string) error {
	root, err := readJSON(document)
	if err != nil || root.kind != kindObject {
		return &SyntaxError{Message: msgTrustJSON}
	}
	v := &validator{root: root, statements: statementNodes(root)}
	return firstError(v.trustShape, v.trustFields, v.trustSids, v.legacy, v.principalForms, v.trustActions, v.trustCognito)
}

// InvalidPrincipal is the error for a principal that does not exist: `Invalid principal in policy: "AWS":"ARN"`.
func InvalidPrincipal(p PrincipalElement) *SyntaxError {
	return &SyntaxError{Message: invalidPrincipal(p.Type, p.Value)}
}

func invalidPrincipal(typ, value string) string {
	return `Invalid principal in policy: "` + strings.ToUpper(typ) + `":"` + value + `"`
}

func (v *validator) trustShape() string {
	for i, name := range v.root.names {
		switch item := v.root.items[i]; name {
		case "Version":
			if item.text != string(Version2008) && item.text != string(Version2012) {
				return msgTrustVersion
			}
		case "Id":
			if item.kind != kindString {
				return msgSyntax
			}
		case "Statement":
		default:
			return msgSyntax
		}
	}
	if len(v.statements) == 0 {
		return msgTrustEmpty
	}
	return ""
}

func (v *validator) trustFields() string {
	for _, s := range v.statements {
		if s.kind != kindObject {
			return msgSyntax
		}
		if fault := trustStatement(s); fault != "" {
			return fault
		}
	}
	return ""
}

func trustStatement(s *node) string {
	for _, name := range []string{"Resource", "NotResource"} {
		if s.member(name) != nil {
			return msgTrustProhibited + name
		}
	}
	if s.member("NotPrincipal") != nil {
		return msgTrustNotPrincipal
	}
	principal := s.member("Principal")
	switch {
	case s.member("Effect") == nil:
		return msgTrustMissing + "Effect"
	case principal == nil:
		return msgTrustMissing + "Principal"
	case principal.kind != kindObject && principal.text != "*":
		return msgTrustPrincipal
	case s.member("Action") == nil && s.member("NotAction") == nil:
		return msgTrustMissing + "Action"
	case !statementSyntax(s):
		return msgSyntax
	}
	return ""
}

func (v *validator) trustSids() string {
	if !uniqueSids(v.statements) {
		return msgTrustSids
	}
	return ""
}

// trustActions are those that a trust policy can speak of; a pattern must cover one of them.
var assumeActions = []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "TagSession", "SetSourceIdentity", "SetContext"}

func (v *validator) trustActions() string {
	for _, s := range v.statements {
		actions := either(s, "Action")
		if len(actions) == 0 || s.member("NotAction") != nil {
			return msgTrustActions
		}
		for _, action := range actions {
			if !isAssumeAction(action) {
				return msgTrustActions
			}
		}
	}
	return ""
}

func isAssumeAction(action string) bool {
	a := compileAction(action)
	if a.any || a.anyService {
		return false
	}
	for _, name := range assumeActions {
		if a.match(&evaluation{service: "sts", action: name}) {
			return true
		}
	}
	return false
}

func (v *validator) trustCognito() string {
	for _, s := range v.statements {
		condition := s.member("Condition")
		if condition != nil && len(condition.items) > 0 || s.member("Principal").kind != kindObject {
			continue
		}
		if federated := s.member("Principal").member("Federated"); federated != nil {
			texts, _ := stringList(federated)
			if contains(texts, "cognito-identity.amazonaws.com") {
				return msgTrustCognito
			}
		}
	}
	return ""
}

// principalForms checks how principals are written, in resource and trust policies.
func (v *validator) principalForms() string {
	for _, s := range v.statements {
		n := s.member("Principal")
		if n == nil {
			n = s.member("NotPrincipal")
		}
		if fault := principalFault(n); fault != "" {
			return fault
		}
	}
	return ""
}

func principalFault(n *node) string {
	if n.kind == kindString {
		if n.text != "*" {
			return msgTrustPrincipal
		}
		return ""
	}
	count := 0
	for i, typ := range n.names {
		texts, err := stringList(n.items[i])
		if err != nil {
			return msgSyntax
		}
		count += len(texts)
		for _, text := range texts {
			if fault := principalValueFault(typ, text); fault != "" {
				return fault
			}
		}
	}
	if count == 0 {
		return msgTrustNoPrincipals
	}
	return ""
}

func principalValueFault(typ, value string) string {
	ok := false
	switch typ {
	case "AWS":
		ok = value == "*" || isAccountID(value) || isUniqueID(value) || isPrincipalARN(value)
	case "Service":
		ok = isServicePrincipal(value)
	case "Federated":
		if !isProvider(value) {
			return msgTrustFederated
		}
		ok = true
	case "CanonicalUser":
		ok = len(value) == 64 && strings.Trim(value, "0123456789abcdef") == ""
	}
	if !ok {
		return invalidPrincipal(typ, value)
	}
	return ""
}

// isPrincipalARN: a group is no principal, and names have no wildcards.
func isPrincipalARN(s string) bool {
	var segments [arnSegments]string
	if splitARN(s, &segments) != arnSegments || segments[0] != "arn" || segments[3] != "" || !isAccountID(segments[4]) ||
		strings.ContainsAny(s, "*?") {
		return false
	}
	kind, name, _ := strings.Cut(segments[5], "/")
	switch segments[2] {
	case "iam":
		return segments[5] == "root" || (kind == "user" || kind == "role") && name != ""
	case "sts":
		return (kind == "assumed-role" || kind == "federated-user") && name != ""
	}
	return false
}

func isUniqueID(s string) bool {
	return len(s) >= 16 && (strings.HasPrefix(s, "AIDA") || strings.HasPrefix(s, "AROA")) &&
		strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

func isServicePrincipal(s string) bool {
	name := s
	for _, suffix := range []string{".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name != s && isVendor(name)
}

// isProvider accepts the ARN of a SAML or OIDC provider, or a domain name as of a built-in provider.
func isProvider(s string) bool {
	var segments [arnSegments]string
	if splitARN(s, &segments) == arnSegments {
		return segments[0] == "arn" && segments[2] == "iam" && segments[3] == "" && isAccountID(segments[4]) &&
			hasAnyPrefix(segments[5], []string{"saml-provider/", "oidc-provider/"}) && !strings.ContainsAny(s, "*?")
	}
	return isVendor(s) && strings.Contains(s, ".")
}

package policy

import (
	"fmt"
	"strings"
)

// PrincipalKind says what sort of caller sends a request.
type PrincipalKind uint8

// The kinds of callers. The zero value is an unsigned request.
const (
	Anonymous     PrincipalKind = iota
	Root                        // the account's root user
	User                        // an IAM user, also with credentials of GetSessionToken
	RoleSession                 // any AssumeRole* session
	FederatedUser               // GetFederationToken
	Service                     // an AWS service, such as lambda.amazonaws.com
	Federated                   // a web identity or SAML subject that has no session yet
)

// Principal is the caller. Fields that do not apply to its kind stay empty.
type Principal struct {
	Kind PrincipalKind
	// ARN as GetCallerIdentity shows it: for a role session
	// arn:aws:sts::123456789012:assumed-role/NAME/SESSION.
	ARN string
	// IssuerARN is the role's ARN with its path for a role session, the user's for a federated user.
	IssuerARN string
	// Account is the 12-digit id of the caller's account.
	Account string
	// UserID is the unique id as in aws:userid: AIDA... for a user, AROA...:SESSION for a role session,
	// ACCOUNT:NAME for a federated user.
	UserID string
	// IssuerID is the unique id of the role (AROA...) or, for a federated user, of the user (AIDA...). For a role
	// session it may be empty: the part of UserID before the colon is the same.
	IssuerID string
	// Service is the service principal, for Kind Service.
	Service string
	// Providers are the names of the identity provider, for Kind Federated: the ARN of the IAM provider
	// (arn:aws:iam::123456789012:oidc-provider/HOST/PATH) or a built-in domain (cognito-identity.amazonaws.com).
	Providers []string
}

// ParsePrincipal makes the principal that an ARN names, as GetCallerIdentity shows it: the root user, a user, a role
// session or a federated user. What the ARN does not tell is missing: unique ids, the path of a session's role
// (IssuerARN has the root path) and the user behind a federated one. Set them where policies may name them.
func ParsePrincipal(arn string) (Principal, error) {
	var segments [arnSegments]string
	p := Principal{ARN: arn}
	if splitARN(arn, &segments) != arnSegments || segments[0] != "arn" || len(segments[4]) != 12 {
		return p, fmt.Errorf("policy: %q is not the ARN of a principal", arn)
	}
	p.Account = segments[4]
	kind, name, _ := strings.Cut(segments[5], "/")
	switch {
	case segments[2] == "iam" && segments[5] == "root":
		p.Kind, p.UserID = Root, p.Account
	case segments[2] == "iam" && kind == "user" && name != "":
		p.Kind = User
	case segments[2] == "sts" && kind == "federated-user" && name != "":
		p.Kind, p.UserID = FederatedUser, p.Account+":"+name
	case segments[2] == "sts" && kind == "assumed-role" && strings.Count(name, "/") == 1:
		role, _, _ := strings.Cut(name, "/")
		p.Kind, p.IssuerARN = RoleSession, "arn:"+segments[1]+":iam::"+p.Account+":role/"+role
	default:
		return p, fmt.Errorf("policy: %q is not the ARN of a principal", arn)
	}
	return p, nil
}

// PrincipalElement is one principal named in a document.
type PrincipalElement struct {
	Type  string // "AWS", "Service", "Federated", "CanonicalUser", or "*" for Principal: "*"
	Value string // as written
	Not   bool   // in NotPrincipal
}

type principalPattern struct {
	kind  principalPatternKind
	value string // ARN, id, service or provider; the account id for patternAccount
}

type principalPatternKind uint8

const (
	patternEveryone principalPatternKind = iota
	patternAccount
	patternARN
	patternUniqueID
	patternService
	patternFederated
	patternCanonical
)

// level says how closely an element names the caller. What a resource policy grants depends on it (User Guide,
// "Policy evaluation logic": the kind of principal in the resource-based policy).
type level uint8

const (
	levelNone    level = iota
	levelAccount       // the caller's account: delegates to its identity policies
	levelIssuer        // the role of a session, the user of a federated user
	levelDirect        // the caller itself, or everyone
)

func compilePrincipal(typ, value string) principalPattern {
	switch typ {
	case "Service":
		return principalPattern{kind: patternService, value: value}
	case "Federated":
		return principalPattern{kind: patternFederated, value: value}
	case "CanonicalUser":
		return principalPattern{kind: patternCanonical, value: value}
	}
	switch {
	case value == "*":
		return principalPattern{kind: patternEveryone}
	case isAccountID(value):
		return principalPattern{kind: patternAccount, value: value}
	case isARN(value) && strings.HasSuffix(value, ":root") && accountOfARN(value) != "":
		return principalPattern{kind: patternAccount, value: accountOfARN(value)}
	case isARN(value):
		return principalPattern{kind: patternARN, value: value}
	}
	return principalPattern{kind: patternUniqueID, value: value}
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func (p *principalPattern) level(who *Principal) level {
	switch p.kind {
	case patternEveryone:
		return levelDirect
	case patternService:
		return direct(who.Kind == Service && (p.value == who.Service || p.value == "*"))
	case patternFederated:
		return direct(who.Kind == Federated && contains(who.Providers, p.value))
	}
	switch who.Kind {
	case Root, User, RoleSession, FederatedUser:
		return p.accountLevel(who)
	}
	return levelNone
}

func (p *principalPattern) accountLevel(who *Principal) level {
	switch p.kind {
	case patternAccount:
		if p.value == who.Account {
			return levelAccount
		}
	case patternARN:
		if p.value == who.ARN {
			return levelDirect
		}
		if who.IssuerARN != "" && p.value == who.IssuerARN {
			return levelIssuer
		}
	case patternUniqueID:
		if p.value == who.UserID {
			return levelDirect
		}
		if id := who.issuerID(); id != "" && p.value == id {
			return levelIssuer
		}
	}
	return levelNone
}

func (who *Principal) issuerID() string {
	if who.IssuerID != "" || who.Kind != RoleSession {
		return who.IssuerID
	}
	id, _, _ := strings.Cut(who.UserID, ":")
	return id
}

func direct(yes bool) level {
	if yes {
		return levelDirect
	}
	return levelNone
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// principalLevel says how the statement's Principal or NotPrincipal covers the caller.
func (s *Statement) principalLevel(who *Principal, bounded bool) level {
	if s.notPrincipal {
		return s.notPrincipalLevel(who, bounded)
	}
	best := levelNone
	for i := range s.principals {
		best = max(best, s.principals[i].level(who))
	}
	return best
}

// notPrincipalLevel: a caller is spared by Deny only if all that it is, account, role or user, and session, is listed;
// one with a permissions boundary never is (User Guide, "NotPrincipal" and "Permissions boundaries"). Allow takes the
// cautious reading: it covers callers of which nothing is listed.
func (s *Statement) notPrincipalLevel(who *Principal, bounded bool) level {
	var account, issuer, self, everyone bool
	for i := range s.principals {
		p := &s.principals[i]
		switch p.level(who) {
		case levelAccount:
			account = true
		case levelIssuer:
			issuer = true
		case levelDirect:
			self = true
			everyone = everyone || p.kind == patternEveryone
		}
	}
	if s.allow {
		return direct(!account && !issuer && !self)
	}
	if bounded {
		return levelDirect
	}
	switch who.Kind {
	case Root:
		self = account || self
	case User:
		self = self && account
	case RoleSession, FederatedUser:
		self = self && issuer && account
	}
	return direct(!self && !everyone)
}

func (c *compiler) principals(s *Statement, not bool, v *node) error {
	if s.principals != nil {
		return fmt.Errorf("both Principal and NotPrincipal")
	}
	s.notPrincipal = not
	if v.kind == kindString {
		if v.text != "*" {
			return fmt.Errorf("neither an object nor \"*\"")
		}
		c.principal(s, "*", "*")
		return nil
	}
	if v.kind != kindObject || len(v.items) == 0 {
		return fmt.Errorf("neither an object nor \"*\"")
	}
	for i, typ := range v.names {
		texts, err := stringList(v.items[i])
		if err != nil {
			return err
		}
		switch typ {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			return fmt.Errorf("unknown type %q", typ)
		}
		for _, text := range texts {
			c.principal(s, typ, text)
		}
	}
	return nil
}

func (c *compiler) principal(s *Statement, typ, value string) {
	s.principals = append(s.principals, compilePrincipal(typ, value))
	c.policy.principals = append(c.policy.principals, PrincipalElement{Type: typ, Value: value, Not: s.notPrincipal})
}

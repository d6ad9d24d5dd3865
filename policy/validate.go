package policy

import (
	"strings"
	"unicode"
)

// SyntaxError is why AWS refuses a document. Its message is that of AWS's MalformedPolicyDocument error (status 400).
type SyntaxError struct {
	Message string
}

func (e *SyntaxError) Error() string { return e.Message }

// The texts of MalformedPolicyDocument for policies other than trust policies.
const (
	msgSyntax       = "Syntax errors in policy."
	msgVersion      = "Policy document must be version 2012-10-17 or greater."
	msgLegacy       = "The policy failed legacy parsing"
	msgPrincipal    = "Policy document should not specify a principal."
	msgNoPrincipal  = "Missing required field Principal"
	msgSidUnique    = "Statement IDs (SID) in a single policy must be unique."
	msgNoActions    = "Policy statement must contain actions."
	msgNoResources  = "Policy statement must contain resources."
	msgActionVendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	msgActionColon  = "Actions/Condition can contain only one colon."
)

// Size is the length that IAM's quotas count: characters without white space (User Guide, "IAM and STS character
// limits").
func Size(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// ValidateIdentity checks a document as CreatePolicy, CreatePolicyVersion and Put*Policy do. The error is a
// *SyntaxError. Checks run one after the other over the whole document, in AWS's order: a bad Effect in the last
// statement is reported before a bad Resource in the first.
func ValidateIdentity(document string) error {
	v, err := newValidator(document)
	if err != nil {
		return err
	}
	return firstError(v.version, v.noPrincipal, v.legacy, v.sids, v.hasActions, v.resourceFormats, v.hasResources, v.actionFormats)
}

// ValidateSession checks a session policy (Policy of AssumeRole and GetFederationToken), which is an identity policy.
func ValidateSession(document string) error { return ValidateIdentity(document) }

// ValidateResource checks a resource-based policy as SimulateCustomPolicy's ResourcePolicy. Either version will do; a
// statement must say whom it is about.
func ValidateResource(document string) error {
	v, err := newValidator(document)
	if err != nil {
		return err
	}
	return firstError(v.legacy, v.sids, v.hasPrincipal, v.principalForms, v.hasActions, v.resourceFormats, v.hasResources, v.actionFormats)
}

func firstError(checks ...func() string) error {
	for _, check := range checks {
		if message := check(); message != "" {
			return &SyntaxError{Message: message}
		}
	}
	return nil
}

// validator holds a document whose elements have the right JSON types.
type validator struct {
	root       *node
	statements []*node
}

func newValidator(document string) (*validator, error) {
	root, err := readJSON(document)
	if err != nil || root.kind != kindObject {
		return nil, &SyntaxError{Message: msgSyntax}
	}
	v := &validator{root: root, statements: statementNodes(root)}
	if !v.syntax() {
		return nil, &SyntaxError{Message: msgSyntax}
	}
	return v, nil
}

// statementNodes returns the elements of Statement, nil when it is neither an object nor a list.
func statementNodes(root *node) []*node {
	switch n := root.member("Statement"); {
	case n == nil:
		return nil
	case n.kind == kindObject:
		return []*node{n}
	case n.kind == kindArray:
		return n.items
	}
	return nil
}

func (v *validator) syntax() bool {
	for i, name := range v.root.names {
		item := v.root.items[i]
		switch name {
		case "Version":
			if item.kind != kindString || item.text != string(Version2008) && item.text != string(Version2012) {
				return false
			}
		case "Id":
			if item.kind != kindString {
				return false
			}
		case "Statement":
		default:
			return false
		}
	}
	for _, s := range v.statements {
		if !statementSyntax(s) {
			return false
		}
	}
	return len(v.statements) > 0
}

func statementSyntax(s *node) bool {
	if s.kind != kindObject || s.member("Effect") == nil || !exclusive(s, "Action") || !exclusive(s, "Resource") || !exclusive(s, "Principal") {
		return false
	}
	for i, name := range s.names {
		if !elementSyntax(name, s.items[i]) {
			return false
		}
	}
	return true
}

// exclusive reports whether the statement lacks the element or its negation.
func exclusive(s *node, name string) bool {
	return s.member(name) == nil || s.member("Not"+name) == nil
}

func elementSyntax(name string, v *node) bool {
	switch name {
	case "Sid":
		return v.kind == kindString
	case "Effect":
		return v.kind == kindString && (strings.EqualFold(v.text, "Allow") || strings.EqualFold(v.text, "Deny"))
	case "Action", "NotAction", "Resource", "NotResource":
		_, err := stringList(v)
		return err == nil
	case "Principal", "NotPrincipal":
		return v.kind == kindString || v.kind == kindObject
	case "Condition":
		return conditionSyntax(v)
	}
	return false
}

func conditionSyntax(v *node) bool {
	if v.kind != kindObject {
		return false
	}
	for i, name := range v.names {
		keys := v.items[i]
		if keys.kind != kindObject {
			return false
		}
		if op, _, _ := parseOperator(name); op == nil && len(keys.items) > 0 {
			return false
		}
		for _, value := range keys.items {
			if !conditionValueSyntax(value) {
				return false
			}
		}
	}
	return true
}

func conditionValueSyntax(v *node) bool {
	if v.kind != kindArray {
		return v.kind != kindObject && v.kind != kindNull
	}
	for _, item := range v.items {
		if item.kind == kindArray || item.kind == kindObject || item.kind == kindNull {
			return false
		}
	}
	return true
}

func (v *validator) version() string {
	if version := v.root.member("Version"); version == nil || version.text != string(Version2012) {
		return msgVersion
	}
	return ""
}

func (v *validator) noPrincipal() string {
	for _, s := range v.statements {
		if s.member("Principal") != nil || s.member("NotPrincipal") != nil {
			return msgPrincipal
		}
	}
	return ""
}

func (v *validator) hasPrincipal() string {
	for _, s := range v.statements {
		if s.member("Principal") == nil && s.member("NotPrincipal") == nil {
			return msgNoPrincipal
		}
	}
	return ""
}

// legacy finds what AWS's older parser refuses: Effect in the wrong case, bad dates, ARNs with a hole.
func (v *validator) legacy() string {
	for _, s := range v.statements {
		if effect := s.member("Effect").text; effect != "Allow" && effect != "Deny" {
			return msgLegacy
		}
		if c := s.member("Condition"); c != nil && !legacyDates(c) {
			return msgLegacy
		}
		for _, resource := range either(s, "Resource") {
			if legacyResourceFault(resource) {
				return msgLegacy
			}
		}
	}
	return ""
}

// either returns the strings of an element or of its negation.
func either(s *node, name string) []string {
	n := s.member(name)
	if n == nil {
		n = s.member("Not" + name)
	}
	if n == nil {
		return nil
	}
	texts, _ := stringList(n)
	return texts
}

func legacyDates(c *node) bool {
	for i, name := range c.names {
		op, _, _ := parseOperator(name)
		if op == nil || op.family != familyDate {
			continue
		}
		for _, value := range c.items[i].items {
			items := []*node{value}
			if value.kind == kindArray {
				items = value.items
			}
			for _, item := range items {
				if _, ok := parseDate(item.text); !ok {
					return false
				}
			}
		}
	}
	return true
}

func (v *validator) sids() string {
	if !uniqueSids(v.statements) {
		return msgSidUnique
	}
	return ""
}

// uniqueSids lets empty ids repeat.
func uniqueSids(statements []*node) bool {
	seen := map[string]bool{}
	for _, s := range statements {
		if sid := s.member("Sid"); sid != nil && sid.text != "" {
			if seen[sid.text] {
				return false
			}
			seen[sid.text] = true
		}
	}
	return true
}

func (v *validator) hasActions() string {
	for _, s := range v.statements {
		if len(either(s, "Action")) == 0 {
			return msgNoActions
		}
	}
	return ""
}

func (v *validator) hasResources() string {
	for _, s := range v.statements {
		if len(either(s, "Resource")) == 0 {
			return msgNoResources
		}
	}
	return ""
}

func (v *validator) resourceFormats() string {
	for _, s := range v.statements {
		for _, resource := range either(s, "Resource") {
			if fault := resourceFault(resource); fault != "" {
				return fault
			}
		}
	}
	return ""
}

func (v *validator) actionFormats() string {
	for _, s := range v.statements {
		for _, action := range either(s, "Action") {
			if fault := actionFault(action); fault != "" {
				return fault
			}
		}
	}
	return ""
}

func actionFault(action string) string {
	if action == "*" {
		return ""
	}
	vendor, name, found := strings.Cut(action, ":")
	switch {
	case !found:
		return msgActionVendor
	case strings.Contains(name, ":"):
		return msgActionColon
	case vendor != "*" && !isVendor(vendor):
		return "Vendor " + vendor + " is not valid"
	}
	return ""
}

func isVendor(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == ""
}

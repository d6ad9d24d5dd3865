package policy

import (
	"iter"
	"strings"
)

// Version is the language version of a document (IAM User Guide, "IAM JSON policy elements: Version").
type Version string

// The two versions. Under Version2008, also the default of a document without Version, ${...} is literal text.
const (
	Version2008 Version = "2008-10-17"
	Version2012 Version = "2012-10-17"
)

// Policy is a compiled policy document. It is immutable and safe for concurrent use.
type Policy struct {
	version    Version
	id         string
	statements []Statement
	principals []PrincipalElement
	keys       []string
}

// Statement is one compiled statement.
type Statement struct {
	sid          string
	allow        bool
	start, end   Position
	actions      []actionPattern
	notAction    bool
	resources    []resourcePattern
	notResource  bool
	hasResource  bool
	principals   []principalPattern
	notPrincipal bool
	conditions   []condition

	actionTexts, resourceTexts []string // as written
}

// Position is a place in a document. Both count from 1; columns count characters.
type Position struct {
	Line, Column int
}

// Version returns the document's version.
func (p *Policy) Version() Version { return p.version }

// ID returns the document's Id element, empty when absent.
func (p *Policy) ID() string { return p.id }

// Len returns the number of statements.
func (p *Policy) Len() int { return len(p.statements) }

// Statement returns the statement with the given index, counted from 0 in document order.
func (p *Policy) Statement(i int) *Statement { return &p.statements[i] }

// Statements yields every statement with its index, in document order.
func (p *Policy) Statements() iter.Seq2[int, *Statement] {
	return func(yield func(int, *Statement) bool) {
		for i := range p.statements {
			if !yield(i, &p.statements[i]) {
				return
			}
		}
	}
}

// Sid returns the statement's id, empty when absent.
func (s *Statement) Sid() string { return s.sid }

// IsAllow reports whether the statement's Effect is Allow.
func (s *Statement) IsAllow() bool { return s.allow }

// Start returns where the statement starts, as the IAM policy simulator reports it: in a list of statements the place
// of its "{", for a single statement outside a list the place after it.
func (s *Statement) Start() Position { return s.start }

// End returns the place after the statement's "}".
func (s *Statement) End() Position { return s.end }

// Actions returns the elements of Action or NotAction as written.
func (s *Statement) Actions() []string { return append([]string(nil), s.actionTexts...) }

// Resources returns the elements of Resource or NotResource as written, none when the statement has neither.
func (s *Statement) Resources() []string { return append([]string(nil), s.resourceTexts...) }

// NotAction and NotResource report whether the statement names what it does not apply to: whether Actions and Resources
// are those of NotAction and NotResource.
func (s *Statement) NotAction() bool { return s.notAction }

// NotResource is described at NotAction.
func (s *Statement) NotResource() bool { return s.notResource }

// Conditions calls yield with each condition key as written and its values, in document order. A key that stands under
// two operators comes twice.
func (s *Statement) Conditions(yield func(key string, values []string) bool) {
	for i := range s.conditions {
		c := &s.conditions[i]
		if !yield(c.name, append([]string(nil), c.texts...)) {
			return
		}
	}
}

// Principals returns the elements of every Principal and NotPrincipal in document order. Saving a trust policy needs
// them to check that each principal exists.
func (p *Policy) Principals() []PrincipalElement {
	return append([]PrincipalElement(nil), p.principals...)
}

// ContextKeys returns the condition keys that the document uses, in Condition and as policy variables, as first
// written, each once (the answer of GetContextKeysForCustomPolicy).
func (p *Policy) ContextKeys() []string { return append([]string(nil), p.keys...) }

// GrantsService reports whether an Allow statement names an action of the service, such as "s3", whatever its
// resources and conditions (the question of ListPoliciesGrantingServiceAccess).
func (p *Policy) GrantsService(service string) bool {
	for i := range p.statements {
		if s := &p.statements[i]; s.allow && s.namesService(service) {
			return true
		}
	}
	return false
}

func (s *Statement) namesService(service string) bool {
	for i := range s.actions {
		a := &s.actions[i]
		covers := a.any || a.anyService || !a.never && strings.EqualFold(a.service, service)
		switch {
		case !s.notAction && covers:
			return true
		case s.notAction && covers && (a.any || a.name.any):
			return false
		}
	}
	return s.notAction
}

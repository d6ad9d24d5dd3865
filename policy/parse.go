package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse compiles a document of any policy type. It accepts what AWS has stored and refuses only what could not be
// evaluated safely: text that is not a policy, elements it does not know, unknown operators. To check a document as AWS
// does when one is saved, use ValidateIdentity, ValidateTrust, ValidateSession or ValidateResource. The error is a
// *ParseError.
func Parse(document string) (*Policy, error) {
	root, err := readJSON(document)
	if err != nil {
		return nil, err
	}
	c := compiler{doc: document, pos: Position{Line: 1, Column: 1}, policy: &Policy{version: Version2008}}
	if err := c.document(root); err != nil {
		return nil, parseError(document, err)
	}
	return c.policy, nil
}

// ParseError is why a document cannot be compiled. It tells where the fault is.
type ParseError struct {
	// Position is where the element at fault starts.
	Position Position
	// Reason says what is wrong with it, such as "statement 2: Action: neither a string nor a list of strings".
	Reason string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("policy: line %d, column %d: %s", e.Position.Line, e.Position.Column, e.Reason)
}

// fault is an error with the byte offset of its place.
type fault struct {
	error
	offset int
}

func (f *fault) Unwrap() error { return f.error }

// at gives an error its place, unless it has a closer one.
func at(n *node, err error) error {
	var known *fault
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &fault{err, n.start}
}

func parseError(document string, err error) error {
	c := compiler{doc: document, pos: Position{Line: 1, Column: 1}}
	e := &ParseError{Position: c.pos, Reason: err.Error()}
	if place := (*fault)(nil); errors.As(err, &place) {
		e.Position = c.position(place.offset)
	}
	return e
}

// MustParse is Parse for documents that are part of the program. It panics on an error.
func MustParse(document string) *Policy {
	p, err := Parse(document)
	if err != nil {
		panic(err)
	}
	return p
}

type compiler struct {
	doc    string
	policy *Policy
	seen   map[string]bool // context keys, in lower case
	offset int             // byte offset that pos stands for
	pos    Position
}

func (c *compiler) document(root *node) error {
	if root.kind != kindObject {
		return at(root, fmt.Errorf("the document is not an object"))
	}
	for i, name := range root.names {
		v := root.items[i]
		switch name {
		case "Version":
			c.policy.version = Version(v.text)
			if v.kind != kindString || c.policy.version != Version2008 && c.policy.version != Version2012 {
				return at(v, fmt.Errorf("unknown Version %q", v.text))
			}
		case "Id":
			c.policy.id = v.text
		case "Statement":
		default:
			return at(v, fmt.Errorf("unknown element %q", name))
		}
	}
	return c.statements(root.member("Statement"))
}

func (c *compiler) statements(n *node) error {
	switch {
	case n == nil:
		return fmt.Errorf("no Statement")
	case n.kind == kindObject:
		return at(n, c.statement(n, 1))
	case n.kind != kindArray || len(n.items) == 0:
		return at(n, fmt.Errorf("the list of statements is empty"))
	}
	for i, item := range n.items {
		if err := c.statement(item, 0); err != nil {
			return fmt.Errorf("statement %d: %w", i+1, at(item, err))
		}
	}
	return nil
}

func (c *compiler) statement(n *node, skip int) error {
	if n.kind != kindObject {
		return fmt.Errorf("not an object")
	}
	s := Statement{start: c.position(n.start + skip)}
	for i, name := range n.names {
		if err := c.element(&s, name, n.items[i]); err != nil {
			return fmt.Errorf("%s: %w", name, at(n.items[i], err))
		}
	}
	switch {
	case n.member("Effect") == nil:
		return fmt.Errorf("no Effect")
	case len(s.actions) == 0:
		return fmt.Errorf("no Action")
	}
	s.end = c.position(n.end)
	c.policy.statements = append(c.policy.statements, s)
	return nil
}

func (c *compiler) element(s *Statement, name string, v *node) (err error) {
	switch name {
	case "Sid":
		s.sid = v.text
		return textOnly(v)
	case "Effect":
		s.allow = v.text == "Allow"
		if v.kind != kindString || !s.allow && v.text != "Deny" {
			return fmt.Errorf("neither Allow nor Deny")
		}
		return nil
	case "Action", "NotAction":
		return c.actions(s, name == "NotAction", v)
	case "Resource", "NotResource":
		return c.resources(s, name == "NotResource", v)
	case "Principal", "NotPrincipal":
		return c.principals(s, name == "NotPrincipal", v)
	case "Condition":
		return c.conditions(s, v)
	}
	return fmt.Errorf("unknown element")
}

func (c *compiler) actions(s *Statement, not bool, v *node) error {
	texts, err := stringList(v)
	if err != nil {
		return err
	}
	if s.actions != nil {
		return fmt.Errorf("both Action and NotAction")
	}
	s.notAction, s.actionTexts = not, texts
	for _, text := range texts {
		s.actions = append(s.actions, compileAction(text))
	}
	return nil
}

func (c *compiler) resources(s *Statement, not bool, v *node) error {
	texts, err := stringList(v)
	if err != nil {
		return err
	}
	if s.hasResource {
		return fmt.Errorf("both Resource and NotResource")
	}
	s.hasResource, s.notResource, s.resourceTexts = true, not, texts
	for _, text := range texts {
		r := compileResource(text, c.variables())
		s.resources = append(s.resources, r)
		c.noteVariables(&r.segments[arnSegments-1])
	}
	return nil
}

func (c *compiler) variables() bool { return c.policy.version == Version2012 }

func (c *compiler) noteVariables(p *pattern) {
	for i := range p.vars {
		c.noteKey(p.vars[i].name)
	}
}

func (c *compiler) noteKey(key string) {
	low := strings.ToLower(key)
	if c.seen[low] {
		return
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[low] = true
	c.policy.keys = append(c.policy.keys, key)
}

// position turns a byte offset into line and column. Offsets are asked for in rising order.
func (c *compiler) position(offset int) Position {
	for c.offset < offset {
		r, size := utf8.DecodeRuneInString(c.doc[c.offset:])
		c.offset += size
		c.pos.Column++
		if r == '\n' {
			c.pos.Line, c.pos.Column = c.pos.Line+1, 1
		}
	}
	return c.pos
}

func textOnly(v *node) error {
	if v.kind != kindString {
		return fmt.Errorf("not a string")
	}
	return nil
}

// stringList reads a string or a list of strings.
func stringList(v *node) ([]string, error) {
	if v.kind == kindString {
		return []string{v.text}, nil
	}
	if v.kind != kindArray {
		return nil, fmt.Errorf("neither a string nor a list of strings")
	}
	texts := make([]string, 0, len(v.items))
	for _, item := range v.items {
		if item.kind != kindString {
			return nil, fmt.Errorf("neither a string nor a list of strings")
		}
		texts = append(texts, item.text)
	}
	return texts, nil
}

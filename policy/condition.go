package policy

import (
	"fmt"
	"strings"
)

// quantifier is the set operator of a condition.
type quantifier uint8

const (
	single quantifier = iota
	forAllValues
	forAnyValue
)

// condition is one operator applied to one key: all values of the key's list are alternatives.
type condition struct {
	op       *operator
	quant    quantifier
	ifExists bool
	name     string // the key as written
	key      string // lower case
	operands []operand
	texts    []string // the operands as written
}

// parseOperator reads an operator such as ForAnyValue:StringLikeIfExists. Nil means that there is no such operator.
func parseOperator(s string) (op *operator, q quantifier, ifExists bool) {
	switch {
	case strings.HasPrefix(s, "ForAllValues:"):
		s, q = s[len("ForAllValues:"):], forAllValues
	case strings.HasPrefix(s, "ForAnyValue:"):
		s, q = s[len("ForAnyValue:"):], forAnyValue
	}
	if op = operators[s]; op != nil {
		return op, q, false
	}
	base, found := strings.CutSuffix(s, "IfExists")
	if op = operators[base]; !found || op == nil || op.family == familyNull {
		return nil, q, false
	}
	return op, q, true
}

func (c *compiler) conditions(s *Statement, v *node) error {
	if v.kind != kindObject {
		return fmt.Errorf("not an object")
	}
	for i, name := range v.names {
		keys := v.items[i]
		if keys.kind != kindObject {
			return at(keys, fmt.Errorf("%s: not an object", name))
		}
		op, q, ifExists := parseOperator(name)
		if op == nil && len(keys.items) > 0 {
			return at(keys, fmt.Errorf("unknown operator %q", name))
		}
		for j, key := range keys.names {
			cond := condition{op: op, quant: q, ifExists: ifExists, name: key, key: strings.ToLower(key)}
			if err := c.operands(&cond, keys.items[j]); err != nil {
				return at(keys.items[j], fmt.Errorf("%s: %s: %w", name, key, err))
			}
			s.conditions = append(s.conditions, cond)
		}
	}
	return nil
}

func (c *compiler) operands(cond *condition, v *node) error {
	c.noteKey(cond.name)
	items := []*node{v}
	if v.kind == kindArray {
		items = v.items
	}
	for _, item := range items {
		// Numbers and booleans may stand without quotes (User Guide, "Grammar of the IAM JSON policy language").
		if item.kind == kindObject || item.kind == kindArray || item.kind == kindNull {
			return fmt.Errorf("not a string")
		}
		o := cond.op.compile(item.text, c.variables())
		c.noteVariables(&o.pattern)
		if o.arn != nil {
			for i := range o.arn {
				c.noteVariables(&o.arn[i])
			}
		}
		cond.operands = append(cond.operands, o)
		cond.texts = append(cond.texts, item.text)
	}
	return nil
}

func (s *Statement) matchConditions(e *evaluation) bool {
	matched := true
	for i := range s.conditions {
		if !s.conditions[i].match(e) {
			matched = false
			if e.missing == nil {
				return false
			}
		}
	}
	return matched
}

// match applies the rules for absent, single-valued and multi-valued keys (User Guide, "Set operators for multivalued
// context keys" and "...IfExists condition operators").
func (c *condition) match(e *evaluation) bool {
	v, present := e.req.Context.lookup(c.key)
	if !present {
		e.noteMissing(c.name)
	}
	if c.op.family == familyNull {
		return c.matchNull(present)
	}
	if !present {
		return c.ifExists || c.quant == forAllValues || c.quant == single && c.op.negated
	}
	switch c.quant {
	case forAllValues:
		for i := range v.len() {
			if !c.matchValue(v.at(i), e) {
				return false
			}
		}
		return true
	case forAnyValue:
		for i := range v.len() {
			if c.matchValue(v.at(i), e) {
				return true
			}
		}
		return false
	}
	return !v.multi && c.matchValue(v.single, e)
}

func (c *condition) matchNull(present bool) bool {
	for i := range c.operands {
		if o := &c.operands[i]; o.ok && o.truth == !present {
			return true
		}
	}
	return false
}

// matchValue compares one value of the request: with any of the operands, or with a negated operator with none.
func (c *condition) matchValue(value string, e *evaluation) bool {
	for i := range c.operands {
		if c.op.match(&c.operands[i], value, e) != c.op.negated {
			return !c.op.negated
		}
	}
	return c.op.negated
}

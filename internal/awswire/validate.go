package awswire

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// maxEchoed bounds how many bytes of a value a constraint error repeats.
	maxEchoed = 10240
	// maxClauses bounds how many broken constraints one error spells out.
	maxClauses = 100
)

// Validate holds an input, a pointer to an Input struct, against the
// constraints of the service's model: required members, lengths, ranges,
// patterns and enums. It returns nil or an [*Error] with the service's
// ValidationCode and AWS's words, one clause for each broken constraint:
//
//	1 validation error detected: Value 'x' at 'userPoolId' failed to satisfy
//	constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+
//
// Clauses come in the order of member names. IAM does not repeat values, the
// others do unless the member is sensitive. Lengths count Unicode characters;
// patterns must match the whole value. The error repeats at most 10240 bytes of
// a value and spells out at most 100 clauses, but counts them all.
//
// A scalar that the SDK's struct has without a pointer cannot be absent, so
// that it is not found missing where it is required.
func Validate(svc *Service, operation string, in any) error {
	v := reflect.ValueOf(in).Elem()
	c := checksOf(svc, operation, v.Type())
	if c == nil {
		return nil
	}
	run := validations.Get().(*validation)
	defer validations.Put(run)
	run.reset(svc)
	c.check(run, v)
	return run.err()
}

// checks are the constraints on the values of one type at one place.
type checks struct {
	plan  *plan
	shape *shape
	// match is nil without a pattern, enum without an enumeration.
	match matcher
	enum  []string
	// members are those of a structure, or variants of a union.
	members []memberChecks
	// elem and key are the checks of a list's elements, a map's values and keys.
	elem, key *checks
}

type memberChecks struct {
	field    *field
	path     string
	required bool
	checks   *checks
}

type checksKey struct {
	service, operation string
	typ                reflect.Type
}

// checksCache caches checks: checksKey to *checks.
var checksCache sync.Map

// checksOf returns the checks of an operation's input, or nil if it has none.
func checksOf(svc *Service, operation string, t reflect.Type) *checks {
	key := checksKey{svc.Name, operation, t}
	if c, ok := checksCache.Load(key); ok {
		return c.(*checks)
	}
	var c *checks
	if m := modelOf(svc); m != nil {
		c = m.checks(planOf(t), m.inputs[operation])
	}
	checksCache.Store(key, c)
	return c
}

// checks makes the checks of a type that a shape constrains.
func (m *model) checks(p *plan, place uint16) *checks {
	for p.kind == kindPointer {
		p = p.elem
	}
	s := &m.shapes[place]
	c := &checks{plan: p, shape: s, enum: enumOf(p.typ, s.enum)}
	if s.pattern != "" {
		c.match = matcherOf(s.pattern)
	}
	switch p.kind {
	case kindList:
		c.elem = m.checks(p.elem, s.elem)
	case kindMap:
		c.elem = m.checks(p.elem, s.value)
		c.key = m.checks(planOf(p.typ.Key()), s.key)
	case kindStruct, kindUnion:
		c.addMembers(m)
	}
	if c.empty() {
		return nil
	}
	return c
}

func (c *checks) empty() bool {
	return !c.shape.hasMin && !c.shape.hasMax && c.match == nil && c.enum == nil &&
		len(c.members) == 0 && c.elem == nil && c.key == nil
}

// addMembers adds the constrained members in the order of their names.
func (c *checks) addMembers(m *model) {
	constraints := map[string]member{}
	for _, mem := range c.shape.members {
		constraints[mem.name] = mem
	}
	names := make(map[string]struct{}, len(c.plan.fields))
	for _, f := range c.plan.fields {
		names[f.name] = struct{}{}
	}
	for _, name := range sortedMapKeys(reflect.ValueOf(names)) {
		f := &c.plan.fields[c.plan.names[name]]
		mem := constraints[name]
		inner := m.checks(f.plan, mem.shape)
		if inner != nil || mem.required {
			c.members = append(c.members, memberChecks{f, lowerFirst(name), mem.required, inner})
		}
	}
}

// enumOf returns the values of an enumeration: the model's, and those that the
// SDK knows besides.
func enumOf(t reflect.Type, model []string) []string {
	values, ok := t.MethodByName("Values")
	if !ok {
		return model
	}
	all := model[:len(model):len(model)]
	list := values.Func.Call([]reflect.Value{reflect.Zero(t)})[0]
	for i := range list.Len() {
		if s := list.Index(i).String(); !slices.Contains(model, s) {
			all = append(all, s)
		}
	}
	return all
}

// check holds a value, which is not absent, against its constraints.
func (c *checks) check(run *validation, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !c.holds(v) {
		c.report(run, v)
	}
	switch c.plan.kind {
	case kindStruct:
		for i := range c.members {
			c.members[i].check(run, v)
		}
	case kindUnion:
		c.checkUnion(run, v)
	case kindList:
		if c.elem != nil {
			c.checkList(run, v)
		}
	case kindMap:
		c.checkMap(run, v)
	}
}

func (m *memberChecks) check(run *validation, v reflect.Value) {
	value := m.field.in(v)
	run.path = append(run.path, m.path)
	if m.field.plan.absent(value) {
		if m.required {
			run.clause("Value null", "Member must not be null")
		}
	} else if m.checks != nil {
		m.checks.check(run, value)
	}
	run.path = run.path[:len(run.path)-1]
}

func (c *checks) checkUnion(run *validation, v reflect.Value) {
	f, value := c.plan.variantOf(v)
	for _, m := range c.members {
		if m.field == f && m.checks != nil {
			run.path = append(run.path, m.path)
			m.checks.check(run, value)
			run.path = run.path[:len(run.path)-1]
		}
	}
}

// checkList checks the elements of a list: those of structures each at its own
// place, simple ones all at once.
func (c *checks) checkList(run *validation, v reflect.Value) {
	if !c.elem.plan.scalar() {
		for i := range v.Len() {
			run.path = append(run.path, strconv.Itoa(i+1), "member")
			c.elem.check(run, v.Index(i))
			run.path = run.path[:len(run.path)-2]
		}
		return
	}
	for i := range v.Len() {
		if !c.elem.holds(v.Index(i)) {
			run.clause(c.subject(run, v), "Member must satisfy constraint: ["+c.elem.all(run)+"]")
			return
		}
	}
}

func (c *checks) checkMap(run *validation, v reflect.Value) {
	if c.key != nil {
		for it := v.MapRange(); it.Next(); {
			if !c.key.holds(it.Key()) {
				run.clause(c.subject(run, v), "Map keys must satisfy constraint: ["+c.key.all(run)+"]")
				break
			}
		}
	}
	if c.elem == nil {
		return
	}
	if !c.elem.plan.scalar() {
		for _, key := range sortedMapKeys(v) {
			run.path = append(run.path, key, "member")
			c.elem.check(run, mapValue(v, key))
			run.path = run.path[:len(run.path)-2]
		}
		return
	}
	for it := v.MapRange(); it.Next(); {
		if !c.elem.holds(it.Value()) {
			run.clause(c.subject(run, v), "Map value must satisfy constraint: ["+c.elem.all(run)+"]")
			return
		}
	}
}

// validation is one run over an input.
type validation struct {
	svc     *Service
	path    []string
	clauses []string
	broken  int
}

var validations = sync.Pool{New: func() any { return new(validation) }}

func (run *validation) reset(svc *Service) {
	*run = validation{svc: svc, path: run.path[:0]}
}

// clause notes a broken constraint at the current place.
func (run *validation) clause(subject, constraint string) {
	if run.broken++; run.broken <= maxClauses {
		run.clauses = append(run.clauses, fmt.Sprintf("%s at '%s' failed to satisfy constraint: %s",
			subject, truncate(strings.Join(run.path, ".")), constraint))
	}
}

func (run *validation) err() error {
	if run.broken == 0 {
		return nil
	}
	noun := "errors"
	if run.broken == 1 {
		noun = "error"
	}
	return Errorf(run.svc.ValidationCode, "%d validation %s detected: %s",
		run.broken, noun, strings.Join(run.clauses, "; "))
}

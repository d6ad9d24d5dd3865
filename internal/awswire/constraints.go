package awswire

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shape holds the constraints of one shape of a service's model.
type shape struct {
	hasMin, hasMax bool
	min, max       int64
	pattern        string
	enum           []string
	sensitive      bool
	members        []member
	// elem, key and value are the shapes of a list's elements and a map's keys
	// and values; 0 constrains nothing.
	elem, key, value uint16
}

// member is a constrained member of a structure.
type member struct {
	name     string
	shape    uint16
	required bool
}

// holds tells whether a value itself keeps its constraints.
func (c *checks) holds(v reflect.Value) bool {
	s := c.shape
	switch c.plan.kind {
	case kindString:
		text := v.String()
		return !tooLong(text, s) && !tooShort(text, s) &&
			(c.match == nil || c.match(text)) && (c.enum == nil || slices.Contains(c.enum, text))
	case kindInt:
		return !(s.hasMin && v.Int() < s.min) && !(s.hasMax && v.Int() > s.max)
	case kindList, kindMap, kindBlob:
		return !(s.hasMin && int64(v.Len()) < s.min) && !(s.hasMax && int64(v.Len()) > s.max)
	}
	return true
}

// tooLong and tooShort count characters only where bytes do not settle it.
func tooLong(text string, s *shape) bool {
	return s.hasMax && int64(len(text)) > s.max && int64(utf8.RuneCountInString(text)) > s.max
}

func tooShort(text string, s *shape) bool {
	return s.hasMin && (int64(len(text)) < s.min || s.min > 1 && int64(utf8.RuneCountInString(text)) < s.min)
}

// report notes each constraint that a value breaks.
func (c *checks) report(run *validation, v reflect.Value) {
	s := c.shape
	subject := c.subject(run, v)
	size := int64(0)
	switch c.plan.kind {
	case kindString:
		text := v.String()
		size = int64(utf8.RuneCountInString(text))
		if c.enum != nil && !slices.Contains(c.enum, text) {
			run.clause(subject, c.enumText(run))
		}
		if c.match != nil && !c.match(text) {
			run.clause(subject, c.patternText())
		}
	case kindInt:
		size = v.Int()
	default:
		size = int64(v.Len())
	}
	if s.hasMin && size < s.min {
		run.clause(subject, c.minText())
	}
	if s.hasMax && size > s.max {
		run.clause(subject, c.maxText())
	}
}

// The words of the constraints.

func (c *checks) measure() string {
	if c.plan.kind == kindInt {
		return "value"
	}
	return "length"
}

func (c *checks) minText() string {
	return fmt.Sprintf("Member must have %s greater than or equal to %d", c.measure(), c.shape.min)
}

func (c *checks) maxText() string {
	return fmt.Sprintf("Member must have %s less than or equal to %d", c.measure(), c.shape.max)
}

func (c *checks) patternText() string {
	return "Member must satisfy regular expression pattern: " + c.shape.pattern
}

// enumText names the values of an enumeration, which IAM does not.
func (c *checks) enumText(run *validation) string {
	if run.svc == IAM {
		return "Member must satisfy enum value set"
	}
	return "Member must satisfy enum value set: [" + strings.Join(c.enum, ", ") + "]"
}

// all lists every constraint on the elements of a list or map.
func (c *checks) all(run *validation) string {
	var texts []string
	if c.shape.hasMax {
		texts = append(texts, c.maxText())
	}
	if c.shape.hasMin {
		texts = append(texts, c.minText())
	}
	if c.match != nil {
		texts = append(texts, c.patternText())
	}
	if c.enum != nil {
		texts = append(texts, c.enumText(run))
	}
	return strings.Join(texts, ", ")
}

// subject says which value breaks a constraint.
func (c *checks) subject(run *validation, v reflect.Value) string {
	if run.svc == IAM || c.secret() {
		return "Value"
	}
	return "Value '" + truncate(echo(v)) + "'"
}

// secret tells whether a value or anything in it is sensitive.
func (c *checks) secret() bool {
	return c != nil && (c.shape.sensitive || c.elem.secret() || c.key.secret() ||
		slices.ContainsFunc(c.members, func(m memberChecks) bool { return m.checks.secret() }))
}

// echo writes a value as AWS does: lists and maps as Java prints them.
func echo(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Slice:
		if v.Type() == blobType {
			return "java.nio.HeapByteBuffer[pos=0 lim=" + strconv.Itoa(v.Len()) + " cap=" + strconv.Itoa(v.Len()) + "]"
		}
		return "[" + join(v.Len(), func(i int) string { return echo(v.Index(i)) }) + "]"
	case reflect.Map:
		keys := sortedMapKeys(v)
		return "{" + join(len(keys), func(i int) string { return keys[i] + "=" + echo(mapValue(v, keys[i])) }) + "}"
	}
	return ""
}

// join writes the parts of a value that is echoed, as many as fit.
func join(n int, part func(i int) string) string {
	var b strings.Builder
	for i := 0; i < n && b.Len() <= maxEchoed; i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(part(i))
	}
	return b.String()
}

// truncate cuts a text that is longer than errors repeat, between characters.
func truncate(s string) string {
	if len(s) <= maxEchoed {
		return s
	}
	cut := maxEchoed
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

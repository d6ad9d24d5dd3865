package policy

import (
	"encoding/base64"
	"net/netip"
	"strings"
)

// operator is one condition operator (IAM User Guide, "IAM JSON policy elements: Condition operators").
type operator struct {
	family  family
	negated bool
	options patternOptions       // of string operators
	holds   func(order int) bool // of ordered operators: the request's value against the policy's
}

type family uint8

const (
	familyString family = iota
	familyNumeric
	familyDate
	familyBool
	familyBinary
	familyIP
	familyARN
	familyNull
)

// operand is a compiled value of the policy. Only the member of its operator's family is set. One that could not be
// read, such as a word where a number belongs, is kept with ok false and matches nothing.
type operand struct {
	ok      bool
	pattern pattern
	arn     *[arnSegments]pattern
	number  number
	date    instant
	prefix  netip.Prefix
	text    string
	truth   bool
}

// operators by name. The IfExists forms and set operators are parsed off before. Names are case-sensitive.
var operators = map[string]*operator{
	"StringEquals":              {},
	"StringNotEquals":           {negated: true},
	"StringEqualsIgnoreCase":    {options: patternOptions{fold: true}},
	"StringNotEqualsIgnoreCase": {options: patternOptions{fold: true}, negated: true},
	"StringLike":                {options: patternOptions{wildcards: true}},
	"StringNotLike":             {options: patternOptions{wildcards: true}, negated: true},

	"NumericEquals":            {family: familyNumeric, holds: equal},
	"NumericNotEquals":         {family: familyNumeric, holds: notEqual, negated: true},
	"NumericLessThan":          {family: familyNumeric, holds: less},
	"NumericLessThanEquals":    {family: familyNumeric, holds: lessOrEqual},
	"NumericGreaterThan":       {family: familyNumeric, holds: greater},
	"NumericGreaterThanEquals": {family: familyNumeric, holds: greaterOrEqual},

	"DateEquals":            {family: familyDate, holds: equal},
	"DateNotEquals":         {family: familyDate, holds: notEqual, negated: true},
	"DateLessThan":          {family: familyDate, holds: less},
	"DateLessThanEquals":    {family: familyDate, holds: lessOrEqual},
	"DateGreaterThan":       {family: familyDate, holds: greater},
	"DateGreaterThanEquals": {family: familyDate, holds: greaterOrEqual},

	"Bool":         {family: familyBool},
	"BinaryEquals": {family: familyBinary},
	"IpAddress":    {family: familyIP},
	"NotIpAddress": {family: familyIP, negated: true},
	"ArnEquals":    {family: familyARN},
	"ArnLike":      {family: familyARN},
	"ArnNotEquals": {family: familyARN, negated: true},
	"ArnNotLike":   {family: familyARN, negated: true},
	"Null":         {family: familyNull},
}

func equal(order int) bool          { return order == 0 }
func notEqual(order int) bool       { return order != 0 }
func less(order int) bool           { return order < 0 }
func lessOrEqual(order int) bool    { return order <= 0 }
func greater(order int) bool        { return order > 0 }
func greaterOrEqual(order int) bool { return order >= 0 }

func (op *operator) compile(text string, variables bool) (o operand) {
	switch op.family {
	case familyNumeric:
		o.number, o.ok = parseNumber(text)
	case familyDate:
		o.date, o.ok = parseDate(text)
	case familyBool:
		// The operator's page of the User Guide lists Bool among those that take variables.
		o.pattern, o.ok = compilePattern(text, patternOptions{variables: variables, fold: true}), true
	case familyBinary:
		// The canonical base64 form compares with a request's value, base64 too, without decoding.
		raw, err := base64.StdEncoding.DecodeString(text)
		o.text, o.ok = base64.StdEncoding.EncodeToString(raw), err == nil
	case familyIP:
		o.prefix, o.ok = parsePrefix(text)
	case familyARN:
		o.arn = compileARN(text, variables)
		o.ok = o.arn != nil
	case familyNull:
		o.truth, o.ok = strings.EqualFold(text, "true"), isBool(text)
	default:
		opts := op.options
		opts.variables = variables
		o.pattern, o.ok = compilePattern(text, opts), true
	}
	return o
}

// match compares one operand with one value of the request; a negated operator answers negated. It is a switch and no
// table of functions so that the evaluation stays on the stack. A value that is not of the operator's type, a word for
// a number, is neither equal nor unequal.
func (op *operator) match(o *operand, value string, e *evaluation) bool {
	if !o.ok {
		return false
	}
	switch op.family {
	case familyNumeric:
		n, ok := parseNumber(value)
		return ok && op.holds(n.compare(o.number))
	case familyDate:
		d, ok := parseDate(value)
		return ok && op.holds(d.compare(o.date))
	case familyBool:
		return isBool(value) && o.pattern.match(value, e)
	case familyBinary:
		return o.text == value
	case familyIP:
		addr, err := netip.ParseAddr(value)
		return err == nil && o.prefix.Contains(addr.Unmap().WithZone("")) != op.negated
	case familyARN:
		var segments [arnSegments]string
		return splitARN(value, &segments) == arnSegments && arnCovers(o.arn, &segments, e) != op.negated
	}
	return o.pattern.match(value, e) != op.negated
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }

func parsePrefix(text string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), true
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

func compileARN(text string, variables bool) *[arnSegments]pattern {
	parts := splitPatternARN(text)
	if len(parts) != arnSegments {
		return nil
	}
	var arn [arnSegments]pattern
	for i, part := range parts {
		arn[i] = compilePattern(part, patternOptions{wildcards: i != 0, variables: variables})
	}
	return &arn
}

func arnCovers(arn *[arnSegments]pattern, segments *[arnSegments]string, e *evaluation) bool {
	for i := range arn {
		if !arn[i].match(segments[i], e) {
			return false
		}
	}
	return true
}

package awswire

import (
	"encoding/base64"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// DecodeQuery fills in, a pointer to an Input struct, from the parameters of
// an AWS Query request: Outer.Inner for structures, Tags.member.1.Key for lists,
// counted from 1 without gaps, M.entry.1.key and .value for maps, and Tags= for
// the empty list. Times are ISO 8601, blobs base64. Unknown parameters are
// ignored, and of a parameter given twice the first counts.
//
// Parameters that do not fit the member's type are an [*Error] with the code
// MalformedInput and status 400. What it allocates is bounded by the size of
// the form, whatever its indexes say.
func DecodeQuery(form url.Values, in any) error {
	v := reflect.ValueOf(in).Elem()
	p := planOf(v.Type())
	var nested queryNode
	for key, values := range form {
		if len(values) == 0 {
			continue
		}
		name, rest, deep := strings.Cut(key, ".")
		i, ok := p.names[name]
		if !ok {
			continue
		}
		f := &p.fields[i]
		if !deep && f.plan.scalar() {
			if err := setScalar(f.plan, f.in(v), values[0]); err != nil {
				return err
			}
			continue
		}
		if err := nested.child(i).insert(f.plan, rest, deep, values[0]); err != nil {
			return err
		}
	}
	for i, child := range nested.children {
		f := &p.fields[i]
		if err := child.decode(f.plan, f.in(v)); err != nil {
			return err
		}
	}
	return nil
}

// The texts of AWS's front end for forms that it cannot read.
var (
	errQueryNested    = malformed("Start of structure or map found where not expected.")
	errQueryList      = malformed("Unexpected list element termination")
	errQueryStruct    = malformed("Unexpected complex element termination")
	errQueryIndex     = malformed("Unexpected list index")
	errQueryText      = malformed("Parameters must be valid UTF-8")
	errQueryBase64    = malformed("Invalid base64 in a blob")
	errQueryUnion     = malformed("Unions must have exactly one member set")
	errQueryTimestamp = malformed("STRING_VALUE can not be converted to a Timestamp")
)

func malformed(message string) *Error { return Errorf("MalformedInput", "%s", message) }

// scalar tells whether a value is one parameter.
func (p *plan) scalar() bool {
	switch p.kind {
	case kindPointer:
		return p.elem.scalar()
	case kindList, kindMap, kindStruct, kindUnion, kindDocument:
		return false
	}
	return true
}

// queryNode is a member that has parameters below it, or stands for an empty
// list. Children are members by their place in the plan, or the elements of a
// list or map by their index.
type queryNode struct {
	value    string
	set      bool
	children map[int]*queryNode
}

func (n *queryNode) child(i int) *queryNode {
	c := n.children[i]
	if c == nil {
		if n.children == nil {
			n.children = make(map[int]*queryNode, 2)
		}
		c = new(queryNode)
		n.children[i] = c
	}
	return c
}

// insert puts a parameter at the place that the rest of its name leads to.
// deep tells whether there is a rest.
func (n *queryNode) insert(p *plan, rest string, deep bool, value string) error {
	for p.kind == kindPointer {
		p = p.elem
	}
	if !deep {
		if !p.scalar() && (value != "" || p.kind != kindList && p.kind != kindMap) {
			return errQueryStruct
		}
		n.value, n.set = value, true
		return nil
	}
	switch p.kind {
	case kindList:
		c, rest, deep, err := n.element("member", rest)
		if err != nil {
			return err
		}
		return c.insert(p.elem, rest, deep, value)
	case kindMap:
		return n.insertEntry(p, rest, value)
	case kindStruct, kindUnion:
		name, rest, deep := strings.Cut(rest, ".")
		i, ok := p.names[name]
		if !ok {
			n.set = true
			return nil
		}
		return n.child(i).insert(p.fields[i].plan, rest, deep, value)
	}
	return errQueryNested
}

// insertEntry puts a map's parameter, entry.1.key or entry.1.value.
func (n *queryNode) insertEntry(p *plan, rest, value string) error {
	c, rest, deep, err := n.element("entry", rest)
	if err != nil {
		return err
	}
	if !deep {
		return errQueryList
	}
	part, rest, deep := strings.Cut(rest, ".")
	switch {
	case part == "key" && !deep:
		c.value, c.set = value, true
		return nil
	case part == "value":
		return c.child(0).insert(p.elem, rest, deep, value)
	}
	return errQueryNested
}

// element finds the node of a list's element: the rest of the name begins with
// word.N.
func (n *queryNode) element(word, rest string) (c *queryNode, after string, deep bool, err error) {
	rest, ok := strings.CutPrefix(rest, word+".")
	if !ok {
		return nil, "", false, errQueryList
	}
	digits, after, deep := strings.Cut(rest, ".")
	i, err := strconv.Atoi(digits)
	if err != nil || i < 1 || strconv.Itoa(i) != digits {
		return nil, "", false, errQueryIndex
	}
	return n.child(i), after, deep, nil
}

// decode fills v from a node.
func (n *queryNode) decode(p *plan, v reflect.Value) error {
	switch p.kind {
	case kindPointer:
		target := reflect.New(p.elem.typ)
		v.Set(target)
		return n.decode(p.elem, target.Elem())
	case kindList:
		return n.decodeList(p, v)
	case kindMap:
		return n.decodeMap(p, v)
	case kindStruct:
		for i, c := range n.children {
			f := &p.fields[i]
			if err := c.decode(f.plan, f.in(v)); err != nil {
				return err
			}
		}
		return nil
	case kindUnion:
		return n.decodeUnion(p, v)
	case kindDocument:
		return errQueryNested
	}
	if !n.set {
		return errQueryNested
	}
	return setScalar(p, v, n.value)
}

func (n *queryNode) decodeList(p *plan, v reflect.Value) error {
	v.Set(reflect.MakeSlice(p.typ, len(n.children), len(n.children)))
	for i := range len(n.children) {
		c := n.children[i+1]
		if c == nil {
			return errQueryIndex
		}
		if err := c.decode(p.elem, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (n *queryNode) decodeMap(p *plan, v reflect.Value) error {
	v.Set(reflect.MakeMapWithSize(p.typ, len(n.children)))
	for i := range len(n.children) {
		c := n.children[i+1]
		if c == nil || !c.set || c.children[0] == nil {
			return errQueryIndex
		}
		if !utf8.ValidString(c.value) {
			return errQueryText
		}
		value := reflect.New(p.elem.typ).Elem()
		if err := c.children[0].decode(p.elem, value); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(c.value).Convert(p.typ.Key()), value)
	}
	return nil
}

func (n *queryNode) decodeUnion(p *plan, v reflect.Value) error {
	if len(n.children) != 1 {
		return errQueryUnion
	}
	for i, c := range n.children {
		f := &p.fields[i]
		variant := reflect.New(f.variant)
		v.Set(variant)
		return c.decode(f.plan, variant.Elem().FieldByIndex(f.index))
	}
	return nil
}

// setScalar sets a member from its one parameter.
func setScalar(p *plan, v reflect.Value, s string) error {
	switch p.kind {
	case kindPointer:
		target := reflect.New(p.elem.typ)
		v.Set(target)
		return setScalar(p.elem, target.Elem(), s)
	case kindString:
		if !utf8.ValidString(s) {
			return errQueryText
		}
		v.SetString(s)
	case kindBool:
		if s != "true" && s != "false" {
			return malformed("STRING_VALUE can not be converted to a Boolean")
		}
		v.SetBool(s == "true")
	case kindInt:
		n, err := strconv.ParseInt(s, 10, v.Type().Bits())
		if err != nil {
			return malformed("STRING_VALUE can not be converted to an Integer")
		}
		v.SetInt(n)
	case kindBlob:
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return errQueryBase64
		}
		v.SetBytes(b)
	case kindTime:
		return setTime(v, s)
	}
	return nil
}

// setTime reads ISO 8601 with or without a fraction, in UTC or with an offset.
func setTime(v reflect.Value, s string) error {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return errQueryTimestamp
	}
	v.Set(reflect.ValueOf(t.UTC()))
	return nil
}

package policy

import (
	"encoding/json"
	"errors"
	"strings"
)

// maxDepth bounds the nesting of a document. The deepest legal policy has five levels.
const maxDepth = 32

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// node is one JSON value with its place in the document. encoding/json is not enough here: statements are reported
// by line and column, and principals are rewritten in place, both of which need offsets.
type node struct {
	kind       kind
	text       string // decoded string; the literal as written for numbers and booleans
	names      []string
	items      []*node // array elements, or member values in the order of names
	start, end int     // byte offsets, end exclusive
}

// member returns the value of the named member, or nil.
func (n *node) member(name string) *node {
	for i, have := range n.names {
		if have == name {
			return n.items[i]
		}
	}
	return nil
}

var errJSON = errors.New("not valid JSON, or a member that occurs twice")

type reader struct {
	doc string
	pos int
}

// readJSON parses a whole document. Member names that occur twice in one object are an error: two readers of such a
// document may see two different policies.
func readJSON(doc string) (*node, error) {
	r := &reader{doc: doc}
	n, err := r.value(0)
	if r.space(); err == nil && r.pos != len(doc) {
		err = errJSON
	}
	if err != nil {
		return nil, parseError(doc, &fault{err, min(r.pos, len(doc))})
	}
	return n, nil
}

func (r *reader) space() {
	for r.pos < len(r.doc) && isSpace(r.doc[r.pos]) {
		r.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// next skips white space and returns the byte there, or 0 at the end.
func (r *reader) next() byte {
	if r.space(); r.pos < len(r.doc) {
		return r.doc[r.pos]
	}
	return 0
}

func (r *reader) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errJSON
	}
	switch c := r.next(); {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		return r.string()
	default:
		return r.literal()
	}
}

func (r *reader) object(depth int) (*node, error) {
	n := &node{kind: kindObject, start: r.pos}
	r.pos++
	if r.next() == '}' {
		return r.close(n), nil
	}
	for {
		if r.next() != '"' {
			return nil, errJSON
		}
		name, err := r.string()
		if err != nil {
			return nil, err
		}
		if n.member(name.text) != nil || r.next() != ':' {
			return nil, errJSON
		}
		r.pos++
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.names, n.items = append(n.names, name.text), append(n.items, v)
		if more, err := r.separator('}'); err != nil || !more {
			return r.close(n), err
		}
	}
}

func (r *reader) array(depth int) (*node, error) {
	n := &node{kind: kindArray, start: r.pos}
	r.pos++
	if r.next() == ']' {
		return r.close(n), nil
	}
	for {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
		if more, err := r.separator(']'); err != nil || !more {
			return r.close(n), err
		}
	}
}

// separator consumes a comma and reports true, or stops before the closing byte and reports false.
func (r *reader) separator(closing byte) (more bool, err error) {
	switch r.next() {
	case ',':
		r.pos++
		return true, nil
	case closing:
		return false, nil
	}
	return false, errJSON
}

func (r *reader) close(n *node) *node {
	if r.pos < len(r.doc) {
		r.pos++
	}
	n.end = r.pos
	return n
}

func (r *reader) string() (*node, error) {
	start, escaped := r.pos, false
	for r.pos++; r.pos < len(r.doc); r.pos++ {
		switch c := r.doc[r.pos]; {
		case c == '\\':
			escaped = true
			r.pos++
		case c == '"':
			r.pos++
			return r.unquote(start, escaped)
		case c < ' ':
			return nil, errJSON
		}
	}
	return nil, errJSON
}

func (r *reader) unquote(start int, escaped bool) (*node, error) {
	n := &node{kind: kindString, start: start, end: r.pos}
	if !escaped {
		n.text = strings.ToValidUTF8(r.doc[start+1:r.pos-1], "\uFFFD")
		return n, nil
	}
	if err := json.Unmarshal([]byte(r.doc[start:r.pos]), &n.text); err != nil {
		return nil, errJSON
	}
	return n, nil
}

func (r *reader) literal() (*node, error) {
	start := r.pos
	for r.pos < len(r.doc) && !strings.ContainsRune(" \t\r\n,:{}[]\"", rune(r.doc[r.pos])) {
		r.pos++
	}
	n := &node{start: start, end: r.pos, text: r.doc[start:r.pos]}
	if !json.Valid([]byte(n.text)) {
		return nil, errJSON
	}
	switch n.text {
	case "null":
		n.kind = kindNull
	case "true", "false":
		n.kind = kindBool
	default:
		n.kind = kindNumber
	}
	return n, nil
}

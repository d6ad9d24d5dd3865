package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a compiled policy string: literal text, wildcards and policy variables. Chunks are the parts between
// asterisks. Text that a variable stands for is literal, whatever characters it has.
type pattern struct {
	any    bool   // the pattern is "*"
	exact  bool   // lit is the whole pattern
	lit    string // with exact
	chunks []chunk
	vars   []variable // all of them, to find out first whether each has a value
	fold   bool       // compare without regard to case
}

type chunk []piece

type pieceKind uint8

const (
	pieceLiteral pieceKind = iota
	pieceOne               // "?": any one character
	pieceVariable
)

type piece struct {
	kind pieceKind
	lit  string
	v    variable
}

// variable is ${name} or ${name, 'default'}.
type variable struct {
	name       string // as written
	key        string // lower case
	fallback   string
	hasDefault bool
}

type patternOptions struct {
	wildcards bool
	variables bool
	fold      bool
}

func compilePattern(s string, o patternOptions) pattern {
	p := pattern{fold: o.fold}
	if o.wildcards && s == "*" {
		p.any = true
		return p
	}
	b := patternBuilder{opts: o, chunks: []chunk{nil}}
	for i := 0; i < len(s); {
		i += b.token(s[i:])
	}
	b.flush()
	if len(b.chunks) == 1 && len(b.vars) == 0 {
		switch c := b.chunks[0]; {
		case len(c) == 0:
			p.exact = true
			return p
		case len(c) == 1 && c[0].kind == pieceLiteral:
			p.exact, p.lit = true, c[0].lit
			return p
		}
	}
	p.chunks, p.vars = b.chunks, b.vars
	return p
}

type patternBuilder struct {
	opts   patternOptions
	chunks []chunk
	vars   []variable
	lit    strings.Builder
}

// token compiles what s starts with and returns its length.
func (b *patternBuilder) token(s string) int {
	switch {
	case b.opts.wildcards && s[0] == '*':
		b.flush()
		b.chunks = append(b.chunks, nil)
		return 1
	case b.opts.wildcards && s[0] == '?':
		b.add(piece{kind: pieceOne})
		return 1
	case b.opts.variables && strings.HasPrefix(s, "${"):
		if end := strings.IndexByte(s, '}'); end > 0 {
			b.variable(s[2:end])
			return end + 1
		}
	}
	b.lit.WriteByte(s[0])
	return 1
}

func (b *patternBuilder) variable(inside string) {
	switch inside {
	case "*", "?", "$":
		b.lit.WriteString(inside)
		return
	}
	v := parseVariable(inside)
	b.vars = append(b.vars, v)
	b.add(piece{kind: pieceVariable, v: v})
}

func (b *patternBuilder) add(p piece) {
	b.flush()
	last := len(b.chunks) - 1
	b.chunks[last] = append(b.chunks[last], p)
}

func (b *patternBuilder) flush() {
	if b.lit.Len() == 0 {
		return
	}
	last := len(b.chunks) - 1
	b.chunks[last] = append(b.chunks[last], piece{lit: b.lit.String()})
	b.lit.Reset()
}

// parseVariable reads the inside of ${...}. A default is written after a comma and one space, in single quotes.
func parseVariable(inside string) variable {
	name, rest, found := strings.Cut(inside, ", ")
	v := variable{name: strings.TrimSpace(name)}
	if found && len(rest) >= 2 && rest[0] == '\'' && rest[len(rest)-1] == '\'' {
		v.fallback, v.hasDefault = rest[1:len(rest)-1], true
	}
	v.key = strings.ToLower(v.name)
	return v
}

// resolved reports whether every variable of the pattern has a value in this request.
func (p *pattern) resolved(e *evaluation) bool {
	for i := range p.vars {
		if _, ok := e.variable(&p.vars[i]); !ok {
			return false
		}
	}
	return true
}

// match reports whether the pattern covers all of s. It never matches when a variable has no value. The time is
// bounded by the product of the lengths: a chunk once placed as far left as possible is never moved again.
func (p *pattern) match(s string, e *evaluation) bool {
	switch {
	case p.any:
		return true
	case p.exact && p.fold:
		return strings.EqualFold(p.lit, s)
	case p.exact:
		return p.lit == s
	case !p.resolved(e):
		return false
	}
	n, ok := p.chunks[0].prefix(s, p.fold, e)
	if !ok {
		return false
	}
	s = s[n:]
	last := len(p.chunks) - 1
	if last == 0 {
		return s == ""
	}
	for _, c := range p.chunks[1:last] {
		if s, ok = c.after(s, p.fold, e); !ok {
			return false
		}
	}
	return p.chunks[last].suffix(s, p.fold, e)
}

// prefix reports how many bytes at the start of s the chunk takes.
func (c chunk) prefix(s string, fold bool, e *evaluation) (int, bool) {
	rest := s
	for i := range c {
		p := &c[i]
		lit := p.lit
		switch p.kind {
		case pieceOne:
			if rest == "" {
				return 0, false
			}
			_, size := utf8.DecodeRuneInString(rest)
			rest = rest[size:]
			continue
		case pieceVariable:
			lit, _ = e.variable(&p.v)
		}
		n, ok := literalPrefix(rest, lit, fold)
		if !ok {
			return 0, false
		}
		rest = rest[n:]
	}
	return len(s) - len(rest), true
}

// after returns what follows the leftmost occurrence of the chunk in s.
func (c chunk) after(s string, fold bool, e *evaluation) (string, bool) {
	if len(c) == 1 && c[0].kind == pieceLiteral && !fold {
		_, rest, ok := strings.Cut(s, c[0].lit)
		return rest, ok
	}
	for {
		if n, ok := c.prefix(s, fold, e); ok {
			return s[n:], true
		}
		if s == "" {
			return "", false
		}
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
}

// suffix reports whether s ends with the chunk.
func (c chunk) suffix(s string, fold bool, e *evaluation) bool {
	if len(c) == 0 {
		return true
	}
	if len(c) == 1 && c[0].kind == pieceLiteral && !fold {
		return strings.HasSuffix(s, c[0].lit)
	}
	for {
		if n, ok := c.prefix(s, fold, e); ok && n == len(s) {
			return true
		}
		if s == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
}

// literalPrefix reports how many bytes of s the literal takes; with fold that may differ from its own length.
func literalPrefix(s, lit string, fold bool) (int, bool) {
	if !fold {
		return len(lit), strings.HasPrefix(s, lit)
	}
	n := 0
	for _, want := range lit {
		if n >= len(s) {
			return 0, false
		}
		have, size := utf8.DecodeRuneInString(s[n:])
		if have != want && !foldEqual(have, want) {
			return 0, false
		}
		n += size
	}
	return n, true
}

func foldEqual(a, b rune) bool {
	if a < utf8.RuneSelf && b < utf8.RuneSelf {
		return lowerASCII(a) == lowerASCII(b)
	}
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	return false
}

func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

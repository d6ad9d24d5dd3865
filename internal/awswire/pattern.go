package awswire

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// matcher tells whether a whole value matches a pattern of a model.
type matcher func(s string) bool

// matchers caches matchers by pattern: string to matcher.
var matchers sync.Map

// matcherOf returns the matcher of a pattern. It panics on a pattern that it
// cannot translate, which the tests rule out for those of the models.
func matcherOf(pattern string) matcher {
	if m, ok := matchers.Load(pattern); ok {
		return m.(matcher)
	}
	m := compilePattern(pattern)
	matchers.Store(pattern, m)
	return m
}

// lookarounds are the patterns that need more than a regular expression: the
// rest of the pattern, and what it must not match besides.
var lookarounds = map[string]struct {
	rest    string
	refused func(s string) bool
}{
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: {
		`[a-z0-9][a-z0-9-]{1,61}[a-z0-9]`, func(s string) bool { return strings.Contains(s, "--") },
	},
	`^[0-9A-Za-z\.\-_]*(?<!\.)$`: {
		`[0-9A-Za-z._-]*`, func(s string) bool { return strings.HasSuffix(s, ".") },
	},
}

// supplementary stands in patterns for U+10000 to U+10FFFF. Taken by the
// letter, Java's \u has four digits only; the meaning is followed.
const supplementary = `\u10000-\u10FFFF`

func compilePattern(pattern string) matcher {
	if l, ok := lookarounds[pattern]; ok {
		m := compilePattern(l.rest)
		return func(s string) bool { return m(s) && !l.refused(s) }
	}
	expr := translatePattern(pattern)
	if tree, err := syntax.Parse(expr, syntax.Perl); err == nil {
		if tree.Op == syntax.OpStar || tree.Op == syntax.OpPlus {
			if tree.Sub[0].Op == syntax.OpCharClass {
				return classMatcher(tree.Sub[0].Rune, tree.Op == syntax.OpStar)
			}
		}
	}
	return regexp.MustCompile(`\A(?:` + expr + `)\z`).MatchString
}

// translatePattern turns a pattern of Java's into one of Go's that means the
// same when it is matched against a whole value.
func translatePattern(pattern string) string {
	if strings.HasPrefix(pattern, "^") && strings.HasSuffix(pattern, "$") && !strings.HasSuffix(pattern, `\$`) {
		pattern = pattern[1 : len(pattern)-1]
	}
	pattern = strings.ReplaceAll(pattern, supplementary, `\x{10000}-\x{10FFFF}`)
	pattern = strings.ReplaceAll(pattern, `[\S]`, `[^\x09-\x0D ]`)
	dotAll := strings.HasPrefix(pattern, "(?s)")
	var b strings.Builder
	class := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && strings.HasPrefix(pattern[i:], `\u`):
			b.WriteString(`\x{` + pattern[i+2:i+6] + `}`)
			i += 5
		case c == '\\' && pattern[i+1] == 's':
			b.WriteString(`\x09-\x0D `)
			i++
		case c == '\\':
			b.WriteString(pattern[i : i+2])
			i++
		case c == '.' && !class && !dotAll:
			b.WriteString(`[^\n\r\x{85}\x{2028}\x{2029}]`)
		default:
			class = c == '[' || class && c != ']'
			b.WriteByte(c)
		}
	}
	return b.String()
}

// classMatcher matches runs of one class of characters, given as pairs of
// bounds. Most patterns are of this form, some of them over long values.
func classMatcher(bounds []rune, emptyToo bool) matcher {
	var ascii [utf8.RuneSelf]bool
	for c := range ascii {
		ascii[c] = inClass(bounds, rune(c))
	}
	return func(s string) bool {
		for i := 0; i < len(s); i++ {
			if c := s[i]; c >= utf8.RuneSelf {
				return restInClass(bounds, s[i:])
			} else if !ascii[c] {
				return false
			}
		}
		return emptyToo || s != ""
	}
}

func restInClass(bounds []rune, s string) bool {
	for _, r := range s {
		if !inClass(bounds, r) {
			return false
		}
	}
	return true
}

// inClass looks r up in sorted pairs of bounds.
func inClass(bounds []rune, r rune) bool {
	i, exact := slices.BinarySearch(bounds, r)
	return exact || i%2 == 1
}

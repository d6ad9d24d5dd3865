package main

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// constraints writes the shapes that inputs reach and that constrain them.
func constraints() []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for _, s := range services {
		w := &shapeWriter{model: s.model, index: map[string]int{}, bound: map[string]bool{}}
		fmt.Fprintf(&b, "\nvar %sInputs = map[string]uint16{\n", s.variable)
		for _, name := range sortedKeys(s.model.Operations) {
			if op := s.model.Operations[name]; op.Input != nil && w.constrained(op.Input.Shape) {
				fmt.Fprintf(&b, "%q: %d,\n", name, w.number(op.Input.Shape))
			}
		}
		fmt.Fprintf(&b, "}\n\nvar %sShapes = []shape{\n{}, // 0 constrains nothing\n", s.variable)
		w.writeAll(&b)
		b.WriteString("}\n")
	}
	return b.Bytes()
}

type shapeWriter struct {
	model *model
	index map[string]int
	order []string
	bound map[string]bool
}

// number gives a shape its place in the table; place 0 is the shape that
// constrains nothing.
func (w *shapeWriter) number(name string) int {
	if !w.constrained(name) {
		return 0
	}
	if n, ok := w.index[name]; ok {
		return n
	}
	w.order = append(w.order, name)
	w.index[name] = len(w.order)
	return len(w.order)
}

// constrained tells whether a shape or any below it constrains a value.
func (w *shapeWriter) constrained(name string) bool {
	if known, ok := w.bound[name]; ok {
		return known
	}
	w.bound[name] = false
	s := w.model.Shapes[name]
	yes := s.Min != nil || s.Max != nil || s.Pattern != "" || len(s.Enum) > 0 || len(s.Required) > 0 || s.added
	for _, r := range w.below(s) {
		yes = w.constrained(r.Shape) || yes
	}
	w.bound[name] = yes
	return yes
}

func (w *shapeWriter) below(s *shape) []ref {
	var refs []ref
	for _, r := range []*ref{s.Member, s.Key, s.Value} {
		if r != nil {
			refs = append(refs, *r)
		}
	}
	for _, name := range sortedKeys(s.Members) {
		refs = append(refs, s.Members[name])
	}
	return refs
}

func (w *shapeWriter) writeAll(b *bytes.Buffer) {
	for i := 0; i < len(w.order); i++ {
		s := w.model.Shapes[w.order[i]]
		var parts []string
		add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
		if s.Min != nil {
			add("hasMin: true, min: %d", int64(*s.Min))
		}
		if s.Max != nil {
			add("hasMax: true, max: %d", int64(*s.Max))
		}
		if s.Pattern != "" {
			add("pattern: %q", s.Pattern)
		}
		if len(s.Enum) > 0 {
			add("enum: %#v", s.Enum)
		}
		if s.Sensitive {
			add("sensitive: true")
		}
		for _, r := range []struct {
			name string
			ref  *ref
		}{{"elem", s.Member}, {"key", s.Key}, {"value", s.Value}} {
			if r.ref != nil {
				add("%s: %d", r.name, w.number(r.ref.Shape))
			}
		}
		if m := w.members(s); m != "" {
			add("members: []member{%s}", m)
		}
		fmt.Fprintf(b, "{%s}, // %d %s\n", strings.Join(parts, ", "), i+1, w.order[i])
	}
}

func (w *shapeWriter) members(s *shape) string {
	required := map[string]bool{}
	for _, name := range s.Required {
		required[name] = true
	}
	names := sortedKeys(s.Members)
	sort.Strings(names)
	var out []string
	for _, name := range names {
		if n := w.number(s.Members[name].Shape); n > 0 || required[name] {
			out = append(out, fmt.Sprintf("{%q, %d, %t}", name, n, required[name]))
		}
	}
	return strings.Join(out, ", ")
}

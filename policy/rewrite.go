package policy

import (
	"encoding/json"
	"strings"
)

// RewritePrincipals returns the document with principals replaced and all else left as it is, white space included.
// replace is called for every principal of every Principal and NotPrincipal and returns the new value and whether there
// is one. IAM saves users and roles in trust policies as unique ids and shows them as ARNs (User Guide, "AWS JSON
// policy elements: Principal"). A document that is not JSON comes back unchanged with a
// *ParseError.
func RewritePrincipals(document string, replace func(PrincipalElement) (string, bool)) (string, error) {
	root, err := readJSON(document)
	if err != nil {
		return document, err
	}
	w := principalWriter{doc: document, replace: replace}
	for _, s := range statementNodes(root) {
		for i, name := range s.names {
			if name == "Principal" || name == "NotPrincipal" {
				w.element(s.items[i], name == "NotPrincipal")
			}
		}
	}
	w.out.WriteString(document[w.done:])
	return w.out.String(), nil
}

type principalWriter struct {
	doc     string
	done    int // what lies before is written
	out     strings.Builder
	replace func(PrincipalElement) (string, bool)
}

func (w *principalWriter) element(n *node, not bool) {
	if n.kind != kindObject {
		return
	}
	for i, typ := range n.names {
		values := []*node{n.items[i]}
		if n.items[i].kind == kindArray {
			values = n.items[i].items
		}
		for _, v := range values {
			if v.kind == kindString {
				w.value(v, PrincipalElement{Type: typ, Value: v.text, Not: not})
			}
		}
	}
}

func (w *principalWriter) value(v *node, p PrincipalElement) {
	text, ok := w.replace(p)
	if !ok {
		return
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return
	}
	w.out.WriteString(w.doc[w.done:v.start])
	w.out.Write(quoted)
	w.done = v.end
}

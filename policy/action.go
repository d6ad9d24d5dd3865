package policy

import "strings"

// actionPattern is one element of Action or NotAction: service and name, both without regard to case, "*" and "?"
// in the name (IAM User Guide, "IAM JSON policy elements: Action").
type actionPattern struct {
	any        bool // "*"
	never      bool // no service prefix, or white space: matches no action
	anyService bool
	service    string
	name       pattern
}

func compileAction(s string) actionPattern {
	if s == "*" {
		return actionPattern{any: true}
	}
	service, name, found := strings.Cut(s, ":")
	if !found || name == "" || strings.ContainsAny(s, " \t\r\n") {
		return actionPattern{never: true}
	}
	return actionPattern{
		anyService: service == "*",
		service:    service,
		name:       compilePattern(name, patternOptions{wildcards: true, fold: true}),
	}
}

func (a *actionPattern) match(e *evaluation) bool {
	if a.any || a.never {
		return a.any
	}
	if !a.anyService && !strings.EqualFold(a.service, e.service) {
		return false
	}
	return a.name.match(e.action, e)
}

func (s *Statement) matchAction(e *evaluation) bool {
	for i := range s.actions {
		if s.actions[i].match(e) {
			return !s.notAction
		}
	}
	return s.notAction
}

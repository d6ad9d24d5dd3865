package functions

import _ "embed" // for the runtimes

//go:embed runtimes/nodejs.mjs
var nodejs string

//go:embed runtimes/python.py
var python string

// builtin is a runtime that needs no client of the Runtime API in the function.
type builtin struct {
	interpreter string
	arguments   []string
}

var runtimes = map[string]builtin{
	"nodejs": {"node", []string{"--input-type=module", "--eval", nodejs}},
	"python": {"python3", []string{"-u", "-c", python}},
}

// arguments is the whole command line after the program.
func (s *Spec) arguments() []string {
	args := s.Command[1:len(s.Command):len(s.Command)]
	if s.Runtime != "" {
		args = append(args, runtimes[s.Runtime].arguments...)
	}
	return args
}

package functions

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

const (
	defaultTimeout     = 3 * time.Second
	maxTimeout         = 15 * time.Minute
	defaultConcurrency = 10
	maxConcurrency     = 1000
)

// Spec is one function of a file.
type Spec struct {
	// ARN is the function's, without a version or alias; or Name, its name in
	// any account and region.
	ARN  string `yaml:"arn"`
	Name string `yaml:"name"`
	// Command is a program that is a custom runtime, with its arguments; with
	// Runtime, the interpreter instead of node or python3.
	Command []string `yaml:"command"`
	// Runtime is empty, nodejs or python.
	Runtime string `yaml:"runtime"`
	// Handler is the _HANDLER: for Runtime, <file>.<function>.
	Handler string `yaml:"handler"`
	// Dir is where the command runs; absolute once it was read.
	Dir string            `yaml:"dir"`
	Env map[string]string `yaml:"env"`
	// Concurrency is how many processes may run at a time; 0 means 10.
	Concurrency int `yaml:"concurrency"`
	// Timeout is how long an invocation may take; 0 means 3 s.
	Timeout time.Duration `yaml:"timeout"`
}

// Read reads a file of functions.
func Read(path string) ([]Spec, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	specs, err := Parse(b, filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return specs, nil
}

// Parse reads the contents of a file that is in the folder. The error names the
// function that is wrong.
func Parse(b []byte, folder string) ([]Spec, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	var file struct {
		Functions []Spec `yaml:"functions"`
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range file.Functions {
		s := &file.Functions[i]
		if err := s.complete(folder); err != nil {
			return nil, fmt.Errorf("function %d (%s): %w", i+1, s.ARN+s.Name, err)
		}
		if seen[s.ARN+s.Name] {
			return nil, fmt.Errorf("function %d (%s): it is there twice", i+1, s.ARN+s.Name)
		}
		seen[s.ARN+s.Name] = true
	}
	return file.Functions, nil
}

var (
	arnShape  = regexp.MustCompile(`^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9_-]{1,64}$`)
	nameShape = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
)

// complete checks a function and fills in what was left out.
func (s *Spec) complete(folder string) error {
	switch {
	case (s.ARN == "") == (s.Name == ""):
		return errors.New("it needs either arn or name")
	case s.ARN != "" && !arnShape.MatchString(s.ARN):
		return errors.New("arn is not that of a function: arn:aws:lambda:<region>:<account>:function:<name>")
	case s.Name != "" && !nameShape.MatchString(s.Name):
		return errors.New("name has other characters than letters, digits, - and _, or too many")
	case s.Timeout < 0 || s.Timeout > maxTimeout:
		return fmt.Errorf("timeout %v is not between 0 and %v", s.Timeout, maxTimeout)
	case s.Concurrency < 0 || s.Concurrency > maxConcurrency:
		return fmt.Errorf("concurrency %d is not between 1 and %d", s.Concurrency, maxConcurrency)
	}
	if s.Timeout == 0 {
		s.Timeout = defaultTimeout
	}
	if s.Concurrency == 0 {
		s.Concurrency = defaultConcurrency
	}
	if !filepath.IsAbs(s.Dir) {
		s.Dir = filepath.Join(folder, s.Dir)
	}
	if info, err := os.Stat(s.Dir); err != nil || !info.IsDir() {
		return fmt.Errorf("dir %s is not a folder", s.Dir)
	}
	return s.completeCommand()
}

func (s *Spec) completeCommand() error {
	if s.Runtime != "" {
		r, ok := runtimes[s.Runtime]
		if !ok {
			return fmt.Errorf("runtime %q is not one of nodejs, python; for others give a command", s.Runtime)
		}
		if file, function, _ := strings.Cut(filepath.Base(s.Handler), "."); file == "" || function == "" {
			return fmt.Errorf("handler %q is not <file>.<function>", s.Handler)
		}
		if len(s.Command) == 0 {
			s.Command = []string{r.interpreter}
		}
	}
	if len(s.Command) == 0 {
		return errors.New("it needs a command or a runtime")
	}
	program, err := s.program()
	if err != nil {
		return err
	}
	s.Command[0] = program
	return nil
}

// program finds the command: in dir when it has a slash, else in the PATH.
func (s *Spec) program() (string, error) {
	name := s.Command[0]
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		name = filepath.Join(s.Dir, name)
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("command: %w", err)
	}
	return found, nil
}

// functionName is the part of the ARN that names the function.
func (s *Spec) functionName() string {
	return s.Name + s.ARN[strings.LastIndexByte(s.ARN, ':')+1:]
}

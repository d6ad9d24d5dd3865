package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/poolhouse-id/poolhouse/"

// allowed lists, for each package of the module, the packages of the module
// that it may import. The layers, from below: pure packages and the sources of
// time and randomness; the store; tokens and delivery; the services, which
// never import each other; the server; the commands and public libraries.
var allowed = map[string][]string{
	"internal/clock":          {},
	"internal/ids":            {},
	"policy":                  {},
	"internal/sigv4":          {},
	"internal/srp":            {"internal/ids"},
	"internal/seal":           {"internal/ids"},
	"internal/awswire":        {"internal/awswire/newops"},
	"internal/awswire/gen":    {},
	"internal/awswire/newops": {},

	"internal/store":           {"internal/clock", "internal/ids", "internal/seal"},
	"internal/store/storetest": {"internal/store"},

	"internal/token":       {"internal/clock", "internal/ids", "internal/seal", "internal/store"},
	"internal/oidc":        {"internal/clock", "internal/token"},
	"internal/deliver":     {"internal/clock", "internal/ids", "internal/store"},
	"internal/compromised": {},
	"internal/logexport":   {"internal/clock", "internal/store"},

	"internal/iam":          below("policy", "internal/sigv4", "internal/saml"),
	"internal/sts":          below("policy", "internal/sigv4", "internal/awswire/newops", "internal/seal", "internal/oidc", "internal/saml"),
	"internal/userpool":     below("internal/srp", "internal/awswire/newops", "internal/deliver", "internal/logexport", "internal/ratelimit"),
	"internal/identitypool": below("internal/oidc", "internal/ratelimit"),
	// Triggers implement what user pools declare that they need of them.
	"internal/trigger":      {"internal/userpool", "internal/deliver", "internal/store", "internal/clock", "internal/ids", "internal/trigger/esdk"},
	"internal/trigger/esdk": {},
	// Functions run as processes beside the server.
	"internal/trigger/functions": {"internal/ids", "internal/trigger", "internal/trigger/esdk"},

	"internal/ratelimit":     {"internal/clock"},
	"internal/saml":          {"internal/clock", "internal/ids"},
	"internal/saml/samltest": {"internal/saml"},
	"decision":               {},

	"internal/archtest": {},
	"internal/server":   anything,

	"quickstart":            {},
	"pooltest":              {"internal/server", "internal/clock", "internal/deliver", "internal/ids", "internal/store", "internal/trigger", "internal/trigger/functions"},
	"cmd/poolhouse":         anything,
	"cmd/quickstart-lambda": {"quickstart"},
}

// anything is the rule of packages that wire others; no package may import
// them but those that name them.
var anything = []string{"*"}

// below is what every service may import, and more.
func below(more ...string) []string {
	return append([]string{"internal/awswire", "internal/clock", "internal/ids", "internal/store", "internal/token"}, more...)
}

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

var packages = sync.OnceValues(func() (found []goPackage, err error) {
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Dir,GoFiles,Imports,Deps", module+"...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, errors.New(string(exit.Stderr))
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); err == nil; {
		var p goPackage
		if err = d.Decode(&p); err == nil && len(p.GoFiles) > 0 {
			found = append(found, p)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return found, err
})

func list(t *testing.T) []goPackage {
	t.Helper()
	found, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("go list found %d packages only", len(found))
	}
	return found
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(name, "test/") {
			continue
		}
		rule, known := allowed[name]
		if !known {
			t.Errorf("%s has no rule: give it one here and a place in docs/architecture.md", name)
			continue
		}
		for _, i := range p.Imports {
			imported, ours := strings.CutPrefix(i, module)
			if ours && !permitted(rule, imported) {
				t.Errorf("%s must not import %s", name, imported)
			}
		}
	}
}

func permitted(rule []string, imported string) bool {
	if slices.Equal(rule, anything) {
		return !strings.HasPrefix(imported, "cmd/") && imported != "pooltest" && imported != "internal/archtest"
	}
	return slices.Contains(rule, imported)
}

// The rules name packages that exist, so that a typing error does not switch
// one off.
func TestRulesAreOfPackages(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range list(t) {
		names = append(names, strings.TrimPrefix(p.ImportPath, module))
	}
	for name, rule := range allowed {
		for _, n := range append([]string{name}, rule...) {
			if n != "*" && !slices.Contains(names, n) {
				t.Errorf("the rule of %s names %s, which is no package", name, n)
			}
		}
	}
}

// The four services meet through interfaces alone, directly and indirectly.
func TestServicesAreApart(t *testing.T) {
	t.Parallel()
	services := []string{"internal/iam", "internal/sts", "internal/userpool", "internal/identitypool"}
	for _, p := range list(t) {
		if !slices.Contains(services, strings.TrimPrefix(p.ImportPath, module)) {
			continue
		}
		for _, s := range services {
			if slices.Contains(p.Deps, module+s) {
				t.Errorf("%s depends on %s", p.ImportPath, s)
			}
		}
	}
}

// outside are imports that only some packages may have.
var outside = []struct {
	imported []string
	only     []string
	why      string
}{
	{[]string{"database/sql", "modernc.org/sqlite", "github.com/jackc/pgx"}, []string{"internal/store", "internal/store/storetest"}, "SQL belongs to the store"},
	{[]string{"math/rand", "math/rand/v2"}, []string{"internal/store", "internal/server"}, "randomness is cryptographic, but for pauses between tries and provoked faults"},
	{[]string{"github.com/wneessen/go-mail", "net/smtp"}, []string{"internal/deliver"}, "messages leave through deliver"},
	{[]string{"github.com/alecthomas/kong"}, []string{"cmd/poolhouse"}, "flags belong to the command"},
	{[]string{"testing"}, []string{"pooltest", "internal/store/storetest", "internal/saml/samltest"}, "test code stays out of the program"},
}

func TestOutside(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(name, "test/") {
			continue
		}
		for _, rule := range outside {
			for _, i := range p.Imports {
				matches := slices.ContainsFunc(rule.imported, func(prefix string) bool { return i == prefix || strings.HasPrefix(i, prefix+"/") })
				if matches && !slices.Contains(rule.only, name) {
					t.Errorf("%s must not import %s: %s", name, i, rule.why)
				}
			}
		}
	}
}

// The policy engine, SRP and signatures are computations: no files, network,
// database or SDK. (Signatures read parsed HTTP requests.)
func TestPurePackages(t *testing.T) {
	t.Parallel()
	forbidden := []string{"os", "net/http", "database/sql", "os/exec", "log/slog", "github.com/aws"}
	for name, also := range map[string][]string{"policy": nil, "internal/srp": nil, "internal/sigv4": {"net/http"}} {
		for _, p := range list(t) {
			if p.ImportPath != module+name {
				continue
			}
			for _, i := range p.Imports {
				if slices.ContainsFunc(forbidden, func(f string) bool { return i == f || strings.HasPrefix(i, f+"/") }) && !slices.Contains(also, i) {
					t.Errorf("%s must not import %s", name, i)
				}
			}
		}
	}
}

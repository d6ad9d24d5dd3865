package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clockReaders may read the machine's clock: clock itself, the store where it
// measures how long something took, what waits for processes, and what runs
// outside the server.
var clockReaders = []string{"internal/clock", "internal/store", "internal/store/storetest", "internal/trigger/functions", "decision", "quickstart", "pooltest", "cmd/poolhouse", "cmd/quickstart-lambda"}

// Time comes from internal/clock, so that it can be advanced.
func TestTimeComesFromClock(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if slices.Contains(clockReaders, name) || strings.HasPrefix(name, "test/") {
			continue
		}
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
					t.Errorf("%s reads the machine's clock: %s", fset.Position(s.Pos()), s.Sel.Name)
				}
				return true
			})
		}
	}
}

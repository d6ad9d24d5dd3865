// Package jstest runs the tests of JavaScript clients, which are in the .mjs
// files beside it, against servers that it starts.
package jstest

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/poolhouse-id/poolhouse/pooltest"
)

// movingClock names a server of the file's own, whose clock it moves.
const movingClock = "POOLHOUSE_ENDPOINT_CLOCK"

// TestJavaScriptClients runs each file, and fails with Node's own report.
func TestJavaScriptClients(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	files, err := filepath.Glob("*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	// Refusals are expected; only what is wrong with the server is of interest.
	log := pooltest.Log(slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))
	own := pooltest.Start(t, append(functions(), log)...)
	awsIssuer := pooltest.Start(t, log, pooltest.AWSIssuer())
	env := append(os.Environ(), "POOLHOUSE_ENDPOINT="+own.URL, "POOLHOUSE_ENDPOINT_AWS_ISSUER="+awsIssuer.URL)
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".test.mjs"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=spec", file)
			cmd.Env = env
			if strings.Contains(string(text), movingClock) {
				cmd.Env = append(slices.Clone(env), movingClock+"="+pooltest.Start(t, log).URL)
			}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("node --test: %v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// The example in README.md works.
func TestReadme(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "\n```js\n")
	code, _, closed := strings.Cut(after, "\n```\n")
	if !ok || !closed {
		t.Fatal("README.md has no JavaScript")
	}
	srv := pooltest.Start(t)
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module")
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(code, "http://localhost:7665", srv.URL))
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "us-east-1_") {
		t.Errorf("%v: it printed %s\n%s", err, out, log.String())
	}
}

// findNode skips the test where Node or the packages are missing, and fails it
// where CI=true.
func findNode(t *testing.T) string {
	t.Helper()
	lack := t.Skipf
	if os.Getenv("CI") == "true" {
		lack = t.Fatalf
	}
	node, err := exec.LookPath("node")
	if err != nil {
		lack("SKIPPED the JavaScript clients: Node.js is not installed (test/install)")
	}
	if _, err := os.Stat("node_modules/.package-lock.json"); err != nil {
		lack("SKIPPED the JavaScript clients: their packages are not installed (test/install, or npm ci in test/js)")
	}
	return node
}

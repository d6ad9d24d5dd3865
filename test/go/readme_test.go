package gotest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What README.md tells people to type works.

var readme = func() string {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		panic(err)
	}
	return string(text)
}()

// block returns the fenced block of a language that holds part.
func block(t *testing.T, language, part string) string {
	t.Helper()
	for _, after := range strings.Split(readme, "\n```"+language+"\n")[1:] {
		if code, _, _ := strings.Cut(after, "\n```\n"); strings.Contains(code, part) {
			return code + "\n"
		}
	}
	t.Fatalf("README.md has no %s with %q", language, part)
	return ""
}

// indented returns the lines of indented code that hold part.
func indented(t *testing.T, part string) []string {
	t.Helper()
	var found []string
	for _, line := range strings.Split(readme, "\n") {
		if code, ok := strings.CutPrefix(line, "    "); ok && strings.Contains(code, part) {
			found = append(found, code)
		}
	}
	if len(found) == 0 {
		t.Fatalf("README.md has no line with %q", part)
	}
	return found
}

// at puts the server's address and the binary's path in place of README's.
func (p *process) at(text string) string {
	return strings.NewReplacer("localhost:7665", p.addr, "./poolhouse", binary).Replace(text)
}

// bash runs a script with nothing of AWS in its environment but what it sets.
func bash(t *testing.T, script string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_PAGER=")
	b, err := cmd.CombinedOutput()
	return string(b), err
}

func TestReadmeCLI(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", ":memory:")
	newAWSCLI(t, p.url)
	out, err := bash(t, p.at(block(t, "sh", "AWS_ENDPOINT_URL")))
	if err != nil || !strings.Contains(out, `"AccessToken": "ey`) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReadmeGo(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", ":memory:")
	out := runGo(t, "run", "main.go", p.at(block(t, "go", "package main")))
	if !regexp.MustCompile(`^us-east-1_[0-9A-Za-z]{9}\n$`).MatchString(out) {
		t.Errorf("it printed %q", out)
	}
	out = runGo(t, "test", "app_test.go", block(t, "go", "package app_test"))
	if !strings.HasPrefix(out, "ok ") {
		t.Errorf("it printed %q", out)
	}
}

// runGo runs a go command on a file of this module.
func runGo(t *testing.T, command, name, code string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", command, file)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func TestReadmeOwnPaths(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", ":memory:")
	for _, line := range indented(t, "curl -s") {
		out, err := bash(t, strings.Replace(p.at(line), "curl -s", "curl --fail --silent --show-error", 1))
		if err != nil || !strings.HasPrefix(out, "{") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

func TestReadmeQuickstart(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", ":memory:")
	ran := 0
	for _, line := range indented(t, "./poolhouse quickstart") {
		if strings.Contains(line, "--aws") {
			continue
		}
		ran++
		out, err := bash(t, p.at(line))
		if err != nil || !strings.Contains(out, "13/13 ok") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
	if ran != 2 {
		t.Errorf("%d lines ran", ran)
	}
}

// The flags, variables and make targets that the documents name exist.
func TestReadmeNames(t *testing.T) {
	t.Parallel()
	var help strings.Builder
	for _, command := range [][]string{{"serve"}, {"quickstart"}, {"keys", "rotate"}} {
		out, errOut, code := runBinary(t, nil, append(command, "--help")...)
		if code != 0 {
			t.Fatalf("%v --help: %s", command, errOut)
		}
		help.WriteString(out)
	}
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	contributing, err := os.ReadFile(filepath.Join("..", "..", "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.Replace(readme, block(t, "sh", "AWS_ENDPOINT_URL"), "", 1) + string(contributing)
	for _, name := range regexp.MustCompile(`--[a-z][a-z-]+|POOLHOUSE_[A-Z_]+[A-Z]`).FindAllString(ours, -1) {
		if name != "POOLHOUSE_TEST_POSTGRES" && !regexp.MustCompile(regexp.QuoteMeta(name)+`\b`).MatchString(help.String()) {
			t.Errorf("no command's help has %s", name)
		}
	}
	targets := regexp.MustCompile("(?m)(?:^    |`)make ([a-z]+)").FindAllStringSubmatch(ours, -1)
	if len(targets) < 5 {
		t.Errorf("only %v were found", targets)
	}
	for _, target := range targets {
		if !strings.Contains(string(makefile), "\n"+target[1]+":") {
			t.Errorf("there is no make %s", target[1])
		}
	}
}

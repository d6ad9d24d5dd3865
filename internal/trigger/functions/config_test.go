package functions_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
)

func TestParse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "sub", "program")
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	specs, err := functions.Parse([]byte(`
functions:
  - arn: arn:aws:lambda:eu-west-1:111122223333:function:f
    command: [./program, --flag]
    dir: sub
    env: {A: b}
    concurrency: 2
    timeout: 1m30s
  - name: g
    command: [sh]
`), dir)
	if err != nil || len(specs) != 2 {
		t.Fatalf("%+v, %v", specs, err)
	}
	f, g := specs[0], specs[1]
	if f.Command[0] != program || f.Command[1] != "--flag" || f.Dir != filepath.Join(dir, "sub") || f.Env["A"] != "b" || f.Concurrency != 2 || f.Timeout != 90*time.Second {
		t.Errorf("f is %+v", f)
	}
	if g.Dir != dir || g.Concurrency != 10 || g.Timeout != 3*time.Second || !filepath.IsAbs(g.Command[0]) {
		t.Errorf("g is %+v", g)
	}
	if specs, err := functions.Parse(nil, dir); err != nil || len(specs) != 0 {
		t.Errorf("an empty file: %v, %v", specs, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{command: [sh]}`: "either arn or name",
		`{arn: "arn:aws:lambda:eu-west-1:111122223333:function:f", name: f, command: [sh]}`: "either arn or name",
		`{arn: "arn:aws:s3:::bucket", command: [sh]}`:                                       "arn is not that of a function",
		`{arn: "arn:aws:lambda:eu-west-1:111122223333:function:f:live", command: [sh]}`:     "arn is not that of a function",
		`{name: "a b", command: [sh]}`:                                                      "name has other characters",
		`{name: f}`:                                                                         "it needs a command or a runtime",
		`{name: f, command: [./nothing]}`:                                                   "command: ",
		`{name: f, command: [no-such-program-anywhere]}`:                                    "command: ",
		`{name: f, command: [sh], dir: nowhere}`:                                            "is not a folder",
		`{name: f, runtime: cobol, handler: a.b}`:                                           `runtime "cobol" is not one of`,
		`{name: f, runtime: nodejs}`:                                                        `handler "" is not <file>.<function>`,
		`{name: f, runtime: nodejs, handler: index}`:                                        `handler "index" is not`,
		`{name: f, command: [sh], timeout: 16m}`:                                            "timeout 16m0s is not between",
		`{name: f, command: [sh], timeout: -1s}`:                                            "timeout -1s is not between",
		`{name: f, command: [sh], concurrency: -1}`:                                         "concurrency -1 is not between",
		`{name: f, command: [sh], concurrency: 1001}`:                                       "concurrency 1001 is not between",
		`{name: f, command: [sh], memory: 128}`:                                             "field memory not found",
		`{name: f, command: [sh]}, {name: f, command: [true]}`:                              "it is there twice",
		`{name: f, command: sh}`:                                                            "cannot unmarshal",
	} {
		if _, err := functions.Parse([]byte("functions: ["+text+"]"), t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := functions.Read(filepath.Join(t.TempDir(), "functions.yaml")); !os.IsNotExist(err) {
		t.Errorf("a file that is missing: %v", err)
	}
}

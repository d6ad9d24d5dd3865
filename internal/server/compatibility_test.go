package server_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

//go:generate go test . -run ^TestCompatibilityDocument$ -update

var update = flag.Bool("update", false, "write docs/compatibility.md anew")

const compatibilityFile = "../../docs/compatibility.md"

// docs/compatibility.md lists every operation as the server answers it.
func TestCompatibilityDocument(t *testing.T) {
	t.Parallel()
	want := compatibility(start(t).srv.Tables())
	if *update {
		if err := os.WriteFile(compatibilityFile, want, 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(compatibilityFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/compatibility.md is stale: run go generate ./internal/server")
	}
}

var services = map[string]string{
	"cognito-idp":      "Amazon Cognito user pools",
	"cognito-identity": "Amazon Cognito identity pools",
	"iam":              "AWS Identity and Access Management",
	"sts":              "AWS Security Token Service",
}

var callers = map[awswire.Auth]string{
	awswire.Signed: "signed",
	awswire.Public: "anybody",
	awswire.Bearer: "the user",
}

func compatibility(tables []*awswire.Table) []byte {
	var b bytes.Buffer
	b.WriteString(`# Compatibility

Every operation that AWS has published for the four services, and whether
Poolhouse has built it. This file is generated from the server's operation
tables and from the services' models: ` + "`go generate ./internal/server`" + `. A test
fails when it is stale.

An operation that is not built answers ` + "`NotImplementedException`" + ` (in IAM and STS
` + "`NotImplemented`" + `) with HTTP status 501. How the built ones differ from AWS is
in [divergences.md](divergences.md).

Who may call: *signed* operations need a Signature Version 4 by credentials
whose policies allow the call; *the user* sends an access token; the others are
open to *anybody* who knows the ids that they take.

| service | signing name | built | of |
|---|---|---:|---:|
`)
	allBuilt, all := 0, 0
	for _, t := range tables {
		built := countBuilt(t)
		fmt.Fprintf(&b, "| [%s](#%s) | `%s` | %d | %d |\n", services[t.Service.Name], t.Service.Name, t.Service.Name, built, len(t.Operations))
		allBuilt, all = allBuilt+built, all+len(t.Operations)
	}
	fmt.Fprintf(&b, "| all four | | %d | %d |\n", allBuilt, all)
	for _, t := range tables {
		fmt.Fprintf(&b, "\n## %s\n\n%s: %d of %d.\n\n| operation | built | who may call |\n|---|---|---|\n",
			t.Service.Name, services[t.Service.Name], countBuilt(t), len(t.Operations))
		for _, op := range awswire.Operations(t.Service) {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", op.Name, yes(t.Operations[op.Name].Handler != nil), callers[op.Auth])
		}
	}
	return b.Bytes()
}

func countBuilt(t *awswire.Table) (n int) {
	for _, op := range t.Operations {
		if op.Handler != nil {
			n++
		}
	}
	return n
}

func yes(built bool) string {
	if built {
		return "yes"
	}
	return "not yet"
}

// The document's totals are those of the published APIs.
func TestCompatibilityTotals(t *testing.T) {
	t.Parallel()
	doc := string(compatibility(start(t).srv.Tables()))
	for service, total := range map[string]int{"cognito-idp": 140, "cognito-identity": 23, "iam": 180, "sts": 12} {
		section, ok := cutSection(doc, service)
		if rows := strings.Count(section, "\n| ") - 1; !ok || rows != total {
			t.Errorf("%s has %d rows, want %d", service, rows, total)
		}
	}
}

func cutSection(doc, service string) (string, bool) {
	_, rest, ok := strings.Cut(doc, "\n## "+service+"\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	return section, ok
}

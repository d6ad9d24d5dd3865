package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/poolhouse-id/poolhouse/pooltest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"poolhouse": main})
}

// The scripts in testdata/script are the command's tests. Each has a server of
// its own at $SERVER with the root keys of a strict one in the environment, and
// a Secrets Manager.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			srv, err := pooltest.New(t.Context(), pooltest.Strict())
			if err != nil {
				return err
			}
			secrets := httptest.NewServer(http.HandlerFunc(serveSecret))
			e.Defer(func() {
				secrets.Close()
				if err := srv.Close(); err != nil {
					t.Error(err)
				}
			})
			e.Setenv("SERVER", srv.URL)
			e.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.URL)
			e.Setenv("AWS_ACCESS_KEY_ID", srv.Credentials().AccessKeyID)
			e.Setenv("AWS_SECRET_ACCESS_KEY", srv.Credentials().SecretAccessKey)
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			e.Setenv("AWS_MAX_ATTEMPTS", "1")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_DATA_HOME", "")
			return nil
		},
	})
}

// serveSecret is a Secrets Manager with the secrets plain and object, which
// hold a password, and nothing, which holds none.
func serveSecret(w http.ResponseWriter, r *http.Request) {
	secrets := map[string]string{
		"plain":   "From-the-secret-7",
		"object":  `{"password":"From-the-secret-7"}`,
		"nothing": `{"pass":"From-the-secret-7"}`,
	}
	var in struct{ SecretId string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
		http.Error(w, "not GetSecretValue", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	text, ok := secrets[in.SecretId]
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`) //nolint:errcheck // the client went away
		return
	}
	json.NewEncoder(w).Encode(map[string]string{"SecretString": text}) //nolint:errcheck // the client went away
}

// Every flag of serve can be given in the environment, under one prefix, and
// every command and flag says what it is for.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"quickstart", "--help"}, {"keys", "--help"}, {"keys", "rotate", "--help"}, {"version", "--help"}} {
		var out, errOut strings.Builder
		if code := run(args, streams{&out, &errOut}); code != 0 || errOut.Len() != 0 || !strings.Contains(out.String(), "Usage: poolhouse") {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out.String(), errOut.String())
		}
	}
	parser, err := kong.New(&cli{}, kong.Vars{"region": "-", "account": "-", "listen": "-", "data": "-"})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Children {
		if command.Help == "" {
			t.Errorf("%s has no help", command.Name)
		}
		for _, flag := range command.Flags {
			if flag.Help == "" {
				t.Errorf("%s --%s has no help", command.Name, flag.Name)
			}
			if command.Name == "serve" && (len(flag.Envs) != 1 || !strings.HasPrefix(flag.Envs[0], "POOLHOUSE_")) {
				t.Errorf("serve --%s has the variables %v", flag.Name, flag.Envs)
			}
		}
	}
}

// The data directory follows the XDG base directory specification.
func TestDefaultDataDir(t *testing.T) {
	t.Setenv("HOME", "/home/jane")
	for xdg, want := range map[string]string{
		"":          "/home/jane/.local/share/poolhouse",
		"/var/jane": "/var/jane/poolhouse",
		"relative":  "/home/jane/.local/share/poolhouse",
	} {
		t.Setenv("XDG_DATA_HOME", xdg)
		if got := defaultDataDir(); got != want {
			t.Errorf("XDG_DATA_HOME=%q: %s, want %s", xdg, got, want)
		}
	}
	os.Unsetenv("HOME") //nolint:errcheck // restored by t.Setenv
	t.Setenv("XDG_DATA_HOME", "")
	if got := defaultDataDir(); got != "poolhouse-data" {
		t.Errorf("without a home: %s", got)
	}
}

package gotest

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

const (
	email    = "user@example.com"
	password = "Correct-horse-7"
)

func TestServeKeepsDataAcrossRestarts(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serve(t, "--data", data)
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: p.config(), Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if code := p.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
	p = serve(t, "--data", data)
	pool, err := cognitoidentityprovider.NewFromConfig(p.config()).DescribeUserPool(t.Context(),
		&cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &report.UserPoolID})
	if err != nil {
		t.Fatal(err)
	}
	if *pool.UserPool.Name != quickstart.DefaultUserPool {
		t.Errorf("the pool is named %q", *pool.UserPool.Name)
	}
}

func TestQuickstartTwiceAndCleanUp(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", ":memory:")
	env := []string{"EmailAddress=" + email, "password=" + password, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	for range 2 {
		file := filepath.Join(t.TempDir(), "report.json")
		out, errOut, code := runBinary(t, env, "quickstart", "--endpoint", p.url, "--report", file)
		if code != 0 || len(lines(out, "ok")) != 13 {
			t.Fatalf("exit code %d\n%s%s", code, out, errOut)
		}
		if strings.Contains(out+errOut, password) {
			t.Error("the password was printed")
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var report quickstart.Report
		if err := json.Unmarshal(text, &report); err != nil {
			t.Fatal(err)
		}
		want := "arn:aws:sts::123456789012:assumed-role/" + report.RoleName + "/CognitoIdentityCredentials"
		if report.CallerARN != want || report.CallerUserID != report.RoleID+":CognitoIdentityCredentials" {
			t.Errorf("the caller is %s (%s), want %s", report.CallerARN, report.CallerUserID, want)
		}
		if strings.Contains(string(text), password) {
			t.Error("the password is in the report")
		}
		if err := quickstart.Cleanup(t.Context(), p.config(), &report); err != nil {
			t.Error(err)
		}
		if err := quickstart.Cleanup(t.Context(), p.config(), &report); err != nil {
			t.Errorf("a second clean-up: %v", err)
		}
	}
}

func TestQuickstartFailsAndCleansUp(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", ":memory:")
	env := []string{"EmailAddress=" + email, "password=tooshort", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	out, errOut, code := runBinary(t, env, "quickstart", "--endpoint", p.url, "--cleanup")
	if code != 1 || !strings.Contains(errOut, "step 3 of 13, cognito-idp SignUp") || !strings.Contains(errOut, "InvalidPasswordException") {
		t.Errorf("exit code %d\n%s%s", code, out, errOut)
	}
	if !strings.Contains(out, "Cleaned up.") {
		t.Errorf("no clean-up\n%s", out)
	}
	maxResults := int32(60)
	pools, err := cognitoidentityprovider.NewFromConfig(p.config()).ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: &maxResults})
	if err != nil || len(pools.UserPools) != 0 {
		t.Errorf("pools after the clean-up: %v, %v", pools, err)
	}
}

func TestEmbeddedQuickstart(t *testing.T) {
	t.Parallel()
	out, errOut, code := runBinary(t, nil, "quickstart", "--cleanup")
	if code != 0 || !strings.Contains(out, "assumed-role/userpool-authorized-role/CognitoIdentityCredentials") {
		t.Errorf("exit code %d\n%s%s", code, out, errOut)
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serve(t, "--data", data, "--auth", "strict")
	id, secret := rootKey(t, p)
	_, err := sts.NewFromConfig(p.config()).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId")
	out, err := sts.NewFromConfig(configFor(p.url, id, secret, "")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *out.Arn != "arn:aws:iam::123456789012:root" {
		t.Errorf("root key: %v, %v", out, err)
	}
	_, err = sts.NewFromConfig(configFor(p.url, id, "wrong", "")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "SignatureDoesNotMatch")
	for _, path := range []string{"inbox", "clock"} {
		if res, err := http.Get(p.url + "/_poolhouse/" + path); err != nil || res.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers in production: %v, %v", path, res.StatusCode, err)
		}
	}
	p.stop(t)
	p = serve(t, "--data", data, "--auth", "strict")
	if strings.Contains(p.log.String(), "AWS_SECRET_ACCESS_KEY=") {
		t.Error("the root key is printed at the second start too")
	}
	if _, err := sts.NewFromConfig(configFor(p.url, id, secret, "")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
}

// rootKey reads the root key that the first start prints.
func rootKey(t *testing.T, p *process) (id, secret string) {
	t.Helper()
	return p.printed(t, "  AWS_ACCESS_KEY_ID="), p.printed(t, "  AWS_SECRET_ACCESS_KEY=")
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestServeRefusesToStart(t *testing.T) {
	t.Parallel()
	taken := serve(t, "--data", ":memory:")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := t.TempDir()
	serve(t, "--data", sealed).stop(t)
	if err := os.Remove(filepath.Join(sealed, store.MasterKeyFile)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a taken port":               {[]string{"--data", ":memory:", "--listen", taken.addr}, "is in use"},
		"all interfaces, not strict": {[]string{"--data", ":memory:", "--listen", "0.0.0.0:0"}, "--auth=strict"},
		"a file as data directory":   {[]string{"--data", file, "--listen", "127.0.0.1:0"}, "data directory"},
		"a missing master key":       {[]string{"--data", sealed, "--listen", "127.0.0.1:0"}, "master key is missing"},
		"a wrong master key":         {[]string{"--data", sealed, "--listen", "127.0.0.1:0", "--master-key", strings.Repeat("0123456789abcdef", 4)}, "master key is not the one"},
		"a bad account":              {[]string{"--account", "1"}, "12 digits"},
		"a bad region":               {[]string{"--region", "nowhere"}, "not a region"},
		"a bad public URL":           {[]string{"--public-url", "localhost:1"}, "not an http or https URL"},
		"an unknown auth mode":       {[]string{"--auth", "none"}, "--auth"},
		"half a root key":            {[]string{"--root-access-key-id", "AKIA"}, "both"},
		"an unreachable PostgreSQL":  {[]string{"--data", t.TempDir(), "--listen", "127.0.0.1:0", "--database", "postgres://x@127.0.0.1:1/x?connect_timeout=1"}, "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errOut, code := runBinary(t, nil, append([]string{"serve"}, c.args...)...)
			if code == 0 || !strings.Contains(errOut, c.want) {
				t.Errorf("exit code %d, want %q in\n%s%s", code, c.want, out, errOut)
			}
			if strings.Contains(errOut, "goroutine") {
				t.Errorf("a stack trace:\n%s", errOut)
			}
		})
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serve(t, "--data", data)
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: p.config(), Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{{nil, "Sealed "}, {[]string{"--master"}, "Replaced the master key"}, {nil, "Sealed "}} {
		out, errOut, code := runBinary(t, nil, append([]string{"keys", "rotate", "--data", data}, c.args...)...)
		if code != 0 || !strings.Contains(out, c.want) || strings.Contains(out, "Sealed 0 ") {
			t.Fatalf("exit code %d\n%s%s", code, out, errOut)
		}
		signIn(t, p, report) // beside the running server
		p.stop(t)
		p = serve(t, "--data", data)
		signIn(t, p, report)
	}
	if _, errOut, code := runBinary(t, nil, "keys", "rotate", "--data", t.TempDir()); code == 0 || !strings.Contains(errOut, "no database") {
		t.Errorf("rotation of nothing: %d %s", code, errOut)
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	out, _, code := runBinary(t, nil, "version")
	if code != 0 || !strings.HasPrefix(out, "poolhouse ") {
		t.Errorf("version: %d %s", code, out)
	}
	out, _, code = runBinary(t, nil, "serve", "--help")
	if code != 0 {
		t.Errorf("help: exit code %d", code)
	}
	for _, flag := range []string{"LISTEN", "DATA", "DATABASE", "AUTH", "ISSUER", "PUBLIC_URL", "REGION", "ACCOUNT"} {
		if !strings.Contains(out, "$POOLHOUSE_"+flag) {
			t.Errorf("the help does not name POOLHOUSE_%s", flag)
		}
	}
}

func TestPostgresServer(t *testing.T) {
	t.Parallel()
	p := serve(t, "--database", storetest.Postgres(t), "--data", t.TempDir())
	if _, err := quickstart.Run(t.Context(), quickstart.Config{AWS: p.config(), Email: email, Password: password}); err != nil {
		t.Fatal(err)
	}
}

package gotest

import (
	"encoding/json"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

// Behind a proxy that does TLS and keeps Host, signatures verify, the public
// URL is the issuer, and policies see the client's address and that the call
// was secure.
func TestBehindTLSProxy(t *testing.T) {
	t.Parallel()
	var target *url.URL
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
		r.Out.Header.Set("X-Forwarded-For", "203.0.113.9")
	}})
	defer proxy.Close()
	p := serve(t, "--data", ":memory:", "--auth", "strict", "--trust-proxy", "--public-url", proxy.URL)
	target, _ = url.Parse(p.url)
	id, secret := rootKey(t, p)
	cfg := configFor(proxy.URL, id, secret, "")
	cfg.HTTPClient = proxy.Client()
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: cfg, Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	res, err := proxy.Client().Get(proxy.URL + "/" + report.UserPoolID + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var discovery struct{ Issuer string }
	if err := json.NewDecoder(res.Body).Decode(&discovery); err != nil || discovery.Issuer != proxy.URL+"/"+report.UserPoolID {
		t.Errorf("the issuer is %s, %v", discovery.Issuer, err)
	}
	checkConditions(t, cfg, p)
}

// checkConditions makes a user who may list roles only over TLS and from the
// address that the proxy reports.
func checkConditions(t *testing.T, cfg aws.Config, p *process) {
	t.Helper()
	api := iam.NewFromConfig(cfg)
	if _, err := api.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("jane")}); err != nil {
		t.Fatal(err)
	}
	_, err := api.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: aws.String("jane"), PolicyName: aws.String("roles"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*",` +
			`"Condition":{"Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":"203.0.113.9/32"}}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := api.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("jane")})
	if err != nil {
		t.Fatal(err)
	}
	jane := configFor(*cfg.BaseEndpoint, *key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
	jane.HTTPClient = cfg.HTTPClient
	if _, err := iam.NewFromConfig(jane).ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil {
		t.Errorf("through the proxy: %v", err)
	}
	jane.BaseEndpoint, jane.HTTPClient = aws.String(p.url), nil
	_, err = iam.NewFromConfig(jane).ListRoles(t.Context(), &iam.ListRolesInput{})
	wantCode(t, err, "AccessDenied")
}

// A server on a copy of the database, with the master key, goes on: both with
// a copy that sqlite3 makes of a running server's and with that of the files of
// a stopped one.
func TestBackups(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serve(t, "--data", data)
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: p.config(), Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	copies := []string{}
	if sqlite, err := exec.LookPath("sqlite3"); err == nil {
		running := t.TempDir()
		out, err := exec.CommandContext(t.Context(), sqlite, filepath.Join(data, store.DatabaseFile), ".backup "+filepath.Join(running, store.DatabaseFile)).CombinedOutput()
		if err != nil {
			t.Fatalf("sqlite3: %v\n%s", err, out)
		}
		copyFile(t, filepath.Join(data, store.MasterKeyFile), running)
		copies = append(copies, running)
	}
	p.stop(t)
	stopped := t.TempDir()
	files, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Type().IsRegular() {
			copyFile(t, filepath.Join(data, f.Name()), stopped)
		}
	}
	for _, dir := range append(copies, stopped) {
		signIn(t, serve(t, "--data", dir), report)
	}
}

func copyFile(t *testing.T, file, dir string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, filepath.Base(file)), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The master key and the root key of the environment are taken, and no secret
// of it is shown.
func TestKeysFromTheEnvironment(t *testing.T) {
	t.Parallel()
	const master, secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "0123456789abcdefghijKLMNOPQRSTUVWXYZ/+AB"
	data := t.TempDir()
	env := []string{"POOLHOUSE_MASTER_KEY=" + master, "POOLHOUSE_ROOT_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "POOLHOUSE_ROOT_SECRET_ACCESS_KEY=" + secret}
	p := serveIn(t, env, "--data", data, "--auth=strict")
	out, err := sts.NewFromConfig(configFor(p.url, "AKIAIOSFODNN7EXAMPLE", secret, "")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *out.Arn != "arn:aws:iam::123456789012:root" {
		t.Errorf("as root: %v, %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(data, store.MasterKeyFile)); !os.IsNotExist(err) {
		t.Errorf("a master key file was made: %v", err)
	}
	if text := p.log.String(); strings.Contains(text, master) || strings.Contains(text, secret) {
		t.Errorf("a secret is shown:\n%s", text)
	}
}

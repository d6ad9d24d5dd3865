// Package browsertest runs the tests of browsers, which are in the .mjs files
// beside it, against a server that it starts.
package browsertest

import (
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/pooltest"
)

const password = "Correct-horse-7"

// pool is what the tests get to know of a pool.
type pool struct {
	PoolID   string `json:"poolId"`
	ClientID string `json:"clientId"`
}

// TestBrowsers fails with Node's own report.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	node, chromium := findBrowser(t)
	files, err := filepath.Glob("*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	// Refusals are expected; only what is wrong with the server is of interest.
	srv := pooltest.Start(t, pooltest.Log(slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))))
	pools, err := json.Marshal(map[string]pool{
		"preferred": passkeyPool(t, srv, types.UserVerificationTypePreferred), "required": passkeyPool(t, srv, types.UserVerificationTypeRequired),
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{"--test", "--test-reporter=spec"}, files...)...)
	cmd.Env = append(os.Environ(), "POOLHOUSE_ENDPOINT="+srv.URL, "POOLHOUSE_POOLS="+string(pools), "POOLHOUSE_PASSWORD="+password, "CHROMIUM="+chromium)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node --test: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// passkeyPool is a pool with the users jane, joe and ann, whose passkeys are
// for localhost.
func passkeyPool(t *testing.T, srv *pooltest.Server, verification types.UserVerificationType) pool {
	t.Helper()
	made := srv.MustSeed(t, pooltest.Pool{
		Settings: cognitoidentityprovider.CreateUserPoolInput{Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{
			AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		}}},
		Clients: []pooltest.Client{{Name: "web", Settings: cognitoidentityprovider.CreateUserPoolClientInput{
			ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
				types.ExplicitAuthFlowsTypeAllowUserAuth, types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
				types.ExplicitAuthFlowsTypeAllowUserSrpAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
			},
		}}},
		Users: []pooltest.User{{Username: "jane", Password: password}, {Username: "joe", Password: password}, {Username: "ann", Password: password}},
	})
	_, err := cognitoidentityprovider.NewFromConfig(srv.Config()).SetUserPoolMfaConfig(t.Context(), &cognitoidentityprovider.SetUserPoolMfaConfigInput{
		UserPoolId:            &made.ID,
		WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("localhost"), UserVerification: verification},
	})
	if err != nil {
		t.Fatal(err)
	}
	return pool{made.ID, made.Clients["web"].ID}
}

// findBrowser skips the test where something is missing, and fails it where
// CI=true.
func findBrowser(t *testing.T) (node, chromium string) {
	t.Helper()
	lack := t.Skipf
	if os.Getenv("CI") == "true" {
		lack = t.Fatalf
	}
	node, err := exec.LookPath("node")
	if err != nil {
		lack("SKIPPED the browser: Node.js is not installed (test/install)")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if chromium, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if chromium == "" {
		lack("SKIPPED the browser: Chromium is not installed (test/install)")
	}
	if _, err := os.Stat("node_modules/.package-lock.json"); err != nil {
		lack("SKIPPED the browser: its packages are not installed (test/install, or npm ci in test/browser)")
	}
	return node, chromium
}

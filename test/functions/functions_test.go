// Package functionstest tests triggers of user pools from the SDK's call to the
// Lambda function and back: functions in Go and Node.js, as processes.
package functionstest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/pooltest"
)

const (
	password = "Correct-horse-7"
	keyARN   = "arn:aws:kms:us-east-1:123456789012:key/8a23102c-9b68-4fed-82ce-523c5363539e"
)

// function is the ARN of the function with the name.
func function(name string) *string {
	return aws.String("arn:aws:lambda:us-east-1:123456789012:function:" + name)
}

// lack skips a test for what is missing, and fails it where CI=true.
func lack(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf("SKIPPED: "+format, args...)
}

var bootstrap = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "functionstest")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bootstrap")
	out, err := exec.Command("go", "build", "-o", path, "./bootstrap").CombinedOutput()
	if err != nil {
		return path, errors.New(string(out))
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, _ := bootstrap(); path != "" {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// world is a server with a pool whose functions are processes.
type world struct {
	*cognito.Client
	t              *testing.T
	server         *pooltest.Server
	pool, client   string
	events, outbox string
}

// newWorld starts a server with the functions go, node, slow (node too) and
// sender, and a pool with the triggers.
func newWorld(t *testing.T, triggers *types.LambdaConfigType, change ...func(*cognito.CreateUserPoolInput)) *world {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		lack(t, "Node.js is not installed (test/install)")
	}
	program, err := bootstrap()
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w := &world{t: t, events: filepath.Join(dir, "events"), outbox: filepath.Join(dir, "outbox")}
	file := filepath.Join(dir, "functions.yaml")
	node := fmt.Sprintf("runtime: nodejs, dir: %q, env: {EVENTS: %q, OUTBOX: %q, KEY_ARN: %q}", here, w.events, w.outbox, keyARN)
	if err := os.WriteFile(file, fmt.Appendf(nil, `functions:
  - {arn: %q, command: [%q], env: {EVENTS: %q}, timeout: 60s}
  - {name: node, %s, handler: triggers.handler, timeout: 60s}
  - {name: slow, %s, handler: triggers.handler, timeout: 500ms}
`, *function("go"), program, w.events, node, node), 0o600); err != nil {
		t.Fatal(err)
	}
	if triggers.CustomEmailSender != nil {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fmt.Fprintf(f, "  - {name: sender, %s, handler: sender.handler, timeout: 60s}\n", node)
	}
	w.server = pooltest.Start(t, pooltest.FunctionsFile(file))
	w.Client = cognito.NewFromConfig(w.server.Config())
	settings := cognito.CreateUserPoolInput{LambdaConfig: triggers, AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}}
	for _, c := range change {
		c(&settings)
	}
	pool := w.server.MustSeed(t, pooltest.Pool{Settings: settings, Clients: []pooltest.Client{{Name: "web", Settings: cognito.CreateUserPoolClientInput{
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		},
	}}}})
	w.pool, w.client = pool.ID, pool.Clients["web"].ID
	return w
}

func (w *world) signUp(name string, metadata map[string]string) (*cognito.SignUpOutput, error) {
	return w.SignUp(w.t.Context(), &cognito.SignUpInput{
		ClientId: &w.client, Username: &name, Password: aws.String(password), ClientMetadata: metadata,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(name + "@example.com")}},
	})
}

func (w *world) signIn(name, password string, metadata map[string]string) (*cognito.InitiateAuthOutput, error) {
	return w.InitiateAuth(w.t.Context(), &cognito.InitiateAuthInput{
		ClientId: &w.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientMetadata: metadata,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
}

// addUser adds a confirmed user by the administrator.
func (w *world) addUser(name string) {
	w.t.Helper()
	_, err := w.AdminCreateUser(w.t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: &w.pool, Username: &name, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(name + "@example.com")}, {Name: aws.String("email_verified"), Value: aws.String("true")}},
	})
	if err == nil {
		_, err = w.AdminSetUserPassword(w.t.Context(), &cognito.AdminSetUserPasswordInput{UserPoolId: &w.pool, Username: &name, Password: aws.String(password), Permanent: true})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// seen are the lines that functions wrote, of which it removes those that
// do not begin with the prefix.
func (w *world) seen(prefix string) []string {
	w.t.Helper()
	b, err := os.ReadFile(w.events)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(string(b)), "\n"), func(line string) bool { return line == "" || !strings.HasPrefix(line, prefix) })
}

func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.HasPrefix(api.ErrorMessage(), text) {
		t.Errorf("error %v, want %s: %s", err, code, text)
	}
}

// claims are a token's.
func claims(t *testing.T, token *string) map[string]any {
	t.Helper()
	parts := strings.Split(aws.ToString(token), ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %v", parts)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

package gotest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// signUpWith signs up a user of a new pool that has the settings.
func signUpWith(t *testing.T, p *process, settings *cognitoidentityprovider.CreateUserPoolInput) (*cognitoidentityprovider.SignUpOutput, error) {
	t.Helper()
	users := cognitoidentityprovider.NewFromConfig(p.config())
	settings.PoolName = aws.String("p")
	pool, err := users.CreateUserPool(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	client, err := users.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{UserPoolId: pool.UserPool.Id, ClientName: aws.String("c")})
	if err != nil {
		t.Fatal(err)
	}
	return users.SignUp(t.Context(), &cognitoidentityprovider.SignUpInput{
		ClientId: client.UserPoolClient.ClientId, Username: aws.String("jane"), Password: aws.String(password),
		UserAttributes: []types.AttributeType{{Name: aws.String("phone_number"), Value: aws.String("+15555550100")}},
	})
}

func preSignUp(name string) *cognitoidentityprovider.CreateUserPoolInput {
	return &cognitoidentityprovider.CreateUserPoolInput{LambdaConfig: &types.LambdaConfigType{
		PreSignUp: aws.String("arn:aws:lambda:" + region + ":123456789012:function:" + name),
	}}
}

// A Lambda API runs what the functions file does not have.
func TestServeFunctions(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"node", "python3"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED the functions: %s is not installed", program)
		}
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "function:remote/invocations") || !strings.Contains(r.Header.Get("Authorization"), "/"+region+"/lambda/") {
			w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
			w.WriteHeader(http.StatusNotFound)
			return
		}
		event, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprint(w, strings.Replace(string(event), `"autoConfirmUser":false`, `"autoConfirmUser":true`, 1))
	}))
	t.Cleanup(api.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"node.mjs": `export const handler = async (event) => { event.response.autoConfirmUser = true; console.log('in Node.js'); return event; };`,
		"python.py": `def handler(event, context):
    raise Exception("not from " + event["region"])
`,
		"functions.yaml": `functions:
  - {name: node, runtime: nodejs, handler: node.handler, timeout: 60s}
  - {name: python, runtime: python, handler: python.handler, timeout: 60s}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := serve(t, "--data", ":memory:", "--functions", filepath.Join(dir, "functions.yaml"), "--lambda-endpoint", api.URL)
	// Interpreters may take long on a machine with much to do.
	for deadline := time.Now().Add(2 * time.Minute); strings.Count(p.log.String(), "a function is ready") < 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the functions are not ready:\n%s", p.log)
		}
	}
	for _, name := range []string{"node", "remote"} {
		if out, err := signUpWith(t, p, preSignUp(name)); err != nil || !out.UserConfirmed {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
	_, err := signUpWith(t, p, preSignUp("python"))
	wantCode(t, err, "UserLambdaValidationException")
	if err != nil && !strings.HasSuffix(err.Error(), "PreSignUp failed with error not from "+region+".") {
		t.Error(err)
	}
	_, err = signUpWith(t, p, preSignUp("neither"))
	wantCode(t, err, "UnexpectedLambdaException")
	if !strings.Contains(p.log.String(), "in Node.js") {
		t.Error("what a function prints is not in the log")
	}
	if code := p.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
}

func TestServeSMS(t *testing.T) {
	t.Parallel()
	posted := make(chan string, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		posted <- r.Header.Get("Poolhouse-Signature") + string(b)
	}))
	t.Cleanup(hook.Close)
	p := serve(t, "--data", ":memory:", "--sms-webhook", hook.URL, "--sms-webhook-secret", "s3cret")
	if _, err := signUpWith(t, p, &cognitoidentityprovider.CreateUserPoolInput{
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypePhoneNumber},
		SmsConfiguration:       &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms")},
	}); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-posted:
		if !strings.HasPrefix(got, "v1=") || !strings.Contains(got, `"destination":"+15555550100"`) {
			t.Errorf("posted %s", got)
		}
	case <-time.After(time.Minute):
		t.Errorf("nothing was posted\n%s", p.log)
	}
	if strings.Contains(p.log.String(), "s3cret") {
		t.Error("the secret is in the log")
	}
}

func TestServeRefusesFunctionFlags(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "functions.yaml")
	if err := os.WriteFile(bad, []byte("functions: [{name: f}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--functions: " + bad + ": function 1 (f)": {"--functions", bad},
		"--functions: open ":                       {"--functions", bad + ".missing"},
		"--lambda-endpoint: ":                      {"--lambda-endpoint", "localhost:3001"},
		"--kms-endpoint: ":                         {"--kms-endpoint", "ftp://x"},
		"--sms-sns-endpoint: ":                     {"--sms-sns-endpoint", "sns"},
		"--sms-webhook: ":                          {"--sms-webhook", "nowhere"},
		"--sms-webhook-secret needs":               {"--sms-webhook-secret", "s"},
		"either by --sms-webhook or by":            {"--sms-webhook", "http://localhost:1", "--sms-sns-endpoint", "http://localhost:2"},
	} {
		_, errOut, code := runBinary(t, nil, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", ":memory:"}, args...)...)
		if code == 0 || !strings.Contains(errOut, want) {
			t.Errorf("%v: exit code %d, want %q\n%s", args, code, want, errOut)
		}
	}
}

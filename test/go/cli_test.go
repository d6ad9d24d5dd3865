package gotest

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// awsCLI runs the aws CLI against the server and decodes its JSON answer.
type awsCLI struct {
	t   *testing.T
	env []string
}

func newAWSCLI(t *testing.T, url string) *awsCLI {
	t.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the aws CLI is not installed")
		}
		t.Skip("SKIPPED: the aws CLI is not installed")
	}
	return &awsCLI{t, append(os.Environ(), "AWS_ENDPOINT_URL="+url, "AWS_DEFAULT_REGION="+region, "AWS_REGION="+region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=", "AWS_PAGER=",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1")}
}

func (c *awsCLI) with(env ...string) *awsCLI { return &awsCLI{c.t, append(c.env, env...)} }

// run returns the answer, or fails the test.
func (c *awsCLI) run(args ...string) map[string]any {
	c.t.Helper()
	out, err := c.try(args...)
	if err != "" {
		c.t.Fatalf("aws %s: %s", strings.Join(args, " "), err)
	}
	return out
}

// try returns the answer or what the CLI wrote to standard error.
func (c *awsCLI) try(args ...string) (answer map[string]any, stderr string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "aws", append(args, "--output", "json")...)
	cmd.Env = c.env
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return nil, errOut.String()
	}
	if out.Len() > 0 {
		if err := json.Unmarshal([]byte(out.String()), &answer); err != nil {
			c.t.Fatalf("%v in %s", err, out.String())
		}
	}
	return answer, ""
}

// at walks into an answer.
func at(v any, path ...string) string {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[p]
	}
	s, _ := v.(string)
	return s
}

func TestChainByCLI(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", ":memory:")
	cli := newAWSCLI(t, p.url)

	pool := cli.run("cognito-idp", "create-user-pool", "--pool-name", "test", "--username-attributes", "email", "--auto-verified-attributes", "email")
	poolID := at(pool, "UserPool", "Id")
	client := cli.run("cognito-idp", "create-user-pool-client", "--user-pool-id", poolID, "--client-name", "test", "--explicit-auth-flows",
		"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH")
	clientID := at(client, "UserPoolClient", "ClientId")
	cli.run("cognito-idp", "sign-up", "--client-id", clientID, "--username", email, "--password", password, "--user-attributes", "Name=email,Value="+email)
	cli.run("cognito-idp", "admin-confirm-sign-up", "--user-pool-id", poolID, "--username", email)
	provider := "cognito-idp." + region + ".amazonaws.com/" + poolID
	identityPool := cli.run("cognito-identity", "create-identity-pool", "--identity-pool-name", "test", "--no-allow-unauthenticated-identities",
		"--allow-classic-flow", "--cognito-identity-providers", "ProviderName="+provider+",ClientId="+clientID+",ServerSideTokenCheck=false")
	identityPoolID := at(identityPool, "IdentityPoolId")
	policy := cli.run("iam", "create-policy", "--policy-name", "userpool-authorized-policy", "--path", "/service-role/",
		"--policy-document", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	role := cli.run("iam", "create-role", "--role-name", "userpool-authorized-role", "--path", "/service-role/", "--assume-role-policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity",`+
			`"Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"`+identityPoolID+`"},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}}]}`)
	cli.run("iam", "attach-role-policy", "--role-name", "userpool-authorized-role", "--policy-arn", at(policy, "Policy", "Arn"))
	cli.run("cognito-identity", "set-identity-pool-roles", "--identity-pool-id", identityPoolID, "--roles", "authenticated="+at(role, "Role", "Arn"))
	auth := cli.run("cognito-idp", "admin-initiate-auth", "--user-pool-id", poolID, "--client-id", clientID, "--auth-flow", "ADMIN_USER_PASSWORD_AUTH",
		"--auth-parameters", "USERNAME="+email+",PASSWORD="+password)
	logins := provider + "=" + at(auth, "AuthenticationResult", "IdToken")
	id := cli.run("cognito-identity", "get-id", "--identity-pool-id", identityPoolID, "--logins", logins)
	credentials := cli.run("cognito-identity", "get-credentials-for-identity", "--identity-id", at(id, "IdentityId"), "--logins", logins)
	session := cli.with("AWS_ACCESS_KEY_ID="+at(credentials, "Credentials", "AccessKeyId"),
		"AWS_SECRET_ACCESS_KEY="+at(credentials, "Credentials", "SecretKey"), "AWS_SESSION_TOKEN="+at(credentials, "Credentials", "SessionToken"))
	caller := session.run("sts", "get-caller-identity")
	if got, want := at(caller, "Arn"), "arn:aws:sts::123456789012:assumed-role/userpool-authorized-role/CognitoIdentityCredentials"; got != want {
		t.Errorf("the caller is %s, want %s", got, want)
	}
	if got, want := at(caller, "UserId"), at(role, "Role", "RoleId")+":CognitoIdentityCredentials"; got != want {
		t.Errorf("the user id is %s, want %s", got, want)
	}

	_, refused := cli.try("cognito-idp", "admin-initiate-auth", "--user-pool-id", poolID, "--client-id", clientID, "--auth-flow", "ADMIN_USER_PASSWORD_AUTH",
		"--auth-parameters", "USERNAME="+email+",PASSWORD=Wrong-horse-7")
	if !strings.Contains(refused, "(NotAuthorizedException)") || !strings.Contains(refused, "Incorrect username or password.") {
		t.Errorf("wrong password: %s", refused)
	}
	_, refused = session.with("AWS_SECRET_ACCESS_KEY=wrong").try("sts", "get-caller-identity")
	if !strings.Contains(refused, "(SignatureDoesNotMatch)") {
		t.Errorf("wrong secret: %s", refused)
	}
}

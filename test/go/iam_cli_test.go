package gotest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What botocore and the aws CLI make of IAM and STS: encodings of lists and
// documents, shorthand, empty lists, times, paging by tokens of their own,
// waiters, and input from files.
func TestIAMByCLI(t *testing.T) {
	t.Parallel()
	policies := filepath.Join(t.TempDir(), "managed.json")
	if err := os.WriteFile(policies, []byte(`[{"Name":"OursToo","Document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serve(t, "--data", ":memory:", "--managed-policies", policies)
	cli := newAWSCLI(t, p.url)
	const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`

	// Tags in shorthand and as JSON; documents come back decoded.
	role := cli.run("iam", "create-role", "--role-name", "deploy", "--assume-role-policy-document", trust, "--tags", "Key=team,Value=red", "Key=empty,Value=", "--max-session-duration", "7200")
	if at(role, "Role", "AssumeRolePolicyDocument", "Version") != "2012-10-17" {
		t.Errorf("%v", role)
	}
	if _, err := time.Parse(time.RFC3339, at(role, "Role", "CreateDate")); err != nil {
		t.Error(err)
	}
	if tags := list(cli.run("iam", "list-role-tags", "--role-name", "deploy"), "Tags"); len(tags) != 2 || at(tags[0], "Value")+at(tags[1], "Value") != "red" {
		t.Errorf("%v", tags)
	}
	// What is empty is there, as an empty list.
	if attached := cli.run("iam", "list-attached-role-policies", "--role-name", "deploy"); attached["AttachedPolicies"] == nil || len(list(attached, "AttachedPolicies")) != 0 {
		t.Errorf("%v", attached)
	}
	if arn := at(cli.run("iam", "get-policy", "--policy-arn", "arn:aws:iam::aws:policy/OursToo"), "Policy", "Arn"); arn != "arn:aws:iam::aws:policy/OursToo" {
		t.Error(arn)
	}

	// Input from a file.
	input := filepath.Join(t.TempDir(), "input.json")
	if err := os.WriteFile(input, []byte(`{"UserName":"ann","Path":"/a b/","Tags":[{"Key":"k&=+ ","Value":"ü"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cli.try("iam", "create-user", "--cli-input-json", "file://"+input); !strings.Contains(err, "ValidationError") {
		t.Errorf("a path with a space: %s", err)
	}
	if err := os.WriteFile(input, []byte(`{"UserName":"ann","Path":"/a/","Tags":[{"Key":"k=+ ","Value":"ü"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	user := cli.run("iam", "create-user", "--cli-input-json", "file://"+input)
	if tags, _ := user["User"].(map[string]any); len(list(tags, "Tags")) != 1 || at(list(tags, "Tags")[0], "Key") != "k=+ " || at(list(tags, "Tags")[0], "Value") != "ü" {
		t.Errorf("%v", user)
	}
	cli.run("iam", "create-user", "--user-name", "bob")
	cli.run("iam", "create-user", "--user-name", "cat")

	// The CLI pages by itself, and goes on from a token.
	if all := list(cli.run("iam", "list-users", "--page-size", "1"), "Users"); len(all) != 3 {
		t.Errorf("%d users", len(all))
	}
	first := cli.run("iam", "list-users", "--max-items", "2")
	token := at(first, "NextToken")
	rest := cli.run("iam", "list-users", "--starting-token", token)
	if len(list(first, "Users")) != 2 || token == "" || len(list(rest, "Users")) != 1 || at(list(rest, "Users")[0], "UserName") != "cat" {
		t.Errorf("%v\n%v", first, rest)
	}

	// Waiters know what is there.
	cli.run("iam", "wait", "role-exists", "--role-name", "deploy")

	// Lists of structures and of texts, and a session's credentials.
	key := cli.run("iam", "create-access-key", "--user-name", "ann")
	cli.run("iam", "put-user-policy", "--user-name", "ann", "--policy-name", "p", "--policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}]}`)
	cli.run("iam", "attach-role-policy", "--role-name", "deploy", "--policy-arn", "arn:aws:iam::aws:policy/AdministratorAccess")
	ann := cli.with("AWS_ACCESS_KEY_ID="+at(key, "AccessKey", "AccessKeyId"), "AWS_SECRET_ACCESS_KEY="+at(key, "AccessKey", "SecretAccessKey"))
	session := ann.run("sts", "assume-role", "--role-arn", at(role, "Role", "Arn"), "--role-session-name", "ci", "--tags", "Key=job,Value=7", "--transitive-tag-keys", "job",
		"--policy-arns", "arn=arn:aws:iam::aws:policy/IAMReadOnlyAccess", "arn=arn:aws:iam::aws:policy/AmazonCognitoReadOnly", "--duration-seconds", "900")
	if _, err := time.Parse(time.RFC3339, at(session, "Credentials", "Expiration")); err != nil {
		t.Error(err)
	}
	ci := cli.with("AWS_ACCESS_KEY_ID="+at(session, "Credentials", "AccessKeyId"), "AWS_SECRET_ACCESS_KEY="+at(session, "Credentials", "SecretAccessKey"),
		"AWS_SESSION_TOKEN="+at(session, "Credentials", "SessionToken"))
	if names := list(ci.run("iam", "simulate-principal-policy", "--policy-source-arn", at(role, "Role", "Arn"), "--action-names", "s3:GetObject", "iam:GetUser",
		"--context-entries", "ContextKeyName=aws:SourceIp,ContextKeyValues=192.0.2.1,ContextKeyType=ip"), "EvaluationResults"); len(names) != 2 || at(names[1], "EvalDecision") != "allowed" {
		t.Errorf("%v", names)
	}
	if _, err := ci.try("iam", "delete-user", "--user-name", "bob"); !strings.Contains(err, "(AccessDenied)") || !strings.Contains(err, "because no session policy allows the iam:DeleteUser action") {
		t.Error(err)
	}
}

// list returns a member that is a list.
func list(v map[string]any, name string) []any {
	items, _ := v[name].([]any)
	return items
}

package sts_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	stsapi "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
)

func (f *fixture) scope(pr awswire.Principal, in *newops.GetScopedCredentialsInput) (*newops.GetScopedCredentialsOutput, error) {
	return f.GetScopedCredentials(f.calling(pr, "GetScopedCredentials"), in)
}

// may tells whether IAM lets the holder of credentials do something.
func (f *fixture) may(pr awswire.Principal, action, resource string) error {
	service, operation, _ := strings.Cut(action, ":")
	call := &awswire.Call{Service: service, Operation: operation, Account: pr.Account, Region: "us-east-1", Principal: pr, Time: f.clock.Now()}
	return f.iam.Authorize(context.Background(), call, []awswire.Access{{Action: action, Resource: resource}})
}

func allow(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

// working is the session of a role that may do everything, with tags and a
// source identity.
func (f *fixture) working() awswire.Principal {
	f.t.Helper()
	alice := f.user(account, "alice", mayAssume)
	arn := *f.role(account, "work", trustAWS(account, assumeAll, "")).Arn
	must(f.iam.PutRolePolicy(admin(account), &iamapi.PutRolePolicyInput{RoleName: p("work"), PolicyName: p("all"), PolicyDocument: p(allowAll)}))(f.t)
	return f.open(must(f.assume(alice, arn, func(in *stsapi.AssumeRoleInput) {
		in.Tags, in.SourceIdentity = []types.Tag{{Key: p("Team"), Value: p("red")}}, p("alice")
	}))(f.t).Credentials)
}

func TestScopedCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	whole := f.working()
	began := f.clock.Now()
	f.clock.Advance(10 * time.Minute)
	out := must(f.scope(whole, &newops.GetScopedCredentialsInput{Policy: p(allow("cognito-idp:List*"))}))(t)
	if !out.Credentials.Expiration.Equal(began.Add(time.Hour)) || *out.SessionInfo.Arn != whole.ARN || *out.SessionInfo.ScopedSessionId != whole.UserID ||
		*out.ScopedPoliciesCount != 1 || *out.SourceIdentity != "alice" || int(*out.SessionTokenSize) != len(*out.Credentials.SessionToken) ||
		*out.SessionTokenUtilization != (*out.SessionTokenSize*100+4095)/4096 {
		t.Errorf("%+v", out)
	}
	first := f.open(out.Credentials)
	if first.ARN != whole.ARN || first.UserID != whole.UserID || first.SessionTags["Team"] != "red" || !first.IssuedAt.Equal(began) || first.AccessKeyID == whole.AccessKeyID {
		t.Errorf("%+v", first)
	}
	because := func(action string) string {
		return "User: " + whole.ARN + " is not authorized to perform: " + action + " on resource: * because no session policy allows the " + action + " action"
	}
	if err := f.may(whole, "cognito-idp:CreateUserPool", "*"); err != nil {
		t.Error(err)
	}
	if err := f.may(first, "cognito-idp:ListUserPools", "*"); err != nil {
		t.Error(err)
	}
	refused(t, f.may(first, "cognito-idp:CreateUserPool", "*"), "AccessDeniedException", because("cognito-idp:CreateUserPool"))

	// A second policy takes away what the first allowed, and gives nothing back.
	second := f.open(must(f.scope(first, &newops.GetScopedCredentialsInput{
		Policy:          p(strings.Replace(allow("cognito-idp:ListUserPools"), `"cognito-idp:ListUserPools"`, `["cognito-idp:ListUserPools","cognito-idp:CreateUserPool"]`, 1)),
		DurationSeconds: p[int32](60),
	}))(t).Credentials)
	if err := f.may(second, "cognito-idp:ListUserPools", "*"); err != nil {
		t.Error(err)
	}
	refused(t, f.may(second, "cognito-idp:CreateUserPool", "*"), "AccessDeniedException", because("cognito-idp:CreateUserPool"))
	refused(t, f.may(second, "cognito-idp:ListUsers", "*"), "AccessDeniedException", because("cognito-idp:ListUsers"))
	if !second.ExpiresAt.Equal(f.clock.Now().Add(time.Minute)) {
		t.Errorf("ends %v", second.ExpiresAt)
	}
	denied := f.open(must(f.scope(second, &newops.GetScopedCredentialsInput{Policy: p(strings.Replace(allow("*"), "Allow", "Deny", 1))}))(t).Credentials)
	refused(t, f.may(denied, "cognito-idp:ListUserPools", "*"), "AccessDeniedException",
		"User: "+whole.ARN+" is not authorized to perform: cognito-idp:ListUserPools on resource: * with an explicit deny in a session policy")

	// Three policies are the most; a shorter time is possible still.
	_, err := f.scope(denied, &newops.GetScopedCredentialsInput{Policy: p(allowAll)})
	refused(t, err, "AccessDenied", "A session cannot have more than 3 scope down policies.")
	out = must(f.scope(denied, &newops.GetScopedCredentialsInput{DurationSeconds: p[int32](1)}))(t)
	if *out.ScopedPoliciesCount != 3 {
		t.Errorf("%+v", out)
	}
	f.clock.Advance(time.Second)
	if _, _, err := f.OpenSession(context.Background(), *out.Credentials.AccessKeyId, *out.Credentials.SessionToken); !errors.Is(err, sigv4.ErrTokenExpired) {
		t.Errorf("error %v", err)
	}
}

func TestScopedCredentialsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	whole := f.working()
	for _, c := range []struct {
		name          string
		who           awswire.Principal
		in            newops.GetScopedCredentialsInput
		code, message string
	}{
		{"a user's key", f.user(account, "bob", allowAll), newops.GetScopedCredentialsInput{Policy: p(allowAll)}, "InvalidSubjectCredentials", "GetScopedCredentials can be called with temporary security credentials only."},
		{"root's key", rootOf(account), newops.GetScopedCredentialsInput{Policy: p(allowAll)}, "InvalidSubjectCredentials", "GetScopedCredentials can be called with temporary security credentials only."},
		{"nothing", whole, newops.GetScopedCredentialsInput{}, "ValidationError", "At least one of Policy and DurationSeconds must be provided."},
		{"longer", whole, newops.GetScopedCredentialsInput{DurationSeconds: p[int32](3601)}, "InsufficientSessionLifetime", "The requested DurationSeconds exceeds the remaining lifetime of the calling session."},
		{"no policy", whole, newops.GetScopedCredentialsInput{Policy: p("{}")}, "MalformedPolicyDocument", "Syntax errors in policy."},
		{"long policy", whole, newops.GetScopedCredentialsInput{Policy: p(allowAll + strings.Repeat(" ", 2048))}, "PackedPolicyTooLarge", "The plaintext of the scope down policy has more than 2048 characters."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.scope(c.who, &c.in)
			refused(t, err, c.code, c.message)
		})
	}
}

// A session of a user may be scoped down too, and keeps its proof of MFA; a
// role that a scoped session assumes begins a session of its own.
func TestScopedUserSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bob := f.user(account, "bob", allowAll)
	session := f.open(must(f.GetSessionToken(f.calling(bob, "GetSessionToken"), &stsapi.GetSessionTokenInput{}))(t).Credentials)
	if err := f.iam.Authorize(context.Background(), awswire.CallOf(f.calling(session, "GetScopedCredentials")), []awswire.Access{{Action: "sts:GetScopedCredentials", Resource: "*"}}); err != nil {
		t.Error(err)
	}
	session.MFA, session.MFAAt = true, f.clock.Now()
	scoped := f.open(must(f.scope(session, &newops.GetScopedCredentialsInput{Policy: p(allow("sts:AssumeRole"))}))(t).Credentials)
	if !scoped.MFA || scoped.Kind != awswire.User || scoped.ARN != bob.ARN {
		t.Errorf("%+v", scoped)
	}
	refused(t, f.may(scoped, "cognito-idp:ListUserPools", "*"), "AccessDeniedException",
		"User: "+bob.ARN+" is not authorized to perform: cognito-idp:ListUserPools on resource: * because no session policy allows the cognito-idp:ListUserPools action")
	role := *f.role(account, "r", trustAWS(account, assumeOnly, "")).Arn
	if next := f.open(must(f.assume(scoped, role))(t).Credentials); len(next.ScopeDown) != 0 {
		t.Errorf("%+v", next)
	}
	narrow := f.open(must(f.scope(session, &newops.GetScopedCredentialsInput{Policy: p(allow("cognito-idp:*"))}))(t).Credentials)
	_, err := f.assume(narrow, role)
	refused(t, err, "AccessDenied", "User: "+bob.ARN+" is not authorized to perform: sts:AssumeRole on resource: "+role+" because no session policy allows the sts:AssumeRole action")
}

func TestScopedRootSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	root := f.open(must(f.GetSessionToken(f.calling(rootOf(account), "GetSessionToken"), &stsapi.GetSessionTokenInput{}))(t).Credentials)
	scoped := f.open(must(f.scope(root, &newops.GetScopedCredentialsInput{Policy: p(allow("cognito-idp:List*"))}))(t).Credentials)
	if err := f.may(scoped, "cognito-idp:ListUserPools", "*"); err != nil {
		t.Error(err)
	}
	if err := f.may(scoped, "cognito-idp:CreateUserPool", "*"); err == nil {
		t.Error("the policy does not limit root's session")
	}
}

func TestMinimumSessionTokenSize(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	whole := f.working()
	for _, size := range []int32{0, 1, 1000, 1001, 1002, 1003, 4096} {
		out := must(f.scope(whole, &newops.GetScopedCredentialsInput{Policy: p(allowAll), MinimumSessionTokenSize: &size}))(t)
		if *out.SessionTokenSize < size || size >= 1000 && *out.SessionTokenSize > size+3 {
			t.Errorf("%d bytes for at least %d", *out.SessionTokenSize, size)
		}
		f.open(out.Credentials)
	}
	out := must(f.GetSessionToken(f.calling(rootOf(account), "GetSessionToken"), &stsapi.GetSessionTokenInput{MinimumSessionTokenSize: p[int32](2048)}))(t)
	if n := len(*out.Credentials.SessionToken); n < 2048 || n > 2051 || int(*out.SessionTokenSize) != n || *out.SessionTokenUtilization < 50 {
		t.Errorf("%d bytes, %+v", n, out)
	}
}

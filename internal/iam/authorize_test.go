package iam

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// roleSession is a session of the role.
func roleSession(r *types.Role) awswire.Principal {
	return awswire.Principal{
		Kind: awswire.AssumedRole, Account: account, ARN: "arn:aws:sts::" + account + ":assumed-role/" + *r.RoleName + "/s", UserID: *r.RoleId + ":s",
		IssuerARN: *r.Arn, IssuerID: *r.RoleId, Name: *r.RoleName, SessionName: "s", Temporary: true,
	}
}

func userPrincipal(u store.IAMEntity) awswire.Principal {
	return awswire.Principal{Kind: awswire.User, Account: u.Account, ARN: u.ARN(), IssuerARN: u.ARN(), UserID: u.ID, IssuerID: u.ID, Name: u.Name}
}

func (f *fixture) call(p awswire.Principal, service, operation string) *awswire.Call {
	return &awswire.Call{Service: service, Operation: operation, Account: p.Account, Region: "eu-west-1", Principal: p, Time: f.clock.Now(), SourceIP: netip.MustParseAddr("198.51.100.7")}
}

func (f *fixture) may(p awswire.Principal, action, resource string, keys ...string) error {
	a := awswire.Access{Action: action, Resource: resource, Keys: map[string][]string{}}
	for i := 0; i < len(keys); i += 2 {
		a.Keys[keys[i]] = []string{keys[i+1]}
	}
	return f.Authorize(context.Background(), f.call(p, "cognito-idp", "x"), []awswire.Access{a})
}

func TestAuthorizeOwnError(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := roleSession(f.role("r"))
	want := errors.New("the service's own")
	access := []awswire.Access{{Action: "iam:PassRole", Resource: "*", Denied: want}}
	if err := f.Authorize(context.Background(), f.call(p, "cognito-identity", "SetIdentityPoolRoles"), access); !errors.Is(err, want) {
		t.Errorf("error %v", err)
	}
	f.inline("r", "p", allow("iam:PassRole", "*"))
	check(t, f.Authorize(context.Background(), f.call(p, "cognito-identity", "SetIdentityPoolRoles"), access))
}

func allow(action, resource string, condition ...string) string {
	c := ""
	if len(condition) > 0 {
		c = `,"Condition":` + condition[0]
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%q,"Resource":%q%s}]}`, action, resource, c)
}

func (f *fixture) inline(role, name, document string) {
	f.t.Helper()
	must(f.PutRolePolicy(f.ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: &document}))(f.t)
}

func TestAuthorizeRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("r")
	p := roleSession(r)
	pool := "arn:aws:cognito-idp:eu-west-1:" + account + ":userpool/eu-west-1_a"
	denied := "User: " + p.ARN + " is not authorized to perform: cognito-idp:AdminGetUser on resource: " + pool
	checkRefused(t, f.may(p, "cognito-idp:AdminGetUser", pool), "AccessDeniedException", denied+" because no identity-based policy allows the cognito-idp:AdminGetUser action")
	f.inline("r", "a", allow("cognito-idp:Admin*", pool))
	check(t, f.may(p, "cognito-idp:AdminGetUser", pool))
	checkRefused(t, f.may(p, "cognito-idp:ListUsers", pool), "AccessDeniedException",
		"User: "+p.ARN+" is not authorized to perform: cognito-idp:ListUsers on resource: "+pool+" because no identity-based policy allows the cognito-idp:ListUsers action")
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: r.RoleName, PolicyArn: ptr(managedPrefix + "AWSDenyAll")}))(t)
	checkRefused(t, f.may(p, "cognito-idp:AdminGetUser", pool), "AccessDeniedException", denied+" with an explicit deny in an identity-based policy")
	must(f.DetachRolePolicy(f.ctx, &iam.DetachRolePolicyInput{RoleName: r.RoleName, PolicyArn: ptr(managedPrefix + "AWSDenyAll")}))(t)
	check(t, f.may(p, "cognito-idp:AdminGetUser", pool))
	arn := f.policy("v")
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: r.RoleName, PolicyArn: &arn}))(t)
	check(t, f.may(p, "cognito-idp:ListUsers", pool))
	must(f.CreatePolicyVersion(f.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, SetAsDefault: true, PolicyDocument: ptr(allow("s3:*", "*"))}))(t)
	if err := f.may(p, "cognito-idp:ListUsers", pool); err == nil {
		t.Error("the version before still counts")
	}
}

func ptr[T any](v T) *T { return &v }

func TestAuthorizeSessionsAndBoundaries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bound := f.policy("bound")
	must(f.CreatePolicyVersion(f.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &bound, SetAsDefault: true, PolicyDocument: ptr(allow("cognito-idp:List*", "*"))}))(t)
	r := must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: ptr("r"), AssumeRolePolicyDocument: ptr(trustEC2), PermissionsBoundary: &bound}))(t).Role
	f.inline("r", "all", allowAll)
	p := roleSession(r)
	check(t, f.may(p, "cognito-idp:ListUserPools", "*"))
	text := "User: " + p.ARN + " is not authorized to perform: cognito-idp:%s on resource: * because no %s allows the cognito-idp:%s action"
	checkRefused(t, f.may(p, "cognito-idp:CreateUserPool", "*"), "AccessDeniedException", fmt.Sprintf(text, "CreateUserPool", "permissions boundary", "CreateUserPool"))
	p.SessionPolicy = allow("cognito-idp:ListUserPools", "*")
	check(t, f.may(p, "cognito-idp:ListUserPools", "*"))
	checkRefused(t, f.may(p, "cognito-idp:ListUsers", "*"), "AccessDeniedException", fmt.Sprintf(text, "ListUsers", "session policy", "ListUsers"))
	p.SessionPolicyARNs = []string{managedPrefix + "AmazonCognitoReadOnly"}
	check(t, f.may(p, "cognito-idp:ListUsers", "*"))
	p.SessionPolicyARNs = []string{policyARN + "gone"}
	if err := f.may(p, "cognito-idp:ListUserPools", "*"); err == nil {
		t.Error("a session policy that is gone does not limit")
	}
	root := rootOf(account, "")
	check(t, f.may(root, "cognito-idp:CreateUserPool", "*"))
	root.Temporary, root.SessionPolicyARNs = true, []string{managedPrefix + "root-task/IAMAuditRootUserCredentials"}
	if err := f.may(root, "cognito-idp:CreateUserPool", "*"); err == nil {
		t.Error("a task policy does not limit the root user")
	}
}

func TestAuthorizeUserAndGroup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := f.user("u")
	g := store.IAMEntity{ID: "AGPAAAAAAAAAAAAAAAAAA", Account: account, Kind: store.IAMGroup, Name: "g", Path: "/"}
	check(t, f.update(f.ctx, func(tx *store.Tx, _ string) error {
		return errors.Join(tx.InsertIAMEntity(g), tx.AddIAMMember(g.ID, u.ID))
	}))
	must(f.PutGroupPolicy(f.ctx, &iam.PutGroupPolicyInput{GroupName: ptr("g"), PolicyName: ptr("p"), PolicyDocument: ptr(allow("cognito-idp:*", "*"))}))(t)
	check(t, f.may(userPrincipal(u), "cognito-idp:ListUserPools", "*"))
	check(t, f.update(f.ctx, func(tx *store.Tx, _ string) error { return tx.RemoveIAMMember(g.ID, u.ID) }))
	if err := f.may(userPrincipal(u), "cognito-idp:ListUserPools", "*"); err == nil {
		t.Error("a group that was left still grants")
	}
}

func TestAuthorizeConditionKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: ptr("r"), AssumeRolePolicyDocument: ptr(trustEC2), Tags: []types.Tag{{Key: ptr("Team"), Value: ptr("red")}}}))(t).Role
	base := roleSession(r)
	base.IssuedAt = f.clock.Now().Add(-time.Minute)
	base.SourceIdentity, base.FederatedProvider = "me", "cognito-identity.amazonaws.com"
	base.SessionKeys = map[string][]string{"cognito-identity.amazonaws.com:sub": {"id"}, "cognito-identity.amazonaws.com:amr": {"authenticated"}}
	for _, c := range []struct {
		condition string
		want      bool
		change    func(*awswire.Principal)
	}{
		{`{"StringEquals":{"aws:PrincipalTag/team":"red"}}`, true, nil},
		{`{"StringEquals":{"aws:PrincipalTag/team":"red"}}`, false, func(p *awswire.Principal) { p.SessionTags = map[string]string{"team": "blue"} }},
		{`{"StringEquals":{"aws:PrincipalArn":"` + *r.Arn + `"}}`, true, nil},
		{`{"StringEquals":{"aws:PrincipalType":"AssumedRole","aws:userid":"` + *r.RoleId + `:s"}}`, true, nil},
		{`{"Null":{"aws:username":"true"}}`, true, nil},
		{`{"StringEquals":{"aws:SourceIdentity":"me","aws:FederatedProvider":"cognito-identity.amazonaws.com"}}`, true, nil},
		{`{"StringEquals":{"cognito-identity.amazonaws.com:sub":"id"}}`, true, nil},
		{`{"ForAnyValue:StringEquals":{"cognito-identity.amazonaws.com:amr":"authenticated"}}`, true, nil},
		{`{"DateLessThan":{"aws:TokenIssueTime":"2025-03-06T12:00:00Z"}}`, true, nil},
		{`{"DateLessThan":{"aws:TokenIssueTime":"2025-03-06T11:00:00Z"}}`, false, nil},
		{`{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, false, nil},
		{`{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"61"}}`, true, func(p *awswire.Principal) {
			p.MFA, p.MFAAt = true, f.clock.Now().Add(-time.Minute)
		}},
		{`{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`, true, nil},
		{`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, false, nil},
		{`{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`, true, nil},
		{`{"Bool":{"aws:SecureTransport":"true"}}`, false, nil},
		{`{"StringEquals":{"aws:ResourceTag/x":"y"}}`, true, nil},
		{`{"StringEquals":{"aws:ResourceTag/x":"z"}}`, false, nil},
	} {
		p := base
		if c.change != nil {
			c.change(&p)
		}
		f.inline("r", "p", allow("*", "*", c.condition))
		err := f.may(p, "cognito-idp:ListUsers", "arn:aws:cognito-idp:eu-west-1:"+account+":userpool/x", "aws:ResourceTag/x", "y")
		if (err == nil) != c.want {
			t.Errorf("%s: %v, want allowed %v", c.condition, err, c.want)
		}
	}
}

func TestAuthorizeGoneAndSpecial(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("r")
	p := roleSession(r)
	f.inline("r", "deny", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	check(t, f.Authorize(context.Background(), f.call(p, "sts", "GetCallerIdentity"), nil))
	must(f.DeleteRolePolicy(f.ctx, &iam.DeleteRolePolicyInput{RoleName: ptr("r"), PolicyName: ptr("deny")}))(t)
	must(f.DeleteRole(f.ctx, &iam.DeleteRoleInput{RoleName: ptr("r")}))(t)
	f.role("r")
	const invalid = "The security token included in the request is invalid."
	checkRefused(t, f.Authorize(context.Background(), f.call(p, "sts", "GetCallerIdentity"), nil), "InvalidClientTokenId", invalid)
	checkRefused(t, f.Authorize(context.Background(), f.call(p, "cognito-idp", "ListUserPools"), nil), "UnrecognizedClientException", invalid)
	checkRefused(t, f.Authorize(context.Background(), f.call(awswire.Principal{}, "iam", "ListRoles"), nil), "InvalidClientTokenId", invalid)
}

func TestSessionLimits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := f.user("u")
	must(f.PutUserPolicy(f.ctx, &iam.PutUserPolicyInput{UserName: ptr("u"), PolicyName: ptr("all"), PolicyDocument: ptr(allowAll)}))(t)
	session := userPrincipal(u)
	session.Temporary = true
	federated := session
	federated.Kind, federated.ARN, federated.SessionPolicy = awswire.FederatedUser, "arn:aws:sts::"+account+":federated-user/g", allowAll
	try := func(p awswire.Principal, service, operation string) error {
		return f.Authorize(context.Background(), f.call(p, service, operation), []awswire.Access{{Action: service + ":" + operation, Resource: "*"}})
	}
	const invalid = "The security token included in the request is invalid."
	checkRefused(t, try(session, "iam", "ListUsers"), "InvalidClientTokenId", invalid)
	checkRefused(t, try(federated, "iam", "ListUsers"), "InvalidClientTokenId", invalid)
	checkRefused(t, try(federated, "sts", "AssumeRole"), "AccessDenied", "User: "+federated.ARN+" is not authorized to perform: sts:AssumeRole")
	checkRefused(t, try(session, "sts", "GetAccessKeyInfo"), "AccessDenied", "User: "+session.ARN+" is not authorized to perform: sts:GetAccessKeyInfo")
	check(t, try(session, "sts", "AssumeRole"))
	check(t, try(session, "cognito-idp", "ListUserPools"))
	check(t, try(federated, "cognito-idp", "ListUserPools"))
	check(t, try(federated, "sts", "GetCallerIdentity"))
	session.MFA = true
	check(t, try(session, "iam", "ListUsers"))
	root := rootOf(account, "")
	root.Temporary = true
	checkRefused(t, try(root, "iam", "ListUsers"), "InvalidClientTokenId", invalid)
}

func TestAccessKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := context.Background()
	check(t, f.EnsureRootKey(ctx, account, "AKIAROOT", "one"))
	check(t, f.EnsureRootKey(ctx, account, "AKIAROOT", "two"))
	secret, p, err := f.AccessKey(ctx, "AKIAROOT")
	if err != nil || secret != "two" || p.Kind != awswire.Root || p.UserID != account || p.ARN != "arn:aws:iam::"+account+":root" {
		t.Errorf("%q %+v %v", secret, p, err)
	}
	if err := f.EnsureRootKey(ctx, otherOwner, "AKIAROOT", "x"); err == nil {
		t.Error("a root key moves to another account")
	}
	u := f.user("u")
	check(t, f.store.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertIAMAccessKey(store.IAMAccessKey{ID: "AKIAUSER", Account: account, UserID: u.ID, Active: true, Secret: "s"})
	}))
	if _, p, err = f.AccessKey(ctx, "AKIAUSER"); err != nil || p.Kind != awswire.User || p.UserID != u.ID || p.Temporary {
		t.Errorf("%+v %v", p, err)
	}
	check(t, f.store.Update(ctx, func(tx *store.Tx) error { return tx.SetIAMAccessKeyActive("AKIAUSER", false) }))
	for _, id := range []string{"AKIAUSER", "AKIANONE", ""} {
		if secret, _, err := f.AccessKey(ctx, id); !errors.Is(err, sigv4.ErrUnknownKey) || secret != "" {
			t.Errorf("%s: %q %v", id, secret, err)
		}
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.user("me")
	must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: ptr("r"), Path: ptr("/p/"), AssumeRolePolicyDocument: ptr(trustEC2), PermissionsBoundary: ptr(managedPrefix + "PowerUserAccess"),
		Tags: []types.Tag{{Key: ptr("a"), Value: ptr("b")}}}))(t)
	ctx := f.as(account, awswire.Principal{Kind: awswire.User, Account: account, Name: "me"})
	tags := []types.Tag{{Key: ptr("k"), Value: ptr("v")}}
	for _, c := range []struct {
		operation string
		in        any
		want      string
	}{
		{"ListRoles", &iam.ListRolesInput{}, "[{iam:ListRoles * map[]}]"},
		{"GetRole", &iam.GetRoleInput{RoleName: ptr("R")}, "[{iam:GetRole " + roleARN + "p/r map[aws:ResourceTag/a:[b] iam:PermissionsBoundary:[" + managedPrefix + "PowerUserAccess] iam:ResourceTag/a:[b]]}]"},
		{"GetRole", &iam.GetRoleInput{RoleName: ptr("gone")}, "[{iam:GetRole " + roleARN + "gone map[]}]"},
		{"CreateRole", &iam.CreateRoleInput{RoleName: ptr("n"), Path: ptr("/q/"), Tags: tags}, "[{iam:CreateRole " + roleARN + "q/n map[aws:RequestTag/k:[v] aws:TagKeys:[k]]} {iam:TagRole " + roleARN + "q/n map[aws:RequestTag/k:[v] aws:TagKeys:[k]]}]"},
		{"AttachRolePolicy", &iam.AttachRolePolicyInput{RoleName: ptr("gone"), PolicyArn: ptr("arn:x")}, "[{iam:AttachRolePolicy " + roleARN + "gone map[iam:PolicyARN:[arn:x]]}]"},
		{"UntagRole", &iam.UntagRoleInput{RoleName: ptr("gone"), TagKeys: []string{"k"}}, "[{iam:UntagRole " + roleARN + "gone map[aws:TagKeys:[k]]}]"},
		{"CreatePolicy", &iam.CreatePolicyInput{PolicyName: ptr("n"), Path: ptr("/q/")}, "[{iam:CreatePolicy " + policyARN + "q/n map[]}]"},
		{"GetPolicy", &iam.GetPolicyInput{PolicyArn: ptr("arn:x")}, "[{iam:GetPolicy arn:x map[]}]"},
		{"GetUser", &iam.GetUserInput{}, "[{iam:GetUser arn:aws:iam::" + account + ":user/me map[]}]"},
		{"ListUsers", &iam.ListUsersInput{}, "[{iam:ListUsers * map[]}]"},
		{"AddUserToGroup", &iam.AddUserToGroupInput{GroupName: ptr("g"), UserName: ptr("me")}, "[{iam:AddUserToGroup arn:aws:iam::" + account + ":group/g map[]}]"},
		{"AddRoleToInstanceProfile", &iam.AddRoleToInstanceProfileInput{InstanceProfileName: ptr("i"), RoleName: ptr("gone")},
			"[{iam:AddRoleToInstanceProfile arn:aws:iam::" + account + ":instance-profile/i map[]} {iam:PassRole " + roleARN + "gone map[iam:PassedToService:[ec2.amazonaws.com]]}]"},
		{"CreateServiceLinkedRole", &iam.CreateServiceLinkedRoleInput{AWSServiceName: ptr("s.amazonaws.com")}, "[{iam:CreateServiceLinkedRole " + roleARN + "aws-service-role/s.amazonaws.com/* map[iam:AWSServiceName:[s.amazonaws.com]]}]"},
		{"GenerateServiceLastAccessedDetails", &iam.GenerateServiceLastAccessedDetailsInput{Arn: ptr("arn:x")}, "[{iam:GenerateServiceLastAccessedDetails arn:x map[]}]"},
		{"GetServiceLastAccessedDetails", &iam.GetServiceLastAccessedDetailsInput{JobId: ptr("j")}, "[{iam:GetServiceLastAccessedDetails * map[]}]"},
		{"AcceptDelegationRequest", &iam.AcceptDelegationRequestInput{DelegationRequestId: ptr("d")}, "[{iam:AcceptDelegationRequest arn:aws:iam::" + account + ":delegation-request/d map[]}]"},
		{"GetHumanReadableSummary", &iam.GetHumanReadableSummaryInput{EntityArn: ptr("arn:x")}, "[{iam:GetHumanReadableSummary arn:x map[]}]"},
		{"AcquireRole", &iam.AcquireRoleInput{TemplateArn: ptr("arn:x")}, "[{iam:AcquireRole arn:x map[]}]"},
		{"GenerateOrganizationsAccessReport", &iam.GenerateOrganizationsAccessReportInput{EntityPath: ptr("o/r")}, "[{iam:GenerateOrganizationsAccessReport arn:aws:iam::" + account + ":access-report/o/r map[]}]"},
		{"PutAccountProperties", &iam.PutAccountPropertiesInput{}, "[{iam:PutAccountProperties * map[]}]"},
		{"GetAccountSummary", &iam.GetAccountSummaryInput{}, "[{iam:GetAccountSummary * map[]}]"},
	} {
		list, err := f.access(ctx, c.operation, c.in)
		got := fmt.Sprint(mapSlice(list, func(a awswire.Access) string { return fmt.Sprint("{", a.Action, " ", a.Resource, " ", a.Keys, "}") }))
		if err != nil || got != c.want {
			t.Errorf("%s: %s %v\nwant %s", c.operation, got, err, c.want)
		}
	}
}

// TestAccessOfEveryOperation makes sure that no operation of IAM fails to say
// what it needs, whatever is absent from its input.
func TestAccessOfEveryOperation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := f.as(account, awswire.Principal{Kind: awswire.User, Account: account, Name: "me"})
	for _, op := range awswire.Operations(awswire.IAM) {
		got, err := f.access(ctx, op.Name, reflect.New(op.In).Interface())
		if err != nil || len(got) == 0 || got[0].Action != "iam:"+op.Name {
			t.Errorf("%s: %v %v", op.Name, got, err)
		}
	}
}

func BenchmarkAuthorize(b *testing.B) {
	f := newFixture(b)
	r := f.role("r")
	for i := range 9 {
		f.inline("r", fmt.Sprint(i), allow(fmt.Sprintf("s3:Get%d*", i), "*"))
	}
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: ptr("r"), PolicyArn: ptr(managedPrefix + "AmazonCognitoPowerUser")}))(b)
	call := f.call(roleSession(r), "cognito-idp", "AdminGetUser")
	access := []awswire.Access{{Action: "cognito-idp:AdminGetUser", Resource: "arn:aws:cognito-idp:eu-west-1:" + account + ":userpool/x"}}
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Authorize(context.Background(), call, access); err != nil {
			b.Fatal(err)
		}
	}
}

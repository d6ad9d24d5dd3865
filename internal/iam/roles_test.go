package iam

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

func (f *fixture) role(name string) *types.Role {
	f.t.Helper()
	return must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: p(trustEC2)}))(f.t).Role
}

// asOperation is the root's context of a call of the operation.
func (f *fixture) asOperation(operation string) context.Context {
	call := *awswire.CallOf(f.ctx)
	call.Operation = operation
	return awswire.WithCall(context.Background(), &call)
}

// user writes a user into the store.
func (f *fixture) user(name string) store.IAMEntity {
	f.t.Helper()
	u := store.IAMEntity{Account: account, Kind: store.IAMUser, Name: name, Path: "/", Created: f.clock.Now()}
	check(f.t, f.update(f.ctx, func(tx *store.Tx, _ string) error {
		u.ID = tx.IDs().UniqueID("AIDA")
		return tx.InsertIAMEntity(u)
	}))
	return u
}

func TestCreateRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := must(f.CreateRole(f.ctx, &iam.CreateRoleInput{
		RoleName: p("userpool-authorized-role"), Path: p("/service-role/"), AssumeRolePolicyDocument: p(" " + trustEC2), Description: p("d"),
		MaxSessionDuration: p[int32](7200), PermissionsBoundary: p(managedPrefix + "PowerUserAccess"), Tags: []types.Tag{{Key: p("a"), Value: p("b")}},
	}))(t).Role
	if *got.Arn != roleARN+"service-role/userpool-authorized-role" || !strings.HasPrefix(*got.RoleId, "AROA") || len(*got.RoleId) != 21 ||
		*got.AssumeRolePolicyDocument != " "+trustEC2 || got.MaxSessionDuration != nil || got.RoleLastUsed != nil || len(got.Tags) != 1 ||
		got.PermissionsBoundary.PermissionsBoundaryType != "Policy" {
		t.Errorf("%+v", got)
	}
	full := must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("USERPOOL-authorized-role")}))(t).Role
	if *full.MaxSessionDuration != 7200 || full.RoleLastUsed == nil || full.RoleLastUsed.LastUsedDate != nil || *full.RoleName != "userpool-authorized-role" ||
		*full.Description != "d" || len(full.Tags) != 1 || *full.PermissionsBoundary.PermissionsBoundaryArn != managedPrefix+"PowerUserAccess" {
		t.Errorf("%+v", full)
	}
	list := must(f.ListRoles(f.ctx, &iam.ListRolesInput{}))(t)
	if r := list.Roles[0]; *r.MaxSessionDuration != 7200 || r.RoleLastUsed != nil || r.Tags != nil || r.PermissionsBoundary != nil || list.IsTruncated {
		t.Errorf("%+v", list)
	}
	if plain := f.role("plain"); plain.Tags != nil || plain.PermissionsBoundary != nil || plain.Description != nil {
		t.Errorf("%+v", plain)
	}
}

func TestCreateRoleRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Quotas{Roles: 2})
	f.role("Taken")
	trust := func(principal string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`
	}
	gone := `arn:aws:iam::123456789012:user/gone`
	for _, c := range []struct {
		code, message string
		change        func(*iam.CreateRoleInput)
	}{
		{"EntityAlreadyExists", "Role with name tAKEN already exists.", func(in *iam.CreateRoleInput) { in.RoleName = p("tAKEN") }},
		{"MalformedPolicyDocument", "This policy contains invalid Json", func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = p("{") }},
		{"MalformedPolicyDocument", "This policy contains invalid Json", func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = nil }},
		{"MalformedPolicyDocument", "Has prohibited field Resource", func(in *iam.CreateRoleInput) {
			in.AssumeRolePolicyDocument = p(strings.Replace(trustEC2, `"Action"`, `"Resource":"*","Action"`, 1))
		}},
		{"MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions.", func(in *iam.CreateRoleInput) {
			in.AssumeRolePolicyDocument = p(strings.Replace(trustEC2, "sts:AssumeRole", "s3:GetObject", 1))
		}},
		{"MalformedPolicyDocument", `Invalid principal in policy: "AWS":"` + gone + `"`, func(in *iam.CreateRoleInput) {
			in.AssumeRolePolicyDocument = p(trust(`{"AWS":"` + gone + `"}`))
		}},
		{"MalformedPolicyDocument", `Invalid principal in policy: "AWS":"AROAAAAAAAAAAAAAAAAAA"`, func(in *iam.CreateRoleInput) {
			in.AssumeRolePolicyDocument = p(trust(`{"AWS":["123456789012","AROAAAAAAAAAAAAAAAAAA"]}`))
		}},
		{"MalformedPolicyDocument", "Federated principals must be valid domain names or SAML metadata ARNs", func(in *iam.CreateRoleInput) {
			in.AssumeRolePolicyDocument = p(trust(`{"Federated":"nodots"}`))
		}},
		{"LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", func(in *iam.CreateRoleInput) {
			in.AssumeRolePolicyDocument = p(strings.Replace(trustEC2, `"Effect"`, `"Sid":"`+strings.Repeat("x", 2048)+`","Effect"`, 1))
		}},
		{"InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", func(in *iam.CreateRoleInput) {
			in.Tags = []types.Tag{{Key: p("a"), Value: p("1")}, {Key: p("A"), Value: p("2")}}
		}},
		{"NoSuchEntity", "Scope ARN: " + policyARN + "gone does not exist or is not attachable.", func(in *iam.CreateRoleInput) {
			in.PermissionsBoundary = p(policyARN + "gone")
		}},
	} {
		in := &iam.CreateRoleInput{RoleName: p("new"), AssumeRolePolicyDocument: p(trustEC2)}
		c.change(in)
		refused[*iam.CreateRoleOutput](t, c.code, c.message)(f.CreateRole(f.ctx, in))
	}
	f.role("second")
	refused[*iam.CreateRoleOutput](t, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 2")(
		f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: p("third"), AssumeRolePolicyDocument: p(trustEC2)}))
}

func TestTrustFollowsPrincipal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := f.user("Bob")
	f.role("helper")
	document := `{ "Version":"2012-10-17", "Statement":[{"Effect":"Allow","Principal":{"AWS":[ "` + u.ARN() + `","` + roleARN + `helper"]},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"aws:PrincipalArn":"` + roleARN + `helper"}}}]}`
	role := must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: p("r"), AssumeRolePolicyDocument: &document}))(t).Role
	if *role.AssumeRolePolicyDocument != document {
		t.Errorf("changed to %s", *role.AssumeRolePolicyDocument)
	}
	helper := *must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("helper")}))(t).Role.RoleId
	must(f.DeleteRole(f.ctx, &iam.DeleteRoleInput{RoleName: p("helper")}))(t)
	f.role("helper")
	now := *must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("r")}))(t).Role.AssumeRolePolicyDocument
	want := strings.Replace(document, roleARN+`helper"]`, helper+`"]`, 1)
	if now != want {
		t.Errorf("after deletion:\n%s\nwant\n%s", now, want)
	}
	refused[*iam.UpdateAssumeRolePolicyOutput](t, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+helper+`"`)(
		f.UpdateAssumeRolePolicy(f.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: p("r"), PolicyDocument: &now}))
	byID := strings.Replace(want, helper, u.ID, 1)
	must(f.UpdateAssumeRolePolicy(f.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: p("r"), PolicyDocument: &byID}))(t)
	now = *must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("r")}))(t).Role.AssumeRolePolicyDocument
	if want := strings.Replace(byID, u.ID, u.ARN(), 1); now != want {
		t.Errorf("a living principal's id is shown:\n%s\nwant\n%s", now, want)
	}
}

func TestUpdateRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: p("r"), AssumeRolePolicyDocument: p(trustEC2), Description: p("old")}))(t)
	must(f.UpdateRole(f.ctx, &iam.UpdateRoleInput{RoleName: p("r"), MaxSessionDuration: p[int32](43200)}))(t)
	got := must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("r")}))(t).Role
	if *got.Description != "old" || *got.MaxSessionDuration != 43200 {
		t.Errorf("%+v", got)
	}
	must(f.UpdateRole(f.ctx, &iam.UpdateRoleInput{RoleName: p("r"), Description: p("new")}))(t)
	r := must(f.UpdateRoleDescription(f.ctx, &iam.UpdateRoleDescriptionInput{RoleName: p("r"), Description: p("newer")}))(t).Role
	if *r.Description != "newer" || *r.MaxSessionDuration != 43200 {
		t.Errorf("%+v", r)
	}
	const missing = "The role with name gone cannot be found."
	refused[*iam.UpdateRoleOutput](t, "NoSuchEntity", missing)(f.UpdateRole(f.ctx, &iam.UpdateRoleInput{RoleName: p("gone")}))
	refused[*iam.GetRoleOutput](t, "NoSuchEntity", missing)(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("gone")}))
	refused[*iam.UpdateAssumeRolePolicyOutput](t, "NoSuchEntity", missing)(
		f.UpdateAssumeRolePolicy(f.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: p("gone"), PolicyDocument: p(trustEC2)}))
	refused[*iam.DeleteRoleOutput](t, "NoSuchEntity", missing)(f.DeleteRole(f.ctx, &iam.DeleteRoleInput{RoleName: p("gone")}))
	refused[*iam.TagRoleOutput](t, "NoSuchEntity", missing)(f.TagRole(f.ctx, &iam.TagRoleInput{RoleName: p("gone")}))
	refused[*iam.ListRolePoliciesOutput](t, "NoSuchEntity", missing)(f.ListRolePolicies(f.ctx, &iam.ListRolePoliciesInput{RoleName: p("gone")}))
}

func TestDeleteRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := f.policy("P")
	first := f.role("r")
	del := func() (*iam.DeleteRoleOutput, error) {
		return f.DeleteRole(f.ctx, &iam.DeleteRoleInput{RoleName: p("R")})
	}
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("r"), PolicyArn: &arn}))(t)
	refused[*iam.DeleteRoleOutput](t, "DeleteConflict", "Cannot delete entity, must detach all policies first.")(del())
	must(f.DetachRolePolicy(f.ctx, &iam.DetachRolePolicyInput{RoleName: p("r"), PolicyArn: &arn}))(t)
	must(f.PutRolePolicy(f.ctx, &iam.PutRolePolicyInput{RoleName: p("r"), PolicyName: p("in"), PolicyDocument: p(allowAll)}))(t)
	refused[*iam.DeleteRoleOutput](t, "DeleteConflict", "Cannot delete entity, must delete policies first.")(del())
	must(f.DeleteRolePolicy(f.ctx, &iam.DeleteRolePolicyInput{RoleName: p("r"), PolicyName: p("in")}))(t)
	must(f.TagRole(f.ctx, &iam.TagRoleInput{RoleName: p("r"), Tags: []types.Tag{{Key: p("k"), Value: p("v")}}}))(t)
	must(del())(t)
	again := f.role("r")
	if *again.RoleId == *first.RoleId {
		t.Error("a new role has the old id")
	}
	if tags := must(f.ListRoleTags(f.ctx, &iam.ListRoleTagsInput{RoleName: p("r")}))(t).Tags; len(tags) != 0 {
		t.Errorf("a new role has the old one's tags: %v", tags)
	}
}

func TestListRolesPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, n := range []string{"b", "A", "d", "C", "e"} {
		f.role(n)
	}
	must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: p("pathed"), Path: p("/x/y/"), AssumeRolePolicyDocument: p(trustEC2)}))(t)
	var got []string
	in := &iam.ListRolesInput{MaxItems: p[int32](2)}
	for {
		out := must(f.ListRoles(f.ctx, in))(t)
		for _, r := range out.Roles {
			got = append(got, *r.RoleName)
		}
		if len(got) == 2 { // what comes before the marker must not shift the page
			f.role("aa")
		}
		if !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
	}
	if fmt.Sprint(got) != "[A b C d e pathed]" {
		t.Error(got)
	}
	if out := must(f.ListRoles(f.ctx, &iam.ListRolesInput{PathPrefix: p("/x/")}))(t); len(out.Roles) != 1 {
		t.Errorf("%+v", out)
	}
	refused[*iam.ListRolesOutput](t, "ValidationError", "Invalid Marker.")(f.ListRoles(f.ctx, &iam.ListRolesInput{Marker: p("AAAA")}))
}

func TestRoleAttachments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.role("r")
	attach := func(arn string) (*iam.AttachRolePolicyOutput, error) {
		return f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("r"), PolicyArn: &arn})
	}
	must(attach(managedPrefix + "AdministratorAccess"))(t)
	must(attach(managedPrefix + "AdministratorAccess"))(t)
	for i := range 9 {
		must(attach(f.policy(fmt.Sprintf("P%d", i))))(t)
	}
	refused[*iam.AttachRolePolicyOutput](t, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")(attach(f.policy("P9")))
	must(attach(managedPrefix + "AdministratorAccess"))(t)
	if got := *must(f.GetPolicy(f.ctx, &iam.GetPolicyInput{PolicyArn: p(managedPrefix + "AdministratorAccess")}))(t).Policy.AttachmentCount; got != 1 {
		t.Errorf("attached %d times", got)
	}
	var names []string
	in := &iam.ListAttachedRolePoliciesInput{RoleName: p("r"), MaxItems: p[int32](4)}
	for {
		out := must(f.ListAttachedRolePolicies(f.ctx, in))(t)
		for _, a := range out.AttachedPolicies {
			names = append(names, *a.PolicyName)
		}
		if !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
	}
	if fmt.Sprint(names) != "[AdministratorAccess P0 P1 P2 P3 P4 P5 P6 P7 P8]" {
		t.Error(names)
	}
	gone := policyARN + "gone"
	refused[*iam.AttachRolePolicyOutput](t, "NoSuchEntity", "Policy "+gone+" does not exist or is not attachable.")(attach(gone))
	refused[*iam.AttachRolePolicyOutput](t, "ValidationError", "ARN not-an-arn-but-long-enough is not valid.")(attach("not-an-arn-but-long-enough"))
	refused[*iam.AttachRolePolicyOutput](t, "PolicyNotAttachable", msgServicePolicy)(attach(managedPrefix + "aws-service-role/AmazonCognitoIdpServiceRolePolicy"))
	refused[*iam.DetachRolePolicyOutput](t, "NoSuchEntity", "Policy "+policyARN+"P9 was not found.")(
		f.DetachRolePolicy(f.ctx, &iam.DetachRolePolicyInput{RoleName: p("r"), PolicyArn: p(policyARN + "P9")}))
	refused[*iam.AttachRolePolicyOutput](t, "NoSuchEntity", "The role with name gone cannot be found.")(
		f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("gone"), PolicyArn: &gone}))
}

func TestListEntitiesForPolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := f.policy("P")
	for _, n := range []string{"r1", "r2", "r3"} {
		f.role(n)
		must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: &n, PolicyArn: &arn}))(t)
	}
	f.user("u1")
	must(f.AttachUserPolicy(f.ctx, &iam.AttachUserPolicyInput{UserName: p("u1"), PolicyArn: &arn}))(t)
	for _, n := range []string{"bound", "both"} {
		must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: &n, AssumeRolePolicyDocument: p(trustEC2), PermissionsBoundary: &arn}))(t)
	}
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("both"), PolicyArn: &arn}))(t)
	list := func(in *iam.ListEntitiesForPolicyInput) string {
		t.Helper()
		var got []string
		in.PolicyArn = &arn
		for {
			out := must(f.ListEntitiesForPolicy(f.ctx, in))(t)
			for _, u := range out.PolicyUsers {
				got = append(got, *u.UserName)
			}
			for _, r := range out.PolicyRoles {
				got = append(got, *r.RoleName)
			}
			if !out.IsTruncated {
				return fmt.Sprint(got)
			}
			in.Marker = out.Marker
		}
	}
	for _, c := range []struct {
		in   iam.ListEntitiesForPolicyInput
		want string
	}{
		{iam.ListEntitiesForPolicyInput{}, "[u1 both r1 r2 r3 bound]"},
		{iam.ListEntitiesForPolicyInput{MaxItems: p[int32](1)}, "[u1 both r1 r2 r3 bound]"},
		{iam.ListEntitiesForPolicyInput{EntityFilter: types.EntityTypeUser}, "[u1]"},
		{iam.ListEntitiesForPolicyInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, "[both bound]"},
		{iam.ListEntitiesForPolicyInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsPolicy, EntityFilter: types.EntityTypeRole}, "[both r1 r2 r3]"},
	} {
		if got := list(&c.in); got != c.want {
			t.Errorf("%+v: %s, want %s", c.in, got, c.want)
		}
	}
	gone := policyARN + "gone"
	refused[*iam.ListEntitiesForPolicyOutput](t, "NoSuchEntity", "Policy "+gone+" does not exist or is not attachable.")(
		f.ListEntitiesForPolicy(f.ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: &gone}))
}

func TestInlinePolicies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.role("r")
	put := func(name, document string) (*iam.PutRolePolicyOutput, error) {
		return f.PutRolePolicy(f.ctx, &iam.PutRolePolicyInput{RoleName: p("r"), PolicyName: &name, PolicyDocument: &document})
	}
	spaced := "\n " + allowAll + " \t"
	must(put("in", spaced))(t)
	got := must(f.GetRolePolicy(f.ctx, &iam.GetRolePolicyInput{RoleName: p("R"), PolicyName: p("in")}))(t)
	if *got.PolicyDocument != spaced || *got.RoleName != "r" || *got.PolicyName != "in" {
		t.Errorf("%+v", got)
	}
	refused[*iam.GetRolePolicyOutput](t, "NoSuchEntity", "The role policy with name nope cannot be found.")(
		f.GetRolePolicy(f.ctx, &iam.GetRolePolicyInput{RoleName: p("r"), PolicyName: p("nope")}))
	refused[*iam.DeleteRolePolicyOutput](t, "NoSuchEntity", "The role policy with name nope cannot be found.")(
		f.DeleteRolePolicy(f.ctx, &iam.DeleteRolePolicyInput{RoleName: p("r"), PolicyName: p("nope")}))
	refused[*iam.PutRolePolicyOutput](t, "MalformedPolicyDocument", "Syntax errors in policy.")(put("bad", "[]"))
	long := strings.Replace(allowAll, `"Effect"`, `"Sid":"`+strings.Repeat("x", 10000)+`","Effect"`, 1)
	must(put("long", long))(t)
	must(put("long", long))(t)
	refused[*iam.PutRolePolicyOutput](t, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role r")(
		put("more", strings.Replace(allowAll, `"Effect"`, `"Sid":"`+strings.Repeat("x", 200)+`","Effect"`, 1)))
	list := must(f.ListRolePolicies(f.ctx, &iam.ListRolePoliciesInput{RoleName: p("r"), MaxItems: p[int32](1)}))(t)
	if fmt.Sprint(list.PolicyNames) != "[in]" || !list.IsTruncated {
		t.Errorf("%+v", list)
	}
	list = must(f.ListRolePolicies(f.ctx, &iam.ListRolePoliciesInput{RoleName: p("r"), Marker: list.Marker}))(t)
	if fmt.Sprint(list.PolicyNames) != "[long]" || list.IsTruncated {
		t.Errorf("%+v", list)
	}
}

func TestRoleLastUsed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("r")
	call := &awswire.Call{Service: "cognito-idp", Operation: "ListUserPools", Region: "eu-west-1", Account: account, Time: f.clock.Advance(time.Hour), Principal: awswire.Principal{
		Kind: awswire.AssumedRole, Account: account, IssuerID: *r.RoleId, IssuerARN: *r.Arn, ARN: "arn:aws:sts::" + account + ":assumed-role/r/s", UserID: *r.RoleId + ":s", Temporary: true,
	}}
	check(t, f.Authorize(context.Background(), call, nil))
	got := must(f.GetRole(f.ctx, &iam.GetRoleInput{RoleName: p("r")}))(t).Role.RoleLastUsed
	if got.LastUsedDate == nil || !got.LastUsedDate.Equal(f.clock.Now()) || *got.Region != "eu-west-1" {
		t.Errorf("%+v", got)
	}
}

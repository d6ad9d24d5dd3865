package iam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func (f *fixture) policy(name string) string {
	f.t.Helper()
	out := must(f.CreatePolicy(f.ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: p(allowAll)}))(f.t)
	return *out.Policy.Arn
}

func TestCreatePolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := must(f.CreatePolicy(f.ctx, &iam.CreatePolicyInput{
		PolicyName: p("userpool-authorized-policy"), Path: p("/service-role/"), PolicyDocument: p(allowAll), Description: p("d"),
		Tags: []types.Tag{{Key: p("Team"), Value: p("a")}},
	}))(t).Policy
	if *got.Arn != policyARN+"service-role/userpool-authorized-policy" || *got.Path != "/service-role/" || *got.DefaultVersionId != "v1" ||
		!got.IsAttachable || *got.AttachmentCount != 0 || *got.PermissionsBoundaryUsageCount != 0 || len(*got.PolicyId) != 21 ||
		!strings.HasPrefix(*got.PolicyId, "ANPA") || got.Description != nil || len(got.Tags) != 1 || !got.CreateDate.Equal(*got.UpdateDate) {
		t.Errorf("%+v", got)
	}
	full := must(f.GetPolicy(f.ctx, &iam.GetPolicyInput{PolicyArn: got.Arn}))(t).Policy
	if *full.Description != "d" || len(full.Tags) != 1 || *full.PolicyId != *got.PolicyId {
		t.Errorf("%+v", full)
	}
	plain := must(f.GetPolicy(f.ctx, &iam.GetPolicyInput{PolicyArn: p(f.policy("plain"))}))(t).Policy
	if plain.Tags == nil || len(plain.Tags) != 0 || plain.Description != nil {
		t.Errorf("GetPolicy always has tags: %+v", plain)
	}
}

func TestCreatePolicyRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Quotas{Policies: 2})
	f.policy("Taken")
	create := func(change func(*iam.CreatePolicyInput)) (*iam.CreatePolicyOutput, error) {
		in := &iam.CreatePolicyInput{PolicyName: p("new"), PolicyDocument: p(allowAll)}
		change(in)
		return f.CreatePolicy(f.ctx, in)
	}
	for _, c := range []struct {
		code, message string
		change        func(*iam.CreatePolicyInput)
	}{
		{"EntityAlreadyExists", "A policy called tAKEN already exists. Duplicate names are not allowed.", func(in *iam.CreatePolicyInput) {
			in.PolicyName, in.Path = p("tAKEN"), p("/elsewhere/")
		}},
		{"MalformedPolicyDocument", "Syntax errors in policy.", func(in *iam.CreatePolicyInput) { in.PolicyDocument = p("{") }},
		{"MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater.", func(in *iam.CreatePolicyInput) {
			in.PolicyDocument = p(strings.Replace(allowAll, "2012", "2008", 1))
		}},
		{"MalformedPolicyDocument", "Syntax errors in policy.", func(in *iam.CreatePolicyInput) { in.PolicyDocument = nil }},
		{"LimitExceeded", "Cannot exceed quota for PolicySize: 6144", func(in *iam.CreatePolicyInput) {
			in.PolicyDocument = p(strings.Replace(allowAll, `"Effect"`, `"Sid":"`+strings.Repeat("x", 6144)+`","Effect"`, 1))
		}},
		{"InvalidInput", "Duplicate tag keys found.", func(in *iam.CreatePolicyInput) {
			in.Tags = []types.Tag{{Key: p("a"), Value: p("1")}, {Key: p("A"), Value: p("2")}}
		}},
	} {
		refused[*iam.CreatePolicyOutput](t, c.code, c.message)(create(c.change))
	}
	if n := len(must(f.ListPolicies(f.ctx, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}))(t).Policies); n != 1 {
		t.Errorf("%d policies after refusals", n)
	}
	f.policy("second")
	refused[*iam.CreatePolicyOutput](t, "LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 2")(create(func(*iam.CreatePolicyInput) {}))
}

func TestPolicyWhiteSpaceDoesNotCount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(f.CreatePolicy(f.ctx, &iam.CreatePolicyInput{PolicyName: p("wide"), PolicyDocument: p(allowAll + strings.Repeat(" ", 7000))}))(t)
}

func TestDeletePolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := f.policy("P")
	f.role("r")
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("r"), PolicyArn: &arn}))(t)
	del := func(arn string) (*iam.DeletePolicyOutput, error) {
		return f.DeletePolicy(f.ctx, &iam.DeletePolicyInput{PolicyArn: &arn})
	}
	refused[*iam.DeletePolicyOutput](t, "DeleteConflict", msgPolicyAttached)(del(arn))
	must(f.DetachRolePolicy(f.ctx, &iam.DetachRolePolicyInput{RoleName: p("r"), PolicyArn: &arn}))(t)
	must(f.CreatePolicyVersion(f.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: p(allowAll)}))(t)
	refused[*iam.DeletePolicyOutput](t, "DeleteConflict", msgPolicyHasVersions)(del(arn))
	must(f.DeletePolicyVersion(f.ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: p("v2")}))(t)
	must(del(arn))(t)
	refused[*iam.DeletePolicyOutput](t, "NoSuchEntity", "Policy "+arn+" was not found.")(del(arn))
	refused[*iam.DeletePolicyOutput](t, "AccessDenied", "Cannot delete policies outside your own account.")(del(managedPrefix + "AdministratorAccess"))
	refused[*iam.DeletePolicyOutput](t, "ValidationError", "ARN nonsense-that-is-long is not valid.")(del("nonsense-that-is-long"))
	refused[*iam.GetPolicyOutput](t, "NoSuchEntity", "Policy "+arn+" was not found.")(f.GetPolicy(f.ctx, &iam.GetPolicyInput{PolicyArn: &arn}))
}

func TestPolicyOfAnotherAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := f.policy("mine")
	theirs := f.as(otherOwner, rootOf(otherOwner, "AKIA"))
	refused[*iam.GetPolicyOutput](t, "NoSuchEntity", "Policy "+arn+" was not found.")(f.GetPolicy(theirs, &iam.GetPolicyInput{PolicyArn: &arn}))
	refused[*iam.DeletePolicyOutput](t, "NoSuchEntity", "Policy "+arn+" was not found.")(f.DeletePolicy(theirs, &iam.DeletePolicyInput{PolicyArn: &arn}))
	if n := len(must(f.ListPolicies(theirs, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}))(t).Policies); n != 0 {
		t.Errorf("sees %d policies", n)
	}
}

func TestPolicyVersions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := f.policy("P")
	create := func(setDefault bool) (*iam.CreatePolicyVersionOutput, error) {
		return f.CreatePolicyVersion(f.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: p(allowAll + " "), SetAsDefault: setDefault})
	}
	v2 := must(create(true))(t).PolicyVersion
	if *v2.VersionId != "v2" || !v2.IsDefaultVersion || v2.Document != nil {
		t.Errorf("%+v", v2)
	}
	for range 3 {
		must(create(false))(t)
	}
	refused[*iam.CreatePolicyVersionOutput](t, "LimitExceeded",
		"A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")(create(false))
	del := func(id string) (*iam.DeletePolicyVersionOutput, error) {
		return f.DeletePolicyVersion(f.ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: &id})
	}
	refused[*iam.DeletePolicyVersionOutput](t, "DeleteConflict", "Cannot delete the default version of a policy.")(del("v2"))
	must(del("v5"))(t)
	refused[*iam.DeletePolicyVersionOutput](t, "NoSuchEntity", "Policy "+arn+" version v5 does not exist or is not attachable.")(del("v5"))
	if v := must(create(false))(t).PolicyVersion; *v.VersionId != "v6" {
		t.Errorf("numbers are reused: %s", *v.VersionId)
	}
	list := must(f.ListPolicyVersions(f.ctx, &iam.ListPolicyVersionsInput{PolicyArn: &arn}))(t)
	var order []string
	for _, v := range list.Versions {
		order = append(order, *v.VersionId)
		if v.Document != nil {
			t.Error("a list has documents")
		}
	}
	if fmt.Sprint(order) != "[v6 v4 v3 v2 v1]" {
		t.Error(order)
	}
	must(f.SetDefaultPolicyVersion(f.ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: p("v1")}))(t)
	got := must(f.GetPolicyVersion(f.ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: p("v1")}))(t).PolicyVersion
	if !got.IsDefaultVersion || *got.Document != allowAll {
		t.Errorf("%+v", got)
	}
	refused[*iam.SetDefaultPolicyVersionOutput](t, "NoSuchEntity", "Policy "+arn+" version v9 does not exist or is not attachable.")(
		f.SetDefaultPolicyVersion(f.ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: p("v9")}))
	gone := policyARN + "gone"
	refused[*iam.GetPolicyVersionOutput](t, "NoSuchEntity", "Policy "+gone+" version v1 does not exist or is not attachable.")(
		f.GetPolicyVersion(f.ctx, &iam.GetPolicyVersionInput{PolicyArn: &gone, VersionId: p("v1")}))
	admin := managedPrefix + "AdministratorAccess"
	refused[*iam.CreatePolicyVersionOutput](t, "AccessDenied", "Cannot update policies outside your own account.")(
		f.CreatePolicyVersion(f.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &admin, PolicyDocument: p(allowAll)}))
	refused[*iam.DeletePolicyVersionOutput](t, "AccessDenied", "Cannot delete policy versions for policies outside your own account.")(
		f.DeletePolicyVersion(f.ctx, &iam.DeletePolicyVersionInput{PolicyArn: &admin, VersionId: p("v1")}))
}

func TestPolicyVersionPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := f.policy("P")
	for range 4 {
		must(f.CreatePolicyVersion(f.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: p(allowAll)}))(t)
	}
	var got []string
	in := &iam.ListPolicyVersionsInput{PolicyArn: &arn, MaxItems: p[int32](2)}
	for {
		out := must(f.ListPolicyVersions(f.ctx, in))(t)
		for _, v := range out.Versions {
			got = append(got, *v.VersionId)
		}
		if !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
	}
	if fmt.Sprint(got) != "[v5 v4 v3 v2 v1]" {
		t.Error(got)
	}
}

func TestListPolicies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 5 {
		f.policy(fmt.Sprintf("P%d", i))
	}
	must(f.CreatePolicy(f.ctx, &iam.CreatePolicyInput{PolicyName: p("deep"), Path: p("/a/b/"), PolicyDocument: p(allowAll)}))(t)
	f.role("r")
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("r"), PolicyArn: p(policyARN + "P1")}))(t)
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("r"), PolicyArn: p(managedPrefix + "ReadOnlyAccess")}))(t)
	must(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: p("bound"), AssumeRolePolicyDocument: p(trustEC2), PermissionsBoundary: p(policyARN + "P2")}))(t)
	names := func(in *iam.ListPoliciesInput) (all []string) {
		t.Helper()
		for {
			out := must(f.ListPolicies(f.ctx, in))(t)
			for _, p := range out.Policies {
				all = append(all, *p.PolicyName)
				if p.Tags != nil || p.Description != nil {
					t.Error("a list has tags or descriptions")
				}
			}
			if out.IsTruncated != (out.Marker != nil) {
				t.Error("marker without truncation")
			}
			if !out.IsTruncated {
				return all
			}
			in.Marker = out.Marker
		}
	}
	local := types.PolicyScopeTypeLocal
	for _, c := range []struct {
		in   *iam.ListPoliciesInput
		want string
	}{
		{&iam.ListPoliciesInput{Scope: local, MaxItems: p[int32](2)}, "[deep P0 P1 P2 P3 P4]"},
		{&iam.ListPoliciesInput{Scope: local, PathPrefix: p("/a/")}, "[deep]"},
		{&iam.ListPoliciesInput{OnlyAttached: true}, "[P1 P2 ReadOnlyAccess]"},
		{&iam.ListPoliciesInput{OnlyAttached: true, Scope: types.PolicyScopeTypeAws}, "[ReadOnlyAccess]"},
		{&iam.ListPoliciesInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, "[P2]"},
		{&iam.ListPoliciesInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsPolicy}, "[P1 ReadOnlyAccess]"},
	} {
		if got := fmt.Sprint(names(c.in)); got != c.want {
			t.Errorf("%+v: %s, want %s", c.in, got, c.want)
		}
	}
	all := names(&iam.ListPoliciesInput{MaxItems: p[int32](7)})
	if len(all) != 6+len(f.managed.sorted) || all[0] != "deep" || all[6] != f.managed.sorted[0].Name {
		t.Errorf("%d policies: %v", len(all), all)
	}
	refused[*iam.ListPoliciesOutput](t, "ValidationError", "Invalid Marker.")(f.ListPolicies(f.ctx, &iam.ListPoliciesInput{Marker: p("x")}))
	other := must(f.ListRoles(f.ctx, &iam.ListRolesInput{MaxItems: p[int32](1)}))(t).Marker
	refused[*iam.ListPoliciesOutput](t, "ValidationError", "Invalid Marker.")(f.ListPolicies(f.asOperation("ListPolicies"), &iam.ListPoliciesInput{Marker: other}))
}

func TestManagedPolicies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, name := range []string{
		"AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit", "IAMFullAccess", "IAMReadOnlyAccess", "IAMUserChangePassword",
		"AmazonCognitoPowerUser", "AmazonCognitoReadOnly", "AmazonCognitoDeveloperAuthenticatedIdentities", "AmazonCognitoUnauthenticatedIdentities",
		"AmazonCognitoUnAuthedIdentitiesSessionPolicy", "AmazonESCognitoAccess", "AmazonOpenSearchServiceCognitoAccess", "AWSLambda_FullAccess",
		"AWSLambda_ReadOnlyAccess", "AWSLambdaExecute", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonDynamoDBFullAccess", "AmazonSNSFullAccess",
		"AmazonSESFullAccess", "CloudWatchLogsFullAccess", "AWSXRayDaemonWriteAccess", "AdministratorAccess-Amplify", "AWSDenyAll",
		"service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaRole",
		"service-role/AWSLambdaDynamoDBExecutionRole", "service-role/AmazonAPIGatewayPushToCloudWatchLogs", "service-role/AmazonSNSRole",
		"service-role/AmplifyBackendDeployFullAccess", "job-function/ViewOnlyAccess", "aws-service-role/AmazonCognitoIdpEmailServiceRolePolicy",
	} {
		got := must(f.GetPolicy(f.ctx, &iam.GetPolicyInput{PolicyArn: p(managedPrefix + name)}))(t).Policy
		v := must(f.GetPolicyVersion(f.ctx, &iam.GetPolicyVersionInput{PolicyArn: got.Arn, VersionId: got.DefaultVersionId}))(t).PolicyVersion
		if !v.IsDefaultVersion || len(*v.Document) < 50 {
			t.Errorf("%s: %+v", name, v)
		}
	}
	admin := must(f.GetPolicy(f.ctx, &iam.GetPolicyInput{PolicyArn: p(managedPrefix + "AdministratorAccess")}))(t).Policy
	again := newFixture(t)
	if other := must(again.GetPolicy(again.ctx, &iam.GetPolicyInput{PolicyArn: admin.Arn}))(t).Policy; *other.PolicyId != *admin.PolicyId {
		t.Error("the unique ids of AWS's policies change")
	}
	refused[*iam.GetPolicyVersionOutput](t, "NoSuchEntity", "Policy "+*admin.Arn+" version v77 does not exist or is not attachable.")(
		f.GetPolicyVersion(f.ctx, &iam.GetPolicyVersionInput{PolicyArn: admin.Arn, VersionId: p("v77")}))
}

func TestPolicyTags(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := f.policy("P")
	tag := func(kv ...string) error {
		var tags []types.Tag
		for i := 0; i < len(kv); i += 2 {
			tags = append(tags, types.Tag{Key: &kv[i], Value: &kv[i+1]})
		}
		_, err := f.TagPolicy(f.ctx, &iam.TagPolicyInput{PolicyArn: &arn, Tags: tags})
		return err
	}
	check(t, tag("Team", "a", "x", "1"))
	check(t, tag("team", "b"))
	list := must(f.ListPolicyTags(f.ctx, &iam.ListPolicyTagsInput{PolicyArn: &arn, MaxItems: p[int32](1)}))(t)
	if len(list.Tags) != 1 || *list.Tags[0].Key != "team" || *list.Tags[0].Value != "b" || !list.IsTruncated {
		t.Errorf("%+v", list)
	}
	list = must(f.ListPolicyTags(f.ctx, &iam.ListPolicyTagsInput{PolicyArn: &arn, Marker: list.Marker}))(t)
	if len(list.Tags) != 1 || *list.Tags[0].Key != "x" || list.IsTruncated {
		t.Errorf("%+v", list)
	}
	checkRefused(t, tag("a", "1", "A", "2"), "InvalidInput", "Duplicate tag keys found.")
	var many []string
	for i := range 49 {
		many = append(many, fmt.Sprint("k", i), "")
	}
	checkRefused(t, tag(many...), "LimitExceeded", "The number of tags has reached the maximum limit.")
	must(f.UntagPolicy(f.ctx, &iam.UntagPolicyInput{PolicyArn: &arn, TagKeys: []string{"TEAM", "nosuch"}}))(t)
	if list = must(f.ListPolicyTags(f.ctx, &iam.ListPolicyTagsInput{PolicyArn: &arn}))(t); len(list.Tags) != 1 {
		t.Errorf("%+v", list)
	}
	gone := policyARN + "gone"
	refused[*iam.TagPolicyOutput](t, "NoSuchEntity", "Policy "+gone+" was not found.")(f.TagPolicy(f.ctx, &iam.TagPolicyInput{PolicyArn: &gone}))
}

package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// managing is a fixture whose account manages an organization.
func managing(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.management, f.organization = account, newOrganization(f.store, account)
	return f
}

func TestOrganizationsFeatures(t *testing.T) {
	t.Parallel()
	f := managing(t)
	member := f.as(otherOwner, rootOf(otherOwner, ""))
	const audit, unlock = managedPrefix + "root-task/IAMAuditRootUserCredentials", managedPrefix + "root-task/S3UnlockBucketPolicy"
	may := func(account, task string) bool {
		return must(f.RootTask(context.Background(), account, task))(t)
	}
	list := func() string {
		out := must(f.ListOrganizationsFeatures(f.ctx, nil))(t)
		if *out.OrganizationId != f.Organization() || len(*out.OrganizationId) != 12 || !strings.HasPrefix(*out.OrganizationId, "o-") {
			t.Errorf("%s", *out.OrganizationId)
		}
		return fmt.Sprint(out.EnabledFeatures)
	}
	if got := list(); got != "[]" || may(account, audit) || may(account, unlock) {
		t.Errorf("at first %s", got)
	}
	first := must(f.EnableOrganizationsRootSessions(f.ctx, nil))(t)
	if fmt.Sprint(first.EnabledFeatures) != "[RootSessions]" || may(account, audit) || !may(account, unlock) || may(otherOwner, unlock) || may(account, managedPrefix+"AdministratorAccess") {
		t.Errorf("%+v", first)
	}
	must(f.EnableOrganizationsRootSessions(f.ctx, nil))(t)
	must(f.EnableOrganizationsRootCredentialsManagement(f.ctx, nil))(t)
	if got := list(); got != "[RootCredentialsManagement RootSessions]" || !may(account, audit) {
		t.Error(got)
	}
	last := must(f.DisableOrganizationsRootSessions(f.ctx, nil))(t)
	if fmt.Sprint(last.EnabledFeatures) != "[RootCredentialsManagement]" || *last.OrganizationId != f.Organization() || may(account, unlock) {
		t.Errorf("%+v", last)
	}
	if out := must(f.DisableOrganizationsRootCredentialsManagement(f.ctx, nil))(t); len(out.EnabledFeatures) != 0 {
		t.Errorf("%+v", out)
	}
	var no *types.AccountNotManagementOrDelegatedAdministratorException
	for _, err := range []error{
		second(f.ListOrganizationsFeatures(member, nil)), second(f.EnableOrganizationsRootSessions(member, nil)), second(f.DisableOrganizationsRootSessions(member, nil)),
		second(f.EnableOrganizationsRootCredentialsManagement(member, nil)), second(f.DisableOrganizationsRootCredentialsManagement(member, nil)),
	} {
		if !errors.As(err, &no) {
			t.Errorf("%v", err)
		}
	}
	alone := newFixture(t)
	_, err := alone.ListOrganizationsFeatures(alone.ctx, nil)
	var none *types.OrganizationNotFoundException
	if !errors.As(err, &none) {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// Policies can ask for the organization of the caller.
func TestOrganizationKeys(t *testing.T) {
	t.Parallel()
	f := managing(t)
	r := f.role("r")
	root := f.organization.root
	f.inline("r", "a", allow("s3:GetObject", "*", `{"StringEquals":{"aws:PrincipalOrgID":"`+f.Organization()+`"},"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"`+f.Organization()+`/`+root+`/*"}}`))
	check(t, f.may(roleSession(r), "s3:GetObject", "*"))
	f.inline("r", "a", allow("s3:GetObject", "*", `{"StringEquals":{"aws:PrincipalOrgID":"o-other"}}`))
	if err := f.may(roleSession(r), "s3:GetObject", "*"); err == nil {
		t.Error("another organization counts")
	}
}

func TestOrganizationsAccessReport(t *testing.T) {
	t.Parallel()
	f := managing(t)
	must(f.CreateUser(f.ctx, &iam.CreateUserInput{UserName: p("alice")}))(t)
	alice := f.userNamed("alice")
	f.calls(alice, "s3", "eu-west-1", "s3:GetObject")
	first := f.clock.Now()
	f.clock.Advance(time.Hour)
	f.calls(alice, "iam", "us-east-1", "ListUsers")
	root := f.Organization() + "/" + f.organization.root
	generate := func(path string) (*string, error) {
		out, err := f.GenerateOrganizationsAccessReport(f.ctx, &iam.GenerateOrganizationsAccessReportInput{EntityPath: &path})
		if err != nil {
			return nil, err
		}
		return out.JobId, nil
	}
	for _, path := range []string{root, root + "/", root + "/" + account} {
		job := must(generate(path))(t)
		out := must(f.GetOrganizationsAccessReport(f.ctx, &iam.GetOrganizationsAccessReportInput{JobId: job, SortKey: types.SortKeyTypeLastAuthenticatedTimeDescending, MaxItems: p[int32](2)}))(t)
		if len(out.AccessDetails) != 2 || !out.IsTruncated || *out.AccessDetails[0].ServiceNamespace != "iam" || *out.AccessDetails[1].ServiceNamespace != "s3" ||
			!out.AccessDetails[1].LastAuthenticatedTime.Equal(first) || *out.AccessDetails[1].Region != "eu-west-1" || *out.AccessDetails[1].EntityPath != root+"/"+account ||
			*out.AccessDetails[1].TotalAuthenticatedEntities != 1 || *out.NumberOfServicesAccessible-*out.NumberOfServicesNotAccessed != 2 || out.JobStatus != types.JobStatusTypeCompleted {
			t.Errorf("%s: %+v", path, out)
		}
		rest := must(f.GetOrganizationsAccessReport(f.ctx, &iam.GetOrganizationsAccessReportInput{JobId: job, SortKey: types.SortKeyTypeLastAuthenticatedTimeDescending, Marker: out.Marker}))(t)
		if len(rest.AccessDetails) != int(*out.NumberOfServicesAccessible)-2 || rest.AccessDetails[0].LastAuthenticatedTime != nil {
			t.Errorf("%+v", rest)
		}
	}
	job := must(generate(root + "/" + otherOwner))(t)
	for key, want := range map[types.SortKeyType]string{types.SortKeyTypeServiceNamespaceAscending: "apigateway", types.SortKeyTypeServiceNamespaceDescending: "xray"} {
		out := must(f.GetOrganizationsAccessReport(f.ctx, &iam.GetOrganizationsAccessReportInput{JobId: job, SortKey: key}))(t)
		if *out.NumberOfServicesAccessible != *out.NumberOfServicesNotAccessed || *out.AccessDetails[0].ServiceNamespace != want {
			t.Errorf("%s: %+v", key, out.AccessDetails[0])
		}
	}
	for _, path := range []string{"o-x/r-y", root + "x", root + "/ou-1/" + account, root + "/1"} {
		_, err := generate(path)
		checkRefused(t, err, "InvalidInput", "The entity path "+path+" is not in the organization.")
	}
	refused[*iam.GenerateOrganizationsAccessReportOutput](t, "InvalidInput", "The policy p-12345678 is not in the organization.")(
		f.GenerateOrganizationsAccessReport(f.ctx, &iam.GenerateOrganizationsAccessReportInput{EntityPath: &root, OrganizationsPolicyId: p("p-12345678")}))
	gone := "The job " + *job + " cannot be found."
	refused[*iam.GetOrganizationsAccessReportOutput](t, "NoSuchEntity", gone)(
		f.GetOrganizationsAccessReport(f.as(account, alice), &iam.GetOrganizationsAccessReportInput{JobId: job}))
	other := awswire.CallOf(f.as(otherOwner, rootOf(otherOwner, "")))
	refused[*iam.GenerateOrganizationsAccessReportOutput](t, "AccessDenied", "User: arn:aws:iam::"+otherOwner+":root is not authorized to perform: organizations:DescribePolicy")(
		f.GenerateOrganizationsAccessReport(awswire.WithCall(context.Background(), other), &iam.GenerateOrganizationsAccessReportInput{EntityPath: &root}))
	f.clock.Advance(24 * time.Hour)
	refused[*iam.GetOrganizationsAccessReportOutput](t, "NoSuchEntity", gone)(f.GetOrganizationsAccessReport(f.ctx, &iam.GetOrganizationsAccessReportInput{JobId: job}))
}

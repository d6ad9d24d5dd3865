package iam

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestDelegationRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := p("dr-0123456789abcdef")
	gone := "The delegation request " + *id + " cannot be found."
	refused[*iam.CreateDelegationRequestOutput](t, "AccessDenied", "User: arn:aws:iam::"+account+":root is not authorized to perform: iam:CreateDelegationRequest")(
		f.CreateDelegationRequest(f.ctx, &iam.CreateDelegationRequestInput{}))
	refused[*iam.GetDelegationRequestOutput](t, "NoSuchEntity", gone)(f.GetDelegationRequest(f.ctx, &iam.GetDelegationRequestInput{DelegationRequestId: id}))
	refused[*iam.UpdateDelegationRequestOutput](t, "NoSuchEntity", gone)(f.UpdateDelegationRequest(f.ctx, &iam.UpdateDelegationRequestInput{DelegationRequestId: id}))
	refused[*iam.AssociateDelegationRequestOutput](t, "NoSuchEntity", gone)(f.AssociateDelegationRequest(f.ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: id}))
	refused[*iam.AcceptDelegationRequestOutput](t, "NoSuchEntity", gone)(f.AcceptDelegationRequest(f.ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id}))
	refused[*iam.RejectDelegationRequestOutput](t, "NoSuchEntity", gone)(f.RejectDelegationRequest(f.ctx, &iam.RejectDelegationRequestInput{DelegationRequestId: id}))
	refused[*iam.SendDelegationTokenOutput](t, "NoSuchEntity", gone)(f.SendDelegationToken(f.ctx, &iam.SendDelegationTokenInput{DelegationRequestId: id}))
	refused[*iam.GetHumanReadableSummaryOutput](t, "NoSuchEntity", gone)(
		f.GetHumanReadableSummary(f.ctx, &iam.GetHumanReadableSummaryInput{EntityArn: p("arn:aws:iam::" + account + ":delegation-request/" + *id)}))
	role := p(roleARN + "a")
	refused[*iam.GetHumanReadableSummaryOutput](t, "InvalidInput", "Invalid entity ARN: "+*role+" is not a delegation request.")(
		f.GetHumanReadableSummary(f.ctx, &iam.GetHumanReadableSummaryInput{EntityArn: role}))
	if out := must(f.ListDelegationRequests(f.ctx, &iam.ListDelegationRequestsInput{}))(t); len(out.DelegationRequests) != 0 || out.IsTruncated {
		t.Errorf("%+v", out)
	}
	refused[*iam.ListDelegationRequestsOutput](t, "ValidationError", "Invalid Marker.")(f.ListDelegationRequests(f.ctx, &iam.ListDelegationRequestsInput{Marker: p("x")}))
}

func TestNothingOfOrganizationsAndTemplates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	refused[*iam.GenerateOrganizationsAccessReportOutput](t, "AccessDenied", "User: arn:aws:iam::"+account+":root is not authorized to perform: organizations:DescribePolicy")(
		f.GenerateOrganizationsAccessReport(f.ctx, &iam.GenerateOrganizationsAccessReportInput{}))
	job := p(strings.Repeat("0", 36))
	refused[*iam.GetOrganizationsAccessReportOutput](t, "NoSuchEntity", "The job "+*job+" cannot be found.")(
		f.GetOrganizationsAccessReport(f.ctx, &iam.GetOrganizationsAccessReportInput{JobId: job}))
	arn := p("arn:aws:iam::aws:role-template/example")
	refused[*iam.GetRoleTemplateVersionOutput](t, "NoSuchEntity", "The role template "+*arn+" cannot be found.")(
		f.GetRoleTemplateVersion(f.ctx, &iam.GetRoleTemplateVersionInput{TemplateArn: arn}))
	refused[*iam.AcquireRoleOutput](t, "NoSuchEntity", "The role template "+*arn+" cannot be found.")(
		f.AcquireRole(f.ctx, &iam.AcquireRoleInput{TemplateArn: arn}))
}

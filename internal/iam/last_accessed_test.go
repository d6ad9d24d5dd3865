package iam

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

const iamAndS3 = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:Get*","IAM:List*","custom:Do"],"Resource":"*"}}`

// userNamed returns the user as a caller.
func (f *fixture) userNamed(name string) awswire.Principal {
	f.t.Helper()
	u := must(f.GetUser(f.ctx, &iam.GetUserInput{UserName: &name}))(f.t).User
	return awswire.Principal{Kind: awswire.User, Account: account, ARN: *u.Arn, UserID: *u.UserId, IssuerID: *u.UserId, IssuerARN: *u.Arn, Name: name}
}

// calls has the principal call operations of a service, whatever the decision.
func (f *fixture) calls(p awswire.Principal, service, region string, operations ...string) {
	f.t.Helper()
	for _, op := range operations {
		call := &awswire.Call{Service: service, Operation: op, Account: account, Region: region, Principal: p, Time: f.clock.Now()}
		_ = f.Authorize(context.Background(), call, []awswire.Access{{Action: service + ":" + op, Resource: "*"}})
	}
}

func (f *fixture) report(ctx context.Context, arn string, granularity types.AccessAdvisorUsageGranularityType) (string, *iam.GetServiceLastAccessedDetailsOutput) {
	f.t.Helper()
	job := must(f.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{Arn: &arn, Granularity: granularity}))(f.t).JobId
	if len(*job) != 36 {
		f.t.Errorf("job id %q", *job)
	}
	return *job, must(f.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: job}))(f.t)
}

func TestServiceLastAccessed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group, alice, bob := p("staff"), p("alice"), p("bob")
	must(f.CreateGroup(f.ctx, &iam.CreateGroupInput{GroupName: group}))(t)
	for _, u := range []*string{alice, bob} {
		must(f.CreateUser(f.ctx, &iam.CreateUserInput{UserName: u}))(t)
		must(f.AddUserToGroup(f.ctx, &iam.AddUserToGroupInput{GroupName: group, UserName: u}))(t)
	}
	made := must(f.CreatePolicy(f.ctx, &iam.CreatePolicyInput{PolicyName: p("reads"), PolicyDocument: p(iamAndS3)}))(t).Policy
	must(f.AttachGroupPolicy(f.ctx, &iam.AttachGroupPolicyInput{GroupName: group, PolicyArn: made.Arn}))(t)

	f.calls(f.userNamed("alice"), "iam", "us-east-1", "ListUsers", "DeleteUser")
	f.calls(f.userNamed("alice"), "s3", "eu-west-1", "s3:GetObject")
	f.calls(f.userNamed("alice"), "cognito-idp", "us-east-1", "ListUserPools")
	first := f.clock.Now()
	f.clock.Advance(time.Hour)
	f.calls(f.userNamed("bob"), "iam", "us-east-1", "ListUsers")
	second := f.clock.Now()

	_, out := f.report(f.ctx, "arn:aws:iam::"+account+":user/alice", "")
	var spaces []string
	for _, a := range out.ServicesLastAccessed {
		spaces = append(spaces, *a.ServiceNamespace)
	}
	if !slices.Equal(spaces, []string{"custom", "iam", "s3"}) {
		t.Fatalf("services %v", spaces)
	}
	if a := out.ServicesLastAccessed[0]; a.LastAuthenticated != nil || *a.TotalAuthenticatedEntities != 0 || *a.ServiceName != "custom" {
		t.Errorf("an unused service: %+v", a)
	}
	if a := out.ServicesLastAccessed[1]; !a.LastAuthenticated.Equal(first) || *a.LastAuthenticatedEntity != "arn:aws:iam::"+account+":user/alice" ||
		*a.TotalAuthenticatedEntities != 1 || *a.ServiceName != "AWS Identity and Access Management" || a.TrackedActionsLastAccessed != nil {
		t.Errorf("a used service: %+v", a)
	}
	if a := out.ServicesLastAccessed[2]; *a.LastAuthenticatedRegion != "eu-west-1" {
		t.Errorf("another server's service: %+v", a)
	}
	if out.JobStatus != types.JobStatusTypeCompleted || out.JobType != types.AccessAdvisorUsageGranularityTypeServiceLevel || !out.JobCompletionDate.Equal(second) {
		t.Errorf("%+v", out)
	}

	for _, arn := range []string{"arn:aws:iam::" + account + ":group/staff", *made.Arn} {
		job, out := f.report(f.ctx, arn, types.AccessAdvisorUsageGranularityTypeActionLevel)
		used := out.ServicesLastAccessed[1]
		if *used.TotalAuthenticatedEntities != 2 || *used.LastAuthenticatedEntity != "arn:aws:iam::"+account+":user/bob" || !used.LastAuthenticated.Equal(second) {
			t.Errorf("%s: %+v", arn, used)
		}
		actions := used.TrackedActionsLastAccessed
		if len(actions) != 2 || *actions[0].ActionName != "DeleteUser" || *actions[1].ActionName != "ListUsers" ||
			!actions[0].LastAccessedTime.Equal(first) || !actions[1].LastAccessedTime.Equal(second) {
			t.Errorf("%s: actions %+v", arn, actions)
		}
		var names []string
		in := &iam.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: &job, ServiceNamespace: p("iam"), MaxItems: p(int32(1))}
		for range 5 {
			page := must(f.GetServiceLastAccessedDetailsWithEntities(f.ctx, in))(t)
			for _, e := range page.EntityDetailsList {
				names = append(names, *e.EntityInfo.Name)
			}
			if in.Marker = page.Marker; !page.IsTruncated {
				break
			}
		}
		if !slices.Equal(names, []string{"bob", "alice"}) {
			t.Errorf("%s: entities %v, want the latest first", arn, names)
		}
		unused := must(f.GetServiceLastAccessedDetailsWithEntities(f.ctx, &iam.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: &job, ServiceNamespace: p("custom")}))(t)
		if len(unused.EntityDetailsList) != 2 || unused.EntityDetailsList[0].LastAuthenticated != nil || *unused.EntityDetailsList[0].EntityInfo.Name != "alice" {
			t.Errorf("%s: an unused service %+v", arn, unused.EntityDetailsList)
		}
		_, err := f.GetServiceLastAccessedDetailsWithEntities(f.ctx, &iam.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: &job, ServiceNamespace: p("ec2")})
		checkRefused(t, err, "InvalidInput", fmt.Sprintf(msgServiceUnlisted, "ec2", arn))
	}

	// What lies beyond the tracking period is forgotten.
	f.clock.Advance(trackingPeriod - time.Minute)
	if _, out := f.report(f.ctx, *made.Arn, ""); *out.ServicesLastAccessed[1].TotalAuthenticatedEntities != 1 {
		t.Errorf("%+v", out.ServicesLastAccessed[1])
	}
}

func TestServiceLastAccessedRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	generate := func(arn string) error {
		_, err := f.GenerateServiceLastAccessedDetails(f.ctx, &iam.GenerateServiceLastAccessedDetailsInput{Arn: &arn})
		return err
	}
	checkRefused(t, generate("arn:aws:s3:::a-bucket-of-mine"), "InvalidInput", "Invalid ARN: arn:aws:s3:::a-bucket-of-mine is not a user, group, role or policy.")
	checkRefused(t, generate("arn:aws:iam::"+account+":root"), "InvalidInput", "Invalid ARN: arn:aws:iam::"+account+":root is not a user, group, role or policy.")
	checkRefused(t, generate("arn:aws:iam::"+account+":user/nobody"), "NoSuchEntity", "The user with name nobody cannot be found.")
	checkRefused(t, generate(policyARN+"none"), "NoSuchEntity", "Policy "+policyARN+"none was not found.")
	must(f.CreateUser(f.ctx, &iam.CreateUserInput{UserName: p("alice")}))(t)
	checkRefused(t, generate("arn:aws:iam::"+otherOwner+":user/alice"), "NoSuchEntity", "The user with name alice cannot be found.")
	checkRefused(t, generate("arn:aws:iam::"+account+":user/a/path/alice"), "NoSuchEntity", "The user with name alice cannot be found.")

	job, _ := f.report(f.ctx, "arn:aws:iam::"+account+":user/alice", "")
	read := func(ctx context.Context, id string) {
		t.Helper()
		_, err := f.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: &id})
		checkRefused(t, err, "NoSuchEntity", "The job "+id+" cannot be found.")
		_, err = f.GetServiceLastAccessedDetailsWithEntities(ctx, &iam.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: &id, ServiceNamespace: p("iam")})
		checkRefused(t, err, "NoSuchEntity", "The job "+id+" cannot be found.")
	}
	read(f.ctx, "00000000-0000-0000-0000-000000000000")
	read(f.as(account, f.userNamed("alice")), job)
	read(f.as(otherOwner, rootOf(otherOwner, "AKIAOTHER")), job)
	f.clock.Advance(accessReportLife)
	f.ctx = f.as(account, rootOf(account, "AKIAROOT"))
	read(f.ctx, job)
	_, err := f.GetServiceLastAccessedDetails(f.ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: &job, Marker: p("nonsense")})
	checkRefused(t, err, "ValidationError", "Invalid Marker.")
}

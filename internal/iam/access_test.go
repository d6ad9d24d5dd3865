package iam

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Resources and condition keys of operations with rules of their own (Service
// Authorization Reference).
func TestAccessOfSpecialOperations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := userPrincipal(f.user("u"))
	made := must(f.CreateServiceSpecificCredential(f.ctx, &iam.CreateServiceSpecificCredentialInput{UserName: p("u"), ServiceName: p("codecommit.amazonaws.com")}))(t).ServiceSpecificCredential
	user := "arn:aws:iam::" + account + ":user/u"
	for _, c := range []struct {
		operation     string
		in            any
		resource, key string
		values        []string
	}{
		{"GenerateOrganizationsAccessReport", &iam.GenerateOrganizationsAccessReportInput{EntityPath: p("o-1/r-1/2"), OrganizationsPolicyId: p("p-1")},
			"arn:aws:iam::" + account + ":access-report/o-1/r-1/2", "iam:OrganizationsPolicyId", []string{"p-1"}},
		{"GetServiceLinkedRoleDeletionStatus", &iam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: p("task/aws-service-role/a.amazonaws.com/R/1")},
			"arn:aws:iam::" + account + ":role/aws-service-role/a.amazonaws.com/R", "", nil},
		{"PutAccountProperties", &iam.PutAccountPropertiesInput{Properties: map[string]string{"Iam/A": "1", "Iam/B": "2"}}, "*", "iam:AccountPropertyNamespaces", []string{"Iam"}},
		{"CreateServiceSpecificCredential", &iam.CreateServiceSpecificCredentialInput{UserName: p("u"), ServiceName: p("x.amazonaws.com"), CredentialAgeDays: aws.Int32(7)},
			user, "iam:ServiceSpecificCredentialServiceName", []string{"x.amazonaws.com"}},
		{"CreateServiceSpecificCredential", &iam.CreateServiceSpecificCredentialInput{UserName: p("u"), ServiceName: p("x.amazonaws.com"), CredentialAgeDays: aws.Int32(7)},
			user, "iam:ServiceSpecificCredentialAgeDays", []string{"7"}},
		{"DeleteServiceSpecificCredential", &iam.DeleteServiceSpecificCredentialInput{UserName: p("u"), ServiceSpecificCredentialId: made.ServiceSpecificCredentialId},
			user, "iam:ServiceSpecificCredentialServiceName", []string{"codecommit.amazonaws.com"}},
	} {
		list := must(f.Table().Access(awswire.WithCall(context.Background(), f.call(u, "iam", c.operation)), c.operation, c.in))(t)
		if len(list) != 1 || list[0].Action != "iam:"+c.operation || list[0].Resource != c.resource || c.key != "" && !slices.Equal(list[0].Keys[c.key], c.values) {
			t.Errorf("%s: %+v", c.operation, list)
		}
	}
}

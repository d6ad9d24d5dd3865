package iam

// GenerateOrganizationsAccessReport, GetOrganizationsAccessReport

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// GenerateOrganizationsAccessReport is for the management account of an
// organization. Accounts of this server are members of none, and such accounts
// are refused as callers without the permission of Organizations are.
func (s *Service) GenerateOrganizationsAccessReport(ctx context.Context, _ *iam.GenerateOrganizationsAccessReportInput) (*iam.GenerateOrganizationsAccessReportOutput, error) {
	return nil, accessDenied("User: %s is not authorized to perform: organizations:DescribePolicy", awswire.CallOf(ctx).Principal.ARN)
}

// GetOrganizationsAccessReport answers NoSuchEntity, since no report can have
// been generated.
func (s *Service) GetOrganizationsAccessReport(_ context.Context, in *iam.GetOrganizationsAccessReportInput) (*iam.GetOrganizationsAccessReportOutput, error) {
	return nil, noSuchEntity(msgAccessReportGone, deref(in.JobId))
}

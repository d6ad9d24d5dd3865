package iam

// ListOrganizationsFeatures, EnableOrganizationsRootCredentialsManagement,
// DisableOrganizationsRootCredentialsManagement,
// EnableOrganizationsRootSessions, DisableOrganizationsRootSessions

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Accounts of this server are members of no organization, so these operations
// answer what AWS answers to such an account.
func noOrganization() error {
	return &types.OrganizationNotFoundException{Message: ptrTo("The request was rejected because your account is not part of an organization.")}
}

// ListOrganizationsFeatures answers OrganizationNotFoundException.
func (s *Service) ListOrganizationsFeatures(_ context.Context, _ *iam.ListOrganizationsFeaturesInput) (*iam.ListOrganizationsFeaturesOutput, error) {
	return nil, noOrganization()
}

// EnableOrganizationsRootCredentialsManagement answers
// OrganizationNotFoundException.
func (s *Service) EnableOrganizationsRootCredentialsManagement(_ context.Context, _ *iam.EnableOrganizationsRootCredentialsManagementInput) (*iam.EnableOrganizationsRootCredentialsManagementOutput, error) {
	return nil, noOrganization()
}

// DisableOrganizationsRootCredentialsManagement answers
// OrganizationNotFoundException.
func (s *Service) DisableOrganizationsRootCredentialsManagement(_ context.Context, _ *iam.DisableOrganizationsRootCredentialsManagementInput) (*iam.DisableOrganizationsRootCredentialsManagementOutput, error) {
	return nil, noOrganization()
}

// EnableOrganizationsRootSessions answers OrganizationNotFoundException.
func (s *Service) EnableOrganizationsRootSessions(_ context.Context, _ *iam.EnableOrganizationsRootSessionsInput) (*iam.EnableOrganizationsRootSessionsOutput, error) {
	return nil, noOrganization()
}

// DisableOrganizationsRootSessions answers OrganizationNotFoundException.
func (s *Service) DisableOrganizationsRootSessions(_ context.Context, _ *iam.DisableOrganizationsRootSessionsInput) (*iam.DisableOrganizationsRootSessionsOutput, error) {
	return nil, noOrganization()
}

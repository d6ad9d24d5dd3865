package iam

// PutRolePermissionsBoundary, DeleteRolePermissionsBoundary,
// PutUserPermissionsBoundary, DeleteUserPermissionsBoundary

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const msgNoBoundary = "%s %s doesn't have a permissions boundary."

// setBoundary makes a managed policy the limit of what an entity's policies can
// allow.
func (s *Service) setBoundary(ctx context.Context, kind store.IAMKind, name, boundary *string) error {
	arn := deref(boundary)
	if checkPolicyARN(arn) != nil {
		return invalidInput("ARN %s is not valid.", arn)
	}
	return s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, kind, name)
		if err != nil {
			return err
		}
		if err := s.checkBoundary(tx, account, arn); err != nil {
			return err
		}
		e.Boundary = arn
		return tx.UpdateIAMEntity(e)
	})
}

// dropBoundary removes an entity's permissions boundary.
func (s *Service) dropBoundary(ctx context.Context, kind store.IAMKind, label string, name *string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, kind, name)
		if err != nil {
			return err
		}
		if e.Boundary == "" {
			return noSuchEntity(msgNoBoundary, label, e.Name)
		}
		e.Boundary = ""
		return tx.UpdateIAMEntity(e)
	})
}

// PutRolePermissionsBoundary sets a role's permissions boundary.
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, in *iam.PutRolePermissionsBoundaryInput) (*iam.PutRolePermissionsBoundaryOutput, error) {
	return &iam.PutRolePermissionsBoundaryOutput{}, s.setBoundary(ctx, store.IAMRole, in.RoleName, in.PermissionsBoundary)
}

// DeleteRolePermissionsBoundary removes a role's permissions boundary.
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, in *iam.DeleteRolePermissionsBoundaryInput) (*iam.DeleteRolePermissionsBoundaryOutput, error) {
	return &iam.DeleteRolePermissionsBoundaryOutput{}, s.dropBoundary(ctx, store.IAMRole, "Role", in.RoleName)
}

// PutUserPermissionsBoundary sets a user's permissions boundary.
func (s *Service) PutUserPermissionsBoundary(ctx context.Context, in *iam.PutUserPermissionsBoundaryInput) (*iam.PutUserPermissionsBoundaryOutput, error) {
	return &iam.PutUserPermissionsBoundaryOutput{}, s.setBoundary(ctx, store.IAMUser, in.UserName, in.PermissionsBoundary)
}

// DeleteUserPermissionsBoundary removes a user's permissions boundary.
func (s *Service) DeleteUserPermissionsBoundary(ctx context.Context, in *iam.DeleteUserPermissionsBoundaryInput) (*iam.DeleteUserPermissionsBoundaryOutput, error) {
	return &iam.DeleteUserPermissionsBoundaryOutput{}, s.dropBoundary(ctx, store.IAMUser, "User", in.UserName)
}

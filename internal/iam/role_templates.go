package iam

// GetRoleTemplateVersion, AcquireRole

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// Role templates are made and managed by AWS services; no operation of IAM
// makes one. There are none on this server, so both operations answer what AWS
// answers for a template that does not exist.
const msgTemplateUnknown = "The role template %s cannot be found."

// GetRoleTemplateVersion answers NoSuchEntity.
func (s *Service) GetRoleTemplateVersion(_ context.Context, in *iam.GetRoleTemplateVersionInput) (*iam.GetRoleTemplateVersionOutput, error) {
	return nil, noSuchEntity(msgTemplateUnknown, deref(in.TemplateArn))
}

// AcquireRole answers NoSuchEntity.
func (s *Service) AcquireRole(_ context.Context, in *iam.AcquireRoleInput) (*iam.AcquireRoleOutput, error) {
	return nil, noSuchEntity(msgTemplateUnknown, deref(in.TemplateArn))
}

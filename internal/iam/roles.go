package iam

// CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription,
// UpdateAssumeRolePolicy, DeleteRole, TagRole, UntagRole, ListRoleTags

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	defaultMaxSession = 3600

	msgDetachFirst       = "Cannot delete entity, must detach all policies first."
	msgDeletePolicies    = "Cannot delete entity, must delete policies first."
	msgLeaveProfileFirst = "Cannot delete entity, must remove roles from instance profile first."
	msgServicePath       = "Roles in the path /aws-service-role/ are created with CreateServiceLinkedRole."
	msgProtectedRole     = "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS"
)

// CreateRole creates a role (IAM API Reference, CreateRole).
func (s *Service) CreateRole(ctx context.Context, in *iam.CreateRoleInput) (*iam.CreateRoleOutput, error) {
	if strings.HasPrefix(pathOr(in.Path), serviceRolePath) {
		return nil, accessDenied(msgServicePath)
	}
	if err := s.checkTrust(deref(in.AssumeRolePolicyDocument)); err != nil {
		return nil, err
	}
	var role store.IAMEntity
	var tags []types.Tag
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMEntities(account, store.IAMRole)
		if err != nil {
			return err
		}
		if err := quota("RolesPerAccount", n, s.quotas.Roles); err != nil {
			return err
		}
		role = store.IAMEntity{
			ID: tx.IDs().UniqueID("AROA"), Account: account, Kind: store.IAMRole, Name: deref(in.RoleName), Path: pathOr(in.Path),
			Description: deref(in.Description), MaxSession: defaultMaxSession, Boundary: deref(in.PermissionsBoundary), Created: tx.Now(),
		}
		if in.MaxSessionDuration != nil {
			role.MaxSession = int64(*in.MaxSessionDuration)
		}
		if err := s.checkBoundary(tx, account, role.Boundary); err != nil {
			return err
		}
		stored, ids, err := resolveTrust(tx, deref(in.AssumeRolePolicyDocument))
		if err != nil {
			return err
		}
		role.Trust = stored
		if err := tx.InsertIAMEntity(role); err != nil {
			return orTaken(err, alreadyExists("Role with name %s already exists.", role.Name))
		}
		if err := tx.SetIAMTrusted(role.ID, ids); err != nil {
			return err
		}
		if err := putTags(tx, role.ID, in.Tags, msgDuplicateTags); err != nil {
			return err
		}
		tags, err = tagsOf(tx, role.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	shown := wireRole(role)
	shown.MaxSessionDuration, shown.Description = nil, optional(role.Description)
	shown.PermissionsBoundary, shown.Tags = wireBoundary(role.Boundary), tags
	return &iam.CreateRoleOutput{Role: &shown}, nil
}

// checkTrust validates a trust policy without its principals.
func (s *Service) checkTrust(document string) error {
	if err := validateTrust(document); err != nil {
		return err
	}
	if policy.Size(document) > s.quotas.TrustPolicySize {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", s.quotas.TrustPolicySize)
	}
	return nil
}

// checkBoundary refuses a permissions boundary that is no policy; empty means
// none.
func (s *Service) checkBoundary(tx *store.Tx, account, arn string) error {
	if arn == "" {
		return nil
	}
	if checkPolicyARN(arn) != nil {
		return invalidInput("ARN %s is not valid.", arn)
	}
	if m := s.managed.of(arn); m != nil && !m.attachable() {
		return policyNotAttachable(msgServicePolicy)
	}
	return s.policyExists(tx, account, arn, noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn))
}

// boundaryType is what AWS answers, though its model has another value.
const boundaryType types.PermissionsBoundaryAttachmentType = "Policy"

func wireBoundary(arn string) *types.AttachedPermissionsBoundary {
	if arn == "" {
		return nil
	}
	return &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: &arn, PermissionsBoundaryType: boundaryType}
}

// wireRole shows what every answer has of a role; tags, boundary and use are
// in some of them only.
func wireRole(e store.IAMEntity) types.Role {
	arn, maxSession := e.ARN(), int32(e.MaxSession)
	return types.Role{
		RoleName: &e.Name, RoleId: &e.ID, Arn: &arn, Path: &e.Path, CreateDate: &e.Created, AssumeRolePolicyDocument: &e.Trust,
		Description: optional(e.Description), MaxSessionDuration: &maxSession,
	}
}

// fullRole adds what GetRole shows beyond a list.
func fullRole(tx *store.Tx, e store.IAMEntity) (types.Role, error) {
	shown := wireRole(e)
	shown.PermissionsBoundary = wireBoundary(e.Boundary)
	shown.RoleLastUsed = &types.RoleLastUsed{}
	if !e.LastUsed.IsZero() {
		shown.RoleLastUsed.LastUsedDate, shown.RoleLastUsed.Region = &e.LastUsed, &e.LastUsedRegion
	}
	var err error
	shown.Tags, err = tagsOf(tx, e.ID)
	return shown, err
}

// GetRole returns a role with its tags, boundary and last use.
func (s *Service) GetRole(ctx context.Context, in *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
	if err := s.usage.flush(ctx); err != nil {
		return nil, err
	}
	var shown types.Role
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, store.IAMRole, in.RoleName)
		if err != nil {
			return err
		}
		shown, err = fullRole(tx, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetRoleOutput{Role: &shown}, nil
}

// ListRoles lists the account's roles by name.
func (s *Service) ListRoles(ctx context.Context, in *iam.ListRolesInput) (*iam.ListRolesOutput, error) {
	list, err := s.listEntities(ctx, store.IAMRole, in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &iam.ListRolesOutput{Roles: mapSlice(list.items, wireRole), Marker: list.marker, IsTruncated: list.truncated}, nil
}

// entityPage is one page of entities.
type entityPage struct {
	items     []store.IAMEntity
	marker    *string
	truncated bool
}

func nameKey(e store.IAMEntity) string { return strings.ToLower(e.Name) }

func (s *Service) listEntities(ctx context.Context, kind store.IAMKind, prefix, marker *string, maxItems *int32) (out entityPage, err error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return out, err
	}
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		out.items, err = tx.ListIAMEntities(account, kind, pathOr(prefix), p.after, p.limit+1)
		return err
	})
	out.items, out.marker, out.truncated = cut(p, out.items, nameKey)
	return out, err
}

// changeable returns an entity that customers may change: all but
// service-linked roles.
func changeable(tx *store.Tx, account string, kind store.IAMKind, name *string) (store.IAMEntity, error) {
	e, err := entity(tx, account, kind, name)
	if err == nil && kind == store.IAMRole && strings.HasPrefix(e.Path, serviceRolePath) {
		return e, unmodifiable(msgProtectedRole, e.Name)
	}
	return e, err
}

// UpdateRole changes description and longest session; what is absent stays.
func (s *Service) UpdateRole(ctx context.Context, in *iam.UpdateRoleInput) (*iam.UpdateRoleOutput, error) {
	return &iam.UpdateRoleOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		find := changeable
		if in.Description != nil && in.MaxSessionDuration == nil {
			// The description is what can be edited of a service-linked role.
			find = entity
		}
		e, err := find(tx, account, store.IAMRole, in.RoleName)
		if err != nil {
			return err
		}
		if in.Description != nil {
			e.Description = *in.Description
		}
		if in.MaxSessionDuration != nil {
			e.MaxSession = int64(*in.MaxSessionDuration)
		}
		return tx.UpdateIAMEntity(e)
	})
}

// UpdateRoleDescription changes the description and returns the role.
func (s *Service) UpdateRoleDescription(ctx context.Context, in *iam.UpdateRoleDescriptionInput) (*iam.UpdateRoleDescriptionOutput, error) {
	var shown types.Role
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, store.IAMRole, in.RoleName)
		if err != nil {
			return err
		}
		e.Description = deref(in.Description)
		shown = wireRole(e)
		return tx.UpdateIAMEntity(e)
	})
	if err != nil {
		return nil, err
	}
	return &iam.UpdateRoleDescriptionOutput{Role: &shown}, nil
}

// UpdateAssumeRolePolicy replaces the trust policy.
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, in *iam.UpdateAssumeRolePolicyInput) (*iam.UpdateAssumeRolePolicyOutput, error) {
	if err := s.checkTrust(deref(in.PolicyDocument)); err != nil {
		return nil, err
	}
	return &iam.UpdateAssumeRolePolicyOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, store.IAMRole, in.RoleName)
		if err != nil {
			return err
		}
		stored, ids, err := resolveTrust(tx, deref(in.PolicyDocument))
		if err != nil {
			return err
		}
		e.Trust = stored
		if err := tx.SetIAMTrusted(e.ID, ids); err != nil {
			return err
		}
		return tx.UpdateIAMEntity(e)
	})
}

// DeleteRole deletes a role without policies and instance profiles. Sessions of
// the role end with it.
func (s *Service) DeleteRole(ctx context.Context, in *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
	return &iam.DeleteRoleOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, store.IAMRole, in.RoleName)
		if err != nil {
			return err
		}
		if err := noPolicies(tx, e.ID); err != nil {
			return err
		}
		profiles, err := tx.IAMContainers(e.ID, "", 1)
		if err != nil {
			return err
		}
		if len(profiles) > 0 {
			return deleteConflict("%s", msgLeaveProfileFirst)
		}
		return deleteEntity(tx, e)
	})
}

// noPolicies refuses to delete an entity that has policies.
func noPolicies(tx *store.Tx, id string) error {
	attachments, err := tx.IAMAttachments(id)
	if err != nil {
		return err
	}
	if len(attachments) > 0 {
		return deleteConflict("%s", msgDetachFirst)
	}
	inline, err := tx.IAMInlinePolicies(id)
	if err != nil {
		return err
	}
	if len(inline) > 0 {
		return deleteConflict("%s", msgDeletePolicies)
	}
	return nil
}

// deleteEntity deletes an entity; trust policies that name it show its unique
// id from then on.
func deleteEntity(tx *store.Tx, e store.IAMEntity) error {
	if err := renameTrusted(tx, e.ID, e.ARN(), e.ID); err != nil {
		return err
	}
	return tx.DeleteIAMEntity(e.ID)
}

// TagRole adds tags to a role.
func (s *Service) TagRole(ctx context.Context, in *iam.TagRoleInput) (*iam.TagRoleOutput, error) {
	return &iam.TagRoleOutput{}, s.tag(ctx, ofEntity(store.IAMRole, in.RoleName), in.Tags, msgDuplicateTags)
}

// UntagRole removes tags from a role.
func (s *Service) UntagRole(ctx context.Context, in *iam.UntagRoleInput) (*iam.UntagRoleOutput, error) {
	return &iam.UntagRoleOutput{}, s.untag(ctx, ofEntity(store.IAMRole, in.RoleName), in.TagKeys)
}

// ListRoleTags lists a role's tags.
func (s *Service) ListRoleTags(ctx context.Context, in *iam.ListRoleTagsInput) (*iam.ListRoleTagsOutput, error) {
	tags, marker, truncated, err := s.listTags(ctx, ofEntity(store.IAMRole, in.RoleName), in.Marker, in.MaxItems)
	return &iam.ListRoleTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}

package iam

// PutRolePolicy, GetRolePolicy, ListRolePolicies, DeleteRolePolicy,
// PutUserPolicy, GetUserPolicy, ListUserPolicies, DeleteUserPolicy,
// PutGroupPolicy, GetGroupPolicy, ListGroupPolicies, DeleteGroupPolicy

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	msgInlineTooLarge = "Maximum policy size of %d bytes exceeded for %s %s"
	msgInlineNotFound = "The %s policy with name %s cannot be found."
)

// putInline writes or replaces an inline policy of an entity.
func (s *Service) putInline(ctx context.Context, kind store.IAMKind, name, policyName, document *string) error {
	doc := deref(document)
	if err := validateIdentity(doc); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, kind, name)
		if err != nil {
			return err
		}
		have, err := tx.IAMInlinePolicies(e.ID)
		if err != nil {
			return err
		}
		total := policy.Size(doc)
		for _, p := range have {
			if p.Name != deref(policyName) {
				total += policy.Size(p.Document)
			}
		}
		if limit := s.inlineLimit(kind); total > limit {
			return limitExceeded(msgInlineTooLarge, limit, kind, e.Name)
		}
		return tx.PutIAMInlinePolicy(store.IAMInlinePolicy{EntityID: e.ID, Name: deref(policyName), Document: doc})
	})
}

func (s *Service) inlineLimit(kind store.IAMKind) int {
	switch kind {
	case store.IAMUser:
		return s.quotas.UserPolicySize
	case store.IAMGroup:
		return s.quotas.GroupPolicySize
	}
	return s.quotas.RolePolicySize
}

func (s *Service) getInline(ctx context.Context, kind store.IAMKind, name, policyName *string) (e store.IAMEntity, p store.IAMInlinePolicy, err error) {
	err = s.view(ctx, func(tx *store.Tx, account string) (err error) {
		if e, err = entity(tx, account, kind, name); err != nil {
			return err
		}
		p, err = tx.IAMInlinePolicy(e.ID, deref(policyName))
		return orElse(err, noSuchEntity(msgInlineNotFound, kind, deref(policyName)))
	})
	return e, p, err
}

func (s *Service) deleteInline(ctx context.Context, kind store.IAMKind, name, policyName *string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, kind, name)
		if err != nil {
			return err
		}
		return orElse(tx.DeleteIAMInlinePolicy(e.ID, deref(policyName)), noSuchEntity(msgInlineNotFound, kind, deref(policyName)))
	})
}

// listInline returns one page of the names of an entity's inline policies.
func (s *Service) listInline(ctx context.Context, kind store.IAMKind, name, marker *string, maxItems *int32) (names []string, next *string, truncated bool, err error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return nil, nil, false, err
	}
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, kind, name)
		if err != nil {
			return err
		}
		list, err := tx.IAMInlinePolicies(e.ID)
		names = mapSlice(list, func(p store.IAMInlinePolicy) string { return p.Name })
		return err
	})
	if err != nil {
		return nil, nil, false, err
	}
	names, next, truncated = window(p, names, func(n string) string { return n })
	return names, next, truncated, nil
}

// PutRolePolicy writes an inline policy of a role.
func (s *Service) PutRolePolicy(ctx context.Context, in *iam.PutRolePolicyInput) (*iam.PutRolePolicyOutput, error) {
	return &iam.PutRolePolicyOutput{}, s.putInline(ctx, store.IAMRole, in.RoleName, in.PolicyName, in.PolicyDocument)
}

// GetRolePolicy returns an inline policy of a role.
func (s *Service) GetRolePolicy(ctx context.Context, in *iam.GetRolePolicyInput) (*iam.GetRolePolicyOutput, error) {
	e, p, err := s.getInline(ctx, store.IAMRole, in.RoleName, in.PolicyName)
	return &iam.GetRolePolicyOutput{RoleName: &e.Name, PolicyName: &p.Name, PolicyDocument: &p.Document}, err
}

// ListRolePolicies lists the names of a role's inline policies.
func (s *Service) ListRolePolicies(ctx context.Context, in *iam.ListRolePoliciesInput) (*iam.ListRolePoliciesOutput, error) {
	names, marker, truncated, err := s.listInline(ctx, store.IAMRole, in.RoleName, in.Marker, in.MaxItems)
	return &iam.ListRolePoliciesOutput{PolicyNames: names, Marker: marker, IsTruncated: truncated}, err
}

// DeleteRolePolicy deletes an inline policy of a role.
func (s *Service) DeleteRolePolicy(ctx context.Context, in *iam.DeleteRolePolicyInput) (*iam.DeleteRolePolicyOutput, error) {
	return &iam.DeleteRolePolicyOutput{}, s.deleteInline(ctx, store.IAMRole, in.RoleName, in.PolicyName)
}

// PutUserPolicy writes an inline policy of a user.
func (s *Service) PutUserPolicy(ctx context.Context, in *iam.PutUserPolicyInput) (*iam.PutUserPolicyOutput, error) {
	return &iam.PutUserPolicyOutput{}, s.putInline(ctx, store.IAMUser, in.UserName, in.PolicyName, in.PolicyDocument)
}

// GetUserPolicy returns an inline policy of a user.
func (s *Service) GetUserPolicy(ctx context.Context, in *iam.GetUserPolicyInput) (*iam.GetUserPolicyOutput, error) {
	e, p, err := s.getInline(ctx, store.IAMUser, in.UserName, in.PolicyName)
	return &iam.GetUserPolicyOutput{UserName: &e.Name, PolicyName: &p.Name, PolicyDocument: &p.Document}, err
}

// ListUserPolicies lists the names of a user's inline policies.
func (s *Service) ListUserPolicies(ctx context.Context, in *iam.ListUserPoliciesInput) (*iam.ListUserPoliciesOutput, error) {
	names, marker, truncated, err := s.listInline(ctx, store.IAMUser, in.UserName, in.Marker, in.MaxItems)
	return &iam.ListUserPoliciesOutput{PolicyNames: names, Marker: marker, IsTruncated: truncated}, err
}

// DeleteUserPolicy deletes an inline policy of a user.
func (s *Service) DeleteUserPolicy(ctx context.Context, in *iam.DeleteUserPolicyInput) (*iam.DeleteUserPolicyOutput, error) {
	return &iam.DeleteUserPolicyOutput{}, s.deleteInline(ctx, store.IAMUser, in.UserName, in.PolicyName)
}

// PutGroupPolicy writes an inline policy of a group.
func (s *Service) PutGroupPolicy(ctx context.Context, in *iam.PutGroupPolicyInput) (*iam.PutGroupPolicyOutput, error) {
	return &iam.PutGroupPolicyOutput{}, s.putInline(ctx, store.IAMGroup, in.GroupName, in.PolicyName, in.PolicyDocument)
}

// GetGroupPolicy returns an inline policy of a group.
func (s *Service) GetGroupPolicy(ctx context.Context, in *iam.GetGroupPolicyInput) (*iam.GetGroupPolicyOutput, error) {
	e, p, err := s.getInline(ctx, store.IAMGroup, in.GroupName, in.PolicyName)
	return &iam.GetGroupPolicyOutput{GroupName: &e.Name, PolicyName: &p.Name, PolicyDocument: &p.Document}, err
}

// ListGroupPolicies lists the names of a group's inline policies.
func (s *Service) ListGroupPolicies(ctx context.Context, in *iam.ListGroupPoliciesInput) (*iam.ListGroupPoliciesOutput, error) {
	names, marker, truncated, err := s.listInline(ctx, store.IAMGroup, in.GroupName, in.Marker, in.MaxItems)
	return &iam.ListGroupPoliciesOutput{PolicyNames: names, Marker: marker, IsTruncated: truncated}, err
}

// DeleteGroupPolicy deletes an inline policy of a group.
func (s *Service) DeleteGroupPolicy(ctx context.Context, in *iam.DeleteGroupPolicyInput) (*iam.DeleteGroupPolicyOutput, error) {
	return &iam.DeleteGroupPolicyOutput{}, s.deleteInline(ctx, store.IAMGroup, in.GroupName, in.PolicyName)
}

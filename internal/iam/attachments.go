package iam

// AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies,
// AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies,
// AttachGroupPolicy, DetachGroupPolicy, ListAttachedGroupPolicies,
// ListEntitiesForPolicy

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const msgServicePolicy = "Cannot attach a Service Role Policy to a Customer Role."

// attach attaches a managed policy to an entity; one that is attached already
// stays so.
func (s *Service) attach(ctx context.Context, kind store.IAMKind, name, policyARN *string) error {
	arn := deref(policyARN)
	if err := checkPolicyARN(arn); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, kind, name)
		if err != nil {
			return err
		}
		if err := s.policyExists(tx, account, arn, noSuchEntity(msgPolicyUnknown, arn)); err != nil {
			return err
		}
		if m := s.managed.of(arn); m != nil && !m.attachable() {
			return policyNotAttachable(msgServicePolicy)
		}
		have, err := tx.IAMAttachments(e.ID)
		if err != nil {
			return err
		}
		for _, a := range have {
			if a.PolicyARN == arn {
				return nil
			}
		}
		if err := s.attachmentQuota(kind, len(have)); err != nil {
			return err
		}
		return tx.PutIAMAttachment(store.IAMAttachment{EntityID: e.ID, PolicyARN: arn, Account: account, Created: tx.Now()})
	})
}

func (s *Service) attachmentQuota(kind store.IAMKind, have int) error {
	switch kind {
	case store.IAMUser:
		return quota("PoliciesPerUser", have, s.quotas.AttachedPoliciesPerUser)
	case store.IAMGroup:
		return quota("PoliciesPerGroup", have, s.quotas.AttachedPoliciesPerGroup)
	}
	return quota("PoliciesPerRole", have, s.quotas.AttachedPoliciesPerRole)
}

func (s *Service) detach(ctx context.Context, kind store.IAMKind, name, policyARN *string) error {
	arn := deref(policyARN)
	if err := checkPolicyARN(arn); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := changeable(tx, account, kind, name)
		if err != nil {
			return err
		}
		return orElse(tx.DeleteIAMAttachment(e.ID, arn), noSuchEntity(msgPolicyNotFound, arn))
	})
}

// attached is the common answer of the three ListAttached operations.
type attached struct {
	policies  []types.AttachedPolicy
	marker    *string
	truncated bool
}

func (s *Service) listAttached(ctx context.Context, kind store.IAMKind, name, prefix, marker *string, maxItems *int32) (out attached, err error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return out, err
	}
	var found []store.IAMAttachment
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, kind, name)
		if err != nil {
			return err
		}
		all, err := tx.IAMAttachments(e.ID)
		found = found[:0]
		for _, a := range all {
			if strings.HasPrefix(policyPath(a.PolicyARN), pathOr(prefix)) {
				found = append(found, a)
			}
		}
		return err
	})
	if err != nil {
		return out, err
	}
	found, out.marker, out.truncated = window(p, found, attachmentKey)
	out.policies = mapSlice(found, wireAttached)
	return out, nil
}

func wireAttached(a store.IAMAttachment) types.AttachedPolicy {
	name := arnName(a.PolicyARN)
	return types.AttachedPolicy{PolicyName: &name, PolicyArn: &a.PolicyARN}
}

// maxKey keeps markers below the 320 characters that they may have.
const maxKey = 160

func attachmentKey(a store.IAMAttachment) string {
	key := a.Key()
	return key[:min(len(key), maxKey)]
}

// policyPath returns the path within a policy's ARN.
func policyPath(arn string) string {
	_, rest, _ := strings.Cut(arn, ":policy")
	return rest[:strings.LastIndexByte(rest, '/')+1]
}

// AttachRolePolicy attaches a managed policy to a role.
func (s *Service) AttachRolePolicy(ctx context.Context, in *iam.AttachRolePolicyInput) (*iam.AttachRolePolicyOutput, error) {
	return &iam.AttachRolePolicyOutput{}, s.attach(ctx, store.IAMRole, in.RoleName, in.PolicyArn)
}

// DetachRolePolicy detaches a managed policy from a role.
func (s *Service) DetachRolePolicy(ctx context.Context, in *iam.DetachRolePolicyInput) (*iam.DetachRolePolicyOutput, error) {
	return &iam.DetachRolePolicyOutput{}, s.detach(ctx, store.IAMRole, in.RoleName, in.PolicyArn)
}

// ListAttachedRolePolicies lists a role's managed policies by name.
func (s *Service) ListAttachedRolePolicies(ctx context.Context, in *iam.ListAttachedRolePoliciesInput) (*iam.ListAttachedRolePoliciesOutput, error) {
	a, err := s.listAttached(ctx, store.IAMRole, in.RoleName, in.PathPrefix, in.Marker, in.MaxItems)
	return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: a.policies, Marker: a.marker, IsTruncated: a.truncated}, err
}

// AttachUserPolicy attaches a managed policy to a user.
func (s *Service) AttachUserPolicy(ctx context.Context, in *iam.AttachUserPolicyInput) (*iam.AttachUserPolicyOutput, error) {
	return &iam.AttachUserPolicyOutput{}, s.attach(ctx, store.IAMUser, in.UserName, in.PolicyArn)
}

// DetachUserPolicy detaches a managed policy from a user.
func (s *Service) DetachUserPolicy(ctx context.Context, in *iam.DetachUserPolicyInput) (*iam.DetachUserPolicyOutput, error) {
	return &iam.DetachUserPolicyOutput{}, s.detach(ctx, store.IAMUser, in.UserName, in.PolicyArn)
}

// ListAttachedUserPolicies lists a user's own managed policies by name.
func (s *Service) ListAttachedUserPolicies(ctx context.Context, in *iam.ListAttachedUserPoliciesInput) (*iam.ListAttachedUserPoliciesOutput, error) {
	a, err := s.listAttached(ctx, store.IAMUser, in.UserName, in.PathPrefix, in.Marker, in.MaxItems)
	return &iam.ListAttachedUserPoliciesOutput{AttachedPolicies: a.policies, Marker: a.marker, IsTruncated: a.truncated}, err
}

// AttachGroupPolicy attaches a managed policy to a group.
func (s *Service) AttachGroupPolicy(ctx context.Context, in *iam.AttachGroupPolicyInput) (*iam.AttachGroupPolicyOutput, error) {
	return &iam.AttachGroupPolicyOutput{}, s.attach(ctx, store.IAMGroup, in.GroupName, in.PolicyArn)
}

// DetachGroupPolicy detaches a managed policy from a group.
func (s *Service) DetachGroupPolicy(ctx context.Context, in *iam.DetachGroupPolicyInput) (*iam.DetachGroupPolicyOutput, error) {
	return &iam.DetachGroupPolicyOutput{}, s.detach(ctx, store.IAMGroup, in.GroupName, in.PolicyArn)
}

// ListAttachedGroupPolicies lists a group's managed policies by name.
func (s *Service) ListAttachedGroupPolicies(ctx context.Context, in *iam.ListAttachedGroupPoliciesInput) (*iam.ListAttachedGroupPoliciesOutput, error) {
	a, err := s.listAttached(ctx, store.IAMGroup, in.GroupName, in.PathPrefix, in.Marker, in.MaxItems)
	return &iam.ListAttachedGroupPoliciesOutput{AttachedPolicies: a.policies, Marker: a.marker, IsTruncated: a.truncated}, err
}

package iam

// CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, TagPolicy,
// UntagPolicy, ListPolicyTags

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	msgPolicyExists      = "A policy called %s already exists. Duplicate names are not allowed."
	msgPolicyNotFound    = "Policy %s was not found."
	msgPolicyUnknown     = "Policy %s does not exist or is not attachable."
	msgForeignPolicy     = "Cannot %s policies outside your own account."
	msgPolicyAttached    = "Cannot delete a policy attached to entities."
	msgPolicyHasVersions = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
)

// CreatePolicy creates a managed policy whose document is version v1 (IAM API
// Reference, CreatePolicy).
func (s *Service) CreatePolicy(ctx context.Context, in *iam.CreatePolicyInput) (*iam.CreatePolicyOutput, error) {
	doc, name := deref(in.PolicyDocument), deref(in.PolicyName)
	if err := validateIdentity(doc); err != nil {
		return nil, err
	}
	if policy.Size(doc) > s.quotas.PolicySize {
		return nil, limitExceeded("Cannot exceed quota for PolicySize: %d", s.quotas.PolicySize)
	}
	var p store.IAMPolicy
	var tags []types.Tag
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMPolicies(account)
		if err != nil {
			return err
		}
		if err := quota("PoliciesPerAccount", n, s.quotas.Policies); err != nil {
			return err
		}
		p = store.IAMPolicy{
			ID: tx.IDs().UniqueID("ANPA"), Account: account, Name: name, Path: pathOr(in.Path), Description: deref(in.Description),
			DefaultVersion: 1, LastVersion: 1, Created: tx.Now(), Updated: tx.Now(),
		}
		p.ARN = "arn:aws:iam::" + account + ":policy" + p.Path + p.Name
		if err := tx.InsertIAMPolicy(p); err != nil {
			return orTaken(err, alreadyExists(msgPolicyExists, name))
		}
		if err := tx.InsertIAMPolicyVersion(p.ID, store.IAMPolicyVersion{Version: 1, Document: doc, Created: tx.Now()}); err != nil {
			return err
		}
		if err := putTags(tx, p.ID, in.Tags, msgDuplicatePolicyTags); err != nil {
			return err
		}
		tags, err = tagsOf(tx, p.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	shown := wirePolicy(p)
	shown.Tags = tags
	return &iam.CreatePolicyOutput{Policy: &shown}, nil
}

func versionID(n int64) string { return fmt.Sprintf("v%d", n) }

func wirePolicy(p store.IAMPolicy) types.Policy {
	version := versionID(p.DefaultVersion)
	return types.Policy{
		PolicyName: &p.Name, PolicyId: &p.ID, Arn: &p.ARN, Path: &p.Path, DefaultVersionId: &version, IsAttachable: true,
		AttachmentCount: &p.Attachments, PermissionsBoundaryUsageCount: &p.Boundaries, CreateDate: &p.Created, UpdateDate: &p.Updated,
	}
}

// wireManaged shows one of AWS's policies with its use in the account.
func wireManaged(tx *store.Tx, account string, m *managedPolicy) (types.Policy, error) {
	p := store.IAMPolicy{ID: m.id, ARN: m.arn, Name: m.Name, Path: m.Path, DefaultVersion: m.Version, Created: m.Created, Updated: m.Updated}
	var err error
	p.Attachments, p.Boundaries, err = tx.IAMPolicyUse(account, m.arn)
	shown := wirePolicy(p)
	shown.IsAttachable = m.attachable()
	return shown, err
}

// customerPolicy returns the account's own policy with the ARN, or notFound.
func customerPolicy(tx *store.Tx, account, arn string, notFound error) (store.IAMPolicy, error) {
	p, err := tx.IAMPolicy(arn)
	if err == nil && p.Account != account {
		err = store.ErrNotFound
	}
	return p, orElse(err, notFound)
}

// checkPolicyARN refuses what cannot be the ARN of a policy.
func checkPolicyARN(arn string) error {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !strings.HasPrefix(parts[5], "policy/") {
		return validationError("ARN %s is not valid.", arn)
	}
	return nil
}

// GetPolicy returns a customer or AWS managed policy.
func (s *Service) GetPolicy(ctx context.Context, in *iam.GetPolicyInput) (*iam.GetPolicyOutput, error) {
	arn := deref(in.PolicyArn)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	var shown types.Policy
	err := s.view(ctx, func(tx *store.Tx, account string) (err error) {
		if m := s.managed.of(arn); m != nil {
			shown, err = wireManaged(tx, account, m)
			shown.Description, shown.Tags = optional(m.Description), []types.Tag{}
			return err
		}
		p, err := customerPolicy(tx, account, arn, noSuchEntity(msgPolicyNotFound, arn))
		if err != nil {
			return err
		}
		shown = wirePolicy(p)
		shown.Description = optional(p.Description)
		tags, err := tx.IAMTags(p.ID)
		shown.Tags = wireTags(tags)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetPolicyOutput{Policy: &shown}, nil
}

// optional shows an empty text as absent.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// ListPolicies returns the account's policies, then AWS's, each by name.
func (s *Service) ListPolicies(ctx context.Context, in *iam.ListPoliciesInput) (*iam.ListPoliciesOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var found []types.Policy
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		found, err = s.listPolicies(tx, account, in, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &iam.ListPoliciesOutput{}
	out.Policies, out.Marker, out.IsTruncated = cut(p, found, policyKey)
	return out, nil
}

// The keys of ListPolicies' pages: the account's own policies come first.
const localKey, managedKey = "1", "2"

func policyKey(p types.Policy) string {
	if isManaged(*p.Arn) {
		return managedKey + strings.ToLower(*p.PolicyName)
	}
	return localKey + strings.ToLower(*p.PolicyName)
}

// listPolicies returns one policy more than the page holds, if there is one.
func (s *Service) listPolicies(tx *store.Tx, account string, in *iam.ListPoliciesInput, p page) ([]types.Policy, error) {
	found := []types.Policy{}
	if in.Scope != types.PolicyScopeTypeAws && !strings.HasPrefix(p.after, managedKey) {
		own, err := tx.ListIAMPolicies(account, store.IAMPolicyFilter{
			PathPrefix: pathOr(in.PathPrefix), Attached: in.OnlyAttached,
			Boundary:    in.PolicyUsageFilter == types.PolicyUsageTypePermissionsBoundary,
			Permissions: in.PolicyUsageFilter == types.PolicyUsageTypePermissionsPolicy,
		}, strings.TrimPrefix(p.after, localKey), p.limit+1)
		if err != nil {
			return nil, err
		}
		found = mapSlice(own, wirePolicy)
	}
	if in.Scope == types.PolicyScopeTypeLocal {
		return found, nil
	}
	for _, m := range s.managed.sorted {
		if len(found) > p.limit {
			break
		}
		if !strings.HasPrefix(m.Path, pathOr(in.PathPrefix)) || managedKey+m.key() <= p.after {
			continue
		}
		shown, err := wireManaged(tx, account, m)
		if err != nil {
			return nil, err
		}
		if listed(in, shown) {
			found = append(found, shown)
		}
	}
	return found, nil
}

// listed applies the filters of ListPolicies to one of AWS's policies.
func listed(in *iam.ListPoliciesInput, p types.Policy) bool {
	attached, bounds := *p.AttachmentCount > 0, *p.PermissionsBoundaryUsageCount > 0
	switch {
	case in.OnlyAttached && !attached && !bounds:
		return false
	case in.PolicyUsageFilter == types.PolicyUsageTypePermissionsBoundary:
		return bounds
	case in.PolicyUsageFilter == types.PolicyUsageTypePermissionsPolicy:
		return attached
	}
	return true
}

// DeletePolicy deletes a policy that nothing uses and that has one version.
func (s *Service) DeletePolicy(ctx context.Context, in *iam.DeletePolicyInput) (*iam.DeletePolicyOutput, error) {
	arn := deref(in.PolicyArn)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	if isManaged(arn) {
		return nil, accessDenied(msgForeignPolicy, "delete")
	}
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		p, err := customerPolicy(tx, account, arn, noSuchEntity(msgPolicyNotFound, arn))
		if err != nil {
			return err
		}
		if p.Attachments+p.Boundaries > 0 {
			return deleteConflict("%s", msgPolicyAttached)
		}
		versions, err := tx.IAMPolicyVersions(p.ID)
		if err != nil {
			return err
		}
		if len(versions) > 1 {
			return deleteConflict("%s", msgPolicyHasVersions)
		}
		return tx.DeleteIAMPolicy(p.ID)
	})
	if err != nil {
		return nil, err
	}
	return &iam.DeletePolicyOutput{}, nil
}

// ofPolicy resolves a customer managed policy by its ARN.
func ofPolicy(arn *string) resolve {
	return func(tx *store.Tx, account string) (string, error) {
		p, err := customerPolicy(tx, account, deref(arn), noSuchEntity(msgPolicyNotFound, deref(arn)))
		return p.ID, err
	}
}

// TagPolicy adds tags to a customer managed policy.
func (s *Service) TagPolicy(ctx context.Context, in *iam.TagPolicyInput) (*iam.TagPolicyOutput, error) {
	return &iam.TagPolicyOutput{}, s.tag(ctx, ofPolicy(in.PolicyArn), in.Tags, msgDuplicatePolicyTags)
}

// UntagPolicy removes tags from a customer managed policy.
func (s *Service) UntagPolicy(ctx context.Context, in *iam.UntagPolicyInput) (*iam.UntagPolicyOutput, error) {
	return &iam.UntagPolicyOutput{}, s.untag(ctx, ofPolicy(in.PolicyArn), in.TagKeys)
}

// ListPolicyTags lists the tags of a policy; AWS's have none.
func (s *Service) ListPolicyTags(ctx context.Context, in *iam.ListPolicyTagsInput) (*iam.ListPolicyTagsOutput, error) {
	if s.managed.of(deref(in.PolicyArn)) != nil {
		return &iam.ListPolicyTagsOutput{Tags: []types.Tag{}}, nil
	}
	tags, marker, truncated, err := s.listTags(ctx, ofPolicy(in.PolicyArn), in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &iam.ListPolicyTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, nil
}

// policyExists tells whether the ARN is a policy that the account may attach
// or set as a boundary; absent says what to answer otherwise.
func (s *Service) policyExists(tx *store.Tx, account, arn string, absent error) error {
	if s.managed.of(arn) != nil {
		return nil
	}
	p, err := tx.IAMPolicy(arn)
	if errors.Is(err, store.ErrNotFound) || err == nil && p.Account != account {
		return absent
	}
	return err
}

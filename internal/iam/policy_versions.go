package iam

// CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions,
// DeletePolicyVersion, SetDefaultPolicyVersion

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	msgTooManyVersions = "A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version."
	msgVersionUnknown  = "Policy %s version %s does not exist or is not attachable."
	msgForeignVersions = "Cannot delete policy versions for policies outside your own account."
	msgDeleteDefault   = "Cannot delete the default version of a policy."
)

// CreatePolicyVersion adds a version, which gets the next number that the
// policy never had.
func (s *Service) CreatePolicyVersion(ctx context.Context, in *iam.CreatePolicyVersionInput) (*iam.CreatePolicyVersionOutput, error) {
	arn, doc := deref(in.PolicyArn), deref(in.PolicyDocument)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	if isManaged(arn) {
		return nil, accessDenied(msgForeignPolicy, "update")
	}
	if err := validateIdentity(doc); err != nil {
		return nil, err
	}
	if policy.Size(doc) > s.quotas.PolicySize {
		return nil, limitExceeded("Cannot exceed quota for PolicySize: %d", s.quotas.PolicySize)
	}
	var shown types.PolicyVersion
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		p, err := customerPolicy(tx, account, arn, noSuchEntity(msgPolicyUnknown, arn))
		if err != nil {
			return err
		}
		have, err := tx.IAMPolicyVersions(p.ID)
		if err != nil {
			return err
		}
		if len(have) >= s.quotas.VersionsPerPolicy {
			return limitExceeded(msgTooManyVersions, s.quotas.VersionsPerPolicy)
		}
		p.LastVersion++
		p.Updated = tx.Now()
		if in.SetAsDefault {
			p.DefaultVersion = p.LastVersion
		}
		v := store.IAMPolicyVersion{Version: p.LastVersion, Document: doc, Created: tx.Now()}
		if err := tx.InsertIAMPolicyVersion(p.ID, v); err != nil {
			return err
		}
		shown = wireVersion(v, p.DefaultVersion)
		return tx.UpdateIAMPolicy(p)
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreatePolicyVersionOutput{PolicyVersion: &shown}, nil
}

// wireVersion shows a version without its document.
func wireVersion(v store.IAMPolicyVersion, defaultVersion int64) types.PolicyVersion {
	id := versionID(v.Version)
	return types.PolicyVersion{VersionId: &id, IsDefaultVersion: v.Version == defaultVersion, CreateDate: &v.Created}
}

// versionNumber reads "v1"; a suffix, which the pattern allows, names no
// version.
func versionNumber(id string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(id, "v"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// GetPolicyVersion returns one version with its document.
func (s *Service) GetPolicyVersion(ctx context.Context, in *iam.GetPolicyVersionInput) (*iam.GetPolicyVersionOutput, error) {
	arn, id := deref(in.PolicyArn), deref(in.VersionId)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	absent := noSuchEntity(msgVersionUnknown, arn, id)
	if m := s.managed.of(arn); m != nil {
		if versionNumber(id) != m.Version {
			return nil, absent
		}
		shown := wireVersion(store.IAMPolicyVersion{Version: m.Version, Created: m.Updated}, m.Version)
		shown.Document = &m.document
		return &iam.GetPolicyVersionOutput{PolicyVersion: &shown}, nil
	}
	var shown types.PolicyVersion
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		p, err := customerPolicy(tx, account, arn, absent)
		if err != nil {
			return err
		}
		v, err := tx.IAMPolicyVersion(p.ID, versionNumber(id))
		shown = wireVersion(v, p.DefaultVersion)
		shown.Document = &v.Document
		return orElse(err, absent)
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetPolicyVersionOutput{PolicyVersion: &shown}, nil
}

// ListPolicyVersions lists the versions, newest first, without documents.
func (s *Service) ListPolicyVersions(ctx context.Context, in *iam.ListPolicyVersionsInput) (*iam.ListPolicyVersionsOutput, error) {
	arn := deref(in.PolicyArn)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	pg, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var versions []store.IAMPolicyVersion
	var inForce int64
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		if m := s.managed.of(arn); m != nil {
			versions, inForce = []store.IAMPolicyVersion{{Version: m.Version, Created: m.Updated}}, m.Version
			return nil
		}
		p, err := customerPolicy(tx, account, arn, noSuchEntity(msgPolicyUnknown, arn))
		if err != nil {
			return err
		}
		inForce = p.DefaultVersion
		versions, err = tx.IAMPolicyVersions(p.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &iam.ListPolicyVersionsOutput{}
	versions, out.Marker, out.IsTruncated = window(pg, versions, descending)
	out.Versions = mapSlice(versions, func(v store.IAMPolicyVersion) types.PolicyVersion { return wireVersion(v, inForce) })
	return out, nil
}

// descending is a key that grows as the version falls.
func descending(v store.IAMPolicyVersion) string {
	const widest = 1 << 40
	return strconv.FormatInt(2*widest-v.Version, 10)
}

// DeletePolicyVersion deletes a version other than the default one.
func (s *Service) DeletePolicyVersion(ctx context.Context, in *iam.DeletePolicyVersionInput) (*iam.DeletePolicyVersionOutput, error) {
	arn, id := deref(in.PolicyArn), deref(in.VersionId)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	if isManaged(arn) {
		return nil, accessDenied("%s", msgForeignVersions)
	}
	absent := noSuchEntity(msgVersionUnknown, arn, id)
	return &iam.DeletePolicyVersionOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		p, err := customerPolicy(tx, account, arn, absent)
		if err != nil {
			return err
		}
		if versionNumber(id) == p.DefaultVersion {
			return deleteConflict("%s", msgDeleteDefault)
		}
		return orElse(tx.DeleteIAMPolicyVersion(p.ID, versionNumber(id)), absent)
	})
}

// SetDefaultPolicyVersion puts a version in force everywhere that the policy
// is attached.
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, in *iam.SetDefaultPolicyVersionInput) (*iam.SetDefaultPolicyVersionOutput, error) {
	arn, id := deref(in.PolicyArn), deref(in.VersionId)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	if isManaged(arn) {
		return nil, accessDenied(msgForeignPolicy, "update")
	}
	absent := noSuchEntity(msgVersionUnknown, arn, id)
	return &iam.SetDefaultPolicyVersionOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		p, err := customerPolicy(tx, account, arn, absent)
		if err != nil {
			return err
		}
		v, err := tx.IAMPolicyVersion(p.ID, versionNumber(id))
		if err != nil {
			return orElse(err, absent)
		}
		p.DefaultVersion, p.Updated = v.Version, tx.Now()
		return tx.UpdateIAMPolicy(p)
	})
}

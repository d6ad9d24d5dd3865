package iam

// CreateInstanceProfile, GetInstanceProfile, ListInstanceProfiles,
// DeleteInstanceProfile, AddRoleToInstanceProfile,
// RemoveRoleFromInstanceProfile, ListInstanceProfilesForRole,
// TagInstanceProfile, UntagInstanceProfile, ListInstanceProfileTags

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgProfileExists = "Instance Profile %s already exists."
	msgNotInProfile  = "Role %s in Instance Profile %s cannot be found."
)

// profile shows an instance profile with its role, with tags only where the
// answer has them.
func profile(tx *store.Tx, e store.IAMEntity, withTags bool) (types.InstanceProfile, error) {
	arn := e.ARN()
	shown := types.InstanceProfile{InstanceProfileName: &e.Name, InstanceProfileId: &e.ID, Arn: &arn, Path: &e.Path, CreateDate: &e.Created}
	roles, err := tx.IAMMembers(e.ID, "", 1)
	if err != nil {
		return shown, err
	}
	shown.Roles = mapSlice(roles, func(r store.IAMEntity) types.Role {
		role := wireRole(r)
		role.MaxSessionDuration = nil
		return role
	})
	if withTags {
		shown.Tags, err = tagsOf(tx, e.ID)
	}
	return shown, err
}

// CreateInstanceProfile creates an instance profile without a role.
func (s *Service) CreateInstanceProfile(ctx context.Context, in *iam.CreateInstanceProfileInput) (*iam.CreateInstanceProfileOutput, error) {
	var shown types.InstanceProfile
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMEntities(account, store.IAMInstanceProfile)
		if err != nil {
			return err
		}
		if err := quota("InstanceProfilesPerAccount", n, s.quotas.InstanceProfiles); err != nil {
			return err
		}
		e := store.IAMEntity{
			ID: tx.IDs().UniqueID("AIPA"), Account: account, Kind: store.IAMInstanceProfile, Name: deref(in.InstanceProfileName), Path: pathOr(in.Path), Created: tx.Now(),
		}
		if err := tx.InsertIAMEntity(e); err != nil {
			return orTaken(err, alreadyExists(msgProfileExists, e.Name))
		}
		if err := putTags(tx, e.ID, in.Tags, msgDuplicateTags); err != nil {
			return err
		}
		shown, err = profile(tx, e, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateInstanceProfileOutput{InstanceProfile: &shown}, nil
}

// GetInstanceProfile returns an instance profile with its role and tags.
func (s *Service) GetInstanceProfile(ctx context.Context, in *iam.GetInstanceProfileInput) (*iam.GetInstanceProfileOutput, error) {
	var shown types.InstanceProfile
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, store.IAMInstanceProfile, in.InstanceProfileName)
		if err != nil {
			return err
		}
		shown, err = profile(tx, e, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetInstanceProfileOutput{InstanceProfile: &shown}, nil
}

// profiles shows entities of a page.
func (s *Service) profiles(ctx context.Context, items []store.IAMEntity) (shown []types.InstanceProfile, err error) {
	err = s.view(ctx, func(tx *store.Tx, _ string) error {
		shown = make([]types.InstanceProfile, len(items))
		for i, e := range items {
			if shown[i], err = profile(tx, e, false); err != nil {
				return err
			}
		}
		return nil
	})
	return shown, err
}

// ListInstanceProfiles lists the account's instance profiles by name.
func (s *Service) ListInstanceProfiles(ctx context.Context, in *iam.ListInstanceProfilesInput) (*iam.ListInstanceProfilesOutput, error) {
	list, err := s.listEntities(ctx, store.IAMInstanceProfile, in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	shown, err := s.profiles(ctx, list.items)
	return &iam.ListInstanceProfilesOutput{InstanceProfiles: shown, Marker: list.marker, IsTruncated: list.truncated}, err
}

// ListInstanceProfilesForRole lists the instance profiles that a role is in.
func (s *Service) ListInstanceProfilesForRole(ctx context.Context, in *iam.ListInstanceProfilesForRoleInput) (*iam.ListInstanceProfilesForRoleOutput, error) {
	list, err := s.containersOf(ctx, store.IAMRole, in.RoleName, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	shown, err := s.profiles(ctx, list.items)
	return &iam.ListInstanceProfilesForRoleOutput{InstanceProfiles: shown, Marker: list.marker, IsTruncated: list.truncated}, err
}

// DeleteInstanceProfile deletes an instance profile without a role.
func (s *Service) DeleteInstanceProfile(ctx context.Context, in *iam.DeleteInstanceProfileInput) (*iam.DeleteInstanceProfileOutput, error) {
	return &iam.DeleteInstanceProfileOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, store.IAMInstanceProfile, in.InstanceProfileName)
		if err != nil {
			return err
		}
		roles, err := tx.IAMMembers(e.ID, "", 1)
		if err != nil {
			return err
		}
		if len(roles) > 0 {
			return deleteConflict(msgLeaveProfileFirst)
		}
		return tx.DeleteIAMEntity(e.ID)
	})
}

// AddRoleToInstanceProfile puts a role into an instance profile, which holds
// one at most.
func (s *Service) AddRoleToInstanceProfile(ctx context.Context, in *iam.AddRoleToInstanceProfileInput) (*iam.AddRoleToInstanceProfileOutput, error) {
	return &iam.AddRoleToInstanceProfileOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, store.IAMInstanceProfile, in.InstanceProfileName)
		if err != nil {
			return err
		}
		r, err := changeable(tx, account, store.IAMRole, in.RoleName)
		if err != nil {
			return err
		}
		roles, err := tx.IAMMembers(e.ID, "", 1)
		if err != nil {
			return err
		}
		if err := quota("InstanceSessionsPerInstanceProfile", len(roles), 1); err != nil {
			return err
		}
		return tx.AddIAMMember(e.ID, r.ID)
	})
}

// RemoveRoleFromInstanceProfile takes a role out of an instance profile.
func (s *Service) RemoveRoleFromInstanceProfile(ctx context.Context, in *iam.RemoveRoleFromInstanceProfileInput) (*iam.RemoveRoleFromInstanceProfileOutput, error) {
	return &iam.RemoveRoleFromInstanceProfileOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, store.IAMInstanceProfile, in.InstanceProfileName)
		if err != nil {
			return err
		}
		absent := noSuchEntity(msgNotInProfile, deref(in.RoleName), e.Name)
		r, err := tx.IAMEntity(account, store.IAMRole, deref(in.RoleName))
		if err != nil {
			return orElse(err, absent)
		}
		return orElse(tx.RemoveIAMMember(e.ID, r.ID), absent)
	})
}

// TagInstanceProfile adds tags to an instance profile.
func (s *Service) TagInstanceProfile(ctx context.Context, in *iam.TagInstanceProfileInput) (*iam.TagInstanceProfileOutput, error) {
	return &iam.TagInstanceProfileOutput{}, s.tag(ctx, ofEntity(store.IAMInstanceProfile, in.InstanceProfileName), in.Tags, msgDuplicateTags)
}

// UntagInstanceProfile removes tags from an instance profile.
func (s *Service) UntagInstanceProfile(ctx context.Context, in *iam.UntagInstanceProfileInput) (*iam.UntagInstanceProfileOutput, error) {
	return &iam.UntagInstanceProfileOutput{}, s.untag(ctx, ofEntity(store.IAMInstanceProfile, in.InstanceProfileName), in.TagKeys)
}

// ListInstanceProfileTags lists the tags of an instance profile.
func (s *Service) ListInstanceProfileTags(ctx context.Context, in *iam.ListInstanceProfileTagsInput) (*iam.ListInstanceProfileTagsOutput, error) {
	tags, marker, truncated, err := s.listTags(ctx, ofEntity(store.IAMInstanceProfile, in.InstanceProfileName), in.Marker, in.MaxItems)
	return &iam.ListInstanceProfileTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}

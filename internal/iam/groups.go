package iam

// CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, AddUserToGroup,
// RemoveUserFromGroup, ListGroupsForUser

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgGroupExists = "Group with name %s already exists."
	msgNotMember   = "User %s is not a member of group %s."
)

// CreateGroup creates a group (IAM API Reference, CreateGroup).
func (s *Service) CreateGroup(ctx context.Context, in *iam.CreateGroupInput) (*iam.CreateGroupOutput, error) {
	var g store.IAMEntity
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMEntities(account, store.IAMGroup)
		if err != nil {
			return err
		}
		if err := quota("GroupsPerAccount", n, s.quotas.Groups); err != nil {
			return err
		}
		g = store.IAMEntity{
			ID: tx.IDs().UniqueID("AGPA"), Account: account, Kind: store.IAMGroup, Name: deref(in.GroupName), Path: pathOr(in.Path), Created: tx.Now(),
		}
		return orTaken(tx.InsertIAMEntity(g), alreadyExists(msgGroupExists, g.Name))
	})
	if err != nil {
		return nil, err
	}
	shown := wireGroup(g)
	return &iam.CreateGroupOutput{Group: &shown}, nil
}

func wireGroup(e store.IAMEntity) types.Group {
	arn := e.ARN()
	return types.Group{GroupName: &e.Name, GroupId: &e.ID, Arn: &arn, Path: &e.Path, CreateDate: &e.Created}
}

// GetGroup returns a group and one page of its users.
func (s *Service) GetGroup(ctx context.Context, in *iam.GetGroupInput) (*iam.GetGroupOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var g store.IAMEntity
	var users []store.IAMEntity
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		if g, err = entity(tx, account, store.IAMGroup, in.GroupName); err != nil {
			return err
		}
		users, err = tx.IAMMembers(g.ID, p.after, p.limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	shown := wireGroup(g)
	out := &iam.GetGroupOutput{Group: &shown}
	users, out.Marker, out.IsTruncated = cut(p, users, nameKey)
	out.Users = mapSlice(users, wireUser)
	return out, nil
}

// ListGroups lists the account's groups by name.
func (s *Service) ListGroups(ctx context.Context, in *iam.ListGroupsInput) (*iam.ListGroupsOutput, error) {
	list, err := s.listEntities(ctx, store.IAMGroup, in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &iam.ListGroupsOutput{Groups: mapSlice(list.items, wireGroup), Marker: list.marker, IsTruncated: list.truncated}, nil
}

// UpdateGroup renames or moves a group, which keeps its users and policies.
func (s *Service) UpdateGroup(ctx context.Context, in *iam.UpdateGroupInput) (*iam.UpdateGroupOutput, error) {
	return &iam.UpdateGroupOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		g, err := entity(tx, account, store.IAMGroup, in.GroupName)
		if err != nil {
			return err
		}
		return rename(tx, g, in.NewGroupName, in.NewPath, msgGroupExists)
	})
}

// DeleteGroup deletes a group without users and policies.
func (s *Service) DeleteGroup(ctx context.Context, in *iam.DeleteGroupInput) (*iam.DeleteGroupOutput, error) {
	return &iam.DeleteGroupOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		g, err := entity(tx, account, store.IAMGroup, in.GroupName)
		if err != nil {
			return err
		}
		users, err := tx.IAMMembers(g.ID, "", 1)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return deleteConflict(msgLeaveGroups)
		}
		if err := noPolicies(tx, g.ID); err != nil {
			return err
		}
		return deleteEntity(tx, g)
	})
}

// userAndGroup finds both; a missing user is reported before a missing group.
func userAndGroup(tx *store.Tx, account string, user, group *string) (u, g store.IAMEntity, err error) {
	if u, err = entity(tx, account, store.IAMUser, user); err != nil {
		return u, g, err
	}
	g, err = entity(tx, account, store.IAMGroup, group)
	return u, g, err
}

// AddUserToGroup puts a user into a group; again does nothing.
func (s *Service) AddUserToGroup(ctx context.Context, in *iam.AddUserToGroupInput) (*iam.AddUserToGroupOutput, error) {
	return &iam.AddUserToGroupOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		u, g, err := userAndGroup(tx, account, in.UserName, in.GroupName)
		if err != nil {
			return err
		}
		groups, err := tx.IAMContainers(u.ID, "", s.quotas.GroupsPerUser+1)
		if err != nil {
			return err
		}
		for _, have := range groups {
			if have.ID == g.ID {
				return nil
			}
		}
		if err := quota("GroupsPerUser", len(groups), s.quotas.GroupsPerUser); err != nil {
			return err
		}
		return tx.AddIAMMember(g.ID, u.ID)
	})
}

// RemoveUserFromGroup takes a user out of a group.
func (s *Service) RemoveUserFromGroup(ctx context.Context, in *iam.RemoveUserFromGroupInput) (*iam.RemoveUserFromGroupOutput, error) {
	return &iam.RemoveUserFromGroupOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		u, g, err := userAndGroup(tx, account, in.UserName, in.GroupName)
		if err != nil {
			return err
		}
		return orElse(tx.RemoveIAMMember(g.ID, u.ID), noSuchEntity(msgNotMember, u.Name, g.Name))
	})
}

// containersOf returns one page of what an entity is a member of.
func (s *Service) containersOf(ctx context.Context, kind store.IAMKind, name, marker *string, maxItems *int32) (out entityPage, err error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return out, err
	}
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, kind, name)
		if err != nil {
			return err
		}
		out.items, err = tx.IAMContainers(e.ID, p.after, p.limit+1)
		return err
	})
	out.items, out.marker, out.truncated = cut(p, out.items, nameKey)
	return out, err
}

// ListGroupsForUser lists the groups that a user is in by name.
func (s *Service) ListGroupsForUser(ctx context.Context, in *iam.ListGroupsForUserInput) (*iam.ListGroupsForUserOutput, error) {
	list, err := s.containersOf(ctx, store.IAMUser, in.UserName, in.Marker, in.MaxItems)
	return &iam.ListGroupsForUserOutput{Groups: mapSlice(list.items, wireGroup), Marker: list.marker, IsTruncated: list.truncated}, err
}

package userpool

// Operations: AdminAddUserToGroup, AdminRemoveUserFromGroup,
// AdminListGroupsForUser, ListUsersInGroup.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const tooManyGroupsOfUser = "A user cannot be in more than %d groups."

// AdminAddUserToGroup makes a user a member of a group; one that is a member
// stays one. Tokens that are issued from now on show it. Errors:
// ResourceNotFoundException, UserNotFoundException, LimitExceededException.
func (s *Service) AdminAddUserToGroup(ctx context.Context, in *cognito.AdminAddUserToGroupInput) (*cognito.AdminAddUserToGroupOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		g, u, err := s.groupAndUser(ctx, tx, in.UserPoolId, in.GroupName, in.Username)
		if err != nil {
			return err
		}
		groups, err := tx.GroupsOfUser(u.PoolID, u.Sub, "", maxGroupsOfUser)
		if err != nil {
			return err
		}
		for _, of := range groups {
			if of.ID == g.ID {
				return nil
			}
		}
		if limit := s.quotas[quotaGroupsOfUser]; len(groups) >= limit {
			return limitExceeded(tooManyGroupsOfUser, limit)
		}
		return tx.AddToGroup(g, u.Sub)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminAddUserToGroupOutput{}, nil
}

// AdminRemoveUserFromGroup ends a user's membership of a group; of a group that
// the user is not in, nothing changes. Errors: ResourceNotFoundException,
// UserNotFoundException.
func (s *Service) AdminRemoveUserFromGroup(ctx context.Context, in *cognito.AdminRemoveUserFromGroupInput) (*cognito.AdminRemoveUserFromGroupOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		g, u, err := s.groupAndUser(ctx, tx, in.UserPoolId, in.GroupName, in.Username)
		if err != nil {
			return err
		}
		return tx.RemoveFromGroup(g, u.Sub)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminRemoveUserFromGroupOutput{}, nil
}

func (s *Service) groupAndUser(ctx context.Context, tx *store.Tx, poolID, group, username *string) (*store.Group, *store.User, error) {
	p, g, err := s.group(ctx, tx, poolID, group)
	if err != nil {
		return nil, nil, err
	}
	u, err := findUser(tx, p, aws.ToString(username))
	return g, u, orUserNotFound(err)
}

// AdminListGroupsForUser lists a user's groups in the order of their names.
// Errors: InvalidParameterException for a token of another list,
// ResourceNotFoundException, UserNotFoundException.
func (s *Service) AdminListGroupsForUser(ctx context.Context, in *cognito.AdminListGroupsForUserInput) (*cognito.AdminListGroupsForUserOutput, error) {
	limit := pageSize(in.Limit)
	var (
		scope  string
		groups []*store.Group
	)
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, u, err := s.adminUser(ctx, tx, in.UserPoolId, in.Username)
		if err != nil {
			return err
		}
		scope = "groups/" + p.ID + "/" + u.Sub
		after, err := s.openPage(scope, in.NextToken)
		if err != nil {
			return err
		}
		groups, err = tx.GroupsOfUser(p.ID, u.Sub, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	groups, next := cutPage(s, scope, limit, groups, groupName)
	return &cognito.AdminListGroupsForUserOutput{Groups: groupTypes(groups), NextToken: next}, nil
}

// ListUsersInGroup lists a group's members in a stable order. Errors:
// InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListUsersInGroup(ctx context.Context, in *cognito.ListUsersInGroupInput) (*cognito.ListUsersInGroupOutput, error) {
	limit := pageSize(in.Limit)
	var (
		scope string
		users []*store.User
	)
	err := s.store.View(ctx, func(tx *store.Tx) error {
		_, g, err := s.group(ctx, tx, in.UserPoolId, in.GroupName)
		if err != nil {
			return err
		}
		scope = "members/" + g.ID
		after, err := s.openPage(scope, in.NextToken)
		if err != nil {
			return err
		}
		users, err = tx.UsersOfGroup(g, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &cognito.ListUsersInGroupOutput{Users: []types.UserType{}}
	users, out.NextToken = cutPage(s, scope, limit, users, func(u *store.User) string { return u.Sub })
	for _, u := range users {
		out.Users = append(out.Users, userType(u, nil))
	}
	return out, nil
}

// memberships returns the user's groups as tokens show them.
func (s *Service) memberships(tx *store.Tx, u *store.User) (list []membership, err error) {
	groups, err := tx.GroupsOfUser(u.PoolID, u.Sub, "", maxGroupsOfUser)
	for _, g := range groups {
		list = append(list, membership{name: g.Name, role: aws.ToString(g.RoleARN), precedence: g.Precedence})
	}
	return list, err
}

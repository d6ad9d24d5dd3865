package userpool

// Operations: CreateGroup, GetGroup, UpdateGroup, DeleteGroup, ListGroups.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	groupExists   = "A group with the name already exists."
	groupMissing  = "Group not found."
	tooManyGroups = "User pool %s is limited to %d groups."
)

// CreateGroup creates a group. Names are case-sensitive. Errors:
// GroupExistsException, InvalidParameterException for a role of another
// account, LimitExceededException, ResourceNotFoundException.
func (s *Service) CreateGroup(ctx context.Context, in *cognito.CreateGroupInput) (*cognito.CreateGroupOutput, error) {
	var g *store.Group
	err := s.update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		if err := p.checkGroupRole(in.RoleArn); err != nil {
			return err
		}
		g = &store.Group{
			ID: s.ids.UUID(), PoolID: p.ID, Name: aws.ToString(in.GroupName),
			Description: in.Description, RoleARN: in.RoleArn, Precedence: in.Precedence,
		}
		return s.insertGroup(tx, g)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.CreateGroupOutput{Group: groupType(g)}, nil
}

func (s *Service) insertGroup(tx *store.Tx, g *store.Group) error {
	switch _, err := tx.Group(g.PoolID, g.Name); {
	case err == nil:
		return &types.GroupExistsException{Message: aws.String(groupExists)}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	n, err := tx.CountGroups(g.PoolID)
	if err != nil {
		return err
	}
	if n >= s.quotas[quotaGroups] {
		return limitExceeded(tooManyGroups, g.PoolID, s.quotas[quotaGroups])
	}
	return tx.InsertGroup(g)
}

func (p *pool) checkGroupRole(role *string) error {
	if role == nil {
		return nil
	}
	return p.checkRole(*role)
}

// GetGroup returns a group. Errors: ResourceNotFoundException.
func (s *Service) GetGroup(ctx context.Context, in *cognito.GetGroupInput) (*cognito.GetGroupOutput, error) {
	var g *store.Group
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		_, g, err = s.group(ctx, tx, in.UserPoolId, in.GroupName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.GetGroupOutput{Group: groupType(g)}, nil
}

// UpdateGroup changes the members of a group that the input has; those that it
// omits stay. Errors are those of CreateGroup.
func (s *Service) UpdateGroup(ctx context.Context, in *cognito.UpdateGroupInput) (*cognito.UpdateGroupOutput, error) {
	var g *store.Group
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		var p *pool
		if p, g, err = s.group(ctx, tx, in.UserPoolId, in.GroupName); err != nil {
			return err
		}
		if err := p.checkGroupRole(in.RoleArn); err != nil {
			return err
		}
		g.Description = cmpOr(in.Description, g.Description)
		g.RoleARN = cmpOr(in.RoleArn, g.RoleARN)
		g.Precedence = cmpOr(in.Precedence, g.Precedence)
		return tx.UpdateGroup(g)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateGroupOutput{Group: groupType(g)}, nil
}

// DeleteGroup deletes a group; its members stay users. Errors:
// ResourceNotFoundException.
func (s *Service) DeleteGroup(ctx context.Context, in *cognito.DeleteGroupInput) (*cognito.DeleteGroupOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		_, g, err := s.group(ctx, tx, in.UserPoolId, in.GroupName)
		if err != nil {
			return err
		}
		if err := tx.DeleteGroup(g); err != nil {
			return err
		}
		_, err = tx.PurgeGroupMembers(purgeBatch)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteGroupOutput{}, nil
}

// ListGroups lists the pool's groups in the order of their names. Errors:
// InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListGroups(ctx context.Context, in *cognito.ListGroupsInput) (*cognito.ListGroupsOutput, error) {
	want := page{"groups", in.UserPoolId, pageSize(in.Limit), in.NextToken}
	groups, next, err := listOfPool(ctx, s, want, (*store.Tx).Groups, groupName)
	if err != nil {
		return nil, err
	}
	return &cognito.ListGroupsOutput{Groups: groupTypes(groups), NextToken: next}, nil
}

func groupName(g *store.Group) string { return g.Name }

func groupTypes(groups []*store.Group) []types.GroupType {
	list := []types.GroupType{}
	for _, g := range groups {
		list = append(list, *groupType(g))
	}
	return list
}

// group returns a group of a pool of the caller's account and region, and the
// pool.
func (s *Service) group(ctx context.Context, tx *store.Tx, poolID, name *string) (*pool, *store.Group, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, nil, err
	}
	g, err := tx.Group(p.ID, aws.ToString(name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, notFound(groupMissing)
	}
	return p, g, err
}

func groupType(g *store.Group) *types.GroupType {
	return &types.GroupType{
		GroupName: &g.Name, UserPoolId: &g.PoolID, Description: g.Description, RoleArn: g.RoleARN, Precedence: g.Precedence,
		CreationDate: &g.Created, LastModifiedDate: &g.Modified,
	}
}

package iam

// CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser, TagUser, UntagUser,
// ListUserTags

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgUserExists    = "User with name %s already exists."
	msgNeedUserName  = "Must specify userName when calling with non-User credentials"
	msgDeleteKeys    = "Cannot delete entity, must delete access keys first."
	msgLeaveGroups   = "Cannot delete entity, must remove users from group first."
	msgDeleteLogin   = "Cannot delete entity, must delete login profile first."
	msgDeleteMFA     = "Cannot delete entity, must delete MFA device first."
	msgDeleteObjects = "Cannot delete entity, must remove referenced objects first."
)

// CreateUser creates a user (IAM API Reference, CreateUser).
func (s *Service) CreateUser(ctx context.Context, in *iam.CreateUserInput) (*iam.CreateUserOutput, error) {
	var shown types.User
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMEntities(account, store.IAMUser)
		if err != nil {
			return err
		}
		if err := quota("UsersPerAccount", n, s.quotas.Users); err != nil {
			return err
		}
		u := store.IAMEntity{
			ID: tx.IDs().UniqueID("AIDA"), Account: account, Kind: store.IAMUser, Name: deref(in.UserName), Path: pathOr(in.Path),
			Boundary: deref(in.PermissionsBoundary), Created: tx.Now(),
		}
		if err := s.checkBoundary(tx, account, u.Boundary); err != nil {
			return err
		}
		if err := tx.InsertIAMEntity(u); err != nil {
			return orTaken(err, alreadyExists(msgUserExists, u.Name))
		}
		if err := putTags(tx, u.ID, in.Tags, msgDuplicateTags); err != nil {
			return err
		}
		shown, err = fullUser(tx, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateUserOutput{User: &shown}, nil
}

// wireUser shows what a list has of a user.
func wireUser(e store.IAMEntity) types.User {
	arn := e.ARN()
	u := types.User{UserName: &e.Name, UserId: &e.ID, Arn: &arn, Path: &e.Path, CreateDate: &e.Created}
	if !e.LastUsed.IsZero() {
		u.PasswordLastUsed = &e.LastUsed
	}
	return u
}

// fullUser adds boundary and tags.
func fullUser(tx *store.Tx, e store.IAMEntity) (types.User, error) {
	u := wireUser(e)
	u.PermissionsBoundary = wireBoundary(e.Boundary)
	var err error
	u.Tags, err = tagsOf(tx, e.ID)
	return u, err
}

// caller resolves a user name that may be left out, which means the caller. root
// is true for the account's root user, which is no entity.
func caller(ctx context.Context, tx *store.Tx, account string, name *string) (u store.IAMEntity, root bool, err error) {
	if name != nil {
		u, err = entity(tx, account, store.IAMUser, name)
		return u, false, err
	}
	switch p := awswire.CallOf(ctx).Principal; p.Kind {
	case awswire.Root:
		return u, true, nil
	case awswire.User:
		u, err = tx.IAMEntityByID(p.IssuerID)
		return u, false, orElse(err, noEntity(store.IAMUser, p.Name))
	}
	return u, false, validationError(msgNeedUserName)
}

// GetUser returns a user, by default the caller.
func (s *Service) GetUser(ctx context.Context, in *iam.GetUserInput) (*iam.GetUserOutput, error) {
	var shown types.User
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		u, root, err := caller(ctx, tx, account, in.UserName)
		if err != nil {
			return err
		}
		if root {
			shown, err = rootUser(tx, account)
			return err
		}
		shown, err = fullUser(tx, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetUserOutput{User: &shown}, nil
}

// rootUser shows the account's root user, which has no name; it is as old as
// its first key.
func rootUser(tx *store.Tx, account string) (types.User, error) {
	arn := "arn:aws:iam::" + account + ":root"
	created := tx.Now()
	keys, err := tx.IAMAccessKeys(account, "")
	for _, k := range keys {
		if k.Created.Before(created) {
			created = k.Created
		}
	}
	return types.User{UserId: &account, Arn: &arn, CreateDate: &created}, err
}

// ListUsers lists the account's users by name.
func (s *Service) ListUsers(ctx context.Context, in *iam.ListUsersInput) (*iam.ListUsersOutput, error) {
	list, err := s.listEntities(ctx, store.IAMUser, in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &iam.ListUsersOutput{Users: mapSlice(list.items, wireUser), Marker: list.marker, IsTruncated: list.truncated}, nil
}

// rename changes the name and path of an entity and makes the trust policies
// that name it follow.
func rename(tx *store.Tx, e store.IAMEntity, name, path *string, taken string) error {
	was := e.ARN()
	if name != nil {
		e.Name = *name
	}
	if path != nil {
		e.Path = *path
	}
	if err := tx.UpdateIAMEntity(e); err != nil {
		return orTaken(err, alreadyExists(taken, e.Name))
	}
	if e.ARN() == was {
		return nil
	}
	return renameTrusted(tx, e.ID, was, e.ARN())
}

// UpdateUser renames or moves a user, which keeps its id, keys, groups and
// policies.
func (s *Service) UpdateUser(ctx context.Context, in *iam.UpdateUserInput) (*iam.UpdateUserOutput, error) {
	return &iam.UpdateUserOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		u, err := entity(tx, account, store.IAMUser, in.UserName)
		if err != nil {
			return err
		}
		return rename(tx, u, in.NewUserName, in.NewPath, msgUserExists)
	})
}

// DeleteUser deletes a user that has nothing left: no policies, groups, keys,
// password, MFA devices or other credentials.
func (s *Service) DeleteUser(ctx context.Context, in *iam.DeleteUserInput) (*iam.DeleteUserOutput, error) {
	return &iam.DeleteUserOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		u, err := entity(tx, account, store.IAMUser, in.UserName)
		if err != nil {
			return err
		}
		if err := noPolicies(tx, u.ID); err != nil {
			return err
		}
		if err := userHasNothing(tx, u); err != nil {
			return err
		}
		return deleteEntity(tx, u)
	})
}

func userHasNothing(tx *store.Tx, u store.IAMEntity) error {
	keys, err := tx.IAMAccessKeys(u.Account, u.ID)
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		return deleteConflict(msgDeleteKeys)
	}
	groups, err := tx.IAMContainers(u.ID, "", 1)
	if err != nil {
		return err
	}
	if len(groups) > 0 {
		return deleteConflict(msgLeaveGroups)
	}
	for _, o := range []struct{ kind, message string }{
		{kindLogin, msgDeleteLogin}, {kindMFA, msgDeleteMFA}, {kindSSHKey, msgDeleteObjects}, {kindSigningCertificate, msgDeleteObjects}, {kindServiceCredential, msgDeleteObjects},
	} {
		have, err := tx.IAMObjectsOf(u.ID, o.kind, "", 1)
		if err != nil {
			return err
		}
		if len(have) > 0 {
			return deleteConflict("%s", o.message)
		}
	}
	return nil
}

// The kinds of objects that a user may have.
const (
	kindLogin              = "login-profile"
	kindSSHKey             = "ssh-public-key"
	kindSigningCertificate = "signing-certificate"
	kindServiceCredential  = "service-specific-credential"
)

// TagUser adds tags to a user.
func (s *Service) TagUser(ctx context.Context, in *iam.TagUserInput) (*iam.TagUserOutput, error) {
	return &iam.TagUserOutput{}, s.tag(ctx, ofEntity(store.IAMUser, in.UserName), in.Tags, msgDuplicateTags)
}

// UntagUser removes tags from a user.
func (s *Service) UntagUser(ctx context.Context, in *iam.UntagUserInput) (*iam.UntagUserOutput, error) {
	return &iam.UntagUserOutput{}, s.untag(ctx, ofEntity(store.IAMUser, in.UserName), in.TagKeys)
}

// ListUserTags lists a user's tags.
func (s *Service) ListUserTags(ctx context.Context, in *iam.ListUserTagsInput) (*iam.ListUserTagsOutput, error) {
	tags, marker, truncated, err := s.listTags(ctx, ofEntity(store.IAMUser, in.UserName), in.Marker, in.MaxItems)
	return &iam.ListUserTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}

package userpool

// AdminGetUser, AdminDeleteUser, AdminEnableUser, AdminDisableUser.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// asAdmin runs f in a writing transaction for a user of a pool of the caller's
// account and region. Errors: ResourceNotFoundException,
// UserNotFoundException.
func (s *Service) asAdmin(ctx context.Context, poolID, username *string, f func(*store.Tx, *pool, *store.User) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		p, u, err := s.adminUser(ctx, tx, poolID, username)
		if err != nil {
			return err
		}
		return f(tx, p, u)
	})
}

func (s *Service) adminUser(ctx context.Context, tx *store.Tx, poolID, username *string) (*pool, *store.User, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, nil, err
	}
	u, err := findUser(tx, p, aws.ToString(username))
	return p, u, orUserNotFound(err)
}

// AdminGetUser returns a user with all its attributes (API Reference,
// AdminGetUser).
func (s *Service) AdminGetUser(ctx context.Context, in *cognito.AdminGetUserInput) (*cognito.AdminGetUserOutput, error) {
	var u *store.User
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		_, u, err = s.adminUser(ctx, tx, in.UserPoolId, in.Username)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &cognito.AdminGetUserOutput{
		Username: usernameOf(u), Enabled: u.Enabled, UserAttributes: attributesOf(u), UserStatus: types.UserStatusType(u.Status),
		UserCreateDate: &u.Created, UserLastModifiedDate: &u.Modified,
	}
	out.UserMFASettingList, out.PreferredMfaSetting = mfaSettings(u)
	return out, nil
}

// AdminDeleteUser deletes a user (API Reference, AdminDeleteUser).
func (s *Service) AdminDeleteUser(ctx context.Context, in *cognito.AdminDeleteUserInput) (*cognito.AdminDeleteUserOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, _ *pool, u *store.User) error { return tx.DeleteUser(u) })
	if err != nil {
		return nil, err
	}
	return &cognito.AdminDeleteUserOutput{}, nil
}

// AdminEnableUser lets a disabled user sign in again (API Reference,
// AdminEnableUser).
func (s *Service) AdminEnableUser(ctx context.Context, in *cognito.AdminEnableUserInput) (*cognito.AdminEnableUserOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, _ *pool, u *store.User) error {
		u.Enabled = true
		return tx.UpdateUser(u)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminEnableUserOutput{}, nil
}

// AdminDisableUser keeps a user from signing in and revokes its tokens (API
// Reference, AdminDisableUser).
func (s *Service) AdminDisableUser(ctx context.Context, in *cognito.AdminDisableUserInput) (*cognito.AdminDisableUserOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, _ *pool, u *store.User) error {
		u.Enabled, u.SignedOut = false, tx.Now()
		return tx.UpdateUser(u)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminDisableUserOutput{}, nil
}

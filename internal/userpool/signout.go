// Operations: GlobalSignOut, AdminUserGlobalSignOut.

package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// GlobalSignOut revokes every token that the caller was issued so far.
func (s *Service) GlobalSignOut(ctx context.Context, in *cognito.GlobalSignOutInput) (*cognito.GlobalSignOutOutput, error) {
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		return tx.SignOutUser(b.user)
	})
	if err != nil {
		return nil, withoutUserNotFound(err, msgAccessTokenRevoked)
	}
	return &cognito.GlobalSignOutOutput{}, nil
}

// AdminUserGlobalSignOut revokes every token that a user was issued so far.
func (s *Service) AdminUserGlobalSignOut(ctx context.Context, in *cognito.AdminUserGlobalSignOutInput) (*cognito.AdminUserGlobalSignOutOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		u, err := findUser(tx, p, aws.ToString(in.Username))
		if err != nil {
			return orUserNotFound(err)
		}
		return tx.SignOutUser(u)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminUserGlobalSignOutOutput{}, nil
}

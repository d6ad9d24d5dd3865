package userpool

// DeleteUser.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// DeleteUser deletes the user of an access token (API Reference, DeleteUser).
func (s *Service) DeleteUser(ctx context.Context, in *cognito.DeleteUserInput) (*cognito.DeleteUserOutput, error) {
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error { return tx.DeleteUser(b.user) })
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteUserOutput{}, nil
}

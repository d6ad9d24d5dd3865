package userpool

// GetUser.

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// GetUser returns the user of an access token with the attributes that the
// token's client may read (API Reference, GetUser).
func (s *Service) GetUser(ctx context.Context, in *cognito.GetUserInput) (*cognito.GetUserOutput, error) {
	out := &cognito.GetUserOutput{}
	err := s.asBearerView(ctx, aws.ToString(in.AccessToken), func(_ *store.Tx, b *bearer) error {
		out.Username = usernameOf(b.user)
		out.UserAttributes = slices.DeleteFunc(attributesOf(b.user), func(a types.AttributeType) bool { return !b.client.reads(*a.Name) })
		out.UserMFASettingList, out.PreferredMfaSetting = mfaSettings(b.user)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

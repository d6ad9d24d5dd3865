package userpool

// Operations: AddUserPoolClientSecret, ListUserPoolClientSecrets,
// DeleteUserPoolClientSecret.

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxSecrets is how many secrets a client may have at once.
const maxSecrets = 2

const (
	publicClient   = "User pool client %s does not have a client secret."
	tooManySecrets = "User pool client %s is limited to %d client secrets."
	secretNotFound = "Client secret %s does not exist."
	lastSecret     = "The last client secret of a user pool client cannot be deleted."
)

// AddUserPoolClientSecret adds a second secret to a confidential client, so that
// secrets can be changed without a break: both are good until one is deleted. A
// secret that was not given is generated and shown this once. Errors:
// InvalidParameterException for a public client, LimitExceededException,
// ResourceNotFoundException.
func (s *Service) AddUserPoolClientSecret(ctx context.Context, in *cognito.AddUserPoolClientSecretInput) (*cognito.AddUserPoolClientSecretOutput, error) {
	var added store.ClientSecret
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		c, _, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		switch n := len(c.secrets); {
		case n == 0:
			return invalidParameter(publicClient, c.ID)
		case n >= maxSecrets:
			return limitExceeded(tooManySecrets, c.ID, maxSecrets)
		}
		added = store.ClientSecret{ClientID: c.ID, ID: secretID(c.ID, tx.Now(), c.secrets), Secret: aws.ToString(in.ClientSecret)}
		if added.Secret == "" {
			added.Secret = s.ids.ClientSecret()
		}
		return tx.InsertClientSecret(&added)
	})
	if err != nil {
		return nil, err
	}
	d := describeSecret(&added)
	if in.ClientSecret == nil {
		d.ClientSecretValue = &added.Secret
	}
	return &cognito.AddUserPoolClientSecretOutput{ClientSecretDescriptor: &d}, nil
}

// ListUserPoolClientSecrets lists a client's secrets without their values, the
// oldest first. There is never a second page. Errors:
// InvalidParameterException for any token, ResourceNotFoundException.
func (s *Service) ListUserPoolClientSecrets(ctx context.Context, in *cognito.ListUserPoolClientSecretsInput) (*cognito.ListUserPoolClientSecretsOutput, error) {
	var c *client
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		c, _, err = s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		return err
	})
	if err != nil {
		return nil, err
	}
	if in.NextToken != nil {
		return nil, invalidParameter(invalidNextToken)
	}
	out := &cognito.ListUserPoolClientSecretsOutput{ClientSecrets: []types.ClientSecretDescriptorType{}}
	for i := range c.secrets {
		out.ClientSecrets = append(out.ClientSecrets, describeSecret(&c.secrets[i]))
	}
	return out, nil
}

// DeleteUserPoolClientSecret deletes a secret, which is no longer good at once.
// Errors: InvalidParameterException for the last one,
// ResourceNotFoundException.
func (s *Service) DeleteUserPoolClientSecret(ctx context.Context, in *cognito.DeleteUserPoolClientSecretInput) (*cognito.DeleteUserPoolClientSecretOutput, error) {
	id := aws.ToString(in.ClientSecretId)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		c, _, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		switch {
		case !slices.ContainsFunc(c.secrets, func(s store.ClientSecret) bool { return s.ID == id }):
			return notFound(secretNotFound, id)
		case len(c.secrets) == 1:
			return invalidParameter(lastSecret)
		}
		return tx.DeleteClientSecret(c.ID, id)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteUserPoolClientSecretOutput{}, nil
}

func describeSecret(s *store.ClientSecret) types.ClientSecretDescriptorType {
	return types.ClientSecretDescriptorType{ClientSecretId: &s.ID, ClientSecretCreateDate: &s.Created}
}

// secretID is the client's ID and the time in milliseconds, later than that of
// any other secret of the client.
func secretID(clientID string, now time.Time, others []store.ClientSecret) string {
	for ; ; now = now.Add(time.Millisecond) {
		id := fmt.Sprintf("%s--%d", clientID, now.UnixMilli())
		if !slices.ContainsFunc(others, func(s store.ClientSecret) bool { return s.ID == id }) {
			return id
		}
	}
}

package userpool

// Operations: ListUserPoolClients, DeleteUserPoolClient.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// ListUserPoolClients lists the pool's app clients in the order of their IDs,
// or those of one type; pages then may be short. Errors:
// InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListUserPoolClients(ctx context.Context, in *newops.ListUserPoolClientsInput) (*cognito.ListUserPoolClientsOutput, error) {
	want := page{"clients", in.UserPoolId, pageSize(in.MaxResults), in.NextToken}
	rows, next, err := listOfPool(ctx, s, want, (*store.Tx).Clients, func(c *store.Client) string { return c.ID })
	if err != nil {
		return nil, err
	}
	out := &cognito.ListUserPoolClientsOutput{UserPoolClients: []types.UserPoolClientDescription{}, NextToken: next}
	for _, row := range rows {
		c, err := newClient(row, nil)
		if err != nil {
			return nil, err
		}
		if in.ClientType == "" || in.ClientType == c.Doc.ClientType {
			out.UserPoolClients = append(out.UserPoolClients, types.UserPoolClientDescription{
				ClientId: &row.ID, ClientName: &row.Name, UserPoolId: &row.PoolID,
			})
		}
	}
	return out, nil
}

// DeleteUserPoolClient deletes an app client. Its tokens can no longer be
// refreshed. Errors: ResourceNotFoundException.
func (s *Service) DeleteUserPoolClient(ctx context.Context, in *cognito.DeleteUserPoolClientInput) (*cognito.DeleteUserPoolClientOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		c, _, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		return tx.DeleteClient(c.ID)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteUserPoolClientOutput{}, nil
}

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
	poolID := aws.ToString(in.UserPoolId)
	scope := "clients/" + poolID
	limit := pageSize(in.MaxResults)
	var rows []*store.Client
	err := s.store.View(ctx, func(tx *store.Tx) error {
		if _, err := s.pool(ctx, tx, poolID); err != nil {
			return err
		}
		after, err := s.openPage(scope, in.NextToken)
		if err != nil {
			return err
		}
		rows, err = tx.Clients(poolID, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &cognito.ListUserPoolClientsOutput{UserPoolClients: []types.UserPoolClientDescription{}}
	if len(rows) > limit {
		rows = rows[:limit]
		out.NextToken = s.nextPage(scope, rows[limit-1].ID)
	}
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

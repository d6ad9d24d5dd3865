package userpool

// Operation: ListUserPools.

import (
	"context"
	"slices"
	"strings"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// ListUserPools lists the pools of the caller's account and region in the order
// of their IDs. Errors: InvalidParameterException for a token of another list.
func (s *Service) ListUserPools(ctx context.Context, in *cognito.ListUserPoolsInput) (*cognito.ListUserPoolsOutput, error) {
	call := awswire.CallOf(ctx)
	scope := "pools/" + call.Account + "/" + call.Region
	after, err := s.openPage(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.MaxResults)
	var pools []*pool
	var regions map[string][]string
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		if pools, err = s.poolsIn(tx, call.Account, call.Region, after, limit+1); err != nil {
			return err
		}
		regions, err = replicaRegions(tx, pools)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &cognito.ListUserPoolsOutput{UserPools: []types.UserPoolDescriptionType{}}
	pools, out.NextToken = cutPage(s, scope, limit, pools, func(p *pool) string { return p.ID })
	for _, p := range pools {
		out.UserPools = append(out.UserPools, types.UserPoolDescriptionType{
			Id: p.Doc.Id, Name: p.Doc.Name, LambdaConfig: p.Doc.LambdaConfig, ReplicaRegions: regions[p.ID],
			CreationDate: p.Doc.CreationDate, LastModifiedDate: p.Doc.LastModifiedDate,
		})
	}
	return out, nil
}

// poolsIn returns up to limit pools of the account in the region, and replicas
// that its pools have there, in the order of their IDs.
func (s *Service) poolsIn(tx *store.Tx, account, region, after string, limit int) ([]*pool, error) {
	rows, err := tx.UserPools(account, region, after, limit)
	if err != nil {
		return nil, err
	}
	replicas, err := tx.ReplicasIn(account, region, after, limit)
	if err != nil {
		return nil, err
	}
	pools := make([]*pool, 0, len(rows)+len(replicas))
	for _, row := range rows {
		p, err := newPool(row)
		if err != nil {
			return nil, err
		}
		pools = append(pools, p)
	}
	for _, r := range replicas {
		p, err := s.anyPool(tx, r.PoolID)
		if err != nil {
			return nil, err
		}
		if p, err = replicaFrom(p, r); err != nil {
			return nil, err
		}
		pools = append(pools, p)
	}
	slices.SortFunc(pools, func(a, b *pool) int { return strings.Compare(a.ID, b.ID) })
	return pools[:min(limit, len(pools))], nil
}

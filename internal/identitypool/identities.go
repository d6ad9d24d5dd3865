package identitypool

// Operations: DescribeIdentity, ListIdentities, DeleteIdentities.

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/smithy-go"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// ownIdentity returns an identity of the caller's account and region.
func (s *Service) ownIdentity(tx *store.Tx, call *awswire.Call, id string) (*store.Identity, *pool, error) {
	i, p, err := s.identity(tx, id)
	if err != nil {
		return nil, nil, err
	}
	if p.Account != call.Account || p.Region != call.Region {
		return nil, nil, notFound(identityNotFound, id)
	}
	return i, p, nil
}

// DescribeIdentity returns when an identity was created and changed, and the
// names of the providers that it has logins of.
func (s *Service) DescribeIdentity(ctx context.Context, in *cognitoidentity.DescribeIdentityInput) (*cognitoidentity.DescribeIdentityOutput, error) {
	var i *store.Identity
	var logins []store.IdentityLogin
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if i, _, err = s.ownIdentity(tx, awswire.CallOf(ctx), aws.ToString(in.IdentityId)); err != nil {
			return err
		}
		logins, err = tx.LoginsOf(i.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	d := describe(*i, logins)
	return &cognitoidentity.DescribeIdentityOutput{
		IdentityId: d.IdentityId, CreationDate: d.CreationDate, LastModifiedDate: d.LastModifiedDate, Logins: d.Logins,
	}, nil
}

func describe(i store.Identity, logins []store.IdentityLogin) types.IdentityDescription {
	providers := []string{}
	for _, l := range logins {
		if !slices.Contains(providers, l.Provider) {
			providers = append(providers, l.Provider)
		}
	}
	return types.IdentityDescription{
		IdentityId: aws.String(i.ID), CreationDate: aws.Time(i.Created), LastModifiedDate: aws.Time(i.Modified), Logins: providers,
	}
}

// ListIdentities lists a pool's identities in the order of their IDs, with
// HideDisabled only those that were not merged into another.
func (s *Service) ListIdentities(ctx context.Context, in *cognitoidentity.ListIdentitiesInput) (*cognitoidentity.ListIdentitiesOutput, error) {
	limit, scope := pageSize(in.MaxResults), "identities/"+aws.ToString(in.IdentityPoolId)
	after, err := s.openPage(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &cognitoidentity.ListIdentitiesOutput{IdentityPoolId: in.IdentityPoolId, Identities: []types.IdentityDescription{}}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.ownPool(tx, awswire.CallOf(ctx), aws.ToString(in.IdentityPoolId))
		if err != nil {
			return err
		}
		rows, err := tx.Identities(p.ID, after, limit+1, in.HideDisabled)
		if err != nil || len(rows) == 0 {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			out.NextToken = s.nextPage(scope, rows[limit-1].ID)
		}
		logins, err := tx.LoginsBetween(p.ID, after, rows[len(rows)-1].ID)
		if err != nil {
			return err
		}
		of := map[string][]store.IdentityLogin{}
		for _, l := range logins {
			of[l.IdentityID] = append(of[l.IdentityID], l)
		}
		for _, row := range rows {
			out.Identities = append(out.Identities, describe(row, of[row.ID]))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteIdentities deletes identities with their logins, each on its own. Those
// that could not be deleted are in UnprocessedIdentityIds: AccessDenied for
// identities that the caller's account does not have in the region.
func (s *Service) DeleteIdentities(ctx context.Context, in *cognitoidentity.DeleteIdentitiesInput) (*cognitoidentity.DeleteIdentitiesOutput, error) {
	call := awswire.CallOf(ctx)
	out := &cognitoidentity.DeleteIdentitiesOutput{UnprocessedIdentityIds: []types.UnprocessedIdentityId{}}
	var seen []string
	for _, id := range in.IdentityIdsToDelete {
		if slices.Contains(seen, id) {
			continue
		}
		seen = append(seen, id)
		err := s.store.Update(ctx, func(tx *store.Tx) error {
			if _, _, err := s.ownIdentity(tx, call, id); err != nil {
				return err
			}
			return tx.DeleteIdentity(id)
		})
		var known smithy.APIError
		switch {
		case err == nil:
		case errors.As(err, &known):
			out.UnprocessedIdentityIds = append(out.UnprocessedIdentityIds,
				types.UnprocessedIdentityId{IdentityId: aws.String(id), ErrorCode: types.ErrorCodeAccessDenied})
		case ctx.Err() != nil:
			return nil, err
		default:
			out.UnprocessedIdentityIds = append(out.UnprocessedIdentityIds,
				types.UnprocessedIdentityId{IdentityId: aws.String(id), ErrorCode: types.ErrorCodeInternalServerError})
		}
	}
	return out, nil
}

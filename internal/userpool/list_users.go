package userpool

// ListUsers.

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgAttributesToGet = "One or more requested attributes do not exist."
	msgBadPage         = "Invalid pagination token."
	maxUsersPage       = 60
	purposeUsersPage   = "userpool ListUsers page"
)

// usersPage is what a PaginationToken of ListUsers holds: the position, and
// what it is a position in.
type usersPage struct {
	PoolID string             `json:"p"`
	Filter string             `json:"f"`
	After  store.UserPosition `json:"a"`
}

// ListUsers lists the pool's users, by an index in the order of what is
// filtered by, so that pages stay in place while users come and go (API
// Reference, ListUsers).
func (s *Service) ListUsers(ctx context.Context, in *cognito.ListUsersInput) (*cognito.ListUsersOutput, error) {
	var users []*store.User
	var end store.UserPosition
	limit := int(aws.ToInt32(in.Limit))
	if limit <= 0 || limit > maxUsersPage {
		limit = maxUsersPage
	}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		users, end, err = s.listUsers(ctx, tx, in, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &cognito.ListUsersOutput{Users: []types.UserType{}}
	for _, u := range users[:min(limit, len(users))] {
		out.Users = append(out.Users, userType(u, in.AttributesToGet))
	}
	if len(users) > limit {
		out.PaginationToken, err = s.sealUsersPage(usersPage{aws.ToString(in.UserPoolId), aws.ToString(in.Filter), end})
	}
	return out, err
}

// listUsers returns up to limit users, one more than the page holds, and the
// position of the last one of the page.
func (s *Service) listUsers(ctx context.Context, tx *store.Tx, in *cognito.ListUsersInput, limit int) ([]*store.User, store.UserPosition, error) {
	none := store.UserPosition{}
	p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
	if err != nil {
		return nil, none, err
	}
	for _, name := range in.AttributesToGet {
		if p.attribute(name) == nil {
			return nil, none, invalidParameter(msgAttributesToGet)
		}
	}
	filter, filtered, err := parseFilter(aws.ToString(in.Filter))
	if err != nil {
		return nil, none, err
	}
	query, empty := store.UserQuery{PoolID: p.ID, By: filterUsername, Prefix: true}, false
	if filtered {
		query, empty = filter.query(p)
	}
	if query.After, err = s.openUsersPage(in, p.ID); err != nil || empty {
		return nil, none, err
	}
	query.Limit = limit
	users, err := tx.ListUsers(query)
	if err != nil || len(users) < limit {
		return users, none, err
	}
	return users, query.Position(users[limit-2]), nil
}

func (s *Service) sealUsersPage(page usersPage) (*string, error) {
	b, err := json.Marshal(page)
	if err != nil {
		return nil, err
	}
	return aws.String(s.store.SealToken(purposeUsersPage, b)), nil
}

// openUsersPage returns the position of the request's token, which must come
// from the same listing.
func (s *Service) openUsersPage(in *cognito.ListUsersInput, poolID string) (store.UserPosition, error) {
	if aws.ToString(in.PaginationToken) == "" {
		return store.UserPosition{}, nil
	}
	var page usersPage
	b, err := s.store.OpenToken(purposeUsersPage, *in.PaginationToken)
	if err != nil || json.Unmarshal(b, &page) != nil || page.PoolID != poolID || page.Filter != aws.ToString(in.Filter) {
		return store.UserPosition{}, invalidParameter(msgBadPage)
	}
	return page.After, nil
}

package userpool

// Operations: CreateResourceServer, DescribeResourceServer,
// UpdateResourceServer, DeleteResourceServer, ListResourceServers.

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The quotas "Resource servers per user pool" and "Scopes per resource server".
const (
	maxScopes = 100
	// resourceServersPage is the largest and the default page of them.
	resourceServersPage = 50
)

const (
	resourceServerExists   = "%s already exists in user pool %s."
	resourceServerMissing  = "Resource server %s does not exist."
	tooManyResourceServers = "User pool %s is limited to %d resource servers."
	tooManyScopes          = "A resource server is limited to %d scopes."
	scopeTwice             = "Duplicate scope name %s."
	scopeIncomplete        = "A scope must have a name and a description."
)

// CreateResourceServer creates a resource server. Its scopes are known to app
// clients as <identifier>/<scope>. Errors: InvalidParameterException when the
// identifier is taken, LimitExceededException, ResourceNotFoundException.
func (s *Service) CreateResourceServer(ctx context.Context, in *cognito.CreateResourceServerInput) (*newops.CreateResourceServerOutput, error) {
	r, err := newResourceServer(in.UserPoolId, in.Identifier, in.Name, in.Scopes)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		return s.insertResourceServer(tx, p, r)
	})
	if err != nil {
		return nil, err
	}
	return &newops.CreateResourceServerOutput{ResourceServer: r}, nil
}

func (s *Service) insertResourceServer(tx *store.Tx, p *pool, r *newops.ResourceServerType) error {
	row, err := resourceServerRow(r)
	if err != nil {
		return err
	}
	switch _, err := tx.ResourceServer(p.ID, row.Identifier); {
	case err == nil:
		return invalidParameter(resourceServerExists, row.Identifier, p.ID)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	n, err := tx.CountResourceServers(p.ID)
	if err != nil {
		return err
	}
	if n >= s.quotas[quotaResourceServers] {
		return limitExceeded(tooManyResourceServers, p.ID, s.quotas[quotaResourceServers])
	}
	return tx.InsertResourceServer(row)
}

// newResourceServer returns the resource server that an input describes.
// Without scopes the member is an empty list, as AWS answers.
func newResourceServer(poolID, identifier, name *string, scopes []types.ResourceServerScopeType) (*newops.ResourceServerType, error) {
	if len(scopes) > maxScopes {
		return nil, limitExceeded(tooManyScopes, maxScopes)
	}
	for i, scope := range scopes {
		if scope.ScopeName == nil || scope.ScopeDescription == nil {
			return nil, invalidParameter(scopeIncomplete)
		}
		if slices.ContainsFunc(scopes[:i], func(o types.ResourceServerScopeType) bool { return *o.ScopeName == *scope.ScopeName }) {
			return nil, invalidParameter(scopeTwice, *scope.ScopeName)
		}
	}
	if scopes == nil {
		scopes = []types.ResourceServerScopeType{}
	}
	return &newops.ResourceServerType{ResourceServerType: types.ResourceServerType{
		UserPoolId: poolID, Identifier: identifier, Name: name, Scopes: scopes,
	}}, nil
}

func resourceServerRow(r *newops.ResourceServerType) (*store.ResourceServer, error) {
	b, err := awswire.EncodeJSON(r)
	return &store.ResourceServer{PoolID: aws.ToString(r.UserPoolId), Identifier: aws.ToString(r.Identifier), Body: string(b)}, err
}

func decodeResourceServer(row *store.ResourceServer) (*newops.ResourceServerType, error) {
	r := &newops.ResourceServerType{}
	return r, awswire.DecodeJSON([]byte(row.Body), r)
}

// DescribeResourceServer returns a resource server. Errors:
// ResourceNotFoundException.
func (s *Service) DescribeResourceServer(ctx context.Context, in *cognito.DescribeResourceServerInput) (*newops.DescribeResourceServerOutput, error) {
	var row *store.ResourceServer
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		row, err = s.resourceServer(ctx, tx, in.UserPoolId, in.Identifier)
		return err
	})
	if err != nil {
		return nil, err
	}
	r, err := decodeResourceServer(row)
	if err != nil {
		return nil, err
	}
	return &newops.DescribeResourceServerOutput{ResourceServer: r}, nil
}

// resourceServer returns a resource server of a pool of the caller's account
// and region.
func (s *Service) resourceServer(ctx context.Context, tx *store.Tx, poolID, identifier *string) (*store.ResourceServer, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, err
	}
	row, err := tx.ResourceServer(p.ID, aws.ToString(identifier))
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound(resourceServerMissing, aws.ToString(identifier))
	}
	return row, err
}

// UpdateResourceServer replaces name and scopes of a resource server. App
// clients keep the scopes that they have. Errors: InvalidParameterException,
// ResourceNotFoundException.
func (s *Service) UpdateResourceServer(ctx context.Context, in *cognito.UpdateResourceServerInput) (*newops.UpdateResourceServerOutput, error) {
	r, err := newResourceServer(in.UserPoolId, in.Identifier, in.Name, in.Scopes)
	if err != nil {
		return nil, err
	}
	row, err := resourceServerRow(r)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.resourceServer(ctx, tx, in.UserPoolId, in.Identifier); err != nil {
			return err
		}
		return tx.UpdateResourceServer(row)
	})
	if err != nil {
		return nil, err
	}
	return &newops.UpdateResourceServerOutput{ResourceServer: r}, nil
}

// DeleteResourceServer deletes a resource server. Nobody gets its scopes from
// then on. Errors: ResourceNotFoundException.
func (s *Service) DeleteResourceServer(ctx context.Context, in *cognito.DeleteResourceServerInput) (*cognito.DeleteResourceServerOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		row, err := s.resourceServer(ctx, tx, in.UserPoolId, in.Identifier)
		if err != nil {
			return err
		}
		return tx.DeleteResourceServer(row.PoolID, row.Identifier)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteResourceServerOutput{}, nil
}

// ListResourceServers lists the pool's resource servers in the order of their
// identifiers. Errors: InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListResourceServers(ctx context.Context, in *cognito.ListResourceServersInput) (*newops.ListResourceServersOutput, error) {
	want := page{"resource servers", in.UserPoolId, min(pageSize(in.MaxResults), resourceServersPage), in.NextToken}
	rows, next, err := listOfPool(ctx, s, want, (*store.Tx).ResourceServers, func(r *store.ResourceServer) string { return r.Identifier })
	if err != nil {
		return nil, err
	}
	out := &newops.ListResourceServersOutput{ResourceServers: []newops.ResourceServerType{}, NextToken: next}
	for _, row := range rows {
		r, err := decodeResourceServer(row)
		if err != nil {
			return nil, err
		}
		out.ResourceServers = append(out.ResourceServers, *r)
	}
	return out, nil
}

// customScope tells whether a scope is one of a resource server of the pool: a
// scope's name has no slash, an identifier may have some.
func customScope(tx *store.Tx, poolID, scope string) (bool, error) {
	slash := strings.LastIndexByte(scope, '/')
	if slash < 0 {
		return false, nil
	}
	row, err := tx.ResourceServer(poolID, scope[:slash])
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r, err := decodeResourceServer(row)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(r.Scopes, func(o types.ResourceServerScopeType) bool {
		return aws.ToString(o.ScopeName) == scope[slash+1:]
	}), nil
}

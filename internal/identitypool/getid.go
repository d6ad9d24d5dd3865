package identitypool

// Operations: GetId.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const guestsOff = "Unauthenticated access is not supported for this identity pool."

// GetId returns the identity that the logins belong to: always the same one
// for the same provider and user. Without logins every call makes a new guest,
// if the pool allows guests. AccountId, which current clients leave out, must be
// the pool's account. Errors: ResourceNotFoundException, NotAuthorizedException for logins that do not
// verify, ResourceConflictException and LimitExceededException for logins that
// cannot be one user's.
func (s *Service) GetId(ctx context.Context, in *cognitoidentity.GetIdInput) (*cognitoidentity.GetIdOutput, error) {
	var p *pool
	var g guess
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = s.pool(tx, aws.ToString(in.IdentityPoolId)); err != nil {
			return err
		}
		if in.AccountId != nil && *in.AccountId != p.Account {
			return notFound(poolNotFound, p.ID)
		}
		if len(in.Logins) == 0 {
			return nil
		}
		g, err = s.guess(p, in.Logins, func(logins []login) (*link, error) { return planNew(tx, p, logins) })
		return err
	})
	if err != nil {
		return nil, err
	}
	var id string
	if len(in.Logins) == 0 {
		id, err = s.newGuest(ctx, p)
	} else {
		id, err = s.idOfLogins(ctx, p, in.Logins, g)
	}
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.GetIdOutput{IdentityId: aws.String(id)}, nil
}

func (s *Service) newGuest(ctx context.Context, p *pool) (string, error) {
	if !p.AllowUnauthenticatedIdentities {
		return "", notAuthorized(guestsOff)
	}
	id := s.ids.IdentityID(p.Region)
	return id, s.store.Update(ctx, func(tx *store.Tx) error {
		// The pool may have been deleted or closed to guests meanwhile.
		now, err := s.pool(tx, p.ID)
		if err != nil {
			return err
		}
		if !now.AllowUnauthenticatedIdentities {
			return notAuthorized(guestsOff)
		}
		return tx.InsertIdentity(&store.Identity{ID: id, PoolID: p.ID})
	})
}

func (s *Service) idOfLogins(ctx context.Context, p *pool, tokens map[string]string, g guess) (string, error) {
	logins, err := s.verify(ctx, p, tokens)
	if err != nil {
		return "", err
	}
	if id, ok := g.right(logins); ok {
		return id, nil
	}
	id, err := s.linked(ctx, p, func(tx *store.Tx) (*link, error) { return planNew(tx, p, logins) })
	if errors.Is(err, errTooManyLogins) {
		err = limitExceeded(tooManyLogins, maxLogins)
	}
	return id, err
}

// linked carries out a plan: it reads first, and writes only when there is
// something to write, which for a known user there is not.
func (s *Service) linked(ctx context.Context, p *pool, plan func(*store.Tx) (*link, error)) (id string, err error) {
	var l *link
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		l, err = plan(tx)
		return err
	})
	if err != nil || l.settled() {
		if l != nil {
			id = l.owner.ID
		}
		return id, err
	}
	err = s.update(ctx, func(tx *store.Tx) error {
		if _, err := s.pool(tx, p.ID); err != nil {
			return err
		}
		l, err := plan(tx)
		if err != nil {
			return err
		}
		id, err = s.apply(tx, p, l)
		return err
	})
	return id, err
}

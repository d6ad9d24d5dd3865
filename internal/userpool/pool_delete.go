package userpool

// Operation: DeleteUserPool.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

const (
	deletionProtected = "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first."
	poolHasDomain     = "User pool cannot be deleted. It has a domain configured that should be deleted first."
)

// purgeBatch is how many users of a deleted pool one transaction deletes.
const purgeBatch = 200

// DeleteUserPool deletes a pool with its app clients and keys. Nobody can sign
// in from then on; a small number of its users is deleted with it and the
// others by Purge. Errors: InvalidParameterException while the pool is
// protected or has a domain or a replica, ResourceNotFoundException.
func (s *Service) DeleteUserPool(ctx context.Context, in *cognito.DeleteUserPoolInput) (*cognito.DeleteUserPoolOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		if p.Doc.DeletionProtection == types.DeletionProtectionTypeActive {
			return invalidParameter(deletionProtected)
		}
		if p.Doc.Domain != nil || p.Doc.CustomDomain != nil {
			return invalidParameter(poolHasDomain)
		}
		if n, err := tx.CountReplicas(p.ID); err != nil {
			return err
		} else if n > 0 {
			return invalidParameter(replicaKeepsPool)
		}
		if err := refuseDuringImport(tx, p.ID); err != nil {
			return err
		}
		if err := tx.DeleteUserPool(p.ID); err != nil {
			return err
		}
		if err := tx.DeleteSigningKeys(token.UserPool(p.ID)); err != nil {
			return err
		}
		return purgeUsers(tx, p.ID)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteUserPoolOutput{}, nil
}

// purgeUsers deletes a batch of a deleted pool's users.
func purgeUsers(tx *store.Tx, poolID string) error {
	n, err := tx.DeleteUsersOfPool(poolID, purgeBatch)
	if err != nil || n == purgeBatch {
		return err
	}
	if more, err := tx.DeleteImportsOfPool(poolID, purgeBatch); err != nil || more {
		return err
	}
	return tx.ForgetPurgedUserPool(poolID)
}

// Purge deletes what deleted pools and groups have left behind: users and
// memberships go in batches after the pool or the group itself. So does what has
// expired: codes, counted attempts, sessions, revocations. Secrets of pools whose
// key has changed are sealed anew. The server calls it at start and from time to
// time; it returns when nothing is left or ctx is done.
func (s *Service) Purge(ctx context.Context) error {
	for _, purge := range []func(*store.Tx) (bool, error){purgePool, purgeGroup, pruneCodes, pruneSignIns, pruneSessions, pruneEvents, purgeImport} {
		for more := true; more; {
			err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = purge(tx)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return s.store.ResealPools(ctx)
}

// purgePool deletes a batch of the users of a deleted pool, and reports whether
// there was such a pool.
func purgePool(tx *store.Tx) (more bool, err error) {
	id, err := tx.PurgedUserPool()
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, purgeUsers(tx, id)
}

func purgeGroup(tx *store.Tx) (more bool, err error) { return tx.PurgeGroupMembers(purgeBatch) }

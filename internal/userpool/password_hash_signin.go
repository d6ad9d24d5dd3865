package userpool

import (
	"context"
	"errors"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// matchesImported tells whether plain is the password of the hash that the user
// was imported with.
func (p password) matchesImported(plain string) bool {
	return p.imported != "" && hashMatches(p.imported, plain)
}

// importedMatches compares the password with the hash that the user was
// imported with, after it did not match the verifier. When it matches, the user
// gets a verifier of it, with which every other flow works from then on, and
// the hash is deleted.
//
// As long as some user of the pool has a hash, names that nobody has and users
// who have none cost the same: a hash of the pool is computed for them, too.
func (s *Service) importedMatches(ctx context.Context, a *attempt, username, plain string) (bool, error) {
	if a.password.imported == "" {
		return false, s.simulateImported(ctx, a.pool.ID, plain)
	}
	if !a.password.matchesImported(plain) {
		return false, ctx.Err()
	}
	made := newPassword(s.ids, a.pool.ID, username, plain)
	err := s.update(ctx, func(tx *store.Tx) error { return adoptPassword(tx, a, made) })
	if err != nil {
		return false, err
	}
	// Another sign-in may have been first, or the password was changed.
	return string(a.password.verifier) == string(made.verifier) || a.password.matches(a.pool.ID, username, plain), ctx.Err()
}

// adoptPassword replaces the user's imported password by its verifier, unless
// something else has, and brings the attempt up to date.
func adoptPassword(tx *store.Tx, a *attempt, made password) error {
	u, err := tx.UserBySub(a.pool.ID, a.user.Sub)
	if errors.Is(err, store.ErrNotFound) {
		a.password = noPassword
		return nil
	}
	if err != nil {
		return err
	}
	now, err := readPassword(tx, u)
	if err != nil {
		return err
	}
	if now.imported == a.password.imported && now.imported != "" {
		if err := setPassword(tx, a.pool, u, made, time.Time{}); err != nil {
			return err
		}
		now = made
	}
	tx.OnCommit(func() { a.user, a.password = u, now })
	return nil
}

func (s *Service) simulateImported(ctx context.Context, poolID, plain string) error {
	var some string
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		some, err = tx.AnyPasswordHash(poolID)
		return err
	})
	if err == nil && some != "" {
		hashMatches(some, plain)
	}
	return err
}

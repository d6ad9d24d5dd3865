package userpool

import (
	"context"
	"errors"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// refusal is an error that leaves the transaction in place: what was written
// (a counted attempt) stays.
type refusal struct{ error }

// Unwrap gives the error for the caller.
func (r refusal) Unwrap() error { return r.error }

// keep marks err as one after which the transaction commits.
func keep(err error) error {
	if err == nil {
		return nil
	}
	return refusal{err}
}

// maxConflicts bounds how often an operation runs again because another one
// took the same username or alias first.
const maxConflicts = 8

// update runs f in a writing transaction. An error of f that is marked with
// keep is returned, yet the transaction commits. When another transaction has
// inserted the same key meanwhile f runs again, and then finds it there.
func (s *Service) update(ctx context.Context, f func(*store.Tx) error) error {
	for attempt := 1; ; attempt++ {
		var kept refusal
		err := s.store.Update(ctx, func(tx *store.Tx) error {
			kept = refusal{}
			err := f(tx)
			if errors.As(err, &kept) {
				return nil
			}
			return err
		})
		switch {
		case err == nil:
			return kept.error
		case !errors.Is(err, store.ErrConflict) || attempt == maxConflicts:
			return err
		}
	}
}

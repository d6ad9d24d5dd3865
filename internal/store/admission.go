package store

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// admission decides how many transactions write at once on this node. Those
// that conflict waste the work of each other, down to the point where one at a
// time gets more done. So a conflict halves how many may run, and successes
// raise it again, as congestion control does (RFC 5681). What lost once runs
// alone, so that everybody gets through.
type admission struct {
	places    int64
	semaphore *semaphore.Weighted
	// limit is how many may run, in thousandths.
	limit atomic.Int64
}

const (
	// unit is one transaction in limit.
	unit = 1000
	// successes is how many of them raise the limit by one. Where transactions
	// conflict, one in so many is wasted on finding out whether they still do.
	successes = 100
)

func newAdmission(places int) *admission {
	a := &admission{places: int64(places), semaphore: semaphore.NewWeighted(int64(places))}
	a.limit.Store(a.places * unit)
	return a
}

// enter waits for a place, or for all of them. leave must be called with
// whether there was a conflict.
func (a *admission) enter(ctx context.Context, alone bool) (leave func(conflict bool), err error) {
	weight := a.places
	if !alone {
		weight = min(a.places, max(1, a.places*unit/a.limit.Load()))
	}
	if err := a.semaphore.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	return func(conflict bool) {
		a.semaphore.Release(weight)
		a.learn(conflict)
	}, nil
}

// learn need not be exact when several do it at once.
func (a *admission) learn(conflict bool) {
	limit := a.limit.Load()
	if conflict {
		a.limit.Store(max(unit, limit/2))
		return
	}
	a.limit.Store(min(a.places*unit, limit+unit/successes))
}

package iam

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	// usageDelay is how long uses are gathered before they are written.
	usageDelay = 5 * time.Second
	// usageGrain is how far two recorded uses of one key lie apart at least.
	usageGrain = time.Minute
	// maxUsage bounds what is gathered; beyond it uses go unrecorded.
	maxUsage = 10_000
)

// use is the last use of an access key or a role.
type use struct {
	service, region string
	at              time.Time
}

// usage records when keys and roles are used, without making their callers
// wait for a write.
type usage struct {
	store *store.DB
	log   *slog.Logger

	mu      sync.Mutex
	pending map[string]use
	timer   *time.Timer
	recent  *lru[string, use]
	writing sync.Mutex
}

func newUsage(db *store.DB, log *slog.Logger) *usage {
	return &usage{store: db, log: log, pending: map[string]use{}, recent: newLRU[string, use](maxUsage)}
}

// record notes a use of the access key or role with the id.
func (u *usage) record(id string, now use) {
	if last, ok := u.recent.get(id); ok && last.service == now.service && last.region == now.region && now.at.Sub(last.at).Abs() < usageGrain {
		return
	}
	u.recent.put(id, now)
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, ok := u.pending[id]; !ok && len(u.pending) >= maxUsage {
		return
	}
	u.pending[id] = now
	if u.timer == nil {
		u.timer = time.AfterFunc(usageDelay, func() {
			if err := u.flush(context.Background()); err != nil {
				u.log.Warn("could not record the use of access keys", "error", err)
			}
		})
	}
}

// flush writes what was recorded so far.
func (u *usage) flush(ctx context.Context) error {
	u.writing.Lock()
	defer u.writing.Unlock()
	u.mu.Lock()
	batch := u.pending
	if u.timer != nil {
		u.timer.Stop()
		u.timer = nil
	}
	if len(batch) == 0 {
		u.mu.Unlock()
		return nil
	}
	u.pending = map[string]use{}
	u.mu.Unlock()
	return u.store.Update(ctx, func(tx *store.Tx) error {
		for id, w := range batch {
			var err error
			if isUniqueID(id) {
				err = tx.TouchIAMEntity(id, w.region, w.at)
			} else {
				err = tx.TouchIAMAccessKey(id, w.service, w.region, w.at)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// isUniqueID tells the unique ids of entities from the ids of access keys.
func isUniqueID(id string) bool {
	return len(id) == 21 && (strings.HasPrefix(id, "AROA") || strings.HasPrefix(id, "AIDA"))
}

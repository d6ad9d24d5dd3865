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

// use is the last use of an access key, a role, or a service or action by a
// user or role.
type use struct {
	service, region string
	at              time.Time
}

// used says what was used: an access key or a role by its id alone, or with
// service and action what the user or role with the id called.
type used struct{ id, service, action string }

// usage records when keys and roles are used, without making their callers
// wait for a write.
type usage struct {
	store *store.DB
	log   *slog.Logger

	mu      sync.Mutex
	pending map[used]use
	timer   *time.Timer
	recent  *lru[used, use]
	writing sync.Mutex
}

func newUsage(db *store.DB, log *slog.Logger) *usage {
	return &usage{store: db, log: log, pending: map[used]use{}, recent: newLRU[used, use](maxUsage)}
}

// record notes a use and tells whether it was news.
func (u *usage) record(id used, now use) bool {
	if last, ok := u.recent.get(id); ok && last.service == now.service && last.region == now.region && now.at.Sub(last.at).Abs() < usageGrain {
		return false
	}
	u.recent.put(id, now)
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, ok := u.pending[id]; !ok && len(u.pending) >= maxUsage {
		return false
	}
	u.pending[id] = now
	if u.timer == nil {
		u.timer = time.AfterFunc(usageDelay, func() {
			if err := u.flush(context.Background()); err != nil {
				u.log.Warn("could not record the use of access keys", "error", err)
			}
		})
	}
	return true
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
	u.pending = map[used]use{}
	u.mu.Unlock()
	return u.store.Update(ctx, func(tx *store.Tx) error {
		for id, w := range batch {
			if err := touch(tx, id, w); err != nil {
				return err
			}
		}
		return nil
	})
}

func touch(tx *store.Tx, id used, w use) error {
	switch {
	case id.service != "":
		return tx.TouchIAMUse(store.IAMUse{EntityID: id.id, Service: id.service, Action: id.action, Region: w.region, At: w.at})
	case isUniqueID(id.id):
		return tx.TouchIAMEntity(id.id, w.region, w.at)
	}
	return tx.TouchIAMAccessKey(id.id, w.service, w.region, w.at)
}

// isUniqueID tells the unique ids of entities from the ids of access keys.
func isUniqueID(id string) bool {
	return len(id) == 21 && (strings.HasPrefix(id, "AROA") || strings.HasPrefix(id, "AIDA"))
}

// Package ratelimit is token buckets by key: so many requests a second, with a
// burst of one second's worth.
//
// Buckets live in the process: of several nodes each admits the rate, so that an
// installation of n nodes admits up to n times the rate.
package ratelimit

import (
	"sync"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
)

// sweepAfter is how many buckets there are when those that are full again,
// which is as good as new, are dropped.
const sweepAfter = 10000

// Limiter is a set of token buckets. It is safe for concurrent use.
type Limiter struct {
	clock   clock.Clock
	mu      sync.Mutex
	buckets map[string]*bucket
	sweep   int
}

type bucket struct {
	tokens, rate float64
	at           time.Time
}

// New makes a limiter. A nil clock means the machine's.
func New(c clock.Clock) *Limiter {
	if c == nil {
		c = clock.System{}
	}
	return &Limiter{clock: c, buckets: map[string]*bucket{}, sweep: sweepAfter}
}

// Allow takes cost tokens from the key's bucket, which fills with rate tokens a
// second, and tells whether it had them. A changed rate acts at once.
func (l *Limiter) Allow(key string, rate, cost float64) bool {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		l.dropFull(now)
		b = &bucket{tokens: max(rate, cost), rate: rate, at: now}
		l.buckets[key] = b
	}
	b.fill(now, rate, cost)
	if b.tokens < cost {
		return false
	}
	b.tokens -= cost
	return true
}

func (b *bucket) fill(now time.Time, rate, cost float64) {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens += passed * rate
		b.at = now
	}
	b.rate = rate
	b.tokens = min(b.tokens, max(rate, cost))
}

// dropFull forgets the buckets that are full again when there are many.
func (l *Limiter) dropFull(now time.Time) {
	if len(l.buckets) < l.sweep {
		return
	}
	for key, b := range l.buckets {
		if b.tokens+now.Sub(b.at).Seconds()*b.rate >= b.rate {
			delete(l.buckets, key)
		}
	}
	l.sweep = max(sweepAfter, 2*len(l.buckets))
}

package userpool

import (
	"encoding/hex"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The kinds of attempts that are counted apart.
const (
	lockPassword = "password"
	lockCode     = "code"
)

const (
	// freeFailures is how many failed attempts in a row have no consequence but
	// the last, which locks for a second; each further one doubles that, up to
	// maxLock. forgetFailures without an attempt forgets them. (Developer Guide,
	// "Lockout behavior for failed sign-in attempts")
	freeFailures   = 5
	maxLock        = 15 * time.Minute
	forgetFailures = 15 * time.Minute
)

const msgLocked = "Password attempts exceeded"

// failures is how many failed attempts count at a time.
func failures(l store.Lockout, now time.Time) int64 {
	if now.Sub(l.Last) >= forgetFailures {
		return 0
	}
	return l.Failures
}

// locked tells whether attempts are refused unseen.
func locked(l store.Lockout, now time.Time) bool {
	return lockedAfter(freeFailures, l, now)
}

// lockedAfter is locked where the given number of failures is free.
func lockedAfter(free int64, l store.Lockout, now time.Time) bool {
	n := failures(l, now)
	return n >= free && now.Before(l.Last.Add(lockTime(n-free)))
}

// lockTime is the lock after so many failures more than are free.
func lockTime(more int64) time.Duration {
	// 2^10 s is more than maxLock, and 2^63 would overflow.
	return min(time.Second<<min(more, 10), maxLock)
}

// countFailure records one more failed attempt.
func countFailure(tx *store.Tx, poolID, subject, kind string, l store.Lockout) error {
	return tx.SetLockout(poolID, subject, kind, store.Lockout{Failures: failures(l, tx.Now()) + 1, Last: tx.Now()})
}

// subjectOf is whose failures are counted: a user's sub, or for a name that
// nobody has an identifier of the name as long as a sub, so that both behave
// and look the same.
func (s *Service) subjectOf(p *pool, u *store.User, name string) string {
	if u != nil {
		return u.Sub
	}
	return "?" + hex.EncodeToString(s.unknownMAC(p, name))[:35]
}

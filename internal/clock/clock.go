// Package clock is the only source of time in Poolhouse. Code that needs the
// time holds a [Clock]; the server passes [System], tests and the development
// server pass an [Adjustable] so that users can advance the time.
package clock

import (
	"sync/atomic"
	"time"
)

// Clock tells the current time in UTC.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now returns the machine's time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// Adjustable is a clock that runs at the speed of the machine's and can be
// moved forward. The zero value shows the machine's time. It is safe for
// concurrent use.
type Adjustable struct {
	offset atomic.Int64
}

// Now returns the machine's time plus all advances so far, in UTC.
func (a *Adjustable) Now() time.Time {
	return time.Now().UTC().Add(time.Duration(a.offset.Load()))
}

// Advance moves the clock forward by d (backward when d is negative) and
// returns the new time.
func (a *Adjustable) Advance(d time.Duration) time.Time {
	a.offset.Add(int64(d))
	return a.Now()
}

// Fixed is a clock that stands still until it is set or advanced. It is safe
// for concurrent use.
type Fixed struct {
	now atomic.Int64
}

// NewFixed returns a clock that shows t.
func NewFixed(t time.Time) *Fixed {
	f := &Fixed{}
	f.now.Store(t.UnixNano())
	return f
}

// Now returns the time that the clock stands at, in UTC.
func (f *Fixed) Now() time.Time { return time.Unix(0, f.now.Load()).UTC() }

// Advance moves the clock forward by d and returns the new time.
func (f *Fixed) Advance(d time.Duration) time.Time {
	return time.Unix(0, f.now.Add(int64(d))).UTC()
}

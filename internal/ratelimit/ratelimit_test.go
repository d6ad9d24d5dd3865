package ratelimit_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/ratelimit"
)

func TestAllow(t *testing.T) {
	t.Parallel()
	c := clock.NewFixed(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	l := ratelimit.New(c)
	for i := range 10 {
		if !l.Allow("a", 10, 1) {
			t.Fatalf("request %d of a burst of 10 is refused", i+1)
		}
	}
	if l.Allow("a", 10, 1) {
		t.Error("the eleventh request in one moment is admitted")
	}
	if !l.Allow("b", 10, 1) {
		t.Error("another key shares the bucket")
	}
	c.Advance(100 * time.Millisecond)
	if !l.Allow("a", 10, 1) || l.Allow("a", 10, 1) {
		t.Error("a tenth of a second is not worth one request")
	}
	c.Advance(time.Hour)
	for range 10 {
		if !l.Allow("a", 10, 1) {
			t.Fatal("the bucket does not fill")
		}
	}
	if l.Allow("a", 10, 1) {
		t.Error("the bucket fills beyond a second's worth")
	}
}

func TestChangedRate(t *testing.T) {
	t.Parallel()
	c := clock.NewFixed(time.Now())
	l := ratelimit.New(c)
	l.Allow("a", 1, 1)
	c.Advance(time.Second)
	if !l.Allow("a", 5, 1) {
		t.Error("refused after a second")
	}
	if !l.Allow("a", 0.5, 1) || l.Allow("a", 0.5, 1) {
		t.Error("what was saved at the higher rate is kept beyond one request")
	}
}

// In any second no more than rate plus a full bucket are admitted, and the
// number of buckets stays bounded when keys come and go.
func TestNeverMoreThanTheRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clock.NewFixed(time.Unix(0, 0))
		l := ratelimit.New(c)
		rate := float64(rapid.IntRange(1, 50).Draw(t, "rate"))
		admitted, passed := 0.0, 0.0
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			d := time.Duration(rapid.IntRange(0, 50).Draw(t, "pause")) * time.Millisecond
			c.Advance(d)
			passed += d.Seconds()
			if l.Allow("k", rate, 1) {
				admitted++
			}
		}
		if admitted > rate+passed*rate+1e-6 {
			t.Fatalf("%v of at most %v admitted", admitted, rate+passed*rate)
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	l := ratelimit.New(nil)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Allow(keys[i%len(keys)], 100, 1)
	}
}

package clock

import (
	"sync"
	"testing"
	"time"
)

// near reports whether two readings were taken within a minute.
func near(a, b time.Time) bool { return a.Sub(b).Abs() < time.Minute }

func TestClocksShowUTC(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Clock{
		"System": System{}, "Adjustable": &Adjustable{}, "Fixed": NewFixed(time.Now().In(time.FixedZone("x", 3600))),
	} {
		if now := c.Now(); now.Location() != time.UTC || !near(now, time.Now()) {
			t.Errorf("%s shows %v", name, now)
		}
	}
}

func TestAdjustable(t *testing.T) {
	t.Parallel()
	var c Adjustable
	if got := c.Advance(48 * time.Hour); !near(got, time.Now().Add(48*time.Hour)) || got.Location() != time.UTC {
		t.Errorf("two days later it shows %v", got)
	}
	c.Advance(time.Hour)
	if got := c.Now(); !near(got, time.Now().Add(49*time.Hour)) {
		t.Errorf("49 hours later it shows %v", got)
	}
	if got := c.Advance(-50 * time.Hour); !near(got, time.Now().Add(-time.Hour)) {
		t.Errorf("set back by 50 hours it shows %v", got)
	}
	// It runs.
	before := c.Now()
	for start := time.Now(); !time.Now().After(start); {
	}
	if !c.Now().After(before) {
		t.Error("it stands still")
	}
}

func TestFixed(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 123, time.UTC)
	c := NewFixed(start)
	for range 2 {
		if got := c.Now(); !got.Equal(start) {
			t.Errorf("it shows %v", got)
		}
	}
	if got := c.Advance(90 * time.Second); !got.Equal(start.Add(90*time.Second)) || !c.Now().Equal(got) {
		t.Errorf("advanced to %v, shows %v", got, c.Now())
	}
	if got := c.Advance(-time.Hour); !got.Equal(start.Add(90*time.Second - time.Hour)) {
		t.Errorf("set back to %v", got)
	}
}

func TestConcurrentAdvances(t *testing.T) {
	t.Parallel()
	fixed, adjustable := NewFixed(time.Unix(0, 0)), &Adjustable{}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 100 {
				fixed.Advance(time.Second)
				adjustable.Advance(time.Hour)
				adjustable.Now()
			}
		})
	}
	wg.Wait()
	if got := fixed.Now(); !got.Equal(time.Unix(1000, 0)) {
		t.Errorf("fixed shows %v", got)
	}
	if got := adjustable.Now(); !near(got, time.Now().Add(1000*time.Hour)) {
		t.Errorf("adjustable shows %v", got)
	}
}

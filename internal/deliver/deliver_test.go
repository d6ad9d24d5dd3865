package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// transport keeps what it gets and answers as told.
type transport struct {
	mu   sync.Mutex
	err  error
	sent []store.Message
}

func (tr *transport) Send(_ context.Context, m *store.Message) error {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.sent = append(tr.sent, *m)
	return tr.err
}

func (tr *transport) answer(err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.err = err
}

func (tr *transport) count() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.sent)
}

// box is a deliverer on a database with a clock that stands still.
type box struct {
	*deliver.Deliverer
	t     testing.TB
	db    *store.DB
	clock *clock.Fixed
	log   *bytes.Buffer
}

func newBox(t testing.TB, cfg store.Config, email deliver.Transport) *box {
	t.Helper()
	b := &box{t: t, clock: clock.NewFixed(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), log: &bytes.Buffer{}}
	cfg.Clock = b.clock
	b.db = storetest.Open(t, cfg)
	b.Deliverer = deliver.New(deliver.Config{
		Store: b.db, Email: email, InboxURL: "http://localhost/inbox", Keep: 10, Log: slog.New(slog.NewTextHandler(b.log, nil)),
	})
	return b
}

func (b *box) enqueue(m store.Message) {
	b.t.Helper()
	if err := b.db.Update(b.t.Context(), func(tx *store.Tx) error { return b.Enqueue(tx, &m) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) flush() {
	b.t.Helper()
	if err := b.Flush(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) list(f deliver.Filter) []deliver.InboxMessage {
	b.t.Helper()
	found, err := b.Inbox(b.t.Context(), f)
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

func mail(destination, body string) store.Message {
	return store.Message{PoolID: "us-east-1_pool", Username: "bob", Channel: deliver.Email, Purpose: "SignUp", Destination: destination, Subject: "s", Body: body}
}

func TestInbox(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		b := newBox(t, cfg, nil)
		for i := range 5 {
			b.enqueue(mail(fmt.Sprintf("u%d@example.com", i%2), fmt.Sprintf("secret code %d", i)))
			b.clock.Advance(time.Second)
		}
		all := b.list(deliver.Filter{})
		if len(all) != 5 || all[0].Body != "secret code 4" || all[4].Body != "secret code 0" || all[0].State != "INBOX" {
			t.Fatalf("inbox %+v", all)
		}
		if one := b.list(deliver.Filter{Destination: "u1@example.com", Limit: 1}); len(one) != 1 || one[0].Body != "secret code 3" {
			t.Errorf("of u1 %+v", one)
		}
		if one := b.list(deliver.Filter{ID: all[2].ID}); len(one) != 1 || one[0].Body != all[2].Body {
			t.Errorf("by id %+v", one)
		}
		if none := b.list(deliver.Filter{PoolID: "us-east-1_pool", Username: "eve"}); len(none) != 0 {
			t.Errorf("of eve %+v", none)
		}
		log := b.log.String()
		if strings.Contains(log, "secret") || !strings.Contains(log, "http://localhost/inbox?id="+all[0].ID) {
			t.Errorf("log:\n%s", log)
		}
		if err := b.ClearInbox(t.Context()); err != nil || len(b.list(deliver.Filter{})) != 0 {
			t.Errorf("after clearing: %v", err)
		}
	})
}

// What a transaction that fails would have sent is not sent.
func TestNothingWithoutCommit(t *testing.T) {
	t.Parallel()
	tr := &transport{}
	b := newBox(t, store.Config{}, tr)
	boom := errors.New("boom")
	err := b.db.Update(t.Context(), func(tx *store.Tx) error {
		m := mail("a@example.com", "x")
		return errors.Join(b.Enqueue(tx, &m), boom)
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	b.flush()
	if tr.count() != 0 || b.log.Len() != 0 || len(b.list(deliver.Filter{})) != 0 {
		t.Errorf("%d sent, log %s", tr.count(), b.log)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		tr := &transport{err: errors.New("connection refused")}
		b := newBox(t, cfg, tr)
		b.enqueue(mail("a@example.com", "secret"))
		b.flush()
		b.flush()
		if tr.count() != 1 {
			t.Fatalf("%d tries at once", tr.count())
		}
		waiting := b.list(deliver.Filter{})
		if len(waiting) != 1 || waiting[0].State != "QUEUED" || waiting[0].Error != "connection refused" || waiting[0].Attempts != 1 {
			t.Fatalf("waiting %+v", waiting)
		}
		b.clock.Advance(time.Second)
		b.flush()
		b.clock.Advance(time.Second)
		b.flush()
		if tr.count() != 2 {
			t.Errorf("%d tries: the pause does not grow", tr.count())
		}
		tr.answer(nil)
		b.clock.Advance(time.Second)
		b.flush()
		if tr.count() != 3 || len(b.list(deliver.Filter{})) != 0 {
			t.Errorf("%d tries, %d messages are left", tr.count(), len(b.list(deliver.Filter{})))
		}
		if tr.sent[0].ID != tr.sent[2].ID || tr.sent[2].Body != "secret" {
			t.Errorf("sent %+v", tr.sent[2])
		}
	})
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err      error
		life     time.Duration
		attempts int64
	}{
		"refused for good": {deliver.Permanent(errors.New("no such mailbox")), 0, 1},
		"expired":          {errors.New("busy"), 2 * time.Second, 2},
		"too often":        {errors.New("busy"), 0, deliver.MaxAttempts},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, store.Config{}, &transport{err: c.err})
			m := mail("a@example.com", "x")
			if c.life > 0 {
				m.Expires = b.clock.Now().Add(c.life)
			}
			b.enqueue(m)
			for range 20 {
				b.flush()
				b.clock.Advance(10 * time.Minute)
				if c.life > 0 {
					b.clock.Advance(time.Second - 10*time.Minute)
				}
			}
			got := b.list(deliver.Filter{})
			if len(got) != 1 || got[0].State != "FAILED" || got[0].Attempts != c.attempts || got[0].Error != c.err.Error() {
				t.Errorf("message %+v", got)
			}
			if !strings.Contains(b.log.String(), "message given up") {
				t.Errorf("log:\n%s", b.log)
			}
		})
	}
}

// Another node that starts meanwhile does not send what is being sent.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		tr := &transport{}
		a, b := newBox(t, cfg, tr), newBox(t, cfg, tr)
		const many = 40
		for i := range many {
			a.enqueue(mail(fmt.Sprintf("u%d@example.com", i), "x"))
		}
		var wg sync.WaitGroup
		for _, d := range []*box{a, b} {
			wg.Go(func() {
				if err := d.Flush(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		seen := map[string]bool{}
		for _, m := range tr.sent {
			if seen[m.ID] {
				t.Errorf("%s was sent twice", m.Destination)
			}
			seen[m.ID] = true
		}
		if len(seen) != many {
			t.Errorf("%d messages were sent", len(seen))
		}
	})
}

// Run sends at once what is committed, and prunes the inbox.
func TestRun(t *testing.T) {
	t.Parallel()
	tr := &transport{}
	b := newBox(t, store.Config{}, tr)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.Run(ctx) }()
	b.enqueue(mail("a@example.com", "x"))
	eventually(t, func() bool { return tr.count() == 1 })
	for range 100 {
		m := mail("+15550001", "x")
		m.Channel = deliver.SMS
		b.enqueue(m)
	}
	eventually(t, func() bool { return len(b.list(deliver.Filter{Limit: 1000})) <= 11 })
	cancel()
	<-done
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not happen within five seconds")
}

// A message for a channel whose transport was taken away is given up, visibly.
func TestTransportGone(t *testing.T) {
	t.Parallel()
	cfg := store.Config{Dir: t.TempDir()}
	b := newBox(t, cfg, &transport{})
	b.enqueue(mail("a@example.com", "x"))
	later := deliver.New(deliver.Config{Store: b.db, SMS: &transport{}})
	if err := later.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.list(deliver.Filter{}); got[0].State != "FAILED" || got[0].Error != "no transport is configured for EMAIL" {
		t.Errorf("message %+v", got)
	}
}

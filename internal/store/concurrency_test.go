package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

var errRefused = errors.New("refused")

// put and get are a write and a read of a transaction.
func put(name string) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.PutSetting(name, "x") }
}

func isThere(t *testing.T, db *store.DB, name string) bool {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Setting(name)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// Many transactions that write at once: what failed leaves nothing, also when
// others share its commit; what succeeded is there for readers as soon as
// Update returns.
func TestFailedAmongOthers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				name := fmt.Sprint("n", i)
				err := db.Update(context.Background(), func(tx *store.Tx) error {
					if err := tx.PutSetting(name, "x"); err != nil {
						return err
					}
					if i%3 == 0 {
						return errRefused
					}
					return nil
				})
				if refused := i%3 == 0; errors.Is(err, errRefused) != refused || err != nil && !refused {
					t.Errorf("%s: %v", name, err)
				}
				if there := isThere(t, db, name); there != (i%3 != 0) {
					t.Errorf("%s is there: %v, after %v", name, there, err)
				}
			})
		}
		wg.Wait()
	})
}

// An error keeps its identity.
func TestErrorsAreHandedOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		refuse := func(*store.Tx) error { return errRefused }
		if err := db.Update(t.Context(), refuse); err != errRefused { //nolint:errorlint // the very value
			t.Errorf("Update: %v", err)
		}
		if err := db.View(t.Context(), refuse); err != errRefused { //nolint:errorlint // the very value
			t.Errorf("View: %v", err)
		}
	})
}

// A panic in one transaction undoes it alone, and the store goes on.
func TestPanicAmongOthers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				name := fmt.Sprint("n", i)
				defer func() {
					if p := recover(); (p != nil) != (i%4 == 0) {
						t.Errorf("%s: panic %v", name, p)
					}
					if there := isThere(t, db, name); there != (i%4 != 0) {
						t.Errorf("%s is there: %v", name, there)
					}
				}()
				err := db.Update(context.Background(), func(tx *store.Tx) error {
					if err := tx.PutSetting(name, "x"); err != nil {
						return err
					}
					if i%4 == 0 {
						panic("broken")
					}
					return nil
				})
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
	})
}

// What follows a commit runs once per commit, after it, and not for failures.
func TestOnCommitOfManyWriters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		var ran atomic.Int64
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				err := db.Update(context.Background(), func(tx *store.Tx) error {
					name := fmt.Sprint("n", i)
					tx.OnCommit(func() {
						ran.Add(1)
						if !isThere(t, db, name) {
							t.Errorf("%s is not there", name)
						}
					})
					if i%2 == 0 {
						return errRefused
					}
					return tx.PutSetting(name, "x")
				})
				if err != nil && !errors.Is(err, errRefused) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if ran.Load() != 16 {
			t.Errorf("%d functions ran after 16 commits", ran.Load())
		}
	})
}

// A caller that went away does not write, and nobody waits for it.
func TestCanceledWriter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		gone, cancel := context.WithCancel(context.Background())
		defer cancel()
		started, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := db.Update(context.Background(), func(tx *store.Tx) error {
				close(started)
				<-release
				return tx.PutSetting("first", "x")
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-started
		for i := range 4 {
			wg.Go(func() {
				if i == 0 {
					cancel()
				}
				if err := db.Update(gone, put(fmt.Sprint("gone", i))); !errors.Is(err, context.Canceled) && i == 0 {
					t.Errorf("canceled: %v", err)
				}
			})
		}
		// Whether those wait already does not matter: all of them must come to an
		// end, and so must the first.
		time.Sleep(10 * time.Millisecond)
		close(release)
		wg.Wait()
		if !isThere(t, db, "first") || isThere(t, db, "gone0") {
			t.Error("the first is lost, or the canceled one was written")
		}
	})
}

// Transactions that all change one row succeed, however many there are.
func TestContention(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		nodes := []*store.DB{storetest.Open(t, cfg), storetest.Open(t, cfg)}
		const writers, each = 64, 3
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				for range each {
					if err := nodes[i%2].Update(context.Background(), increment); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		err := nodes[0].View(t.Context(), func(tx *store.Tx) error {
			n, err := counter(tx)
			if n != writers*each {
				t.Errorf("counted %d of %d", n, writers*each)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A reading function that has long got by with one statement sees one state
// also when it needs more.
func TestViewSeesOneState(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		set := func(value string) {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				if err := tx.PutSetting("a", value); err != nil {
					return err
				}
				return tx.PutSetting("b", value)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		set("0")
		read := func(both bool, between func()) (a, b string) {
			err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				if a, err = tx.Setting("a"); err != nil || !both {
					return err
				}
				between()
				b, err = tx.Setting("b")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return a, b
		}
		for i := range 40 {
			both := i%20 > 14
			a, b := read(both, func() { set(fmt.Sprint(i)) })
			if both && a != b {
				t.Fatalf("round %d: a is of %s, b of %s", i, a, b)
			}
		}
	})
}

// A statement that may run later fails its transaction, at the latest at the
// commit, and the connection goes on working.
func TestLateFailure(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		for range 40 {
			late := func(then func(*store.Tx) error) error {
				return db.Update(t.Context(), func(tx *store.Tx) error {
					if err := tx.PutSetting("before", "x"); err != nil {
						return err
					}
					insert := "INSERT INTO settings (name, value) VALUES (?, 'x')"
					if err := store.ExecLater(tx, insert, "before"); err != nil {
						return err
					}
					return then(tx)
				})
			}
			if err := late(func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrConflict) {
				t.Fatalf("at the commit: %v", err)
			}
			if err := late(put("after")); !errors.Is(err, store.ErrConflict) {
				t.Fatalf("at the next statement: %v", err)
			}
		}
		if isThere(t, db, "before") || isThere(t, db, "after") {
			t.Error("something was written")
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return store.ExecLater(tx, "INSERT INTO settings (name, value) VALUES (?, 'x')", "only")
		})
		if err != nil || !isThere(t, db, "only") {
			t.Errorf("a transaction of nothing else: %v", err)
		}
	})
}

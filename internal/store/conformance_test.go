package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/seal"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// Several nodes that start at once on one database all come up, agree on the
// data key, and read each other's tokens.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		const nodes = 4
		dbs := make([]*store.DB, nodes)
		var wg sync.WaitGroup
		for i := range dbs {
			wg.Go(func() {
				db, err := store.Open(context.Background(), cfg)
				if err != nil {
					t.Error(err)
					return
				}
				dbs[i] = db
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		for i, db := range dbs {
			defer db.Close()
			token := db.SealToken("test", []byte{byte(i)})
			for _, other := range dbs {
				if got, err := other.OpenToken("test", token); err != nil || got[0] != byte(i) {
					t.Errorf("node does not open the token of node %d: %v", i, err)
				}
			}
		}
	})
}

func TestMasterKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		storetest.Open(t, cfg)
		file := filepath.Join(cfg.Dir, store.MasterKeyFile)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), cfg); !errors.Is(err, store.ErrNoMasterKey) {
			t.Errorf("without the master key: %v", err)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Error("a new master key was made beside sealed data")
		}
		wrong := cfg
		wrong.MasterKey = strings.Repeat("0123456789abcdef", 4)
		if _, err := store.Open(t.Context(), wrong); !errors.Is(err, seal.ErrWrongMasterKey) {
			t.Errorf("with another master key: %v", err)
		}
		right := cfg
		right.MasterKey = string(text)
		storetest.Open(t, right)
	})
}

func TestReplaceMasterKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		token := db.SealToken("test", []byte("kept"))
		text := strings.Repeat("fedcba9876543210", 4)
		master, err := seal.ParseMasterKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.ReplaceMasterKey(t.Context(), master); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), cfg); !errors.Is(err, seal.ErrWrongMasterKey) {
			t.Errorf("the old master key: %v", err)
		}
		cfg.MasterKey = text
		if got, err := storetest.Open(t, cfg).OpenToken("test", token); err != nil || string(got) != "kept" {
			t.Errorf("token after the change: %q, %v", got, err)
		}
	})
}

// A node that runs during a rotation takes up the new key when it meets it.
func TestRotateBesideRunningNode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		running, rotating := storetest.Open(t, cfg), storetest.Open(t, cfg)
		old, hmac := running.SealToken("test", []byte("old")), running.Derive("test", 32)
		if _, err := rotating.RotateDataKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		fresh := rotating.SealToken("test", []byte("new"))
		for want, token := range map[string]string{"old": old, "new": fresh} {
			if got, err := running.OpenToken("test", token); err != nil || string(got) != want {
				t.Errorf("%s token: %q, %v", want, got, err)
			}
		}
		if string(rotating.Derive("test", 32)) != string(hmac) {
			t.Error("a derived key changed with the rotation")
		}
		if _, err := running.OpenToken("other purpose", old); err == nil {
			t.Error("a token opened for another purpose")
		}
	})
}

// Concurrent read-modify-write transactions lose no update.
func TestUpdatesAreSerializable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		a, b := storetest.Open(t, cfg), storetest.Open(t, cfg)
		const rounds = 20
		var wg sync.WaitGroup
		for i := range rounds {
			db := []*store.DB{a, b}[i%2]
			wg.Go(func() {
				if err := db.Update(context.Background(), increment); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		err := a.View(t.Context(), func(tx *store.Tx) error {
			n, err := counter(tx)
			if n != rounds {
				t.Errorf("counted %d of %d", n, rounds)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// counter is a number in the settings, 0 when it was never set.
func counter(tx *store.Tx) (n int64, err error) {
	text, err := tx.Setting("test counter")
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

func setCounter(tx *store.Tx, n int64) error {
	return tx.PutSetting("test counter", strconv.FormatInt(n, 10))
}

func increment(tx *store.Tx) error {
	n, err := counter(tx)
	if err != nil {
		return err
	}
	return setCounter(tx, n+1)
}

func TestFailedUpdateChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		boom := errors.New("boom")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := setCounter(tx, 7); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("got %v", err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			n, err := counter(tx)
			if n != 0 {
				t.Errorf("the counter is %d", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		if err := db.Update(t.Context(), store.PretendNewer); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), cfg); !errors.Is(err, store.ErrNewerDatabase) {
			t.Errorf("got %v", err)
		}
	})
}

func TestReset(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		token := db.SealToken("test", []byte("x"))
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return setCounter(tx, 5) }); err != nil {
			t.Fatal(err)
		}
		if err := db.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			n, err := counter(tx)
			if n != 0 {
				t.Errorf("%d rows are left", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := storetest.Open(t, cfg).OpenToken("test", token); err != nil {
			t.Errorf("the data keys did not survive: %v", err)
		}
	})
}

func BenchmarkCommit(b *testing.B) {
	db := storetest.Open(b, store.Config{Dir: b.TempDir()})
	for i := 0; b.Loop(); i++ {
		if err := db.Update(b.Context(), func(tx *store.Tx) error { return setCounter(tx, int64(i)) }); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTemporaryStoreIsRemoved(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Config{IDs: ids.Source{}})
	if err != nil {
		t.Fatal(err)
	}
	dir := store.TempDir(db)
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func TestErrorsOfBadPlaces(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]store.Config{
		"a file as directory":   {Dir: file},
		"an unreachable server": {PostgresURL: "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", Dir: t.TempDir()},
		"not a URL":             {PostgresURL: "postgres://%zz", Dir: t.TempDir()},
	} {
		if _, err := store.Open(t.Context(), cfg); err == nil {
			t.Errorf("%s was opened", name)
		} else if strings.Contains(fmt.Sprint(err), "panic") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

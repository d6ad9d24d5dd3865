package bench

import (
	"bufio"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkMemory reports the resident memory of a server that has just
// started, and of one that has listed its large pool from the first user to
// the last (POOLHOUSE_BENCH_USERS).
func BenchmarkMemory(b *testing.B) {
	if inProcess {
		b.Skip("it needs a process of its own")
	}
	for _, kind := range databases {
		b.Run("started/"+kind, func(b *testing.B) {
			for range b.N {
				p := serveFresh(b, kind)
				quiet(p)
				reportMemory(b, p)
				p.stop()
			}
		})
		b.Run("listed-all/"+kind, func(b *testing.B) {
			w := worldOf(b, kind)
			w.largePool(b)
			b.ResetTimer()
			for range b.N {
				w.listAll(b)
			}
			b.StopTimer()
			b.ReportMetric(float64(w.users)*float64(b.N)/b.Elapsed().Seconds(), "users/s")
			reportMemory(b, w.process)
		})
	}
}

func serveFresh(b *testing.B, kind string) *process {
	database := ""
	if kind == "postgres" {
		database = durablePostgres(b)
	}
	return startServer(b, filepath.Join(b.TempDir(), "data"), database)
}

// quiet waits until the process takes no more processor time: a server makes
// signing keys for a while after its start.
func quiet(p *process) {
	before, ok := p.cpu()
	for range 100 {
		time.Sleep(200 * time.Millisecond)
		now, _ := p.cpu()
		if !ok || now == before {
			return
		}
		before = now
	}
}

func reportMemory(b *testing.B, p *process) {
	if bytes, ok := p.memory(); ok {
		b.ReportMetric(float64(bytes)/(1<<20), "resident-MiB")
	}
}

// listAll lists the large pool by several clients at once, each a part of the
// names.
func (w *world) listAll(b *testing.B) {
	var wg sync.WaitGroup
	for part := range 10 {
		wg.Go(func() {
			// Names have eight digits, of which the last ones vary.
			digits := 9 - len(strconv.Itoa(w.users-1))
			in := map[string]any{"Filter": fmt.Sprintf(`username ^= "user-%0*d"`, digits, part)}
			if err := w.listPart(b, in); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

func (w *world) listPart(b *testing.B, in map[string]any) error {
	c, err := dial(w.addr)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	creds := keys(account)
	in["UserPoolId"] = w.large
	for {
		var page struct{ PaginationToken string }
		if err := c.json(jsonCall(w.addr, "cognito-idp", "ListUsers", in, &creds), &page); err != nil {
			return err
		}
		if page.PaginationToken == "" {
			return nil
		}
		in["PaginationToken"] = page.PaginationToken
	}
}

// TestSoak runs a mixed load for the time in POOLHOUSE_BENCH_SOAK (such as 2m)
// and expects that neither goroutines nor live memory grow with it.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("POOLHOUSE_BENCH_SOAK"))
	if err != nil {
		t.Skip("SKIPPED: POOLHOUSE_BENCH_SOAK does not say how long")
	}
	for _, kind := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, kind)
			w.soak(t, length/4)
			before := w.state(t)
			w.soak(t, length*3/4)
			after := w.state(t)
			t.Logf("goroutines %.0f, then %.0f; live heap %.1f MiB, then %.1f MiB", before.goroutines, after.goroutines, before.heap/(1<<20), after.heap/(1<<20))
			if after.goroutines > before.goroutines+20 {
				t.Errorf("goroutines grew from %.0f to %.0f", before.goroutines, after.goroutines)
			}
			if after.heap > before.heap*1.5+4<<20 {
				t.Errorf("live heap grew from %.0f to %.0f bytes", before.heap, after.heap)
			}
		})
	}
}

// soak makes calls of many kinds, good and refused, from several connections.
func (w *world) soak(t *testing.T, length time.Duration) {
	end := time.Now().Add(length)
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				c, err := dial(w.addr)
				if err != nil {
					t.Error(err)
					return
				}
				for range 50 {
					if _, err := c.do(w.signUp()); err != nil {
						t.Errorf("%v\n%s", err, w.log)
					}
					for _, request := range [][]byte{w.adminInitiateAuth(), w.getID(), w.getCredentials(), w.getCallerIdentity(), w.listSome()} {
						if _, err := c.do(request); err != nil {
							t.Errorf("%v\n%s", err, w.log)
						}
					}
					// Names and keys that nobody has must leave nothing behind.
					c.do(w.unknown(caller, i)) //nolint:errcheck // it is refused
				}
				c.conn.Close()
			}
		})
	}
	wg.Wait()
}

func (w *world) listSome() []byte {
	creds := keys(account)
	return jsonCall(w.addr, "cognito-idp", "ListUsers", map[string]any{"UserPoolId": w.made.UserPoolID, "Limit": 10}, &creds)
}

func (w *world) unknown(caller, i int) []byte {
	n := w.next.Add(1)
	return jsonCall(w.addr, "cognito-idp", "ForgotPassword", map[string]any{
		"ClientId": fmt.Sprintf("nobody%d", n), "Username": fmt.Sprintf("nobody-%d-%d-%d@example.com", caller, i, n),
	}, nil)
}

// state is what must not grow.
type state struct{ goroutines, heap float64 }

// state reads the server's own metrics: the least heap of some collections is
// what is alive.
func (w *world) state(t *testing.T) state {
	t.Helper()
	least := state{math.Inf(1), math.Inf(1)}
	for range 30 {
		m := w.metrics(t)
		least.goroutines = min(least.goroutines, m["go_goroutines"])
		least.heap = min(least.heap, m["go_memstats_heap_alloc_bytes"])
		for range 20 {
			if _, err := ask(w.addr, w.getCallerIdentity()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return least
}

func (w *world) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	res, err := http.Get("http://" + w.addr + "/_poolhouse/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	m := map[string]float64{}
	for s := bufio.NewScanner(res.Body); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			m[name] = n
		}
	}
	if m["go_goroutines"] == 0 || m["go_memstats_heap_alloc_bytes"] == 0 {
		t.Fatal("the metrics lack goroutines or memory")
	}
	return m
}

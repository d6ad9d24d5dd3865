package bench

import (
	"sync"
	"testing"
	"time"
)

// load is what a benchmark does to a server.
type load struct {
	// clients is how many connections call at once; 0 means 4.
	clients int
	// floor is what a call cannot do without.
	floor cost
	// commit tells that the call writes: with one client its time is compared
	// with that of a bare commit.
	commit bool
	// prepare makes what n calls need, outside of the time.
	prepare func(n int)
	// request makes the request of the i-th call. Where one operation is several
	// calls, call makes them instead.
	request func(i int) []byte
	call    func(c *client, i int) error
}

// same is the request function of calls that may be repeated.
func same(request []byte) func(int) []byte { return func(int) []byte { return request } }

func (l *load) make(c *client, i int) error {
	if l.call != nil {
		return l.call(c, i)
	}
	_, err := c.do(l.request(i))
	return err
}

// run makes b.N calls and reports.
func (w *world) run(b *testing.B, l load) {
	b.Helper()
	clients := l.clients
	if clients == 0 {
		clients = 4
	}
	if l.prepare != nil {
		l.prepare(b.N)
	}
	connections := make([]*client, clients)
	for i := range connections {
		c, err := dial(w.addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.conn.Close()
		connections[i] = c
	}
	calls := make(chan int, b.N)
	for i := range b.N {
		calls <- i
	}
	close(calls)
	var wg sync.WaitGroup
	before, _ := w.cpu()
	b.ResetTimer()
	for _, c := range connections {
		wg.Go(func() {
			for i := range calls {
				if err := l.make(c, i); err != nil {
					b.Errorf("%v\n%s", err, w.log)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	after, ok := w.cpu()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	if used := (after - before) / time.Duration(b.N); ok {
		b.ReportMetric(micros(used), "server-µs/op")
		if l.floor.cpu > 0 {
			b.ReportMetric(float64(used)/float64(l.floor.cpu), "x-floor")
		}
	}
	if l.commit && clients == 1 {
		bare := floorCommit[w.kind].cost(b)
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare.wall), "x-commit")
	}
}

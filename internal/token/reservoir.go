package token

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"sync"
)

const (
	rsaBits = 2048
	// defaultReserve is two user pools' keys.
	defaultReserve = 4
)

// Reservoir keeps RSA-2048 keys ready. Generating one takes tens to hundreds of
// milliseconds, which no caller should wait for. It is safe for concurrent use,
// and several Keys may share one.
type Reservoir struct {
	ready chan *rsa.PrivateKey
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// NewReservoir begins to generate keys in the background until size of them
// are ready, and again whenever some were taken.
func NewReservoir(size int) *Reservoir {
	ctx, stop := context.WithCancel(context.Background())
	r := &Reservoir{ready: make(chan *rsa.PrivateKey, max(size-1, 0)), stop: stop}
	r.done.Go(func() { r.fill(ctx) })
	return r
}

// fill holds one more key in its hand than the channel takes.
func (r *Reservoir) fill(ctx context.Context) {
	for ctx.Err() == nil {
		k, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			continue
		}
		select {
		case r.ready <- k:
		case <-ctx.Done():
		}
	}
}

// Take returns a key that nobody else gets. When none is ready it generates
// one, or takes the next of the background, whichever comes first.
func (r *Reservoir) Take(ctx context.Context) (*rsa.PrivateKey, error) {
	select {
	case k := <-r.ready:
		return k, nil
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return rsa.GenerateKey(rand.Reader, rsaBits)
}

// Close ends the background work. Take remains usable.
func (r *Reservoir) Close() {
	r.stop()
	r.done.Wait()
}

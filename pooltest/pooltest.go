// Package pooltest runs a real Poolhouse server inside a Go test: the same
// code, rules and refusals as the binary, in a temporary database.
//
//	func TestSignUp(t *testing.T) {
//		t.Parallel()
//		srv := pooltest.Start(t)
//		pool := srv.MustSeed(t, pooltest.Pool{
//			Clients: []pooltest.Client{{Name: "web"}},
//			Users:   []pooltest.User{{Username: "jane", Password: "Correct-horse-7"}},
//		})
//		app := myapp.New(srv.Config(), pool.ID, pool.Clients["web"].ID)
//		...
//	}
//
// [Server.Config] is an ordinary [aws.Config], so code that takes one (or an
// SDK client made of one) needs no change. Programs in other processes and
// languages use [Server.URL], as AWS_ENDPOINT_URL or in their SDK's endpoint
// setting, with the keys of [Server.Credentials].
//
// # Starting
//
// [Start] belongs to a test and ends with it; [New] is for everything else
// (TestMain, a development command) and needs [Server.Close]. A start takes
// some tens of milliseconds and servers share nothing, so the usual way is one
// per test, in parallel. Tests that share a server can give each its own pool,
// or empty the server between them with [Server.Reset].
//
// Options choose the region and account, where the data is kept, and how AWS is
// imitated: [Strict] authentication, the [AWSIssuer] of tokens, the
// [PropagationDelay] after which AWS knows a change, or [StandIns] for Google
// and the other public identity providers.
//
// # Codes
//
// Nothing leaves the machine: confirmation codes, invitations and one-time
// passwords go to the server's [Inbox].
//
//	code, err := srv.Inbox.Code(ctx, "jane@example.com")
//
// # Triggers
//
// A pool's Lambda functions are ordinary Go functions of the test ([Function]),
// or programs that the server runs ([FunctionsFile]).
//
// # Faults
//
// AWS throttles, fails and is slow now and then, and knows a change seconds
// later. A server with [Faults] and a [PropagationDelay] is like that, by a seed;
// [Server.SetFaults] and [Server.SetPropagationDelay] change it between two
// calls.
//
// # Time
//
// [Server.AdvanceClock] moves the server's time: tokens and codes expire, roles'
// sessions end, lock-outs pass. The signatures of SDKs are measured with the
// machine's clock, so calls go on to work.
package pooltest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/server"
)

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	// URL is where the server answers, such as http://127.0.0.1:34567, without a
	// slash at the end.
	URL string
	// Region and Account are those of calls that name none, and of Config.
	Region, Account string
	// Inbox has the messages that were sent to users.
	Inbox *Inbox

	clock     *clock.Adjustable
	server    *server.Server
	http      *http.Server
	served    chan struct{}
	transport *http.Transport
	keys      aws.Credentials
	closed    func() error
}

// Start starts a server that ends with the test. The server's log, which has a
// line for each refused call, is part of the test's output.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	s, err := New(context.WithoutCancel(t.Context()), append([]Option{Log(log)}, opts...)...)
	if err != nil {
		t.Fatalf("pooltest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("pooltest: %v", err)
		}
	})
	return s
}

// New starts a server on a free loopback port. The context bounds the start
// alone; Close ends the server.
func New(ctx context.Context, opts ...Option) (*Server, error) {
	o := newOptions(opts)
	if err := o.check(); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL: "http://" + l.Addr().String(), Region: o.region, Account: o.account,
		clock: &clock.Adjustable{}, served: make(chan struct{}), keys: o.keys(),
		transport: &http.Transport{MaxIdleConnsPerHost: 100},
	}
	cfg, err := o.config(s)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if s.server, err = server.New(ctx, cfg); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.Inbox = &Inbox{server: s.server}
	s.closed = sync.OnceValue(s.close)
	s.http = &http.Server{Handler: s.server, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(o.log.Handler(), slog.LevelDebug)}
	go func() {
		defer close(s.served)
		s.http.Serve(l) //nolint:errcheck // it ends with Close
	}()
	return s, nil
}

// closeGrace is how long requests that are still running may take. It is more
// than the five seconds for which http.Server.Shutdown waits for a connection
// that a client has opened and not used.
const closeGrace = 30 * time.Second

// Close ends the server and removes its temporary data. More calls do nothing
// but return the same error.
func (s *Server) Close() error { return s.closed() }

func (s *Server) close() error {
	s.transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests do not end: %w", err), s.http.Close())
	}
	<-s.served
	return errors.Join(err, s.server.Close())
}

// Config returns a new configuration for SDK clients of the server: as root of
// [Server.Account], in [Server.Region], without retries, so that refusals come
// at once.
func (s *Server) Config() aws.Config { return s.ConfigFor(s.keys) }

// ConfigFor is Config with other credentials, such as those of
// GetCredentialsForIdentity or AssumeRole.
func (s *Server) ConfigFor(c aws.Credentials) aws.Config {
	return aws.Config{
		Region:           s.Region,
		BaseEndpoint:     aws.String(s.URL),
		Credentials:      credentials.StaticCredentialsProvider{Value: c},
		HTTPClient:       s.Client(),
		RetryMaxAttempts: 1,
	}
}

// Credentials returns the keys of Config, for clients in other processes:
// test/test or, on a [Strict] server, its root key.
func (s *Server) Credentials() aws.Credentials { return s.keys }

// Client returns an HTTP client for the server's other paths, such as pools'
// key sets. Its connections end with the server.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.transport} }

// Now returns the server's time.
func (s *Server) Now() time.Time { return s.clock.Now() }

// AdvanceClock moves the server's time forward, and returns it. What has a
// lifetime (tokens, codes, sessions, lock-outs) ends as if d had passed.
func (s *Server) AdvanceClock(d time.Duration) time.Time { return s.clock.Advance(d) }

// Reset deletes everything on the server: pools, users, roles, messages. The
// clock stays where it is. Calls that run meanwhile may fail.
func (s *Server) Reset(ctx context.Context) error { return s.server.Reset(ctx) }

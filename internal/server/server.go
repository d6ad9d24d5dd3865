// Package server is Poolhouse's one HTTP entry. It wires the services to the
// store and to each other, and takes every request of the AWS API the same way:
// service and operation, who calls, decode, constraints, permission, handler,
// answer, log line and metrics.
//
//	srv, err := server.New(ctx, server.Config{Store: store.Config{Dir: dir}, ...})
//	defer srv.Close()
//	http.Serve(listener, srv)
//
// One port carries everything: AWS calls at / (or at /<region>), the discovery documents and key
// sets of token issuers at /<user pool id>/.well-known/, and Poolhouse's own
// paths under /_poolhouse/: health and metrics, and in development the inbox of
// sent codes, the clock and the reset.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/identitypool"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/logexport"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// Config is what a server is made of. Store, Account, Region and PublicURL are
// required.
type Config struct {
	// Store says where the data is.
	Store store.Config
	// Account (12 digits) and Region are those of calls that name none.
	Account, Region string
	// PublicURL is where clients reach the server, without a slash at the end.
	// Token issuers are below it.
	PublicURL string
	// AWSIssuer gives user pools' tokens AWS's issuer instead of ours.
	AWSIssuer bool
	// Strict refuses access keys that Poolhouse did not issue. Without it an
	// unknown key acts as root of its account: for loopback only.
	Strict bool
	// Development adds the inbox, the clock and the reset under /_poolhouse/.
	Development bool
	// TrustProxy takes the client's address and scheme from X-Forwarded-For and
	// X-Forwarded-Proto.
	TrustProxy bool
	// RootAccessKeyID and RootSecretAccessKey are the root key of Account. When
	// they are empty a strict server makes one at its first start.
	RootAccessKeyID, RootSecretAccessKey string
	// SMTP sends e-mail; nil keeps it in the development inbox.
	SMTP *deliver.SMTP
	// SMSWebhook sends text messages, or the SNS API at SNSEndpoint does; neither
	// keeps them in the development inbox.
	SMSWebhook  *deliver.Webhook
	SNSEndpoint string
	// TopicEndpoint is the SNS API that publishes to the topics of delegation
	// requests; without one the messages stay in the development inbox.
	TopicEndpoint string
	// ManagedPolicies are files, or directories of them, with further AWS managed
	// policies (package iam has their form).
	ManagedPolicies []string
	// IAMQuotas are the limits of accounts; zero fields mean AWS's.
	IAMQuotas iam.Quotas
	// Functions are Lambda functions that the server runs itself. Functions that
	// are not among them are called by the Lambda API at LambdaEndpoint; without
	// one they are not reached, and what needs them is refused.
	Functions      []functions.Spec
	LambdaEndpoint string
	// KMSEndpoint is where the codes for sender functions are encrypted; without
	// one only Functions can decrypt them.
	KMSEndpoint string
	// Invoker reaches functions before all others do, for tests.
	Invoker trigger.Invoker
	// Passwords is the list of publicly known passwords that user pools with threat
	// protection look for; nil means that they find none.
	Passwords userpool.PasswordList
	// LogExport takes the logs that user pools export; nil drops them. Those for log
	// groups go to the API of CloudWatch Logs at LogsEndpoint, if there is one.
	LogExport    logexport.Exporter
	LogsEndpoint string
	// RateLimits enforces AWS's request rates of user pools and identity pools.
	// IdentityRates are in the place of AWS's for the operations of identity pools
	// that it has, in requests a second.
	RateLimits    bool
	IdentityRates map[string]float64
	// Quotas are quotas of user pools' resources in the place of AWS's; see
	// [userpool.DefaultQuotas].
	Quotas map[string]int
	// MaxImportUsers is how many users a user pool's import file may have; 0 means
	// AWS's quota of 500,000. MaxImportBytes is how large the file may be; 0 means
	// AWS's quota of 100 MiB.
	MaxImportUsers int
	MaxImportBytes int64
	// Faults makes operations fail or slow, for tests of clients; see
	// [ParseFault]. FaultSeed decides which calls are hit.
	Faults    []Fault
	FaultSeed uint64
	// PublicProviders are other places of the public identity providers than
	// their own, for tests without a network.
	PublicProviders PublicProviders
	// PropagationDelay is how long an identity pool's roles cannot be assumed
	// after they were set, as on AWS; 0 means at once.
	PropagationDelay time.Duration
	// Clock tells the time; nil means the machine's. A *clock.Adjustable can be
	// moved in development.
	Clock clock.Clock
	// IDs is the source of randomness.
	IDs ids.Source
	// Log gets a line per refused call, and per call at level DEBUG.
	Log *slog.Logger
	// Version is shown by the health check.
	Version string
}

// PublicProviders are the places of the public identity providers.
type PublicProviders = identitypool.Endpoints

// Server answers HTTP requests. It is safe for concurrent use.
type Server struct {
	cfg             Config
	account, region string
	publicURL       string
	strict          bool
	development     bool
	version         string
	clock           clock.Clock
	adjustable      *clock.Adjustable
	ids             ids.Source
	log             *slog.Logger
	store           *store.DB
	services        *services
	verifier        sigv4.Verifier
	metrics         *metrics
	faults          faults
	own             http.Handler
	newRootKey      [2]string

	byTarget, byVersion, byName map[string]*awswire.Table
}

// New opens the store and starts the services.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.Store.Clock, cfg.Store.IDs = cfg.Clock, cfg.IDs
	s := &Server{
		cfg: cfg, account: cfg.Account, region: cfg.Region, publicURL: cfg.PublicURL,
		strict: cfg.Strict, development: cfg.Development, version: cfg.Version,
		clock: cfg.Clock, ids: cfg.IDs, log: cfg.Log, metrics: newMetrics(),
		byTarget: map[string]*awswire.Table{}, byVersion: map[string]*awswire.Table{}, byName: map[string]*awswire.Table{},
	}
	s.SetFaults(cfg.Faults, cfg.FaultSeed)
	s.adjustable, _ = cfg.Clock.(*clock.Adjustable)
	db, err := store.Open(ctx, cfg.Store)
	if err != nil {
		return nil, err
	}
	s.store = db
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	services, err := s.wire()
	if err != nil {
		return err
	}
	s.services = services
	for _, t := range services.tables() {
		s.byName[t.Service.Name] = t
		if t.Service.Target != "" {
			s.byTarget[t.Service.Target] = t
		} else {
			s.byVersion[t.Service.Version] = t
		}
	}
	s.own = s.ownPaths()
	return s.ensureRootKey(ctx)
}

// Close stops the services and closes the store. Requests must have ended.
func (s *Server) Close() error {
	var err error
	if s.services != nil {
		err = s.services.close()
	}
	return errors.Join(err, s.store.Close())
}

// Reset empties the server, for development and tests.
func (s *Server) Reset(ctx context.Context) error {
	if err := s.store.Reset(ctx); err != nil {
		return err
	}
	s.services.keys.Forget()
	return s.ensureRootKey(ctx)
}

// NewRootKey returns the root access key that this start made, which is known
// only now.
func (s *Server) NewRootKey() (id, secret string, made bool) {
	return s.newRootKey[0], s.newRootKey[1], s.newRootKey[0] != ""
}

// ensureRootKey sets the root key that was configured. Without one, a strict
// server that has none yet makes one, since nobody could call it otherwise.
func (s *Server) ensureRootKey(ctx context.Context) error {
	if s.cfg.RootAccessKeyID != "" {
		return s.services.iam.EnsureRootKey(ctx, s.account, s.cfg.RootAccessKeyID, s.cfg.RootSecretAccessKey)
	}
	if !s.strict {
		return nil
	}
	have, err := s.services.iam.RootKeys(ctx, s.account)
	if err != nil || len(have) > 0 {
		return err
	}
	s.newRootKey[0], s.newRootKey[1], err = s.services.iam.NewRootKey(ctx, s.ids, s.account)
	return err
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/_poolhouse/"):
		s.own.ServeHTTP(w, r)
	case apiPath(r.URL.Path):
		if r.Method == http.MethodOptions {
			preflight(w, r)
			return
		}
		s.serveAWS(w, r)
	case s.serveWellKnown(w, r):
	default:
		writeJSON(w, http.StatusNotFound, badRequest)
	}
}

// clientAddress is the address that the request comes from: the last one that
// a trusted proxy reports.
func (s *Server) clientAddress(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if s.cfg.TrustProxy {
		if forwarded := r.Header.Values("X-Forwarded-For"); len(forwarded) > 0 {
			list := strings.Split(forwarded[len(forwarded)-1], ",")
			host = strings.TrimSpace(list[len(list)-1])
		}
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}

// secure tells whether the client used TLS, also to the proxy in front.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || s.cfg.TrustProxy && r.Header.Get("X-Forwarded-Proto") == "https"
}

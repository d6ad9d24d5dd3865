package userpool

import (
	"log/slog"
	"net/http"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/logexport"
	"github.com/poolhouse-id/poolhouse/internal/ratelimit"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// Config says what the service works with.
type Config struct {
	// Store keeps everything.
	Store *store.DB
	// Clock tells the time; nil means the machine's.
	Clock clock.Clock
	// IDs is the source of identifiers and secrets.
	IDs ids.Source
	// Keys signs and verifies the pools' tokens.
	Keys *token.Keys
	// Issuer returns the URL that is the iss claim of a pool's tokens.
	Issuer func(region, poolID string) string
	// UpdatedIssuer does so for pools whose IssuerConfiguration is UPDATED, of
	// which it is given the primary region; nil means Issuer.
	UpdatedIssuer func(region, poolID string) string
	// Deliver sends messages; nil means the development inbox.
	Deliver *deliver.Deliverer
	// Logs takes the records of logs that pools export; nil means that they are
	// dropped.
	Logs *logexport.Queue
	// Roles checks the roles that pools are given; nil means that none is checked.
	Roles Roles
	// Passwords is the list of publicly known passwords; nil means that none is.
	Passwords PasswordList
	// Triggers runs the pools' Lambda functions; nil means that there are none.
	Triggers Triggers
	// RelyingPartyID returns the relying party ID of passkeys in pools that
	// configure none, from the pool's prefix domain and custom domain, which may
	// be empty; empty means that such pools have no passkeys. Nil means AWS's
	// rule: the custom domain, else <prefix>.auth.<region>.amazoncognito.com.
	RelyingPartyID func(region, prefix, custom string) string
	// Transport asks identity providers for their metadata and discovery
	// documents; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// PublicURL is where the server answers, without a slash at the end: logos of
	// the hosted pages are below it.
	PublicURL string
	// DomainHost is the host that custom domains are to be aliases of; empty
	// means a name of the form of CloudFront's.
	DomainHost string
	// RateLimits enforces AWS's request rates by category of operations.
	RateLimits bool
	// Quotas are quotas of resources in the place of those of [DefaultQuotas],
	// which has their names; see [CheckQuotas].
	Quotas map[string]int
	// MaxImportUsers is how many users an import file may have; 0 means
	// [DefaultMaxImportUsers].
	MaxImportUsers int
	// MaxImportBytes is how large an import file may be; 0 means
	// [DefaultMaxImportBytes].
	MaxImportBytes int64
	// Log takes what callers must not see; nil means that it is dropped.
	Log *slog.Logger
}

// Service is the operations of cognito-idp. It is safe for concurrent use.
type Service struct {
	store *store.DB
	clock clock.Clock
	ids   ids.Source
	keys  *token.Keys
	// originalIssuer and updatedIssuer are Config's Issuer and UpdatedIssuer.
	originalIssuer, updatedIssuer func(region, poolID string) string

	deliver *deliver.Deliverer
	// passwords is Config's Passwords.
	passwords PasswordList
	logs      *logexport.Queue
	triggers  Triggers
	roles     Roles
	log       *slog.Logger
	// relyingPartyOf is Config's RelyingPartyID.
	relyingPartyOf func(region, prefix, custom string) string
	limiter        *ratelimit.Limiter
	quotas         map[string]int
	fetcher        *http.Client
	publicURL      string
	domainHost     string
	imports        imports
	pools          cache[*pool]
	clients        cache[*client]
}

// New makes the service.
func New(cfg Config) *Service {
	s := &Service{store: cfg.Store, clock: cfg.Clock, ids: cfg.IDs, keys: cfg.Keys, originalIssuer: cfg.Issuer, roles: cfg.Roles, quotas: quotasWith(cfg.Quotas), log: cfg.Log}
	if s.updatedIssuer = cfg.UpdatedIssuer; s.updatedIssuer == nil {
		s.updatedIssuer = cfg.Issuer
	}
	s.fetcher, s.publicURL, s.domainHost = newFetcher(cfg.Transport), cfg.PublicURL, cfg.DomainHost
	s.imports = newImports(cfg.MaxImportUsers, cfg.MaxImportBytes)
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.deliver = cfg.Deliver; s.deliver == nil {
		s.deliver = deliver.New(deliver.Config{Store: cfg.Store, Log: cfg.Log})
	}
	if s.logs = cfg.Logs; s.logs == nil {
		s.logs = logexport.New(logexport.Config{Store: cfg.Store})
	}
	s.passwords = cfg.Passwords
	if s.triggers = cfg.Triggers; s.triggers == nil {
		s.triggers = NoTriggers{}
	}
	if cfg.RateLimits {
		s.limiter = ratelimit.New(s.clock)
	}
	if s.relyingPartyOf = cfg.RelyingPartyID; s.relyingPartyOf == nil {
		s.relyingPartyOf = awsRelyingParty
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

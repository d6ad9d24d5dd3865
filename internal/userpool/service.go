package userpool

import (
	"log/slog"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/ids"
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
	// Deliver sends messages; nil means the development inbox.
	Deliver *deliver.Deliverer
	// Triggers runs the pools' Lambda functions; nil means that there are none.
	Triggers Triggers
	// Log takes what callers must not see; nil means that it is dropped.
	Log *slog.Logger
}

// Service is the operations of cognito-idp. It is safe for concurrent use.
type Service struct {
	store    *store.DB
	clock    clock.Clock
	ids      ids.Source
	keys     *token.Keys
	issuer   func(region, poolID string) string
	deliver  *deliver.Deliverer
	triggers Triggers
	log      *slog.Logger
	pools    cache[*pool]
	clients  cache[*client]
}

// New makes the service.
func New(cfg Config) *Service {
	s := &Service{store: cfg.Store, clock: cfg.Clock, ids: cfg.IDs, keys: cfg.Keys, issuer: cfg.Issuer, log: cfg.Log}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.deliver = cfg.Deliver; s.deliver == nil {
		s.deliver = deliver.New(deliver.Config{Store: cfg.Store, Log: cfg.Log})
	}
	if s.triggers = cfg.Triggers; s.triggers == nil {
		s.triggers = NoTriggers{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

package identitypool

import (
	"context"
	"errors"
	"maps"
	"sync/atomic"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/ratelimit"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Config says what the service works with.
type Config struct {
	// Store keeps pools and identities.
	Store *store.DB
	// Clock tells the time; nil means the machine's.
	Clock clock.Clock
	// IDs is the source of identifiers.
	IDs ids.Source
	// UserPools verifies tokens of user pools.
	UserPools UserPools
	// OIDC finds IAM's OpenID Connect providers and Tokens verifies their
	// tokens; nil means that there are none.
	OIDC   OIDCProviders
	Tokens Tokens
	// SAML verifies assertions of IAM's SAML providers; nil means that there
	// are none.
	SAML SAML
	// Public verifies tokens of the public providers; nil means that none can
	// be reached.
	Public PublicTokens
	// Roles assumes the pools' roles.
	Roles Roles
	// Keys signs OpenID tokens.
	Keys Keys
	// PropagationDelay is how long the roles of a pool cannot be assumed after
	// they were set, as on AWS, where that takes seconds. 0 means at once.
	PropagationDelay time.Duration
	// RateLimits enforces AWS's request rates, in whose place Rates are where it
	// has an operation, in requests a second.
	RateLimits bool
	Rates      map[string]float64
	// DocumentURL is the URL, without a final slash, below which the server
	// answers .well-known/jwks_uri with JWKS; empty means the issuer itself.
	DocumentURL string
}

// Service is the operations of cognito-identity. It is safe for concurrent use.
type Service struct {
	store     *store.DB
	clock     clock.Clock
	ids       ids.Source
	userPools UserPools
	oidc      OIDCProviders
	tokens    Tokens
	saml      SAML
	public    PublicTokens
	roles     Roles
	keys      Keys
	delay     atomic.Int64
	documents string
	pools     poolCache
	limiter   *ratelimit.Limiter
	rates     map[string]float64
}

// New makes the service.
func New(cfg Config) *Service {
	s := &Service{
		store: cfg.Store, clock: cfg.Clock, ids: cfg.IDs, userPools: cfg.UserPools,
		oidc: cfg.OIDC, tokens: cfg.Tokens, saml: cfg.SAML, public: cfg.Public,
		roles: cfg.Roles, keys: cfg.Keys, documents: cfg.DocumentURL,
	}
	s.SetPropagationDelay(cfg.PropagationDelay)
	if s.documents == "" {
		s.documents = Issuer
	}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if cfg.RateLimits {
		s.limiter, s.rates = ratelimit.New(s.clock), maps.Clone(defaultRates)
		maps.Copy(s.rates, cfg.Rates)
	}
	return s
}

// SetPropagationDelay changes Config.PropagationDelay while the service runs.
func (s *Service) SetPropagationDelay(d time.Duration) { s.delay.Store(int64(d)) }

// maxConflicts bounds how often an operation runs again because another one
// wrote the same rows first.
const maxConflicts = 8

// update is store.Update, run again when f met ErrConflict: two callers may
// bind the same new login at once, and the second then finds it bound. On one
// database several nodes do the same.
func (s *Service) update(ctx context.Context, f func(*store.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.store.Update(ctx, f)
		if !errors.Is(err, store.ErrConflict) || attempt == maxConflicts {
			return err
		}
	}
}

// purgeBatch is how many identities of a deleted pool one transaction deletes.
const purgeBatch = 500

// Purge deletes what deleted pools have left behind: their identities go in
// batches after the pool itself. The server calls it at start and from time to
// time; it returns when nothing is left or ctx is done.
func (s *Service) Purge(ctx context.Context) error {
	for {
		var more bool
		err := s.store.Update(ctx, func(tx *store.Tx) error {
			more = false
			id, err := tx.PurgedIdentityPool()
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			more = true
			_, err = tx.PurgeIdentities(id, purgeBatch)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

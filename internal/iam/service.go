package iam

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Config says what the service works with.
type Config struct {
	// Store keeps everything. It is required.
	Store *store.DB
	// ManagedPolicies are further AWS managed policies, or replacements of
	// built-in ones: JSON files, or directories of them, in the form that the
	// package documentation shows.
	ManagedPolicies []string
	// Quotas are the limits that accounts must keep; zero fields mean AWS's
	// defaults.
	Quotas Quotas
	// OwnIssuer tells this server's own issuers of tokens. They may be
	// registered as OpenID Connect providers although their URLs have a port or
	// are not https. Nil means none.
	OwnIssuer func(issuer string) bool
	// TokenIssuer is the issuer of the web identity tokens that STS gives an
	// account's principals; its keys are token.Account's. Nil means addresses
	// of AWS's form, which nothing serves.
	TokenIssuer func(account string) string
	// ManagementAccount manages the organization that all accounts of the server
	// are in. Empty means that they are in none.
	ManagementAccount string
	// Notify publishes the states of delegation requests; nil drops them, and
	// with them the exchange tokens.
	Notify Notify
	// Log gets what happens in the background; nil means slog.Default().
	Log *slog.Logger
}

// Service is IAM. It is safe for concurrent use.
type Service struct {
	store   *store.DB
	managed *catalogue
	quotas  Quotas
	log     *slog.Logger
	cache   *principalCache
	usage   *usage

	ownIssuer   func(string) bool
	tokenIssuer func(string) string
	notify      Notify

	management   string
	organization organizationIDs

	// hashRounds is what hashing a password costs.
	hashRounds int
}

// New returns the service. Its errors are those of reading cfg.ManagedPolicies.
func New(cfg Config) (*Service, error) {
	managed, err := newCatalogue(cfg.ManagedPolicies)
	if err != nil {
		return nil, err
	}
	s := &Service{store: cfg.Store, managed: managed, quotas: cfg.Quotas.orDefaults(), log: cfg.Log, ownIssuer: cfg.OwnIssuer, tokenIssuer: cfg.TokenIssuer, notify: cfg.Notify, management: cfg.ManagementAccount, organization: newOrganization(cfg.Store, cfg.ManagementAccount), hashRounds: hashRounds}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.cache = newPrincipalCache()
	s.usage = newUsage(s.store, s.log)
	return s, nil
}

// Close writes what is still to be recorded of the use of keys and roles.
func (s *Service) Close() error { return s.usage.flush(context.Background()) }

// update runs f in a transaction that may change what decides about calls of
// the caller's account, and makes every node notice.
func (s *Service) update(ctx context.Context, f func(tx *store.Tx, account string) error) error {
	account := awswire.CallOf(ctx).Account
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := f(tx, account); err != nil {
			return err
		}
		return tx.BumpIAMRevision(account)
	})
}

// view runs f in a transaction that reads.
func (s *Service) view(ctx context.Context, f func(tx *store.Tx, account string) error) error {
	account := awswire.CallOf(ctx).Account
	return s.store.View(ctx, func(tx *store.Tx) error { return f(tx, account) })
}

// noEntity is the error of a missing user, group, role or instance profile.
func noEntity(kind store.IAMKind, name string) error {
	if kind == store.IAMInstanceProfile {
		return noSuchEntity("Instance Profile %s cannot be found.", name)
	}
	return noSuchEntity("The %s with name %s cannot be found.", kind, name)
}

// entity returns the account's entity, or NoSuchEntity.
func entity(tx *store.Tx, account string, kind store.IAMKind, name *string) (store.IAMEntity, error) {
	e, err := tx.IAMEntity(account, kind, deref(name))
	if errors.Is(err, store.ErrNotFound) {
		return e, noEntity(kind, deref(name))
	}
	return e, err
}

// orElse replaces the store's not-found error.
func orElse(err, notFound error) error {
	if errors.Is(err, store.ErrNotFound) {
		return notFound
	}
	return err
}

// orTaken replaces the store's conflict error.
func orTaken(err, taken error) error {
	if errors.Is(err, store.ErrConflict) {
		return taken
	}
	return err
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// pathOr returns the path of an input, by default the root.
func pathOr(p *string) string {
	if deref(p) == "" {
		return "/"
	}
	return *p
}

// arnName returns the last part of an ARN: the name without its path.
func arnName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/poolhouse-id/poolhouse/internal/clock"
)

// The uses that keys are for. A token signed for one use does not verify for
// another.
const (
	// UseID and UseAccess are a user pool's two keys, both RS256.
	UseID     = "id"
	UseAccess = "access"
	// UseOpenID is the identity pools' key, RS512. The header of their tokens has
	// the typ JWS.
	UseOpenID = "openid"
	// UseRS256 and UseES384 are an account's keys for web identity tokens.
	UseRS256 = "rs256"
	UseES384 = "es384"
)

var algorithms = map[string]jose.SignatureAlgorithm{
	UseID:     jose.RS256,
	UseAccess: jose.RS256,
	UseOpenID: jose.RS512,
	UseRS256:  jose.RS256,
	UseES384:  jose.ES384,
}

// IdentityPools is the owner of the keys of identity pools, which share the
// issuer https://cognito-identity.amazonaws.com.
const IdentityPools = "cognito-identity"

// UserPool is the owner of a user pool's keys.
func UserPool(poolID string) string { return "userpool/" + poolID }

// Account is the owner of the keys of an account's web identity tokens.
func Account(id string) string { return "account/" + id }

// KeyStore keeps signing keys, private parts sealed. [store.DB] is one.
type KeyStore interface {
	// SigningKeys calls each with every key of the owner, the newest of a use
	// first. private is PKCS #8 in DER; retires is zero for the key that signs.
	SigningKeys(ctx context.Context, owner string, each func(use, kid string, private func() ([]byte, error), retires time.Time)) error
	// ReplaceSigningKey makes a key the one that signs for a use. The key that
	// signed before, replaces, retires at the time given; replaces is empty when
	// there was none. It changes nothing and reports false when another key
	// than replaces signs.
	ReplaceSigningKey(ctx context.Context, owner, use, kid string, private []byte, replaces string, retires time.Time) (bool, error)
}

// Config is what Keys needs.
type Config struct {
	// Store keeps the keys.
	Store KeyStore
	// Clock tells the time; nil means the machine's.
	Clock clock.Clock
	// Reservoir gives new RSA keys; nil means one of its own.
	Reservoir *Reservoir
}

// Keys signs and verifies. It is safe for concurrent use.
type Keys struct {
	store     KeyStore
	clock     clock.Clock
	reservoir *Reservoir
	own       bool

	mu   sync.Mutex
	sets map[string]*keySet
}

// New returns the keys of a store.
func New(cfg Config) *Keys {
	k := &Keys{store: cfg.Store, clock: cfg.Clock, reservoir: cfg.Reservoir, sets: map[string]*keySet{}}
	if k.clock == nil {
		k.clock = clock.System{}
	}
	if k.reservoir == nil {
		k.reservoir, k.own = NewReservoir(defaultReserve), true
	}
	return k
}

// Close ends the background work of the keys' own reservoir.
func (k *Keys) Close() {
	if k.own {
		k.reservoir.Close()
	}
}

const (
	// cacheFor is how long a node signs with the keys that it read before it
	// looks whether another node has rotated them.
	cacheFor = 10 * time.Second
	// rereadAfter bounds how often tokens with unknown keys, which anybody can
	// forge, make a node read the keys again.
	rereadAfter = time.Second
	// cachedOwners bounds the memory that keys take.
	cachedOwners = 2000
	// lifetime is how long a rotated key remains for verification: the longest
	// life of a token, 24 hours, and what nodes may lag.
	lifetime = 24*time.Hour + 10*time.Minute
)

// keySet is an owner's keys as read at a time. It does not change.
type keySet struct {
	read time.Time
	keys []*key
}

type key struct {
	use, kid string
	alg      jose.SignatureAlgorithm
	private  crypto.Signer
	signer   jose.Signer
	retires  time.Time
}

func newKey(use, kid string, private crypto.Signer, retires time.Time) (*key, error) {
	alg, ok := algorithms[use]
	if !ok {
		return nil, fmt.Errorf("token: no such use of keys: %q", use)
	}
	options := &jose.SignerOptions{}
	if use == UseOpenID {
		options.WithType("JWS")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: private, KeyID: kid}}, options)
	if err != nil {
		return nil, err
	}
	return &key{use, kid, alg, private, signer, retires}, nil
}

// signing is the key that signs for a use, or nil.
func (s *keySet) signing(use string) *key {
	for _, k := range s.keys {
		if k.use == use && k.retires.IsZero() {
			return k
		}
	}
	return nil
}

// find is the key with the kid; an empty use means any.
func (s *keySet) find(use, kid string, now time.Time) *key {
	for _, k := range s.keys {
		if k.kid == kid && (use == "" || k.use == use) && (k.retires.IsZero() || now.Before(k.retires)) {
			return k
		}
	}
	return nil
}

// set returns the owner's keys, read at most the given time ago.
func (k *Keys) set(ctx context.Context, owner string, age time.Duration) (*keySet, error) {
	now := k.clock.Now()
	k.mu.Lock()
	old := k.sets[owner]
	k.mu.Unlock()
	if old != nil && age > 0 && now.Sub(old.read).Abs() < age {
		return old, nil
	}
	s := &keySet{read: now}
	var failed error
	err := k.store.SigningKeys(ctx, owner, func(use, kid string, private func() ([]byte, error), retires time.Time) {
		parsed, err := reuse(old, use, kid, private, retires)
		if err != nil {
			failed = fmt.Errorf("signing key %s of %s: %w", kid, owner, err)
			return
		}
		s.keys = append(s.keys, parsed)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	// Anybody can name owners that do not exist.
	if len(s.keys) > 0 {
		k.keep(owner, s)
	} else {
		k.forget(owner)
	}
	return s, nil
}

// reuse takes a key over from the set read before, since parsing is slow.
func reuse(old *keySet, use, kid string, private func() ([]byte, error), retires time.Time) (*key, error) {
	if old != nil {
		for _, o := range old.keys {
			if o.kid == kid && o.use == use {
				again := *o
				again.retires = retires
				return &again, nil
			}
		}
	}
	der, err := private()
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T does not sign", parsed)
	}
	return newKey(use, kid, signer, retires)
}

func (k *Keys) keep(owner string, s *keySet) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.sets[owner]; !known && len(k.sets) >= cachedOwners {
		for other := range k.sets {
			delete(k.sets, other)
			break
		}
	}
	k.sets[owner] = s
}

func (k *Keys) forget(owner string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.sets, owner)
}

// Forget drops every key from memory, for a store that was emptied.
func (k *Keys) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.sets)
}

// signingKey returns the key that signs, making it when there is none.
func (k *Keys) signingKey(ctx context.Context, owner, use string) (*key, error) {
	for range 3 {
		s, err := k.set(ctx, owner, cacheFor)
		if err != nil {
			return nil, err
		}
		if found := s.signing(use); found != nil {
			return found, nil
		}
		if err := k.replace(ctx, owner, use, ""); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("token: no key of %s signs for %q", owner, use)
}

// replace makes a new key sign instead of the one named, unless another node
// was faster.
func (k *Keys) replace(ctx context.Context, owner, use, old string) error {
	private, err := k.generate(ctx, use)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	kid, err := keyID(private.Public())
	if err != nil {
		return err
	}
	if _, err := k.store.ReplaceSigningKey(ctx, owner, use, kid, der, old, k.clock.Now().Add(lifetime)); err != nil {
		return err
	}
	_, err = k.set(ctx, owner, 0)
	return err
}

func (k *Keys) generate(ctx context.Context, use string) (crypto.Signer, error) {
	switch alg := algorithms[use]; alg {
	case jose.RS256, jose.RS512:
		return k.reservoir.Take(ctx)
	case jose.ES384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		return nil, fmt.Errorf("token: no such use of keys: %q", use)
	}
}

// keyID is 44 characters of base64, as in the key sets of user pools: the
// SHA-256 hash of the public key.
func keyID(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// Rotate makes a new key sign for the use from now on. When several nodes
// rotate at once, one of the new keys remains.
func (k *Keys) Rotate(ctx context.Context, owner, use string) error {
	s, err := k.set(ctx, owner, 0)
	if err != nil {
		return err
	}
	old := ""
	if signing := s.signing(use); signing != nil {
		old = signing.kid
	}
	return k.replace(ctx, owner, use, old)
}

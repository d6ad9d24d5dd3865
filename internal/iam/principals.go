package iam

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"sync"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

// A snapshot is all that decides about the calls of one user or role, with its
// policies compiled. It is immutable. Every change of an account's IAM
// increases the account's revision in the same transaction, so one indexed
// query tells whether a snapshot in memory is still true, on every node.
type snapshot struct {
	entity   store.IAMEntity
	tags     map[string]string
	policies []*policy.Policy
	grants   []store.IAMGrant // where each policy comes from, without documents
	boundary *policy.Policy
	// trust is a role's trust policy.
	trust *policy.Policy
}

// Limits of what is kept in memory, in entries.
const (
	maxSnapshots = 10_000
	maxCompiled  = 20_000
)

type principalCache struct {
	snapshots *lru[string, versioned]
	compiled  *lru[[sha256.Size]byte, *policy.Policy]
	roles     *lru[string, roleKey]
}

// roleKey is which role had an ARN at a revision.
type roleKey struct {
	revision int64
	id       string
}

type versioned struct {
	revision int64
	snapshot *snapshot
}

func newPrincipalCache() *principalCache {
	return &principalCache{
		snapshots: newLRU[string, versioned](maxSnapshots),
		compiled:  newLRU[[sha256.Size]byte, *policy.Policy](maxCompiled),
		roles:     newLRU[string, roleKey](maxSnapshots),
	}
}

// deny is what stands for a policy that does not compile.
var deny = policy.MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)

// compile returns the compiled document, which is parsed once for its content.
// A stored document that does not compile denies everything: it must never
// grant by accident, nor may its denials get lost.
func (c *principalCache) compile(document string) *policy.Policy {
	key := sha256.Sum256([]byte(document))
	if p, ok := c.compiled.get(key); ok {
		return p
	}
	p, err := policy.Parse(document)
	if err != nil {
		p = deny
	}
	c.compiled.put(key, p)
	return p
}

// byID returns the snapshot of the user or role of the account, or
// store.ErrNotFound when it does not exist any more.
func (s *Service) byID(ctx context.Context, account, id string) (snap *snapshot, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		snap, err = s.snapshot(tx, account, id)
		return err
	})
	return snap, err
}

func (s *Service) snapshot(tx *store.Tx, account, id string) (*snapshot, error) {
	revision, err := tx.IAMRevision(account)
	if err != nil {
		return nil, err
	}
	if v, ok := s.cache.snapshots.get(id); ok && v.revision == revision {
		if v.snapshot == nil {
			return nil, store.ErrNotFound
		}
		return v.snapshot, nil
	}
	snap, err := s.load(tx, account, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	s.cache.snapshots.put(id, versioned{revision, snap})
	return snap, err
}

func (s *Service) load(tx *store.Tx, account, id string) (*snapshot, error) {
	e, err := tx.IAMEntityByID(id)
	if err == nil && e.Account != account {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	snap := &snapshot{entity: e}
	tags, err := tx.IAMTags(id)
	if err != nil {
		return nil, err
	}
	snap.tags = make(map[string]string, len(tags))
	for _, t := range tags {
		snap.tags[t.Key] = t.Value
	}
	grants, err := tx.IAMGrants(id)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		document := g.Document
		if g.PolicyARN != "" {
			if document, err = s.documentOf(tx, g.PolicyARN, g.Document); err != nil {
				return nil, err
			}
		}
		snap.policies = append(snap.policies, s.cache.compile(document))
		g.Document = ""
		snap.grants = append(snap.grants, g)
	}
	if e.Boundary != "" {
		document, err := s.documentOf(tx, e.Boundary, "")
		if err != nil {
			return nil, err
		}
		snap.boundary = s.cache.compile(document)
	}
	if e.Kind == store.IAMRole {
		snap.trust = s.cache.compile(e.Trust)
	}
	return snap, nil
}

// documentOf returns the document in force of a managed policy, unless it is
// known already. A policy that does not exist has an empty document, which
// does not compile and so denies.
func (s *Service) documentOf(tx *store.Tx, arn, known string) (string, error) {
	if known != "" {
		return known, nil
	}
	if m := s.managed.of(arn); m != nil {
		return m.document, nil
	}
	p, err := tx.IAMPolicy(arn)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	v, err := tx.IAMPolicyVersion(p.ID, p.DefaultVersion)
	return v.Document, err
}

// lru is a bounded cache that forgets what was not used for longest. It is safe
// for concurrent use.
type lru[K comparable, V any] struct {
	mu    sync.Mutex
	max   int
	items map[K]*list.Element
	order *list.List
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](limit int) *lru[K, V] {
	return &lru[K, V]{max: limit, items: map[K]*list.Element{}, order: list.New()}
}

func (c *lru[K, V]) get(key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[key]
	if !ok {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*lruItem[K, V]).value, true
}

func (c *lru[K, V]) put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[key]; ok {
		e.Value.(*lruItem[K, V]).value = v
		c.order.MoveToFront(e)
		return
	}
	c.items[key] = c.order.PushFront(&lruItem[K, V]{key, v})
	if c.order.Len() > c.max {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.items, last.Value.(*lruItem[K, V]).key)
	}
}

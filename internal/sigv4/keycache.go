package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync"
)

// keysPerGeneration bounds the memory of a keyCache to twice as many entries,
// about two megabytes.
const keysPerGeneration = 4096

// keyCache keeps signing keys, which cost four of the five HMACs of a
// verification and stay the same for a day. It has two generations: when the
// young one is full it becomes the old one, and what is used moves back.
type keyCache struct {
	mu         sync.RWMutex
	young, old map[scope]cachedKey
}

type scope struct{ accessKeyID, date, region, service string }

type cachedKey struct {
	secret string
	key    [sha256.Size]byte
}

func (s *Signature) scope() scope { return scope{s.AccessKeyID, s.date, s.Region, s.Service} }

// ownScope is scope in memory of its own, for the request's strings are parts
// of long headers.
func (s *Signature) ownScope() scope {
	return scope{strings.Clone(s.AccessKeyID), strings.Clone(s.date), strings.Clone(s.Region), strings.Clone(s.Service)}
}

// get returns the signing key, unless it was derived from another secret.
func (c *keyCache) get(s *Signature, secret string) (key [sha256.Size]byte, ok bool) {
	at := s.scope()
	c.mu.RLock()
	k, young := c.young[at]
	if !young {
		k, ok = c.old[at]
	}
	c.mu.RUnlock()
	if !young && !ok || subtle.ConstantTimeCompare([]byte(k.secret), []byte(secret)) != 1 {
		return key, false
	}
	if !young {
		c.put(s, secret, k.key)
	}
	return k.key, true
}

func (c *keyCache) put(s *Signature, secret string, key [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= keysPerGeneration {
		c.young, c.old = make(map[scope]cachedKey), c.young
	}
	c.young[s.ownScope()] = cachedKey{strings.Clone(secret), key}
}

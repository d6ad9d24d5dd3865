package userpool

import "sync"

// maxCached bounds each cache.
const maxCached = 2000

// cache keeps decoded resources by ID. An entry is used only while the database
// still has its version, so a node never works with an old one.
type cache[T any] struct {
	mu      sync.RWMutex
	entries map[string]cached[T]
}

type cached[T any] struct {
	version int64
	value   T
}

func (c *cache[T]) get(id string, version int64) (v T, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entries[id]
	if !ok || e.version != version {
		return v, false
	}
	return e.value, true
}

func (c *cache[T]) put(id string, version int64, v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]cached[T]{}
	}
	if _, known := c.entries[id]; !known && len(c.entries) >= maxCached {
		for other := range c.entries {
			delete(c.entries, other)
			break
		}
	}
	c.entries[id] = cached[T]{version, v}
}

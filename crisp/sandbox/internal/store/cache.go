package store

import (
	"sync"
)

// cache keeps what was made for reading, by number. It holds the entries of two rounds: when the younger round is full,
// the older one is forgotten, so that memory stays bounded and what is in use survives.
type cache[K comparable, V any] struct {
	mu         sync.Mutex
	size       int
	young, old map[K]V
}

func newCache[K comparable, V any](size int) *cache[K, V] {
	return &cache[K, V]{size: size, young: map[K]V{}}
}

// get returns the entry of a key and builds it first if there is none. Two callers at the same time may both build it.
func (c *cache[K, V]) get(key K, build func() V) V {
	c.mu.Lock()
	v, ok := c.young[key]
	if !ok {
		if v, ok = c.old[key]; ok {
			c.put(key, v)
		}
	}
	c.mu.Unlock()
	if ok {
		return v
	}
	v = build()
	c.mu.Lock()
	c.put(key, v)
	c.mu.Unlock()
	return v
}

func (c *cache[K, V]) put(key K, v V) {
	if len(c.young) >= c.size {
		c.old, c.young = c.young, map[K]V{}
	}
	c.young[key] = v
}

// drop forgets the entry of a key.
func (c *cache[K, V]) drop(key K) {
	c.mu.Lock()
	delete(c.young, key)
	delete(c.old, key)
	c.mu.Unlock()
}

// clear forgets everything.
func (c *cache[K, V]) clear() {
	c.mu.Lock()
	c.old, c.young = nil, map[K]V{}
	c.mu.Unlock()
}

package weakmap

import (
	"maps"
	"weak"
)

// Cache finds objects by a key, as long as somebody else refers to them. The zero Cache is empty and ready to use. It is for one goroutine
// at a time.
type Cache[K comparable, V any] struct {
	objects map[K]weak.Pointer[V]
	// sweep is the size at which lost objects are looked for.
	sweep int
}

// Set sets the object of a key.
func (c *Cache[K, V]) Set(key K, object *V) {
	if c.objects == nil {
		c.objects = make(map[K]weak.Pointer[V])
		c.sweep = minSweep
	}
	if len(c.objects) >= c.sweep {
		maps.DeleteFunc(c.objects, func(_ K, p weak.Pointer[V]) bool { return p.Value() == nil })
		c.sweep = max(minSweep, 2*len(c.objects))
	}
	c.objects[key] = weak.Make(object)
}

// Get returns the object of a key, or nil.
func (c *Cache[K, V]) Get(key K) *V { return c.objects[key].Value() }

// Len is the number of objects, with those that are still to be swept.
func (c *Cache[K, V]) Len() int { return len(c.objects) }

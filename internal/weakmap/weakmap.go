// Package weakmap remembers things about objects without keeping them alive.
package weakmap

import (
	"maps"
	"weak"
)

// Map holds values by the identity of objects. What belongs to an object that nobody refers to any more goes with it, sooner or
// later. The zero Map is empty and ready to use. It is for one goroutine at a time.
type Map[K, V any] struct {
	values map[weak.Pointer[K]]V
	// sweep is the size at which those of lost objects are looked for.
	sweep int
}

// minSweep is the size up to which it is not worth looking.
const minSweep = 256

// Set sets the value of an object.
func (m *Map[K, V]) Set(object *K, value V) {
	if m.values == nil {
		m.values = make(map[weak.Pointer[K]]V)
		m.sweep = minSweep
	}
	if len(m.values) >= m.sweep {
		maps.DeleteFunc(m.values, func(p weak.Pointer[K], _ V) bool { return p.Value() == nil })
		m.sweep = max(minSweep, 2*len(m.values))
	}
	m.values[weak.Make(object)] = value
}

// Get returns the value of an object.
func (m *Map[K, V]) Get(object *K) (V, bool) {
	value, ok := m.values[weak.Make(object)]
	return value, ok
}

// Len is the number of values, with those that are still to be swept.
func (m *Map[K, V]) Len() int { return len(m.values) }

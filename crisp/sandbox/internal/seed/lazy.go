package seed

import "sync"

// lazy is a value that is made on its first use. In contrast to sync.OnceValue it costs nothing when a command starts.
type lazy[T any] struct {
	once  sync.Once
	value T
}

// get returns the value and makes it first if there is none.
func (l *lazy[T]) get(build func() T) T {
	l.once.Do(func() { l.value = build() })
	return l.value
}

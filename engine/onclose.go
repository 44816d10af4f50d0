package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
)

// closing is what is done when an instance is closed.
type closing struct {
	mu     sync.Mutex
	closed bool
	next   int
	// last has the functions by what they belong to.
	last map[any]closer
}

type closer struct {
	order int
	f     func()
}

// OnClose calls f when the instance whose call ctx belongs to is closed, after its calls have ended. Functions that
// came later are called first. It is called at once where the instance was closed already, and where ctx belongs to
// none, when ctx ends.
func OnClose(ctx context.Context, f func()) {
	i := invokerOf(ctx)
	if i == nil {
		context.AfterFunc(ctx, f)
		return
	}
	i.closing.add(new(byte), func() { i.guard("close", f) })
}

// add adds a function for a key, unless the key has one.
func (c *closing) add(key any, f func()) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		f()
		return
	}
	defer c.mu.Unlock()
	if _, ok := c.last[key]; ok {
		return
	}
	if c.last == nil {
		c.last = map[any]closer{}
	}
	c.next++
	c.last[key] = closer{c.next, f}
}

// drop takes away the function of a key.
func (c *closing) drop(key any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.last, key)
}

// guard calls f and reports its panic.
func (i *Invoker) guard(name string, f func()) {
	defer func() {
		if x := recover(); x != nil {
			_ = i.Panicked(name, x) // the hook has it
		}
	}()
	f()
}

// Close calls what OnClose asked for, and closes the handles that can be closed. It is for the Close of a VM, after
// its host calls have ended.
func (i *Invoker) Close() {
	c := &i.closing
	c.mu.Lock()
	last := slices.SortedFunc(maps.Values(c.last), func(a, b closer) int { return cmp.Compare(b.order, a.order) })
	c.last, c.closed = nil, true
	c.mu.Unlock()
	for _, closer := range last {
		closer.f()
	}
}

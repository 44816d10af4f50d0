// Package callcontext has the contexts that host functions get from a call of an instance.
package callcontext

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Owner is the VM that a call runs in.
type Owner interface {
	// Ended is called when a context ends while its call runs, from any goroutine. It must not use the context.
	Ended(c *Context, cause error)
}

// Context is the context of a call. It ends with the caller's context, and when the instance closes or exceeds its memory limit.
// If the call leaves a sequence open, the context outlives the call and no longer ends with the caller's.
//
// What the context package needs to wait for it is made when somebody waits. Most host calls do not, and a call that makes none
// should not pay for it.
type Context struct {
	owner  Owner
	kept   *Kept
	parent context.Context

	made atomic.Pointer[waiting]
	mu   sync.Mutex
	// left is set when the call has ended: the parent does not count any more.
	left bool
	// over is set when the context was ended other than by its parent, and cause is why.
	over  bool
	cause error
	// open is how many sequences carry the context on.
	open int
}

// waiting is what can be waited for.
type waiting struct {
	context.Context
	cancel context.CancelCauseFunc
	// detach parts it from the parent. It reports false when the parent has ended.
	detach func() bool
}

// New returns the context of a call whose caller gave parent. Kept takes it when the call leaves a sequence open.
func New(parent context.Context, owner Owner, kept *Kept) *Context {
	return &Context{owner: owner, kept: kept, parent: parent}
}

// wait makes what can be waited for.
func (c *Context) wait() *waiting {
	if w := c.made.Load(); w != nil {
		return w
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.made.Load(); w != nil {
		return w
	}
	w := &waiting{detach: func() bool { return true }}
	w.Context, w.cancel = context.WithCancelCause(context.WithoutCancel(c.parent))
	switch {
	case c.over:
		w.cancel(c.cause)
	case c.left:
	case c.parent.Err() != nil:
		w.cancel(context.Cause(c.parent))
	case c.parent.Done() != nil:
		w.detach = context.AfterFunc(c.parent, func() {
			cause := context.Cause(c.parent)
			c.owner.Ended(c, cause)
			w.cancel(cause)
		})
	}
	c.made.Store(w)
	return w
}

// End ends the context, and with it the call whose host functions have it.
func (c *Context) End(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(cause)
}

// end is End for who holds mu.
func (c *Context) end(cause error) {
	if c.over {
		return
	}
	if cause == nil {
		cause = context.Canceled
	}
	c.over, c.cause = true, cause
	if !c.left {
		c.owner.Ended(c, cause) // now, since the next call may begin when mu is free
	}
	if w := c.made.Load(); w != nil {
		w.cancel(cause)
	}
}

// Leave ends the call. The context ends with it, unless open sequences still need it.
func (c *Context) Leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended := c.over || c.parent.Err() != nil
	if w := c.made.Load(); w != nil && !w.detach() {
		<-w.Done() // else it could stop the next call
		ended = true
	}
	c.left = true
	if c.open > 0 && !ended {
		c.kept.add(c)
	} else {
		c.end(nil)
	}
}

// Carry makes the context outlive its call, until Drop is called as often.
func (c *Context) Carry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
}

// Drop undoes a Carry.
func (c *Context) Drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open--; c.open == 0 && c.left {
		c.kept.remove(c)
		c.end(nil)
	}
}

// IsOver reports whether the context was ended other than by its parent.
func (c *Context) IsOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// Done implements context.Context.
func (c *Context) Done() <-chan struct{} { return c.wait().Done() }

// Err implements context.Context.
func (c *Context) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return context.Canceled
	case c.left:
		return nil
	}
	err := c.parent.Err()
	if w := c.made.Load(); w != nil && err != nil {
		w.cancel(context.Cause(c.parent))
	}
	return err
}

// Deadline implements context.Context.
func (c *Context) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return time.Time{}, false
	}
	return c.parent.Deadline()
}

// Value implements context.Context. context.Cause asks it, too.
func (c *Context) Value(key any) any {
	if w := c.made.Load(); w != nil {
		return w.Value(key)
	}
	c.mu.Lock()
	own := c.over || c.left || c.parent.Err() != nil
	c.mu.Unlock()
	if own {
		return c.wait().Value(key)
	}
	return c.parent.Value(key)
}

// Kept are the contexts of an instance's calls that have ended and left a sequence open. The zero Kept is empty.
type Kept struct {
	mu  sync.Mutex
	set map[*Context]struct{}
}

// Len returns how many there are.
func (k *Kept) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.set)
}

func (k *Kept) add(c *Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.set == nil {
		k.set = make(map[*Context]struct{})
	}
	k.set[c] = struct{}{}
}

func (k *Kept) remove(c *Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.set, c)
}

// EndAll ends them.
func (k *Kept) EndAll(cause error) {
	k.mu.Lock()
	list := slices.Collect(maps.Keys(k.set))
	clear(k.set)
	k.mu.Unlock()
	for _, c := range list {
		c.End(cause)
	}
}

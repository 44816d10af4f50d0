package lua

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// runContext is the context of a run's host calls. It ends with the context of the run's caller, and when the VM closes or takes too much
// memory. Where the run has left a sequence open it goes on without its caller's.
//
// What the context package needs to wait for it is made when somebody waits. Most host calls do not, and a run that makes none should not
// pay for it.
type runContext struct {
	vm     *vm
	parent context.Context
	values context.Context // the parent's, without its end

	made atomic.Pointer[madeContext]
	mu   sync.Mutex
	// left tells that the run has ended: the parent does not count any more.
	left bool
	// over tells that the context was ended other than by its parent, and cause why.
	over  bool
	cause error
	// open is how many sequences carry the context on.
	open int
}

// madeContext does the waiting.
type madeContext struct {
	context.Context
	cancel context.CancelCauseFunc
	// detach parts it from the parent. It reports false when the parent has ended.
	detach func() bool
}

func newRunContext(parent context.Context, v *vm) *runContext {
	return &runContext{vm: v, parent: parent, values: context.WithoutCancel(parent)}
}

// make makes what waits.
func (c *runContext) make() *madeContext {
	if m := c.made.Load(); m != nil {
		return m
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.made.Load(); m != nil {
		return m
	}
	m := &madeContext{detach: func() bool { return true }}
	m.Context, m.cancel = context.WithCancelCause(c.values)
	switch {
	case c.over:
		m.cancel(c.cause)
	case c.left:
	case c.parent.Err() != nil:
		m.cancel(context.Cause(c.parent))
	case c.parent.Done() != nil:
		m.detach = context.AfterFunc(c.parent, func() {
			c.vm.stopped.Store(true)
			m.cancel(context.Cause(c.parent))
		})
	}
	c.made.Store(m)
	return m
}

// end ends the context, and with it the run whose host calls have it.
func (c *runContext) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.over, c.cause = true, cause
	if !c.left {
		c.vm.stopped.Store(true)
	}
	if m := c.made.Load(); m != nil {
		m.cancel(cause)
	}
}

// leave is called when the run has ended. The context goes on while sequences need it, unless its parent has ended.
func (c *runContext) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended := c.parent.Err() != nil
	if m := c.made.Load(); m != nil && !m.detach() {
		<-m.Done() // else it could stop the next run
		ended = true
	}
	c.left = true
	if c.open == 0 || ended {
		c.release()
	} else {
		c.vm.kept.add(c)
	}
}

// release ends the context of a run that has ended. The caller holds mu.
func (c *runContext) release() {
	c.over = true
	if m := c.made.Load(); m != nil {
		m.cancel(nil)
	}
	c.vm.kept.remove(c)
}

// carry makes the context outlive its run, until drop is called as often.
func (c *runContext) carry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
}

func (c *runContext) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open--; c.open == 0 && c.left {
		c.release()
	}
}

// isOver reports whether the context was ended other than by its parent.
func (c *runContext) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// Done implements context.Context.
func (c *runContext) Done() <-chan struct{} { return c.make().Done() }

// Err implements context.Context.
func (c *runContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return context.Canceled
	case c.left:
		return nil
	}
	err := c.parent.Err()
	if m := c.made.Load(); m != nil && err != nil {
		m.cancel(context.Cause(c.parent))
	}
	return err
}

// Deadline implements context.Context.
func (c *runContext) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return time.Time{}, false
	}
	return c.parent.Deadline()
}

// Value implements context.Context.
func (c *runContext) Value(key any) any {
	if m := c.made.Load(); m != nil {
		return m.Value(key)
	}
	if c.Err() != nil { // context.Cause may be asking
		return c.make().Value(key)
	}
	return c.values.Value(key)
}

// keptContexts are those of runs that have ended and left a sequence open.
type keptContexts struct {
	mu  sync.Mutex
	set map[*runContext]struct{}
}

func (k *keptContexts) add(c *runContext) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.set == nil {
		k.set = map[*runContext]struct{}{}
	}
	k.set[c] = struct{}{}
}

func (k *keptContexts) remove(c *runContext) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.set, c)
}

func (k *keptContexts) endAll(cause error) {
	k.mu.Lock()
	list := slices.Collect(maps.Keys(k.set))
	k.mu.Unlock()
	for _, c := range list {
		c.end(cause)
	}
}

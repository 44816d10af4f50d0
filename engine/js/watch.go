package js

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// call is the context of a call of an instance. It ends with the caller's, and when the instance closes or takes too much memory.
// Where the call has left a sequence open it goes on without the caller's. What costs something is made when somebody waits for it.
type call struct {
	vm     *vm
	parent context.Context

	mu      sync.Mutex
	derived context.Context
	cancel  context.CancelCauseFunc
	// detach parts derived from the parent. It reports false when the parent has ended.
	detach func() bool
	// left is set when the call has ended: the parent does not count any more.
	left bool
	// over is set when the context was ended other than by its parent, and cause is why.
	over  bool
	cause error
	// open is how many sequences carry the context on.
	open int
}

// derive makes the context that stands for the call once it was needed. The caller holds mu.
func (c *call) derive() {
	if c.derived != nil {
		return
	}
	derived, cancel := context.WithCancelCause(context.WithoutCancel(c.parent))
	c.derived, c.cancel = derived, cancel
	switch {
	case c.over:
		cancel(c.cause)
	case c.left:
	case c.parent.Err() != nil:
		cancel(context.Cause(c.parent))
	case c.parent.Done() != nil:
		c.detach = context.AfterFunc(c.parent, func() { cancel(context.Cause(c.parent)) })
	}
}

// Deadline implements context.Context.
func (c *call) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return time.Time{}, false
	}
	return c.parent.Deadline()
}

// Err implements context.Context.
func (c *call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return context.Canceled
	case c.left:
		return nil
	}
	err := c.parent.Err()
	if err != nil && c.derived != nil {
		c.cancel(context.Cause(c.parent))
	}
	return err
}

// Value implements context.Context. context.Cause asks it, too.
func (c *call) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.left || c.parent.Err() != nil {
		c.derive()
	}
	if c.derived != nil {
		return c.derived.Value(key)
	}
	return c.parent.Value(key)
}

// Done implements context.Context.
func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.derive()
	return c.derived.Done()
}

// stop ends the call.
func (c *call) stop(cause error) {
	c.end(cause)
	c.vm.watch.interrupt(c)
}

// end ends the context.
func (c *call) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.over, c.cause = true, cause
	if c.cause == nil {
		c.cause = context.Canceled
	}
	if c.derived != nil {
		c.cancel(cause)
	}
}

// release is called when the call has ended. The context goes on while sequences need it, unless it has ended.
func (c *call) release() {
	c.mu.Lock()
	ended := c.over || c.parent.Err() != nil
	if c.detach != nil && !c.detach() {
		<-c.derived.Done()
		ended = true
	}
	c.left = true
	kept := c.open > 0 && !ended
	if kept {
		c.vm.kept.add(c)
	}
	c.mu.Unlock()
	if !kept {
		c.end(nil)
	}
}

// carry makes the context outlive its call, until drop is called as often.
func (c *call) carry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
}

func (c *call) drop() {
	c.mu.Lock()
	c.open--
	last := c.open == 0 && c.left
	c.mu.Unlock()
	if last {
		c.vm.kept.remove(c)
		c.end(nil)
	}
}

// keptCalls are the contexts of calls that have ended and left a sequence open.
type keptCalls struct {
	mu  sync.Mutex
	set map[*call]struct{}
}

func (k *keptCalls) add(c *call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.set == nil {
		k.set = make(map[*call]struct{})
	}
	k.set[c] = struct{}{}
}

func (k *keptCalls) remove(c *call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.set, c)
}

func (k *keptCalls) endAll(cause error) {
	k.mu.Lock()
	list := slices.Collect(maps.Keys(k.set))
	clear(k.set)
	k.mu.Unlock()
	for _, c := range list {
		c.end(cause)
	}
}

// watch is what the watcher knows of an instance.
type watch struct {
	active atomic.Pointer[call]
	// listed is set while the watcher looks at the instance.
	listed atomic.Bool
	// mu is held to interrupt the active call and to end it, so that no interrupt hits a later one.
	mu          sync.Mutex
	interrupted bool
}

// interrupt stops a call if it is the active one.
func (w *watch) interrupt(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.active.Load() == c && !w.interrupted {
		w.interrupted = true
		c.vm.rt.Interrupt(context.Cause(c))
	}
}

// end ends the active call and reports whether it was interrupted.
func (w *watch) end() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	interrupted := w.interrupted
	w.active.Store(nil)
	w.interrupted = false
	return interrupted
}

// watcher interrupts the calls whose contexts end. One goroutine looks at all of them, since a context.AfterFunc for each takes
// longer than a short call.
type watcher struct {
	mu      sync.Mutex
	vms     map[*vm]int // how many looks ago the instance was active
	running bool
}

var watched watcher

const (
	// watchInterval is how often the watcher looks, and idleLooks after how many an instance that rests is forgotten.
	watchInterval = time.Millisecond
	idleLooks     = 50
)

// begin makes a call the active one of its instance.
func (w *watcher) begin(v *vm, c *call) {
	v.watch.active.Store(c)
	if c.parent.Done() == nil || v.watch.listed.Load() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.vms == nil {
		w.vms = make(map[*vm]int)
	}
	w.vms[v] = 0
	v.watch.listed.Store(true)
	if !w.running {
		w.running = true
		go w.run()
	}
}

// run looks at the instances until none has been active for a while.
func (w *watcher) run() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for range ticker.C {
		w.mu.Lock()
		for v, rests := range w.vms {
			if c := v.watch.active.Load(); c != nil {
				w.vms[v] = 0
				if c.Err() != nil {
					v.watch.interrupt(c)
				}
				continue
			}
			w.vms[v] = rests + 1
			if rests < idleLooks {
				continue
			}
			v.watch.listed.Store(false)
			if v.watch.active.Load() == nil { // else the call began before it could see that
				delete(w.vms, v)
			} else {
				v.watch.listed.Store(true)
			}
		}
		if len(w.vms) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
	}
}

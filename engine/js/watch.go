package js

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// call is the context of a call of an instance: the caller's, which the instance can end as well. What costs something is made when
// somebody waits for it.
type call struct {
	vm     *vm
	parent context.Context

	mu      sync.Mutex
	derived context.Context
	cancel  context.CancelCauseFunc
}

// derive returns the context that stands for the call once it was needed.
func (c *call) derive() context.Context {
	if c.derived == nil {
		c.derived, c.cancel = context.WithCancelCause(c.parent)
	}
	return c.derived
}

func (c *call) current() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.derived != nil {
		return c.derived
	}
	return c.parent
}

// Deadline implements context.Context.
func (c *call) Deadline() (time.Time, bool) { return c.parent.Deadline() }

// Err implements context.Context.
func (c *call) Err() error { return c.current().Err() }

// Value implements context.Context. context.Cause asks it, too.
func (c *call) Value(key any) any { return c.current().Value(key) }

// Done implements context.Context.
func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.derive().Done()
}

// stop ends the call.
func (c *call) stop(cause error) {
	c.mu.Lock()
	c.derive()
	cancel := c.cancel
	c.mu.Unlock()
	cancel(cause)
	c.vm.watch.interrupt(c)
}

// release frees what the call holds after its end.
func (c *call) release() {
	c.mu.Lock()
	cancel := c.cancel
	c.mu.Unlock()
	if cancel != nil {
		cancel(nil)
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

// end ends the active call and tells whether it was interrupted.
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

package js

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/engine/internal/callcontext"
)

// watch is what the watcher knows of an instance.
type watch struct {
	active atomic.Pointer[callcontext.Context]
	// listed is set while the watcher looks at the instance.
	listed atomic.Bool
	// mu is held to interrupt the active call and to end it, so that no interrupt hits a later one.
	mu          sync.Mutex
	interrupted bool
}

// Ended implements callcontext.Owner: it stops a call if it is the active one.
func (v *vm) Ended(c *callcontext.Context, cause error) {
	w := &v.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.active.Load() == c && !w.interrupted {
		w.interrupted = true
		v.rt.Interrupt(cause)
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

// begin makes a call, whose caller gave ctx, the active one of its instance.
func (w *watcher) begin(ctx context.Context, v *vm, c *callcontext.Context) {
	v.watch.active.Store(c)
	if c.IsOver() { // Close has ended it before it could be seen
		v.Ended(c, context.Cause(c))
	}
	if ctx.Done() == nil || v.watch.listed.Load() {
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
					v.Ended(c, context.Cause(c))
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

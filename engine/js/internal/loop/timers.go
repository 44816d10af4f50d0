// Package loop has what event loops of goja are made of: queues of tasks, timers, and the unwinding of tasks that were stopped.
package loop

import (
	"container/heap"
	"time"

	"github.com/dop251/goja"
)

// Timers are the timers of a run, ordered by the time they are due and then by age.
type Timers struct {
	heap   timerHeap
	active map[int64]*Timer
	// LastID is the id of the timer started last.
	LastID int64
	// holding counts those that keep the run going.
	holding int
}

// Timer is one timer of a run.
type Timer struct {
	id       int64
	at       time.Time
	interval time.Duration // between calls of setInterval, or negative
	timers   *Timers
	callback goja.Callable
	args     []goja.Value
	index    int // in the heap, or -1
	canceled bool
	holds    bool // the run goes on until it has fired
}

// maxDelay is the longest delay of a timer, as in browsers and Node; longer ones fire at once.
const maxDelay = 1<<31 - 1

// After calls a function after a time if the run lasts so long. It does not keep the run going.
func (t *Timers) After(delay time.Duration, callback goja.Callable) {
	t.add(&Timer{callback: callback, interval: -1}, delay)
}

// add starts a timer.
func (t *Timers) add(item *Timer, delay time.Duration) {
	t.LastID++
	item.id, item.at, item.timers = t.LastID, time.Now().Add(delay), t
	if item.holds {
		t.holding++
	}
	if t.active == nil {
		t.active = make(map[int64]*Timer)
	}
	t.active[item.id] = item
	heap.Push(&t.heap, item)
}

// remove forgets a timer that was canceled or has fired.
func (t *Timers) remove(item *Timer) {
	delete(t.active, item.id)
	if item.holds {
		t.holding--
	}
}

// cancel stops a timer. Unknown ids are ignored.
func (t *Timers) cancel(id int64) {
	item := t.active[id]
	if item == nil {
		return
	}
	t.remove(item)
	item.canceled = true
	if item.index >= 0 {
		heap.Remove(&t.heap, item.index)
	}
}

// Due takes out the timers whose time has come, and tells how long the next one takes: negative without one.
func (t *Timers) Due(now time.Time) (due []*Timer, wait time.Duration) {
	for len(t.heap) > 0 && !t.heap[0].at.After(now) {
		due = append(due, heap.Pop(&t.heap).(*Timer))
	}
	if len(t.heap) == 0 {
		return due, -1
	}
	return due, t.heap[0].at.Sub(now)
}

// PutBack makes timers wait again that due took out.
func (t *Timers) PutBack(due []*Timer) {
	for _, item := range due {
		if !item.canceled {
			heap.Push(&t.heap, item)
		}
	}
}

// CancelAfter stops the timers that were started after the one with an id.
func (t *Timers) CancelAfter(id int64) {
	for later := range t.active {
		if later > id {
			t.cancel(later)
		}
	}
}

// Fire calls a timer that is due, unless an earlier callback of the same turn stopped it.
func (t *Timer) Fire() error {
	if t.canceled {
		return nil
	}
	if t.interval < 0 {
		t.timers.remove(t)
	}
	_, err := t.callback(goja.Undefined(), t.args...)
	if t.interval >= 0 && !t.canceled {
		t.at = time.Now().Add(t.interval)
		heap.Push(&t.timers.heap, t)
	}
	return err
}

// Holding reports whether there are timers that keep the run going.
func (t *Timers) Holding() bool { return t.holding > 0 }

// Waiting reports whether there are timers.
func (t *Timers) Waiting() bool { return len(t.heap) > 0 }

// TimerFunction returns setTimeout, setInterval or setImmediate. Current gives the timers of the run in progress.
func TimerFunction(rt *goja.Runtime, name string, delayed, repeat bool, current func() *Timers) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		callback, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			panic(rt.NewTypeError(name + ": argument 1 must be a function"))
		}
		var delay int64
		rest := call.Arguments[1:]
		if delayed && len(rest) > 0 {
			delay = rest[0].ToInteger()
			rest = rest[1:]
		}
		// The arguments lie on the VM's stack, which changes after this call.
		item := &Timer{callback: callback, args: append([]goja.Value(nil), rest...), interval: -1, holds: true}
		if delay < 0 || delay > maxDelay {
			delay = 0
		}
		d := time.Duration(delay) * time.Millisecond
		if repeat {
			item.interval = max(d, time.Millisecond)
		}
		current().add(item, d)
		return rt.ToValue(item.id)
	}
}

// ClearFunction returns clearTimeout and its like.
func ClearFunction(current func() *Timers) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		if id := call.Argument(0); goja.IsNumber(id) {
			current().cancel(id.ToInteger())
		}
		return goja.Undefined()
	}
}

// timerHeap implements heap.Interface.
type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].id < h[j].id
	}
	return h[i].at.Before(h[j].at)
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(x any) {
	item := x.(*Timer)
	item.index = len(*h)
	*h = append(*h, item)
}

func (h *timerHeap) Pop() any {
	old := *h
	item := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	item.index = -1
	return item
}

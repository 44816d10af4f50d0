package js

import (
	"container/heap"
	"time"

	"github.com/dop251/goja"
)

// timers are the timers of a run, ordered by the time they are due and then by age.
type timers struct {
	heap   timerHeap
	active map[int64]*timer
	lastID int64
	// holding counts those that keep the run going.
	holding int
}

type timer struct {
	id       int64
	at       time.Time
	interval time.Duration // between calls of setInterval, or negative
	run      *run
	callback goja.Callable
	args     []goja.Value
	index    int // in the heap, or -1
	canceled bool
	holds    bool // the run goes on until it has fired
}

// maxDelay is the longest delay of a timer, as in browsers and Node; longer ones fire at once.
const maxDelay = 1<<31 - 1

// add starts a timer.
func (t *timers) add(item *timer, delay time.Duration) {
	t.lastID++
	item.id, item.at = t.lastID, time.Now().Add(delay)
	if item.holds {
		t.holding++
	}
	if t.active == nil {
		t.active = make(map[int64]*timer)
	}
	t.active[item.id] = item
	heap.Push(&t.heap, item)
}

// remove forgets a timer that was canceled or has fired.
func (t *timers) remove(item *timer) {
	delete(t.active, item.id)
	if item.holds {
		t.holding--
	}
}

// cancel stops a timer. Unknown ids are ignored.
func (t *timers) cancel(id int64) {
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

// due takes out the timers whose time has come, and tells how long the next one takes: negative without one.
func (t *timers) due(now time.Time) (due []*timer, wait time.Duration) {
	for len(t.heap) > 0 && !t.heap[0].at.After(now) {
		due = append(due, heap.Pop(&t.heap).(*timer))
	}
	if len(t.heap) == 0 {
		return due, -1
	}
	return due, t.heap[0].at.Sub(now)
}

// putBack makes timers wait again that due took out.
func (t *timers) putBack(due []*timer) {
	for _, item := range due {
		if !item.canceled {
			heap.Push(&t.heap, item)
		}
	}
}

// cancelAfter stops the timers that were started after the one with an id.
func (t *timers) cancelAfter(id int64) {
	for later := range t.active {
		if later > id {
			t.cancel(later)
		}
	}
}

// fire calls a timer that is due, unless an earlier callback of the same turn stopped it.
func (t *timer) fire() error {
	if t.canceled {
		return nil
	}
	if t.interval < 0 {
		t.run.timers.remove(t)
	}
	_, err := t.callback(goja.Undefined(), t.args...)
	if t.interval >= 0 && !t.canceled {
		t.at = time.Now().Add(t.interval)
		heap.Push(&t.run.timers.heap, t)
	}
	return err
}

// timerFunction is setTimeout, setInterval or setImmediate.
func (v *vm) timerFunction(name string, delayed, repeat bool) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		callback, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			panic(v.rt.NewTypeError(name + ": argument 1 must be a function"))
		}
		var delay int64
		rest := call.Arguments[1:]
		if delayed && len(rest) > 0 {
			delay = rest[0].ToInteger()
			rest = rest[1:]
		}
		// The arguments lie on the VM's stack, which changes after this call.
		item := &timer{run: v.run, callback: callback, args: append([]goja.Value(nil), rest...), interval: -1, holds: true}
		if delay < 0 || delay > maxDelay {
			delay = 0
		}
		d := time.Duration(delay) * time.Millisecond
		if repeat {
			item.interval = max(d, time.Millisecond)
		}
		v.run.timers.add(item, d)
		return v.rt.ToValue(item.id)
	}
}

func (v *vm) clearTimer(call goja.FunctionCall) goja.Value {
	if id := call.Argument(0); goja.IsNumber(id) {
		v.run.timers.cancel(id.ToInteger())
	}
	return goja.Undefined()
}

// queueMicrotask runs a function after the current job.
func (v *vm) queueMicrotask(call goja.FunctionCall) goja.Value {
	callback := call.Argument(0)
	if _, ok := goja.AssertFunction(callback); !ok {
		panic(v.rt.NewTypeError("queueMicrotask: argument 1 must be a function"))
	}
	promise, resolve, _ := v.rt.NewPromise()
	if err := resolve(goja.Undefined()); err != nil {
		panic(err)
	}
	then, _ := goja.AssertFunction(v.rt.ToValue(promise).ToObject(v.rt).Get("then"))
	// The value of a resolved promise is not an argument of the callback.
	job := v.rt.ToValue(func(goja.FunctionCall) goja.Value {
		f, _ := goja.AssertFunction(callback)
		if _, err := f(goja.Undefined()); err != nil {
			panic(err)
		}
		return goja.Undefined()
	})
	if _, err := then(v.rt.ToValue(promise), job); err != nil {
		panic(err)
	}
	return goja.Undefined()
}

// timerHeap implements heap.Interface.
type timerHeap []*timer

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
	item := x.(*timer)
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

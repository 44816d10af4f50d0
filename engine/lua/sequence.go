package lua

import (
	"context"
	"iter"
	"maps"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/callcontext"
	"github.com/crisphost/crisphost/engine/lua/internal/value"
	glua "github.com/yuin/gopher-lua"
)

// sequence is a stream of host results that a script pulls. Lua does not tell when a loop ends early, so a sequence that was
// not read to its end is stopped when the script has lost its iterator or the VM closes.
type sequence struct {
	mu   sync.Mutex // tasks of a script may share an iterator
	next func() (any, error, bool)
	stop func()
	// run is the context of the host call that gave the sequence, or nil for one that no call gave.
	run *callcontext.Context
	// name is that of the host function, for errors.
	name string
	// begun tells that an item was asked for.
	begun atomic.Bool
}

// openSequences are the ones that a VM has to stop. They have a lock of their own, because the garbage collector must not wait
// for a script.
type openSequences struct {
	mu  sync.Mutex
	set map[*sequence]struct{}
}

func (o *openSequences) add(s *sequence) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.set == nil {
		o.set = map[*sequence]struct{}{}
	}
	o.set[s] = struct{}{}
}

// end stops a sequence for good.
func (o *openSequences) end(s *sequence) {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	o.mu.Lock()
	_, open := o.set[s]
	delete(o.set, s)
	o.mu.Unlock()
	if open && s.run != nil {
		s.run.Drop()
	}
}

// endAll stops the sequences that were not read to their end.
func (o *openSequences) endAll() {
	o.mu.Lock()
	open := slices.Collect(maps.Keys(o.set))
	o.mu.Unlock()
	for _, s := range open {
		o.end(s)
	}
}

// generate runs a sequence. Close knows the function, below which it must not wait for the run.
func generate(seq engine.Sequence, yield func(any, error) bool) { seq(yield) }

// pull asks for the next item. There is none after an error.
func (s *sequence) pull(invoker *engine.Invoker) (item any, more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if x := recover(); x != nil {
			item, more, err = nil, false, invoker.Panicked(s.name, x)
		}
	}()
	item, err, more = s.next()
	if more && err == nil {
		item, err = value.ParseDocuments(item)
	}
	return item, more && err == nil, err
}

// sequenceHandle is what the iterator function refers to. The VM itself knows the sequence inside only, so that the garbage
// collector can tell when the script is done with it.
type sequenceHandle struct{ s *sequence }

// newSequence is the iterator of a sequence that a host function gave.
func (v *vm) newSequence(seq engine.Sequence, name string) *glua.LFunction {
	s := &sequence{name: name}
	s.next, s.stop = iter.Pull2(func(yield func(any, error) bool) { generate(seq, yield) })
	if s.run = v.host.Load(); s.run != nil {
		s.run.Carry()
	}
	v.sequences.add(s)
	h := &sequenceHandle{s}
	goruntime.AddCleanup(h, v.sequences.end, s)
	fn := &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int { return v.pull(L, h) }}
	v.tracked.addStream(fn, seq, s)
	return fn
}

// pull answers the next item, or nothing at the end.
func (v *vm) pull(L *glua.LState, h *sequenceHandle) int {
	var (
		item any
		err  error
		more bool
	)
	h.s.begun.Store(true)
	host := v.context()
	v.unlocked(L, func() {
		if h.s.run != nil && h.s.run != host { // of an earlier run, whose caller cannot stop this one
			defer context.AfterFunc(host, func() { h.s.run.End(context.Cause(host)) })()
		}
		item, more, err = h.s.pull(v.invoker)
	})
	if !more {
		v.sequences.end(h.s)
	}
	v.stopIfHalted(L)
	if err != nil {
		v.raise(L, err)
	}
	if !more {
		return 0
	}
	if item == nil {
		item = engine.Null{} // nil would end the loop
	}
	return v.pushResult(L, item, h.s.name)
}

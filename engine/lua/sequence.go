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

// newSequence is the stream of a sequence that a host function gave.
func (v *vm) newSequence(seq engine.Sequence, name string) *glua.LUserData {
	s := &sequence{name: name}
	s.next, s.stop = iter.Pull2(func(yield func(any, error) bool) { generate(seq, yield) })
	if s.run = v.host.Load(); s.run != nil {
		s.run.Carry()
	}
	v.sequences.add(s)
	st := &stream{s: s, seq: seq}
	st.next = func(L *glua.LState) int { return v.pull(L, st.s) }
	goruntime.AddCleanup(st, v.sequences.end, s)
	return v.newStream(st)
}

// pull answers the next item, or nothing at the end.
func (v *vm) pull(L *glua.LState, s *sequence) int {
	var (
		item any
		err  error
		more bool
	)
	s.begun.Store(true)
	host := v.context()
	v.unlocked(L, func() {
		if s.run != nil && s.run != host { // of an earlier run, whose caller cannot stop this one
			defer context.AfterFunc(host, func() { s.run.End(context.Cause(host)) })()
		}
		item, more, err = s.pull(v.invoker)
	})
	if !more {
		v.sequences.end(s)
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
	return v.pushResult(L, item, s.name)
}

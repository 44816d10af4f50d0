package lua

import (
	"iter"
	"maps"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// sequence is a stream of host results that a script pulls. Lua does not tell when a loop ends early, so a sequence that was
// not read to its end is stopped when the script has lost its iterator or the VM closes.
type sequence struct {
	mu   sync.Mutex // tasks of a script may share an iterator
	next func() (any, error, bool)
	stop func()
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
	defer o.mu.Unlock()
	delete(o.set, s)
}

// empty tells whether no sequence is open.
func (o *openSequences) empty() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.set) == 0
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

// sequenceHandle is what the iterator function refers to. The VM itself knows the sequence inside only, so that the garbage
// collector can tell when the script is done with it.
type sequenceHandle struct{ s *sequence }

// newSequence is the iterator of a sequence.
func (v *vm) newSequence(seq engine.Sequence) *glua.LFunction {
	s := &sequence{}
	s.next, s.stop = iter.Pull2(iter.Seq2[any, error](seq))
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
	v.unlocked(L, func() {
		h.s.mu.Lock()
		defer h.s.mu.Unlock()
		item, err, more = h.s.next()
		if more && err == nil {
			item, err = parseDocuments(item)
		}
		if err != nil {
			more = false
		}
	})
	if !more {
		v.sequences.end(h.s)
	}
	if err != nil {
		v.raise(L, err)
	}
	if !more {
		return 0
	}
	if item == nil {
		item = engine.Null{} // nil would end the loop
	}
	return v.pushResult(L, item, "next")
}

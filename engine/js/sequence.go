package js

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/callcontext"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// sequence is an async iterable over a host's stream. A goroutine of its own pulls one item for each call of next and ends
// with the loop, with the stream, or with the run.
type sequence struct {
	run *run
	// source is the host's stream, and seq the one that an entry's outcome has: of a session what is shown of it.
	source, seq engine.Sequence
	shown       *shownItems
	// name is that of the host function, for errors.
	name string
	// origin is the call of an instance that gave the sequence, whose context it carries on, or nil. lost is closed when the
	// script has lost the sequence.
	origin *callcontext.Context
	lost   chan struct{}
	begun  atomic.Bool

	// requests carries to the goroutine what takes the next item; it is made when the goroutine starts and closed to end it.
	requests chan func(sequenceItem)
	ctx      context.Context // of the entry or call that made the sequence, which others than the one that reads it may be
	finished bool
	// queue are the calls of next and return that wait for the one under way.
	queue []func()
	busy  bool
}

// sequenceItem is an item, an error, or neither at the end of the stream.
type sequenceItem struct {
	value any
	err   error
	more  bool
}

// asyncIterable is the mistake of walking a stream like an array.
const asyncIterable = "this is an async iterable: write for await (const item of ...)"

// newSequence makes the async iterable of a stream that a host function gave.
func (v *vm) newSequence(seq engine.Sequence, name string) goja.Value {
	s := &sequence{run: v.run, source: seq, seq: seq, name: name}
	if v.tracked != nil {
		s.shown = &shownItems{}
		s.seq = s.shown.recorded(seq)
	}
	object := v.rt.NewDynamicObject(s)
	v.tracked.AddStream()
	if v.run != nil {
		s.ctx = v.run.ctx
		s.origin, _ = v.run.ctx.(*callcontext.Context)
	}
	if s.origin != nil {
		s.origin.Carry()
		s.lost = make(chan struct{})
		runtime.AddCleanup(object, (*sequence).lose, s)
	}
	if err := object.SetPrototype(v.sequencePrototype()); err != nil {
		panic(err) // a dynamic object accepts any prototype
	}
	return object
}

// sequencePrototype holds what all async iterables of the VM share.
func (v *vm) sequencePrototype() *goja.Object {
	if v.sequences != nil {
		return v.sequences
	}
	v.sequences, v.steps = v.rt.NewObject(), v.promisePrototype("stream.next()")
	method := func(name string, f func(s *sequence, call goja.FunctionCall) goja.Value) *goja.Object {
		return objects.NewFunction(v.rt, name, func(call goja.FunctionCall) goja.Value {
			if object, ok := call.This.(*goja.Object); ok && object.ExportType() == typeSequence {
				return f(object.Export().(*sequence), call)
			}
			panic(v.rt.NewTypeError(name + " was called on a value that is not a host's async iterable"))
		})
	}
	hidden := func(name string, value goja.Value) {
		_ = v.sequences.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	hidden("next", method("next", func(s *sequence, _ goja.FunctionCall) goja.Value { return s.next() }))
	hidden("return", method("return", func(s *sequence, call goja.FunctionCall) goja.Value { return s.stop(call.Argument(0)) }))
	_ = v.sequences.DefineDataPropertySymbol(objects.WellKnownSymbol(v.rt, "asyncIterator"), objects.NewFunction(v.rt, "[Symbol.asyncIterator]", func(call goja.FunctionCall) goja.Value {
		return call.This
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	_ = v.sequences.DefineDataPropertySymbol(goja.SymIterator, objects.NewFunction(v.rt, "[Symbol.iterator]", func(call goja.FunctionCall) goja.Value {
		if object, ok := call.This.(*goja.Object); ok && v.waiting != nil && object.ExportType() == typeSequence {
			return v.waitingIterator(object)
		}
		panic(v.rt.NewTypeError(asyncIterable))
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	_ = v.sequences.DefineDataPropertySymbol(goja.SymToStringTag, v.rt.ToValue("Sequence"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	v.addStreamMethods(v.sequences)
	return v.sequences
}

// The sequence itself shows no properties but the items that a session has shown; its methods come from the prototype.

func (s *sequence) Get(name string) goja.Value { return s.shownItem(name) }
func (*sequence) Set(string, goja.Value) bool  { return false }
func (*sequence) Has(string) bool              { return false }
func (*sequence) Delete(string) bool           { return true }
func (*sequence) Keys() []string               { return nil }

// next asks for one more item.
func (s *sequence) next() goja.Value {
	v := s.run.vm
	promise, resolve, reject := v.rt.NewPromise()
	frames := v.rt.CaptureCallStack(objects.CallFrames, make([]goja.StackFrame, 0, 4))
	if s.run != v.run {
		panic(objects.NewError(v.rt, "Error", "this stream belongs to a run that has ended: ask for a new one"))
	}
	s.enqueue(func() {
		if s.finished {
			s.settle(func() error { return resolve(s.step(goja.Undefined(), true)) })
			return
		}
		s.pull(func(item sequenceItem) error {
			if item.err != nil {
				return reject(v.errorValue(item.err, frames))
			}
			if !item.more {
				return resolve(s.step(goja.Undefined(), true))
			}
			value, err := v.resultValue(item.value, s.name)
			if err != nil {
				s.end()
				return reject(v.errorValue(err, frames))
			}
			return resolve(s.step(value, false))
		})
	})
	return v.guarded(promise, v.steps)
}

// stop ends the sequence early, as break in a for await loop does.
func (s *sequence) stop(value goja.Value) goja.Value {
	v := s.run.vm
	promise, resolve, _ := v.rt.NewPromise()
	if s.run != v.run {
		s.finished = true
		if err := resolve(s.step(value, true)); err != nil {
			panic(err)
		}
		return v.guarded(promise, v.steps)
	}
	s.enqueue(func() {
		s.end()
		s.settle(func() error { return resolve(s.step(value, true)) })
	})
	return v.guarded(promise, v.steps)
}

// enqueue runs an operation after the ones before it.
func (s *sequence) enqueue(operation func()) {
	if s.busy {
		s.queue = append(s.queue, operation)
		return
	}
	s.busy = true
	operation()
}

// advance starts the next operation that waits.
func (s *sequence) advance() {
	s.busy = false
	if len(s.queue) > 0 {
		operation := s.queue[0]
		s.queue = s.queue[1:]
		s.enqueue(operation)
	}
}

// settle ends an operation that needs no item, in a task of its own.
func (s *sequence) settle(outcome func() error) {
	s.run.pending++
	s.run.Post(func() error {
		s.run.pending--
		s.advance()
		return outcome()
	})
}

// pull gets one item from the goroutine of the stream, which the first pull starts.
func (s *sequence) pull(outcome func(sequenceItem) error) {
	s.run.pending++
	ctx := s.run.ctx
	take := func(item sequenceItem) {
		s.run.Post(func() error {
			s.run.pending--
			if item.err != nil || !item.more {
				s.end()
			}
			s.advance()
			if s.run.abandoned(ctx) {
				return nil // who waits for it was stopped, and must not go on
			}
			return outcome(item)
		})
	}
	if s.requests != nil {
		s.requests <- take
		return
	}
	s.requests = make(chan func(sequenceItem), 1)
	s.begun.Store(true)
	s.run.vm.alive.Add(1)
	s.run.vm.calls.Go(func() {
		defer s.run.vm.alive.Add(-1)
		defer s.drop()
		s.produce(take)
	})
}

// drop lets the context of the call go that gave the sequence.
func (s *sequence) drop() {
	if s.origin != nil {
		s.origin.Drop()
	}
}

// lose ends a sequence that the script cannot ask any more. The garbage collector calls it.
func (s *sequence) lose() {
	close(s.lost)
	if !s.begun.Swap(true) {
		s.drop()
	}
}

// produce ranges over the stream, one item for each request. It posts at most one outcome for each.
func (s *sequence) produce(take func(sequenceItem)) {
	defer func() {
		if x := recover(); x != nil {
			take(sequenceItem{err: s.run.vm.invoker.Panicked(s.name, x)})
		}
	}()
	for value, err := range s.source {
		if err == nil {
			value, err = lazy.Prepare(value)
		}
		take(sequenceItem{value: value, err: err, more: true})
		if err != nil {
			return
		}
		select {
		case next, ok := <-s.requests:
			if !ok {
				return
			}
			take = next
		case <-s.lost:
			return
		case <-s.ctx.Done():
			return
		}
	}
	take(sequenceItem{})
}

// end lets the goroutine of the stream go.
func (s *sequence) end() {
	switch {
	case s.finished:
	case s.requests != nil:
		close(s.requests)
	case !s.begun.Swap(true):
		s.drop()
	}
	s.finished = true
}

// step is the object that next and return answer with.
func (s *sequence) step(value goja.Value, done bool) goja.Value {
	object := s.run.vm.rt.NewObject()
	_ = object.Set("value", value)
	_ = object.Set("done", done)
	return object
}

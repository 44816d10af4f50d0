package js

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

//go:embed stream.js
var streamSource string

// streamProgram evaluates to a function that gives a prototype the methods of streams.
var streamProgram = sync.OnceValue(func() *goja.Program { return goja.MustCompile(syntax.BundleFile, streamSource, true) })

// addStreamMethods gives the prototype of sequences the methods that are written in JavaScript.
func (v *vm) addStreamMethods(prototype *goja.Object) {
	value, err := v.rt.RunProgram(streamProgram())
	if err == nil {
		add, _ := goja.AssertFunction(value)
		_, err = add(goja.Undefined(), prototype, objects.WellKnownSymbol(v.rt, "asyncIterator"))
	}
	if err == nil {
		arrays := v.rt.NewDynamicObject(&arrayNames{v})
		if err = arrays.SetPrototype(prototype.Prototype()); err == nil {
			err = prototype.SetPrototype(arrays)
		}
	}
	if err != nil {
		panic(err) // nothing of a script ran
	}
}

// arrayNames stands behind the methods of streams: what an array would have there is no silent undefined.
type arrayNames struct{ vm *vm }

var arrayMethods = []string{
	"at", "concat", "entries", "every", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap", "includes", "indexOf", "join", "keys",
	"lastIndexOf", "length", "pop", "push", "reduce", "reduceRight", "reverse", "shift", "slice", "some", "sort", "splice", "unshift", "values",
}

// Get implements goja.DynamicObject.
func (a *arrayNames) Get(name string) goja.Value {
	if slices.Contains(arrayMethods, name) {
		panic(a.vm.rt.NewTypeError("a stream is no array and has no %s: write (await stream.toArray()).%[1]s", name))
	}
	if isIndex(name) {
		panic(a.vm.rt.NewTypeError("a stream has no item %s: write (await stream.toArray())[%[1]s], or stream.take(n)", name))
	}
	return nil
}

func (*arrayNames) Set(string, goja.Value) bool { return false }
func (*arrayNames) Has(string) bool             { return false }
func (*arrayNames) Delete(string) bool          { return true }
func (*arrayNames) Keys() []string              { return nil }

func isIndex(name string) bool {
	n, err := strconv.ParseUint(name, 10, 32)
	return err == nil && strconv.FormatUint(n, 10) == name
}

// shownItems are the items of a sequence that a session has shown. Its goroutine and the VM's use them.
type shownItems struct {
	mu     sync.Mutex
	items  []any
	values map[int]goja.Value
}

// recorded is a sequence whose items can be reached by their numbers when they were read.
func (s *shownItems) recorded(seq engine.Sequence) engine.Sequence {
	return func(yield func(any, error) bool) {
		s.mu.Lock()
		s.items, s.values = nil, make(map[int]goja.Value)
		s.mu.Unlock()
		for item, err := range seq {
			if err == nil {
				s.mu.Lock()
				s.items = append(s.items, item)
				s.mu.Unlock()
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// shownItem is an item that was shown, or nil for a name that is no number.
func (s *sequence) shownItem(name string) goja.Value {
	if s.shown == nil || !isIndex(name) {
		return nil
	}
	v := s.run.vm
	s.shown.mu.Lock()
	defer s.shown.mu.Unlock()
	n := len(s.shown.items)
	if n == 0 {
		return nil
	}
	i, err := strconv.Atoi(name)
	if err != nil || i >= n {
		panic(v.rt.NewTypeError("the stream has no item %s yet: %d were shown, and it shows more", name, n))
	}
	value, ok := s.shown.values[i]
	if !ok {
		item, err := lazy.Prepare(s.shown.items[i])
		if err == nil {
			value, err = v.resultValue(item, s.name)
		}
		if err != nil {
			panic(v.rt.NewGoError(err))
		}
		s.shown.values[i] = value
	}
	return value
}

// streamOf is the object of a stream, or nil.
func (v *vm) streamOf(value goja.Value) *goja.Object {
	object, ok := value.(*goja.Object)
	if !ok || v.sequences == nil || object.ExportType() != typeSequence && object.Prototype() != v.sequences {
		return nil
	}
	return object
}

// nextName is the global variable that the entry of a step finds the stream in.
const nextName = "__crisphost_stream"

// stepper evaluates to the next item of a stream, as an entry of the session.
func (s *session) stepper(stream *goja.Object) func(ctx context.Context) (engine.Outcome, bool, error) {
	shown := 0
	return func(ctx context.Context) (o engine.Outcome, more bool, err error) {
		if !s.mu.TryLock() {
			return engine.Outcome{}, false, engine.ErrBusy
		}
		global := s.vm.rt.GlobalObject()
		before := global.Get("_")
		s.define(nextName, stream)
		s.mu.Unlock()
		_, err = s.Eval(ctx, "stream", "await "+nextName+".next()")
		s.mu.Lock()
		defer s.mu.Unlock()
		step := global.Get("_")
		_ = global.Delete(nextName)
		s.define("_", before)
		if err != nil {
			return engine.Outcome{}, false, err
		}
		protectErr := s.vm.protect(func() error {
			object, ok := step.(*goja.Object)
			if !ok {
				return fmt.Errorf("the next of a stream answered %s", step)
			}
			if more = !object.Get("done").ToBoolean(); more {
				value := object.Get("value")
				if o = s.vm.outcome(value); o.None {
					o = engine.Outcome{JSON: engine.JSON("null"), Text: "undefined"}
				}
				if stream.ExportType() != typeSequence {
					_ = stream.DefineDataProperty(strconv.Itoa(shown), value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
				}
				shown++
			}
			return nil
		})
		return o, more && protectErr == nil, protectErr
	}
}

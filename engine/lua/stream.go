package lua

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/value"
	"github.com/crisphost/crisphost/internal/nearest"
	glua "github.com/yuin/gopher-lua"
)

// stream is what a script has of a sequence, or of what map, filter and take make of another stream. A script calls it, as a for loop
// does, or its methods. The VM itself knows the sequence inside only, so that the garbage collector can tell when the script is done
// with it.
type stream struct {
	// next pushes the next item, or nothing at the end.
	next func(L *glua.LState) int
	// s and seq are the host's sequence, or nil.
	s   *sequence
	seq engine.Sequence
	// shown are the items that a session has shown.
	shown shownItems
}

// String is what inspect shows.
func (*stream) String() string { return "stream" }

// shownItems are items of a stream that people have seen, with numbers. They are either Lua's values or as the host gave them.
type shownItems struct {
	mu    sync.Mutex
	items []any
}

func (s *shownItems) add(item any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
}

// begin forgets what was shown before.
func (s *shownItems) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = nil
}

// recorded is the sequence behind a stream of which nothing was read yet. What is read of it can be reached by its number.
func (st *stream) recorded() (engine.Sequence, bool) {
	if st.s == nil || st.s.begun.Load() {
		return nil, false
	}
	if st.s.run != nil {
		st.s.run.Carry() // it may be read until the session is closed
	}
	return func(yield func(any, error) bool) {
		st.shown.begin()
		for item, err := range st.seq {
			if err == nil {
				st.shown.add(item)
			}
			if !yield(item, err) {
				return
			}
		}
	}, true
}

// newStream is the object that scripts have.
func (v *vm) newStream(st *stream) *glua.LUserData {
	return &glua.LUserData{Value: st, Metatable: v.streamMeta()}
}

// streamMethods are the methods of streams. The receiver is the first argument.
func streamMethods() map[string]func(v *vm, L *glua.LState, st *stream) int {
	return map[string]func(v *vm, L *glua.LState, st *stream) int{
		"next":     func(_ *vm, L *glua.LState, st *stream) int { return st.next(L) },
		"map":      (*vm).streamMap,
		"filter":   (*vm).streamFilter,
		"take":     (*vm).streamTake,
		"to_array": (*vm).streamToArray,
		"for_each": (*vm).streamForEach,
	}
}

// streamMeta is the metatable of streams.
func (v *vm) streamMeta() *glua.LTable {
	if v.streams != nil {
		return v.streams
	}
	function := func(f glua.LGFunction) *glua.LFunction { return &glua.LFunction{IsG: true, GFunction: f} }
	methods, mt := v.L.NewTable(), v.L.CreateTable(0, 8)
	for name, method := range streamMethods() {
		methods.RawSetString(name, function(func(L *glua.LState) int { return method(v, L, v.streamOf(L, name)) }))
	}
	mt.RawSetString("__call", function(func(L *glua.LState) int { return v.streamOf(L, "next").next(L) }))
	mt.RawSetString("__index", function(func(L *glua.LState) int {
		L.Push(v.streamIndex(L, methods))
		return 1
	}))
	mt.RawSetString(value.MethodsField, methods)
	mt.RawSetString("__len", function(func(L *glua.LState) int {
		v.raise(L, &engine.HostError{Name: "TypeError", Message: "a stream has no length", Hint: "#s:to_array() reads all of it and counts."})
		return 0
	}))
	mt.RawSetString("__newindex", function(func(L *glua.LState) int {
		L.RaiseError("a stream has no fields that can be set")
		return 0
	}))
	mt.RawSetString("__tostring", function(func(L *glua.LState) int {
		L.Push(glua.LString("stream"))
		return 1
	}))
	mt.RawSetString("__metatable", glua.LString("stream"))
	v.streams = mt
	return mt
}

// streamOf is the stream that a method was called on.
func (v *vm) streamOf(L *glua.LState, name string) *stream {
	if object, ok := L.Get(1).(*glua.LUserData); ok {
		if st, ok := object.Value.(*stream); ok {
			return st
		}
	}
	v.raise(L, &engine.HostError{
		Name: "TypeError", Call: name, Message: "it is a method and was called without its stream", Hint: fmt.Sprintf("Call it with a colon: s:%s(...).", name),
	})
	return nil
}

// streamIn is the only one of some values, if it is a stream.
func streamIn(values []glua.LValue) *stream {
	if len(values) != 1 {
		return nil
	}
	object, ok := values[0].(*glua.LUserData)
	if !ok {
		return nil
	}
	st, _ := object.Value.(*stream)
	return st
}

// streamIndex is a method, or an item that was shown. Anything else would be nil in a table, and is an error here.
func (v *vm) streamIndex(L *glua.LState, methods *glua.LTable) glua.LValue {
	st := v.streamOf(L, "index")
	if n, ok := L.Get(2).(glua.LNumber); ok {
		st.shown.mu.Lock()
		defer st.shown.mu.Unlock()
		i := int(n) - 1
		if i < 0 || i >= len(st.shown.items) || glua.LNumber(i+1) != n {
			problem, hint := fmt.Sprintf("a stream has no item %v", n), "s:to_array() reads all of it into a list, s:take(n) goes up to a number."
			if len(st.shown.items) > 0 {
				problem, hint = fmt.Sprintf("the stream has no item %v yet: %d were shown", n, len(st.shown.items)), "it shows more; s:to_array() reads all of it into a list."
			}
			v.raise(L, &engine.HostError{Name: "TypeError", Message: problem, Hint: hint})
		}
		made, ok := st.shown.items[i].(glua.LValue)
		if !ok {
			item, err := value.ParseDocuments(st.shown.items[i])
			if err == nil {
				made, err = v.values.ToLua(item)
			}
			if err != nil {
				v.raise(L, err)
			}
			st.shown.items[i] = made
		}
		return made
	}
	key, _ := L.Get(2).(glua.LString)
	name := string(key)
	switch name { // as JavaScript writes them
	case "toArray":
		name = "to_array"
	case "forEach":
		name = "for_each"
	}
	if method := methods.RawGetString(name); method != glua.LNil {
		return method
	}
	names := slices.Sorted(maps.Keys(streamMethods()))
	hint := "A stream has " + strings.Join(names, ", ") + "; s:to_array() is a list with all of it."
	if near := nearest.To(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	v.raise(L, &engine.HostError{Name: "TypeError", Message: fmt.Sprintf("a stream has no field %q", L.Get(2).String()), Hint: hint})
	return nil
}

// item asks for the next item, and is nil at the end.
func (st *stream) item(L *glua.LState) glua.LValue {
	if st.next(L) == 0 {
		return glua.LNil
	}
	item := L.Get(-1)
	L.Pop(1)
	return item
}

// apply calls the function of map and the like for an item.
func apply(L *glua.LState, fn, item glua.LValue, index int) glua.LValue {
	L.Push(fn)
	L.Push(item)
	L.Push(glua.LNumber(index))
	L.Call(2, 1)
	result := L.Get(-1)
	L.Pop(1)
	return result
}

func (v *vm) streamMap(L *glua.LState, st *stream) int {
	checkCallable(L, 2)
	fn, index := L.Get(2), 0
	L.Push(v.newStream(&stream{next: func(L *glua.LState) int {
		item := st.item(L)
		if item == glua.LNil {
			return 0
		}
		index++
		result := apply(L, fn, item, index)
		if result == glua.LNil {
			return v.pushResult(L, engine.Null{}, "map") // nil would end the loop
		}
		L.Push(result)
		return 1
	}}))
	return 1
}

func (v *vm) streamFilter(L *glua.LState, st *stream) int {
	checkCallable(L, 2)
	fn, index := L.Get(2), 0
	L.Push(v.newStream(&stream{next: func(L *glua.LState) int {
		for {
			item := st.item(L)
			if item == glua.LNil {
				return 0
			}
			index++
			if glua.LVAsBool(apply(L, fn, item, index)) {
				L.Push(item)
				return 1
			}
		}
	}}))
	return 1
}

func (v *vm) streamTake(L *glua.LState, st *stream) int {
	n, ok := L.Get(2).(glua.LNumber)
	if !ok || n < 0 || n != glua.LNumber(int(n)) {
		L.ArgError(2, "a whole number from 0 expected, got "+L.Get(2).String())
	}
	left := int(n)
	L.Push(v.newStream(&stream{next: func(L *glua.LState) int {
		if left == 0 {
			return 0
		}
		left--
		return st.next(L)
	}}))
	return 1
}

func (v *vm) streamToArray(L *glua.LState, st *stream) int {
	list := v.values.NewList()
	for i := 1; ; i++ {
		item := st.item(L)
		if item == glua.LNil {
			L.Push(list)
			return 1
		}
		list.RawSetInt(i, item)
	}
}

func (v *vm) streamForEach(L *glua.LState, st *stream) int {
	checkCallable(L, 2)
	for i := 1; ; i++ {
		item := st.item(L)
		if item == glua.LNil {
			return 0
		}
		apply(L, L.Get(2), item, i)
	}
}

// step evaluates to the next item of a stream, for people.
func (s *session) step(ctx context.Context, st *stream) (o engine.Outcome, more bool, err error) {
	const name = "stream"
	if err := s.lock(); err != nil {
		return engine.Outcome{}, false, err
	}
	defer s.mu.Unlock()
	v := s.vm
	if err := v.enter(ctx, v.program); err != nil {
		return engine.Outcome{}, false, err
	}
	defer v.leave()
	defer panics.Recover(name, "evaluate", &err)
	L := v.L
	L.Push(&glua.LFunction{IsG: true, GFunction: st.next})
	failed := v.protect(L, 0, 1)
	item := L.Get(-1)
	L.SetTop(0)
	if failed != nil || v.halted() {
		if failed == nil {
			failed = &failure{}
		}
		return engine.Outcome{}, false, v.runError(failed)
	}
	if item == glua.LNil {
		return engine.Outcome{}, false, nil
	}
	st.shown.add(item)
	return v.outcome([]glua.LValue{item}), true, nil
}

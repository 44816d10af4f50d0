// Package stack reads the stacks of Lua threads: which calls are active, where in the source they stand and what went wrong there. It
// also makes the protected calls of scripts.
package stack

import (
	"reflect"
	"sync"
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// Six things that scripts rely on cannot be had from gopher-lua's exported interface, so this file, and no other, reads
// unexported fields. They are looked up by name and type, and a test fails when a new version of the library lacks one.
//
//   - An error closes the captured variables of every function on the stack, even of those that a pcall protects: after a
//     caught error a closure and its function would no longer share their variables. Knowing the open ones lets us close
//     those of the failed functions alone.
//   - A call frame's program counter tells which variable was nil and in which column the failing expression stands.
//   - The depth of a call tells pcall when to give up: at the last places of its stack gopher-lua loses eight calls.
//   - A thread whose PCall has panicked still has the calls inside, which have to go.
//   - The operator .. has its operands in the registers of a thread.
//   - The program counter also reports whether a coroutine is inside a metamethod, where yielding would silently give wrong results.
type layout struct {
	uvcache, hasErrorFunc         uintptr // in LState
	currentFrame, stack           uintptr
	stackType                     reflect.Type
	registry, registryArray       uintptr // in LState, and in what it points to
	uvNext, uvIndex               uintptr // in Upvalue
	frame                         uintptr // in Debug
	frameFn, frameParent, framePC uintptr // in callFrame
	frameBase, frameLocalBase     uintptr
	frameIdx                      uintptr
}

var internals = sync.OnceValue(func() *layout {
	field := func(t reflect.Type, name string, kind reflect.Kind) reflect.StructField {
		f, ok := t.FieldByName(name)
		if !ok || f.Type.Kind() != kind {
			panic("engine/lua: this version of gopher-lua has another " + t.Name() + "." + name)
		}
		return f
	}
	state, upvalue, debug := reflect.TypeFor[glua.LState](), reflect.TypeFor[glua.Upvalue](), reflect.TypeFor[glua.Debug]()
	frame := field(debug, "frame", reflect.Pointer)
	call := frame.Type.Elem()
	stack := field(state, "stack", reflect.Interface)
	if !stack.Type.Implements(reflect.TypeFor[callStack]()) {
		panic("engine/lua: this version of gopher-lua has another LState.stack")
	}
	registry := field(state, "reg", reflect.Pointer)
	array := field(registry.Type.Elem(), "array", reflect.Slice)
	if array.Type != reflect.TypeFor[[]glua.LValue]() {
		panic("engine/lua: this version of gopher-lua has another registry.array")
	}
	return &layout{
		registry:       registry.Offset,
		registryArray:  array.Offset,
		uvcache:        field(state, "uvcache", reflect.Pointer).Offset,
		hasErrorFunc:   field(state, "hasErrorFunc", reflect.Bool).Offset,
		currentFrame:   field(state, "currentFrame", reflect.Pointer).Offset,
		stack:          stack.Offset,
		stackType:      stack.Type,
		uvNext:         field(upvalue, "next", reflect.Pointer).Offset,
		uvIndex:        field(upvalue, "index", reflect.Int).Offset,
		frame:          frame.Offset,
		frameFn:        field(call, "Fn", reflect.Pointer).Offset,
		frameParent:    field(call, "Parent", reflect.Pointer).Offset,
		framePC:        field(call, "Pc", reflect.Int).Offset,
		frameBase:      field(call, "Base", reflect.Int).Offset,
		frameLocalBase: field(call, "LocalBase", reflect.Int).Offset,
		frameIdx:       field(call, "Idx", reflect.Int).Offset,
	}
})

func fieldAt[T any](p unsafe.Pointer, offset uintptr) *T {
	return (*T)(unsafe.Add(p, offset))
}

// Frame is an active call of a thread, or nil.
type Frame struct{ p unsafe.Pointer }

// Current is the innermost call of L.
func Current(L *glua.LState) Frame {
	dbg, ok := L.GetStack(0)
	if !ok {
		return Frame{}
	}
	return frameOf(dbg)
}

func frameOf(dbg *glua.Debug) Frame {
	return Frame{*fieldAt[unsafe.Pointer](unsafe.Pointer(dbg), internals().frame)}
}

// Valid reports whether there is a call.
func (f Frame) Valid() bool { return f.p != nil }

// Fn returns the function that was called.
func (f Frame) Fn() *glua.LFunction { return *fieldAt[*glua.LFunction](f.p, internals().frameFn) }

// Parent returns the call that made this one.
func (f Frame) Parent() Frame {
	return Frame{*fieldAt[unsafe.Pointer](f.p, internals().frameParent)}
}

// PC is the index of the instruction that the frame executes.
func (f Frame) PC() int        { return *fieldAt[int](f.p, internals().framePC) - 1 }
func (f Frame) base() int      { return *fieldAt[int](f.p, internals().frameBase) }
func (f Frame) localBase() int { return *fieldAt[int](f.p, internals().frameLocalBase) }

// depth is how many calls stand around the frame.
func (f Frame) depth() int { return *fieldAt[int](f.p, internals().frameIdx) }

// callStack is what gopher-lua's stacks of calls have.
type callStack interface {
	SetSp(depth int)
	Sp() int
}

// Left is the innermost call of a coroutine that an error has ended. gopher-lua takes it off the stack, and leaves it in place.
func Left(L *glua.LState) Frame {
	in := internals()
	stack := reflect.NewAt(in.stackType, unsafe.Add(unsafe.Pointer(L), in.stack)).Elem().Elem()
	sp := stack.Interface().(callStack).Sp()
	return Frame{stack.MethodByName("At").Call([]reflect.Value{reflect.ValueOf(sp)})[0].UnsafePointer()}
}

// unwind takes all calls and values off a thread.
func unwind(L *glua.LState) {
	in := internals()
	stack := reflect.NewAt(in.stackType, unsafe.Add(unsafe.Pointer(L), in.stack)).Elem().Interface()
	stack.(callStack).SetSp(0)
	*fieldAt[unsafe.Pointer](unsafe.Pointer(L), in.currentFrame) = nil
	SetProtected(L, false)
	L.SetTop(0)
}

// SetProtected tells L whether errors leave captured variables open. gopher-lua forgets it at the end of every PCall.
func SetProtected(L *glua.LState, on bool) {
	*fieldAt[bool](unsafe.Pointer(L), internals().hasErrorFunc) = on
}

func isProtected(L *glua.LState) bool {
	return *fieldAt[bool](unsafe.Pointer(L), internals().hasErrorFunc)
}

// CloseUpvalues gives the captured variables at base and above a place of their own, as the end of their function would.
func CloseUpvalues(L *glua.LState, base int) {
	in := internals()
	link := fieldAt[*glua.Upvalue](unsafe.Pointer(L), in.uvcache)
	for *link != nil && *fieldAt[int](unsafe.Pointer(*link), in.uvIndex) < base {
		link = fieldAt[*glua.Upvalue](unsafe.Pointer(*link), in.uvNext)
	}
	// The list is sorted by index, so everything from here on is at base or above.
	rest := *link
	*link = nil
	for uv := rest; uv != nil; uv = *fieldAt[*glua.Upvalue](unsafe.Pointer(uv), in.uvNext) {
		uv.Close()
	}
}

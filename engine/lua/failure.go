package lua

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/stdlib"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/sourceline"
	glua "github.com/yuin/gopher-lua"
)

// failure is an error that left a protected call.
type failure struct {
	value glua.LValue
	// frames are the calls at the moment of the error, innermost first. They are known where nobody caught it.
	frames []stack.Call
	// resumed tells that it left a coroutine, whose caller goes on.
	resumed bool
}

// protect calls the function below nargs arguments on L's stack and leaves nret results. It is the bottom of a task: its
// failures carry frames.
func (v *vm) protect(L *glua.LState, nargs, nret int) *failure {
	if L != v.L || v.guard != nil && v.guard.busy {
		return newGuard(v).call(L, nargs, nret)
	}
	if v.guard == nil {
		v.guard = newGuard(v)
	}
	return v.guard.call(L, nargs, nret)
}

// guard makes protected calls, one at a time.
type guard struct {
	vm      *vm
	busy    bool
	failed  *failure
	handler *glua.LFunction
}

func newGuard(v *vm) *guard {
	g := &guard{vm: v}
	g.handler = &glua.LFunction{IsG: true, GFunction: g.handle}
	return g
}

func (g *guard) call(L *glua.LState, nargs, nret int) *failure {
	g.busy, g.failed = true, nil
	calls, err := stack.PCall(L, nargs, nret, g.handler)
	g.busy = false
	if err == nil {
		return nil
	}
	failed := g.failed
	if failed == nil {
		failed = &failure{frames: calls}
	}
	if failed.value == nil {
		failed.value = stack.ErrorValue(err)
	}
	return failed
}

// handle notes an error before the stack is unwound.
func (g *guard) handle(L *glua.LState) int {
	v := g.vm
	stack.SetProtected(L, true)
	frame := stack.Current(L).Parent()
	g.failed = &failure{}
	g.failed.value = stack.Explain(L, frame, L.Get(1))
	g.failed.frames = stack.Calls(frame)
	g.failed.frames = v.throughThreads(g.failed.value, g.failed.frames)
	stack.CloseUpvalues(L, 0)
	L.Push(g.failed.value)
	return 1
}

// throughThreads are the calls that led to an error: the given ones, or those of the task or coroutine that it comes out of.
func (v *vm) throughThreads(value glua.LValue, frames []stack.Call) []stack.Call {
	switch {
	case v.failure.frames == nil || !same(value, v.failure.value):
		return frames
	case v.failure.resumed:
		return append(slices.Clip(v.failure.frames), frames...)
	default:
		return v.failure.frames
	}
}

// same reports whether two error values are one. Texts may be equal and come from different places.
func same(a, b glua.LValue) bool {
	left, isText := a.(glua.LString)
	right, ok := b.(glua.LString)
	if isText && ok {
		return len(left) == len(right) && unsafe.StringData(string(left)) == unsafe.StringData(string(right))
	}
	return a == b
}

// position is a frame's place in the script.
func (v *vm) position(f stack.Call) engine.Position {
	pos := engine.Position{File: f.Proto.SourceName}
	if f.PC >= 0 && f.PC < len(f.Proto.DbgSourcePositions) {
		pos.Line = f.Proto.DbgSourcePositions[f.PC]
		if src := v.sources[pos.File]; src != nil {
			pos.Column = stack.ColumnOf(src.chunk, f.Proto, f.PC)
		}
	}
	return pos
}

// runError makes the error of a run out of what left the main program.
func (v *vm) runError(failed *failure) error {
	e := &engine.Error{Kind: engine.KindRuntime, Position: engine.Position{File: v.program.Name()}}
	e.Trace = v.trace(failed.frames)
	if len(e.Trace) > 0 {
		e.Position = e.Trace[0].Position
	}
	if !v.halted() {
		v.describe(e, failed.value) // which may run code of the script, and be stopped
	}
	if v.halted() {
		stopped := v.stopError()
		e.Kind, e.Name, e.Message, e.Hint, e.Err = stopped.Kind, "", stopped.Message, stopped.Hint, stopped.Err
	}
	if src := v.sources[e.File]; src != nil {
		e.SourceLine = sourceline.At(src.chunk.Code, e.Line)
	}
	if e.Kind == engine.KindRuntime && e.Hint == "" {
		e.Hint = v.memberHint(e)
	}
	return e
}

// trace describes calls.
func (v *vm) trace(calls []stack.Call) []engine.Frame {
	trace := make([]engine.Frame, len(calls))
	for i, c := range calls {
		trace[i] = engine.Frame{Position: v.position(c), Function: c.Function}
	}
	return trace
}

// describe fills in the message and, where the value tells, everything else.
func (v *vm) describe(e *engine.Error, value glua.LValue) {
	switch value := value.(type) {
	case glua.LString:
		file, line, message := stack.SplitPosition(string(value), func(file string) bool { return v.sources[file] != nil })
		e.Message = message
		if strings.HasPrefix(message, "stack overflow: calls") {
			const shown = 10
			e.Trace = e.Trace[:min(len(e.Trace), shown)]
			e.Hint = "a function that calls itself needs a case in which it stops"
		}
		if file == "" || (file == e.File && line == e.Line) {
			return
		}
		// error(message, 2) blames a caller: its frame knows the column.
		e.Position = engine.Position{File: file, Line: line}
		for _, f := range e.Trace {
			if f.File == file && f.Line == line {
				e.Position = f.Position
				break
			}
		}
		if e.Column == 0 {
			if src := v.sources[file]; src != nil {
				e.Column = syntax.FirstColumn(sourceline.At(src.chunk.Code, line))
			}
		}
	case *glua.LTable:
		if host := v.hostErrorOf(value); host != nil {
			e.Err = host.err
			if trace := v.trace(host.frames); len(trace) > 0 {
				if n := len(trace); n > len(e.Trace) || !slices.Equal(trace, e.Trace[:n]) { // else it goes on outside of a coroutine
					e.Trace = trace
				}
				e.Position = e.Trace[0].Position
			}
		}
		field := func(name string) string {
			if s, ok := value.RawGetString(name).(glua.LString); ok {
				return string(s)
			}
			return ""
		}
		e.Name, e.Message, e.Hint = field("name"), field("message"), field("hint")
		if e.Message == "" {
			e.Name, e.Message = "", v.errorText(value)
		}
	default:
		e.Message = v.errorText(value)
	}
}

// errorText is the text of an error value that is no string: of its __tostring, else its content.
func (v *vm) errorText(value glua.LValue) string {
	if v.L.GetMetaField(value, "__tostring") != glua.LNil {
		v.L.Push(v.L.NewFunction(func(L *glua.LState) int {
			L.Push(glua.LString(stdlib.ToText(L, value)))
			return 1
		}))
		defer v.L.SetTop(0)
		if v.protect(v.L, 0, 1) == nil {
			return v.L.Get(-1).String()
		}
	}
	return v.values.Inspect(value)
}

package lua

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/sourceline"
	glua "github.com/yuin/gopher-lua"
)

// failure is an error that left a protected call.
type failure struct {
	value glua.LValue
	// frames are the calls at the moment of the error, innermost first. They are known where nobody caught it.
	frames []rawFrame
}

// rawFrame is a call of a Lua function. It becomes an engine.Frame when somebody wants to see it.
type rawFrame struct {
	proto    *glua.FunctionProto
	pc       int
	function string
}

// maxFrames bounds a trace. Of deeper ones the innermost and the outermost calls are kept.
const maxFrames = 40

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
	err := pcall(L, nargs, nret, g.handler)
	g.busy = false
	if err == nil {
		return nil
	}
	failed := g.failed
	if failed == nil {
		failed = &failure{}
	}
	if failed.value == nil {
		failed.value = errorValue(err)
	}
	return failed
}

// pcall is PCall that no panic leaves, for a thread that has no calls yet. When the stack of values is full to the last place, PCall cannot
// even push its handler and panics again.
func pcall(L *glua.LState, nargs, nret int, handler *glua.LFunction) (err error) {
	defer func() {
		if x := recover(); x != nil {
			unwind(L)
			err = &glua.ApiError{Type: glua.ApiErrorPanic, Object: glua.LString(fmt.Sprint(x))}
		}
	}()
	return L.PCall(nargs, nret, handler)
}

// handle notes an error before the stack is unwound.
func (g *guard) handle(L *glua.LState) int {
	v := g.vm
	setProtected(L, true)
	frame := currentFrame(L).parent()
	g.failed = &failure{}
	g.failed.value = explain(L, frame, L.Get(1))
	g.failed.frames = framesOf(frame)
	if g.failed.value == v.failure.value && v.failure.frames != nil {
		g.failed.frames = v.failure.frames // it comes out of another task
	}
	closeUpvalues(L, 0)
	L.Push(g.failed.value)
	return 1
}

// errorValue is the error that a script sees for what PCall answers. Panics of Go code arrive here as well.
func errorValue(err error) glua.LValue {
	var api *glua.ApiError
	if !errors.As(err, &api) {
		return glua.LString(err.Error())
	}
	if api.Type != glua.ApiErrorError && (api.Object == nil || api.Object == glua.LNil) { // there was no room to call the handler
		return glua.LString(callOverflow())
	}
	message := api.Object.String()
	switch {
	case strings.Contains(message, "registry overflow"):
		return glua.LString(fmt.Sprintf("stack overflow: there are more than %d arguments, results and variables at once", maxStackValues))
	case api.Type != glua.ApiErrorPanic:
		return api.Object
	case strings.Contains(message, "callstack overflow"):
		return glua.LString(callOverflow())
	}
	return glua.LString("internal error: " + message)
}

func callOverflow() string {
	return fmt.Sprintf("stack overflow: calls are nested more than %d deep", maxCallDepth)
}

// framesOf lists the calls of Lua functions from f outwards.
func framesOf(f callFrame) []rawFrame {
	var list []rawFrame
	for ; f.valid(); f = f.parent() {
		fn := f.fn()
		if fn.IsG {
			continue
		}
		list = append(list, rawFrame{proto: fn.Proto, pc: f.pc(), function: callName(f.parent())})
	}
	if len(list) > maxFrames {
		list = append(list[:maxFrames*3/4:maxFrames*3/4], list[len(list)-maxFrames/4:]...)
	}
	return list
}

// callName is the name by which a frame calls a function at its current instruction, or empty.
func callName(f callFrame) string {
	if !f.valid() || f.fn().IsG {
		return ""
	}
	pc := f.pc()
	for _, call := range f.fn().Proto.DbgCalls {
		if call.Pc == pc && call.Name != "?" {
			return call.Name
		}
	}
	return ""
}

// position is a frame's place in the script.
func (v *vm) position(f rawFrame) engine.Position {
	pos := engine.Position{File: f.proto.SourceName}
	if f.pc >= 0 && f.pc < len(f.proto.DbgSourcePositions) {
		pos.Line = f.proto.DbgSourcePositions[f.pc]
		if src := v.sources[pos.File]; src != nil {
			pos.Column = columnOf(src.chunk, f.proto, f.pc)
		}
	}
	return pos
}

// runError makes the error of a run out of what left the main program.
func (v *vm) runError(failed *failure) error {
	e := &engine.Error{Kind: engine.KindRuntime, Position: engine.Position{File: v.program.Name()}}
	for _, f := range failed.frames {
		e.Trace = append(e.Trace, engine.Frame{Position: v.position(f), Function: f.function})
	}
	if len(e.Trace) > 0 {
		e.Position = e.Trace[0].Position
	}
	if v.halted() {
		stopped := v.stopError()
		e.Kind, e.Message, e.Err = stopped.Kind, stopped.Message, stopped.Err
	} else {
		v.describe(e, failed.value)
	}
	if src := v.sources[e.File]; src != nil {
		e.SourceLine = sourceline.At(src.chunk.Code, e.Line)
	}
	if e.Kind == engine.KindRuntime && e.Hint == "" {
		e.Hint = v.memberHint(e)
	}
	return e
}

// describe fills in the message and, where the value tells, everything else.
func (v *vm) describe(e *engine.Error, value glua.LValue) {
	switch value := value.(type) {
	case glua.LString:
		file, line, message := splitPosition(string(value), func(file string) bool { return v.sources[file] != nil })
		e.Message = message
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
			if len(host.frames) > 0 {
				e.Trace = e.Trace[:0]
				for _, f := range host.frames {
					e.Trace = append(e.Trace, engine.Frame{Position: v.position(f), Function: f.function})
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
			L.Push(glua.LString(toText(L, value)))
			return 1
		}))
		defer v.L.SetTop(0)
		if v.protect(v.L, 0, 1) == nil {
			return v.L.Get(-1).String()
		}
	}
	return inspect(v, value)
}

// splitPosition takes "file:line: " off a message. Only files that are known count, since a message may look the same.
func splitPosition(message string, known func(file string) bool) (file string, line int, rest string) {
	for i := range len(message) {
		if message[i] != ':' {
			continue
		}
		n, j := 0, i+1
		for ; j < len(message) && message[j] >= '0' && message[j] <= '9' && j-i < 10; j++ {
			n = n*10 + int(message[j]-'0')
		}
		if j > i+1 && strings.HasPrefix(message[j:], ": ") && known(message[:i]) {
			return message[:i], n, message[j+2:]
		}
	}
	return "", 0, message
}

package stack

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// The functions pcall and xpcall, and the handler of their errors. They hold no state of a VM, so all VMs share them.
var (
	PCallFunction  *glua.LFunction
	XPCallFunction *glua.LFunction

	onErrorFn *glua.LFunction
)

func init() {
	shared := func(fn glua.LGFunction) *glua.LFunction { return &glua.LFunction{IsG: true, GFunction: fn} }
	PCallFunction, XPCallFunction, onErrorFn = shared(pcall), shared(xpcall), shared(onError)
}

// onError sees an error before the stack is unwound: it makes its message readable and gives the variables that outlive
// the failed functions a place of their own.
func onError(L *glua.LState) int {
	SetProtected(L, true)
	frame := Current(L).Parent()
	value := Explain(L, frame, L.Get(1))
	CloseUpvalues(L, protectedBase(frame))
	L.Push(value)
	return 1
}

// protectedBase is where the innermost pcall or xpcall around a frame has its arguments: everything from there on fails.
func protectedBase(f Frame) int {
	for ; f.Valid(); f = f.Parent() {
		if fn := f.Fn(); fn == PCallFunction || fn == XPCallFunction {
			return f.localBase()
		}
	}
	return 0
}

// Catcher is what the context of a thread has some of whose errors go through every pcall.
type Catcher interface{ Uncatchable(value glua.LValue) bool }

func uncatchable(L *glua.LState, value glua.LValue) bool {
	t, ok := L.Context().(Catcher)
	return ok && t.Uncatchable(value)
}

func pcall(L *glua.LState) int {
	L.CheckAny(1)
	return protectedCall(L, 1, L.GetTop()-1, onErrorFn)
}

func xpcall(L *glua.LState) int {
	L.CheckAny(2)
	handler := L.Get(2)
	L.Remove(2) // now the function and its arguments stand together
	return protectedCall(L, 1, L.GetTop()-1, &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		onError(L)
		value := L.Get(-1)
		if uncatchable(L, value) {
			return 1
		}
		L.Push(handler)
		L.Push(value)
		L.Call(1, 1)
		return 1
	}})
}

// protectedReserve is how many calls pcall leaves to its error handler. When the very last place of the call stack is taken as
// pcall begins, gopher-lua does not find back to it and goes on with a wrong stack.
const protectedReserve = 32

// protectedCall calls the function at index at, which nargs arguments follow, and answers what pcall does.
func protectedCall(L *glua.LState, at, nargs int, handler *glua.LFunction) int {
	frame := Current(L)
	if frame.depth() >= MaxDepth-protectedReserve {
		L.RaiseError("%s", callOverflow())
	}
	saved, base := isProtected(L), frame.localBase()
	err := L.PCall(nargs, glua.MultRet, handler)
	SetProtected(L, saved)
	if err != nil {
		// The handler cannot run when the stack is full.
		CloseUpvalues(L, base)
		L.SetTop(at - 1)
		value := ErrorValue(err)
		if uncatchable(L, value) {
			L.Error(value, 0)
		}
		L.Push(glua.LFalse)
		L.Push(value)
		return 2
	}
	L.Insert(glua.LTrue, at)
	return L.GetTop() - at + 1
}

// PCall is PCall that no panic leaves, for a thread that has no calls yet. When the stack of values is full to the last place, PCall cannot
// even push its handler and panics again. The calls at the moment of a failure are known where the handler found no room either.
func PCall(L *glua.LState, nargs, nret int, handler *glua.LFunction) (failed []Call, err error) {
	defer func() {
		if x := recover(); x != nil {
			unwind(L)
			err = &glua.ApiError{Type: glua.ApiErrorPanic, Object: glua.LString(fmt.Sprint(x))}
		}
	}()
	L.Insert(&glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		defer func() {
			if x := recover(); x != nil {
				failed = Calls(Current(L))
				panic(x)
			}
		}()
		L.Call(L.GetTop()-1, nret)
		return L.GetTop()
	}}, L.GetTop()-nargs)
	err = L.PCall(nargs+1, nret, handler)
	return failed, err
}

// ErrorValue is the error that a script sees for what PCall answers. Panics of Go code arrive here as well.
func ErrorValue(err error) glua.LValue {
	var api *glua.ApiError
	if !errors.As(err, &api) {
		return glua.LString(err.Error())
	}
	if api.Type != glua.ApiErrorError && (api.Object == nil || api.Object == glua.LNil) { // there was no room to call the handler
		return glua.LString(callOverflow())
	}
	message := syntax.Text(api.Object)
	switch {
	case strings.Contains(message, "registry overflow"):
		return glua.LString(fmt.Sprintf("stack overflow: there are more than %d arguments, results and variables at once", MaxValues))
	case api.Type != glua.ApiErrorPanic:
		return api.Object
	case strings.Contains(message, "callstack overflow"):
		return glua.LString(callOverflow())
	}
	return glua.LString("internal error: " + message)
}

func callOverflow() string {
	return fmt.Sprintf("stack overflow: calls are nested more than %d deep", MaxDepth)
}

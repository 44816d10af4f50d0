package lua

import glua "github.com/yuin/gopher-lua"

// onError sees an error before the stack is unwound: it makes its message readable and gives the variables that outlive
// the failed functions a place of their own.
func onError(L *glua.LState) int {
	setProtected(L, true)
	frame := currentFrame(L).parent()
	value := explain(L, frame, L.Get(1))
	closeUpvalues(L, protectedBase(frame))
	L.Push(value)
	return 1
}

// protectedBase is where the innermost pcall or xpcall around a frame has its arguments: everything from there on fails.
func protectedBase(f callFrame) int {
	for ; f.valid(); f = f.parent() {
		if fn := f.fn(); fn == pcallFn || fn == xpcallFn {
			return f.localBase()
		}
	}
	return 0
}

func basePCall(L *glua.LState) int {
	L.CheckAny(1)
	return protectedCall(L, 1, L.GetTop()-1, onErrorFn)
}

func baseXPCall(L *glua.LState) int {
	L.CheckAny(2)
	handler := L.Get(2)
	L.Remove(2) // now the function and its arguments stand together
	return protectedCall(L, 1, L.GetTop()-1, &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		onError(L)
		value := L.Get(-1)
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
	frame := currentFrame(L)
	if frame.depth() >= maxCallDepth-protectedReserve {
		L.RaiseError("%s", callOverflow())
	}
	saved, base := isProtected(L), frame.localBase()
	err := L.PCall(nargs, glua.MultRet, handler)
	setProtected(L, saved)
	if err != nil {
		// The handler cannot run when the stack is full.
		closeUpvalues(L, base)
		L.SetTop(at - 1)
		L.Push(glua.LFalse)
		L.Push(errorValue(err))
		return 2
	}
	L.Insert(glua.LTrue, at)
	return L.GetTop() - at + 1
}

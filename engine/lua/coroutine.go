package lua

import (
	"sync"

	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/stdlib"
	glua "github.com/yuin/gopher-lua"
)

func coroutineFuncs() []stdlib.Func {
	return []stdlib.Func{
		{Name: "create", Fn: coroutineCreate},
		{Name: "isyieldable", Fn: coroutineIsYieldable},
		{Name: "resume", Fn: coroutineResume},
		{Name: "running", Fn: coroutineRunning},
		{Name: "status", Fn: coroutineStatus},
		{Name: "wrap", Fn: coroutineWrap},
		{Name: "yield", Fn: coroutineYield},
	}
}

// stockCoroutine are gopher-lua's functions, which switch threads. Around them stands what they leave out: contexts for new
// threads, threads that wait for the host or for another thread, and places where yielding gives wrong results.
type stockCoroutine struct{ create, resume glua.LGFunction }

var stock = sync.OnceValue(func() stockCoroutine {
	L := glua.NewState(glua.Options{CallStackSize: 8, RegistrySize: 128, SkipOpenLibs: true})
	defer L.Close()
	L.Push(L.NewFunction(glua.OpenCoroutine))
	L.Call(0, 1)
	lib := L.CheckTable(-1)
	get := func(name string) glua.LGFunction { return lib.RawGetString(name).(*glua.LFunction).GFunction }
	return stockCoroutine{create: get("create"), resume: get("resume")}
})

func coroutineCreate(L *glua.LState) int {
	L.CheckFunction(1)
	// Without a context on L, the new thread does not derive one.
	ctx := L.RemoveContext()
	n := stock().create(L)
	L.SetContext(ctx)
	th := L.Get(-1).(*glua.LState)
	th.SetContext(&thread{vm: vmOf(L), coroutine: true})
	return n
}

func coroutineWrap(L *glua.LState) int {
	coroutineCreate(L)
	th := L.Get(-1).(*glua.LState)
	L.Push(&glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		L.Insert(th, 1)
		n := coroutineResume(L)
		first := L.Get(-n)
		if first == glua.LFalse {
			L.Error(L.Get(-1), 0)
		}
		return n - 1
	}})
	return 1
}

func coroutineResume(L *glua.LState) int {
	th := L.CheckThread(1)
	t := threadOf(th)
	refuse := func(why string) int {
		L.Push(glua.LFalse)
		L.Push(glua.LString(why))
		return 2
	}
	switch {
	case th.Dead:
		return refuse("cannot resume dead coroutine")
	case t.active || !t.coroutine:
		return refuse("cannot resume non-suspended coroutine")
	}
	t.active = true
	t.task = threadOf(L).task
	defer func() {
		t.active = false
		L.G.CurrentThread = L
	}()
	n := stock().resume(L)
	if L.Get(-n) == glua.LFalse && th.Dead {
		vmOf(L).coroutineFailed(L, th)
	}
	return n
}

// coroutineFailed puts an error that ended a coroutine, on top of L's stack, into Lua's words, and notes where it happened.
func (v *vm) coroutineFailed(L, th *glua.LState) {
	frame := stack.Left(th)
	value := stack.Explain(th, frame, stack.Overflow(frame, L.Get(-1)))
	L.Pop(1)
	L.Push(value)
	v.failure = failure{value, v.throughThreads(value, stack.Calls(frame)), true}
}

// coroutineRunning answers the running coroutine, and nothing in the main program.
func coroutineRunning(L *glua.LState) int {
	if !threadOf(L).coroutine {
		L.Push(glua.LNil)
	} else {
		L.Push(L)
	}
	return 1
}

func coroutineIsYieldable(L *glua.LState) int {
	L.Push(glua.LBool(threadOf(L).coroutine && unyieldable(L) == ""))
	return 1
}

func coroutineStatus(L *glua.LState) int {
	th := L.CheckThread(1)
	status := "suspended"
	switch t := threadOf(th); {
	case th.Dead:
		status = "dead"
	case th == L:
		status = "running"
	case t.active:
		status = "normal"
	}
	L.Push(glua.LString(status))
	return 1
}

func coroutineYield(L *glua.LState) int {
	if !threadOf(L).coroutine {
		L.RaiseError("attempt to yield from outside a coroutine")
	}
	if why := unyieldable(L); why != "" {
		t := threadOf(L)
		t.crossed = glua.LString(stack.Where(stack.Current(L).Parent()) + "attempt to yield across " + why)
		L.Error(t.crossed, 0)
	}
	return -1
}

// unyieldable tells what stands between a coroutine's function and the caller of yield, or is empty. Only calls that a
// script writes as calls can be left and entered again.
func unyieldable(L *glua.LState) string {
	for f := stack.Current(L).Parent(); f.Valid(); f = f.Parent() {
		switch fn := f.Fn(); {
		case fn == stack.PCallFunction || fn == stack.XPCallFunction:
			return "pcall; yield outside of the function that pcall calls, or put pcall around the resume"
		case fn.IsG:
			return "a call from Go, such as table.sort or string.gsub"
		}
		caller := f.Parent()
		if !caller.Valid() || caller.Fn().IsG {
			continue
		}
		switch stack.Opcode(caller.Fn().Proto.Code[caller.PC()]) {
		case glua.OP_CALL, glua.OP_TAILCALL:
		case glua.OP_TFORLOOP:
			return "the iterator of a for loop"
		default:
			return "a metamethod"
		}
	}
	return ""
}

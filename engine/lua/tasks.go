package lua

import (
	"fmt"
	"sync"

	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/stdlib"
	glua "github.com/yuin/gopher-lua"
)

// How many calls of map are under way at the same time, unless the script says otherwise, and what it may say.
const (
	defaultMapLimit = 8
	maxMapLimit     = 1000
)

// parallel(f1, f2, ...) runs functions side by side and answers the first result of each. It waits for all of them and then
// raises the error of the first that failed. Only one runs Lua at a time; the others go on while it waits for the host.
func libParallel(L *glua.LState) int {
	v, n := vmOf(L), L.GetTop()
	for i := 1; i <= n; i++ {
		checkCallable(L, i)
	}
	results, failures := make([]glua.LValue, n), make([]*failure, n)
	fns := make([]glua.LValue, n)
	for i := range fns {
		fns[i] = L.Get(i + 1)
	}
	v.runTasks(L, n, func(th *glua.LState, i int) {
		th.Push(fns[i])
		results[i], failures[i] = v.taskResult(th, 0)
	})
	v.raiseFirst(L, failures)
	for _, value := range results {
		L.Push(value)
	}
	return n
}

// map(list, fn, limit) calls fn(item, index) for each item, at most limit of them side by side, and answers a list of the
// results. List is a table or an iterator function. After an error no further calls start; it is raised when those under way
// have ended.
func libMap(L *glua.LState) int {
	v := vmOf(L)
	next := mapItems(L)
	checkCallable(L, 2)
	fn := L.Get(2)
	limit := stdlib.OptInt(L, 3, defaultMapLimit)
	if limit < 1 || limit > maxMapLimit {
		L.ArgError(3, fmt.Sprintf("the limit must be 1 to %d", maxMapLimit))
	}
	if t, ok := L.Get(1).(*glua.LTable); ok {
		limit = min(limit, t.Len())
	}
	var (
		results  = v.values.NewList()
		count    int
		failures []*failure
		pulling  sync.Mutex
	)
	fail := func(f *failure) {
		failures = append(failures, f)
	}
	v.runTasks(L, limit, func(th *glua.LState, _ int) {
		for len(failures) == 0 {
			// An iterator may wait for the host, and another task must not call it meanwhile.
			v.unlocked(th, pulling.Lock)
			item, failed := next(th)
			index := 0
			if failed == nil && item != glua.LNil {
				count++
				index = count
			}
			pulling.Unlock()
			if failed != nil {
				fail(failed)
				return
			}
			if item == glua.LNil || len(failures) > 0 {
				return
			}
			th.Push(fn)
			th.Push(item)
			th.Push(glua.LNumber(index))
			value, failed := v.taskResult(th, 2)
			if failed != nil {
				fail(failed)
				return
			}
			results.RawSetInt(index, value)
		}
	})
	v.raiseFirst(L, failures)
	L.Push(results)
	return 1
}

// mapItems is what answers the items of map's first argument one by one, and nil at their end.
func mapItems(L *glua.LState) func(th *glua.LState) (glua.LValue, *failure) {
	v := vmOf(L)
	switch list := L.Get(1).(type) {
	case *glua.LTable:
		v.values.Fill(list)
		at := 0
		return func(*glua.LState) (glua.LValue, *failure) {
			at++
			return list.RawGetInt(at), nil
		}
	case *glua.LFunction, *glua.LUserData:
		checkCallable(L, 1)
		return func(th *glua.LState) (glua.LValue, *failure) {
			th.Push(list)
			return v.taskResult(th, 0)
		}
	default:
		L.ArgError(1, "a list or an iterator function expected, got "+stack.TypeName(list))
		return nil
	}
}

// taskResult calls the function below nargs arguments on a task's thread and takes its first result.
func (v *vm) taskResult(th *glua.LState, nargs int) (glua.LValue, *failure) {
	failed := v.protect(th, nargs, 1)
	value := th.Get(-1)
	th.SetTop(0)
	if failed != nil {
		return glua.LNil, failed
	}
	return value, nil
}

// runTasks calls body for 0 to n-1, each with a thread of its own and holding the VM, and waits for all of them. L gives the
// VM away meanwhile.
func (v *vm) runTasks(L *glua.LState, n int, body func(th *glua.LState, i int)) {
	if n == 0 {
		return
	}
	parent := threadOf(L).task
	var wg sync.WaitGroup
	var start func(i int)
	start = func(i int) {
		wg.Go(func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			if i+1 < n {
				start(i + 1) // the next gets the VM after this one, so that tasks begin in their order
			}
			th := v.newThread(L, &thread{vm: v, task: &task{parent: parent}, active: true})
			defer th.Close()
			L.G.CurrentThread = th
			body(th, i)
		})
	}
	start(0)
	v.unlocked(L, wg.Wait)
}

// raiseFirst throws the first of the failures, if there is one.
func (v *vm) raiseFirst(L *glua.LState, failures []*failure) {
	for _, f := range failures {
		if f != nil {
			v.failure = *f
			L.Error(f.value, 0)
		}
	}
}

func checkCallable(L *glua.LState, n int) {
	value := L.Get(n)
	if value.Type() != glua.LTFunction && L.GetMetaField(value, "__call").Type() != glua.LTFunction {
		L.ArgError(n, "function expected, got "+stack.TypeName(value))
	}
}

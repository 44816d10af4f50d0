package lua

import (
	"context"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// versus reports the least time of one way over that of another, taken in turns, since other programs only ever make a time longer. One turn
// of each is count operations.
func versus(b *testing.B, unit string, count int, ours, bare func(n int)) {
	timed := func(do func(int)) time.Duration {
		start := time.Now()
		do(count)
		return time.Since(start)
	}
	least, leastBare := time.Duration(1<<62), time.Duration(1<<62)
	for b.Loop() {
		leastBare = min(leastBare, timed(bare))
		least = min(least, timed(ours))
	}
	b.ReportMetric(float64(least)/float64(leastBare), unit)
	b.ReportMetric(float64(least)/float64(count), "ns/ours")
	b.ReportMetric(float64(leastBare)/float64(count), "ns/bare")
}

// bareFunction is what a text returns in bare gopher-lua, called with 7.
func bareFunction(b *testing.B, L *glua.LState, code string) func(n int) {
	if err := L.DoString(code); err != nil {
		b.Fatal(err)
	}
	f := L.Get(-1)
	L.Pop(1)
	return func(n int) {
		for range n {
			if err := L.CallByParam(glua.P{Fn: f, NRet: 1, Protect: true}, glua.LNumber(7)); err != nil {
				b.Fatal(err)
			}
			if got := L.Get(-1); got != glua.LNumber(7) {
				b.Fatal(got)
			}
			L.Pop(1)
		}
	}
}

// exported calls the function f of an instance with 7.
func exported(ctx context.Context, b *testing.B, v *vm) func(n int) {
	args := []any{7}
	return func(n int) {
		for range n {
			if got, err := v.Call(ctx, "f", args); err != nil || got != int64(7) {
				b.Fatal(got, err)
			}
		}
	}
}

// BenchmarkGoals compares with bare gopher-lua. The goals: a call of an exported function takes at most 3 times as long, a cached trivial
// run half as long, a loop that can be stopped 1.1 times, and a host call that is not Sync about 300 ns more than a bare function.
func BenchmarkGoals(b *testing.B) {
	deadline, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	for name, ctx := range map[string]context.Context{"call": context.Background(), "call with deadline": deadline} {
		b.Run(name, func(b *testing.B) {
			L := glua.NewState(glua.Options{SkipOpenLibs: true})
			defer L.Close()
			v := newInstance(b, engine.Config{}, `return {f = function(a) return a end}`)
			versus(b, "ratio(3)", 1000, exported(ctx, b, v), bareFunction(b, L, `return function(a) return a end`))
		})
	}
	b.Run("host call", func(b *testing.B) {
		const code = `function(a) for i = 1, 1000 do host.f(a) end return a end`
		L := glua.NewState(glua.Options{SkipOpenLibs: true})
		defer L.Close()
		host := L.NewTable()
		host.RawSetString("f", L.NewFunction(func(L *glua.LState) int {
			L.Push(L.Get(1))
			return 1
		}))
		L.SetGlobal("host", host)
		v := newInstance(b, engine.Config{Modules: []*engine.Module{{Name: "host", Functions: []engine.Function{
			{Name: "f", Call: func(_ context.Context, args []any) (any, error) { return args[0], nil }},
		}}}}, `return {f = `+code+`}`)
		versus(b, "ratio", 1, exported(deadline, b, v), bareFunction(b, L, `return `+code))
	})
	b.Run("cached run", func(b *testing.B) {
		rt := NewRuntime()
		src := engine.Source{Name: "a.lua", Code: []byte(`return 7`)}
		versus(b, "ratio(0.5)", 10, func(n int) {
			for range n {
				p, err := rt.Compile(context.Background(), src, nil)
				if err != nil {
					b.Fatal(err)
				}
				vm, err := rt.New(engine.Config{})
				if err != nil {
					b.Fatal(err)
				}
				if got, err := vm.Run(context.Background(), p); err != nil || got != int64(7) {
					b.Fatal(got, err)
				}
				if err := vm.Close(); err != nil {
					b.Fatal(err)
				}
			}
		}, func(n int) {
			for range n {
				L := glua.NewState()
				if err := L.DoString(`return 7`); err != nil || L.Get(-1) != glua.LNumber(7) {
					b.Fatal(L.Get(-1), err)
				}
				L.Close()
			}
		})
	})
	b.Run("stoppable loop", func(b *testing.B) {
		v := newInstance(b, engine.Config{}, `
			local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
			function f(a)
				fib(16)
				local t = {} for i = 1, 2000 do t[i] = i * 2 end
				local s = 0 for i = 1, #t do s = s + t[i] end
				for i = 1, 1000 do t["k" .. i % 100] = i end
				return a
			end`)
		call := exported(deadline, b, v)
		fn := v.L.G.Global.RawGetString("f")
		versus(b, "ratio(1.1)", 1, call, func(n int) {
			ctx := v.L.RemoveContext()
			defer v.L.SetContext(ctx)
			for range n {
				v.L.Push(fn)
				v.L.Push(glua.LNumber(7))
				v.L.Call(1, 1)
				v.L.SetTop(0)
			}
		})
	})
}

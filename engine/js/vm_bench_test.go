package js

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

// benchProgram compiles code with a runtime of its own.
func benchProgram(b *testing.B, code string) (engine.Runtime, engine.Program) {
	b.Helper()
	rt := NewRuntime()
	p, err := script{code: code, config: demoConfig()}.compile(b, rt)
	if err != nil {
		b.Fatal(err)
	}
	return rt, p
}

func benchRun(b *testing.B, rt engine.Runtime, p engine.Program) {
	vm, err := rt.New(demoConfig())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := vm.Run(context.Background(), p); err != nil {
		b.Fatal(err)
	}
	if err := vm.Close(); err != nil {
		b.Fatal(err)
	}
}

// longScript has about 300 lines.
func longScript() string {
	var code strings.Builder
	for i := range 60 {
		fmt.Fprintf(&code, "function step%d(list: number[], limit = %d) {\n  const found = list.filter((n) => n > limit).map((n) => ({ n, label: `item ${n}` }));\n  if (found.length === 0) return null;\n  return found.reduce((sum, item) => sum + item.n, 0);\n}\n", i, i)
	}
	code.WriteString("console.log(step0([1, 2, 3]), await demo.echo(1));\n")
	return code.String()
}

func BenchmarkCompile(b *testing.B) {
	rt := NewRuntime(WithCacheSize(0))
	s := script{code: longScript(), config: demoConfig()}
	for b.Loop() {
		if _, err := s.compile(b, rt); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVMStart(b *testing.B) {
	rt := NewRuntime()
	for b.Loop() {
		vm, err := rt.New(demoConfig())
		if err != nil {
			b.Fatal(err)
		}
		if err := vm.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCachedStart(b *testing.B) {
	for _, c := range []struct{ name, code string }{
		{"hello", "console.log('hello')"},
		{"300lines", longScript()},
	} {
		b.Run(c.name, func(b *testing.B) {
			rt, p := benchProgram(b, c.code)
			for b.Loop() {
				benchRun(b, rt, p)
			}
		})
	}
}

// BenchmarkCalls reports the time of one host call.
func BenchmarkCalls(b *testing.B) {
	const calls = 10_000
	for _, c := range []struct{ name, code string }{
		{"sync", "for (let i = 0; i < 10000; i++) demo.echoNow()"},
		{"async", "for (let i = 0; i < 10000; i++) await demo.echo()"},
		{"async16", "await map(Array(10000).fill(0), () => demo.echo(), 16)"},
		{"stream", "for (let i = 0; i < 1000; i++) for await (const x of demo.count(10)) ;"},
		{"await", "for (let i = 0; i < 10000; i++) await i"},
	} {
		b.Run(c.name, func(b *testing.B) {
			rt, p := benchProgram(b, c.code)
			for b.Loop() {
				benchRun(b, rt, p)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/calls, "ns/call")
		})
	}
}

// BenchmarkArgument gives objects that a script made to a host function: many side by side, and some inside each other.
func BenchmarkArgument(b *testing.B) {
	for _, c := range []struct{ name, code string }{
		{"wide", "let v = []; for (let i = 0; i < 20000; i++) v.push({a: i}); demo.echoNow(v)"},
		{"deep", "let v = {}; for (let i = 0; i < 400; i++) v = {v}; for (let i = 0; i < 50; i++) demo.echoNow(v)"},
	} {
		b.Run(c.name, func(b *testing.B) {
			rt, p := benchProgram(b, c.code)
			for b.Loop() {
				benchRun(b, rt, p)
			}
		})
	}
}

// BenchmarkIdleVM reports the memory of a VM that ran a program and waits for the next.
func BenchmarkIdleVM(b *testing.B) {
	const vms = 200
	rt, p := benchProgram(b, "console.log('hello'); await demo.echo({ a: 1 })")
	for b.Loop() {
		before := heapInUse()
		idle := make([]engine.VM, vms)
		for i := range idle {
			vm, err := rt.New(demoConfig())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := vm.Run(context.Background(), p); err != nil {
				b.Fatal(err)
			}
			idle[i] = vm
		}
		b.ReportMetric(float64(heapInUse()-before)/vms, "B/vm")
		for _, vm := range idle {
			if err := vm.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkCall compares a call of an exported function with what goja alone takes for it.
func BenchmarkCall(b *testing.B) {
	b.Run("goja", func(b *testing.B) {
		rt := goja.New()
		value, err := rt.RunString("(function f(a) { return a })")
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			f, _ := goja.AssertFunction(value)
			result, err := f(goja.Undefined(), rt.ToValue(int64(7)))
			if err != nil || result.Export() != int64(7) {
				b.Fatal(result, err)
			}
		}
	})
	ended, cancel := context.WithCancel(b.Context())
	defer cancel()
	for _, c := range []struct {
		name, code string
		ctx        context.Context
	}{
		{"export", "export function f(a) { return a }", ended},
		{"export, no deadline", "export function f(a) { return a }", context.Background()},
		{"async export", "export async function f(a) { return a }", ended},
		{"await of a host call", "export async function f(a) { return await h.get(a) }", ended},
	} {
		b.Run(c.name, func(b *testing.B) {
			h := &engine.Module{Name: "h", Functions: []engine.Function{{Name: "get", Call: func(_ context.Context, args []any) (any, error) {
				return args[0], nil
			}}}}
			made, p := script{code: c.code, config: engine.Config{Modules: []*engine.Module{h}}}.start(b, NewRuntime())
			v := made.(*vm)
			if err := v.Load(b.Context(), p); err != nil {
				b.Fatal(err)
			}
			args := []any{int64(7)}
			for b.Loop() {
				if result, err := v.Call(c.ctx, "f", args); err != nil || result != int64(7) {
					b.Fatal(result, err)
				}
			}
		})
	}
}

// BenchmarkAwait compares a host call that need not wait with goja's own await of a resolved promise.
func BenchmarkAwait(b *testing.B) {
	const awaits = 1000
	perAwait := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/awaits, "ns/await")
	}
	b.Run("goja", func(b *testing.B) {
		rt := goja.New()
		value, err := rt.RunString("(async function f() { for (let i = 0; i < 1000; i++) await Promise.resolve(1) })")
		if err != nil {
			b.Fatal(err)
		}
		f, _ := goja.AssertFunction(value)
		for b.Loop() {
			promise, err := f(goja.Undefined())
			if err != nil || promise.Export().(*goja.Promise).State() != goja.PromiseStateFulfilled {
				b.Fatal(promise, err)
			}
		}
		perAwait(b)
	})
	h := &engine.Module{Name: "h", Functions: []engine.Function{{Name: "get", Call: func(context.Context, []any) (any, error) {
		return 1, nil
	}}}}
	for _, c := range []struct{ name, await string }{{"resolved", "Promise.resolve(1)"}, {"host", "h.get()"}} {
		b.Run(c.name, func(b *testing.B) {
			code := "export async function f() { for (let i = 0; i < 1000; i++) await " + c.await + " }"
			made, p := script{code: code, config: engine.Config{Modules: []*engine.Module{h}}}.start(b, NewRuntime())
			v := made.(*vm)
			if err := v.Load(b.Context(), p); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := v.Call(b.Context(), "f", nil); err != nil {
					b.Fatal(err)
				}
			}
			perAwait(b)
		})
	}
}

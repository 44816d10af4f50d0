package lua

import (
	"context"
	"encoding/json"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/enginetest"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/tape/tapetest"
	glua "github.com/yuin/gopher-lua"
)

// A page of a list as a script gets it, beside the same in plain Go. "touch 3" reads three fields of each item, "touch all"
// walks everything.
func BenchmarkPage(b *testing.B) {
	page := tapetest.Page(50)
	v := newVM(b)
	load := func(code string) *glua.LFunction {
		fn, err := v.L.LoadString(code)
		if err != nil {
			b.Fatal(err)
		}
		return fn
	}
	touch3 := load(`local n = 0 for _, c in ipairs(...) do if c.state and c.session_id and c.meta.nickname then n = n + 1 end end return n`)
	touchAll := load(`
		local function walk(t) local n = 0 for k, v in pairs(t) do n = n + 1 if type(v) == "table" then n = n + walk(v) end end return n end
		return walk(...)`)
	call := func(b *testing.B, fn *glua.LFunction, value glua.LValue) {
		v.L.Push(fn)
		v.L.Push(value)
		v.L.Call(1, 1)
		if n := v.L.Get(-1); n == glua.LNumber(0) {
			b.Fatal("nothing was seen")
		}
		v.L.SetTop(0)
	}
	root := func(b *testing.B) *tape.Document {
		doc, err := tape.Parse(page)
		if err != nil {
			b.Fatal(err)
		}
		return doc
	}
	b.Run("go typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var list []tapetest.Conversation
			if err := json.Unmarshal(page, &list); err != nil || len(list) != 50 {
				b.Fatal(err)
			}
		}
	})
	b.Run("touch 3 lazy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call(b, touch3, v.values.Document(root(b)))
		}
	})
	b.Run("touch 3 eager", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call(b, touch3, eager(v, root(b), tape.Root))
		}
	})
	b.Run("touch all lazy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call(b, touchAll, v.values.Document(root(b)))
		}
	})
	b.Run("touch all eager", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call(b, touchAll, eager(v, root(b), tape.Root))
		}
	})
	// The goals are ratios, taken in turns, since absolute times drift.
	b.Run("ratios", func(b *testing.B) {
		timed := func(fn func()) float64 {
			start := time.Now()
			fn()
			return float64(time.Since(start))
		}
		var three, all []float64
		for b.Loop() {
			typed := timed(func() {
				var list []tapetest.Conversation
				if err := json.Unmarshal(page, &list); err != nil {
					b.Fatal(err)
				}
			})
			three = append(three, timed(func() { call(b, touch3, v.values.Document(root(b))) })/typed)
			plain := timed(func() { call(b, touchAll, eager(v, root(b), tape.Root)) })
			all = append(all, timed(func() { call(b, touchAll, v.values.Document(root(b))) })/plain)
		}
		slices.Sort(three)
		slices.Sort(all)
		b.ReportMetric(three[len(three)/2], "touch3/typed")
		b.ReportMetric(all[len(all)/2], "lazy/eager")
	})
	b.Run("to go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.values.ToGo(v.values.Document(root(b))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// longScript is about 300 lines.
var longScript = strings.Repeat(`local function name(a, b)
  local total = 0
  for i, item in ipairs(a) do
    if item.state == "resolved" and b then total = total + i * 2 else total = total - 1 end
  end
  return { total = total, label = "n " .. total }
end
do local t = { 1, 2, 3 } t.x = name(t, true) end
`, 30)

func BenchmarkStart(b *testing.B) {
	ctx := context.Background()
	src := engine.Source{Name: "a.lua", Code: []byte(longScript)}
	b.Run("compile 240 lines", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := syntax.Compile(src.Name, src.Code); err != nil {
				b.Fatal(err)
			}
		}
	})
	rt := NewRuntime()
	b.Run("cached compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := rt.Compile(ctx, src, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new vm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			vm, err := rt.New(engine.Config{Modules: []*engine.Module{testHost()}})
			if err != nil {
				b.Fatal(err)
			}
			vm.Close()
		}
	})
	p, err := rt.Compile(ctx, engine.Source{Name: "b.lua", Code: []byte(`return 1`)}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("cached start", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			vm, err := rt.New(engine.Config{})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := vm.Run(ctx, p); err != nil {
				b.Fatal(err)
			}
			vm.Close()
		}
	})
}

func BenchmarkHostCall(b *testing.B) {
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "sync", Sync: true, Call: func(context.Context, []any) (any, error) { return nil, nil }},
		{Name: "async", Call: func(context.Context, []any) (any, error) { return nil, nil }},
	}}
	for name, code := range map[string]string{
		"sync":         `for i = 1, 1000 do host.sync(i) end`,
		"async":        `for i = 1, 1000 do host.async(i) end`,
		"pcall":        `for i = 1, 1000 do pcall(host.sync, i) end`,
		"pcall failed": `for i = 1, 1000 do pcall(error, i) end`,
		"map":          `local t = {} for i = 1, 1000 do t[i] = i end map(t, host.async)`,
		"nothing":      `for i = 1, 1000 do end`,
	} {
		b.Run(name+" x1000", func(b *testing.B) {
			src := engine.Source{Name: "a.lua", Code: []byte(code)}
			vm, p := enginetest.Script{Source: src, Config: engine.Config{Modules: []*engine.Module{host}}}.Start(b, NewRuntime())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := vm.Run(context.Background(), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// An idle VM is small, since hosts keep one per script. The measure is the heap that a hundred of them take.
func TestIdleMemory(t *testing.T) {
	const count, most = 100, 45 << 10
	rt := NewRuntime()
	p, err := rt.Compile(context.Background(), engine.Source{Name: "a.lua", Code: []byte(`print("x", host.answer) function main() end`)}, []string{"host"})
	if err != nil {
		t.Fatal(err)
	}
	cfg := engine.Config{Modules: []*engine.Module{testHost()}}
	measure := func() uint64 {
		goruntime.GC()
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	vms := make([]engine.VM, count)
	before := measure()
	for i := range vms {
		if vms[i], err = rt.New(cfg); err != nil {
			t.Fatal(err)
		}
		if _, err := vms[i].Run(context.Background(), p); err != nil {
			t.Fatal(err)
		}
	}
	per := (measure() - before) / count
	t.Logf("an idle VM takes %d bytes", per)
	if per > most {
		t.Errorf("an idle VM takes %d bytes, more than %d", per, most)
	}
	for _, vm := range vms {
		if err := vm.Close(); err != nil {
			t.Error(err)
		}
	}
}

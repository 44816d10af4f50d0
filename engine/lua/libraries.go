package lua

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/stdlib"
	"github.com/crisphost/crisphost/engine/lua/internal/value"
	glua "github.com/yuin/gopher-lua"
)

// library is a table of functions and values. It is a lazy module, so that a VM costs little before it runs.
type library struct {
	stdlib.Library
	objects []*glua.LFunction // of funcs; all VMs share them, since gopher-lua refuses to change a Go function's environment
}

// Member implements value.Members.
func (lib *library) Member(name string) glua.LValue {
	for i, f := range lib.Funcs {
		if f.Name == name {
			return lib.objects[i]
		}
	}
	for _, c := range lib.Values {
		if c.Name == name {
			return c.Value
		}
	}
	return glua.LNil
}

// Names implements value.Members.
func (lib *library) Names() []string {
	list := make([]string, 0, len(lib.Funcs)+len(lib.Values))
	for _, f := range lib.Funcs {
		list = append(list, f.Name)
	}
	for _, c := range lib.Values {
		list = append(list, c.Name)
	}
	return list
}

// Kind implements value.Members.
func (lib *library) Kind(string) string { return "" }

// libraries are what scripts find, apart from host modules; the base library, whose functions are globals, comes first.
var libraries = sync.OnceValue(func() []*library {
	var list []*library
	for _, lib := range append(stdlib.Libraries(), stdlib.Library{Name: "coroutine", Funcs: coroutineFuncs()}) {
		if lib.Name == "" {
			lib.Funcs = append(lib.Funcs, ownFuncs()...)
			slices.SortFunc(lib.Funcs, func(a, b stdlib.Func) int { return strings.Compare(a.Name, b.Name) })
		}
		list = append(list, &library{Library: lib})
	}
	for _, lib := range list {
		for _, f := range lib.Funcs {
			fn := f.Fn
			lib.objects = append(lib.objects, &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
				threadOf(L).lookSoon()
				return fn(L)
			}})
		}
	}
	return list
})

// libraryNames are those by which require finds a library.
var libraryNames = []string{"string", "table", "math", "os", "utf8", "coroutine"}

func (v *vm) openLibraries() {
	v.values.Init(v.L, v)
	globals := v.L.G.Global
	globals.RawSetString("_G", globals)
	globals.RawSetString("_VERSION", glua.LString("Lua 5.1"))
	globals.RawSetString("pcall", stack.PCallFunction)
	globals.RawSetString("xpcall", stack.XPCallFunction)
	for _, lib := range libraries() {
		if lib.Name == "" {
			for i, f := range lib.Funcs {
				globals.RawSetString(f.Name, lib.objects[i])
			}
			continue
		}
		t := v.values.NewModule(lib)
		globals.RawSetString(lib.Name, t)
		v.modules[lib.Name] = t
		if lib.Name == "string" {
			// Strings can be used as objects: s:upper().
			mt := v.L.CreateTable(0, 1)
			mt.RawSetString("__index", t)
			v.L.SetMetatable(glua.LString(""), mt)
		}
	}
}

// ownFuncs are the global functions that this package has beside those of the standard libraries.
func ownFuncs() []stdlib.Func {
	return []stdlib.Func{
		{Name: "fetch", Fn: libFetch},
		{Name: "getmetatable", Fn: baseGetMetatable},
		{Name: "inspect", Fn: baseInspect},
		{Name: "load", Fn: baseLoad},
		{Name: "loadstring", Fn: baseLoadString},
		{Name: "map", Fn: libMap},
		{Name: "parallel", Fn: libParallel},
		{Name: "print", Fn: basePrint},
		{Name: "require", Fn: baseRequire},
		{Name: "retry", Fn: libRetry},
	}
}

func baseGetMetatable(L *glua.LState) int {
	value := L.CheckAny(1)
	mt := L.GetMetatable(value)
	if vmOf(L).values.Hidden(mt) {
		mt = glua.LNil
	}
	L.Push(mt)
	return 1
}

func baseInspect(L *glua.LState) int {
	L.Push(glua.LString(vmOf(L).values.Inspect(L.CheckAny(1))))
	return 1
}

// basePrint writes one line. Each call is a single write, so that the lines of tasks do not mix.
func basePrint(L *glua.LState) int {
	v := vmOf(L)
	var line strings.Builder
	for i := 1; i <= L.GetTop(); i++ {
		if i > 1 {
			line.WriteByte('\t')
		}
		line.WriteString(stdlib.ToText(L, L.Get(i)))
	}
	line.WriteByte('\n')
	if v.cfg.Stdout == nil {
		return 0
	}
	if _, err := v.cfg.Stdout.Write([]byte(line.String())); err != nil {
		v.raise(L, fmt.Errorf("print: %w", err))
	}
	return 0
}

// Values implements value.Thread.
func (t *thread) Values() *value.Values { return &t.vm.values }

// Fill implements stdlib.Thread.
func (t *thread) Fill(table *glua.LTable) { t.vm.values.Fill(table) }

// CheckStopped implements stdlib.Thread.
func (t *thread) CheckStopped(L *glua.LState) { t.vm.stopIfHalted(L) }

// Now implements stdlib.Thread.
func (t *thread) Now() time.Time { return t.vm.now() }

// Started implements stdlib.Thread.
func (t *thread) Started() time.Time { return t.vm.started }

// Random implements stdlib.Thread.
func (t *thread) Random() *rand.Rand {
	v := t.vm
	if v.random == nil {
		v.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return v.random
}

// SetRandom implements stdlib.Thread.
func (t *thread) SetRandom(random *rand.Rand) { t.vm.random = random }

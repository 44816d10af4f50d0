package lua

import (
	"math/rand/v2"
	"sync"

	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	glua "github.com/yuin/gopher-lua"
)

// libraryFunc is a function of a library. Functions find their VM through the calling thread, so all VMs share them.
type libraryFunc struct {
	name string
	fn   glua.LGFunction
}

// library is a table of functions and values. It is a lazy module, so that a VM costs little before it runs.
type library struct {
	name    string
	funcs   []libraryFunc
	objects []*glua.LFunction // of funcs; all VMs share them, since gopher-lua refuses to change a Go function's environment
	values  []libraryValue
}

type libraryValue struct {
	name  string
	value glua.LValue
}

func (lib *library) member(_ *vm, name string) glua.LValue {
	for i, f := range lib.funcs {
		if f.name == name {
			return lib.objects[i]
		}
	}
	for _, c := range lib.values {
		if c.name == name {
			return c.value
		}
	}
	return glua.LNil
}

func (lib *library) names(*vm) []string {
	list := make([]string, 0, len(lib.funcs)+len(lib.values))
	for _, f := range lib.funcs {
		list = append(list, f.name)
	}
	for _, c := range lib.values {
		list = append(list, c.name)
	}
	return list
}

// libraries are what scripts find, apart from host modules; the base library, whose functions are globals, comes first. What
// reaches outside the script is left out: io, debug, package, dofile, loadfile, newproxy, most of os.
var libraries = sync.OnceValue(func() []*library {
	list := []*library{
		{name: "", funcs: baseFuncs()},
		{name: "string", funcs: stringFuncs()},
		{name: "table", funcs: tableFuncs()},
		{name: "math", funcs: mathFuncs(), values: mathValues()},
		{name: "os", funcs: osFuncs()},
		{name: "utf8", funcs: utf8Funcs(), values: utf8Values()},
		{name: "coroutine", funcs: coroutineFuncs()},
	}
	for _, lib := range list {
		for _, f := range lib.funcs {
			fn := f.fn
			lib.objects = append(lib.objects, &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
				threadOf(L).lookSoon()
				return fn(L)
			}})
		}
	}
	return list
})

// isLibrary tells whether require answers a library by this name.
func isLibrary(name string) bool {
	switch name {
	case "string", "table", "math", "os", "utf8", "coroutine":
		return true
	}
	return false
}

// Functions that Go code refers to. They hold no state of a VM, so all VMs share them.
var (
	nextFn, ipairsStepFn                         *glua.LFunction
	objectIndexFn, moduleIndexFn, lazyNewIndexFn *glua.LFunction
)

func init() {
	shared := func(fn glua.LGFunction) *glua.LFunction { return &glua.LFunction{IsG: true, GFunction: fn} }
	nextFn, ipairsStepFn = shared(baseNext), shared(ipairsStep)
	objectIndexFn, moduleIndexFn, lazyNewIndexFn = shared(objectIndex), shared(moduleIndex), shared(lazyNewIndex)
}

func (v *vm) openLibraries() {
	v.makeMetatables()
	globals := v.L.G.Global
	globals.RawSetString("_G", globals)
	globals.RawSetString("_VERSION", glua.LString("Lua 5.1"))
	globals.RawSetString("pcall", stack.PCallFunction)
	globals.RawSetString("xpcall", stack.XPCallFunction)
	for _, lib := range libraries() {
		if lib.name == "" {
			for i, f := range lib.funcs {
				globals.RawSetString(f.name, lib.objects[i])
			}
			continue
		}
		t := &v.newLazyModule(lib).LTable
		globals.RawSetString(lib.name, t)
		v.modules[lib.name] = t
		if lib.name == "string" {
			// Strings can be used as objects: s:upper().
			mt := v.L.CreateTable(0, 1)
			mt.RawSetString("__index", t)
			v.L.SetMetatable(glua.LString(""), mt)
		}
	}
}

// rng is the VM's source of random numbers.
func (v *vm) rng() *rand.Rand {
	if v.random == nil {
		v.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return v.random
}

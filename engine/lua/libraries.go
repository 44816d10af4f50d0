package lua

import (
	"math/rand/v2"
	"sync"

	glua "github.com/yuin/gopher-lua"
)

// libraryFunc is a function of a library. Functions find their VM through the calling thread, so all VMs share them.
type libraryFunc struct {
	name string
	fn   glua.LGFunction
}

// library is a table of functions; the base library has no name.
type library struct {
	name  string
	funcs []libraryFunc
	// more adds what is not a function, or a function under a second name.
	more func(v *vm, t *glua.LTable)
}

// libraries are what scripts find, apart from host modules. What reaches outside the script is left out: io, debug, package,
// dofile, loadfile, newproxy, most of os.
func libraries() []library {
	return []library{
		{"", baseFuncs(), baseMore},
		{"string", stringFuncs(), stringMore},
		{"table", tableFuncs(), nil},
		{"math", mathFuncs(), mathMore},
		{"os", osFuncs(), nil},
		{"utf8", utf8Funcs(), utf8More},
		{"coroutine", coroutineFuncs(), nil},
	}
}

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
	pcallFn, xpcallFn, onErrorFn                 *glua.LFunction
	nextFn, ipairsStepFn                         *glua.LFunction
	objectIndexFn, moduleIndexFn, lazyNewIndexFn *glua.LFunction
)

func init() {
	shared := func(fn glua.LGFunction) *glua.LFunction { return &glua.LFunction{IsG: true, GFunction: fn} }
	pcallFn, xpcallFn, onErrorFn = shared(basePCall), shared(baseXPCall), shared(onError)
	nextFn, ipairsStepFn = shared(baseNext), shared(ipairsStep)
	objectIndexFn, moduleIndexFn, lazyNewIndexFn = shared(objectIndex), shared(moduleIndex), shared(lazyNewIndex)
}

// functionObjects are the Lua functions of the libraries. They hold no state of a VM: gopher-lua refuses to change the
// environment of a Go function.
var functionObjects = sync.OnceValue(func() [][]*glua.LFunction {
	libs := libraries()
	objects := make([][]*glua.LFunction, len(libs))
	for i, lib := range libs {
		objects[i] = make([]*glua.LFunction, len(lib.funcs))
		for j, f := range lib.funcs {
			objects[i][j] = &glua.LFunction{IsG: true, GFunction: f.fn}
		}
	}
	return objects
})

func (v *vm) openLibraries() {
	v.makeMetatables()
	objects := functionObjects()
	for i, lib := range libraries() {
		t := v.L.G.Global
		if lib.name != "" {
			t = v.L.CreateTable(0, len(lib.funcs))
			v.L.G.Global.RawSetString(lib.name, t)
			v.modules[lib.name] = t
		}
		for j, f := range lib.funcs {
			t.RawSetString(f.name, objects[i][j])
		}
		if lib.more != nil {
			lib.more(v, t)
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

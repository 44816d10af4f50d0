package js

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/builtins"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/intl"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/engine/js/internal/web"
	"github.com/crisphost/crisphost/internal/words"
)

// globals is the prototype of the global object: a lookup of a name that the script has not defined arrives here, and its
// value is made at that moment. A VM therefore starts with nothing built.
type globals struct {
	vm *vm
	// modules and constants are found by the names that scripts use.
	modules   map[string]*engine.Module
	constants map[string]any
	// building guards against a name whose value needs itself.
	building string
}

// installGlobals puts the lazy names behind the global object.
func (v *vm) installGlobals() {
	g := &v.globals
	g.vm = v
	g.modules = make(map[string]*engine.Module, len(v.cfg.Modules))
	for _, m := range v.cfg.Modules {
		g.modules[words.Camel(m.Name)] = m
	}
	if len(v.cfg.Globals) > 0 {
		g.constants = make(map[string]any, len(v.cfg.Globals))
		for _, c := range v.cfg.Globals {
			g.constants[c.Name] = c.Value
		}
	}
	lazy := v.rt.NewDynamicObject(g)
	if err := v.rt.GlobalObject().SetPrototype(lazy); err != nil {
		panic(err) // a fresh global object accepts any prototype
	}
}

// Get implements goja.DynamicObject. The value becomes an ordinary property of the global object.
func (g *globals) Get(name string) goja.Value {
	if g.building == name {
		return nil
	}
	outer := g.building
	g.building = name
	defer func() { g.building = outer }()
	value := g.vm.makeGlobal(name)
	if value != nil {
		_ = g.vm.rt.GlobalObject().DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return value
}

// Set implements goja.DynamicObject: assignments go to the global object itself.
func (g *globals) Set(name string, value goja.Value) bool {
	return g.vm.rt.GlobalObject().DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE) == nil
}

// Has implements goja.DynamicObject.
func (g *globals) Has(name string) bool { return g.Get(name) != nil }

// Delete implements goja.DynamicObject.
func (g *globals) Delete(string) bool { return true }

// Keys implements goja.DynamicObject. The lazy names are not enumerable, like the built-in ones.
func (g *globals) Keys() []string { return nil }

// makeGlobal builds the value of a global name, or returns nil when there is none. The host's names come first.
func (v *vm) makeGlobal(name string) goja.Value {
	if m, ok := v.globals.modules[name]; ok {
		if name == "crypto" {
			return web.AddCrypto(host{v}, v.moduleObject(m))
		}
		return v.moduleObject(m)
	}
	if value, ok := v.globals.constants[name]; ok {
		return v.constant(name, value)
	}
	if class, ok := v.hostErrorClass(name); ok {
		return class
	}
	if guard, ok := strings.CutPrefix(name, syntax.GuardPrefix); ok {
		if guard == "stack" {
			return objects.NewFunction(v.rt, guard, v.readStack)
		}
		return v.additions.Guard(guard)
	}
	switch name {
	case "self":
		return v.rt.GlobalObject()
	case "console":
		return v.console.NewObject()
	case "require":
		return objects.NewFunction(v.rt, name, v.loadModule)
	case "setTimeout":
		return objects.NewFunction(v.rt, name, loop.TimerFunction(v.rt, name, true, false, v.timers))
	case "setInterval":
		return objects.NewFunction(v.rt, name, loop.TimerFunction(v.rt, name, true, true, v.timers))
	case "setImmediate":
		return objects.NewFunction(v.rt, name, loop.TimerFunction(v.rt, name, false, false, v.timers))
	case "clearTimeout", "clearInterval", "clearImmediate":
		return objects.NewFunction(v.rt, name, loop.ClearFunction(v.timers))
	case "queueMicrotask":
		return objects.NewFunction(v.rt, name, func(call goja.FunctionCall) goja.Value { return loop.QueueMicrotask(v.rt, call) })
	case "Iterator":
		return builtins.Iterator(v.rt)
	case "Intl":
		return intl.New(v.rt, v.cfg.Now)
	case "map", "parallel", "retry":
		return builtins.Polyfill(v.rt, name)
	}
	return web.Global(host{v}, name)
}

// timers are those of the run in progress.
func (v *vm) timers() *loop.Timers { return &v.run.timers }

// entryMeta is the value of import.meta in an entry of a session.
func (v *vm) entryMeta(p *bundle.Program) goja.Value {
	meta := v.rt.NewObject()
	_ = meta.Set("filename", p.Name())
	return meta
}

// importMeta returns the function that makes import.meta of a file, of its path.
func (v *vm) importMeta() goja.Value {
	made := make(map[string]goja.Value)
	return objects.NewFunction(v.rt, "import.meta", func(call goja.FunctionCall) goja.Value {
		path := call.Argument(0).String()
		if made[path] == nil {
			meta := v.rt.NewObject()
			_ = meta.Set("dirname", filepath.Dir(path))
			_ = meta.Set("filename", path)
			_ = meta.Set("url", (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String())
			made[path] = meta
		}
		return made[path]
	})
}

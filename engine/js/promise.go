package js

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// promiseGuard stands between the promises of a call and Promise.prototype. It answers a script that takes such a
// promise for its result, which would only see undefined, with an error that says what to write.
type promiseGuard struct {
	vm *vm
	// call is how a script writes the call, or empty for promises of any kind.
	call string
}

// guarded returns the object of a promise that a call of the host gave, with the prototype that promises of this call
// share.
func (v *vm) guarded(promise *goja.Promise, prototype *goja.Object) *goja.Object {
	object := v.rt.ToValue(promise).(*goja.Object)
	if err := object.SetPrototype(prototype); err != nil {
		panic(err) // a fresh promise accepts any prototype
	}
	return object
}

// promisePrototype makes the prototype of the promises of a call.
func (v *vm) promisePrototype(call string) *goja.Object {
	g := &promiseGuard{v, call}
	names := v.rt.NewDynamicObject(g)
	// Objects of this kind have no symbols, so another one stands before it. It has what each await looks for, too.
	symbols := v.rt.NewObject()
	promise := v.rt.Get("Promise").(*goja.Object)
	if err := names.SetPrototype(v.promisePrototypeItself()); err != nil {
		panic(err) // a dynamic object accepts any prototype
	}
	_ = symbols.DefineDataProperty("constructor", promise, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if err := symbols.SetPrototype(names); err != nil {
		panic(err)
	}
	refuse := func(symbol *goja.Symbol, problem string) {
		getter := v.rt.ToValue(func(goja.FunctionCall) goja.Value {
			g.refuse(problem + "write await " + call)
			return goja.Undefined()
		})
		_ = symbols.DefineAccessorPropertySymbol(symbol, getter, nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	refuse(goja.SymIterator, "which has no items: ")
	refuse(goja.SymToPrimitive, "which is no text and no number: ")
	return symbols
}

// promises is the prototype of the promises of a host function.
func (f *hostFunc) promises(v *vm) *goja.Object {
	if f.prototype == nil {
		f.prototype = v.promisePrototype(callText(f.path, f.Function))
	}
	return f.prototype
}

// promisesOf is the prototype of the promises of a call that belongs to no host function.
func (v *vm) promisesOf(call string) *goja.Object {
	prototype := v.promises[call]
	if prototype == nil {
		prototype = v.promisePrototype(call)
		if v.promises == nil {
			v.promises = make(map[string]*goja.Object)
		}
		v.promises[call] = prototype
	}
	return prototype
}

// callText is a call of a function as messages write it.
func callText(path string, f *engine.Function) string {
	for _, p := range f.Params {
		if p.Required {
			return path + "(...)"
		}
	}
	return path + "()"
}

// Get implements goja.DynamicObject. What promises have themselves comes from Promise.prototype.
func (g *promiseGuard) Get(name string) goja.Value {
	switch name {
	case "constructor", "then", "catch", "finally":
		return nil
	}
	if isProbe(name) || g.has(name) {
		return nil
	}
	member := "." + name
	if _, err := strconv.ParseUint(name, 10, 32); err == nil {
		member = "[" + name + "]"
	} else if !objects.IsIdentifier(name) {
		member = "[" + strconv.Quote(name) + "]"
	}
	if g.call == "" {
		panic(g.vm.rt.NewTypeError("this is a promise: make the function around it async and write (await ...)%s", member))
	}
	g.refuse("write (await " + g.call + ")" + member)
	return nil
}

// has reports whether all promises have a member, as those of Object.prototype and those that a script added.
func (g *promiseGuard) has(name string) bool {
	prototype := g.vm.promisePrototypeItself()
	return slices.Contains(prototype.GetOwnPropertyNames(), name) || g.vm.rt.Get("Object").(*goja.Object).Get("prototype").(*goja.Object).Get(name) != nil
}

func (v *vm) promisePrototypeItself() *goja.Object {
	return v.rt.Get("Promise").(*goja.Object).Get("prototype").(*goja.Object)
}

// guardAll puts a guard behind the promises of scripts themselves. In a session their functions need no await for calls of the host, so
// that theirs is easily forgotten.
func (v *vm) guardAll() {
	guard := v.rt.NewDynamicObject(&promiseGuard{vm: v})
	prototype := v.promisePrototypeItself()
	if err := errors.Join(guard.SetPrototype(prototype.Prototype()), prototype.SetPrototype(guard)); err != nil {
		panic(err) // a fresh runtime's prototypes accept any
	}
}

// isProbe tells the names that are looked for in values of any kind: by the language, by consoles, and by libraries.
func isProbe(name string) bool {
	switch name {
	case "undefined": // what code finds that looks for a symbol which goja lacks
		return true
	case "toJSON", "inspect", "nodeType", "tagName", "$$typeof", "asymmetricMatch", "prototype", "callee", "window", "jquery":
		return true
	}
	return strings.HasPrefix(name, "@@") || strings.HasPrefix(name, "_")
}

// refuse throws the hint at the user's code. Code of packages may look whether a value that it was given is an array or
// a promise.
func (g *promiseGuard) refuse(hint string) {
	if g.inPackage() {
		return
	}
	panic(g.vm.rt.NewTypeError("%s gives a promise%s%s", g.call, separator(hint), hint))
}

// separator joins a hint that is a clause, or one that says what to write.
func separator(hint string) string {
	if strings.HasPrefix(hint, "which ") {
		return ", "
	}
	return ": "
}

// inPackage reports whether the code that runs is that of a package.
func (g *promiseGuard) inPackage() bool {
	r := g.vm.run
	if r == nil {
		return false
	}
	for _, frame := range g.vm.rt.CaptureCallStack(objects.CallFrames, nil) {
		if file := frame.Position().Filename; bundle.IsPackage(file) {
			return true
		} else if r.program.Sources[file] != nil {
			return false
		}
	}
	return false
}

// The guard has no members, so that promises can be given some.

func (*promiseGuard) Set(string, goja.Value) bool { return false }
func (*promiseGuard) Has(string) bool             { return false }
func (*promiseGuard) Delete(string) bool          { return true }
func (*promiseGuard) Keys() []string              { return nil }

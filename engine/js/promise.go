package js

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

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
	// prototype is Promise.prototype, and object is Object.prototype.
	prototype, object *goja.Object
}

func (v *vm) newPromiseGuard(call string) *promiseGuard {
	promise, _, _ := v.rt.NewPromise()
	return &promiseGuard{v, call, v.rt.ToValue(promise).(*goja.Object).Prototype(), v.rt.NewObject().Prototype()}
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
	g := v.newPromiseGuard(call)
	names := v.rt.NewDynamicObject(g)
	// Objects of this kind have no symbols, so another one stands before it. It has what each await looks for, too.
	symbols := v.rt.NewObject()
	_ = symbols.DefineDataProperty("constructor", g.prototype.Get("constructor"), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if err := errors.Join(names.SetPrototype(g.prototype), symbols.SetPrototype(names)); err != nil {
		panic(err) // fresh objects accept any prototype
	}
	refuse := func(symbol *goja.Symbol, problem string) {
		getter := v.rt.ToValue(func(goja.FunctionCall) goja.Value {
			g.refuse("%[1]s gives a promise, which %[2]s: write await %[1]s", call, problem)
			return goja.Undefined()
		})
		_ = symbols.DefineAccessorPropertySymbol(symbol, getter, nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	refuse(goja.SymIterator, "has no items")
	refuse(goja.SymToPrimitive, "is no text and no number")
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
	case "toJSON": // JSON.stringify looks for it
		return nil
	case "undefined": // what code looks for by a symbol that goja lacks
		return nil
	}
	if g.has(name) {
		return nil
	}
	member := "." + name
	if _, err := strconv.ParseUint(name, 10, 32); err == nil {
		member = "[" + name + "]"
	} else if !objects.IsIdentifier(name) {
		member = "[" + strconv.Quote(name) + "]"
	}
	if g.call == "" {
		g.refuse("this is a promise: make the function around it async and write (await ...)%s", member)
	} else {
		g.refuse("%[1]s gives a promise: write (await %[1]s)%[2]s", g.call, member)
	}
	return nil
}

// has reports whether all promises have a member, as those of Object.prototype and those that a script added.
func (g *promiseGuard) has(name string) bool {
	return slices.Contains(g.prototype.GetOwnPropertyNames(), name) || g.object.Get(name) != nil
}

// guardAll puts a guard behind the promises of scripts themselves. In a session their functions need no await for calls
// of the host, so that theirs is easily forgotten.
func (v *vm) guardAll() {
	g := v.newPromiseGuard("")
	guard := v.rt.NewDynamicObject(g)
	if err := errors.Join(guard.SetPrototype(g.object), g.prototype.SetPrototype(guard)); err != nil {
		panic(err) // a fresh runtime's prototypes accept any
	}
}

// refuse throws an error at the user's code. Code of packages may look whether a value that it was given is an array or
// a promise.
func (g *promiseGuard) refuse(format string, args ...any) {
	if !g.inPackage() {
		panic(g.vm.rt.NewTypeError("%s", fmt.Sprintf(format, args...)))
	}
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

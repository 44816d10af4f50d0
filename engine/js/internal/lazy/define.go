package lazy

import (
	"slices"

	"github.com/dop251/goja"
)

// goja's dynamic objects take no symbols and no accessors, and all of their properties are enumerable. So where a program may define
// such properties, the functions that do keep them here for views: symbols in a prototype of the view's own, everything else in
// its descriptors.

// descriptor is what a property of a view has besides its value.
type descriptor struct {
	hidden, readOnly bool
	accessor         bool
	get, set         goja.Value
}

// extras are what a view has beyond members with values.
type extras struct {
	object *goja.Object // the view
	// symbols is the prototype that has the view's symbols, or nil.
	symbols *goja.Object
	members map[string]*descriptor
}

func (o *View) extrasOf(object *goja.Object) *extras {
	if o.extras == nil {
		o.extras = &extras{object: object, members: make(map[string]*descriptor)}
	}
	return o.extras
}

// described returns the descriptor of a member, or nil of one that is like any other.
func (o *View) described(key string) *descriptor {
	if o.extras == nil {
		return nil
	}
	return o.extras.members[key]
}

// accessed calls a function of an accessor.
func (o *View) accessed(function goja.Value, args ...goja.Value) goja.Value {
	f, ok := goja.AssertFunction(function)
	if !ok {
		return goja.Undefined()
	}
	value, err := f(o.extras.object, args...)
	if err != nil {
		panic(err)
	}
	return value
}

// shown leaves out the members that are not enumerable.
func (o *View) shown(keys []string) []string {
	if o.extras == nil {
		return keys
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return o.extras.members[key] != nil })
	for key, d := range o.extras.members {
		if !d.hidden {
			keys = append(keys, key)
		}
	}
	return keys
}

// SymbolsOf returns the object that has a view's symbols.
func SymbolsOf(rt *goja.Runtime, object *goja.Object) *goja.Object {
	x := object.Export().(*View).extrasOf(object)
	if x.symbols == nil {
		x.symbols = rt.CreateObject(object.Prototype())
		_ = object.SetPrototype(x.symbols)
	}
	return x.symbols
}

// MakeDefinable replaces the functions that define properties and look at what was defined, for views.
func MakeDefinable(rt *goja.Runtime) {
	object := rt.Get("Object").(*goja.Object)
	define, _ := goja.AssertFunction(object.Get("defineProperty"))
	one := func(view *View, target *goja.Object, key, descr goja.Value) {
		if symbol, ok := key.(*goja.Symbol); ok {
			if _, err := define(object, SymbolsOf(rt, target), symbol, descr); err != nil {
				panic(err)
			}
			return
		}
		from, ok := descr.(*goja.Object)
		if !ok {
			panic(rt.NewTypeError("Property description must be an object: %s", descr))
		}
		view.define(rt, target, key.String(), from)
	}
	for _, class := range []string{"Object", "Reflect"} {
		replaceForViews(rt, class, "defineProperty", func(view lockable, target *goja.Object, args []goja.Value) goja.Value {
			v, ok := view.(*View)
			if !ok || len(args) < 3 {
				return nil
			}
			one(v, target, args[1], args[2])
			if class == "Reflect" {
				return rt.ToValue(true)
			}
			return target
		})
	}
	replaceForViews(rt, "Object", "defineProperties", func(view lockable, target *goja.Object, args []goja.Value) goja.Value {
		v, isView := view.(*View)
		if !isView || len(args) < 2 {
			return nil
		}
		list := args[1].ToObject(rt)
		for _, key := range list.Keys() {
			one(v, target, rt.ToValue(key), list.Get(key))
		}
		return target
	})
	replaceForViews(rt, "Object", "getOwnPropertySymbols", func(view lockable, _ *goja.Object, _ []goja.Value) goja.Value {
		v, ok := view.(*View)
		if !ok || v.extras == nil || v.extras.symbols == nil {
			return nil
		}
		var symbols []any
		for _, symbol := range v.extras.symbols.Symbols() {
			symbols = append(symbols, symbol)
		}
		return rt.NewArray(symbols...)
	})
	for _, class := range []string{"Object", "Reflect"} {
		replaceForViews(rt, class, "getOwnPropertyDescriptor", func(view lockable, target *goja.Object, args []goja.Value) goja.Value {
			v, ok := view.(*View)
			if !ok || len(args) < 2 {
				return nil
			}
			if d := v.described(args[1].String()); d != nil {
				return d.show(rt, target, args[1].String())
			}
			return nil
		})
	}
}

// show makes the object that describes a property.
func (d *descriptor) show(rt *goja.Runtime, object *goja.Object, key string) goja.Value {
	shown := rt.NewObject()
	if d.accessor {
		_ = shown.Set("get", d.get)
		_ = shown.Set("set", d.set)
	} else {
		_ = shown.Set("value", object.Get(key))
		_ = shown.Set("writable", !d.readOnly)
	}
	_ = shown.Set("enumerable", !d.hidden)
	_ = shown.Set("configurable", true)
	return shown
}

// define is Object.defineProperty. All properties stay configurable.
func (o *View) define(rt *goja.Runtime, object *goja.Object, key string, from *goja.Object) {
	o.materialize()
	has := o.Has(key)
	if !o.lock.takes(has) {
		panic(rt.NewTypeError("Cannot define property %s, object is not extensible", key))
	}
	d := &descriptor{hidden: !has, readOnly: !has}
	if known := o.described(key); known != nil {
		*d = *known
	}
	given := func(name string) (goja.Value, bool) {
		value := from.Get(name)
		return value, value != nil
	}
	if enumerable, ok := given("enumerable"); ok {
		d.hidden = !enumerable.ToBoolean()
	}
	get, hasGet := given("get")
	set, hasSet := given("set")
	value, hasValue := given("value")
	writable, hasWritable := given("writable")
	switch {
	case (hasGet || hasSet) && (hasValue || hasWritable):
		panic(rt.NewTypeError("Invalid property descriptor. Cannot both specify accessors and a value or writable attribute"))
	case hasGet || hasSet:
		if !d.accessor {
			d.accessor, d.get, d.set = true, goja.Undefined(), goja.Undefined()
		}
		if hasGet {
			d.get = get
		}
		if hasSet {
			d.set = set
		}
	default:
		if hasWritable {
			d.readOnly = !writable.ToBoolean()
		}
		if d.accessor && (hasValue || hasWritable) {
			d.accessor, d.readOnly = false, !hasWritable || d.readOnly
		}
		if !d.accessor && (hasValue || !has) {
			if !hasValue {
				value = goja.Undefined()
			}
			_ = o.own.Set(key, value)
		}
	}
	members := o.extrasOf(object).members
	if d.accessor {
		_ = o.own.Delete(key)
	}
	if d.accessor || d.hidden || d.readOnly {
		members[key] = d
	} else {
		delete(members, key)
	}
}

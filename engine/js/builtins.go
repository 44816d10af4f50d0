package js

import (
	"bytes"
	"fmt"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// maxString bounds the strings that one call of repeat, padStart or padEnd makes, in UTF-16 units: such a call cannot be
// interrupted.
const maxString = 1 << 26

// builtin is an addition to goja's own objects. To complete these objects costs a VM more memory than all else that it
// starts with, so an addition is made when a program whose text has one of the words runs.
type builtin struct {
	words   []string
	install func(v *vm)
	// needed, if set, finds the need in place of the words.
	needed func(code []byte) bool
}

// builtins lists the additions. A program's needs are bits in its order.
func builtins() []builtin {
	return []builtin{
		{words: []string{"asyncIterator"}, install: func(v *vm) { objects.WellKnownSymbol(v.rt, "asyncIterator") }},
		{words: []string{"ispose"}, install: func(v *vm) { objects.WellKnownSymbol(v.rt, "dispose"); objects.WellKnownSymbol(v.rt, "asyncDispose") }},
		{words: []string{"groupBy"}, install: func(v *vm) {
			v.addMethod("Object", "groupBy", v.objectGroupBy)
			v.addMethod("Map", "groupBy", v.mapGroupBy)
		}},
		{words: []string{"withResolvers"}, install: func(v *vm) { v.addMethod("Promise", "withResolvers", v.promiseWithResolvers) }},
		{words: []string{"fromAsync"}, install: func(v *vm) { v.addMethod("Array", "fromAsync", v.arrayFromAsync) }},
		{words: []string{"JSON"}, install: (*vm).boundParse},
		{words: []string{"repeat"}, install: func(v *vm) { v.boundString("repeat") }},
		{words: []string{"padStart"}, install: func(v *vm) { v.boundString("padStart") }},
		{words: []string{"padEnd"}, install: func(v *vm) { v.boundString("padEnd") }},
		{words: []string{".test(", ".match(", ".matchAll(", ".replace(", ".replaceAll(", ".search(", ".split("}, install: (*vm).timeMatches},
		{words: []string{".exec(", ".matchAll("}, install: (*vm).timeExec},
		{words: []string{"yield"}, install: (*vm).boundDelegation},
		{words: []string{"freeze", "seal", "preventExtensions", "isFrozen", "isSealed", "isExtensible"}, install: func(v *vm) { lazy.MakeLockable(v.rt) }},
		{words: []string{"Buffer", "Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64", "BigInt64", "BigUint64"}, install: (*vm).boundBuffers},
		{words: []string{"Function("}, install: (*vm).boundFunctions},
		{words: []string{"fill"}, install: (*vm).boundFill},
		{words: []string{"join"}, install: (*vm).boundJoin},
		{words: []string{"flat("}, install: (*vm).boundFlat},
		{needed: makesArrays, install: (*vm).boundArrays},
	}
}

// neededBuiltins finds what a program needs by the words in its text.
func neededBuiltins(code []byte) (needs uint) {
	for i, addition := range builtins() {
		for _, word := range addition.words {
			if bytes.Contains(code, []byte(word)) {
				needs |= 1 << i
			}
		}
		if addition.needed != nil && addition.needed(code) {
			needs |= 1 << i
		}
	}
	return needs
}

// installBuiltins makes the additions that a program needs and earlier ones did not.
func (v *vm) installBuiltins(needs uint) {
	needs &^= v.builtins
	if needs == 0 {
		return
	}
	v.builtins |= needs
	for i, addition := range builtins() {
		if needs&(1<<i) != 0 {
			addition.install(v)
		}
	}
}

// addMethod gives a built-in class a static method that goja lacks.
func (v *vm) addMethod(class, name string, f func(goja.FunctionCall) goja.Value) {
	object := v.rt.Get(class).(*goja.Object)
	if !objects.IsNullish(object.Get(name)) {
		return
	}
	_ = object.DefineDataProperty(name, objects.NewFunction(v.rt, name, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// groups calls fn for each item and gathers the items by its answer, in order of appearance.
func (v *vm) groups(name string, call goja.FunctionCall, key func(goja.Value) goja.Value, add func(key goja.Value, items []any)) {
	fn, ok := goja.AssertFunction(call.Argument(1))
	if !ok {
		panic(v.rt.NewTypeError(name + ": argument 2 must be a function"))
	}
	type group struct {
		key   goja.Value
		items []any
	}
	var order []*group
	byKey := make(map[any]*group)
	index := 0
	v.rt.ForOf(call.Argument(0), func(item goja.Value) bool {
		answer, err := fn(goja.Undefined(), item, v.rt.ToValue(index))
		if err != nil {
			panic(err)
		}
		index++
		answer = key(answer)
		g := byKey[groupKey(answer)]
		if g == nil {
			g = &group{key: answer}
			byKey[groupKey(answer)] = g
			order = append(order, g)
		}
		g.items = append(g.items, item)
		return true
	})
	for _, g := range order {
		add(g.key, g.items)
	}
}

// groupKey is a Go value that is equal for equal keys: objects by identity, others by type and value.
func groupKey(value goja.Value) any {
	switch value.(type) {
	case *goja.Object, *goja.Symbol:
		return value
	}
	return fmt.Sprintf("%T:%s", value.Export(), value)
}

func (v *vm) objectGroupBy(call goja.FunctionCall) goja.Value {
	result := v.rt.CreateObject(nil)
	toKey := func(key goja.Value) goja.Value {
		if _, ok := key.(*goja.Symbol); ok {
			return key
		}
		return key.ToString()
	}
	v.groups("Object.groupBy", call, toKey, func(key goja.Value, items []any) {
		if symbol, ok := key.(*goja.Symbol); ok {
			_ = result.SetSymbol(symbol, v.rt.NewArray(items...))
			return
		}
		_ = result.Set(key.String(), v.rt.NewArray(items...))
	})
	return result
}

func (v *vm) mapGroupBy(call goja.FunctionCall) goja.Value {
	result, err := v.rt.New(v.rt.Get("Map"))
	if err != nil {
		panic(err)
	}
	set, _ := goja.AssertFunction(result.Get("set"))
	v.groups("Map.groupBy", call, func(key goja.Value) goja.Value { return key }, func(key goja.Value, items []any) {
		if _, err := set(result, key, v.rt.NewArray(items...)); err != nil {
			panic(err)
		}
	})
	return result
}

func (v *vm) promiseWithResolvers(goja.FunctionCall) goja.Value {
	promise, resolve, reject := v.rt.NewPromise()
	settle := func(settle func(any) error) goja.Value {
		return v.rt.ToValue(func(call goja.FunctionCall) goja.Value {
			if err := settle(call.Argument(0)); err != nil {
				panic(err)
			}
			return goja.Undefined()
		})
	}
	result := v.rt.NewObject()
	_ = result.Set("promise", promise)
	_ = result.Set("resolve", settle(resolve))
	_ = result.Set("reject", settle(reject))
	return result
}

func (v *vm) arrayFromAsync(call goja.FunctionCall) goja.Value {
	f, _ := goja.AssertFunction(v.polyfill("fromAsync"))
	promise, err := f(call.This, call.Arguments...)
	if err != nil {
		panic(err)
	}
	return promise
}

// boundString replaces a method that makes a long string from two short arguments.
func (v *vm) boundString(name string) {
	proto := v.rt.Get("String").(*goja.Object).Get("prototype").(*goja.Object)
	original, _ := goja.AssertFunction(proto.Get(name))
	bounded := objects.NewFunction(v.rt, name, func(call goja.FunctionCall) goja.Value {
		size := call.Argument(0).ToFloat()
		if text, ok := call.This.(goja.String); ok && name == "repeat" {
			size *= float64(text.Length())
		}
		if size > maxString {
			panic(objects.NewError(v.rt, "RangeError", fmt.Sprintf("String.prototype.%s: the string would be longer than %d characters", name, maxString)))
		}
		value, err := original(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return value
	})
	_ = proto.DefineDataProperty(name, bounded, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// boundParse replaces JSON.parse, which descends into what it reads, by one that measures the text before.
func (v *vm) boundParse() {
	object := v.rt.Get("JSON").(*goja.Object)
	original, ok := goja.AssertFunction(object.Get("parse"))
	if !ok {
		return
	}
	bounded := objects.NewFunction(v.rt, "parse", func(call goja.FunctionCall) goja.Value {
		if text, ok := call.Argument(0).(goja.String); ok && text.Length() > syntax.MaxNesting && syntax.TooDeepJSON(text.String()) {
			panic(objects.NewError(v.rt, "SyntaxError", fmt.Sprintf("JSON.parse: the text is nested deeper than %d levels", syntax.MaxNesting)))
		}
		value, err := original(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return value
	})
	_ = object.DefineDataProperty("parse", bounded, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

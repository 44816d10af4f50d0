// Package builtins adds to goja's own objects what they lack, and bounds what one of their operations takes.
package builtins

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// maxString bounds the strings that one call of repeat, padStart or padEnd makes, in UTF-16 units: such a call cannot be
// interrupted.
const maxString = 1 << 26

// Additions are what is added to goja's own objects in one runtime.
type Additions struct {
	rt          *goja.Runtime
	memoryLimit int64
	// made are the additions made so far, as bits.
	made    uint
	regexps expressions
	capture func(goja.FunctionCall) goja.Value
}

// New returns the additions of a fresh runtime: none so far. MemoryLimit is the VM's, in bytes, or 0. Capture is
// Error.captureStackTrace.
func New(rt *goja.Runtime, memoryLimit int64, capture func(goja.FunctionCall) goja.Value) Additions {
	return Additions{rt: rt, memoryLimit: memoryLimit, capture: capture}
}

// builtin is an addition to goja's own objects. To complete these objects costs a VM more memory than all else that it
// starts with, so an addition is made when a program whose text has one of the words runs.
type builtin struct {
	words   []string
	install func(a *Additions)
	// needed, if set, finds the need in place of the words.
	needed func(code []byte) bool
	// guard marks what keeps a call from ending the process. A program that calls members by computed names gets all of them.
	guard bool
}

// builtins lists the additions. A program's needs are bits in its order.
func builtins() []builtin {
	return []builtin{
		{words: []string{"asyncIterator"}, install: func(a *Additions) { objects.WellKnownSymbol(a.rt, "asyncIterator") }},
		{words: []string{"ispose"}, install: func(a *Additions) {
			objects.WellKnownSymbol(a.rt, "dispose")
			objects.WellKnownSymbol(a.rt, "asyncDispose")
		}},
		{words: []string{"groupBy"}, install: func(a *Additions) {
			a.addMethod("Object", "groupBy", a.objectGroupBy)
			a.addMethod("Map", "groupBy", a.mapGroupBy)
		}},
		{words: []string{"withResolvers"}, install: func(a *Additions) { a.addMethod("Promise", "withResolvers", a.promiseWithResolvers) }},
		{words: []string{"fromAsync"}, install: func(a *Additions) { a.addMethod("Array", "fromAsync", a.arrayFromAsync) }},
		{words: []string{"captureStackTrace"}, install: func(a *Additions) { a.addMethod("Error", "captureStackTrace", a.capture) }},
		{words: []string{".shift(", ".unshift("}, install: (*Additions).quickQueues},
		{words: []string{"Promise.try"}, install: (*Additions).promiseTry},
		{words: []string{"WellFormed"}, install: (*Additions).wellFormed},
		{words: []string{"RegExp.escape"}, install: (*Additions).escapeRegExps},
		{needed: usesIterators, install: func(a *Additions) { Iterator(a.rt) }},
		{words: []string{"JSON"}, install: (*Additions).boundParse},
		{guard: true, words: []string{"repeat"}, install: func(a *Additions) { a.boundString("repeat") }},
		{guard: true, words: []string{"padStart"}, install: func(a *Additions) { a.boundString("padStart") }},
		{guard: true, words: []string{"padEnd"}, install: func(a *Additions) { a.boundString("padEnd") }},
		{words: []string{".test(", ".match(", ".matchAll(", ".replace(", ".replaceAll(", ".search(", ".split("}, install: (*Additions).timeMatches},
		{words: []string{"RegExp"}, install: (*Additions).translateRegExps},
		{words: []string{".matchAll("}, install: (*Additions).timeIterators},
		{words: []string{"yield"}, install: (*Additions).boundDelegation},
		{words: []string{"freeze", "seal", "preventExtensions", "isFrozen", "isSealed", "isExtensible"}, install: func(a *Additions) { lazy.MakeLockable(a.rt) }},
		{words: []string{"defineProp", "getOwnProp"}, install: func(a *Additions) { lazy.MakeDefinable(a.rt) }},
		{guard: true, words: []string{"Buffer", "Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64", "BigInt64", "BigUint64"}, install: (*Additions).boundBuffers},
		{guard: true, words: []string{"Function(", ".constructor"}, install: (*Additions).boundFunctions},
		{guard: true, words: []string{"fill"}, install: func(a *Additions) { a.boundLength("fill") }},
		{guard: true, words: []string{"sort"}, install: func(a *Additions) { a.boundLength("sort") }},
		{guard: true, words: []string{"join"}, install: (*Additions).boundJoin},
		{guard: true, words: []string{"flat("}, install: (*Additions).boundFlat},
		{guard: true, words: []string{"apply", "Reflect.construct"}, install: (*Additions).boundApply},
		{guard: true, words: []string{"BigInt"}, install: (*Additions).boundBigInts},
		{guard: true, needed: makesArrays, install: (*Additions).boundArrays},
		{words: []string{"toLocale", "localeCompare"}, install: func(a *Additions) { intl.AddMethods(a.rt) }},
	}
}

// Needed finds what a program needs by the words in its text.
func Needed(code []byte) (needs uint) {
	all := containsAny(code, computedCalls)
	for i, addition := range builtins() {
		if all && addition.guard {
			needs |= 1 << i
			continue
		}
		if containsAny(code, addition.words) {
			needs |= 1 << i
		}
		if addition.needed != nil && addition.needed(code) {
			needs |= 1 << i
		}
	}
	return needs
}

// computedCalls are parts of programs that may call built-in functions whose names are not in the text.
var computedCalls = []string{"](", "].call(", "].apply(", "].bind(", "Reflect.get", "getOwnProperty"}

func containsAny(code []byte, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return bytes.Contains(code, []byte(word)) })
}

// Install makes the additions that a program needs and earlier ones did not.
func (a *Additions) Install(needs uint) {
	needs &^= a.made
	if needs == 0 {
		return
	}
	a.made |= needs
	for i, addition := range builtins() {
		if needs&(1<<i) != 0 {
			addition.install(a)
		}
	}
}

// addMethod gives a built-in class a static method that goja lacks.
func (a *Additions) addMethod(class, name string, f func(goja.FunctionCall) goja.Value) {
	object := a.rt.Get(class).(*goja.Object)
	if !objects.IsNullish(object.Get(name)) {
		return
	}
	_ = object.DefineDataProperty(name, objects.NewFunction(a.rt, name, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// groups calls fn for each item and gathers the items by its answer, in order of appearance.
func (a *Additions) groups(name string, call goja.FunctionCall, key func(goja.Value) goja.Value, add func(key goja.Value, items []any)) {
	fn, ok := goja.AssertFunction(call.Argument(1))
	if !ok {
		panic(a.rt.NewTypeError(name + ": argument 2 must be a function"))
	}
	type group struct {
		key   goja.Value
		items []any
	}
	var order []*group
	byKey := make(map[any]*group)
	index := 0
	a.rt.ForOf(call.Argument(0), func(item goja.Value) bool {
		answer, err := fn(goja.Undefined(), item, a.rt.ToValue(index))
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

func (a *Additions) objectGroupBy(call goja.FunctionCall) goja.Value {
	result := a.rt.CreateObject(nil)
	toKey := func(key goja.Value) goja.Value {
		if _, ok := key.(*goja.Symbol); ok {
			return key
		}
		return key.ToString()
	}
	a.groups("Object.groupBy", call, toKey, func(key goja.Value, items []any) {
		if symbol, ok := key.(*goja.Symbol); ok {
			_ = result.SetSymbol(symbol, a.rt.NewArray(items...))
			return
		}
		_ = result.Set(key.String(), a.rt.NewArray(items...))
	})
	return result
}

func (a *Additions) mapGroupBy(call goja.FunctionCall) goja.Value {
	result, err := a.rt.New(a.rt.Get("Map"))
	if err != nil {
		panic(err)
	}
	set, _ := goja.AssertFunction(result.Get("set"))
	a.groups("Map.groupBy", call, func(key goja.Value) goja.Value { return key }, func(key goja.Value, items []any) {
		if _, err := set(result, key, a.rt.NewArray(items...)); err != nil {
			panic(err)
		}
	})
	return result
}

func (a *Additions) promiseWithResolvers(goja.FunctionCall) goja.Value {
	promise, resolve, reject := a.rt.NewPromise()
	settle := func(settle func(any) error) goja.Value {
		return a.rt.ToValue(func(call goja.FunctionCall) goja.Value {
			if err := settle(call.Argument(0)); err != nil {
				panic(err)
			}
			return goja.Undefined()
		})
	}
	result := a.rt.NewObject()
	_ = result.Set("promise", promise)
	_ = result.Set("resolve", settle(resolve))
	_ = result.Set("reject", settle(reject))
	return result
}

func (a *Additions) arrayFromAsync(call goja.FunctionCall) goja.Value {
	f, _ := goja.AssertFunction(Polyfill(a.rt, "fromAsync"))
	promise, err := f(call.This, call.Arguments...)
	if err != nil {
		panic(err)
	}
	return promise
}

// wrap replaces a function of a built-in object by one that asks before first: what that returns, unless nil, is the result.
func (a *Additions) wrap(owner *goja.Object, name string, before func(call goja.FunctionCall) goja.Value) {
	original, ok := goja.AssertFunction(owner.Get(name))
	if !ok {
		return // the script has removed it
	}
	wrapped := objects.NewFunction(a.rt, name, func(call goja.FunctionCall) goja.Value {
		if result := before(call); result != nil {
			return result
		}
		value, err := original(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return value
	})
	_ = owner.DefineDataProperty(name, wrapped, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// prototype is what the instances of a built-in class inherit from. A script may have removed the class.
func (a *Additions) prototype(class string) (*goja.Object, bool) {
	constructor, ok := a.rt.GlobalObject().Get(class).(*goja.Object)
	if !ok {
		return nil, false
	}
	prototype, ok := constructor.Get("prototype").(*goja.Object)
	return prototype, ok
}

// boundString replaces a method that makes a long string from two short arguments.
func (a *Additions) boundString(name string) {
	proto, ok := a.prototype("String")
	if !ok {
		return
	}
	a.wrap(proto, name, func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			return nil
		}
		size := call.Arguments[0].ToFloat()
		call.Arguments[0] = a.rt.ToValue(size) // valueOf may say something else next time
		if text, ok := call.This.(goja.String); ok && name == "repeat" {
			size *= float64(text.Length())
		}
		if size > maxString {
			panic(objects.NewError(a.rt, "RangeError", fmt.Sprintf("String.prototype.%s: the string would be longer than %d characters", name, maxString)))
		}
		return nil
	})
}

// boundParse makes JSON.parse, which descends into what it reads, measure the text before, and tell where it is wrong.
func (a *Additions) boundParse() {
	object, ok := a.rt.Get("JSON").(*goja.Object)
	if !ok {
		return
	}
	original, ok := goja.AssertFunction(object.Get("parse"))
	if !ok {
		return
	}
	a.wrap(object, "parse", func(call goja.FunctionCall) goja.Value {
		text, isText := call.Argument(0).(goja.String)
		if !isText {
			return nil
		}
		if text.Length() > syntax.MaxNesting && syntax.TooDeepJSON(text.String()) {
			panic(objects.NewError(a.rt, "SyntaxError", fmt.Sprintf("JSON.parse: the text is nested deeper than %d levels", syntax.MaxNesting)))
		}
		value, err := original(call.This, call.Arguments...)
		if err == nil {
			return value
		}
		if message := parseError(text.String()); message != "" {
			panic(objects.NewError(a.rt, "SyntaxError", message))
		}
		panic(err)
	})
}

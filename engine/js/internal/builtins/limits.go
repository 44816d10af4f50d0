package builtins

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// What one operation of goja's makes at once can neither be interrupted nor, when the system refuses the memory, survived. Where a
// few characters ask for gigabytes the size is therefore looked at before.

const (
	// maxBytes bounds buffers, and maxLength arrays that are made by their length: a value takes 16 bytes.
	maxBytes  = 1 << 30
	maxLength = maxBytes / 16
	// maxJoined bounds the separators that join writes, in UTF-16 units. It is V8's longest string.
	maxJoined = 1 << 29
	// maxNativeFlat is how deep goja's own flat descends, which takes Go stack at each level.
	maxNativeFlat = 100
)

// maxAlloc is the bound of buffers under the VM's memory limit.
func (a *Additions) maxAlloc() int64 {
	if limit := a.memoryLimit; limit > 0 {
		return min(limit, maxBytes)
	}
	return maxBytes
}

// elementSizes are the typed arrays by the bytes of an element.
var elementSizes = map[string]int64{
	"Int8Array": 1, "Uint8Array": 1, "Uint8ClampedArray": 1, "Int16Array": 2, "Uint16Array": 2, "Int32Array": 4, "Uint32Array": 4,
	"Float32Array": 4, "Float64Array": 8, "BigInt64Array": 8, "BigUint64Array": 8,
}

// boundBuffers makes the constructors of buffers look at the size.
func (a *Additions) boundBuffers() {
	a.boundConstructor("ArrayBuffer", true, func(args []goja.Value) {
		if len(args) > 0 {
			a.checkBytes("ArrayBuffer", args[0].ToFloat())
		}
	})
	for name, size := range elementSizes {
		a.boundConstructor(name, true, func(args []goja.Value) {
			if len(args) > 0 {
				a.checkBytes(name, a.lengthAsked(args[0])*float64(size))
			}
		})
	}
}

// lengthAsked is the length of the array that a constructor makes of its first argument: a length, or something with one.
func (a *Additions) lengthAsked(arg goja.Value) float64 {
	object, ok := arg.(*goja.Object)
	if !ok {
		return arg.ToFloat()
	}
	if length := object.Get("length"); length != nil {
		return length.ToFloat()
	}
	return 0
}

func (a *Additions) checkBytes(name string, size float64) {
	if limit := a.maxAlloc(); size > float64(limit) {
		panic(objects.NewError(a.rt, "RangeError", fmt.Sprintf("%s: %.0f bytes are more than the %d MiB that one may have", name, size, limit>>20)))
	}
}

// boundArrays makes Array look at the length, called and with new. Array.from with a length comes by it as well.
func (a *Additions) boundArrays() {
	a.boundConstructor("Array", false, func(args []goja.Value) {
		if len(args) != 1 {
			return
		}
		switch length := args[0].Export().(type) {
		case int64:
			if length < 1<<32 { // longer ones are an error of the language
				a.checkLength("Array", float64(length))
			}
		case float64:
			if length < 1<<32 {
				a.checkLength("Array", length)
			}
		}
	})
}

func (a *Additions) checkLength(name string, length float64) {
	if limit := a.maxAlloc() / 16; length > float64(limit) {
		panic(objects.NewError(a.rt, "RangeError", fmt.Sprintf("%s: a length of %.0f is more than the %d that an array may have", name, length, limit)))
	}
}

// functionKinds evaluates to the constructors of functions that compile texts, by how the functions begin.
var functionKinds = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, `({ "function": Function, "async function": (async () => {}).constructor, "function*": (function* () {}).constructor })`, true)
})

// boundFunctions makes the constructors of functions look at their texts.
func (a *Additions) boundFunctions() {
	value, err := a.rt.RunProgram(functionKinds())
	if err != nil {
		return // the script has removed one
	}
	kinds := value.(*goja.Object)
	for _, kind := range kinds.Keys() {
		proxy := a.boundClass(kinds.Get(kind).(*goja.Object), true, func(args []goja.Value) {
			if len(args) == 0 {
				return
			}
			parameters := make([]string, len(args)-1)
			for i := range parameters {
				parameters[i] = args[i].String()
			}
			text := a.rt.ToValue("(" + kind + " f(" + strings.Join(parameters, ",") + "\n) {\n" + args[len(args)-1].String() + "\n})")
			checkText(a.rt, "Function", text)
		})
		if kind == "function" && proxy != nil {
			_ = a.rt.GlobalObject().DefineDataProperty("Function", proxy, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
}

// boundConstructor puts a proxy before a global constructor, which looks at the arguments. With everywhere set, instances find it by
// their property constructor too.
func (a *Additions) boundConstructor(name string, everywhere bool, check func(args []goja.Value)) {
	original, ok := a.rt.GlobalObject().Get(name).(*goja.Object)
	if !ok {
		return // the script has removed it
	}
	if proxy := a.boundClass(original, everywhere, check); proxy != nil {
		_ = a.rt.GlobalObject().DefineDataProperty(name, proxy, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

// boundClass is boundConstructor for any constructor. It is nil for what is none.
func (a *Additions) boundClass(original *goja.Object, everywhere bool, check func(args []goja.Value)) goja.Value {
	construct, isConstructor := goja.AssertConstructor(original)
	apply, isFunction := goja.AssertFunction(original)
	if !isFunction {
		return nil
	}
	traps := &goja.ProxyTrapConfig{
		Apply: func(_ *goja.Object, this goja.Value, args []goja.Value) goja.Value {
			check(args)
			value, err := apply(this, args...)
			if err != nil {
				panic(err)
			}
			return value
		},
	}
	if isConstructor {
		traps.Construct = func(target *goja.Object, args []goja.Value, newTarget *goja.Object) *goja.Object {
			check(args)
			object, err := construct(newTarget, args...)
			if err != nil {
				panic(err)
			}
			return object
		}
	}
	proxy := a.rt.ToValue(a.rt.NewProxy(original, traps))
	_ = original.DefineDataPropertySymbol(goja.SymHasInstance, objects.NewFunction(a.rt, "[Symbol.hasInstance]", hasInstance(a.rt)), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	if prototype, ok := original.Get("prototype").(*goja.Object); ok && everywhere {
		_ = prototype.DefineDataProperty("constructor", proxy, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return proxy
}

// hasInstance is what instanceof does, which goja's own proxies cannot.
func hasInstance(rt *goja.Runtime) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		class, isClass := call.This.(*goja.Object)
		object, isObject := call.Argument(0).(*goja.Object)
		if !isClass || !isObject {
			return rt.ToValue(false)
		}
		prototype := class.Get("prototype")
		for p := object.Prototype(); p != nil; p = p.Prototype() {
			if p.SameAs(prototype) {
				return rt.ToValue(true)
			}
		}
		return rt.ToValue(false)
	}
}

// boundMethod makes a method of arrays look at its arguments first.
func (a *Additions) boundMethod(name string, check func(this *goja.Object, args []goja.Value) (result goja.Value)) {
	a.wrap(a.rt.NewArray().Prototype(), name, func(call goja.FunctionCall) goja.Value {
		if this, ok := call.This.(*goja.Object); ok {
			return check(this, call.Arguments)
		}
		return nil
	})
}

// longQueue is the length from which shift and unshift go by splice.
const longQueue = 64

// quickQueues makes shift and unshift of long arrays move the items at once. goja moves them one by one, and splice does not.
func (a *Additions) quickQueues() {
	prototype := a.rt.NewArray().Prototype()
	splice, ok := goja.AssertFunction(prototype.Get("splice"))
	isExtensible, known := goja.AssertFunction(a.rt.Get("Object").ToObject(a.rt).Get("isExtensible"))
	if !ok || !known {
		return
	}
	spliced := func(this *goja.Object, args ...goja.Value) *goja.Object {
		if this.ExportType() != objects.TypeSet || this.ClassName() != "Array" || !this.Prototype().SameAs(prototype) || this.Get("length").ToInteger() < longQueue {
			return nil
		}
		items, err := splice(this, args...)
		if err != nil {
			panic(err)
		}
		return items.(*goja.Object)
	}
	zero, one := a.rt.ToValue(0), a.rt.ToValue(1)
	a.boundMethod("shift", func(this *goja.Object, _ []goja.Value) goja.Value {
		items := spliced(this, zero, one)
		if items == nil {
			return nil
		}
		if first := items.Get("0"); first != nil {
			return first
		}
		return goja.Undefined()
	})
	a.boundMethod("unshift", func(this *goja.Object, args []goja.Value) goja.Value {
		// goja's splice adds items to arrays that take none.
		if extensible, err := isExtensible(goja.Undefined(), this); err != nil || !extensible.ToBoolean() {
			return nil
		}
		if spliced(this, append([]goja.Value{zero, zero}, args...)...) == nil {
			return nil
		}
		return this.Get("length")
	})
}

// boundLength bounds the arrays that a method takes.
func (a *Additions) boundLength(name string) {
	a.boundMethod(name, func(this *goja.Object, _ []goja.Value) goja.Value {
		if length := this.Get("length"); length != nil {
			a.checkLength("Array.prototype."+name, length.ToFloat())
		}
		return nil
	})
}

func (a *Additions) boundJoin() {
	a.boundMethod("join", func(this *goja.Object, args []goja.Value) goja.Value {
		length, separator := this.Get("length"), 1
		if len(args) > 0 && !goja.IsUndefined(args[0]) {
			text, ok := args[0].(goja.String)
			if !ok {
				return nil
			}
			separator = text.Length()
		}
		if length != nil && length.ToFloat()*float64(separator) > maxJoined {
			panic(objects.NewError(a.rt, "RangeError", fmt.Sprintf("Array.prototype.join: the string would be longer than %d characters", maxJoined)))
		}
		return nil
	})
}

// boundFlat replaces goja's flat where it may descend without end.
func (a *Additions) boundFlat() {
	a.boundMethod("flat", func(this *goja.Object, args []goja.Value) goja.Value {
		if len(args) == 0 || args[0].ToFloat() <= maxNativeFlat || math.IsNaN(args[0].ToFloat()) {
			return nil
		}
		return a.rt.NewArray(a.flatten(nil, this, args[0].ToFloat(), 0)...)
	})
}

// flatten appends the items of an array, and of the arrays in it down to a depth.
func (a *Additions) flatten(items []any, array *goja.Object, depth float64, level int) []any {
	if level > syntax.MaxNesting {
		panic(objects.NewError(a.rt, "RangeError", fmt.Sprintf("Array.prototype.flat: the array is nested deeper than %d levels", syntax.MaxNesting)))
	}
	for i := range array.Get("length").ToInteger() {
		item := array.Get(strconv.FormatInt(i, 10))
		if item == nil {
			continue // a hole
		}
		if inner, ok := item.(*goja.Object); ok && depth > 0 && inner.ClassName() == "Array" {
			items = a.flatten(items, inner, depth-1, level+1)
			continue
		}
		items = append(items, item)
	}
	return items
}

// makesArrays reports whether a text may make arrays by their length. isArray( and Uint8Array( do not.
func makesArrays(code []byte) bool {
	for _, call := range []string{"Array(", "Array.from", "Array.apply"} {
		for rest := code; ; {
			i := bytes.Index(rest, []byte(call))
			if i < 0 {
				break
			}
			if i == 0 || !isWordByte(rest[i-1]) {
				return true
			}
			rest = rest[i+len(call):]
		}
	}
	return false
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

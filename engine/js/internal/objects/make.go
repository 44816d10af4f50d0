// Package objects makes goja's objects and tells their kinds. It knows neither a VM of ours nor its host.
package objects

import "github.com/dop251/goja"

// CallFrames is how many frames of the caller an error of an asynchronous call shows.
const CallFrames = 12

// NewFunction makes a native function with the name that scripts see.
func NewFunction(rt *goja.Runtime, name string, f func(goja.FunctionCall) goja.Value) *goja.Object {
	object := rt.ToValue(f).ToObject(rt)
	_ = object.DefineDataProperty("name", rt.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return object
}

// NewError makes an error of a built-in class, to throw.
func NewError(rt *goja.Runtime, class, message string) *goja.Object {
	object, err := rt.New(rt.Get(class), rt.ToValue(message))
	if err != nil {
		panic(err)
	}
	return object
}

// SetMember sets an own property, whatever its name: an assignment to __proto__ would change the prototype.
func SetMember(object *goja.Object, key string, value goja.Value) error {
	if key == "__proto__" {
		return object.DefineDataProperty(key, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	return object.Set(key, value)
}

// WellKnownSymbol returns a well-known symbol that goja lacks, such as Symbol.asyncIterator. Translated code falls back to a
// registered symbol of its own while the property is missing, so it is added before the first program that uses it runs.
func WellKnownSymbol(rt *goja.Runtime, name string) *goja.Symbol {
	symbols := rt.Get("Symbol").(*goja.Object)
	if symbol, ok := symbols.Get(name).(*goja.Symbol); ok {
		return symbol
	}
	symbol := goja.NewSymbol("Symbol." + name)
	_ = symbols.DefineDataProperty(name, symbol, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return symbol
}

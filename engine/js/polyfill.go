package js

import (
	_ "embed"
	"sync"

	"github.com/dop251/goja"
)

//go:embed polyfill.js
var polyfillSource string

// polyfillProgram evaluates to an object of functions.
var polyfillProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(bundleFile, polyfillSource, true)
})

// polyfill returns a function of polyfill.js.
func (v *vm) polyfill(name string) goja.Value {
	functions, err := v.rt.RunProgram(polyfillProgram())
	if err != nil {
		panic(err)
	}
	return functions.(*goja.Object).Get(name)
}

// asyncIteratorSymbol is Symbol.asyncIterator, which goja lacks. Translated for await loops look for the registered symbol
// when the well-known one is missing, so both are the same here.
func (v *vm) asyncIteratorSymbol() *goja.Symbol {
	symbols := v.rt.Get("Symbol").(*goja.Object)
	if symbol, ok := symbols.Get("asyncIterator").(*goja.Symbol); ok {
		return symbol
	}
	symbol := goja.NewSymbol("Symbol.asyncIterator")
	_ = symbols.DefineDataProperty("asyncIterator", symbol, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return symbol
}

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

// wellKnownSymbol is a well-known symbol that goja lacks, such as Symbol.asyncIterator. Translated code falls back to a
// registered symbol of its own while the property is missing, so it is added before the first program that uses it runs.
func (v *vm) wellKnownSymbol(name string) *goja.Symbol {
	symbols := v.rt.Get("Symbol").(*goja.Object)
	if symbol, ok := symbols.Get(name).(*goja.Symbol); ok {
		return symbol
	}
	symbol := goja.NewSymbol("Symbol." + name)
	_ = symbols.DefineDataProperty(name, symbol, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return symbol
}

package builtins

import (
	_ "embed"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

//go:embed polyfill.js
var polyfillSource string

// polyfillProgram evaluates to an object of functions.
var polyfillProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, polyfillSource, true)
})

// Polyfill returns a function of polyfill.js.
func Polyfill(rt *goja.Runtime, name string) goja.Value {
	functions, err := rt.RunProgram(polyfillProgram())
	if err != nil {
		panic(err)
	}
	return functions.(*goja.Object).Get(name)
}

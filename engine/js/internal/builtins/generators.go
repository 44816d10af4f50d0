package builtins

import (
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// maxDelegation bounds the generators that delegate to each other with yield*. goja does not count them as calls, and they take Go
// stack, whose overflow ends the process.
const maxDelegation = 1000

// generatorPrototype evaluates to what all generators inherit from.
var generatorPrototype = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, "Object.getPrototypeOf(function* () {}).prototype", true)
})

// boundDelegation makes generators count how deep they delegate.
func (a *Additions) boundDelegation() {
	value, err := a.rt.RunProgram(generatorPrototype())
	if err != nil {
		panic(err)
	}
	prototype := value.(*goja.Object)
	original, _ := goja.AssertFunction(prototype.Get("next"))
	depth := 0
	next := objects.NewFunction(a.rt, "next", func(call goja.FunctionCall) goja.Value {
		depth++
		defer func() { depth-- }()
		if depth > maxDelegation {
			panic(objects.NewError(a.rt, "RangeError", "too many generators delegate to each other with yield*"))
		}
		result, err := original(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return result
	})
	_ = prototype.DefineDataProperty("next", next, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

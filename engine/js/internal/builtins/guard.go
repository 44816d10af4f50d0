package builtins

import (
	_ "embed"
	"fmt"
	"math/big"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

const (
	// maxBigInt bounds BigInts, in bits. To multiply two of them takes a tenth of a second, and to print one a second.
	maxBigInt = 1 << 22
	// maxBigIntText bounds the texts that BigInt reads, in characters, which takes quadratic time.
	maxBigIntText = 500_000
)

//go:embed guard.js
var guardSource string

var guardProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, guardSource, true)
})

// Guard returns the function of a name that syntax puts into programs.
func (a *Additions) Guard(name string) goja.Value {
	rt := a.rt
	switch name {
	case "regexp":
		if _, ok := a.expressions(); !ok {
			return nil
		}
		return objects.NewFunction(rt, name, func(call goja.FunctionCall) goja.Value { return a.makeRegExp(call.Arguments, nil) })
	case "append":
		return a.append()
	case "exec":
		return a.exec()
	case "symbols":
		return objects.NewFunction(rt, name, func(call goja.FunctionCall) goja.Value {
			if object, ok := call.Argument(0).(*goja.Object); ok && object.ExportType() == lazy.Type {
				return lazy.SymbolsOf(rt, object)
			}
			return call.Argument(0)
		})
	case "text":
		return objects.NewFunction(rt, name, func(call goja.FunctionCall) goja.Value {
			checkText(rt, "eval", call.Argument(0))
			return call.Argument(0)
		})
	case "eval":
		original := rt.GlobalObject().Get("eval")
		eval, ok := goja.AssertFunction(original)
		if !ok {
			return original
		}
		return objects.NewFunction(rt, name, func(call goja.FunctionCall) goja.Value {
			checkText(rt, "eval", call.Argument(0))
			value, err := eval(goja.Undefined(), call.Argument(0))
			if err != nil {
				panic(err)
			}
			return value
		})
	}
	value, err := rt.RunProgram(guardProgram())
	if err != nil {
		panic(err)
	}
	makeFunctions, _ := goja.AssertFunction(value)
	functions, err := makeFunctions(goja.Undefined(), rt.ToValue(func(call goja.FunctionCall) goja.Value {
		a, isBig := call.Argument(1).Export().(*big.Int)
		b, isBigToo := call.Argument(2).Export().(*big.Int)
		if isBig && isBigToo && tooLarge(call.Argument(0).String(), a, b) {
			panic(bigIntError(rt))
		}
		return goja.Undefined()
	}))
	if err != nil {
		panic(err)
	}
	return functions.(*goja.Object).Get(name)
}

// checkText throws when goja cannot compile a text safely.
func checkText(rt *goja.Runtime, name string, text goja.Value) {
	if text, ok := text.(goja.String); ok {
		if err := syntax.CheckText(text.String()); err != nil {
			panic(objects.NewError(rt, "SyntaxError", name+": "+err.Error()))
		}
	}
}

// tooLarge reports whether the result of an operator has more bits than a BigInt may have, or nearly so.
func tooLarge(operator string, a, b *big.Int) bool {
	bits := int64(a.BitLen())
	switch operator {
	case "multiply":
		return bits+int64(b.BitLen())-1 > maxBigInt
	case "left", "right":
		if bits == 0 || operator == "left" && b.Sign() <= 0 || operator == "right" && b.Sign() >= 0 {
			return false
		}
		by := new(big.Int).Abs(b)
		return !by.IsInt64() || by.Int64() > maxBigInt-bits
	case "power":
		if bits <= 1 || b.Sign() <= 0 { // 0, 1, -1, and an error
			return false
		}
		return !b.IsInt64() || b.Int64() > maxBigInt/(bits-1)
	}
	return false
}

func bigIntError(rt *goja.Runtime) *goja.Object {
	return objects.NewError(rt, "RangeError", fmt.Sprintf("maximum BigInt size exceeded: a BigInt may have %d bits here", maxBigInt))
}

// boundBigInts makes the functions of BigInt look at sizes.
func (a *Additions) boundBigInts() {
	class, ok := a.rt.GlobalObject().Get("BigInt").(*goja.Object)
	if !ok {
		return // the script has removed it
	}
	for _, name := range []string{"asUintN", "asIntN"} {
		a.wrap(class, name, func(call goja.FunctionCall) goja.Value {
			bits, ok := call.Argument(0).Export().(int64)
			value, isBig := call.Argument(1).Export().(*big.Int)
			switch {
			case !ok || !isBig || bits <= maxBigInt:
				return nil
			case name == "asUintN" && value.Sign() < 0:
				panic(bigIntError(a.rt))
			case bits < 1<<53: // which any number fits
				return call.Argument(1)
			}
			return nil
		})
	}
	a.boundConstructor("BigInt", true, func(args []goja.Value) {
		if len(args) == 0 {
			return
		}
		if text, ok := args[0].(goja.String); ok && text.Length() > maxBigIntText {
			panic(objects.NewError(a.rt, "RangeError", fmt.Sprintf("BigInt: the text is longer than %d characters", maxBigIntText)))
		}
	})
}

package builtins

import (
	"fmt"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// maxMatch is how long one match of a regular expression may backtrack. goja runs expressions with look-around or
// back-references, and all expressions on some texts, by backtracking, which an interrupt does not stop.
const maxMatch = 2 * time.Second

// BoundRegexps makes all expressions compiled from now on give up after maxMatch. In this process the package regexp2
// serves goja alone.
var BoundRegexps = sync.OnceFunc(func() { regexp2.DefaultMatchTimeout = maxMatch })

// A match that gave up looks to goja like one that found nothing. The methods that match are therefore timed, and throw
// when they took as long as that.

// timeMatches times the methods whose replacement leaves goja's fast paths alone.
func (a *Additions) timeMatches() {
	proto := a.regexpPrototype()
	test, _ := goja.AssertFunction(proto.Get("test"))
	_ = proto.DefineDataProperty("test", a.timed("test", test), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	for _, symbol := range []*goja.Symbol{goja.SymMatch, goja.SymMatchAll, goja.SymReplace, goja.SymSearch, goja.SymSplit} {
		method, _ := goja.AssertFunction(proto.GetSymbol(symbol))
		_ = proto.DefineDataPropertySymbol(symbol, a.timed("["+symbol.String()+"]", method), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

// timeIterators times what matchAll returns.
func (a *Additions) timeIterators() {
	value, err := a.rt.RunProgram(matchIteratorPrototype())
	if err != nil {
		return // the script has removed something
	}
	proto := value.(*goja.Object)
	next, _ := goja.AssertFunction(proto.Get("next"))
	_ = proto.DefineDataProperty("next", a.timed("next", next), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// matchIteratorPrototype evaluates to what the results of matchAll inherit from.
var matchIteratorPrototype = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, `Object.getPrototypeOf(/a/[Symbol.matchAll](""))`, true)
})

// exec returns the function that takes the place of calls x.exec(y) in programs. To replace exec itself would make goja's other methods
// much slower.
func (a *Additions) exec() goja.Value {
	otherwise, err := a.rt.RunProgram(otherExec())
	if err != nil {
		panic(err)
	}
	other, _ := goja.AssertFunction(otherwise)
	var original goja.Value
	var exec goja.Callable
	if x, ok := a.expressions(); ok {
		original = x.prototype.Get("exec")
		method, _ := goja.AssertFunction(original)
		exec = a.timing("exec", method)
	}
	return objects.NewFunction(a.rt, "exec", func(call goja.FunctionCall) goja.Value {
		f, this, args := other, goja.Undefined(), call.Arguments
		if object, ok := call.Argument(0).(*goja.Object); ok && object.ClassName() == "RegExp" && exec != nil && object.Get("exec").SameAs(original) {
			f, this, args = exec, object, call.Arguments[1:]
		}
		value, err := f(this, args...)
		if err != nil {
			panic(err)
		}
		return value
	})
}

// otherExec evaluates to a function that calls the method exec of something.
var otherExec = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, `(object, ...args) => object.exec(...args)`, true)
})

func (a *Additions) regexpPrototype() *goja.Object {
	return a.rt.Get("RegExp").(*goja.Object).Get("prototype").(*goja.Object)
}

// timed wraps a method of RegExp.prototype.
func (a *Additions) timed(name string, method goja.Callable) *goja.Object {
	timing := a.timing(name, method)
	return objects.NewFunction(a.rt, name, func(call goja.FunctionCall) goja.Value {
		value, err := timing(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return value
	})
}

// timing makes a method match texts beyond ASCII rightly, and throw when it gave up. The time that a replacer function takes is its own.
func (a *Additions) timing(name string, method goja.Callable) goja.Callable {
	method = a.matching(name, method)
	return func(this goja.Value, args ...goja.Value) (goja.Value, error) {
		var own time.Duration
		if len(args) == 2 {
			if replacer, ok := goja.AssertFunction(args[1]); ok {
				args = []goja.Value{args[0], a.rt.ToValue(func(inner goja.FunctionCall) goja.Value {
					started := time.Now()
					defer func() { own += time.Since(started) }()
					value, err := replacer(inner.This, inner.Arguments...)
					if err != nil {
						panic(err)
					}
					return value
				})}
			}
		}
		started := time.Now()
		value, err := method(this, args...)
		if err == nil && time.Since(started)-own >= maxMatch {
			panic(objects.NewError(a.rt, "Error", fmt.Sprintf("the regular expression %s took longer than %s and was given up: make it simpler or the text shorter", this, maxMatch)))
		}
		return value, err
	}
}

package builtins

import (
	"fmt"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
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

// timeExec times exec, which all other methods go through from then on. They are slower in such a VM.
func (a *Additions) timeExec() {
	proto := a.regexpPrototype()
	exec, _ := goja.AssertFunction(proto.Get("exec"))
	_ = proto.DefineDataProperty("exec", a.timed("exec", exec), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (a *Additions) regexpPrototype() *goja.Object {
	return a.rt.Get("RegExp").(*goja.Object).Get("prototype").(*goja.Object)
}

// timed wraps a method of RegExp.prototype, which matches texts beyond ASCII rightly then. The time that a replacer function takes is its
// own.
func (a *Additions) timed(name string, method goja.Callable) *goja.Object {
	method = a.matching(method, name == "[Symbol.matchAll]")
	return objects.NewFunction(a.rt, name, func(call goja.FunctionCall) goja.Value {
		var own time.Duration
		if len(call.Arguments) == 2 {
			if replacer, ok := goja.AssertFunction(call.Arguments[1]); ok {
				call.Arguments = []goja.Value{call.Arguments[0], a.rt.ToValue(func(inner goja.FunctionCall) goja.Value {
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
		value, err := method(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		if time.Since(started)-own >= maxMatch {
			panic(objects.NewError(a.rt, "Error", fmt.Sprintf("the regular expression %s took longer than %s and was given up: make it simpler or the text shorter", call.This, maxMatch)))
		}
		return value
	})
}

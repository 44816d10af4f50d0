package builtins

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/regexps"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

//go:embed regexp.js
var regexpSource string

var regexpProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, regexpSource, true)
})

// maxExpressions is how many compiled expressions a VM keeps.
const maxExpressions = 500

// expressions are the regular expressions of a VM.
type expressions struct {
	original  *goja.Object // RegExp as goja has it
	construct func(newTarget *goja.Object, args ...goja.Value) (*goja.Object, error)
	prototype *goja.Object
	// origin is the property with the source of a translated expression, variant the one with what takes an expression's place on texts
	// beyond ASCII, and always the one with what takes it on all. An expression that looks for the ends of lines has lines.
	origin, variant, always, lines *goja.Symbol
	copier                         *goja.Object
	shown                          bool // source and toString show the origin
	// compiled are expressions by pattern and flags. Copies of them need not be compiled.
	compiled map[string]*goja.Object
	variants map[string]*goja.Object
	// singles are the expressions that are one class of characters, and nil for others.
	singles map[string]*regexps.Single
	text    knownText
	plain   plainText
}

// expressions returns a.regexps, filled at the first call. It is false when the script has removed RegExp.
func (a *Additions) expressions() (*expressions, bool) {
	x := &a.regexps
	if x.original == nil {
		original, ok := a.rt.GlobalObject().Get("RegExp").(*goja.Object)
		if !ok {
			return nil, false
		}
		x.construct, ok = goja.AssertConstructor(original)
		x.prototype, _ = original.Get("prototype").(*goja.Object)
		if !ok || x.prototype == nil {
			return nil, false
		}
		x.original = original
		x.origin, x.variant, x.always = goja.NewSymbol("source"), goja.NewSymbol("variant"), goja.NewSymbol("always")
		x.lines = goja.NewSymbol("lines")
		x.compiled, x.variants = make(map[string]*goja.Object), make(map[string]*goja.Object)
	}
	return x, true
}

// makeRegExp is the constructor RegExp. NewTarget is nil for goja's own.
func (a *Additions) makeRegExp(args []goja.Value, newTarget *goja.Object) *goja.Object {
	x := &a.regexps
	source, flags := goja.Undefined(), goja.Undefined()
	if len(args) > 0 {
		source = args[0]
	}
	if len(args) > 1 {
		flags = args[1]
	}
	if object, ok := source.(*goja.Object); ok && object.ClassName() == "RegExp" {
		source = object.Get("source")
		if goja.IsUndefined(flags) {
			flags = object.Get("flags")
		}
	} else if ok { // which may be like a regular expression
		return x.constructed(newTarget, args...)
	}
	var pattern, flagText string
	if !goja.IsUndefined(source) {
		pattern = source.String()
	}
	if !goja.IsUndefined(flags) {
		flagText = flags.String()
	}
	var object *goja.Object
	switch {
	case regexps.IsTranslated(pattern, flagText):
		object = a.translated(pattern, flagText, newTarget)
	case regexps.IsFolded(pattern, flagText):
		object = a.unfolded(pattern, flagText, newTarget)
	case newTarget != nil || strings.ContainsRune(pattern, utf8.RuneError):
		object = x.constructed(newTarget, args...)
	default:
		object = x.cached(pattern, flagText, func() *goja.Object { return x.constructed(nil, source, flags) })
	}
	if regexps.HasLines(pattern, flagText) {
		_ = object.DefineDataPropertySymbol(x.lines, a.rt.ToValue(true), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	return object
}

// constructed calls goja's constructor.
func (x *expressions) constructed(newTarget *goja.Object, args ...goja.Value) *goja.Object {
	if newTarget == nil {
		newTarget = x.original
	}
	object, err := x.construct(newTarget, args...)
	if err != nil {
		panic(err)
	}
	return object
}

// cached returns a copy of an expression that is compiled once.
func (x *expressions) cached(pattern, flags string, compile func() *goja.Object) *goja.Object {
	key := flags + "/" + pattern
	model := x.compiled[key]
	if model == nil {
		if len(x.compiled) >= maxExpressions {
			clear(x.compiled)
		}
		model = compile()
		x.compiled[key] = model
	}
	return x.constructed(nil, model)
}

// translated makes an expression that goja does not understand as it stands.
func (a *Additions) translated(pattern, flags string, newTarget *goja.Object) *goja.Object {
	x := &a.regexps
	compile := func() *goja.Object {
		text, gojaFlags, err := regexps.Translate(pattern, flags)
		if err != nil {
			panic(objects.NewError(a.rt, "SyntaxError", err.Error()))
		}
		return x.constructed(newTarget, a.rt.ToValue(text), a.rt.ToValue(gojaFlags))
	}
	var object *goja.Object
	if newTarget == nil {
		object = x.cached(pattern, flags, compile)
	} else {
		object = compile()
	}
	a.show(object, pattern)
	return object
}

// unfolded makes an expression whose flag i goja would not understand. Another takes its place whenever it matches.
func (a *Additions) unfolded(pattern, flags string, newTarget *goja.Object) *goja.Object {
	x := &a.regexps
	object := x.constructed(newTarget, a.rt.ToValue(pattern), a.rt.ToValue(flags))
	text, gojaFlags := regexps.Unfolded(pattern, flags)
	always := x.constructed(nil, a.rt.ToValue(text), a.rt.ToValue(gojaFlags))
	_ = object.DefineDataPropertySymbol(x.always, always, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return object
}

// show makes an expression show a pattern as its source.
func (a *Additions) show(object *goja.Object, pattern string) {
	x := &a.regexps
	if !x.shown {
		x.shown = true
		value, err := a.rt.RunProgram(regexpProgram())
		if err != nil {
			panic(err)
		}
		install, _ := goja.AssertFunction(value)
		if _, err := install(goja.Undefined(), x.origin); err != nil {
			panic(err)
		}
	}
	_ = object.DefineDataPropertySymbol(x.origin, a.rt.ToValue(escapedSource(pattern)), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
}

// escapedSource is a pattern as it stands between slashes.
func escapedSource(pattern string) string {
	var b strings.Builder
	escaped, inClass := false, false
	for _, c := range pattern {
		inClass = !escaped && c == '[' || inClass && (escaped || c != ']')
		escape := map[rune]string{'/': `\/`, '\n': `\n`, '\r': `\r`, '\u2028': `\u2028`, '\u2029': `\u2029`}[c]
		switch {
		case c == '/' && inClass:
			b.WriteRune(c)
		case escape != "" && escaped:
			b.WriteString(escape[1:])
		case escape != "":
			b.WriteString(escape)
		default:
			b.WriteRune(c)
		}
		escaped = c == '\\' && !escaped
	}
	return b.String()
}

// translateRegExps puts a proxy before RegExp that translates what goja does not understand.
func (a *Additions) translateRegExps() {
	x, ok := a.expressions()
	if !ok {
		return
	}
	apply, _ := goja.AssertFunction(x.original)
	var proxy *goja.Object
	traps := &goja.ProxyTrapConfig{
		Construct: func(_ *goja.Object, args []goja.Value, newTarget *goja.Object) *goja.Object {
			if newTarget == proxy {
				newTarget = nil
			}
			return a.makeRegExp(args, newTarget)
		},
		Apply: func(_ *goja.Object, this goja.Value, args []goja.Value) goja.Value {
			if len(args) == 1 || len(args) > 1 && goja.IsUndefined(args[1]) {
				if object, ok := args[0].(*goja.Object); ok {
					if object.ClassName() == "RegExp" {
						return object
					}
					value, err := apply(this, args...)
					if err != nil {
						panic(err)
					}
					return value
				}
			}
			return a.makeRegExp(args, nil)
		},
	}
	proxy = a.rt.ToValue(a.rt.NewProxy(x.original, traps)).(*goja.Object)
	_ = a.rt.GlobalObject().DefineDataProperty("RegExp", proxy, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	_ = x.original.DefineDataPropertySymbol(goja.SymHasInstance, objects.NewFunction(a.rt, "[Symbol.hasInstance]", hasInstance(a.rt)), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	_ = x.prototype.DefineDataProperty("constructor", proxy, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	// goja's methods make copies by this, and are slower when it is not the constructor they know.
	species := objects.NewFunction(a.rt, "get [Symbol.species]", func(call goja.FunctionCall) goja.Value {
		if call.This.SameAs(proxy) {
			return x.original
		}
		return call.This
	})
	_ = x.original.DefineAccessorPropertySymbol(goja.SymSpecies, species, nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

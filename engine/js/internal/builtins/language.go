package builtins

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

//go:embed iterators.js
var iteratorSource string

var iteratorProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, iteratorSource, true)
})

// Iterator gives iterators their methods, such as map and toArray, and returns the class that has them.
func Iterator(rt *goja.Runtime) goja.Value {
	value, err := rt.RunProgram(iteratorProgram())
	if err != nil {
		panic(err)
	}
	install, _ := goja.AssertFunction(value)
	class, err := install(goja.Undefined())
	if err != nil {
		panic(err)
	}
	return class
}

// usesIterators reports whether a text may call methods of iterators. Those of arrays have the same names.
func usesIterators(code []byte) bool {
	return containsAny(code, iteratorSources) && containsAny(code, iteratorMethods)
}

var (
	iteratorSources = []string{"Iterator", ".values()", ".keys()", ".entries()", "yield", "Symbol.iterator", ".matchAll("}
	iteratorMethods = []string{
		".map(", ".filter(", ".take(", ".drop(", ".flatMap(", ".reduce(", ".toArray(", ".forEach(", ".some(", ".every(", ".find(",
	}
)

// promiseTry is Promise.try.
func (a *Additions) promiseTry() {
	a.addMethod("Promise", "try", func(call goja.FunctionCall) goja.Value {
		run, _ := goja.AssertFunction(Polyfill(a.rt, "promiseTry"))
		promise, err := run(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return promise
	})
}

// wellFormed adds the methods of strings about halves of characters.
func (a *Additions) wellFormed() {
	proto, ok := a.prototype("String")
	if !ok {
		return
	}
	whole := func(name string, call goja.FunctionCall) (text goja.String, formed goja.Value) {
		if objects.IsNullish(call.This) {
			panic(a.rt.NewTypeError("String.prototype." + name + " called on null or undefined"))
		}
		text = a.text(call.This)
		return text, a.rt.ToValue(text.String()) // which has U+FFFD in the place of each half
	}
	for name, f := range map[string]func(goja.FunctionCall) goja.Value{
		"isWellFormed": func(call goja.FunctionCall) goja.Value {
			text, formed := whole("isWellFormed", call)
			return a.rt.ToValue(text.SameAs(formed))
		},
		"toWellFormed": func(call goja.FunctionCall) goja.Value {
			_, formed := whole("toWellFormed", call)
			return formed
		},
	} {
		_ = proto.DefineDataProperty(name, objects.NewFunction(a.rt, name, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

// escapeRegExps is RegExp.escape.
func (a *Additions) escapeRegExps() {
	a.addMethod("RegExp", "escape", func(call goja.FunctionCall) goja.Value {
		text, ok := call.Argument(0).(goja.String)
		if !ok {
			panic(a.rt.NewTypeError("RegExp.escape: argument 1 must be a string"))
		}
		return a.rt.ToValue(escapeRegExp(text))
	})
}

// escapeRegExp writes a text as a pattern that matches it anywhere in another pattern.
func escapeRegExp(text goja.String) string {
	var b strings.Builder
	for i := 0; i < text.Length(); i++ {
		c := rune(text.CharAt(i))
		if 0xd800 <= c && c < 0xdc00 && i+1 < text.Length() {
			if next := rune(text.CharAt(i + 1)); next&0xfc00 == 0xdc00 {
				b.WriteRune((c-0xd800)<<10 + next - 0xdc00 + 0x10000)
				i++
				continue
			}
		}
		control := strings.IndexRune("\t\n\v\f\r", c)
		switch {
		case i == 0 && c < 0x80 && isWordByte(byte(c)) && c != '_':
			fmt.Fprintf(&b, `\x%02x`, c)
		case strings.ContainsRune(`^$\.*+?()[]{}|/`, c):
			b.WriteByte('\\')
			b.WriteRune(c)
		case control >= 0:
			b.WriteString([]string{`\t`, `\n`, `\v`, `\f`, `\r`}[control])
		case strings.ContainsRune(",-=<>#&!%:;@~'`\" \u00a0", c):
			fmt.Fprintf(&b, `\x%02x`, c)
		case c >= 0xd800 && c <= 0xdfff, strings.ContainsRune("\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff", c):
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// parseError is the message of an error of JSON.parse: what is wrong, and where. It is "" where Go finds nothing wrong.
func parseError(text string) string {
	var raw json.RawMessage
	var wrong *json.SyntaxError
	if !errors.As(json.Unmarshal([]byte(text), &raw), &wrong) {
		var value any
		var tooLarge *json.UnmarshalTypeError
		if errors.As(json.Unmarshal([]byte(text), &value), &tooLarge) {
			const shown = 40
			return fmt.Sprintf("JSON.parse: the %.*s is larger than numbers can be", shown, tooLarge.Value)
		}
		return ""
	}
	if strings.HasPrefix(wrong.Error(), "unexpected end") {
		return "JSON.parse: the text ends too early"
	}
	before := text[:max(wrong.Offset-1, 0)]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	c, _ := utf8.DecodeRuneInString(text[len(before):])
	return fmt.Sprintf("JSON.parse: unexpected %q at line %d, column %d", string(c), line, column)
}

package js

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// console is the state of a VM's console object.
type console struct {
	indent string
	timers map[string]time.Time
	counts map[string]int
}

// newConsole builds the console object.
func (v *vm) newConsole() goja.Value {
	object := v.rt.NewObject()
	method := func(name string, f func(call goja.FunctionCall)) {
		v.defineLazy(object, name, func() goja.Value {
			return objects.NewFunction(v.rt, name, func(call goja.FunctionCall) goja.Value {
				f(call)
				return goja.Undefined()
			})
		})
	}
	for _, name := range []string{"log", "info", "debug"} {
		method(name, func(call goja.FunctionCall) { v.print(v.cfg.Stdout, formatArguments(v, call.Arguments)) })
	}
	for _, name := range []string{"error", "warn"} {
		method(name, func(call goja.FunctionCall) { v.print(v.cfg.Stderr, formatArguments(v, call.Arguments)) })
	}
	method("dir", func(call goja.FunctionCall) { v.print(v.cfg.Stdout, inspectValue(v, call.Argument(0))) })
	method("trace", func(call goja.FunctionCall) { v.print(v.cfg.Stderr, v.consoleTrace(call)) })
	method("table", v.consoleTable)
	method("assert", func(call goja.FunctionCall) {
		if call.Argument(0).ToBoolean() {
			return
		}
		text := "Assertion failed"
		if len(call.Arguments) > 1 {
			text += ": " + formatArguments(v, call.Arguments[1:])
		}
		v.print(v.cfg.Stderr, text)
	})
	method("group", func(call goja.FunctionCall) {
		if len(call.Arguments) > 0 {
			v.print(v.cfg.Stdout, formatArguments(v, call.Arguments))
		}
		v.console.indent += "  "
	})
	method("groupEnd", func(goja.FunctionCall) { v.console.indent = strings.TrimSuffix(v.console.indent, "  ") })
	method("count", func(call goja.FunctionCall) {
		if v.console.counts == nil {
			v.console.counts = make(map[string]int)
		}
		label := labelOf(call)
		v.console.counts[label]++
		v.print(v.cfg.Stdout, fmt.Sprintf("%s: %d", label, v.console.counts[label]))
	})
	method("time", func(call goja.FunctionCall) {
		if v.console.timers == nil {
			v.console.timers = make(map[string]time.Time)
		}
		v.console.timers[labelOf(call)] = time.Now()
	})
	method("timeLog", func(call goja.FunctionCall) { v.consoleTime(labelOf(call)) })
	method("timeEnd", func(call goja.FunctionCall) {
		label := labelOf(call)
		v.consoleTime(label)
		delete(v.console.timers, label)
	})
	return object
}

func labelOf(call goja.FunctionCall) string {
	if label := call.Argument(0); !goja.IsUndefined(label) {
		return label.String()
	}
	return "default"
}

// print writes a text as whole lines. A reader that went away does not fail the script.
func (v *vm) print(w io.Writer, text string) {
	if v.console.indent != "" {
		text = v.console.indent + strings.ReplaceAll(text, "\n", "\n"+v.console.indent)
	}
	_, _ = io.WriteString(w, text+"\n")
}

func (v *vm) consoleTime(label string) {
	started, ok := v.console.timers[label]
	if !ok {
		v.print(v.cfg.Stderr, fmt.Sprintf("console.time was not called for %q", label))
		return
	}
	v.print(v.cfg.Stdout, fmt.Sprintf("%s: %.3fms", label, float64(time.Since(started).Microseconds())/1000))
}

func (v *vm) consoleTrace(call goja.FunctionCall) string {
	var b strings.Builder
	b.WriteString("Trace")
	if len(call.Arguments) > 0 {
		b.WriteString(": " + formatArguments(v, call.Arguments))
	}
	writeTrace(&b, v, v.rt.CaptureCallStack(0, nil))
	return b.String()
}

// consoleTable prints rows with the host's print_table if there is one, and otherwise one row a line.
func (v *vm) consoleTable(call goja.FunctionCall) {
	if m := v.globals.modules["printTable"]; m != nil && m.Apply != nil {
		printTable, _ := goja.AssertFunction(v.rt.GlobalObject().Get("printTable"))
		if _, err := printTable(goja.Undefined(), call.Arguments...); err != nil {
			panic(err)
		}
		return
	}
	rows, ok := call.Argument(0).(*goja.Object)
	if !ok || rows.ClassName() != "Array" {
		v.print(v.cfg.Stdout, formatArguments(v, call.Arguments))
		return
	}
	v.rt.ForOf(rows, func(row goja.Value) bool {
		v.print(v.cfg.Stdout, inspectValue(v, row))
		return true
	})
}

// formatArguments renders the arguments of console.log: strings as they are, other values inspected, and the directives of
// a first string that has some.
func formatArguments(v *vm, args []goja.Value) string {
	var b strings.Builder
	if len(args) > 1 && goja.IsString(args[0]) {
		if format := args[0].String(); strings.Contains(format, "%") {
			args = formatDirectives(&b, v, format, args[1:])
			if len(args) > 0 {
				b.WriteByte(' ')
			}
		}
	}
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if goja.IsString(arg) {
			b.WriteString(arg.String())
		} else {
			b.WriteString(inspectValue(v, arg))
		}
	}
	return b.String()
}

// formatDirectives writes format with its directives replaced and returns the arguments left over.
func formatDirectives(b *strings.Builder, v *vm, format string, args []goja.Value) []goja.Value {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		directive := format[i+1]
		if directive == '%' {
			b.WriteByte('%')
			i++
			continue
		}
		if len(args) == 0 || !strings.ContainsRune("sdifjoOc", rune(directive)) {
			b.WriteByte('%')
			continue
		}
		b.WriteString(formatDirective(v, directive, args[0]))
		args = args[1:]
		i++
	}
	return args
}

func formatDirective(v *vm, directive byte, arg goja.Value) string {
	_, isObject := arg.(*goja.Object)
	_, isSymbol := arg.(*goja.Symbol)
	switch directive {
	case 's':
		if isObject || isSymbol {
			return inspectValue(v, arg)
		}
		return arg.String()
	case 'd', 'i', 'f':
		if isObject || isSymbol {
			return "NaN"
		}
		if directive == 'i' {
			return v.callGlobal("parseInt", arg).String()
		}
		if directive == 'f' {
			return v.callGlobal("parseFloat", arg).String()
		}
		return arg.ToNumber().String()
	case 'j':
		text, err := v.stringify(arg)
		if err != nil {
			return "[" + err.Error() + "]"
		}
		return text
	case 'c':
		return ""
	default:
		return inspectValue(v, arg)
	}
}

// callGlobal calls a built-in function.
func (v *vm) callGlobal(name string, args ...goja.Value) goja.Value {
	f, _ := goja.AssertFunction(v.rt.Get(name))
	value, err := f(goja.Undefined(), args...)
	if err != nil {
		panic(err)
	}
	return value
}

// stringify is JSON.stringify.
func (v *vm) stringify(value goja.Value) (string, error) {
	json := v.rt.Get("JSON").(*goja.Object)
	f, _ := goja.AssertFunction(json.Get("stringify"))
	text, err := f(json, value)
	if err != nil {
		return "", err
	}
	return text.String(), nil
}

package console

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// Console is the state of a VM's console object.
type Console struct {
	host     Host
	out, err io.Writer

	indent string
	timers map[string]time.Time
	counts map[string]int
}

// New returns a console that writes to out and err.
func New(host Host, out, err io.Writer) Console {
	return Console{host: host, out: out, err: err}
}

// NewObject builds the console object.
func (c *Console) NewObject() goja.Value {
	rt := c.host.Runtime()
	var names []string
	methods := make(map[string]func(goja.FunctionCall))
	method := func(name string, f func(goja.FunctionCall)) {
		names = append(names, name)
		methods[name] = f
	}
	for _, name := range []string{"log", "info", "debug"} {
		method(name, func(call goja.FunctionCall) { c.print(c.out, c.formatArguments(call.Arguments)) })
	}
	for _, name := range []string{"error", "warn"} {
		method(name, func(call goja.FunctionCall) { c.print(c.err, c.formatArguments(call.Arguments)) })
	}
	method("dir", func(call goja.FunctionCall) { c.print(c.out, Inspect(c.host, call.Argument(0))) })
	method("trace", func(call goja.FunctionCall) { c.print(c.err, c.trace(call)) })
	method("table", c.table)
	method("assert", func(call goja.FunctionCall) {
		if call.Argument(0).ToBoolean() {
			return
		}
		text := "Assertion failed"
		if len(call.Arguments) > 1 {
			text += ": " + c.formatArguments(call.Arguments[1:])
		}
		c.print(c.err, text)
	})
	method("group", func(call goja.FunctionCall) {
		if len(call.Arguments) > 0 {
			c.print(c.out, c.formatArguments(call.Arguments))
		}
		c.indent += "  "
	})
	method("groupEnd", func(goja.FunctionCall) { c.indent = strings.TrimSuffix(c.indent, "  ") })
	method("count", func(call goja.FunctionCall) {
		if c.counts == nil {
			c.counts = make(map[string]int)
		}
		label := labelOf(call)
		c.counts[label]++
		c.print(c.out, fmt.Sprintf("%s: %d", label, c.counts[label]))
	})
	method("time", func(call goja.FunctionCall) {
		if c.timers == nil {
			c.timers = make(map[string]time.Time)
		}
		c.timers[labelOf(call)] = time.Now()
	})
	method("timeLog", func(call goja.FunctionCall) { c.timeSince(labelOf(call)) })
	method("timeEnd", func(call goja.FunctionCall) {
		label := labelOf(call)
		c.timeSince(label)
		delete(c.timers, label)
	})
	return lazy.NewMembers(rt, func() []string { return slices.Clone(names) }, func(name string) goja.Value {
		f := methods[name]
		if f == nil {
			return nil
		}
		return objects.NewFunction(rt, name, func(call goja.FunctionCall) goja.Value {
			f(call)
			return goja.Undefined()
		})
	})
}

func labelOf(call goja.FunctionCall) string {
	if label := call.Argument(0); !goja.IsUndefined(label) {
		return label.String()
	}
	return "default"
}

// print writes a text as whole lines. A reader that went away does not fail the script.
func (c *Console) print(w io.Writer, text string) {
	if c.indent != "" {
		text = c.indent + strings.ReplaceAll(text, "\n", "\n"+c.indent)
	}
	_, _ = io.WriteString(w, text+"\n")
}

func (c *Console) timeSince(label string) {
	started, ok := c.timers[label]
	if !ok {
		c.print(c.err, fmt.Sprintf("console.time was not called for %q", label))
		return
	}
	c.print(c.out, fmt.Sprintf("%s: %.3fms", label, float64(time.Since(started).Microseconds())/1000))
}

func (c *Console) trace(call goja.FunctionCall) string {
	var b strings.Builder
	b.WriteString("Trace")
	if len(call.Arguments) > 0 {
		b.WriteString(": " + c.formatArguments(call.Arguments))
	}
	WriteTrace(&b, c.host.Trace())
	return b.String()
}

// table prints rows with the host's print_table if there is one, and otherwise one row a line.
func (c *Console) table(call goja.FunctionCall) {
	if printTable := c.host.PrintTable(); printTable != nil {
		if _, err := printTable(goja.Undefined(), call.Arguments...); err != nil {
			panic(err)
		}
		return
	}
	rows, ok := call.Argument(0).(*goja.Object)
	if !ok || rows.ClassName() != "Array" {
		c.print(c.out, c.formatArguments(call.Arguments))
		return
	}
	c.host.Runtime().ForOf(rows, func(row goja.Value) bool {
		c.print(c.out, Inspect(c.host, row))
		return true
	})
}

// formatArguments renders the arguments of console.log: strings as they are, other values inspected, and the directives of
// a first string that has some.
func (c *Console) formatArguments(args []goja.Value) string {
	var b strings.Builder
	if len(args) > 1 && goja.IsString(args[0]) {
		if format := args[0].String(); strings.Contains(format, "%") {
			args = c.formatDirectives(&b, format, args[1:])
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
			b.WriteString(Inspect(c.host, arg))
		}
	}
	return b.String()
}

// formatDirectives writes format with its directives replaced and returns the arguments left over.
func (c *Console) formatDirectives(b *strings.Builder, format string, args []goja.Value) []goja.Value {
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
		b.WriteString(c.formatDirective(directive, args[0]))
		args = args[1:]
		i++
	}
	return args
}

func (c *Console) formatDirective(directive byte, arg goja.Value) string {
	_, isObject := arg.(*goja.Object)
	_, isSymbol := arg.(*goja.Symbol)
	switch directive {
	case 's':
		if isObject || isSymbol {
			return Inspect(c.host, arg)
		}
		return arg.String()
	case 'd', 'i', 'f':
		if isObject || isSymbol {
			return "NaN"
		}
		if directive == 'i' {
			return c.callGlobal("parseInt", arg).String()
		}
		if directive == 'f' {
			return c.callGlobal("parseFloat", arg).String()
		}
		return arg.ToNumber().String()
	case 'j':
		text, err := c.stringify(arg)
		if err != nil {
			return "[" + err.Error() + "]"
		}
		return text
	case 'c':
		return ""
	default:
		return Inspect(c.host, arg)
	}
}

// callGlobal calls a built-in function.
func (c *Console) callGlobal(name string, args ...goja.Value) goja.Value {
	f, _ := goja.AssertFunction(c.host.Runtime().Get(name))
	value, err := f(goja.Undefined(), args...)
	if err != nil {
		panic(err)
	}
	return value
}

// stringify is JSON.stringify.
func (c *Console) stringify(value goja.Value) (string, error) {
	json := c.host.Runtime().Get("JSON").(*goja.Object)
	f, _ := goja.AssertFunction(json.Get("stringify"))
	text, err := f(json, value)
	if err != nil {
		return "", err
	}
	return text.String(), nil
}

package web

import (
	"embed"
	"slices"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// The classes of the web platform are written in JavaScript, over a few primitives in Go. Each file evaluates to a function that takes
// the primitives and returns the globals which it defines.
//
//go:embed *.js
var sources embed.FS

// file is a file of globals, compiled once for all VMs.
type file struct {
	globals []string
	program func() *goja.Program
}

func newFile(name string, globals ...string) file {
	return file{globals: globals, program: sync.OnceValue(func() *goja.Program {
		source, err := sources.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		return goja.MustCompile(syntax.BundleFile, string(source), true)
	})}
}

var files = []file{
	newFile("url.js", "URL", "URLSearchParams"),
	newFile("encoding.js", "TextEncoder", "TextDecoder"),
	newFile("events.js", "DOMException", "Event", "EventTarget", "AbortController", "AbortSignal"),
	newFile("clone.js", "structuredClone"),
	newFile("fetch.js", "fetch", "Headers", "Request", "Response"),
}

// Classes lists the globals that are classes and functions of the web platform.
func Classes() []string {
	var names []string
	for _, f := range files {
		names = append(names, f.globals...)
	}
	return names
}

// Global builds a global of the web platform, or returns nil when there is none of that name.
func Global(host Host, name string) goja.Value {
	w := &web{host, host.Runtime()}
	switch name {
	case "atob":
		return objects.NewFunction(w.rt, name, w.atob)
	case "btoa":
		return objects.NewFunction(w.rt, name, w.btoa)
	case "crypto":
		return w.addCrypto(w.rt.NewObject())
	case "performance":
		return w.newPerformance()
	}
	for _, f := range files {
		if slices.Contains(f.globals, name) {
			return w.load(f, name)
		}
	}
	return nil
}

// load defines all globals of a file, since they belong together, and returns the one that was asked for.
func (w *web) load(f file, name string) goja.Value {
	value, err := w.rt.RunProgram(f.program())
	if err != nil {
		panic(err)
	}
	define, _ := goja.AssertFunction(value)
	defined, err := define(goja.Undefined(), w.primitives())
	if err != nil {
		panic(err)
	}
	global := w.rt.GlobalObject()
	taken := global.GetOwnPropertyNames()
	for _, other := range f.globals {
		if other != name && !slices.Contains(taken, other) {
			_ = global.DefineDataProperty(other, defined.(*goja.Object).Get(other), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	return defined.(*goja.Object).Get(name)
}

// primitives is what the files in JavaScript build upon.
func (w *web) primitives() goja.Value {
	primitives := w.rt.NewObject()
	for name, f := range map[string]func(goja.FunctionCall) goja.Value{
		"after":        w.after,
		"bytes":        w.bytes,
		"classOf":      w.classOf,
		"decode":       w.decode,
		"decoder":      w.decoder,
		"detach":       w.detach,
		"encode":       w.encode,
		"encodingName": w.encodingName,
		"finish":       w.finish,
		"formatQuery":  w.formatQuery,
		"guard":        w.guard,
		"now":          w.now(),
		"parseJSON":    w.parseJSON,
		"parseQuery":   w.parseQuery,
		"parseURL":     w.parseURL,
		"primitive":    w.primitive,
		"send":         w.send,
		"setURL":       w.setURL,
		"viewClass":    w.viewClass,
		"wellFormed":   w.wellFormed,
	} {
		_ = primitives.Set(name, f)
	}
	return primitives
}

// guard marks a promise as that of a call.
func (w *web) guard(call goja.FunctionCall) goja.Value {
	return w.host.Guard(call.Argument(0).Export().(*goja.Promise), call.Argument(1).String())
}

// finish gives a class the name that Object.prototype.toString shows and, if a method is named, the iterator.
func (w *web) finish(call goja.FunctionCall) goja.Value {
	class := call.Argument(0).(*goja.Object)
	proto := class.Get("prototype").(*goja.Object)
	_ = proto.DefineDataPropertySymbol(goja.SymToStringTag, class.Get("name"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if iterate := call.Argument(1); !goja.IsUndefined(iterate) {
		_ = proto.DefineDataPropertySymbol(goja.SymIterator, proto.Get(iterate.String()), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return goja.Undefined()
}

// wellFormed turns a value into a string without halves of surrogate pairs.
func (w *web) wellFormed(call goja.FunctionCall) goja.Value {
	return w.rt.ToValue(call.Argument(0).ToString().String())
}

// newDOMException makes an exception to throw.
func (w *web) newDOMException(name, message string) goja.Value {
	exception, err := w.rt.New(w.rt.Get("DOMException"), w.rt.ToValue(message), w.rt.ToValue(name))
	if err != nil {
		panic(err)
	}
	return exception
}

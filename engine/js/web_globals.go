package js

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
//go:embed web/*.js
var webSources embed.FS

// webFile is a file of globals, compiled once for all VMs.
type webFile struct {
	globals []string
	program func() *goja.Program
}

func newWebFile(name string, globals ...string) webFile {
	return webFile{globals: globals, program: sync.OnceValue(func() *goja.Program {
		source, err := webSources.ReadFile("web/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		return goja.MustCompile(syntax.BundleFile, string(source), true)
	})}
}

var webFiles = []webFile{
	newWebFile("url.js", "URL", "URLSearchParams"),
	newWebFile("encoding.js", "TextEncoder", "TextDecoder"),
	newWebFile("events.js", "DOMException", "Event", "EventTarget", "AbortController", "AbortSignal"),
	newWebFile("clone.js", "structuredClone"),
	newWebFile("fetch.js", "fetch", "Headers", "Request", "Response"),
}

// webGlobal builds a global of the web platform, or returns nil when there is none of that name.
func (v *vm) webGlobal(name string) goja.Value {
	switch name {
	case "atob":
		return objects.NewFunction(v.rt, name, v.atob)
	case "btoa":
		return objects.NewFunction(v.rt, name, v.btoa)
	case "crypto":
		return v.addWebCrypto(v.rt.NewObject())
	case "performance":
		return v.newPerformance()
	}
	for _, f := range webFiles {
		if slices.Contains(f.globals, name) {
			return v.loadWebFile(f, name)
		}
	}
	return nil
}

// loadWebFile defines all globals of a file, since they belong together, and returns the one that was asked for.
func (v *vm) loadWebFile(f webFile, name string) goja.Value {
	value, err := v.rt.RunProgram(f.program())
	if err != nil {
		panic(err)
	}
	define, _ := goja.AssertFunction(value)
	defined, err := define(goja.Undefined(), v.webPrimitives())
	if err != nil {
		panic(err)
	}
	global := v.rt.GlobalObject()
	taken := global.GetOwnPropertyNames()
	for _, other := range f.globals {
		if other != name && !slices.Contains(taken, other) {
			_ = global.DefineDataProperty(other, defined.(*goja.Object).Get(other), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	return defined.(*goja.Object).Get(name)
}

// webPrimitives is what the files in JavaScript build upon.
func (v *vm) webPrimitives() goja.Value {
	host := v.rt.NewObject()
	for name, f := range map[string]func(goja.FunctionCall) goja.Value{
		"after":        v.webAfter,
		"bytes":        v.webBytes,
		"classOf":      v.webClassOf,
		"decode":       v.webDecode,
		"decoder":      v.webDecoder,
		"detach":       v.webDetach,
		"encode":       v.webEncode,
		"encodingName": v.webEncodingName,
		"finish":       v.webFinish,
		"formatQuery":  v.webFormatQuery,
		"now":          v.webNow(),
		"parseJSON":    v.webParseJSON,
		"parseQuery":   v.webParseQuery,
		"parseURL":     v.webParseURL,
		"primitive":    v.webPrimitive,
		"send":         v.webSend,
		"setURL":       v.webSetURL,
		"viewClass":    v.webViewClass,
		"wellFormed":   v.webWellFormed,
	} {
		_ = host.Set(name, f)
	}
	return host
}

// webFinish gives a class the name that Object.prototype.toString shows and, if a method is named, the iterator.
func (v *vm) webFinish(call goja.FunctionCall) goja.Value {
	class := call.Argument(0).(*goja.Object)
	proto := class.Get("prototype").(*goja.Object)
	_ = proto.DefineDataPropertySymbol(goja.SymToStringTag, class.Get("name"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if iterate := call.Argument(1); !goja.IsUndefined(iterate) {
		_ = proto.DefineDataPropertySymbol(goja.SymIterator, proto.Get(iterate.String()), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return goja.Undefined()
}

// webWellFormed turns a value into a string without halves of surrogate pairs.
func (v *vm) webWellFormed(call goja.FunctionCall) goja.Value {
	return v.rt.ToValue(call.Argument(0).ToString().String())
}

// newDOMException makes an exception to throw.
func (v *vm) newDOMException(name, message string) goja.Value {
	exception, err := v.rt.New(v.rt.Get("DOMException"), v.rt.ToValue(message), v.rt.ToValue(name))
	if err != nil {
		panic(err)
	}
	return exception
}

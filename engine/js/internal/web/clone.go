package web

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// classOf tells what a value is, whatever its properties and prototype pretend, for structuredClone.
func (w *web) classOf(call goja.FunctionCall) goja.Value {
	object, ok := call.Argument(0).(*goja.Object)
	if !ok {
		return goja.Undefined()
	}
	return w.rt.ToValue(w.classOfObject(object))
}

// classOfObject is "View" for typed arrays and DataViews, and "Object" for all that structuredClone takes apart by its members.
func (w *web) classOfObject(object *goja.Object) string {
	if class := object.ClassName(); class != "Object" {
		return class
	}
	if w.host.IsHostObject(object) {
		return "host object"
	}
	switch object.ExportType() {
	case objects.TypePromise:
		return "Promise"
	case objects.TypeMap:
		return "Map"
	case objects.TypeSet:
		return "Set"
	case objects.TypeArrayBuffer:
		return "ArrayBuffer"
	}
	if _, ok := objects.ViewBytes(object); ok {
		return "View"
	}
	if tag := object.GetSymbol(goja.SymToStringTag); tag != nil {
		switch name := tag.String(); name {
		case "BigInt", "Symbol", "WeakMap", "WeakSet", "WeakRef", "Generator":
			return name
		}
	}
	return "Object"
}

// primitive is the value in an object such as new Number(1).
func (w *web) primitive(call goja.FunctionCall) goja.Value {
	return objects.Primitive(w.rt, call.Argument(0).(*goja.Object))
}

// viewClass is the built-in class of a typed array or DataView.
func (w *web) viewClass(call goja.FunctionCall) goja.Value {
	return w.rt.Get(call.Argument(0).(*goja.Object).GetSymbol(goja.SymToStringTag).String())
}

// detach empties an ArrayBuffer that was transferred.
func (w *web) detach(call goja.FunctionCall) goja.Value {
	if buffer, ok := call.Argument(0).Export().(goja.ArrayBuffer); ok {
		buffer.Detach()
	}
	return goja.Undefined()
}

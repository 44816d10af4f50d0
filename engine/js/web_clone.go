package js

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// webClassOf tells what a value is, whatever its properties and prototype pretend, for structuredClone.
func (v *vm) webClassOf(call goja.FunctionCall) goja.Value {
	object, ok := call.Argument(0).(*goja.Object)
	if !ok {
		return goja.Undefined()
	}
	return v.rt.ToValue(classOf(object))
}

// classOf is "View" for typed arrays and DataViews, and "Object" for all that structuredClone takes apart by its members.
func classOf(object *goja.Object) string {
	if class := object.ClassName(); class != "Object" {
		return class
	}
	switch object.ExportType() {
	case typeOpaque, typeHandle, typeSequence:
		return "host object"
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

// webPrimitive is the value in an object such as new Number(1).
func (v *vm) webPrimitive(call goja.FunctionCall) goja.Value {
	return objects.Primitive(v.rt, call.Argument(0).(*goja.Object))
}

// webViewClass is the built-in class of a typed array or DataView.
func (v *vm) webViewClass(call goja.FunctionCall) goja.Value {
	return v.rt.Get(call.Argument(0).(*goja.Object).GetSymbol(goja.SymToStringTag).String())
}

// webDetach empties an ArrayBuffer that was transferred.
func (v *vm) webDetach(call goja.FunctionCall) goja.Value {
	if buffer, ok := call.Argument(0).Export().(goja.ArrayBuffer); ok {
		buffer.Detach()
	}
	return goja.Undefined()
}

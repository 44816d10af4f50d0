package objects

import (
	"reflect"
	"strings"

	"github.com/dop251/goja"
)

// The types by which goja exports objects.
var (
	TypePromise = reflect.TypeFor[*goja.Promise]()
	TypeProxy   = reflect.TypeFor[goja.Proxy]()
	// goja exports these two kinds of objects in this way, and of other objects only arrays.
	TypeMap         = reflect.TypeFor[[][2]any]()
	TypeSet         = reflect.TypeFor[[]any]()
	TypeArrayBuffer = reflect.TypeFor[goja.ArrayBuffer]()
)

// MaxSafe is the largest whole number that scripts tell from its neighbours.
const MaxSafe = 1 << 53

// IsNullish reports whether a value is null, undefined or not there.
func IsNullish(value goja.Value) bool {
	return value == nil || goja.IsUndefined(value) || goja.IsNull(value)
}

// IsIdentifier reports whether a key can be written after a dot.
func IsIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && r != '$' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// Primitive takes the value out of an object such as new Number(1).
func Primitive(rt *goja.Runtime, object *goja.Object) goja.Value {
	valueOf, ok := goja.AssertFunction(object.Get("valueOf"))
	if !ok {
		panic(rt.NewTypeError("cannot convert an object to a primitive value"))
	}
	value, err := valueOf(object)
	if err != nil {
		panic(err)
	}
	if _, still := value.(*goja.Object); still {
		panic(rt.NewTypeError("cannot convert an object to a primitive value"))
	}
	return value
}

// Bytes returns the bytes of a typed array: a copy, since the host may keep it while the script goes on.
func Bytes(object *goja.Object) ([]byte, bool) {
	if t := object.ExportType(); t == nil || t.Kind() != reflect.Slice || t == TypeSet || t == TypeMap {
		return nil, false
	}
	buffer, ok := object.Get("buffer").(*goja.Object)
	if !ok || buffer.ExportType() != TypeArrayBuffer {
		return nil, false
	}
	data := buffer.Export().(goja.ArrayBuffer).Bytes()
	start, length := object.Get("byteOffset").ToInteger(), object.Get("byteLength").ToInteger()
	return append([]byte(nil), data[start:start+length]...), true
}

// ViewBytes returns the bytes under a typed array or DataView.
func ViewBytes(object *goja.Object) ([]byte, bool) {
	if tag := object.GetSymbol(goja.SymToStringTag); tag == nil || !isViewName(tag.String()) {
		return nil, false
	}
	buffer, ok := object.Get("buffer").(*goja.Object)
	if !ok {
		return nil, false
	}
	data, ok := buffer.Export().(goja.ArrayBuffer)
	if !ok {
		return nil, false
	}
	start, length := object.Get("byteOffset").ToInteger(), object.Get("byteLength").ToInteger()
	return data.Bytes()[start : start+length], true
}

func isViewName(name string) bool {
	return name == "DataView" || strings.HasSuffix(name, "Array") && len(name) > len("Array")
}

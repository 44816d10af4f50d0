package js

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/export"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// toValue turns a value of the host into one of the script; see engine.Function for the types.
func (v *vm) toValue(x any) (goja.Value, error) { return v.toValueIn(x, "", 0) }

// resultValue is toValue for a result of the host function of that name.
func (v *vm) resultValue(x any, name string) (goja.Value, error) { return v.toValueIn(x, name, 0) }

// toValueIn is resultValue for a value inside depth others.
func (v *vm) toValueIn(x any, name string, depth int) (goja.Value, error) {
	if depth > valuepath.MaxDepth {
		return nil, fmt.Errorf("the host gave a value that %s", valuepath.TooDeep)
	}
	switch x := x.(type) {
	case nil, engine.Null:
		return goja.Null(), nil
	case int:
		return v.integer(int64(x))
	case int64:
		return v.integer(x)
	case uint:
		return v.unsigned(uint64(x))
	case uint64:
		return v.unsigned(x)
	case bool, string, int8, int16, int32, uint8, uint16, uint32, float32, float64:
		return v.rt.ToValue(x), nil
	case engine.JSON:
		return v.fromJSON(x)
	case *tape.Document:
		return lazy.NewValue(v.rt, &v.pages, x), nil
	case []byte:
		return v.newBytes(x)
	case time.Time:
		if x.UnixMilli() > maxDate || x.UnixMilli() < -maxDate {
			return nil, fmt.Errorf("the host gave the time %s, which is out of the range of a Date", x.Format(time.RFC3339))
		}
		return v.rt.New(v.rt.Get("Date"), v.rt.ToValue(x.UnixMilli()))
	case []any:
		return v.newArray(x, name, depth)
	case engine.Multi:
		return v.newArray(x, name, depth)
	case map[string]any:
		object := v.rt.NewObject()
		for _, key := range slices.Sorted(maps.Keys(x)) {
			value, err := v.toValueIn(x[key], name, depth+1)
			if err != nil {
				return nil, err
			}
			if err := objects.SetMember(object, key, value); err != nil {
				return nil, err
			}
		}
		return object, nil
	case engine.Record:
		object := v.rt.NewObject()
		for _, f := range x {
			value, err := v.toValueIn(f.Value, name, depth+1)
			if err != nil {
				return nil, err
			}
			if err := objects.SetMember(object, f.Name, value); err != nil {
				return nil, err
			}
		}
		return object, nil
	case engine.Sequence:
		return v.newSequence(x, name), nil
	case *engine.Module:
		return v.moduleObject(x), nil
	case engine.Handle:
		return v.handleValue(x)
	case engine.Opaque:
		return v.rt.NewDynamicObject(&opaqueObject{value: x}), nil
	default:
		return nil, fmt.Errorf("the host gave a value of Go type %T, which scripts cannot take", x)
	}
}

// maxDate bounds the times of a Date, in milliseconds from 1970.
const maxDate = 8_640_000_000_000_000

// integer refuses numbers that scripts would see rounded.
func (v *vm) integer(x int64) (goja.Value, error) {
	if x > objects.MaxSafe || x < -objects.MaxSafe {
		return nil, fmt.Errorf("the host gave the integer %d, which scripts would see rounded: give it as a string", x)
	}
	return v.rt.ToValue(x), nil
}

func (v *vm) unsigned(x uint64) (goja.Value, error) {
	if x > objects.MaxSafe {
		return nil, fmt.Errorf("the host gave the integer %d, which scripts would see rounded: give it as a string", x)
	}
	return v.rt.ToValue(int64(x)), nil
}

// fromJSON turns an encoded result into values. That of an asynchronous call is read in the call's own goroutine.
func (v *vm) fromJSON(raw engine.JSON) (goja.Value, error) {
	doc, err := lazy.Prepare(raw)
	if err != nil {
		return nil, err
	}
	return v.toValue(doc)
}

// itemsPerLook is how many items of a list are made from one look at the run's context to the next.
const itemsPerLook = 4096

func (v *vm) newArray(items []any, name string, depth int) (goja.Value, error) {
	values := make([]any, len(items))
	for i, item := range items {
		if i%itemsPerLook == itemsPerLook-1 && v.run != nil && v.run.ctx.Err() != nil {
			return nil, context.Cause(v.run.ctx)
		}
		value, err := v.toValueIn(item, name, depth+1)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return v.rt.NewArray(values...), nil
}

// newBytes makes a Uint8Array over data.
func (v *vm) newBytes(data []byte) (goja.Value, error) {
	return v.rt.New(v.rt.Get("Uint8Array"), v.rt.ToValue(v.rt.NewArrayBuffer(data)))
}

// opaqueObject carries a Go value through a script. It shows no properties and takes none.
type opaqueObject struct {
	value engine.Opaque
}

func (*opaqueObject) Get(string) goja.Value       { return nil }
func (*opaqueObject) Set(string, goja.Value) bool { return false }
func (*opaqueObject) Has(string) bool             { return false }
func (*opaqueObject) Delete(string) bool          { return true }
func (*opaqueObject) Keys() []string              { return nil }

// fromArguments turns the arguments of a call into Go values as engine.Function describes them, behind those given already.
func (v *vm) fromArguments(form engine.ArgumentForm, arguments []goja.Value, first ...any) ([]any, error) {
	for form != engine.LenientArguments && len(arguments) > 0 && objects.IsNullish(arguments[len(arguments)-1]) {
		arguments = arguments[:len(arguments)-1]
	}
	if len(arguments) == 0 {
		return first, nil
	}
	args := append(make([]any, 0, len(first)+len(arguments)), first...)
	for i, argument := range arguments {
		e := export.Formed(host{v}, "argument "+strconv.Itoa(i+1), form)
		value, err := e.Export(argument)
		if err != nil {
			return nil, err
		}
		args = append(args, value)
	}
	return args, nil
}

// The types by which goja exports objects of the host's.
var (
	typeOpaque   = reflect.TypeFor[*opaqueObject]()
	typeHandle   = reflect.TypeFor[*handleObject]()
	typeSequence = reflect.TypeFor[*sequence]()
)

package js

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// maxDepth bounds the nesting of values that go from a script to the host.
const maxDepth = valuepath.MaxDepth

// checkInterval is how many values are converted between two looks at the run's context.
const checkInterval = 4096

// fromArguments turns the arguments of a call into Go values as engine.Function describes them, behind those given already.
func (v *vm) fromArguments(arguments []goja.Value, first ...any) ([]any, error) {
	for len(arguments) > 0 && objects.IsNullish(arguments[len(arguments)-1]) {
		arguments = arguments[:len(arguments)-1]
	}
	if len(arguments) == 0 {
		return first, nil
	}
	args := append(make([]any, 0, len(first)+len(arguments)), first...)
	for i, argument := range arguments {
		e := exporter{vm: v, root: "argument " + strconv.Itoa(i+1)}
		value, err := e.export(argument)
		if err != nil {
			return nil, err
		}
		args = append(args, value)
	}
	return args, nil
}

// exporter turns one value into its Go form.
type exporter struct {
	vm *vm
	// root names the value in errors, and path is the way from there to the value at hand.
	root string
	path []step
	// parents are the containers around the value at hand.
	parents []*goja.Object
	count   int
}

// step is a member or an item on the way.
type step struct {
	key   string
	index int // of an item, or -1
}

func (e *exporter) problem(format string, args ...any) error {
	path := []byte(e.root)
	for _, s := range e.path {
		switch {
		case s.index >= 0:
			path = append(path, '[')
			path = strconv.AppendInt(path, int64(s.index), 10)
			path = append(path, ']')
		case objects.IsIdentifier(s.key):
			path = append(append(path, '.'), s.key...)
		default:
			path = append(path, '[')
			path = strconv.AppendQuote(path, s.key)
			path = append(path, ']')
		}
	}
	return &engine.ArgumentError{Path: valuepath.Cut(string(path)), Problem: fmt.Sprintf(format, args...)}
}

func (e *exporter) export(value goja.Value) (any, error) {
	if e.count++; e.count%checkInterval == 0 && e.vm.run != nil && e.vm.run.ctx.Err() != nil {
		return nil, context.Cause(e.vm.run.ctx)
	}
	if objects.IsNullish(value) {
		return nil, nil
	}
	if object, ok := value.(*goja.Object); ok {
		return e.exportObject(object)
	}
	if _, ok := value.(*goja.Symbol); ok {
		return nil, e.problem("is a symbol, which has no JSON form")
	}
	switch x := value.Export().(type) {
	case bool, string, int64:
		return x, nil
	case float64:
		return e.number(x)
	case *big.Int:
		return nil, e.problem("is a BigInt, which has no JSON form: pass Number(x) or String(x)")
	default:
		return nil, e.problem("has no JSON form")
	}
}

// number keeps the two kinds of numbers apart: int64 without a fraction, float64 otherwise.
func (e *exporter) number(x float64) (any, error) {
	switch {
	case math.IsNaN(x):
		return nil, e.problem("is NaN, which has no JSON form")
	case math.IsInf(x, 0):
		return nil, e.problem("is %s, which has no JSON form", map[bool]string{true: "-Infinity", false: "Infinity"}[x < 0])
	case x == math.Trunc(x) && math.Abs(x) <= maxSafe:
		return int64(x), nil
	default:
		return x, nil
	}
}

func (e *exporter) exportObject(object *goja.Object) (any, error) {
	switch object.ExportType() {
	case typeOpaque:
		return object.Export().(*opaqueObject).value, nil
	case typeHandle:
		return object.Export().(*handleObject).handle, nil
	case typeSequence:
		return nil, e.problem("is an async iterable, which has no JSON form: collect it with Array.fromAsync")
	case objects.TypePromise:
		return nil, e.problem("is a Promise: await it first")
	case objects.TypeArrayBuffer:
		// A copy, as for typed arrays: the host may read it while the script goes on.
		return bytes.Clone(object.Export().(goja.ArrayBuffer).Bytes()), nil
	}
	if data, ok := objects.Bytes(object); ok {
		return data, nil
	}
	if _, ok := goja.AssertFunction(object); ok {
		return nil, e.problem("is a function, which has no JSON form")
	}
	switch class := object.ClassName(); class {
	case "Date":
		t, ok := object.Export().(time.Time)
		if !ok || t.IsZero() && math.IsNaN(object.ToFloat()) {
			return nil, e.problem("is an invalid Date")
		}
		return t, nil
	case "Number", "String", "Boolean", "BigInt", "Symbol":
		return e.export(objects.Primitive(e.vm.rt, object))
	case "Array":
		return e.nested(object, e.exportArray)
	}
	switch object.ExportType() {
	case objects.TypeMap:
		return nil, e.problem("is a Map, which has no JSON form: pass Object.fromEntries(map)")
	case objects.TypeSet:
		return nil, e.problem("is a Set, which has no JSON form: pass [...set]")
	}
	if toJSON, ok := goja.AssertFunction(object.Get("toJSON")); ok {
		replaced, err := toJSON(object, goja.Undefined())
		if err != nil {
			panic(err)
		}
		if replaced != goja.Value(object) {
			return e.nestedValue(object, replaced)
		}
	}
	return e.nested(object, e.exportMembers)
}

// nested converts a container after a look at the ones around it.
func (e *exporter) nested(object *goja.Object, convert func(*goja.Object) (any, error)) (any, error) {
	if err := e.enter(object); err != nil {
		return nil, err
	}
	defer e.leave()
	return convert(object)
}

func (e *exporter) nestedValue(object *goja.Object, value goja.Value) (any, error) {
	if err := e.enter(object); err != nil {
		return nil, err
	}
	defer e.leave()
	return e.export(value)
}

func (e *exporter) enter(object *goja.Object) error {
	for _, parent := range e.parents {
		if parent == object {
			return e.problem("is a circular reference, which has no JSON form")
		}
	}
	if len(e.parents) >= maxDepth {
		return e.problem(valuepath.TooDeep)
	}
	e.parents = append(e.parents, object)
	return nil
}

func (e *exporter) leave() { e.parents = e.parents[:len(e.parents)-1] }

func (e *exporter) exportArray(object *goja.Object) (any, error) {
	length := object.Get("length").ToInteger()
	items := make([]any, 0, min(length, checkInterval))
	for i := range length {
		e.path = append(e.path, step{index: int(i)})
		item, err := e.export(object.Get(strconv.FormatInt(i, 10)))
		if err != nil {
			return nil, err
		}
		e.path = e.path[:len(e.path)-1]
		items = append(items, item)
	}
	return items, nil
}

func (e *exporter) exportMembers(object *goja.Object) (any, error) {
	// Only what is a view is exported: goja's Export of any other object converts all that is below it.
	if object.ExportType() == lazy.Type {
		view := object.Export().(*lazy.View)
		if doc, at, ok := view.Doc(); ok {
			return e.exportView(view, doc, at)
		}
	}
	keys := object.Keys()
	if len(keys) == 0 {
		if _, ok := goja.AssertFunction(object.Get("next")); ok {
			return nil, e.problem("is an iterator, which has no JSON form: pass [...iterator]")
		}
	}
	members := make(map[string]any, len(keys))
	for _, key := range keys {
		value := object.Get(key)
		if value == nil || goja.IsUndefined(value) {
			continue
		}
		e.path = append(e.path, step{key: key, index: -1})
		member, err := e.export(value)
		if err != nil {
			return nil, err
		}
		e.path = e.path[:len(e.path)-1]
		members[key] = member
	}
	return members, nil
}

var (
	typeOpaque   = reflect.TypeFor[*opaqueObject]()
	typeHandle   = reflect.TypeFor[*handleObject]()
	typeSequence = reflect.TypeFor[*sequence]()
)

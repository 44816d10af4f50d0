// Package export turns values of scripts into Go values, as engine.Function describes them.
package export

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
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

// Host is what the conversion needs of the VM that a value belongs to.
type Host interface {
	Runtime() *goja.Runtime
	// Stopped returns why the run in progress was stopped, or nil.
	Stopped() error
	// Inspect renders a value for people.
	Inspect(value goja.Value) string
	// Failure describes an error object. What convert makes of its members is part of it.
	Failure(object *goja.Object, convert func(goja.Value) any) *engine.Failure
	// HostValue returns what an object of the host's stands for, or the problem with it. It is false for other objects.
	HostValue(object *goja.Object) (value any, problem string, ok bool)
}

// Exporter turns one value into its Go form.
type Exporter struct {
	host Host
	form engine.ArgumentForm
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

// New returns an exporter of one value. Root names the value in errors.
func New(host Host, root string) Exporter { return Exporter{host: host, root: root} }

// Formed is New for an argument of a function that takes its arguments in a form.
func Formed(host Host, root string, form engine.ArgumentForm) Exporter {
	return Exporter{host: host, root: root, form: form}
}

func (e *Exporter) problem(format string, args ...any) error {
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

// Export returns the Go form of a value. A value that has none is an *engine.ArgumentError.
func (e *Exporter) Export(value goja.Value) (any, error) {
	if e.count++; e.count%checkInterval == 0 {
		if err := e.host.Stopped(); err != nil {
			return nil, err
		}
	}
	if e.form == engine.LenientArguments {
		return e.lenient(value)
	}
	return e.export(value)
}

func (e *Exporter) export(value goja.Value) (any, error) {
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
func (e *Exporter) number(x float64) (any, error) {
	switch {
	case math.IsNaN(x):
		return nil, e.problem("is NaN, which has no JSON form")
	case math.IsInf(x, 0):
		return nil, e.problem("is %s, which has no JSON form", map[bool]string{true: "-Infinity", false: "Infinity"}[x < 0])
	case x == math.Trunc(x) && math.Abs(x) <= objects.MaxSafe:
		return int64(x), nil
	default:
		return x, nil
	}
}

func (e *Exporter) exportObject(object *goja.Object) (any, error) {
	if value, problem, ok := e.host.HostValue(object); problem != "" {
		return nil, e.problem("%s", problem)
	} else if ok {
		return value, nil
	}
	switch object.ExportType() {
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
		return e.Export(objects.Primitive(e.host.Runtime(), object))
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
func (e *Exporter) nested(object *goja.Object, convert func(*goja.Object) (any, error)) (any, error) {
	if err := e.enter(object); err != nil {
		return nil, err
	}
	defer e.leave()
	return convert(object)
}

func (e *Exporter) nestedValue(object *goja.Object, value goja.Value) (any, error) {
	if err := e.enter(object); err != nil {
		return nil, err
	}
	defer e.leave()
	return e.Export(value)
}

func (e *Exporter) enter(object *goja.Object) error {
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

func (e *Exporter) leave() { e.parents = e.parents[:len(e.parents)-1] }

func (e *Exporter) exportArray(object *goja.Object) (any, error) {
	length := object.Get("length").ToInteger()
	items := make([]any, 0, min(length, checkInterval))
	for i := range length {
		e.path = append(e.path, step{index: int(i)})
		item, err := e.Export(object.Get(strconv.FormatInt(i, 10)))
		if err != nil {
			return nil, err
		}
		e.path = e.path[:len(e.path)-1]
		items = append(items, item)
	}
	return items, nil
}

func (e *Exporter) exportMembers(object *goja.Object) (any, error) {
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
	members := e.newMembers(len(keys))
	for _, key := range keys {
		value := e.member(object, key)
		if (value == nil || goja.IsUndefined(value)) && e.form != engine.LenientArguments {
			continue
		}
		e.path = append(e.path, step{key: key, index: -1})
		member, err := e.Export(value)
		if err != nil {
			return nil, err
		}
		e.path = e.path[:len(e.path)-1]
		members.add(key, member)
	}
	return members.value(), nil
}

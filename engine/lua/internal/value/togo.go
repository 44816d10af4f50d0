package value

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/valuepath"
	glua "github.com/yuin/gopher-lua"
)

// maxValueDepth bounds the nesting of a value.
const maxValueDepth = valuepath.MaxDepth

// Arguments turns the values on the stack from index first into a host function's arguments in the form that it takes, behind
// its receiver if it has one.
func (v *Values) Arguments(L *glua.LState, form engine.ArgumentForm, receiver any, first int) ([]any, error) {
	top := L.GetTop()
	if top < first && receiver == nil {
		return nil, nil
	}
	args := make([]any, 0, top-first+2)
	if receiver != nil {
		args = append(args, receiver)
	}
	if form == engine.LenientArguments {
		for i := first; i <= top; i++ {
			args = append(args, v.lenient(L, L.Get(i)))
		}
		return args, nil
	}
	for i := first; i <= top; i++ {
		value, err := v.ToGo(L.Get(i))
		if err != nil {
			var bad *BadValue
			if errors.As(err, &bad) {
				err = &engine.ArgumentError{Path: "argument " + strconv.Itoa(i-first+1) + bad.Path(), Problem: bad.Problem}
			}
			return nil, err
		}
		args = append(args, value)
	}
	for len(args) > 0 && args[len(args)-1] == nil {
		args = args[:len(args)-1]
	}
	return args, nil
}

// BadValue is a value without a form outside Lua, and where it stands in the value that was asked for.
type BadValue struct {
	Problem string
	steps   []string // innermost first
}

// Error implements error.
func (e *BadValue) Error() string { return "the value" + e.Path() + " " + e.Problem }

// Path returns where the value stands in the one that was asked for.
func (e *BadValue) Path() string {
	var path strings.Builder
	for _, step := range slices.Backward(e.steps) {
		path.WriteString(step)
	}
	return valuepath.Cut(path.String())
}

// ToGo turns a Lua value into the forms of engine.Function.Call's arguments. The error is a *BadValue.
func (v *Values) ToGo(value glua.LValue) (any, error) {
	switch value := value.(type) { // most are plain
	case glua.LBool:
		return bool(value), nil
	case glua.LString:
		return string(value), nil
	case glua.LNumber:
		return number(float64(value))
	}
	c := &converter{v: v}
	return c.value(value)
}

type converter struct {
	v    *Values
	path []*glua.LTable // the tables around the current value, to find cycles
	// thread is the one that calls a function which refuses no argument, or nil.
	thread *glua.LState
}

func (c *converter) value(value glua.LValue) (any, error) {
	if c.thread != nil {
		return c.shown(value), nil
	}
	return c.plain(value)
}

func (c *converter) plain(value glua.LValue) (any, error) {
	switch value := value.(type) {
	case *glua.LNilType:
		return nil, nil
	case glua.LBool:
		return bool(value), nil
	case glua.LString:
		return string(value), nil
	case glua.LNumber:
		return number(float64(value))
	case *glua.LTable:
		return c.table(value)
	case *glua.LUserData:
		if value == c.v.null {
			return nil, nil
		}
		switch held := value.Value.(type) {
		case engine.Opaque:
			return held, nil
		case engine.Handle:
			return held, nil
		}
	}
	return nil, &BadValue{Problem: "is a " + value.Type().String() + ", which has no JSON form"}
}

// maxExact bounds the whole numbers that a Lua number holds exactly.
const maxExact = 1 << 53

func number(f float64) (any, error) {
	switch {
	case math.IsNaN(f):
		return nil, &BadValue{Problem: "is not a number (the result of 0/0 or the like), which has no JSON form"}
	case math.IsInf(f, 0):
		return nil, &BadValue{Problem: "is infinite, which has no JSON form"}
	case f == math.Trunc(f) && math.Abs(f) <= maxExact:
		return int64(f), nil
	default:
		return f, nil
	}
}

func (c *converter) table(t *glua.LTable) (any, error) {
	if o := c.v.objectOf(t); o != nil && len(o.made) == 0 {
		return documentToGo(o.doc, o.at)
	}
	if l := c.v.moduleOf(t); l != nil {
		return nil, &BadValue{Problem: "is a module; call its functions with a dot, not a colon"}
	}
	c.v.Fill(t)
	if slices.Contains(c.path, t) {
		return nil, &BadValue{Problem: "contains itself"}
	}
	if len(c.path) == maxValueDepth {
		return nil, &BadValue{Problem: valuepath.TooDeep}
	}
	c.path = append(c.path, t)
	defer func() { c.path = c.path[:len(c.path)-1] }()
	if t.Metatable == c.v.meta.array {
		return c.array(t)
	}
	if o := c.v.nullsOf(t); t.Metatable == c.v.meta.plain || o != nil && o.plain {
		return c.object(t, true)
	}
	named, numbered, last := 0, 0, 0.0
	var other glua.LValue
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		switch k := k.(type) {
		case glua.LString:
			named++
		case glua.LNumber:
			numbered++
			if f := float64(k); f < 1 || f != math.Trunc(f) {
				other = k
			} else {
				last = max(last, f)
			}
		default:
			return nil, &BadValue{Problem: "has a " + k.Type().String() + " as a key; JSON has names and positions only"}
		}
	}
	switch {
	case numbered == 0:
		return c.object(t, false)
	case named > 0:
		return nil, &BadValue{Problem: "has both names and positions as keys; make it a list or an object, or say json.object(...)"}
	case other != nil || last != float64(numbered):
		return nil, &BadValue{Problem: "has number keys that are not 1 to n; fill gaps with json.null, or say json.object(...) to make names of them"}
	default:
		return c.array(t)
	}
}

func (c *converter) array(t *glua.LTable) (any, error) {
	n := t.MaxN()
	list := make([]any, n)
	for i := 1; i <= n; i++ {
		item, err := c.value(t.RawGetInt(i))
		if err != nil {
			return nil, at(err, "["+strconv.Itoa(i)+"]")
		}
		list[i-1] = item
	}
	last := glua.LNil
	if n > 0 {
		last = glua.LNumber(n)
	}
	if stray, _ := t.Next(last); stray != glua.LNil {
		return nil, &BadValue{Problem: "is a list with another key, " + c.v.Inspect(stray)}
	}
	return list, nil
}

// object turns a table into an object. Numbers become names where the script said so.
func (c *converter) object(t *glua.LTable, numbers bool) (any, error) {
	object := map[string]any{}
	for k, item := t.Next(glua.LNil); k != glua.LNil; k, item = t.Next(k) {
		var name string
		switch k := k.(type) {
		case glua.LString:
			name = string(k)
		case glua.LNumber:
			if !numbers {
				continue
			}
			name = strconv.FormatFloat(float64(k), 'f', -1, 64)
		default:
			return nil, &BadValue{Problem: "has a " + k.Type().String() + " as a key; JSON objects have names only"}
		}
		value, err := c.value(item)
		if err != nil {
			return nil, at(err, member(name))
		}
		object[name] = value
	}
	for _, name := range c.v.nullNames(t) {
		object[name] = nil
	}
	return object, nil
}

// at adds a step to the place of a bad value.
func at(err error, step string) error {
	var bad *BadValue
	if errors.As(err, &bad) {
		bad.steps = append(bad.steps, step)
	}
	return err
}

func member(name string) string {
	if syntax.IsName(name) {
		return "." + name
	}
	return "[" + strconv.Quote(name) + "]"
}

// documentToGo decodes a part of a document that the script has not touched.
func documentToGo(doc *tape.Document, i tape.Index) (any, error) {
	switch doc.Kind(i) {
	case tape.False:
		return false, nil
	case tape.True:
		return true, nil
	case tape.Number:
		return number(doc.Float(i))
	case tape.String:
		return doc.String(i), nil
	case tape.Array:
		list := make([]any, 0, doc.Len(i))
		for n, item := range doc.Items(i) {
			value, err := documentToGo(doc, item)
			if err != nil {
				return nil, at(err, "["+strconv.Itoa(n+1)+"]")
			}
			list = append(list, value)
		}
		return list, nil
	case tape.Object:
		object := make(map[string]any, doc.Len(i))
		for k, item := range doc.Members(i) {
			value, err := documentToGo(doc, item)
			if err != nil {
				return nil, at(err, member(doc.String(k)))
			}
			object[doc.String(k)] = value
		}
		return object, nil
	default:
		return nil, nil
	}
}

package value

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	glua "github.com/yuin/gopher-lua"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
)

// jsonWriter encodes plain data, with the members of tables in the order of their names and those of untouched answers in the order of
// the answer. It gives up at anything else.
type jsonWriter struct {
	v    *Values
	out  []byte
	path []*glua.LTable
}

// JSON encodes plain data, and reports whether it is.
func (v *Values) JSON(value glua.LValue) (text engine.JSON, ok bool) {
	w := jsonWriter{v: v}
	ok = w.value(value)
	return w.out, ok
}

func (w *jsonWriter) value(value glua.LValue) bool {
	switch value := value.(type) {
	case *glua.LNilType:
		w.out = append(w.out, "null"...)
	case glua.LBool:
		w.out = strconv.AppendBool(w.out, bool(value))
	case glua.LString:
		w.text(string(value))
	case glua.LNumber:
		return w.number(float64(value))
	case *glua.LUserData:
		if value != w.v.null {
			return false
		}
		w.out = append(w.out, "null"...)
	case *glua.LTable:
		return w.table(value)
	default:
		return false
	}
	return true
}

func (w *jsonWriter) text(s string) {
	w.out, _ = jsontext.AppendQuote(w.out, s)
}

func (w *jsonWriter) number(f float64) bool {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return false
	case f == math.Trunc(f) && math.Abs(f) <= 1<<53:
		w.out = strconv.AppendInt(w.out, int64(f), 10)
	default:
		format := byte('f') // as in JavaScript
		if a := math.Abs(f); a < 1e-6 || a >= 1e21 {
			format = 'e'
		}
		w.out = strconv.AppendFloat(w.out, f, format, -1, 64)
	}
	return true
}

func (w *jsonWriter) table(t *glua.LTable) bool {
	if slices.Contains(w.path, t) || len(w.path) == maxValueDepth {
		return false
	}
	w.path = append(w.path, t)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	if o := w.v.objectOf(t); o != nil {
		return w.document(o)
	}
	if t.Metatable != glua.LNil && t.Metatable != w.v.meta.array && t.Metatable != w.v.meta.plain &&
		t.Metatable != w.v.meta.nulls {
		return false
	}
	var names []string
	count, size := 0, t.MaxN()
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		switch k := k.(type) {
		case glua.LString:
			names = append(names, string(k))
		case glua.LNumber:
			if f := float64(k); f < 1 || f > float64(size) || f != math.Trunc(f) {
				return false
			}
			count++
		default:
			return false
		}
	}
	isArray := t.Metatable == w.v.meta.array || count > 0
	if count != size || isArray && len(names) > 0 {
		return false
	}
	if isArray {
		return w.array(t, size)
	}
	return w.object(t, names)
}

func (w *jsonWriter) array(t *glua.LTable, size int) bool {
	w.out = append(w.out, '[')
	for i := range size {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if !w.value(t.RawGetInt(i + 1)) {
			return false
		}
	}
	w.out = append(w.out, ']')
	return true
}

func (w *jsonWriter) object(t *glua.LTable, names []string) bool {
	names = append(names, w.v.nullNames(t)...)
	slices.Sort(names)
	w.out = append(w.out, '{')
	for i, name := range names {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.text(name)
		w.out = append(w.out, ':')
		if !w.value(t.RawGetString(name)) {
			return false
		}
	}
	w.out = append(w.out, '}')
	return true
}

// document encodes an object that nobody has filled. What the script has seen of it may have changed.
func (w *jsonWriter) document(o *lazyObject) bool {
	w.out = append(w.out, '{')
	first := true
	for k, at := range o.doc.Members(o.at) {
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		w.text(o.doc.String(k))
		w.out = append(w.out, ':')
		if !w.member(o, at) {
			return false
		}
	}
	w.out = append(w.out, '}')
	return true
}

func (w *jsonWriter) member(o *lazyObject, at tape.Index) bool {
	for _, m := range o.made {
		if m.at == at {
			return w.value(m.value)
		}
	}
	w.out = append(w.out, o.doc.Raw(at)...)
	return true
}

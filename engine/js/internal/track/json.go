package track

import (
	"math"
	"slices"
	"strconv"

	"github.com/dop251/goja"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// jsonWriter encodes plain data: null, booleans, numbers, strings, and arrays and objects of these. It runs no code of a script, and
// gives up at anything else. Members that are undefined are left out.
type jsonWriter struct {
	*Tracker
	out     []byte
	parents []*goja.Object
}

// JSON encodes plain data. It is false for what is none.
func (t *Tracker) JSON(value goja.Value) (engine.JSON, bool) {
	w := jsonWriter{Tracker: t}
	if !w.value(value) {
		return nil, false
	}
	return engine.JSON(w.out), true
}

func (w *jsonWriter) value(value goja.Value) bool {
	object, ok := value.(*goja.Object)
	if !ok {
		return w.primitive(value)
	}
	if slices.Contains(w.parents, object) || len(w.parents) >= valuepath.MaxDepth {
		return false
	}
	w.parents = append(w.parents, object)
	defer func() { w.parents = w.parents[:len(w.parents)-1] }()
	if object.ExportType() == lazy.Type {
		return w.view(object)
	}
	switch object.ClassName() {
	case "Array":
		return w.array(object)
	case "Object":
		if _, isFunction := goja.AssertFunction(object); isFunction || !w.isPlain(object) {
			return false
		}
		return w.members(object)
	}
	return false
}

func (w *jsonWriter) primitive(value goja.Value) bool {
	switch {
	case value == nil || goja.IsUndefined(value) || goja.IsBigInt(value):
		return false
	case goja.IsNull(value):
		w.out = append(w.out, "null"...)
	case goja.IsString(value):
		w.text(value.String())
	case goja.IsNumber(value):
		f := value.ToFloat()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
		if f == math.Trunc(f) && math.Abs(f) <= lazy.MaxSafeInteger {
			w.out = strconv.AppendInt(w.out, int64(f), 10)
		} else {
			w.out = append(w.out, value.String()...) // JavaScript's notation is JSON's
		}
	default:
		b, ok := value.Export().(bool)
		if !ok {
			return false // a symbol
		}
		w.out = strconv.AppendBool(w.out, b)
	}
	return true
}

func (w *jsonWriter) text(s string) {
	// Text that is not UTF-8, such as half a surrogate pair, gets replacement characters.
	w.out, _ = jsontext.AppendQuote(w.out, s)
}

// view encodes an object of a JSON result. What nobody touched comes from the tape.
func (w *jsonWriter) view(object *goja.Object) bool {
	view := object.Export().(*lazy.View)
	doc, at, ok := view.Doc()
	if !ok {
		return w.members(object)
	}
	w.out = append(w.out, '{')
	first := true
	for k, i := range doc.Members(at) {
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		w.text(doc.String(k))
		w.out = append(w.out, ':')
		if !w.viewMember(view, doc, i) {
			return false
		}
	}
	w.out = append(w.out, '}')
	return true
}

func (w *jsonWriter) viewMember(view *lazy.View, doc *tape.Document, i tape.Index) bool {
	if value, ok := view.Given(i); ok {
		return w.value(value)
	}
	w.out = append(w.out, doc.Raw(i)...)
	return true
}

func (w *jsonWriter) array(object *goja.Object) bool {
	length := int(object.Get("length").ToInteger())
	w.out = append(w.out, '[')
	for i := range length {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		item, ok := w.Tracker.Member(object, strconv.Itoa(i))
		if !ok {
			return false
		}
		if item == nil || goja.IsUndefined(item) {
			w.out = append(w.out, "null"...)
		} else if !w.value(item) {
			return false
		}
	}
	w.out = append(w.out, ']')
	return true
}

func (w *jsonWriter) members(object *goja.Object) bool {
	w.out = append(w.out, '{')
	first := true
	for _, key := range object.Keys() {
		member, ok := w.Tracker.Member(object, key)
		if !ok {
			return false
		}
		if member == nil || goja.IsUndefined(member) {
			continue
		}
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		w.text(key)
		w.out = append(w.out, ':')
		if !w.value(member) {
			return false
		}
	}
	w.out = append(w.out, '}')
	return true
}

package render

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/tape"
)

// jsonWriter writes values as JSON that a terminal can show.
type jsonWriter struct {
	strings.Builder
	// indent is that of each level, or empty for one line.
	indent string
	// sorted orders the members of objects by their names.
	sorted bool
}

// JSON returns the value on one line.
func (v Value) JSON() string {
	var w jsonWriter
	w.value(v, "")
	return w.String()
}

// SortedJSON returns the value indented, with the members of objects in the order of their names.
func (v Value) SortedJSON() string {
	w := jsonWriter{indent: indentation, sorted: true}
	w.value(v, "")
	return w.String()
}

const indentation = "  "

func (w *jsonWriter) value(v Value, margin string) {
	switch v.kind() {
	case tape.Null:
		w.WriteString("null")
	case tape.True:
		w.WriteString("true")
	case tape.False:
		w.WriteString("false")
	case tape.Number:
		w.Write(v.doc.Raw(v.at))
	case tape.String:
		w.WriteString(QuoteJSON(v.Text()))
	case tape.Array:
		w.list(v.Items(), margin)
	case tape.Object:
		w.object(v, margin)
	}
}

func (w *jsonWriter) list(items iter.Seq[Value], margin string) {
	w.WriteByte('[')
	empty := true
	for item := range items {
		w.part(empty, margin)
		w.value(item, margin+w.indent)
		empty = false
	}
	w.end(']', empty, margin)
}

type member struct {
	name  string
	value Value
}

func (w *jsonWriter) object(v Value, margin string) {
	members := v.members()
	if w.sorted {
		var list []member
		for name, value := range members {
			list = append(list, member{name, value})
		}
		slices.SortFunc(list, func(a, b member) int { return cmp.Compare(a.name, b.name) })
		members = func(yield func(string, Value) bool) {
			for _, m := range list {
				if !yield(m.name, m.value) {
					return
				}
			}
		}
	}
	w.WriteByte('{')
	empty := true
	for name, value := range members {
		w.part(empty, margin)
		w.WriteString(QuoteJSON(name) + ":")
		if w.indent != "" {
			w.WriteByte(' ')
		}
		w.value(value, margin+w.indent)
		empty = false
	}
	w.end('}', empty, margin)
}

// part begins an item or member of a container.
func (w *jsonWriter) part(first bool, margin string) {
	if !first {
		w.WriteByte(',')
	}
	if w.indent != "" {
		w.WriteString("\n" + margin + w.indent)
	}
}

// end ends a container.
func (w *jsonWriter) end(bracket byte, empty bool, margin string) {
	if w.indent != "" && !empty {
		w.WriteString("\n" + margin)
	}
	w.WriteByte(bracket)
}

// QuoteJSON writes a JSON string. What a terminal would take as a command or hide is escaped, so the text can be shown.
func QuoteJSON(s string) string {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil { // invalid UTF-8, replaced in what it returns
		quoted, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\ufffd"))
	}
	if paint.IsPlain(s) {
		return string(quoted)
	}
	var b strings.Builder
	for _, r := range string(quoted) {
		if plain.IsUnsafe(r) {
			plain.WriteEscape(&b, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

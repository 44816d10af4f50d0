// Package render turns JSON values into what a terminal or a file shows: tables, trees, JSON, CSV and YAML.
package render

import (
	"fmt"
	"iter"
	"strings"

	"github.com/crisphost/crisphost/internal/tape"
)

// Value is a JSON value: a place in a document, decoded when somebody looks. The zero Value is null.
type Value struct {
	doc *tape.Document
	at  tape.Index
}

// Parse checks a JSON text, which must not be changed any more. Bytes that are not UTF-8 become U+FFFD.
func Parse(text []byte) (Value, error) {
	doc, err := tape.Parse(text)
	if err != nil {
		return Value{}, fmt.Errorf("the value is not JSON: %w", err)
	}
	return Value{doc, tape.Root}, nil
}

func (v Value) kind() tape.Kind {
	if v.doc == nil {
		return tape.Null
	}
	return v.doc.Kind(v.at)
}

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.kind() == tape.Array }

// Len returns the number of items of a list or members of an object.
func (v Value) Len() int {
	if v.doc == nil {
		return 0
	}
	return v.doc.Len(v.at)
}

// Text returns a string's content, or a number as it is written. Other values have no text.
func (v Value) Text() string {
	switch v.kind() {
	case tape.String:
		return v.doc.View(v.at)
	case tape.Number:
		return string(v.doc.Raw(v.at))
	}
	return ""
}

// Items walks a list.
func (v Value) Items() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.doc == nil {
			return
		}
		for _, at := range v.doc.Items(v.at) {
			if !yield(Value{v.doc, at}) {
				return
			}
		}
	}
}

// members walks an object in the order of the text.
func (v Value) members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.doc == nil {
			return
		}
		for key, at := range v.doc.Members(v.at) {
			if !yield(v.doc.View(key), Value{v.doc, at}) {
				return
			}
		}
	}
}

// item returns the item of a list at a position, counted from 0.
func (v Value) item(position int) (Value, bool) {
	if v.doc == nil {
		return Value{}, false
	}
	if at, ok := v.doc.Item(v.at, position); ok {
		return Value{v.doc, at}, true
	}
	return Value{}, false
}

func (v Value) member(name string) (Value, bool) {
	if v.doc == nil {
		return Value{}, false
	}
	if at, ok := v.doc.Member(v.at, name); ok {
		return Value{v.doc, at}, true
	}
	return Value{}, false
}

// At follows a dotted path of member names.
func (v Value) At(path string) (Value, bool) {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		next, ok := v.member(name)
		if !ok || !deeper {
			return next, ok
		}
		v, path = next, rest
	}
}

func (v Value) has(names ...string) bool {
	for _, name := range names {
		if _, ok := v.At(name); !ok {
			return false
		}
	}
	return true
}

// isScalar reports whether the value has no parts.
func (v Value) isScalar() bool { return v.kind() < tape.Array }

// isBlank reports whether there is nothing to see: null, an empty string, list or object.
func (v Value) isBlank() bool {
	switch v.kind() {
	case tape.Null:
		return true
	case tape.String:
		return len(v.doc.Raw(v.at)) == len(`""`)
	case tape.Array, tape.Object:
		return v.Len() == 0
	}
	return false
}

// isEvery reports whether there are values and all are of a kind.
func isEvery(values []Value, kind tape.Kind) bool {
	for _, v := range values {
		if v.kind() != kind {
			return false
		}
	}
	return len(values) > 0
}

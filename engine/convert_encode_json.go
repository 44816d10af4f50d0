package engine

import (
	"bytes"
	"encoding"
	"math"
	"reflect"

	"github.com/crisphost/crisphost/internal/tape"
)

func marshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonMarshalerType) || p.Implements(textMarshalerType)
}

// isJSONNumber reports whether a type is encoding/json's Number.
func isJSONNumber(t reflect.Type) bool { return t.PkgPath() == "encoding/json" && t.Name() == "Number" }

func encodeJSONNumber(_ *encodingState, v reflect.Value) (any, *valueError) {
	text := v.String()
	if text == "" {
		text = "0"
	}
	return jsonForm([]byte(text))
}

// addressed returns a value as its method needs it: methods of the pointer are called as well.
func addressed(v reflect.Value, method reflect.Type) (any, bool) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, false
	}
	if v.Type().Implements(method) {
		return v.Interface(), true
	}
	if !v.CanAddr() {
		other := reflect.New(v.Type())
		other.Elem().Set(v)
		v = other.Elem()
	}
	return v.Addr().Interface(), true
}

func encodeJSONMarshaler(_ *encodingState, v reflect.Value) (any, *valueError) {
	m, ok := addressed(v, jsonMarshalerType)
	if !ok {
		return nil, nil
	}
	text, err := m.(jsonMarshaler).MarshalJSON()
	if err != nil {
		return nil, &valueError{problem: err.Error(), err: err}
	}
	return jsonForm(bytes.Clone(text))
}

func encodeTextMarshaler(_ *encodingState, v reflect.Value) (any, *valueError) {
	m, ok := addressed(v, textMarshalerType)
	if !ok {
		return nil, nil
	}
	text, err := m.(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return nil, &valueError{problem: err.Error(), err: err}
	}
	return string(text), nil
}

// jsonForm is the form of a value that a type has encoded by itself.
func jsonForm(text []byte) (any, *valueError) {
	doc, err := tape.Parse(text)
	if err != nil {
		return nil, &valueError{problem: "gives no valid JSON: " + err.Error(), err: err}
	}
	switch doc.Kind(tape.Root) {
	case tape.Null:
		return nil, nil
	case tape.False, tape.True:
		return doc.Bool(tape.Root), nil
	case tape.String:
		return doc.String(tape.Root), nil
	case tape.Number:
		if err := exactNumber(doc, tape.Root); err != nil {
			return nil, err
		}
		if n, ok := doc.Int(tape.Root); ok {
			return n, nil
		}
		return doc.Float(tape.Root), nil
	default:
		if err := exactDocument(doc, tape.Root); err != nil {
			return nil, err
		}
		return doc, nil
	}
}

// exactDocument returns an error for an array or object with a number that scripts would see as another one.
func exactDocument(doc *tape.Document, at tape.Index) *valueError {
	switch doc.Kind(at) {
	case tape.Number:
		return exactNumber(doc, at)
	case tape.Array:
		for i, item := range doc.Items(at) {
			if err := exactDocument(doc, item); err != nil {
				return err.item(i)
			}
		}
	case tape.Object:
		for key, member := range doc.Members(at) {
			if err := exactDocument(doc, member); err != nil {
				return err.in(doc.String(key))
			}
		}
	}
	return nil
}

func exactNumber(doc *tape.Document, at tape.Index) *valueError {
	if n, ok := doc.Int(at); ok {
		return exactSigned(n)
	}
	raw, x := bytes.TrimSpace(doc.Raw(at)), doc.Float(at)
	if !bytes.ContainsAny(raw, ".eE") && math.Abs(x) > maxExact {
		return inexact(string(raw))
	}
	return finite(x)
}

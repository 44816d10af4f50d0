package engine

import (
	"encoding"
	"math"
	"reflect"
	"strconv"

	"github.com/crisphost/crisphost/internal/valuepath"
)

func (p *encoderPlanner) pointer(t reflect.Type) (encoder, *valueError) {
	elem, err := p.encoder(t.Elem())
	if err != nil {
		return nil, err
	}
	return func(e *encodingState, v reflect.Value) (any, *valueError) {
		if v.IsNil() {
			return nil, nil
		}
		if e.hops == maxHops {
			return nil, badValue(valuepath.TooDeep)
		}
		e.hops++
		defer func() { e.hops-- }()
		return elem(e, v.Elem())
	}, nil
}

func (p *encoderPlanner) list(t reflect.Type) (encoder, *valueError) {
	elem, err := p.encoder(t.Elem())
	if err != nil {
		return nil, err
	}
	return func(e *encodingState, v reflect.Value) (any, *valueError) {
		if err := e.enter(); err != nil {
			return nil, err
		}
		defer e.leave()
		list := make([]any, v.Len())
		for i := range list {
			var err *valueError
			if list[i], err = elem(e, v.Index(i)); err != nil {
				return nil, err.item(i)
			}
		}
		return list, nil
	}, nil
}

func (p *encoderPlanner) object(t reflect.Type) (encoder, *valueError) {
	elem, err := p.encoder(t.Elem())
	if err != nil {
		return nil, err
	}
	if !isKey(t.Key(), textMarshalerType) {
		return nil, badValue("has the Go type %s, whose keys cannot be names", t)
	}
	return func(e *encodingState, v reflect.Value) (any, *valueError) {
		if err := e.enter(); err != nil {
			return nil, err
		}
		defer e.leave()
		object := make(map[string]any, v.Len())
		for members := v.MapRange(); members.Next(); {
			name, err := encodeKey(members.Key())
			if err != nil {
				return nil, err
			}
			if object[name], err = elem(e, members.Value()); err != nil {
				return nil, err.in(name)
			}
		}
		return object, nil
	}, nil
}

// isKey reports whether a map's keys can be names, by themselves or by a method.
func isKey(t, method reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	default:
		return t.Implements(method) || method == textUnmarshalerType && reflect.PointerTo(t).Implements(method)
	}
}

func encodeKey(key reflect.Value) (string, *valueError) {
	if key.Kind() == reflect.String {
		return key.String(), nil
	}
	if m, ok := key.Interface().(encoding.TextMarshaler); ok {
		if key.Kind() == reflect.Pointer && key.IsNil() {
			return "", nil
		}
		text, err := m.MarshalText()
		if err != nil {
			return "", &valueError{problem: "has a key that cannot be a name: " + err.Error(), err: err}
		}
		return string(text), nil
	}
	if key.CanInt() {
		return strconv.FormatInt(key.Int(), 10), nil
	}
	return strconv.FormatUint(key.Uint(), 10), nil
}

func (p *encoderPlanner) structure(t reflect.Type) (encoder, *valueError) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	encoders := make([]encoder, len(fields))
	for i, f := range fields {
		if encoders[i], err = p.encoder(f.typ); err != nil {
			return nil, err.in(f.name)
		}
		if f.text {
			encoders[i] = encodeText(encoders[i])
		}
	}
	return func(e *encodingState, v reflect.Value) (any, *valueError) {
		if err := e.enter(); err != nil {
			return nil, err
		}
		defer e.leave()
		record := make(Record, 0, len(fields))
		for i := range fields {
			f := &fields[i]
			value, ok := f.of(v)
			if !ok || f.omits(value) {
				continue
			}
			form, err := encoders[i](e, value)
			if err != nil {
				return nil, err.in(f.name)
			}
			record = append(record, Field{f.name, form})
		}
		return record, nil
	}, nil
}

// encodeText is the encoder of a field with the option "string": numbers beyond 2^53 are exact in text.
func encodeText(plain encoder) encoder {
	return func(e *encodingState, v reflect.Value) (any, *valueError) {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return nil, nil
			}
			v = v.Elem()
		}
		switch {
		case v.Kind() == reflect.Bool:
			return strconv.FormatBool(v.Bool()), nil
		case v.CanInt():
			return strconv.FormatInt(v.Int(), 10), nil
		case v.CanUint():
			return strconv.FormatUint(v.Uint(), 10), nil
		}
		form, err := plain(e, v)
		if err != nil {
			return nil, err
		}
		x, _ := form.(float64)
		return formatFloat(x), nil
	}
}

// formatFloat writes a number as encoding/json does.
func formatFloat(x float64) string {
	format := byte('f')
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	text := strconv.AppendFloat(nil, x, format, -1, 64)
	if n := len(text); format == 'e' && n >= 4 && text[n-4] == 'e' && text[n-3] == '-' && text[n-2] == '0' {
		text = append(text[:n-2], text[n-1])
	}
	return string(text)
}

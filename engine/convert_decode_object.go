package engine

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/internal/nearest"
)

func (p *decoderPlanner) pointer(t reflect.Type) (decoder, *valueError) {
	elem, err := p.decoder(t.Elem())
	if err != nil {
		return nil, err
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		if form == nil {
			return nil
		}
		if h, ok := form.(Handle); ok && reflect.TypeOf(h.Value) == t {
			into.Set(reflect.ValueOf(h.Value))
			return nil
		}
		value := reflect.New(t.Elem())
		if err := elem(d, form, value.Elem()); err != nil {
			return err
		}
		into.Set(value)
		return nil
	}, nil
}

func (p *decoderPlanner) list(t reflect.Type) (decoder, *valueError) {
	elem, err := p.decoder(t.Elem())
	if err != nil {
		return nil, err.item(0)
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		items, ok := form.([]any)
		if members, isObject := form.(map[string]any); isObject && len(members) == 0 {
			items, ok = []any{}, true // an empty Lua table
		}
		switch {
		case form == nil && t.Kind() == reflect.Slice:
			return nil
		case !ok:
			return takes("an array", form)
		case t.Kind() == reflect.Slice:
			into.Set(reflect.MakeSlice(t, len(items), len(items)))
		case len(items) != t.Len():
			return badValue("takes an array of %d items, got %d", t.Len(), len(items))
		}
		for i, item := range items {
			if err := elem(d, item, into.Index(i)); err != nil {
				return err.item(i)
			}
		}
		return nil
	}, nil
}

func (p *decoderPlanner) object(t reflect.Type) (decoder, *valueError) {
	elem, err := p.decoder(t.Elem())
	if err != nil {
		return nil, err
	}
	if !isKey(t.Key(), textUnmarshalerType) {
		return nil, badValue("has the Go type %s, whose keys cannot be read from names", t)
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		if form == nil {
			return nil
		}
		members, ok := form.(map[string]any)
		if !ok {
			return takes("an object", form)
		}
		into.Set(reflect.MakeMapWithSize(t, len(members)))
		for name, member := range members {
			key := reflect.New(t.Key()).Elem()
			if err := decodeKey(name, key); err != nil {
				return err
			}
			value := reflect.New(t.Elem()).Elem()
			if err := elem(d, member, value); err != nil {
				return err.in(name)
			}
			into.SetMapIndex(key, value)
		}
		return nil
	}, nil
}

func decodeKey(name string, key reflect.Value) *valueError {
	if u, ok := key.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(name)); err != nil {
			return (&valueError{problem: err.Error(), err: err}).in(name)
		}
		return nil
	}
	switch {
	case key.Kind() == reflect.String:
		key.SetString(name)
	case key.CanInt():
		n, err := strconv.ParseInt(name, 10, key.Type().Bits())
		if err != nil {
			return badValue("takes whole numbers as names, not %q", shorten(name))
		}
		key.SetInt(n)
	default:
		n, err := strconv.ParseUint(name, 10, key.Type().Bits())
		if err != nil {
			return badValue("takes whole numbers from 0 as names, not %q", shorten(name))
		}
		key.SetUint(n)
	}
	return nil
}

func (p *decoderPlanner) structure(t reflect.Type) (decoder, *valueError) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(fields))
	decoders := make([]decoder, len(fields))
	for i, f := range fields {
		names[i] = f.name
		if decoders[i], err = p.decoder(f.typ); err != nil {
			return nil, err.in(f.name)
		}
		if f.text {
			decoders[i] = decodeText(decoders[i])
		}
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		members, ok := form.(map[string]any)
		if !ok {
			return takes("an object", form)
		}
		known := 0
		for i := range fields {
			member, ok := members[fields[i].name]
			if !ok {
				continue
			}
			known++
			if member == nil {
				continue // null, which Lua cannot tell from nothing
			}
			if err := decoders[i](d, member, fields[i].into(into)); err != nil {
				return err.in(fields[i].name)
			}
		}
		if known < len(members) {
			return unknownField(members, names)
		}
		return nil
	}, nil
}

func unknownField(members map[string]any, names []string) *valueError {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if slices.Contains(names, name) {
			continue
		}
		err := badValue("has no field %q", shorten(name))
		near := nearest.To(name, names)
		switch {
		case near != "":
			err.hint = fmt.Sprintf("did you mean %q?", near)
		case len(names) == 0:
			err.hint = "it takes no fields"
		default:
			err.hint = "it takes " + strings.Join(names, ", ")
		}
		return err
	}
	return nil
}

package bindings

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// coerce brings a script's value into the form that the wire wants (dates of every kind, empty tables that mean arrays) and
// checks it. The name is the option's, or empty for the body as a whole.
func (c *call) coerce(s *spec.Schema, value any, name string) (any, error) {
	value, err := toWire(s, value)
	if err == nil {
		err = s.Validate(value)
	}
	if err != nil {
		return nil, c.invalid(name, err)
	}
	return value, nil
}

// invalid words a validation error for the caller.
func (c *call) invalid(name string, err error) error {
	var invalid *spec.InvalidError
	if !errors.As(err, &invalid) {
		return c.wrong(name, err.Error(), c.usage())
	}
	problem, hint := invalid.Problem, invalid.Hint
	if invalid.Want != "" {
		problem += ": it takes " + invalid.Want
	}
	if hint == "" {
		hint = c.usage()
	} else {
		hint = fmt.Sprintf("did you mean %q?", hint)
	}
	return c.wrong(below(name, invalid.Path), problem, hint)
}

var anySchema = &spec.Schema{}

// toWire is the value in the wire's form. What the schema does not describe keeps its form, apart from dates, which become
// ISO 8601 text as in JSON.stringify, and bytes, which become text.
func toWire(s *spec.Schema, value any) (any, error) {
	if s != nil && len(s.OneOf) > 0 {
		s = alternative(s, value)
	}
	if s == nil {
		s = anySchema
	}
	switch s.Format {
	case spec.FormatDateTime:
		return dateToWire(value, func(t time.Time) any { return isoText(t) })
	case spec.FormatTimestamp:
		return dateToWire(value, func(t time.Time) any { return t.UnixMilli() })
	}
	switch v := value.(type) {
	case time.Time:
		return isoText(v), nil
	case []byte:
		return string(v), nil
	case int64:
		if s.Format == spec.FormatFlag && (v == 0 || v == 1) {
			return v == 1, nil
		}
	case []any:
		return arrayToWire(s, v)
	case map[string]any:
		if s.Kind == spec.KindArray && len(v) == 0 { // Lua's empty table says nothing of its kind
			return []any{}, nil
		}
		return objectToWire(s, v)
	case engine.Record:
		return recordToWire(v)
	}
	return value, nil
}

func isoText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func dateToWire(value any, form func(time.Time) any) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case time.Time:
		return form(v), nil
	case int64, float64:
		t, err := timeOf(v)
		if err != nil {
			return nil, err
		}
		return form(t), nil
	case string:
		t, err := parseTime(v, time.UTC)
		if err != nil {
			return nil, err
		}
		return form(t), nil
	default:
		return nil, fmt.Errorf("takes a date (ISO 8601 text, Unix milliseconds, or a Date), not %s", describe(value))
	}
}

func arrayToWire(s *spec.Schema, list []any) (any, error) {
	out := make([]any, len(list))
	for i, item := range list {
		item, err := toWire(s.Items, item)
		if err != nil {
			return nil, at(fmt.Sprintf("[%d]", i), err)
		}
		out[i] = item
	}
	return out, nil
}

func objectToWire(s *spec.Schema, object map[string]any) (any, error) {
	out := make(map[string]any, len(object))
	for name, value := range object {
		member := s.Extra
		if f := s.Field(name); f != nil {
			member = f.Schema
		}
		value, err := toWire(member, value)
		if err != nil {
			return nil, at(name, err)
		}
		out[name] = value
	}
	return out, nil
}

// recordToWire is objectToWire for what no schema describes.
func recordToWire(record engine.Record) (any, error) {
	out := make(engine.Record, len(record))
	for i, f := range record {
		value, err := toWire(nil, f.Value)
		if err != nil {
			return nil, at(f.Name, err)
		}
		out[i] = engine.Field{Name: f.Name, Value: value}
	}
	return out, nil
}

// at puts a member's name before an error's path.
func at(name string, err error) error {
	var invalid *spec.InvalidError
	if !errors.As(err, &invalid) {
		return &spec.InvalidError{Path: name, Problem: err.Error()}
	}
	return &spec.InvalidError{Path: below(name, invalid.Path), Problem: invalid.Problem, Want: invalid.Want, Hint: invalid.Hint}
}

// below is the path of a member's path.
func below(name, path string) string {
	if name == "" || path == "" || path[0] == '[' {
		return name + path
	}
	return name + "." + path
}

// alternative is the schema among a union's that a value means, or nil when it does not tell.
func alternative(s *spec.Schema, value any) *spec.Schema {
	object, ok := value.(map[string]any)
	if !ok || s.Tag == "" {
		return nil
	}
	tag, _ := object[s.Tag].(string)
	for _, candidate := range s.OneOf {
		if f := candidate.Field(s.Tag); f != nil && slices.Equal(f.Schema.Enum, []string{tag}) {
			return candidate
		}
	}
	return nil
}

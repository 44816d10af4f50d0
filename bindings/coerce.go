package bindings

import (
	"errors"
	"fmt"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
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
	path := invalid.Path
	switch {
	case path == "":
		path = name
	case name != "":
		path = name + "." + path
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
	return c.wrong(path, problem, hint)
}

func toWire(s *spec.Schema, value any) (any, error) {
	if s == nil || value == nil {
		return value, nil
	}
	if len(s.OneOf) > 0 {
		return toWire(alternative(s, value), value)
	}
	switch s.Kind {
	case spec.KindString:
		if s.Format == spec.FormatDateTime {
			return dateToWire(value, func(t time.Time) any { return t.UTC().Format(time.RFC3339Nano) })
		}
		if b, ok := value.([]byte); ok {
			return string(b), nil
		}
	case spec.KindInteger:
		if s.Format == spec.FormatTimestamp {
			return dateToWire(value, func(t time.Time) any { return t.UnixMilli() })
		}
	case spec.KindBoolean:
		if s.Format == spec.FormatFlag {
			switch value {
			case int64(0):
				return false, nil
			case int64(1):
				return true, nil
			}
		}
	case spec.KindArray:
		return arrayToWire(s, value)
	case spec.KindObject:
		if object, ok := value.(map[string]any); ok {
			return objectToWire(s, object)
		}
	case spec.KindNumber, spec.KindAny:
	}
	return value, nil
}

func dateToWire(value any, form func(time.Time) any) (any, error) {
	switch v := value.(type) {
	case time.Time:
		return form(v), nil
	case int64:
		return form(time.UnixMilli(v)), nil
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

func arrayToWire(s *spec.Schema, value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 { // Lua's empty table says nothing of its kind
			return []any{}, nil
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			item, err := toWire(s.Items, item)
			if err != nil {
				return nil, at(fmt.Sprintf("[%d]", i), err)
			}
			out[i] = item
		}
		return out, nil
	}
	return value, nil
}

func objectToWire(s *spec.Schema, object map[string]any) (any, error) {
	out := make(map[string]any, len(object))
	for name, value := range object {
		member := s.Extra
		for i := range s.Fields {
			if s.Fields[i].Name == name {
				member = s.Fields[i].Schema
			}
		}
		value, err := toWire(member, value)
		if err != nil {
			return nil, at(name, err)
		}
		out[name] = value
	}
	return out, nil
}

// at puts a member's name before an error's path.
func at(name string, err error) error {
	var invalid *spec.InvalidError
	if !errors.As(err, &invalid) {
		return &spec.InvalidError{Path: name, Problem: err.Error()}
	}
	path := name + "." + invalid.Path
	if len(invalid.Path) > 0 && invalid.Path[0] == '[' {
		path = name + invalid.Path
	}
	return &spec.InvalidError{Path: path, Problem: invalid.Problem, Want: invalid.Want, Hint: invalid.Hint}
}

// alternative is the schema among a union's that a value means, or nil when it does not tell.
func alternative(s *spec.Schema, value any) *spec.Schema {
	object, ok := value.(map[string]any)
	if !ok || s.Tag == "" {
		return nil
	}
	tag, _ := object[s.Tag].(string)
	for _, candidate := range s.OneOf {
		for _, f := range candidate.Fields {
			if f.Name == s.Tag && f.Schema != nil && len(f.Schema.Enum) == 1 && f.Schema.Enum[0] == tag {
				return candidate
			}
		}
	}
	return nil
}

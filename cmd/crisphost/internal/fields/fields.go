// Package fields builds JSON of the flags -f and -F: name=value, where brackets in names build nested values.
package fields

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/input"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// Field is one -f or -F: a path into the body and a value.
type Field struct {
	// Path are the names from the outside in; an empty one is the end of an array.
	Path  []string
	Value string
	// Typed values are read as JSON literals and @FILE.
	Typed bool
	// Flag is how it was given.
	Flag string
}

// Parse reads the values of -f and -F. Those of -f come first.
func Parse(plain, typed []string) ([]Field, error) {
	var fields []Field
	for i, pair := range append(append([]string{}, plain...), typed...) {
		f := Field{Flag: "-f " + pair}
		if f.Typed = i >= len(plain); f.Typed {
			f.Flag = "-F " + pair
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, &usage.Error{Problem: fmt.Sprintf("%s is not name=value", f.Flag)}
		}
		f.Value = value
		if f.Path, ok = splitPath(name); !ok {
			return nil, &usage.Error{Problem: fmt.Sprintf("%s: %q is not a member's name", f.Flag, name), Hint: "write name, name[member] or name[]"}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// splitPath splits "content[text]" and "segments[]".
func splitPath(name string) (path []string, ok bool) {
	first, rest, more := strings.Cut(name, "[")
	if first == "" || strings.Contains(first, "]") {
		return nil, false
	}
	path = []string{first}
	for more {
		var member string
		if member, rest, more = strings.Cut(rest, "]"); !more || strings.Contains(member, "[") {
			return nil, false
		}
		path = append(path, member)
		if rest == "" {
			return path, true
		}
		if rest, more = strings.CutPrefix(rest, "["); !more {
			return nil, false
		}
	}
	return path, true
}

// Build makes an object of the fields.
func Build(ctx context.Context, in io.Reader, fields []Field) (map[string]any, error) {
	body := map[string]any{}
	for _, f := range fields {
		value, err := f.Read(ctx, in)
		if err != nil {
			return nil, err
		}
		if err := Place(body, f.Path, value); err != nil {
			return nil, &usage.Error{Problem: f.Flag + ": " + err.Error()}
		}
	}
	return body, nil
}

// Read returns the value. That of a typed field is a literal, or a text where it is none.
func (f Field) Read(ctx context.Context, in io.Reader) (any, error) {
	if !f.Typed {
		return f.Value, nil
	}
	if name, ok := strings.CutPrefix(f.Value, "@"); ok {
		text, err := input.ReadOperand(ctx, in, name)
		return string(text), err
	}
	switch f.Value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	if c := strings.TrimPrefix(f.Value, "-"); c != "" && c[0] >= '0' && c[0] <= '9' && json.Valid([]byte(f.Value)) {
		return json.Number(f.Value), nil
	}
	return f.Value, nil
}

// Place puts a value into an object at a path.
func Place(object map[string]any, path []string, value any) error {
	_, err := place(object, path, value)
	return err
}

// place puts a value into a container at a path and returns the container, which for an array may be another one.
func place(container any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	name := path[0]
	if name == "" {
		list, ok := container.([]any)
		if !ok && container != nil {
			return nil, fmt.Errorf("an array and another value have the same name")
		}
		item, err := place(nil, path[1:], value)
		return append(list, item), err
	}
	object, ok := container.(map[string]any)
	if !ok {
		if container != nil {
			return nil, fmt.Errorf("%s is inside a value that is no object", name)
		}
		object = map[string]any{}
	}
	if _, again := object[name]; again && len(path) == 1 {
		return nil, fmt.Errorf("%s is given twice", name)
	}
	inner, err := place(object[name], path[1:], value)
	if err != nil {
		return nil, err
	}
	object[name] = inner
	return object, nil
}

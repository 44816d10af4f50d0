package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// bodyField is one -f or -F: a path into the body and a value.
type bodyField struct {
	// path are the names from the outside in; an empty one is the end of an array.
	path  []string
	value string
	// typed values are read as JSON literals and @FILE.
	typed bool
	flag  string
}

// parseFields reads the values of -f and -F. Those of -f come first.
func parseFields(plain, typed []string) ([]bodyField, error) {
	var fields []bodyField
	for i, pair := range append(append([]string{}, plain...), typed...) {
		f := bodyField{flag: "-f " + pair}
		if f.typed = i >= len(plain); f.typed {
			f.flag = "-F " + pair
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, &usage.Error{Problem: fmt.Sprintf("%s is not name=value", f.flag)}
		}
		f.value = value
		if f.path, ok = fieldPath(name); !ok {
			return nil, &usage.Error{Problem: fmt.Sprintf("%s: %q is not a member's name", f.flag, name), Hint: "write name, name[member] or name[]"}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// fieldPath splits "content[text]" and "segments[]".
func fieldPath(name string) (path []string, ok bool) {
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

// buildBody makes the body of the fields.
func buildBody(ctx context.Context, in io.Reader, fields []bodyField) (any, error) {
	body := map[string]any{}
	for _, f := range fields {
		value, err := bodyValue(ctx, in, f)
		if err != nil {
			return nil, err
		}
		if _, err := place(body, f.path, value); err != nil {
			return nil, &usage.Error{Problem: f.flag + ": " + err.Error()}
		}
	}
	return body, nil
}

// bodyValue reads the value of a typed field. What is no literal is a text.
func bodyValue(ctx context.Context, in io.Reader, f bodyField) (any, error) {
	if !f.typed {
		return f.value, nil
	}
	if name, ok := strings.CutPrefix(f.value, "@"); ok {
		text, err := readOperand(ctx, in, name)
		return string(text), err
	}
	switch f.value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	if c := strings.TrimPrefix(f.value, "-"); c != "" && c[0] >= '0' && c[0] <= '9' && json.Valid([]byte(f.value)) {
		return json.Number(f.value), nil
	}
	return f.value, nil
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

package payload

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
)

// Changes makes the part of a payload that the flags give. Dots part the names of nested members as brackets do.
func Changes(ctx context.Context, in io.Reader, event *spec.Event, list []fields.Field) (map[string]any, error) {
	changes := map[string]any{}
	for _, f := range list {
		path := append(strings.Split(f.Path[0], "."), f.Path[1:]...)
		schema, err := find(event, f, path)
		if err != nil {
			return nil, err
		}
		value, err := f.Read(ctx, in)
		if err == nil && !f.Typed {
			value, err = convert(schema, f)
		}
		if err != nil {
			return nil, err
		}
		if err := fields.Place(changes, path, value); err != nil {
			return nil, &usage.Error{Problem: f.Flag + ": " + err.Error()}
		}
	}
	return changes, nil
}

// find returns the shape of the member at a path, or nil when any value will do.
func find(event *spec.Event, f fields.Field, path []string) (*spec.Schema, error) {
	schema := event.Payload
	for i, name := range path {
		if schema == nil || schema.Kind == spec.KindAny && len(schema.OneOf) == 0 {
			return nil, nil
		}
		var next *spec.Schema
		switch {
		case name == "" && i > 0:
			if schema.Kind != spec.KindArray {
				return nil, &usage.Error{Problem: fmt.Sprintf("%s: %s is not a list", f.Flag, path[i-1])}
			}
			if next = schema.Items; next == nil {
				return nil, nil
			}
		case schema.Kind == spec.KindArray:
			return nil, &usage.Error{Problem: fmt.Sprintf("%s: %s is a list", f.Flag, path[i-1]), Hint: "write " + path[i-1] + "[]"}
		default:
			next = MemberSchema(schema, name)
		}
		if next == nil {
			return nil, unknownField(event, f, schema, path[:i], name)
		}
		schema = next
	}
	return schema, nil
}

func unknownField(event *spec.Event, f fields.Field, schema *spec.Schema, path []string, name string) error {
	names := memberNames(schema)
	if len(names) == 0 {
		return &usage.Error{Problem: fmt.Sprintf("%s: %s of %s has no members", f.Flag, strings.Join(path, "."), event.Name)}
	}
	hint := "it has " + strings.Join(names, ", ")
	if near := nearest.To(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	whole := event.Name
	if len(path) > 0 {
		whole = strings.Join(path, ".") + " of " + whole
	}
	return &usage.Error{Problem: fmt.Sprintf("%s: %s has no field %q", f.Flag, whole, name), Hint: hint}
}

func memberNames(schema *spec.Schema) []string {
	var names []string
	for _, field := range schema.Fields {
		names = append(names, field.Name)
	}
	for _, alternative := range schema.OneOf {
		names = append(names, memberNames(alternative)...)
	}
	return names
}

// convert reads the text of -f as what the member takes: a text where it takes one, and JSON otherwise. Where it takes several kinds, what
// looks like a number, a truth value or an object is one.
func convert(schema *spec.Schema, f fields.Field) (any, error) {
	isJSON := json.Valid([]byte(f.Value))
	literal := schema != nil && isJSON && (takes(schema, spec.KindObject) && f.Value[0] == '{' ||
		takes(schema, spec.KindNumber) && strings.ContainsAny(f.Value[:1], "-0123456789") ||
		takes(schema, spec.KindBoolean) && (f.Value == "true" || f.Value == "false"))
	switch {
	case takes(schema, spec.KindString) && !literal:
		if schema != nil && schema.Nullable && f.Value == "null" {
			return nil, nil
		}
		return f.Value, nil
	case !isJSON:
		hint := "write it as JSON"
		if schema.Kind == spec.KindArray {
			name, _, _ := strings.Cut(f.Flag, "=")
			hint = fmt.Sprintf("write %s[]=%s for each item, or JSON", name, f.Value)
		}
		return nil, &usage.Error{Problem: fmt.Sprintf("%s: it takes %s", f.Flag, spec.Describe(schema)), Hint: hint}
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader([]byte(f.Value)))
	decoder.UseNumber()
	err := decoder.Decode(&value)
	return value, err
}

// takes reports whether a shape has values of a kind.
func takes(schema *spec.Schema, kind spec.Kind) bool {
	if schema == nil {
		return true
	}
	for _, alternative := range schema.OneOf {
		if takes(alternative, kind) {
			return true
		}
	}
	return schema.Kind == kind || schema.Kind == spec.KindAny && len(schema.OneOf) == 0
}

// Merge puts changes into a payload. Objects whose members are known keep the other members.
func Merge(schema *spec.Schema, payload, changes map[string]any) {
	for name, value := range changes {
		inner := MemberSchema(schema, name)
		into, both := payload[name].(map[string]any)
		from, object := value.(map[string]any)
		if both && object && inner != nil && len(inner.Fields) > 0 {
			Merge(inner, into, from)
			continue
		}
		payload[name] = value
	}
}

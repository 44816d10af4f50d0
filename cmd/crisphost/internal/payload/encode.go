package payload

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Decode reads the JSON of an object, with numbers as they are written.
func Decode(data []byte) (map[string]any, error) {
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return members, decoder.Decode(&members)
}

// Encode writes a value with the members of objects in documented order.
func Encode(schema *spec.Schema, value any) ([]byte, error) {
	var b bytes.Buffer
	err := appendValue(&b, schema, value)
	return b.Bytes(), err
}

func appendValue(b *bytes.Buffer, schema *spec.Schema, value any) error {
	switch value := value.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, name := range sortedMembers(schema, value) {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := appendValue(b, nil, name); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := appendValue(b, MemberSchema(schema, name), value[name]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	case []any:
		b.WriteByte('[')
		for i, item := range value {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := appendValue(b, ItemSchema(schema), item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	}
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return err
	}
	b.Truncate(b.Len() - len("\n"))
	return nil
}

// MemberSchema returns the shape of a member of an object, or nil when any value will do or it has none.
func MemberSchema(schema *spec.Schema, name string) *spec.Schema {
	if schema == nil {
		return nil
	}
	if field := schema.Field(name); field != nil {
		return field.Schema
	}
	for _, alternative := range schema.OneOf {
		if found := MemberSchema(alternative, name); found != nil {
			return found
		}
	}
	return schema.Extra
}

// ItemSchema returns the shape of the items of a list, or nil when any value will do.
func ItemSchema(schema *spec.Schema) *spec.Schema {
	if schema == nil {
		return nil
	}
	return schema.Items
}

// SortedNames returns the names of a payload's members: those of the event in documented order, and the others behind them.
func SortedNames(event *spec.Event, members map[string]any) []string {
	if event == nil {
		return sortedMembers(nil, members)
	}
	return sortedMembers(event.Payload, members)
}

func sortedMembers(schema *spec.Schema, members map[string]any) []string {
	names := slices.Sorted(maps.Keys(members))
	if schema == nil {
		return names
	}
	place := func(name string) int {
		if i := slices.IndexFunc(schema.Fields, func(f spec.Field) bool { return f.Name == name }); i >= 0 {
			return i
		}
		return len(schema.Fields)
	}
	slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	return names
}

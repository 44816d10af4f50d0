package payload

import (
	"bytes"
	"encoding/json"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventtext"
)

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
		for i, name := range eventtext.SortedMembers(schema, value) {
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

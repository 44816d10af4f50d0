// Package jsonform writes the values of scripts as JSON.
package jsonform

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Encode writes a value that a runtime gave to Go on one line: times as ISO 8601 text, several results as an array, and what JSON
// has no form for as null.
func Encode(value any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(form(value))
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func form(value any) any {
	switch v := value.(type) {
	case engine.JSON:
		return json.RawMessage(v)
	case engine.Multi:
		return form([]any(v))
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = form(v[i])
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name := range v {
			object[name] = form(v[name])
		}
		return object
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	case engine.Null, engine.Opaque:
		return nil
	}
	return value
}

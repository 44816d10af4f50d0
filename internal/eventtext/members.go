package eventtext

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Decode reads a payload. Numbers keep their text.
func Decode(payload []byte) (map[string]any, error) {
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	return members, decoder.Decode(&members)
}

// SortedMembers returns the names of members in the order of a schema, which may be nil. Further ones stand behind, sorted.
func SortedMembers(schema *spec.Schema, members map[string]any) []string {
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

func sortedNames(event *spec.Event, members map[string]any) []string {
	if event == nil {
		return SortedMembers(nil, members)
	}
	return SortedMembers(event.Payload, members)
}

package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// logField is a field of a log line as text.
type logField struct{ Name, Value string }

// fieldsOf are the fields of a line in the order of their names. Text stands as it is when it is one plain word, and everything
// else as JSON.
func fieldsOf(fields map[string]any) []logField {
	all := make([]logField, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		all = append(all, logField{name, fieldText(fields[name])})
	}
	return all
}

func fieldText(value any) string {
	if text, ok := value.(string); ok && text != "" && !strings.ContainsAny(text, " \t\r\n\"=") {
		return text
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // the page escapes
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// Package words spells names and counts as people and languages write them.
package words

import "strings"

// Camel returns a name of words joined by underscores as JavaScript spells it: get_meta is getMeta. Underscores in front stay.
func Camel(name string) string {
	if !strings.Contains(strings.TrimLeft(name, "_"), "_") {
		return name
	}
	var b strings.Builder
	upper := false
	for i, r := range name {
		switch {
		case r == '_' && i > 0:
			upper = true
		case upper:
			b.WriteString(strings.ToUpper(string(r)))
			upper = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

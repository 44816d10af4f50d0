// Package words spells names and counts as people and languages write them.
package words

import (
	"strconv"
	"strings"
)

// Plural returns the form of an English noun that goes with n: "entry" for 1, "entries" for any other number.
func Plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	if stem, ok := strings.CutSuffix(noun, "ry"); ok {
		return stem + "ries"
	}
	return noun + "s"
}

// Count returns a number with the noun that it counts: "1 run", "2 runs".
func Count(n int, noun string) string { return strconv.Itoa(n) + " " + Plural(n, noun) }

// Grouped returns a number with a separator between thousands.
func Grouped(n int, separator string) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + separator + text[i:]
	}
	return text
}

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

// Indent puts a text before each line that is not empty.
func Indent(text, by string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = by + line
		}
	}
	return strings.Join(lines, "\n")
}

// Percent returns a share from 0 to 1 as people write it. Only all is 100%, and only none is 0%.
func Percent(share float64) string {
	switch percent := int(share*100 + .5); {
	case share >= 1:
		return "100%"
	case percent > 99:
		return "99%"
	case share > 0 && percent < 1:
		return "1%"
	default:
		return strconv.Itoa(max(percent, 0)) + "%"
	}
}

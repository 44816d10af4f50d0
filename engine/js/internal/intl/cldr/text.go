package cldr

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FormatList joins texts: the type is standard, or, or unit, with -short or -narrow after it.
func (l *Locale) FormatList(kind string, items []string) []Part {
	table, last := l.Data().List, len(items)-1
	var parts []Part
	var after []string
	for i, item := range items {
		if i == last {
			parts = append(parts, Part{Type: "element", Value: item})
			break
		}
		place := "middle"
		switch {
		case last == 1:
			place = "2"
		case i == last-1:
			place = "end"
		case i == 0:
			place = "start"
		}
		pattern := table[kind+"-"+place]
		if i == last-1 {
			pattern = l.joinBefore(pattern, items[last])
		}
		before, rest, _ := strings.Cut(pattern, "{0}")
		between, end, _ := strings.Cut(rest, "{1}")
		parts = append(literal(parts, before), Part{Type: "element", Value: item})
		parts = literal(parts, between)
		if end != "" {
			after = append(after, end)
		}
	}
	for _, text := range slices.Backward(after) {
		parts = literal(parts, text)
	}
	return parts
}

// joinBefore is the pattern that joins a text to the next one. Some words change by the sound or the script that follows.
func (l *Locale) joinBefore(pattern, next string) string {
	switch l.Language() {
	case "es":
		return spanishJoin(pattern, next)
	case "he":
		return hebrewJoin(pattern, next)
	}
	return pattern
}

func literal(parts []Part, text string) []Part {
	if text == "" {
		return parts
	}
	if n := len(parts); n > 0 && parts[n-1].Type == "literal" {
		parts[n-1].Value += text
		return parts
	}
	return append(parts, Part{Type: "literal", Value: text})
}

// spanishJoin writes "e" for "y" before the sound of i, and "u" for "o" before that of o.
func spanishJoin(pattern, next string) string {
	next = strings.ToLower(next)
	switch {
	case strings.Contains(pattern, " y "):
		if strings.HasPrefix(next, "i") || strings.HasPrefix(next, "hi") && !strings.HasPrefix(next, "hia") && !strings.HasPrefix(next, "hie") {
			return strings.Replace(pattern, " y ", " e ", 1)
		}
	case strings.Contains(pattern, " o "):
		if strings.HasPrefix(next, "o") || strings.HasPrefix(next, "ho") || strings.HasPrefix(next, "8") || next == "11" || strings.HasPrefix(next, "11 ") {
			return strings.Replace(pattern, " o ", " u ", 1)
		}
	}
	return pattern
}

// hebrewJoin writes a hyphen after the "and" that Hebrew writes as a part of the next word, if that is in another script.
func hebrewJoin(pattern, next string) string {
	if r, _ := utf8.DecodeRuneInString(next); unicode.Is(unicode.Hebrew, r) {
		return pattern
	}
	return strings.Replace(pattern, " ו{1}", " ו-{1}", 1)
}

// RelativeUnits are the units of relative times, in the singular.
var RelativeUnits = []string{"second", "minute", "hour", "day", "week", "month", "quarter", "year"}

// FormatRelative says how far a time is away: the unit has -short or -narrow after it. With words, near ones are such as "yesterday".
func (l *Locale) FormatRelative(f *NumberFormat, d Decimal, unit string, words bool) []Part {
	table := l.Data().Relative
	if words && len(d.digits) <= 1 && (d.isZero() || d.point == 1) {
		key := unit + ":"
		if d.isZero() {
			key += "0"
		} else {
			if d.negative {
				key += "-"
			}
			key += d.digits
		}
		if text := table[key]; text != "" {
			return []Part{{Type: "literal", Value: text}}
		}
	}
	tense := ":future-"
	if d.negative {
		tense = ":past-"
		d.negative = false
	}
	number, w := f.format(d)
	pattern := table[unit+tense+f.plurals.category(w)]
	if pattern == "" {
		pattern = table[unit+tense+"other"]
	}
	before, after, hasNumber := strings.Cut(pattern, "{0}")
	parts := literal(nil, before)
	if hasNumber {
		singular, _, _ := strings.Cut(unit, "-")
		for _, part := range number {
			part.Unit = singular
			parts = append(parts, part)
		}
	}
	return literal(parts, after)
}

package render

import (
	"encoding/csv"
	"iter"
	"strings"

	"github.com/crisphost/crisphost/internal/jsoncolor"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/tape"
)

// json writes a value with two spaces of indentation, in colours on a terminal.
func (p *Printer) json(v Value) string {
	w := jsonWriter{indent: indentation}
	w.value(v, "")
	return p.ColorJSON(w.String())
}

// ColorJSON colours indented JSON text.
func (p *Printer) ColorJSON(text string) string {
	if !p.Color {
		return text
	}
	return jsoncolor.Paint(text)
}

// flatten calls take with the dotted names and the values of all members of an object, those of nested objects too. A plain
// value has the name "value".
func flatten(v Value, take func(name string, v Value)) {
	if v.kind() != tape.Object {
		take("value", v)
		return
	}
	var walk func(prefix string, v Value)
	walk = func(prefix string, v Value) {
		for name, v := range v.members() {
			if v.kind() == tape.Object && v.Len() > 0 {
				walk(prefix+name+".", v)
			} else {
				take(prefix+name, v)
			}
		}
	}
	walk("", v)
}

// CSVColumns are the names that flatten gives to the parts of a list, in the order of their first appearance.
func CSVColumns(items []Value) []string {
	names := []string{}
	known := map[string]bool{}
	for _, item := range items {
		flatten(item, func(name string, _ Value) {
			if !known[name] {
				known[name] = true
				names = append(names, name)
			}
		})
	}
	return names
}

// csv writes a list with a line of names, if header is set. Nested objects are dotted columns, lists are JSON. The columns are
// those of the items unless given.
func (p *Printer) csv(items []Value, columns []string, header bool) string {
	if columns == nil {
		columns = CSVColumns(items)
	}
	at := make(map[string]int, len(columns))
	titles := make([]string, len(columns))
	for i, name := range columns {
		at[name], titles[i] = i, plain.Lines(name)
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	if header && len(columns) > 0 {
		_ = w.Write(titles) // a strings.Builder takes everything
	}
	for _, item := range items {
		row := make([]string, len(columns))
		flatten(item, func(name string, v Value) {
			i, ok := at[name]
			switch {
			case !ok || v.kind() == tape.Null:
			case v.kind() == tape.String:
				row[i] = plain.Lines(v.Text())
			default:
				row[i] = v.JSON()
			}
		})
		if len(row) > 0 {
			_ = w.Write(row)
		}
	}
	w.Flush()
	return b.String()
}

// yaml writes a value as a YAML document.
func yaml(v Value) string {
	var b strings.Builder
	if v.isScalar() || v.isBlank() {
		return yamlScalar(v) + "\n"
	}
	writeYAML(&b, v, "")
	return b.String()
}

func writeYAML(b *strings.Builder, v Value, margin string) {
	for name, v := range v.members() {
		b.WriteString(margin + yamlText(name) + ":")
		writeYAMLBelow(b, v, margin)
	}
	writeYAMLItems(b, v.Items(), margin)
}

func writeYAMLItems(b *strings.Builder, items iter.Seq[Value], margin string) {
	for item := range items {
		if item.isScalar() || item.isBlank() {
			b.WriteString(margin + "- " + yamlScalar(item) + "\n")
			continue
		}
		var nested strings.Builder
		writeYAML(&nested, item, margin+"  ")
		b.WriteString(margin + "- " + strings.TrimPrefix(nested.String(), margin+"  "))
	}
}

func writeYAMLBelow(b *strings.Builder, v Value, margin string) {
	if v.isScalar() || v.isBlank() {
		b.WriteString(" " + yamlScalar(v) + "\n")
		return
	}
	b.WriteByte('\n')
	writeYAML(b, v, margin+"  ")
}

func yamlScalar(v Value) string {
	if v.kind() == tape.String {
		return yamlText(v.Text())
	}
	return v.JSON()
}

// yamlText writes a text without quotes where nobody could read it as anything else. JSON's form is valid YAML.
func yamlText(s string) string {
	plain := s != "" && paint.IsPlain(s) && strings.TrimSpace(s) == s
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		plain = plain && (letter || i > 0 && (c >= '0' && c <= '9' || strings.ContainsRune(" _-./@()+", c)))
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		plain = false
	}
	if plain {
		return s
	}
	return QuoteJSON(s)
}

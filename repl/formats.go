package repl

import (
	"encoding/csv"
	"strings"

	"github.com/crisphost/crisphost/internal/jsoncolor"
	"github.com/crisphost/crisphost/internal/plain"
)

// json writes a value with two spaces of indentation, in colours on a terminal.
func (p *printer) json(v value) string {
	var b strings.Builder
	v.appendJSON(&b, "  ", "")
	if !p.color {
		return b.String()
	}
	return jsoncolor.Paint(b.String())
}

// flatten calls take with the dotted names and the values of all members of an object, those of nested objects too. A plain
// value has the name "value".
func flatten(v value, take func(name string, v value)) {
	if v.kind != '{' {
		take("value", v)
		return
	}
	var walk func(prefix string, v value)
	walk = func(prefix string, v value) {
		for _, m := range v.members {
			if m.value.kind == '{' && len(m.value.members) > 0 {
				walk(prefix+m.name+".", m.value)
			} else {
				take(prefix+m.name, m.value)
			}
		}
	}
	walk("", v)
}

// csvColumns are the names that flatten gives to the parts of a list, in the order of their first appearance.
func csvColumns(items []value) []string {
	names := []string{}
	known := map[string]bool{}
	for _, item := range items {
		flatten(item, func(name string, _ value) {
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
func (p *printer) csv(items []value, columns []string, header bool) string {
	if columns == nil {
		columns = csvColumns(items)
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
		flatten(item, func(name string, v value) {
			i, ok := at[name]
			switch {
			case !ok || v.kind == 'n':
			case v.kind == '"':
				row[i] = plain.Lines(v.text)
			default:
				row[i] = v.json()
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
func yaml(v value) string {
	var b strings.Builder
	if v.isScalar() || v.isBlank() {
		return yamlScalar(v) + "\n"
	}
	writeYAML(&b, v, "")
	return b.String()
}

func writeYAML(b *strings.Builder, v value, margin string) {
	for _, m := range v.members {
		b.WriteString(margin + yamlText(m.name) + ":")
		writeYAMLBelow(b, m.value, margin)
	}
	for _, item := range v.items {
		if item.isScalar() || item.isBlank() {
			b.WriteString(margin + "- " + yamlScalar(item) + "\n")
			continue
		}
		var nested strings.Builder
		writeYAML(&nested, item, margin+"  ")
		b.WriteString(margin + "- " + strings.TrimPrefix(nested.String(), margin+"  "))
	}
}

func writeYAMLBelow(b *strings.Builder, v value, margin string) {
	if v.isScalar() || v.isBlank() {
		b.WriteString(" " + yamlScalar(v) + "\n")
		return
	}
	b.WriteByte('\n')
	writeYAML(b, v, margin+"  ")
}

func yamlScalar(v value) string {
	if v.kind == '"' {
		return yamlText(v.text)
	}
	return v.json()
}

// yamlText writes a text without quotes where nobody could read it as anything else. JSON's form is valid YAML.
func yamlText(s string) string {
	plain := s != "" && isPlain(s) && strings.TrimSpace(s) == s
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
	return quoteJSON(s)
}

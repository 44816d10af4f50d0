package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/tape"
)

// Format is how results are written.
type Format string

// The formats. Table shows lists as tables and single objects as trees.
const (
	Table Format = "table"
	JSON  Format = "json"
	CSV   Format = "csv"
	YAML  Format = "yaml"
)

// Printer writes values as text. It holds no state between values.
type Printer struct {
	paint.Style
	Format Format
	// Expanded shows each object of a list as a tree of its own.
	Expanded bool
	// Width is the terminal's number of columns. 0 is no terminal: nothing is cut then.
	Width int
	// Base is the number of the first item of a list in the language: 0 or 1.
	Base int
	Now  func() time.Time
}

// maxLines is how many lines a single value takes on a terminal. What is more is counted.
const maxLines = 400

// Single writes a value that is not a list.
func (p *Printer) Single(v Value) string {
	if p.Format == CSV && v.kind() == tape.Object {
		return p.csv([]Value{v}, nil, true)
	}
	var text string
	switch {
	case p.Format == JSON:
		text = p.json(v) + "\n"
	case p.Format == YAML:
		text = yaml(v)
	case v.isScalar():
		text = p.scalar(v) + "\n"
	default:
		text = p.tree(v, 0)
	}
	return p.bounded(text)
}

// scalar writes a text as it is, since that is what one wants to read and to pass on.
func (p *Printer) scalar(v Value) string {
	switch v.kind() {
	case tape.String:
		if v.isBlank() {
			return p.Paint(paint.String, `""`)
		}
		return p.Paint(paint.String, p.clipped(plain.Lines(v.Text())))
	case tape.Number:
		return p.Paint(paint.Number, v.Text())
	}
	return p.Paint(paint.Literal, v.JSON())
}

// maxText is how many characters of a text are shown on a terminal.
const maxText = 20_000

func (p *Printer) clipped(s string) string {
	if p.Width <= 0 || len(s) <= maxText {
		return s
	}
	runes := []rune(s)
	if len(runes) <= maxText {
		return s
	}
	return string(runes[:maxText]) + fmt.Sprintf("… (%s more characters)", paint.Thousands(len(runes)-maxText))
}

// bounded cuts what would fill many screens.
func (p *Printer) bounded(text string) string {
	if p.Width <= 0 {
		return text
	}
	end, lines := 0, 0
	for i := range len(text) {
		if text[i] != '\n' {
			continue
		}
		if lines++; lines == maxLines {
			end = i + 1
		}
	}
	if end == 0 || lines == maxLines {
		return text
	}
	return text[:end] + p.Paint(paint.Dim, fmt.Sprintf("… (%s more lines; .out FILE writes everything)", paint.Thousands(lines-maxLines))) + "\n"
}

// List writes the items of a list. first is the number of the first one, for the numbers of the rows; it is negative when the
// list cannot be indexed.
func (p *Printer) List(items []Value, first int, start bool, columns []string) string {
	switch {
	case p.Format == JSON:
		w := jsonWriter{indent: indentation}
		w.list(slices.Values(items), "")
		return p.bounded(p.ColorJSON(w.String()) + "\n")
	case p.Format == YAML:
		if len(items) == 0 {
			return "[]\n"
		}
		var b strings.Builder
		writeYAMLItems(&b, slices.Values(items), "")
		return p.bounded(b.String())
	case p.Format == CSV:
		return p.csv(items, columns, start)
	case len(items) == 0:
		return p.Paint(paint.Dim, "(none)") + "\n"
	case p.Expanded:
		return p.bounded(p.records(items, first))
	default:
		return p.table(items, first)
	}
}

// records shows each item as a tree below a line of its own.
func (p *Printer) records(items []Value, first int) string {
	var b strings.Builder
	for i, item := range items {
		title := "─ " + fmt.Sprint(max(first, 0)+i) + " "
		b.WriteString(p.Paint(paint.Dim, title+strings.Repeat("─", max(0, min(p.Columns(), 60)-plain.Width(title)))) + "\n")
		if item.isScalar() {
			b.WriteString(p.scalar(item) + "\n")
		} else {
			b.WriteString(p.tree(item, 0))
		}
	}
	return b.String()
}

// Columns returns the width to lay out for where there is no terminal.
func (p *Printer) Columns() int {
	if p.Width > 0 {
		return p.Width
	}
	return 80
}

// Short writes a list of a few plain values, if it fits on a line.
func (p *Printer) Short(list Value) (text string, ok bool) {
	if p.Format != Table || list.Len() == 0 || list.Len() > 50 {
		return "", false
	}
	total, parts := 2, make([]string, 0, list.Len())
	for v := range list.Items() {
		if !v.isScalar() {
			return "", false
		}
		text := v.JSON()
		if total += plain.Width(text) + 2; total > p.Columns() {
			return "", false
		}
		part := p.leaf("", v)
		if v.kind() == tape.String {
			part = p.Paint(paint.String, text)
		}
		parts = append(parts, part)
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

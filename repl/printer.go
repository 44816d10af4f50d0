package repl

import (
	"fmt"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/plain"
)

// format is how results are written.
type format string

// The formats. formatTable shows lists as tables and single objects as trees.
const (
	formatTable format = "table"
	formatJSON  format = "json"
	formatCSV   format = "csv"
	formatYAML  format = "yaml"
)

// printer writes values as text. It holds no state between values.
type printer struct {
	style
	format format
	// expanded shows each object of a list as a tree of its own.
	expanded bool
	// width is the terminal's number of columns. 0 is no terminal: nothing is cut then.
	width int
	// base is the number of the first item of a list in the language: 0 or 1.
	base int
	now  func() time.Time
}

// maxLines is how many lines a single value takes on a terminal. What is more is counted.
const maxLines = 400

// single writes a value that is not a list.
func (p *printer) single(v value) string {
	if p.format == formatCSV && v.kind == '{' {
		return p.csv([]value{v}, nil, true)
	}
	var text string
	switch {
	case p.format == formatJSON:
		text = p.json(v) + "\n"
	case p.format == formatYAML:
		text = yaml(v)
	case v.isScalar():
		text = p.scalar(v) + "\n"
	default:
		text = p.tree(v, 0)
	}
	return p.bounded(text)
}

// scalar writes a text as it is, since that is what one wants to read and to pass on.
func (p *printer) scalar(v value) string {
	switch v.kind {
	case '"':
		if v.text == "" {
			return p.paint(sgrString, `""`)
		}
		return p.paint(sgrString, p.clipped(plain.Lines(v.text)))
	case '0':
		return p.paint(sgrNumber, v.text)
	}
	return p.paint(sgrLiteral, v.json())
}

// maxText is how many characters of a text are shown on a terminal.
const maxText = 20_000

func (p *printer) clipped(s string) string {
	if p.width <= 0 || len(s) <= maxText {
		return s
	}
	runes := []rune(s)
	if len(runes) <= maxText {
		return s
	}
	return string(runes[:maxText]) + fmt.Sprintf("… (%s more characters)", thousands(len(runes)-maxText))
}

// bounded cuts what would fill many screens.
func (p *printer) bounded(text string) string {
	if p.width <= 0 {
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
	return text[:end] + p.paint(sgrDim, fmt.Sprintf("… (%s more lines; .out FILE writes everything)", thousands(lines-maxLines))) + "\n"
}

// list writes the items of a list. first is the number of the first one, for the numbers of the rows; it is negative when the
// list cannot be indexed.
func (p *printer) list(items []value, first int, start bool, columns []string) string {
	switch {
	case p.format == formatJSON:
		return p.bounded(p.json(value{kind: '[', items: items}) + "\n")
	case p.format == formatYAML:
		return p.bounded(yaml(value{kind: '[', items: items}))
	case p.format == formatCSV:
		return p.csv(items, columns, start)
	case len(items) == 0:
		return p.paint(sgrDim, "(none)") + "\n"
	case p.expanded:
		return p.bounded(p.records(items, first))
	default:
		return p.table(items, first)
	}
}

// records shows each item as a tree below a line of its own.
func (p *printer) records(items []value, first int) string {
	var b strings.Builder
	for i, item := range items {
		title := "─ " + fmt.Sprint(max(first, 0)+i) + " "
		b.WriteString(p.paint(sgrDim, title+strings.Repeat("─", max(0, min(p.columns(), 60)-plain.Width(title)))) + "\n")
		if item.isScalar() {
			b.WriteString(p.scalar(item) + "\n")
		} else {
			b.WriteString(p.tree(item, 0))
		}
	}
	return b.String()
}

// columns is the width to lay out for where there is no terminal.
func (p *printer) columns() int {
	if p.width > 0 {
		return p.width
	}
	return 80
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

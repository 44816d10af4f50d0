package repl

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/internal/layout"
	"github.com/crisphost/crisphost/internal/plain"
)

// cellLimit is how many columns of a cell are looked at where nothing is cut for the terminal.
const cellLimit = 400

// cell is a value as a table shows it.
type cell struct {
	text  string
	code  string
	right bool
}

// cellOf shows a value on one line.
func (p *printer) cellOf(name string, v value) cell {
	v = v.opened()
	if t, ok := timeOf(name, v); ok {
		return cell{text: relative(t, p.now()), code: sgrTime}
	}
	switch v.kind {
	case '"':
		return cell{text: oneLine(v.text, cellLimit)}
	case '0':
		return cell{text: v.text, code: sgrNumber, right: true}
	case 't', 'f':
		return cell{text: v.json(), code: sgrLiteral}
	case '[':
		var parts []string
		for _, item := range v.items {
			if !item.isScalar() {
				return cell{text: summary(v), code: sgrDim}
			}
			parts = append(parts, p.cellOf("", item).text)
		}
		return cell{text: oneLine(strings.Join(parts, ", "), cellLimit)}
	case '{':
		return cell{text: summary(v), code: sgrDim}
	}
	return cell{}
}

// summary tells what a nested value holds.
func summary(v value) string {
	v = v.opened()
	if v.kind == '[' {
		return "[" + strconv.Itoa(len(v.items)) + "]"
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range v.members {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > cellLimit {
			break
		}
		b.WriteString(oneLine(m.name, 40))
		if m.value.isScalar() && !m.value.isBlank() {
			b.WriteString(": " + oneLine(m.value.plain(), 40))
		}
	}
	return b.String() + "}"
}

// plain is a scalar as text.
func (v value) plain() string {
	if v.kind == '"' {
		return v.text
	}
	return v.json()
}

// grid is a table before it is laid out.
type grid struct {
	columns []column
	rows    [][]cell
}

// gridOf makes the table of a list. first is the number of the first row, in the language's counting; a negative one hides
// the numbers.
func (p *printer) gridOf(rows []value, first int) grid {
	var g grid
	if first >= 0 {
		g.columns = append(g.columns, column{title: "#", fixed: true})
	}
	var shown []column
	switch {
	case allOf(rows, '{'):
		shown = columnsFor(rows)
	case allOf(rows, '['):
		longest := 0
		for _, row := range rows {
			longest = max(longest, len(row.items))
		}
		for i := range min(longest, maxGuessed) {
			shown = append(shown, column{title: strconv.Itoa(i + p.base), rank: i + 1, least: 6})
		}
	default:
		shown = []column{{title: "value", rank: 1, least: 10}}
	}
	g.columns = append(g.columns, shown...)
	for i, row := range rows {
		var cells []cell
		if first >= 0 {
			cells = append(cells, cell{text: strconv.Itoa(first + i), code: sgrDim, right: true})
		}
		for j, c := range shown {
			switch {
			case c.paths != nil || c.direct:
				name, v := c.find(row)
				cells = append(cells, p.cellOf(name, v))
			case row.kind == '[' && allOf(rows, '['):
				if j < len(row.items) {
					cells = append(cells, p.cellOf("", row.items[j]))
				} else {
					cells = append(cells, cell{})
				}
			default:
				cells = append(cells, p.cellOf("", row))
			}
		}
		g.rows = append(g.rows, cells)
	}
	return g
}

func allOf(rows []value, kind byte) bool {
	for _, row := range rows {
		if byte(row.kind) != kind {
			return false
		}
	}
	return len(rows) > 0
}

// table lays a list out in columns that fit the width.
func (p *printer) table(rows []value, first int) string {
	g := p.gridOf(rows, first)
	widths := g.fit(p.width)
	// Numbers among texts stand on the left like them.
	right := make([]bool, len(g.columns))
	for j := range g.columns {
		right[j] = g.isRight(j)
	}
	var b strings.Builder
	line := func(cells []cell, header bool) {
		var parts []string
		for j, w := range widths {
			if w == 0 {
				continue
			}
			text := plain.Cut(cells[j].text, w)
			filled := pad(text, w, right[j])
			code := cells[j].code
			if header {
				code = sgrBold
			}
			// The colour covers the text alone, so that lines end without it.
			parts = append(parts, strings.Replace(filled, text, p.paint(code, text), 1))
		}
		b.WriteString(strings.TrimRight(strings.Join(parts, layout.Gap), " ") + "\n")
	}
	header := make([]cell, len(g.columns))
	rule := make([]cell, len(g.columns))
	for j, c := range g.columns {
		header[j] = cell{text: oneLine(c.title, cellLimit)}
		rule[j] = cell{text: strings.Repeat("─", widths[j]), code: sgrDim}
	}
	line(header, true)
	line(rule, false)
	for _, row := range g.rows {
		line(row, false)
	}
	return b.String()
}

// isRight tells whether a column holds numbers alone.
func (g grid) isRight(j int) bool {
	found := false
	for _, row := range g.rows {
		if row[j].text != "" && !row[j].right {
			return false
		}
		found = found || row[j].right
	}
	return found
}

// fit gives each column a width, 0 for those that have no place. Nothing is cut when the width is 0.
func (g grid) fit(total int) []int {
	list := make([]layout.Column, len(g.columns))
	for j, c := range g.columns {
		title := utf8.RuneCountInString(c.title)
		width := max(1, title)
		for _, row := range g.rows {
			width = max(width, plain.Width(row[j].text))
		}
		least := max(c.least, title)
		if c.fixed {
			least = width
		}
		// The numbers of the rows have rank 0.
		list[j] = layout.Column{Width: width, Least: least, Rank: c.rank}
	}
	return layout.Fit(list, total)
}

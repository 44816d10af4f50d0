package render

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/internal/layout"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/tape"
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
func (p *Printer) cellOf(name string, v Value) cell {
	if t, ok := timeOf(name, v); ok {
		return cell{text: relative(t, p.Now()), code: paint.Time}
	}
	switch v.kind() {
	case tape.String:
		return cell{text: paint.OneLine(v.Text(), cellLimit)}
	case tape.Number:
		return cell{text: v.Text(), code: paint.Number, right: true}
	case tape.True, tape.False:
		return cell{text: v.JSON(), code: paint.Literal}
	case tape.Array:
		var parts []string
		for item := range v.Items() {
			if !item.isScalar() {
				return cell{text: summary(v), code: paint.Dim}
			}
			parts = append(parts, p.cellOf("", item).text)
		}
		return cell{text: paint.OneLine(strings.Join(parts, ", "), cellLimit)}
	case tape.Object:
		return cell{text: summary(v), code: paint.Dim}
	}
	return cell{}
}

// summary tells what a nested value holds.
func summary(v Value) string {
	if v.IsList() {
		return "[" + strconv.Itoa(v.Len()) + "]"
	}
	var b strings.Builder
	b.WriteByte('{')
	for name, v := range v.members() {
		if b.Len() > 1 {
			b.WriteString(", ")
		}
		if b.Len() > cellLimit {
			break
		}
		b.WriteString(paint.OneLine(name, 40))
		if v.isScalar() && !v.isBlank() {
			b.WriteString(": " + paint.OneLine(v.plain(), 40))
		}
	}
	return b.String() + "}"
}

// plain is a scalar as text.
func (v Value) plain() string {
	if v.kind() == tape.String {
		return v.Text()
	}
	return v.JSON()
}

// grid is a table before it is laid out.
type grid struct {
	columns []column
	rows    [][]cell
}

// gridOf makes the table of a list. first is the number of the first row, in the language's counting; a negative one hides
// the numbers.
func (p *Printer) gridOf(rows []Value, first int) grid {
	var g grid
	if first >= 0 {
		g.columns = append(g.columns, column{title: "#", fixed: true})
	}
	var shown []column
	lists := isEvery(rows, tape.Array)
	switch {
	case isEvery(rows, tape.Object):
		shown = columnsFor(rows)
	case lists:
		longest := 0
		for _, row := range rows {
			longest = max(longest, row.Len())
		}
		for i := range min(longest, maxGuessed) {
			shown = append(shown, column{title: strconv.Itoa(i + p.Base), rank: i + 1, least: 6})
		}
	default:
		shown = []column{{title: "value", rank: 1, least: 10}}
	}
	g.columns = append(g.columns, shown...)
	for i, row := range rows {
		var cells []cell
		if first >= 0 {
			cells = append(cells, cell{text: strconv.Itoa(first + i), code: paint.Dim, right: true})
		}
		for j, c := range shown {
			switch {
			case c.paths != nil || c.direct:
				cells = append(cells, p.cell(c, row))
			case lists:
				v, _ := row.item(j)
				cells = append(cells, p.cellOf("", v))
			default:
				cells = append(cells, p.cellOf("", row))
			}
		}
		g.rows = append(g.rows, cells)
	}
	return g
}

// table lays a list out in columns that fit the width.
func (p *Printer) table(rows []Value, first int) string {
	g := p.gridOf(rows, first)
	widths := g.fit(p.Width)
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
			filled := paint.Pad(text, w, right[j])
			code := cells[j].code
			if header {
				code = paint.Bold
			}
			// The colour covers the text alone, so that lines end without it.
			parts = append(parts, strings.Replace(filled, text, p.Paint(code, text), 1))
		}
		b.WriteString(strings.TrimRight(strings.Join(parts, layout.Gap), " ") + "\n")
	}
	header := make([]cell, len(g.columns))
	rule := make([]cell, len(g.columns))
	for j, c := range g.columns {
		header[j] = cell{text: paint.OneLine(c.title, cellLimit)}
		rule[j] = cell{text: strings.Repeat("─", widths[j]), code: paint.Dim}
	}
	line(header, true)
	line(rule, false)
	for _, row := range g.rows {
		line(row, false)
	}
	return b.String()
}

// isRight reports whether a column holds numbers alone.
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

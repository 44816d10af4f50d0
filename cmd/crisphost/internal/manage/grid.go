package manage

import (
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/layout"
	"github.com/crisphost/crisphost/internal/plain"
)

// grid is a table for people.
type grid struct {
	columns []gridColumn
	rows    []gridRow
	// names is the column of scripts' names, which do not stretch the table.
	names int
	// untitled leaves the titles out: the table goes on.
	untitled bool
}

type gridColumn struct {
	title string
	// rank tells what a narrow terminal leaves out first: the highest number.
	rank int
	// least is the width down to which the column may be cut, or 0 when it is shown whole or not at all.
	least int
}

// nameWidth is what a name may take of a table: a longer one is cut on a terminal, and sticks out elsewhere.
const nameWidth = 40

type gridRow struct {
	cells []gridCell
	// note is text for the lines below.
	note string
}

// gridCell is a clean text and its colour.
type gridCell struct{ text, color string }

// printGrid prints a table that is no wider than the terminal, whole where standard output is none.
func printGrid(s *streams.IO, g grid) error {
	total := s.Columns()
	widths := layout.Fit(g.widths(), total)
	var b strings.Builder
	titles := make([]gridCell, len(g.columns))
	for i, c := range g.columns {
		titles[i] = gridCell{c.title, streams.Dim}
	}
	rows := append([]gridRow{{cells: titles}}, g.rows...)
	if g.untitled {
		rows = g.rows
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row.cells {
			if widths[i] == 0 {
				continue
			}
			if line.Len() > 0 {
				line.WriteString(layout.Gap)
			}
			text := cell.text
			if total > 0 {
				text = plain.Cut(text, widths[i])
			}
			line.WriteString(streams.Paint(s.ColorOut, cell.color, text) + strings.Repeat(" ", max(0, widths[i]-plain.Width(text))))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n" + row.note)
	}
	_, err := io.WriteString(s.Out, b.String())
	return err
}

// widths are what the columns take, and down to what they may be cut.
func (g grid) widths() []layout.Column {
	widths := make([]layout.Column, len(g.columns))
	for i, c := range g.columns {
		title := plain.Width(c.title)
		width := title
		for _, row := range g.rows {
			width = max(width, plain.Width(row.cells[i].text))
		}
		if i == g.names {
			width = min(width, nameWidth)
		}
		least := max(c.least, title)
		if c.least == 0 {
			least = width
		}
		widths[i] = layout.Column{Width: width, Least: least, Rank: c.rank}
	}
	return widths
}

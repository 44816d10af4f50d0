// Package layout fits tables into the width of a terminal.
package layout

import (
	"cmp"
	"slices"
)

// Gap is what stands between two columns.
const Gap = "  "

// Column is what fitting must know of a column.
type Column struct {
	// Width is what the column takes when nothing of it is cut.
	Width int
	// Least is the width down to which it may be cut. One that is not below Width means that the column is shown whole or not at all.
	Least int
	// Rank tells what goes first when there is too little room: the highest number, and of equal ones the column to the right.
	Rank int
}

// Fit gives each column a width, such that all of them with the gaps between take at most a total, and 0 to those that have no
// place. At least one column is shown. Nothing is cut when the total is 0.
func Fit(columns []Column, total int) []int {
	widths := make([]int, len(columns))
	if total <= 0 {
		for i, c := range columns {
			widths[i] = c.Width
		}
		return widths
	}
	order := make([]int, len(columns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(columns[i].Rank, columns[j].Rank) })
	left := total
	// The most important columns take their least width first.
	for n, i := range order {
		need, gap := min(columns[i].Width, columns[i].Least), len(Gap)
		if left == total {
			gap = 0
		}
		switch {
		case need+gap <= left:
			widths[i] = need
			left -= need + gap
		case n == 0:
			widths[i] = total
			return widths
		}
	}
	// What is left goes to the columns that are cut, one after the other, so that none starves.
	for grown := true; grown && left > 0; {
		grown = false
		for i, c := range columns {
			if left > 0 && widths[i] > 0 && widths[i] < c.Width {
				widths[i]++
				left--
				grown = true
			}
		}
	}
	return widths
}

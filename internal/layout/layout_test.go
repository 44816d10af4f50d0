package layout

import (
	"slices"
	"testing"
)

func TestFit(t *testing.T) {
	list := []Column{{Width: 8, Least: 8, Rank: 1}, {Width: 20, Least: 10, Rank: 3}, {Width: 5, Least: 9, Rank: 4}, {Width: 30, Least: 6, Rank: 2}}
	for _, c := range []struct {
		total int
		want  []int
	}{
		{0, []int{8, 20, 5, 30}},
		{200, []int{8, 20, 5, 30}},
		{69, []int{8, 20, 5, 30}},
		{68, []int{8, 20, 5, 29}},
		{50, []int{8, 18, 5, 13}}, // what is left over is shared out evenly
		{35, []int{8, 10, 5, 6}},  // all at their least
		{34, []int{8, 13, 0, 9}},  // the third has no place, and leaves it to the others
		{28, []int{8, 10, 0, 6}},
		{27, []int{8, 0, 5, 10}}, // what goes before it does not fit, but it does
		{22, []int{8, 0, 0, 12}},
		{15, []int{8, 0, 5, 0}},
		{8, []int{8, 0, 0, 0}},
		{3, []int{3, 0, 0, 0}},
	} {
		got := Fit(list, c.total)
		if !slices.Equal(got, c.want) {
			t.Errorf("%d: %v, want %v", c.total, got, c.want)
		}
		sum, shown := 0, 0
		for _, w := range got {
			if sum += w; w > 0 {
				shown++
			}
		}
		if c.total > 0 && sum+(shown-1)*len(Gap) > c.total {
			t.Errorf("%d: %v is too wide", c.total, got)
		}
	}
	if got := Fit(nil, 10); len(got) != 0 {
		t.Errorf("nothing is %v", got)
	}
}

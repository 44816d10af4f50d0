package console

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/scripts/state"
)

const (
	stripRuns   = 24
	stripHeight = 26
	barWidth    = 5
	barStep     = 7
)

// strip is a small picture of the recent runs, the newest at the right. The height of a bar tells how long the run took
// compared with the longest of them, and its form how it ended.
type strip struct {
	Width, Height int
	Bars          []bar
	// Words tell the same.
	Words string
}

type bar struct {
	X, Y, Height int
	State        state.RunState
	URL, Title   string
}

// stripOf draws runs that are given the newest first.
func (c *Console) stripOf(runs []state.Run) strip {
	s := strip{Width: stripRuns*barStep - (barStep - barWidth), Height: stripHeight, Words: summary(runs)}
	longest := 0.0
	for _, r := range runs {
		longest = max(longest, seconds(r))
	}
	for i, r := range slices.Backward(runs) {
		height := stripHeight
		switch {
		case r.State == state.Skipped || r.StartedAt.IsZero():
			height = 4
		case r.State.Ended() && longest > 0:
			// By the root, so that one long run leaves the others visible.
			height = 6 + int(float64(stripHeight-6)*math.Sqrt(seconds(r)/longest))
		}
		title := fmt.Sprintf("%s, %s, %s", stateLabel(r.State), c.absolute(began(r)), took(r, c.Now()))
		s.Bars = append(s.Bars, bar{s.Width - barWidth - i*barStep, stripHeight - height, height, r.State, runURL(r.ID), title})
	}
	return s
}

func seconds(r state.Run) float64 {
	if !r.State.Ended() || r.StartedAt.IsZero() || r.EndedAt.IsZero() {
		return 0
	}
	return max(0, r.EndedAt.Sub(r.StartedAt).Seconds())
}

// allStates are in the order in which a summary tells them.
var allStates = []state.RunState{
	state.Running, state.Succeeded, state.Failed, state.TimedOut, state.Cancelled, state.Skipped, state.Scheduled,
}

// summary counts runs by state: "22 succeeded, 2 failed".
func summary(runs []state.Run) string {
	counts := map[state.RunState]int{}
	for _, r := range runs {
		counts[r.State]++
	}
	var parts []string
	for _, s := range allStates {
		if counts[s] > 0 {
			parts = append(parts, grouped(counts[s])+" "+stateLabel(s))
		}
	}
	if parts == nil {
		return "no runs"
	}
	return strings.Join(parts, ", ")
}

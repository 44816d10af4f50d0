package manage

import (
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// idOf is a run's ID: the end of it on a terminal, which tells runs apart, and all of it elsewhere.
func idOf(io *streams.IO, run state.Run) string {
	if io.Columns() > 0 {
		return shortID(run.ID)
	}
	return plain.Line(run.ID)
}

// shortID is the end of an ID, which is random.
func shortID(id string) string {
	const shown = 8
	return plain.Line(id[max(0, len(id)-shown):])
}

// stateColor is the colour of a run's state.
func stateColor(s state.RunState) string {
	switch s {
	case state.Succeeded:
		return streams.Green
	case state.Failed, state.TimedOut:
		return streams.Red
	case state.Running:
		return streams.Cyan
	case state.Cancelled, state.Skipped:
		return streams.Yellow
	default:
		return streams.Dim
	}
}

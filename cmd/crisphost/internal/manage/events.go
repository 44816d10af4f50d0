package manage

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/eventtext"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// shownEvents is how many events of a run are shown.
const shownEvents = 10

// describeEvents writes the events that started a run, a line each.
func describeEvents(b *strings.Builder, events []state.Event, color bool) {
	if len(events) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", words.Count(len(events), "event"))
	for _, e := range events[:min(len(events), shownEvents)] {
		fmt.Fprintf(b, "  %s  %s  %s\n", e.Time.Local().Format("15:04:05.000"), plain.Line(e.Name),
			streams.Paint(color, streams.Dim, eventtext.Summary(e.Name, e.Payload)))
	}
	if more := len(events) - shownEvents; more > 0 {
		fmt.Fprintf(b, "  %d more: --json shows all\n", more)
	}
}

package help

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/eventdoc"
)

// maxFieldColumn is how wide the column of fields is at most.
const maxFieldColumn = 32

// helpEvent documents an event: what it is about and what fields its payload has.
func helpEvent(streams *streams.IO, name string) error {
	event, err := payload.FindEvent(name)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s\n\n", event.Name, event.Summary)
	width := 0
	fields := eventdoc.Fields(event.Payload)
	for _, f := range fields {
		width = max(width, min(len(f.Path)+1, maxFieldColumn))
	}
	for _, f := range fields {
		path := f.Path
		if f.Optional {
			path += "?"
		}
		fmt.Fprintf(&b, "  %-*s  %s\n", width, path, f.Doc)
		fmt.Fprintf(&b, "  %-*s  %s\n", width, "", strings.Join(f.Types, " or "))
	}
	fmt.Fprintf(&b, "\nHeader  @on %[1]s\nTry it  crisphost run --event %[1]s FILE\n", event.Name)
	_, err = fmt.Fprint(streams.Out, b.String())
	return err
}

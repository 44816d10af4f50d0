package help

import (
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventdoc"
)

// eventsTopic is the group of calls about events, below which all events are listed.
const eventsTopic = "events"

// maxFieldColumn is how wide the column of fields is at most.
const maxFieldColumn = 32

// helpEvent documents an event: who hears it and what it brings.
func helpEvent(w io.Writer, name string) error {
	event, err := payload.FindEvent(name)
	if err != nil {
		return err
	}
	ways := "RTM and web hooks"
	if !event.Hook {
		ways = "RTM only"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s\n\nSent over  %s\nTiers      %s\n", event.Name, event.Summary, ways, event.Tiers)
	if event.Scope != "" {
		fmt.Fprintf(&b, "Scope      %s\n", event.Scope)
	}
	b.WriteString("\nFields\n")
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
		fmt.Fprintf(&b, "  %-*s  %s\n  %-*s  %s\n", width, path, f.Doc, width, "", strings.Join(f.Types, " or "))
	}
	fmt.Fprintf(&b, "\nExample\n  %[1]s\n\nHeader  @on %[2]s\nTry it  crisphost run --event %[2]s FILE\n        crisphost emit %[2]s\n", event.Example, event.Name)
	_, err = io.WriteString(w, b.String())
	return err
}

// eventList lists the events that @on, crisp.events and listen take.
func eventList() string {
	var b strings.Builder
	wide := 0
	for _, event := range spec.Events() {
		wide = max(wide, len(event.Name))
	}
	for _, event := range spec.Events() {
		fmt.Fprintf(&b, "%-*s  %s\n", wide, event.Name, event.Summary)
	}
	return b.String()
}

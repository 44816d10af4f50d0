package help

import (
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/crisp/spec"
)

// eventsTopic is the group of calls about events, below which all events are listed.
const eventsTopic = "events"

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
	wide := 0
	for _, field := range event.Payload.Fields {
		wide = max(wide, len(fieldName(&field)))
	}
	for _, field := range event.Payload.Fields {
		fmt.Fprintf(&b, "  %-*s  %s: %s\n", wide, fieldName(&field), field.Doc, spec.Describe(field.Schema))
	}
	fmt.Fprintf(&b, "\nExample\n  %s\n\nTry it\n  crisphost emit %s\n", event.Example, event.Name)
	_, err = io.WriteString(w, b.String())
	return err
}

// fieldName is a field with a mark behind one that may be absent.
func fieldName(field *spec.Field) string {
	if field.Required {
		return field.Name
	}
	return field.Name + "?"
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

// Package payload makes payloads of events from examples and the values of a command line.
package payload

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventtext"
)

// FindEvent returns the event of a name, or an error that names the nearest one.
func FindEvent(name string) (*spec.Event, error) {
	if event := spec.FindEvent(name); event != nil {
		return event, nil
	}
	hint := cmp.Or(eventtext.Near(name), "crisphost help events lists them")
	return nil, &usage.Error{Problem: fmt.Sprintf("unknown event %q", name), Hint: hint}
}

// Make returns the example of an event's payload, changed by fields. Errors of what they hold are a *usage.Error.
func Make(ctx context.Context, in io.Reader, event *spec.Event, list []fields.Field) ([]byte, error) {
	changes, err := Changes(ctx, in, event, list)
	if err != nil {
		return nil, err
	}
	members, err := eventtext.Decode([]byte(event.Example))
	if err != nil {
		return nil, err
	}
	Merge(event.Payload, members, changes)
	return Finish(event, members)
}

// Finish writes the members of a payload, which must fit the event.
func Finish(event *spec.Event, members map[string]any) ([]byte, error) {
	text, err := Encode(event.Payload, members)
	if err != nil {
		return nil, err
	}
	if err := event.Payload.ValidateAnswerJSON(text); err != nil {
		return nil, &usage.Error{Problem: fmt.Sprintf("the payload does not fit %s: %v", event.Name, err), Err: err}
	}
	return text, nil
}

package events

import (
	"context"
	"errors"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/discovery"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Example returns the payload of an event's example, changed by fields and fitted to the sandbox at a URL, as emit fits it. A message is in
// its conversation afterwards. Where that sandbox was asked to fail, the example stays as it is.
func Example(ctx context.Context, url, website string, event *spec.Event, list []fields.Field) ([]byte, error) {
	changes, err := payload.Changes(ctx, nil, event, list)
	if err != nil {
		return nil, err
	}
	t, err := newTarget(&discovery.Sandbox{URL: url}, website)
	if err != nil {
		return nil, err
	}
	session, _ := changes["session_id"].(string)
	w, err := t.look(ctx, session, event)
	if failed := (*crisp.Error)(nil); errors.As(err, &failed) {
		return payload.Make(ctx, nil, event, list)
	}
	if err != nil {
		return nil, err
	}
	data, err := (&EmitOptions{event: event}).makePayload(w, changes, nil)
	if err == nil && (event.Name == "message:send" || event.Name == "message:received") {
		_ = t.emit(ctx, event.Name, data) // which refuses what Crisp would not send, such as a message:send of an operator
	}
	return data, err
}

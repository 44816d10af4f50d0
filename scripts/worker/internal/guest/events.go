//go:build unix

package guest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/eventqueue"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// hostEvents is the host's events, as scripts see them.
type hostEvents struct{ run *guestRun }

var _ bindings.WebsiteEvents = (*hostEvents)(nil)

// ask makes a call and reads its value.
func (e *hostEvents) ask(ctx context.Context, m wire.EventsMessage, value any) error {
	answer, body, err := e.run.ask(ctx, wire.FrameEvents, m, nil)
	switch {
	case err != nil:
		return err
	case answer.Refused != nil:
		return answer.Refused.Err()
	case answer.Error == nil:
		return json.Unmarshal(body, value)
	}
	switch answer.Error.Reason {
	case wire.ReasonOverflow:
		return eventqueue.ErrOverflow
	case wire.ReasonEnded:
		return eventqueue.ErrEnded
	}
	return errors.New(answer.Error.Message)
}

// Listen implements bindings.Events.
func (e *hostEvents) Listen(ctx context.Context, names []string) iter.Seq2[crisp.Event, error] {
	return e.ListenWebsite(ctx, "", names)
}

// ListenWebsite implements bindings.WebsiteEvents.
func (e *hostEvents) ListenWebsite(ctx context.Context, websiteID string, names []string) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		e.run.listening.Add(1)
		defer e.run.listening.Done()
		var stream uint64
		if err := e.ask(ctx, wire.EventsMessage{Verb: wire.EventsListen, Website: websiteID, Names: names}, &stream); err != nil {
			yield(crisp.Event{}, err)
			return
		}
		defer e.end(stream)
		for {
			var events []crisp.Event
			err := e.ask(ctx, wire.EventsMessage{Verb: wire.EventsNext, Stream: stream}, &events)
			if err != nil {
				yield(crisp.Event{}, err)
				return
			}
			for _, event := range events {
				if !yield(event, nil) {
					return
				}
			}
		}
	}
}

// end ends a stream. Nobody waits for the answer.
func (e *hostEvents) end(stream uint64) {
	id := e.run.id | uint64(e.run.calls.Add(1))
	_ = e.run.link.Send(wire.FrameEvents, id, wire.EventsMessage{Verb: wire.EventsEnd, Stream: stream}, nil) // the host may be gone
}

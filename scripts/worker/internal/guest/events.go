//go:build unix

package guest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/eventqueue"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// hostEvents is the host's events, as scripts see them.
type hostEvents struct {
	run *guestRun
	// open counts the streams.
	open atomic.Int32
}

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
		stream, err := e.listen(ctx, websiteID, names)
		if err != nil {
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

// leftPatience is how long streams that Lua has lost may take to end.
const leftPatience = 2 * time.Second

// listen begins a stream. Lua does not tell when a loop is left, so that streams nobody can read any more may have to be collected
// before there is room for another.
func (e *hostEvents) listen(ctx context.Context, websiteID string, names []string) (stream uint64, err error) {
	m := wire.EventsMessage{Verb: wire.EventsListen, Website: websiteID, Names: names}
	if e.open.Load() >= wire.MaxStreams {
		runtime.GC()
		for wait := time.Millisecond; e.open.Load() >= wire.MaxStreams && wait < leftPatience/2; wait *= 2 {
			time.Sleep(wait)
		}
	}
	if err = e.ask(ctx, m, &stream); err == nil {
		e.open.Add(1)
	}
	return stream, err
}

// end ends a stream. There is no answer.
func (e *hostEvents) end(stream uint64) {
	id := e.run.id | uint64(e.run.calls.Add(1))
	_ = e.run.link.Send(wire.FrameEvents, id, wire.EventsMessage{Verb: wire.EventsEnd, Stream: stream}, nil) // the host may be gone
	e.open.Add(-1)
}

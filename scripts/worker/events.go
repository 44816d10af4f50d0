//go:build unix

package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/eventqueue"
	"github.com/crisphost/crisphost/scripts/worker/internal/room"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// The bounds of what a run listens to. Workers take events as they come, so that few wait in the host.
const (
	streamEvents     = 10_000
	streamBytes      = 2 << 20
	eventsAtOnce     = 128 << 10
	eventsPermission = "events"
)

// streams are the events that a run listens to.
type streams struct {
	mu   sync.Mutex
	last uint64
	open map[uint64]*stream
}

// stream is the events of one listening script.
type stream struct {
	queue *eventqueue.Queue
	end   context.CancelFunc
}

// eventsFrame takes a call about events. The end of a stream is not answered, and comes before the calls that follow it.
func (r *run) eventsFrame(f *wire.Frame, claim *room.Claim) error {
	var m wire.EventsMessage
	if f.Head != nil { // else it was too large, which begin tells
		if err := f.Decode(&m); err != nil {
			claim.Release()
			return err
		}
	}
	if m.Verb == wire.EventsEnd {
		claim.Release()
		if s := r.streams.take(m.Stream); s != nil {
			s.end()
		}
		return nil
	}
	return r.calls.begin(f, claim, func(ctx context.Context, _ *wire.Frame, claim *room.Claim) (*wire.AnswerMessage, []byte, error) {
		return r.events(ctx, &m, claim)
	})
}

// events makes a call about events for a script.
func (r *run) events(ctx context.Context, m *wire.EventsMessage, claim *room.Claim) (*wire.AnswerMessage, []byte, error) {
	if r.pool.options.Events == nil {
		return nil, nil, errors.New("the worker asked for events that it was not given")
	}
	value, err := r.eventsCall(ctx, m, claim)
	if r.calls.ctx.Err() != nil {
		return nil, nil, context.Cause(r.calls.ctx) // the script learns that it has to stop, and not that there are no events
	}
	if err != nil {
		failed := &crisp.Error{Message: err.Error()}
		switch {
		case errors.Is(err, eventqueue.ErrOverflow):
			failed.Reason = wire.ReasonOverflow
		case errors.Is(err, eventqueue.ErrEnded):
			failed.Reason = wire.ReasonEnded
		}
		return &wire.AnswerMessage{Error: failed, Refused: wire.RefusalOf(err)}, nil, nil
	}
	encoded, err := json.Marshal(value)
	return &wire.AnswerMessage{}, encoded, err
}

func (r *run) eventsCall(ctx context.Context, m *wire.EventsMessage, claim *room.Claim) (any, error) {
	switch m.Verb {
	case wire.EventsListen:
		f := &engine.Function{Effect: engine.Read, Permission: eventsPermission, Call: func(context.Context, []any) (any, error) {
			return r.listen(m)
		}}
		return r.job.invoker.Call(ctx, f, "crisp.events.each", nil)
	case wire.EventsNext:
		s := r.streams.find(m.Stream)
		if s == nil {
			return nil, eventqueue.ErrEnded
		}
		events, err := s.queue.Take(ctx, eventsAtOnce)
		if err != nil {
			return nil, err
		}
		size := int64(0)
		for _, e := range events {
			size += int64(len(e.Data))
		}
		if err := claim.Take(ctx, 2*size); err != nil { // their JSON form as well
			return nil, fmt.Errorf("an event was lost: %w", err)
		}
		return events, nil
	}
	return nil, fmt.Errorf("events have no verb %q", m.Verb)
}

// listen begins a stream, which ends with the run, and returns its number.
func (r *run) listen(m *wire.EventsMessage) (uint64, error) {
	website := cmp.Or(m.Website, r.message.WebsiteID)
	streaming, end := context.WithCancel(r.calls.ctx)
	s := &stream{queue: eventqueue.New(streamEvents, streamBytes), end: end}
	id := r.streams.add(s)
	if id == 0 {
		end()
		return 0, &engine.HostError{
			Name: "CrispError", Message: fmt.Sprintf("the script listens to events in %d loops already", wire.MaxStreams),
			Hint: "listen to several events in one loop: crisp.events.each takes a list of names",
		}
	}
	r.calls.done.Go(func() {
		defer end()
		_ = s.queue.Fill(ofWebsite(website, r.pool.options.Events.Listen(streaming, m.Names))) // those who take find out
	})
	return id, nil
}

// ofWebsite leaves out the events of other websites.
func ofWebsite(website string, events iter.Seq2[crisp.Event, error]) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		for e, err := range events {
			if err == nil && website != "" && e.WebsiteID != "" && e.WebsiteID != website {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// add adds a stream and returns its number, or 0 when there are too many.
func (s *streams) add(begun *stream) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= wire.MaxStreams {
		return 0
	}
	if s.open == nil {
		s.open = map[uint64]*stream{}
	}
	s.last++
	s.open[s.last] = begun
	return s.last
}

func (s *streams) find(id uint64) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[id]
}

// take removes a stream and returns it.
func (s *streams) take(id uint64) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.open[id]
	delete(s.open, id)
	return found
}

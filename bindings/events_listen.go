package bindings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/eventqueue"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// each is the stream of crisp.events.each. It listens from now on, however late the script begins to read.
func (l *listening) each(ctx context.Context) (any, error) {
	first, err := l.listen(ctx)
	if err != nil {
		return nil, err
	}
	begun := make(chan *ear, 1)
	begun <- first
	return engine.Sequence(func(yield func(any, error) bool) {
		var h *ear
		select {
		case h = <-begun:
		default: // the stream is read again
			if h, err = l.listen(ctx); err != nil {
				yield(nil, err)
				return
			}
		}
		defer h.close()
		for {
			e, err := h.next(ctx)
			if e == nil && err == nil || !yield(e, err) || err != nil {
				return
			}
		}
	}), nil
}

// wait is crisp.events.wait.
func (l *listening) wait(ctx context.Context) (any, error) {
	h, err := l.listen(ctx)
	if err != nil {
		return nil, err
	}
	defer h.close()
	engine.Begun(ctx)
	return h.next(ctx)
}

// ear hears events from the moment it is made until it is closed.
type ear struct {
	*listening
	queue *eventqueue.Queue
	taken []crisp.Event
	// timed ends when there shall be no more events.
	timed context.Context //nolint:containedctx // of the stream, which is read in several calls
	close context.CancelFunc
}

// listen begins to listen. It returns when no event can be missed any more.
func (l *listening) listen(ctx context.Context) (*ear, error) {
	hearing, cancel := context.WithCancel(ctx)
	h := &ear{listening: l, queue: eventqueue.New(maxEvents, maxEventBytes), timed: context.Background(), close: cancel}
	begun := make(chan error, 2)
	go func() {
		defer cancel()
		begun <- h.queue.Fill(l.relevant(ctx, l.events(hearing), func() { begun <- nil }))
	}()
	patience := time.NewTimer(eventPatience)
	defer patience.Stop()
	var err error
	select {
	case err = <-begun:
	case <-ctx.Done():
	case <-patience.C:
		err = fmt.Errorf("there was no connection for events within %s", eventPatience)
	}
	switch {
	case ctx.Err() != nil:
		cancel()
		return nil, context.Cause(ctx)
	case err != nil:
		cancel()
		return nil, l.failed(err)
	}
	if l.timeout > 0 {
		var end context.CancelFunc
		h.timed, end = context.WithTimeout(context.Background(), l.timeout)
		h.close = func() { end(); cancel() }
	}
	return h, nil
}

// events are the events of the source, and its markers.
func (l *listening) events(ctx context.Context) iter.Seq2[crisp.Event, error] {
	names := append(slices.Clone(l.names), EventConnected)
	if len(l.names) == 0 {
		names = append(names, AllEvents)
	}
	if source, ok := l.source.(WebsiteEvents); ok && l.conn.WebsiteID != "" {
		return source.ListenWebsite(ctx, l.conn.WebsiteID, names)
	}
	return l.source.Listen(ctx, names)
}

// relevant are those of the events that the script asked for. It calls begun at the first marker.
func (l *listening) relevant(ctx context.Context, events iter.Seq2[crisp.Event, error], begun func()) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		marked := false
		for e, err := range events {
			if err == nil && e.Name == EventConnected {
				if !marked {
					marked = true
					begun()
					continue
				}
				l.tellGap(ctx, e.Data)
			}
			if err == nil {
				var wanted bool
				if wanted, err = l.wants(&e); err == nil && !wanted {
					continue
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// tellGap logs that events may be missing.
func (l *listening) tellGap(ctx context.Context, marker []byte) {
	var data struct {
		Gap *struct {
			Since  int64  `json:"since"`
			Until  int64  `json:"until"`
			Reason string `json:"reason"`
		} `json:"gap"`
	}
	if json.Unmarshal(marker, &data) != nil || data.Gap == nil {
		return
	}
	at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
	loggerOf(ctx).WarnContext(ctx, l.call+": events may be missing, since the connection was down",
		"since", at(data.Gap.Since), "until", at(data.Gap.Until), "reason", data.Gap.Reason)
}

// wants reports whether the script asked for an event.
func (l *listening) wants(e *crisp.Event) (bool, error) {
	switch {
	case e.Name == EventConnected:
		return slices.Contains(l.names, EventConnected), nil
	case e.WebsiteID != "" && l.conn.WebsiteID != "" && e.WebsiteID != l.conn.WebsiteID:
		return false, nil
	}
	f := l.filters[e.Name]
	if f == nil {
		f = l.filters[""]
	}
	if f == nil {
		return true, nil
	}
	fits, err := f.Match(e.Data)
	if err != nil {
		err = fmt.Errorf("where cannot be applied to %s: %w", e.Name, err)
	}
	return fits, err
}

// next waits for the next event. It is nil when there are no more in the time that the script gave.
func (h *ear) next(ctx context.Context) (any, error) {
	if len(h.taken) == 0 {
		waiting, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(h.timed, cancel)()
		events, err := h.queue.Take(waiting, takenBytes)
		switch {
		case err == nil:
			h.taken = events
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case h.timed.Err() != nil:
			return nil, nil
		default:
			return nil, h.failed(err)
		}
	}
	e := &h.taken[0]
	h.taken = h.taken[1:]
	return engine.JSON(EventPayload(e)), nil
}

// How many events, and how many bytes of them, may wait for a script.
const (
	maxEvents     = 10_000
	maxEventBytes = 16 << 20
)

// takenBytes is how much is taken from a queue at once.
const takenBytes = 64 << 10

// EventPayload returns an event as scripts have it: its payload, with the name of the event as the member event.
func EventPayload(e *crisp.Event) []byte {
	name, _ := jsontext.AppendQuote(nil, e.Name) // invalid UTF-8 is replaced
	b := append(make([]byte, 0, len(e.Data)+2*len(name)+32), `{"event":`...)
	b = append(b, name...)
	payload := bytes.TrimSpace(e.Data)
	if len(payload) < 2 || payload[0] != '{' { // Crisp's are objects
		if len(payload) > 0 {
			b = append(append(b, `,"data":`...), payload...)
		}
		return append(b, '}')
	}
	if members := bytes.TrimSpace(payload[1 : len(payload)-1]); len(members) > 0 {
		b = append(append(b, ','), members...)
		if bytes.Contains(members, []byte(`"event"`)) { // of two members of one name the last counts
			b = append(append(b, `,"event":`...), name...)
		}
	}
	return append(b, '}')
}

// failed is the error of a call that cannot listen, or no longer.
func (l *listening) failed(err error) error {
	if refused := refusal(l.call, err); refused != nil {
		return refused
	}
	e := &engine.HostError{Name: "CrispError", Call: l.call, Message: err.Error(), Err: err}
	var host *engine.HostError
	var client *crisp.Error
	switch {
	case errors.As(err, &host):
		e.Message, e.Hint, e.Fields = host.Message, host.Hint, host.Fields
	case errors.As(err, &client):
		return callError(l.call, err)
	case errors.Is(err, eventqueue.ErrOverflow):
		e.Message = fmt.Sprintf("the script is too slow: more than %d events or %d MiB wait to be read", maxEvents, maxEventBytes>>20)
		e.Hint = "do less for each event, or ask for fewer of them with where"
	case errors.Is(err, eventqueue.ErrEnded):
		e.Message = "the connection for events was closed"
	}
	return e
}

//go:build unix

package host

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/scripts/schedule"
)

// ears are what a host hears events with. Of the hosts of a database one listens to RTM for the triggers of all.
type ears struct {
	mu sync.Mutex
	// source is the connection, or nil, and changed is closed when there is another.
	source  bindings.Events
	changed chan struct{}
	// troubled tells that the last attempt to listen failed.
	troubled error
}

func (e *ears) current() (bindings.Events, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	return e.source, e.changed
}

func (e *ears) set(source bindings.Events) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.source = source
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

func (e *ears) note(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.troubled = err
}

// Listen implements bindings.Events for the scripts of workers.
func (e *ears) Listen(ctx context.Context, names []string) iter.Seq2[crisp.Event, error] {
	source, _ := e.current()
	if source == nil {
		return func(yield func(crisp.Event, error) bool) {
			yield(crisp.Event{}, errors.New("the host listens to no events any more"))
		}
	}
	return source.Listen(ctx, names)
}

// SetEvents has the host listen to other events from now on, as when credentials were changed. Scripts can listen to them if the host
// was started with some. Nil ends listening.
func (h *Host) SetEvents(source bindings.Events) { h.ears.set(source) }

// Hears returns why the host hears no events by RTM although scripts wait for some, or nil.
func (h *Host) Hears() error {
	h.ears.mu.Lock()
	defer h.ears.mu.Unlock()
	return h.ears.troubled
}

// EventStats counts the events that came to this host.
func (h *Host) EventStats() schedule.EventStats { return h.scheduler.EventStats() }

// Hook stores a web hook's event for the scripts that wait for it. When it returns nil the event is not lost.
func (h *Host) Hook(ctx context.Context, d *hooks.Delivery) error {
	source, _ := h.ears.current()
	return h.scheduler.Deliver(ctx, &d.Event, schedule.Delivery{Hook: true, Stamp: d.Time, Ordered: source != nil})
}

// listenDuty is the name of the duty to listen.
const listenDuty = "listen"

// Pauses between attempts to listen.
const (
	listenAgain     = 5 * time.Second
	listenAgainMost = time.Minute
)

// listen hears events by RTM while it is this host's duty, until ctx ends.
func (h *Host) listen(ctx context.Context) {
	err := h.scheduler.WhileOnDuty(ctx, listenDuty, func(ctx context.Context) {
		for ctx.Err() == nil {
			source, changed := h.ears.current()
			turn, end := context.WithCancel(ctx)
			go func() {
				select {
				case <-changed:
					end()
				case <-turn.Done():
				}
			}()
			if source == nil {
				<-turn.Done()
			} else {
				h.listenTo(turn, source)
			}
			end()
			h.ears.note(nil) // what failed is over: there are other events, or another host listens
		}
	})
	if err != nil && ctx.Err() == nil {
		h.config.Logger.Error("events are not listened to", slog.Any("error", err))
	}
}

// Resumer is a source of events that can have what was missed since another connection ended, as far as that can be read.
type Resumer interface {
	// Resume returns a connection of its own. End ends it.
	Resume(since time.Time) (events bindings.Events, end func(), err error)
}

const (
	// noteHeard is how often it is noted that the host listens, and missedMost how long ago events may have come that are made up for.
	noteHeard  = 5 * time.Second
	missedMost = time.Hour
)

// listenTo hears the events that start runs. Names that come later have a listener of their own: no event is missed between two.
func (h *Host) listenTo(ctx context.Context, source bindings.Events) {
	var listeners sync.WaitGroup
	defer listeners.Wait()
	if resumer, can := source.(Resumer); can {
		connection, end, err := resumer.Resume(h.heardLast(ctx))
		if err != nil {
			h.ears.note(err)
			h.config.Logger.Error("events are not heard", slog.Any("error", err))
			<-ctx.Done() // until there are other credentials
			return
		}
		defer end()
		source = connection
	}
	heard := map[string]bool{}
	for {
		names, changed := h.scheduler.EventNames()
		var added []string
		for _, name := range names {
			if !heard[name] {
				heard[name] = true
				added = append(added, name)
			}
		}
		if len(added) > 0 {
			if len(heard) == len(added) {
				listeners.Go(func() { h.noteHeard(ctx) })
			}
			listeners.Go(func() { h.hear(ctx, source, added) })
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// heardLast is until when a host listened before, or zero when that was too long ago.
func (h *Host) heardLast(ctx context.Context) time.Time {
	heard, err := h.config.DB.Heard(ctx)
	ago := h.config.DB.Now().Sub(heard)
	if err != nil || heard.IsZero() || ago > missedMost {
		return time.Time{}
	}
	return time.Now().Add(-ago) // the database may have a clock of its own
}

// noteHeard notes now and then that events are listened to.
func (h *Host) noteHeard(ctx context.Context) {
	ticker := time.NewTicker(noteHeard)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if h.Hears() != nil {
			continue
		}
		if err := h.config.DB.NoteHeard(ctx); err != nil && ctx.Err() == nil {
			h.config.Logger.Debug("it was not noted that events are listened to", slog.Any("error", err))
		}
	}
}

// hear stores events of the given names until ctx ends. It begins again when that fails.
func (h *Host) hear(ctx context.Context, source bindings.Events, names []string) {
	for pause := listenAgain; ctx.Err() == nil; pause = min(2*pause, listenAgainMost) {
		begin := time.Now()
		err := h.scheduler.DeliverAll(ctx, h.marked(source.Listen(ctx, append(names, rtm.Connected))))
		if ctx.Err() != nil {
			return
		}
		if time.Since(begin) > listenAgainMost {
			pause = listenAgain
		}
		h.ears.note(err)
		h.config.Logger.Error("events are not heard: they are listened to again in a moment",
			slog.Any("error", err), slog.Duration("again_in", pause))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// marked takes the markers of connections out of events and logs gaps.
func (h *Host) marked(events func(func(crisp.Event, error) bool)) func(func(crisp.Event, error) bool) {
	return func(yield func(crisp.Event, error) bool) {
		events(func(e crisp.Event, err error) bool {
			if err != nil || e.Name != rtm.Connected {
				return yield(e, err)
			}
			h.ears.note(nil)
			if err := h.config.DB.NoteHeard(context.Background()); err != nil {
				h.config.Logger.Debug("it was not noted that events are listened to", slog.Any("error", err))
			}
			var connected rtm.ConnectedData
			if err := json.Unmarshal(e.Data, &connected); err == nil && connected.Gap != nil {
				h.logGap(connected.Gap)
			}
			return true
		})
	}
}

// logGap tells that events may be missing.
func (h *Host) logGap(gap *rtm.Gap) {
	attrs := []any{
		slog.Time("since", time.UnixMilli(gap.Since).UTC()), slog.Time("until", time.UnixMilli(gap.Until).UTC()), slog.String("reason", gap.Reason),
	}
	if found := gap.CaughtUp; found != nil {
		attrs = append(attrs, slog.Int("messages_caught_up", found.Messages), slog.Bool("all_messages", found.Complete))
	}
	h.config.Logger.Warn("the connection for events was lost for a while: events that came by no web hook may be missing", attrs...)
}

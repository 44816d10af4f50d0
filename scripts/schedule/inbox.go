package schedule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/state"
)

// ErrBusy tells that more events wait to be stored than the host takes.
var ErrBusy = errors.New("too many events wait to be stored")

// inbox are the events that wait to be stored. Those that come while others are being stored are stored together.
type inbox struct {
	waiting chan *delivery
	closed  chan struct{} // nothing is stored any more
	counts  eventCounts
}

func (i *inbox) init() { i.waiting, i.closed = make(chan *delivery, inboxSize), make(chan struct{}) }

type delivery struct {
	arrival state.Arrival
	came    time.Time
	done    chan error
}

type eventCounts struct{ received, known, unwanted, runs atomic.Int64 }

// EventStats are counts of events since the host started.
type EventStats struct {
	// Received are all deliveries, Known those of events that had come before, and Unwanted those that start nothing.
	Received, Known, Unwanted int64
	// Runs are those that events started.
	Runs int64
	// Waiting are deliveries that wait to be stored.
	Waiting int
}

// EventStats counts the events that were delivered.
func (s *Scheduler) EventStats() EventStats {
	c := &s.inbox.counts
	return EventStats{c.received.Load(), c.known.Load(), c.unwanted.Load(), c.runs.Load(), len(s.inbox.waiting)}
}

const (
	// inboxSize is how many events may wait, and inboxBatch how many are stored at once.
	inboxSize  = 4096
	inboxBatch = 256
	// holdHook is how long a hook's event waits for RTM, where there is RTM: whose order is right.
	holdHook = 2 * time.Second
)

// Delivery is how an event came.
type Delivery struct {
	// Hook reports that a web hook brought it, and else the RTM socket. Stamp is the time in the hook's envelope.
	Hook  bool
	Stamp time.Time
	// Ordered reports that the events of hooks come by RTM too, in order: those wait for a moment for that.
	Ordered bool
}

// Deliver stores an event that scripts wait for, and has their runs start. When it returns nil the event is not lost. It returns
// ErrBusy when too many wait.
func (s *Scheduler) Deliver(ctx context.Context, e *crisp.Event, how Delivery) error {
	done, err := s.accept(ctx, e, how, false)
	if done == nil || err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.inbox.closed:
	}
	select {
	case err := <-done:
		return err
	default:
		return ErrStopping
	}
}

// DeliverAll stores the events of RTM in their order, until ctx ends, the events do, or the scheduler is closed: ErrStopping. It waits
// for the database, since RTM sends an event once.
func (s *Scheduler) DeliverAll(ctx context.Context, events func(yield func(crisp.Event, error) bool)) error {
	for e, err := range events {
		if err != nil {
			return err
		}
		if _, err := s.accept(ctx, &e, Delivery{}, true); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// accept has an event stored. The channel receives what became of it, and is nil when nothing waits for the event.
func (s *Scheduler) accept(ctx context.Context, e *crisp.Event, how Delivery, wait bool) (<-chan error, error) {
	s.inbox.counts.received.Add(1)
	launches := s.launches(e)
	if len(launches) == 0 {
		s.inbox.counts.unwanted.Add(1)
		return nil, nil
	}
	d := &delivery{arrival: arrival(e), came: time.Now(), done: make(chan error, 1)}
	d.arrival.Launches = launches
	if how.Hook {
		d.arrival.Way, d.arrival.Stamp = state.ByHook, how.Stamp
		if how.Ordered {
			d.arrival.Hold = holdHook
		}
	}
	if !wait {
		select {
		case s.inbox.waiting <- d:
			return d.done, nil
		default:
			return nil, ErrBusy
		}
	}
	select {
	case s.inbox.waiting <- d:
		return d.done, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.inbox.closed:
		return nil, ErrStopping
	}
}

// inboxLoop stores events as they come, and those that are left when ctx ends.
func (s *Scheduler) inboxLoop(ctx context.Context) {
	defer close(s.inbox.closed)
	storing, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	context.AfterFunc(ctx, func() {
		sleep(storing, stopGrace/3)
		end()
	})
	for storing.Err() == nil {
		select {
		case d := <-s.inbox.waiting:
			s.storeEvents(storing, s.inbox.more(d))
			continue
		default:
		}
		select {
		case d := <-s.inbox.waiting:
			s.storeEvents(storing, s.inbox.more(d))
		case <-ctx.Done():
			return
		}
	}
}

// more is a delivery with those behind it that are stored together with it.
func (i *inbox) more(first *delivery) []*delivery {
	batch := []*delivery{first}
	for len(batch) < inboxBatch {
		select {
		case d := <-i.waiting:
			batch = append(batch, d)
		default:
			return batch
		}
	}
	return batch
}

// storeEvents stores events and has their runs start. Those of hooks fail with the database, and Crisp sends them again; those of RTM
// wait until it is back.
func (s *Scheduler) storeEvents(ctx context.Context, batch []*delivery) {
	for pause := 100 * time.Millisecond; len(batch) > 0; pause = min(2*pause, 5*time.Second) {
		err := s.storeOnce(ctx, batch)
		if err != nil && !state.IsPassing(err) && len(batch) > 1 { // one of them must not keep the others from being stored
			for _, d := range batch {
				s.storeEvents(ctx, []*delivery{d})
			}
			return
		}
		var again []*delivery
		for _, d := range batch {
			if err != nil && d.arrival.Way == state.ByRTM && ctx.Err() == nil && state.IsPassing(err) {
				again = append(again, d)
				continue
			}
			if err != nil && d.arrival.Way == state.ByRTM {
				s.Logger.Error("an event is lost", slog.String("event", d.arrival.Name), slog.Any("error", err))
			}
			d.done <- err
		}
		if batch = again; len(batch) > 0 {
			sleep(ctx, pause)
		}
	}
}

// storeOnce stores events together or fails.
func (s *Scheduler) storeOnce(ctx context.Context, batch []*delivery) error {
	arrivals := make([]*state.Arrival, len(batch))
	for i, d := range batch {
		d.arrival.Waited = time.Since(d.came)
		arrivals[i] = &d.arrival
	}
	taken, err := s.DB.TakeEvents(ctx, arrivals)
	if err != nil {
		if ctx.Err() == nil {
			s.outage(eventTrouble, err)
		}
		return err
	}
	s.troubles.settle(eventTrouble)
	var all state.Taken
	for _, one := range taken {
		if one.Known {
			s.inbox.counts.known.Add(1)
		}
		all.Runs, all.Filled = append(all.Runs, one.Runs...), append(all.Filled, one.Filled...)
	}
	s.begun(ctx, all)
	return nil
}

// begun has new runs of events start, and those that have gathered all of theirs.
func (s *Scheduler) begun(ctx context.Context, taken state.Taken) {
	s.inbox.counts.runs.Add(int64(len(taken.Runs)))
	now := s.DB.Now()
	lines := map[string]bool{}
	for _, run := range slices.Concat(taken.Runs, taken.Filled) {
		switch {
		case run.State.Ended():
			s.Observer.Ended(run)
		case run.Due.After(now):
			s.awaitDue(run.Due)
		default:
			lines[run.Script] = true
		}
	}
	for script := range lines {
		ends := s.rest.count()
		line, waits, err := s.DB.LineOfScript(ctx, script)
		if err == nil && waits {
			err = s.enter(ctx, ends, line)
		}
		if err != nil && ctx.Err() == nil {
			s.outage(eventTrouble, err)
			wake(s.changed)
		}
	}
}

// releaseEvents has events start what they do that waited for RTM in vain, on the host with the duty.
func (s *Scheduler) releaseEvents(ctx context.Context) error {
	for {
		released, more, err := s.DB.ReleaseEvents(ctx, inboxBatch)
		if err != nil {
			return err
		}
		s.begun(ctx, released)
		if !more {
			return nil
		}
	}
}

func timeOfMilliseconds(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// canonical is a JSON text without blanks, so that two deliveries of one value are the same text.
func canonical(text json.RawMessage) json.RawMessage {
	value := jsontext.Value(bytes.Clone(text))
	if err := value.Compact(); err != nil {
		return text
	}
	return json.RawMessage(value)
}

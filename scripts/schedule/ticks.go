package schedule

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// timetable is the view of all scripts that the host with the duty has. On other hosts it is not kept.
type timetable struct {
	mu sync.Mutex
	// entries are the scripts whose schedules count, and known are the names of all.
	entries map[string]*entry
	known   map[string]bool
	// generation is that of the scripts as they were read, or 0. newest is the last change among them, and whole when all were read.
	generation    int64
	newest, whole time.Time
	// looked is when the host last looked for what is due.
	looked time.Time
}

type entry struct {
	state.Watched
	ticks Ticks
	// next is the first tick behind the watermark, or zero.
	next time.Time
}

func (t *timetable) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.generation, t.looked = 0, time.Time{}
}

const (
	// commitTime bounds how long a change takes to be seen behind the time that it notes.
	commitTime = 15 * time.Second
	// wholeEvery is when all scripts are read again instead of those that changed.
	wholeEvery = time.Minute
)

// refresh reads the scripts when any has changed.
func (s *Scheduler) refresh(ctx context.Context) error {
	generation, err := s.DB.ScriptsGeneration(ctx)
	if err != nil {
		return err
	}
	t := &s.timetable
	t.mu.Lock()
	defer t.mu.Unlock()
	if generation == t.generation {
		return nil
	}
	var since time.Time
	if t.generation != 0 && time.Since(t.whole) < wholeEvery {
		since = t.newest.Add(-commitTime)
	}
	changed, total, err := s.DB.WatchedScripts(ctx, since)
	if err != nil {
		return err
	}
	s.adopt(changed, since.IsZero())
	if len(t.known) != total { // some were deleted
		if changed, _, err = s.DB.WatchedScripts(ctx, time.Time{}); err != nil {
			return err
		}
		s.adopt(changed, true)
	}
	t.generation = generation
	wake(s.due)
	return nil
}

// adopt takes scripts into the timetable, which is locked. Whole reports that there are no others.
func (s *Scheduler) adopt(changed []state.Watched, whole bool) {
	t := &s.timetable
	before := t.entries
	if whole {
		t.entries, t.known, t.whole = make(map[string]*entry, len(changed)), make(map[string]bool, len(changed)), time.Now()
	}
	for _, w := range changed {
		t.known[w.Name] = true
		if w.UpdatedAt.After(t.newest) {
			t.newest = w.UpdatedAt
		}
		e := before[w.Name]
		switch {
		case !w.Active:
			delete(t.entries, w.Name)
			continue
		case e == nil || !e.UpdatedAt.Equal(w.UpdatedAt):
			var err error
			if e, err = s.newEntry(w); err != nil {
				// The directory's host checked it; a host of another version may know less.
				s.Logger.Error("a script's schedule cannot be followed", slog.String("script", w.Name), slog.Any("error", err))
				delete(t.entries, w.Name)
				continue
			}
		}
		e.Watched = w
		e.next = e.ticks.Next(w.Watermark)
		t.entries[w.Name] = e
	}
}

func (s *Scheduler) newEntry(w state.Watched) (*entry, error) {
	var all union
	for _, text := range w.Schedules {
		ticks, err := s.Parse(text, w.Timezone)
		if err != nil {
			return nil, err
		}
		all = append(all, ticks)
	}
	return &entry{Watched: w, ticks: all}, nil
}

// clockCheck bounds how long a wait for the next tick goes on without a look at the clock, which may be set.
const clockCheck = time.Second

func (s *Scheduler) tickLoop(ctx context.Context) {
	for ctx.Err() == nil {
		wait, err := s.advance(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			s.outage(tickTrouble, err)
			wait = clockCheck
		} else {
			s.troubles.settle(tickTrouble)
		}
		timer := time.NewTimer(min(wait, clockCheck))
		select {
		case <-timer.C:
		case <-s.due:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// chunk bounds a transaction, which claims of runs wait for.
const chunk = 100

// advance makes the runs of all ticks that are due, and tells how long it is until the next.
func (s *Scheduler) advance(ctx context.Context) (time.Duration, error) {
	if !s.hasDuty() {
		return clockCheck, nil
	}
	steps, err := s.steps(ctx)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(steps, chunk) {
		made, passed, err := s.DB.AdvanceTicks(ctx, part, s.enqueue)
		if err != nil {
			return 0, err
		}
		s.moved(part, passed)
		if len(made) > 0 {
			s.queue.bell.ring()
			if slices.ContainsFunc(part, func(step state.Advance) bool { return step.Line || step.MadeUp > 0 }) {
				s.Wake() // for the lines
			}
		}
	}
	return s.untilNext(), nil
}

// steps are what is due, and corrections of the time that people see.
func (s *Scheduler) steps(ctx context.Context) ([]state.Advance, error) {
	now := s.DB.Now().Truncate(time.Microsecond)
	s.timetable.mu.Lock()
	defer s.timetable.mu.Unlock()
	// Whether a host was there when the ticks were due.
	looked := now.Sub(s.timetable.looked).Abs() < 2*clockCheck
	s.timetable.looked = now
	var steps []state.Advance
	for name, e := range s.timetable.entries {
		due := !e.next.IsZero() && !e.next.After(now)
		if !due && e.NextRun.Equal(e.next) {
			continue
		}
		step := state.Advance{Script: name, From: e.Watermark, To: e.Watermark, Updated: e.UpdatedAt, Line: s.turns.batch(name) < unknownBatch}
		if due {
			missed, err := s.missed(ctx, e, now, looked)
			if err != nil {
				return nil, err
			}
			step.Run, step.To = plan(e.ticks, e.Watermark, now, s.Late, missed)
			if late := !looked || len(step.Run) > 1; late && missed.Policy == scripts.MissedAll {
				step.MadeUp = state.WaitersPerMissed * len(step.Run)
			}
		}
		step.Next = e.ticks.Next(step.To)
		steps = append(steps, step)
	}
	slices.SortFunc(steps, func(a, b state.Advance) int { return strings.Compare(a.Script, b.Script) })
	return steps, nil
}

// missed is what a script's header says of missed ticks. A single tick that is on time needs none.
func (s *Scheduler) missed(ctx context.Context, e *entry, now time.Time, looked bool) (scripts.Missed, error) {
	if second := e.ticks.Next(e.next); looked && e.next.After(now.Add(-s.Late)) && (second.IsZero() || second.After(now)) {
		return defaultMissed, nil
	}
	p, err := s.program(ctx, e.Version)
	switch {
	case errors.Is(err, errVersion):
		return defaultMissed, err
	case err == nil && p.header.Missed != nil:
		return *p.header.Missed, nil
	}
	return defaultMissed, nil // the runs tell what is wrong
}

// moved notes what AdvanceTicks did.
func (s *Scheduler) moved(steps []state.Advance, passed map[string]time.Time) {
	s.timetable.mu.Lock()
	defer s.timetable.mu.Unlock()
	for _, step := range steps {
		e := s.timetable.entries[step.Script]
		if e == nil || !e.UpdatedAt.Equal(step.Updated) {
			continue // refreshed meanwhile
		}
		switch at, wasPassed := passed[step.Script]; {
		case !wasPassed:
			e.Watermark, e.next, e.NextRun = step.To, step.Next, step.Next
		case at.IsZero(): // no longer what it was
			delete(s.timetable.entries, step.Script)
			s.timetable.generation = 0
			wake(s.changed)
		default: // another host was faster, and noted its next run too
			e.Watermark = at
			e.next = e.ticks.Next(at)
			e.NextRun = e.next
		}
	}
}

func (s *Scheduler) untilNext() time.Duration {
	s.timetable.mu.Lock()
	defer s.timetable.mu.Unlock()
	now := s.DB.Now()
	wait := clockCheck
	for _, e := range s.timetable.entries {
		if !e.next.IsZero() {
			wait = min(wait, e.next.Sub(now))
		}
	}
	return max(wait, 0)
}

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

// Every host reckons the ticks of all scripts by itself. The database lets one of them make a tick's run, so that no host has
// to be alive for the others, and a leader's death delays nothing.

// timetable is the host's view of the scripts that have schedules.
type timetable struct {
	mu      sync.Mutex
	entries map[string]*entry
	// generation is that of the scripts as they were read.
	generation int64
}

type entry struct {
	state.Watched
	ticks   Ticks
	program *program
	missed  scripts.Missed
	// next is the first tick behind the watermark, or zero.
	next time.Time
}

// refresh reads the scripts when any has changed.
func (s *Scheduler) refresh(ctx context.Context) error {
	generation, err := s.DB.ScriptsGeneration(ctx)
	if err != nil {
		return err
	}
	s.timetable.mu.Lock()
	defer s.timetable.mu.Unlock()
	if generation == s.timetable.generation {
		return nil
	}
	watched, err := s.DB.WatchedScripts(ctx)
	if err != nil {
		return err
	}
	entries := make(map[string]*entry, len(watched))
	used := make(map[string]bool, len(watched))
	for _, w := range watched {
		used[w.Version] = true
		before := s.timetable.entries[w.Name]
		if before != nil && before.UpdatedAt.Equal(w.UpdatedAt) {
			before.Watched = w
			before.next = before.ticks.Next(w.Watermark)
			entries[w.Name] = before
			continue
		}
		e, err := s.newEntry(ctx, w)
		if errors.Is(err, errVersion) {
			return err
		}
		if err != nil {
			// The directory's host checked it; a host of another version may know less.
			s.Logger.Error("a script's schedule cannot be followed", slog.String("script", w.Name), slog.Any("error", err))
			continue
		}
		entries[w.Name] = e
	}
	s.timetable.entries, s.timetable.generation = entries, generation
	s.programs.keep(used)
	for name, e := range entries {
		s.programs.note(name, e.program)
	}
	wake(s.due)
	return nil
}

func (s *Scheduler) newEntry(ctx context.Context, w state.Watched) (*entry, error) {
	var all union
	for _, text := range w.Schedules {
		ticks, err := s.Parse(text, w.Timezone)
		if err != nil {
			return nil, err
		}
		all = append(all, ticks)
	}
	program, err := s.program(ctx, w.Version)
	if err != nil {
		return nil, err
	}
	e := &entry{Watched: w, ticks: all, program: program, missed: defaultMissed}
	if program.header.Missed != nil {
		e.missed = *program.header.Missed
	}
	e.next = e.ticks.Next(w.Watermark)
	return e, nil
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
	steps := s.steps()
	for part := range slices.Chunk(steps, chunk) {
		made, passed, err := s.DB.AdvanceTicks(ctx, part)
		if err != nil {
			return 0, err
		}
		s.moved(part, passed)
		if len(made) > 0 {
			if err := s.dispatch(ctx, made); err != nil {
				s.unread.Store(true) // pollLoop finds them
				return 0, err
			}
		}
	}
	return s.untilNext(), nil
}

// steps are what is due, and corrections of the time that people see.
func (s *Scheduler) steps() []state.Advance {
	now := s.DB.Now().Truncate(time.Microsecond)
	s.timetable.mu.Lock()
	defer s.timetable.mu.Unlock()
	var steps []state.Advance
	for name, e := range s.timetable.entries {
		due := !e.next.IsZero() && !e.next.After(now)
		if !due && e.NextRun.Equal(e.next) {
			continue
		}
		step := state.Advance{Script: name, From: e.Watermark, Updated: e.UpdatedAt}
		step.Run, step.To = plan(e.ticks, e.Watermark, now, s.Late, e.missed)
		step.Next = e.ticks.Next(step.To)
		steps = append(steps, step)
	}
	slices.SortFunc(steps, func(a, b state.Advance) int { return strings.Compare(a.Script, b.Script) })
	return steps
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

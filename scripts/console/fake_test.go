package console_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

// fake is a Backend in memory.
type fake struct {
	mu       sync.Mutex
	now      func() time.Time
	scripts  map[string]state.Script
	versions map[string]*state.Version
	runs     []state.Run // the newest last
	logs     map[string][]state.LogLine
	events   map[string][]state.Event
	calls    map[string][]state.APICall
	pauses   map[string]state.Pause
	readers  map[chan console.Event]bool
	// departures are what was removed or renamed
	departures []state.Departure
	written    *state.DB // has the writes, or is nil
	err        error     // what everything answers
}

var (
	_ console.Backend = (*fake)(nil)
	_ console.Reader  = (*state.DB)(nil)
)

func newFake(now func() time.Time) *fake {
	return &fake{
		now: now, scripts: map[string]state.Script{}, versions: map[string]*state.Version{}, logs: map[string][]state.LogLine{},
		calls: map[string][]state.APICall{}, pauses: map[string]state.Pause{}, readers: map[chan console.Event]bool{},
	}
}

// change alters the fake under its lock and tells the event.
func (f *fake) change(e console.Event, do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	for reader := range f.readers {
		select {
		case reader <- e:
		default: // it has events to read already
		}
	}
}

func (f *fake) lastRun(script string) *state.Run {
	for _, r := range slices.Backward(f.runs) {
		if r.Script == script {
			return &r
		}
	}
	return nil
}

// healthOf adds to a script what its runs tell of it.
func (f *fake) healthOf(s state.Script) state.Script {
	s.LastRun = f.lastRun(s.Name)
	good := 0
	for _, r := range slices.Backward(f.runs) {
		if r.Script != s.Name {
			continue
		}
		switch r.State {
		case state.Running:
			s.Running++
		case state.Scheduled:
			s.Waiting++
		case state.Succeeded, state.Failed, state.TimedOut:
			succeeded := r.State == state.Succeeded
			if s.LastResult == nil {
				s.LastResult = &r
			}
			if s.Streak == s.Results && succeeded == (s.LastResult.State == state.Succeeded) {
				s.Streak++
				if !succeeded {
					s.FailingSince = r.EndedAt
				}
			}
			if s.Results++; succeeded {
				good++
			}
		case state.Cancelled, state.Skipped:
		}
	}
	if s.Results > 0 {
		s.Rate = float64(good) / float64(s.Results)
	}
	return s
}

func (f *fake) Departures(context.Context) ([]state.Departure, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.departures), f.err
}

func (f *fake) FormerNames(_ context.Context, script string) ([]state.Departure, error) {
	all, err := f.Departures(context.Background())
	return slices.DeleteFunc(all, func(d state.Departure) bool { return d.Successor != script }), err
}

func (f *fake) Scripts(context.Context) ([]state.Script, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []state.Script
	for _, s := range f.scripts {
		all = append(all, f.healthOf(s))
	}
	return all, f.err
}

func (f *fake) Script(_ context.Context, name string) (state.Script, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.scripts[name]
	if !ok {
		return s, fmt.Errorf("script %q: %w", name, state.ErrNotFound)
	}
	return f.healthOf(s), f.err
}

func (f *fake) Version(_ context.Context, hash string) (*state.Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := f.versions[hash]; ok {
		return v, f.err
	}
	return nil, fmt.Errorf("version %q: %w", hash, state.ErrNotFound)
}

func (f *fake) Runs(_ context.Context, filter state.RunFilter) ([]state.Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []state.Run
	behind := filter.Before == ""
	for _, r := range slices.Backward(f.runs) {
		switch {
		case !behind:
			behind = r.ID == filter.Before
		case filter.Script != "" && r.Script != filter.Script,
			len(filter.States) > 0 && !slices.Contains(filter.States, r.State),
			!filter.Since.IsZero() && r.CreatedAt.Before(filter.Since),
			!filter.Until.IsZero() && !r.CreatedAt.Before(filter.Until):
		case filter.Limit == 0 || len(found) < filter.Limit:
			found = append(found, r)
		}
	}
	return found, f.err
}

func (f *fake) Run(_ context.Context, id string) (state.Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := f.index(id); i >= 0 {
		return f.runs[i], f.err
	}
	return state.Run{}, fmt.Errorf("run %q: %w", id, state.ErrNotFound)
}

func (f *fake) index(id string) int {
	return slices.IndexFunc(f.runs, func(r state.Run) bool { return r.ID == id })
}

func (f *fake) Logs(_ context.Context, run string, after int64, limit int) ([]state.LogLine, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := f.logs[run]
	lines = lines[min(int(after), len(lines)):]
	return slices.Clone(lines[:min(limit, len(lines))]), f.err
}

func (f *fake) SeqBefore(_ context.Context, run string, seq int64, lines int) (int64, error) {
	return max(0, min(seq, int64(len(f.logs[run])))-int64(lines)), f.err
}

func (f *fake) LastSeqs(_ context.Context, run string) (log, call int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.logs[run])), int64(len(f.calls[run])), f.err
}

func (f *fake) Calls(_ context.Context, run string) ([]state.APICall, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls[run]), f.err
}

func (f *fake) EventsOf(_ context.Context, run string) ([]state.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.events[run]), f.err
}

func (f *fake) Writes(ctx context.Context, filter state.WriteFilter) ([]state.Write, error) {
	if f.written == nil {
		return nil, f.err
	}
	return f.written.Writes(ctx, filter)
}

func (f *fake) Subscribe(ctx context.Context) <-chan console.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := make(chan console.Event, 64)
	f.readers[events] = true
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.readers, events)
		close(events)
	})
	return events
}

func (f *fake) subscribers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.readers)
}

func (f *fake) Trigger(ctx context.Context, script string, args []string, by string) (string, error) {
	s, err := f.Script(ctx, script)
	if err != nil {
		return "", err
	}
	var id string
	f.change(console.Event{Script: script}, func() {
		id = fmt.Sprintf("0199aaaa-0000-7000-8000-%012d", len(f.runs)+1)
		f.runs = append(f.runs, state.Run{
			ID: id, Script: script, Version: s.Version, State: state.Scheduled, Attempt: 1, CreatedAt: f.now(),
			Trigger: state.Trigger{Kind: state.ByHand, By: by, Args: args},
		})
	})
	return id, nil
}

func (f *fake) TriggerAgain(ctx context.Context, earlier, by string) (string, error) {
	was, err := f.Run(ctx, earlier)
	if err != nil {
		return "", err
	}
	id, err := f.Trigger(ctx, was.Script, nil, by)
	if err == nil {
		f.edit(id, func(r *state.Run) { r.Trigger = state.Trigger{Kind: state.ByEvent, By: by, Event: was.Trigger.Event} })
	}
	return id, err
}

// edit changes a run.
func (f *fake) edit(id string, do func(r *state.Run)) {
	f.mu.Lock()
	i := f.index(id)
	script := f.runs[i].Script
	f.mu.Unlock()
	f.change(console.Event{Script: script, Run: id}, func() { do(&f.runs[i]) })
}

// print adds lines to a run's log.
func (f *fake) print(id, level string, messages ...string) {
	f.mu.Lock()
	r := f.runs[f.index(id)]
	f.mu.Unlock()
	f.change(console.Event{Script: r.Script, Run: id, Log: true}, func() {
		for _, m := range messages {
			f.logs[id] = append(f.logs[id], state.LogLine{
				Seq: int64(len(f.logs[id]) + 1), Attempt: r.Attempt, Time: f.now(), Level: level, Message: m,
			})
		}
	})
}

func (f *fake) Pause(ctx context.Context, script, by string) error {
	return f.setPaused(ctx, script, true, by)
}

func (f *fake) Resume(ctx context.Context, script, by string) error {
	return f.setPaused(ctx, script, false, by)
}

func (f *fake) setPaused(ctx context.Context, script string, paused bool, by string) error {
	if _, err := f.Script(ctx, script); err != nil {
		return err
	}
	f.change(console.Event{Script: script}, func() {
		s := f.scripts[script]
		s.Paused = paused
		f.scripts[script] = s
		f.pauses[script] = state.Pause{Paused: paused, By: by, At: f.now()}
	})
	return nil
}

func (f *fake) Pauses(context.Context, ...string) (map[string]state.Pause, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.pauses), f.err
}

func (f *fake) Cancel(ctx context.Context, run, by string) error {
	r, err := f.Run(ctx, run)
	if err != nil {
		return err
	}
	if r.State.Ended() {
		return state.ErrEnded
	}
	f.edit(run, func(r *state.Run) { r.State, r.CancelledBy, r.EndedAt = state.Cancelled, by, f.now() })
	return nil
}

// put adds or replaces a script with one file.
func (f *fake) put(s state.Script, source string) {
	f.change(console.Event{Script: s.Name}, func() {
		f.scripts[s.Name] = s
		if s.Version != "" && source != "" {
			f.versions[s.Version] = &state.Version{
				Hash: s.Version, Script: s.Name, Entry: s.Path, Language: s.Language, Files: map[string][]byte{s.Path: []byte(source)},
			}
		}
	})
}

// ran adds a run that has ended.
func (f *fake) ran(script string, started time.Time, took time.Duration, end state.RunState) string {
	var id string
	f.change(console.Event{Script: script}, func() {
		id = fmt.Sprintf("0199bbbb-0000-7000-8000-%012d", len(f.runs)+1)
		f.runs = append(f.runs, state.Run{
			ID: id, Script: script, Version: f.scripts[script].Version, State: end, Attempt: 1, Host: "inbox-1",
			Trigger: state.Trigger{Kind: state.BySchedule, Tick: started.Truncate(time.Second)}, CreatedAt: started,
			StartedAt: started.Add(40 * time.Millisecond), EndedAt: started.Add(took + 40*time.Millisecond),
		})
	})
	return id
}

// words joins what a page shows, to look for text across elements.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

package schedule

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/scripts/state"
)

// triggers are what events start, by the names of events. Every host has them.
type triggers struct {
	mu     sync.Mutex
	byName map[string][]*trigger
	// generation is that of the scripts as they were read, or 0.
	generation int64
	// changed is closed when byName has other names, and then made anew.
	changed chan struct{}
	// told are the scripts whose key was missing in an event.
	told map[string]bool
}

// trigger is one @on of a script.
type trigger struct {
	script string
	state.Triggers
	where *filter.Filter // nil is any
}

// refreshTriggers reads what events start when any script has changed. One goroutine at a time may call it.
func (s *Scheduler) refreshTriggers(ctx context.Context) error {
	generation, err := s.DB.ScriptsGeneration(ctx)
	if err != nil {
		return err
	}
	t := &s.triggers
	if generation == t.generation {
		return nil
	}
	list, err := s.DB.TriggeredScripts(ctx) // without the lock, for which events would wait
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.byName
	t.byName, t.told = map[string][]*trigger{}, map[string]bool{}
	for _, script := range list {
		for _, on := range script.Triggers.On {
			one := &trigger{script: script.Name, Triggers: *script.Triggers}
			if on.Where != "" {
				if one.where, err = filter.Compile(on.Where, nil); err != nil {
					// The directory's host checked it; a host of another version may know less.
					s.Logger.Error("a script's @on cannot be followed", slog.String("script", script.Name), slog.Any("error", err))
					continue
				}
			}
			t.byName[on.Event] = append(t.byName[on.Event], one)
		}
	}
	t.generation = generation
	if !slices.Equal(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(t.byName))) {
		if t.changed != nil {
			close(t.changed)
		}
		t.changed = make(chan struct{})
	}
	return nil
}

// EventNames are the events that start runs, in order, and a channel that is closed when there are others.
func (s *Scheduler) EventNames() ([]string, <-chan struct{}) {
	s.triggers.mu.Lock()
	defer s.triggers.mu.Unlock()
	if s.triggers.changed == nil {
		s.triggers.changed = make(chan struct{})
	}
	return slices.Sorted(maps.Keys(s.triggers.byName)), s.triggers.changed
}

// Starts reports whether events of a name start runs.
func (s *Scheduler) Starts(event string) bool {
	s.triggers.mu.Lock()
	defer s.triggers.mu.Unlock()
	return len(s.triggers.byName[event]) > 0
}

// launches are what an event starts.
func (s *Scheduler) launches(e *crisp.Event) []state.Launch {
	s.triggers.mu.Lock()
	list := s.triggers.byName[e.Name]
	s.triggers.mu.Unlock()
	var launches []state.Launch
	for _, t := range list {
		if slices.ContainsFunc(launches, func(l state.Launch) bool { return l.Script == t.script }) {
			continue // another @on of the script has it already
		}
		if t.where != nil {
			meets, err := t.where.Match(e.Data)
			if err != nil {
				s.Logger.Warn("an event could not be compared with a script's @on",
					slog.String("script", t.script), slog.String("event", e.Name), slog.Any("error", err))
			}
			if !meets {
				continue
			}
		}
		launches = append(launches, state.Launch{
			Script: t.script, Lane: s.lane(t, e), Debounce: t.Debounce, Count: t.Count, Per: t.Per, Max: t.Max, Within: t.Within,
		})
	}
	return launches
}

// lane is what keeps the run of an event in order. Events without the key keep an order among themselves.
func (s *Scheduler) lane(t *trigger, e *crisp.Event) string {
	if t.Key == "" {
		return state.LaneOf("")
	}
	value, found, err := filter.Value(e.Data, t.Key)
	if err == nil && found && value != "" {
		return state.LaneOf(value)
	}
	s.triggers.mu.Lock()
	told := s.triggers.told[t.script]
	s.triggers.told[t.script] = true
	s.triggers.mu.Unlock()
	if !told {
		s.Logger.Warn("an event lacks the field of @key: such events run one after the other",
			slog.String("script", t.script), slog.String("event", e.Name), slog.String("key", t.Key))
	}
	return state.LaneOf("")
}

// arrival is an event as the database takes it.
func arrival(e *crisp.Event) state.Arrival {
	data := payloadOf(e)
	a := state.Arrival{
		Event:   state.Event{Name: e.Name, Website: cmp.Or(e.WebsiteID, data.text("website_id")), Payload: e.Data, Time: e.Time},
		Subject: cmp.Or(data.text("session_id"), data.text("people_id")), Fingerprint: data.number("fingerprint"),
	}
	if ms := data.number("timestamp"); ms > 0 {
		a.Time = timeOfMilliseconds(ms)
	}
	a.Identity, a.Once = identity(e, data)
	return a
}

// identity is what is the same in all deliveries of an event, and whether it differs in any two events. Of events that the description does
// not have, all of the payload is.
func identity(e *crisp.Event, data payload) (text string, once bool) {
	hash := sha256.New()
	hash.Write([]byte(e.Name))
	described := spec.FindEvent(e.Name)
	if described == nil {
		hash.Write(append([]byte{0}, e.Data...))
		return hex.EncodeToString(hash.Sum(nil)), false
	}
	once = described.Class == spec.ClassUnique || described.Class == spec.ClassTimed
	for _, path := range described.Identity {
		hash.Write([]byte{0})
		if at, found := data.find(path); found {
			hash.Write(canonical(data.Raw(at)))
		} else {
			once = false // a field that tells the event from others is missing
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), once
}

// payload is what an event says. One that is no JSON has no members.
type payload struct{ *tape.Document }

func payloadOf(e *crisp.Event) payload {
	doc, err := tape.Parse(e.Data)
	if err != nil {
		doc = nil
	}
	return payload{doc}
}

// find returns the place of a member, or of one in another object behind a dot.
func (p payload) find(path string) (at tape.Index, found bool) {
	if p.Document == nil {
		return 0, false
	}
	for name := range strings.SplitSeq(path, ".") {
		if at, found = p.Member(at, name); !found {
			return 0, false
		}
	}
	return at, true
}

// text is a member that is a text, and empty for others.
func (p payload) text(name string) string {
	if at, found := p.find(name); found {
		return p.String(at)
	}
	return ""
}

// number is a member that is an integer, as a number or a text, and 0 for others.
func (p payload) number(name string) int64 {
	at, found := p.find(name)
	if !found {
		return 0
	}
	n, isNumber := p.Int(at)
	if !isNumber {
		n, _ = strconv.ParseInt(p.String(at), 10, 64)
	}
	return n
}

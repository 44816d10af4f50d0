//go:build unix

package state_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// desk takes events at a time that the test sets.
type desk struct {
	*testing.T
	db  *state.DB
	now time.Time
	// launch is what events start.
	launch state.Launch
}

// eachDesk runs a test on both kinds of database.
func eachDesk(t *testing.T, test func(t *testing.T, d *desk)) {
	statetest.Each(t, func(t *testing.T, address string) {
		d := &desk{T: t, db: statetest.Open(t, address), now: time.Now().UTC().Truncate(time.Millisecond)}
		d.db.SetClock(func() time.Time { return d.now })
		script(t, d.db, "a")
		d.launch = state.Launch{Script: "a", Lane: state.LaneOf("")}
		test(t, d)
	})
}

func (d *desk) pass(by time.Duration) { d.now = d.now.Add(by) }

// event is an arrival with an identity, by RTM.
func (d *desk) event(identity string) *state.Arrival {
	payload := fmt.Appendf(nil, `{"identity":%q}`, identity)
	return &state.Arrival{
		Event:   state.Event{Name: "message:send", Website: "w", Payload: payload},
		Subject: "session_1", Identity: identity, Launches: []state.Launch{d.launch},
	}
}

// once is an event of which there is only one with its identity.
func (d *desk) once(identity string) *state.Arrival {
	a := d.event(identity)
	a.Once = true
	return a
}

// hook makes an arrival that of a hook with a stamp so long ago.
func (d *desk) hook(a *state.Arrival, ago time.Duration) *state.Arrival {
	a.Way, a.Stamp = state.ByHook, d.now.Add(-ago)
	return a
}

func (d *desk) take(list ...*state.Arrival) []state.Taken {
	d.Helper()
	return must[[]state.Taken](d.T)(d.db.TakeEvents(d.Context(), list))
}

// isNew takes one event and fails the test when it counts as known and should not, or the other way round.
func (d *desk) isNew(want bool, a *state.Arrival) []state.Run {
	d.Helper()
	taken := d.take(a)[0]
	if taken.Known == want {
		d.Errorf("%s by %v: known %v", a.Identity, a.Way, taken.Known)
	}
	return taken.Runs
}

// started are the identities of the events that started runs, by run, in the order of the runs.
func (d *desk) started() (all []string) {
	d.Helper()
	runs := must[[]state.Run](d.T)(d.db.Runs(d.Context(), state.RunFilter{}))
	slices.Reverse(runs)
	for _, run := range runs {
		var names []string
		for _, e := range must[[]state.Event](d.T)(d.db.EventsOf(d.Context(), run.ID)) {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(string(e.Payload), `{"identity":"`), `"}`))
		}
		all = append(all, strings.Join(names, "+"))
	}
	return all
}

func (d *desk) expectStarted(want ...string) {
	d.Helper()
	if got := d.started(); !slices.Equal(got, want) {
		d.Errorf("runs of the events %q, want %q", got, want)
	}
}

// moved are the IDs of the runs that a part of the script's line has now, as jobs.
func (d *desk) moved(of state.Part, most int) (ids []string) {
	d.Helper()
	turns := []state.Turn{{Script: "a", Runs: most, Of: of}}
	for _, run := range must[[]state.Run](d.T)(d.db.MoveUp(d.Context(), turns, numbered(1))) {
		ids = append(ids, run.ID)
	}
	return ids
}

func (d *desk) claim(run string, c state.Claim) (state.Run, state.Verdict) {
	d.Helper()
	c.Run, c.Script, c.Host, c.Version = run, "a", "h", "v1"
	r, started, err := d.db.StartRun(d.Context(), c)
	ok(d.T, err)
	if started {
		return r, state.Start
	}
	r, verdict, err := d.db.ClaimRun(d.Context(), c)
	ok(d.T, err)
	return r, verdict
}

func (d *desk) end(run state.Run) {
	d.Helper()
	run.Host, run.State, run.EndedAt = "h", state.Succeeded, time.Time{}
	ok(d.T, d.db.FinishRun(d.Context(), run))
}

// The same event by RTM and as a hook, in either order, and each again: it starts one run.
func TestEventByBothWays(t *testing.T) {
	for _, kind := range []string{"once", "state"} {
		t.Run(kind, func(t *testing.T) {
			eachDesk(t, func(t *testing.T, d *desk) {
				event := d.event
				if kind == "once" {
					event = d.once
				}
				d.isNew(true, event("rtm first"))
				stamp := d.now
				d.pass(time.Second)
				for range 3 { // the hook is repeated
					hook := d.hook(event("rtm first"), d.now.Sub(stamp))
					d.isNew(false, hook)
					d.pass(time.Minute)
				}
				stamp = d.now
				d.isNew(true, d.hook(event("hook first"), 0))
				d.pass(3 * time.Second)
				d.isNew(false, event("hook first"))
				d.pass(time.Hour)
				d.isNew(false, d.hook(event("hook first"), d.now.Sub(stamp)))
				d.expectStarted("rtm first", "hook first")
			})
		})
	}
}

// All that one transaction takes may be of one event.
func TestEventTwiceAtOnce(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		taken := d.take(d.once("a"), d.once("a"), d.hook(d.once("a"), 0), d.event("b"), d.hook(d.event("b"), 0), d.hook(d.event("b"), 0),
			d.hook(d.event("c"), 0), d.event("c"), d.event("c"))
		var known []bool
		for _, one := range taken {
			known = append(known, one.Known)
		}
		if want := []bool{false, true, true, false, true, true, false, true, false}; !slices.Equal(known, want) {
			t.Errorf("known: %v, want %v", known, want)
		}
		d.expectStarted("a", "b", "c", "c")
	})
}

// An event that there is only once is known hours later, by either way. A state may be set again.
func TestEventHoursLater(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.take(d.once("once"), d.event("state"))
		d.pass(20 * time.Hour)
		d.isNew(false, d.once("once"))
		d.isNew(false, d.hook(d.once("once"), 0))
		d.isNew(true, d.event("state"))
		d.isNew(false, d.hook(d.event("state"), 0))
		d.expectStarted("once", "state", "state")
	})
}

// Deliveries of one state pair one to one: a state that is left and set again is kept, and so are two events that are equal and
// both happened.
func TestStatesPair(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, step := range []struct {
			content string
			hook    bool
			ago     time.Duration // since the hook was sent, or RTM brought the event
			after   time.Duration
			isNew   bool
		}{
			{"a", false, 0, 0, true}, // a, b, a by RTM; the hooks come later, the last one first
			{"b", false, 0, time.Second, true},
			{"a", false, 0, time.Second, true},
			{"a", true, time.Second, time.Second, false},
			{"b", true, 2 * time.Second, 0, false},
			{"a", true, 3 * time.Second, 0, false},
			{"a", true, 3 * time.Second, 0, false}, // a repeated delivery
			{"a", false, 0, time.Second, true},     // really once more
			{"x", true, 0, time.Minute, true},      // two hooks, and RTM then has both
			{"x", true, 0, time.Second, true},
			{"x", false, 0, time.Second, false},
			{"x", false, 0, time.Second, false},
			{"x", false, 0, time.Second, true},
			{"late", true, 0, time.Minute, true}, // too long apart to be one
			{"late", false, 0, 11 * time.Second, true},
			{"slow", false, 0, time.Minute, true}, // the hook is of long ago, but of the same time
			{"slow", true, 5 * time.Minute, 5 * time.Minute, false},
			{"away", true, 0, time.Minute, true}, // it came by RTM at the same time, while the database was away
			{"away", false, 30 * time.Second, 30 * time.Second, false},
			{"away 2", false, 30 * time.Second, time.Minute, true},
			{"away 2", true, 30 * time.Second, 0, false},
		} {
			d.pass(step.after)
			a := d.event(step.content)
			if step.hook {
				d.hook(a, step.ago)
			} else {
				a.Waited = step.ago
			}
			d.Logf("%+v", step)
			d.isNew(step.isNew, a)
		}
		d.expectStarted("a", "b", "a", "a", "x", "x", "x", "late", "late", "slow", "away", "away 2")
	})
}

// A hook's event waits for RTM, whose order is right: until it comes by RTM, or one of the same subject that happened later, or
// for its time.
func TestHeldEvents(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		held := func(identity string, ago time.Duration) *state.Arrival {
			a := d.hook(d.event(identity), ago)
			a.Hold = 2 * time.Second
			return a
		}
		// Hooks come the wrong way round.
		d.take(held("2", 0), held("1", 100*time.Millisecond))
		d.expectStarted()
		if due := must[time.Time](t)(d.db.NextDue(t.Context(), d.now)); !due.Equal(d.now.Add(2 * time.Second)) {
			t.Errorf("due in %v", due.Sub(d.now))
		}
		d.pass(time.Second)
		d.isNew(false, d.event("1"))
		d.isNew(false, d.event("2"))
		d.expectStarted("1", "2")

		// RTM had a gap, and the next event of the conversation comes.
		d.take(held("4", 0), held("3", 100*time.Millisecond))
		other := held("other", 0)
		other.Subject = "session_2"
		d.take(other)
		d.pass(time.Second)
		runs := d.isNew(true, d.event("5"))
		if len(runs) != 3 {
			t.Errorf("%d runs of an event with two before it", len(runs))
		}
		d.expectStarted("1", "2", "3", "4", "5")

		// There is no RTM.
		d.take(held("7", 0))
		d.pass(time.Second)
		d.take(held("6", 1500*time.Millisecond), held("8", 0))
		if released, _, err := d.db.ReleaseEvents(t.Context(), 10); err != nil || len(released.Runs) != 1 { // of session_2
			t.Errorf("released: %+v, %v", released, err)
		}
		d.expectStarted("1", "2", "3", "4", "5", "other")
		d.pass(time.Second)
		if released, more, err := d.db.ReleaseEvents(t.Context(), 1); err != nil || !more || len(released.Runs) != 2 {
			t.Errorf("released: %+v, %v, %v", released, more, err)
		}
		d.expectStarted("1", "2", "3", "4", "5", "other", "6", "7")
		d.isNew(false, held("8", time.Second)) // repeated
		d.pass(time.Second)
		if released, more, err := d.db.ReleaseEvents(t.Context(), 10); err != nil || more || len(released.Runs) != 1 {
			t.Errorf("released: %+v, %v, %v", released, more, err)
		}
		d.isNew(false, d.event("8"))
		d.expectStarted("1", "2", "3", "4", "5", "other", "6", "7", "8")
		if due := must[time.Time](t)(d.db.NextDue(t.Context(), time.Time{})); !due.IsZero() {
			t.Errorf("due at %v", due)
		}
	})
}

// What was taken although its host does not know, since the database went away behind it, is not taken twice.
func TestTakenAgain(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.take(d.hook(d.event("paired"), 0))
		list := []*state.Arrival{d.event("state"), d.event("paired"), d.once("once"), d.hook(d.event("hook"), 0), d.hook(d.event("state"), 0)}
		first := d.take(list...)
		second := d.take(list...)
		for i := range list {
			if first[i].Known != second[i].Known || !first[i].Known && (len(second[i].Runs) != 1 || second[i].Runs[0].ID != first[i].Runs[0].ID) {
				t.Errorf("%s: %+v, and again %+v", list[i].Identity, first[i], second[i])
			}
		}
		d.expectStarted("paired", "state", "once", "hook")
	})
}

// Texts that a database cannot have, or not in an index, keep no event out.
func TestOddEvents(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		subject := "s\x00"
		for i := range 1000 { // which nothing makes shorter
			subject += strconv.FormatUint(uint64(i)*0x9e3779b97f4a7c15, 36)
		}
		must[[]string](t)(d.db.Expect(ctx, []state.Expectation{{Event: "odd\x00\xff", Subject: subject, Turn: 3}}))
		a := d.event("1")
		a.Name, a.Subject, a.Website, a.Payload = "odd\x00\xff", subject, "w\x00\xfe", []byte("{\"a\":\"\\u0000\",\"b\":\"\xff\"}")
		a.Launches[0].Lane = state.LaneOf(strings.Repeat("long\x00é", 5000))
		other := d.event("2")
		other.Launches[0].Lane = state.LaneOf(strings.Repeat("long\x00é", 5000) + "x")
		a.Way, a.Hold, a.Stamp = state.ByHook, time.Second, d.now
		d.take(a)
		d.pass(2 * time.Second)
		released, _, err := d.db.ReleaseEvents(ctx, 1)
		if err != nil || len(released.Runs) != 1 || released.Runs[0].Turn != 4 {
			t.Fatalf("%+v, %v", released, err)
		}
		run := must[state.Run](t)(d.db.Run(ctx, released.Runs[0].ID))
		events := must[[]state.Event](t)(d.db.EventsOf(ctx, run.ID))
		if len(events) != 1 || string(events[0].Payload) != string(a.Payload) || run.Trigger.Event != "odd\ufffd\ufffd" {
			t.Errorf("%+v, %+v", run, events)
		}
		second := d.take(other)[0].Runs[0]
		if second.Lane() == run.Lane() || len(second.Lane()) > 300 || len(d.moved(state.Lanes, 10)) != 2 {
			t.Errorf("lanes %q and %q", run.Lane(), second.Lane())
		}
	})
}

// Events go when no run has them any more and nobody delivers them again.
func TestPruneEvents(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		kept := d.isNew(true, d.once("kept"))[0]
		dropped := d.isNew(true, d.once("dropped"))[0]
		run, _ := d.claim(dropped.ID, state.Claim{Overlap: "allow"})
		d.pass(time.Second)
		d.end(run)
		held := d.hook(d.once("held"), 0)
		held.Hold = 48 * time.Hour
		d.take(held)
		must[[]string](t)(d.db.Expect(ctx, []state.Expectation{{Event: "e", Subject: "s"}}))
		count := func(table string) (n int) {
			t.Helper()
			ok(t, d.db.SQL().QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n))
			return n
		}
		d.pass(23 * time.Hour)
		must[int](t)(d.db.Prune(ctx, state.Retention{Age: time.Hour}))
		if events, links := count("events"), count("run_events"); events != 3 || links != 1 {
			t.Errorf("%d events of %d runs after 23 hours", events, links)
		}
		d.isNew(false, d.once("dropped"))
		d.pass(2 * time.Hour)
		must[int](t)(d.db.Prune(ctx, state.Retention{Age: time.Hour}))
		if events, expected := count("events"), count("expectations"); events != 2 || expected != 0 {
			t.Errorf("%d events and %d expectations after 25 hours", events, expected)
		}
		if events := must[[]state.Event](t)(d.db.EventsOf(ctx, kept.ID)); len(events) != 1 {
			t.Errorf("the events of a run that is kept: %+v", events)
		}
		if _, err := d.db.Replay(ctx, "a", dropped.ID, "Ada"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("replay of a run that is no longer there: %v", err)
		}
	})
}

//go:build unix

package state_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// With @debounce the last event starts the run, when no further one has come for a while.
func TestDebounce(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.launch.Debounce = 5 * time.Second
		first := d.isNew(true, d.event("1"))[0]
		for _, identity := range []string{"2", "3"} {
			d.pass(4 * time.Second)
			if runs := d.isNew(true, d.event(identity)); len(runs) != 0 {
				t.Errorf("event %s: %+v", identity, runs)
			}
		}
		other := d.event("other")
		other.Launches[0].Lane = state.LaneOf("k")
		d.take(other)
		d.expectStarted("3", "other")
		d.pass(4 * time.Second)
		if ids := d.moved(state.Events, 10); len(ids) != 0 {
			t.Errorf("moved up before it is due: %v", ids)
		}
		if due := must[time.Time](t)(d.db.NextDue(t.Context(), d.now)); !due.Equal(d.now.Add(time.Second)) {
			t.Errorf("due in %v", due.Sub(d.now))
		}
		d.pass(time.Second)
		if ids := d.moved(state.Events, 10); !slices.Equal(ids, []string{first.ID}) {
			t.Errorf("moved up when it is due: %v", ids)
		}
		d.take(d.event("4")) // the run has its last event
		d.expectStarted("3", "other", "4")
	})
}

// With @batch a run starts for so many events, or behind a time for fewer.
func TestBatch(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.launch.Max, d.launch.Within = 3, 10*time.Second
		first := d.take(d.event("1"), d.event("2"))[0].Runs[0]
		if ids := d.moved(state.Events, 10); len(ids) != 0 {
			t.Errorf("moved up with two of three: %v", ids)
		}
		d.pass(time.Second)
		taken := d.take(d.event("3"), d.event("4"))
		if len(taken[0].Filled) != 1 || taken[0].Filled[0].ID != first.ID || len(taken[1].Runs) != 1 {
			t.Errorf("the third and fourth event: %+v", taken)
		}
		if ids := d.moved(state.Events, 10); !slices.Equal(ids, []string{first.ID}) {
			t.Errorf("moved up with three: %v", ids)
		}
		d.pass(9 * time.Second)
		if ids := d.moved(state.Events, 10); len(ids) != 0 {
			t.Errorf("moved up after 9 s: %v", ids)
		}
		d.pass(time.Second)
		if ids := d.moved(state.Events, 10); len(ids) != 1 {
			t.Errorf("moved up after 10 s: %v", ids)
		}
		d.take(d.event("5"))
		d.expectStarted("1+2+3", "4", "5")
	})
}

// A run that gathers and is cancelled leaves the next events to another one.
func TestCancelledBatch(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.launch.Max, d.launch.Within = 3, 10*time.Second
		run := d.take(d.event("1"))[0].Runs[0]
		must[state.Run](t)(d.db.CancelRun(t.Context(), run.ID, "Ada"))
		d.take(d.event("2"))
		d.take(d.event("3"), d.event("4"))
		d.expectStarted("1", "2+3+4")
	})
}

// Runs of one key go one after the other, and those of different keys side by side.
func TestLanes(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		queue := state.Claim{Overlap: "queue"}
		lane := func(identity, key string) state.Run {
			a := d.event(identity)
			a.Launches[0].Lane = state.LaneOf(key)
			return d.take(a)[0].Runs[0]
		}
		a1, a2, b1, a3, c1 := lane("a1", "a"), lane("a2", "a"), lane("b1", "b"), lane("a3", "a"), lane("c1", "c")
		if ids := d.moved(state.Lanes, 10); !slices.Equal(ids, []string{a1.ID, b1.ID, c1.ID}) {
			t.Fatalf("moved up: %v", ids)
		}
		if ids := d.moved(state.Lanes, 10); len(ids) != 0 {
			t.Fatalf("moved up behind others of their lanes: %v", ids)
		}
		if _, verdict := d.claim(a2.ID, queue); verdict != state.InLine {
			t.Errorf("the second of a lane before the first: %v", verdict)
		}
		first, verdict := d.claim(a1.ID, queue)
		if _, other := d.claim(b1.ID, queue); verdict != state.Start || other != state.Start {
			t.Errorf("the first of two lanes: %v, %v", verdict, other)
		}

		// A retry keeps its place.
		first.Error = &state.RunError{Kind: "runtime", Message: "boom"}
		ok(t, d.db.RetryRun(t.Context(), first))
		if ids := d.moved(state.Lanes, 10); len(ids) != 0 {
			t.Errorf("moved up before a retry of its lane: %v", ids)
		}
		if _, verdict := d.claim(a2.ID, queue); verdict != state.InLine {
			t.Errorf("before a retry of its lane: %v", verdict)
		}
		if _, verdict := d.claim(a1.ID, queue); verdict != state.Start {
			t.Errorf("the retry: %v", verdict)
		}
		d.end(first)
		if ids := d.moved(state.Lanes, 10); !slices.Equal(ids, []string{a2.ID}) {
			t.Errorf("moved up behind the retry: %v", ids)
		}
		second, _ := d.claim(a2.ID, queue)
		d.end(second)
		if ids := d.moved(state.Lanes, 10); !slices.Equal(ids, []string{a3.ID}) {
			t.Errorf("moved up at the end: %v", ids)
		}

		// Runs of ticks and of people do not see them.
		byHand := trigger(t, d.db, "a")
		if _, verdict := d.claim(byHand.ID, state.Claim{Overlap: "skip"}); verdict != state.Start {
			t.Errorf("a manual run beside event runs: %v", verdict)
		}
		if _, verdict := d.claim(a3.ID, queue); verdict != state.Start {
			t.Errorf("an event run beside a manual run: %v", verdict)
		}
		if _, verdict := d.claim(trigger(t, d.db, "a").ID, state.Claim{Overlap: "skip"}); verdict != state.Over {
			t.Errorf("a manual run beside another one: %v", verdict)
		}
	})
}

// Lanes take turns: the next turn begins behind the last lane, and with the first one again.
func TestLaneTurns(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		for i := range 30 {
			a := d.event(fmt.Sprint(i))
			a.Launches[0].Lane = state.LaneOf(string(rune('a' + i%5)))
			d.take(a)
		}
		var turns []string
		after := ""
		for range 6 {
			runs := must[[]state.Run](t)(d.db.MoveUp(t.Context(), []state.Turn{{Script: "a", Runs: 2, Of: state.Lanes, After: after}}, numbered(1)))
			for _, run := range runs {
				turns = append(turns, run.Trigger.Key)
				claimed, verdict := d.claim(run.ID, state.Claim{Overlap: "queue"})
				if verdict != state.Start {
					t.Fatalf("%s: %v", run.Trigger.Key, verdict)
				}
				d.end(claimed)
				after = run.Lane()
			}
		}
		if got := strings.Join(turns, ""); got != "abcdeabcdeab" {
			t.Errorf("turns: %s", got)
		}
	})
}

// @concurrency bounds the runs of all lanes together, and with those of ticks.
func TestConcurrencyOverLanes(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		var runs []state.Run
		for i := range 4 {
			a := d.event(fmt.Sprint(i))
			a.Launches[0].Lane = state.LaneOf(fmt.Sprint(i))
			runs = append(runs, d.take(a)[0].Runs...)
		}
		var verdicts []state.Verdict
		for _, run := range runs {
			_, verdict := d.claim(run.ID, state.Claim{Overlap: "queue", Concurrency: 2})
			verdicts = append(verdicts, verdict)
		}
		byHand := trigger(t, d.db, "a")
		_, verdict := d.claim(byHand.ID, state.Claim{Overlap: "skip", Concurrency: 2})
		verdicts = append(verdicts, verdict)
		if want := []state.Verdict{state.Start, state.Start, state.InLine, state.InLine, state.InLine}; !slices.Equal(verdicts, want) {
			t.Errorf("%v, want %v", verdicts, want)
		}
		runs[0].Host = "h"
		d.end(runs[0])
		if _, verdict := d.claim(byHand.ID, state.Claim{Overlap: "skip", Concurrency: 2}); verdict != state.Start {
			t.Errorf("a manual run when there is room: %v", verdict)
		}
		if _, verdict := d.claim(runs[2].ID, state.Claim{Overlap: "queue", Concurrency: 2}); verdict != state.InLine {
			t.Errorf("an event run beside one event run and a manual one: %v", verdict)
		}
	})
}

// @overlap replace ends those of the same key only, and @overlap skip skips those of the same key only.
func TestReplaceAndSkipInLanes(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		lane := func(identity, key string) state.Run {
			a := d.event(identity)
			a.Launches[0].Lane = state.LaneOf(key)
			return d.take(a)[0].Runs[0]
		}
		replace, skip := state.Claim{Overlap: "replace"}, state.Claim{Overlap: "skip"}
		a1, b1 := lane("a1", "a"), lane("b1", "b")
		for _, run := range []state.Run{a1, b1} {
			if _, verdict := d.claim(run.ID, replace); verdict != state.Start {
				t.Fatal(verdict)
			}
		}
		a2, a3 := lane("a2", "a"), lane("a3", "a")
		if ids := d.moved(state.Lasts, 10); !slices.Equal(ids, []string{a3.ID}) {
			t.Fatalf("moved up to replace: %v", ids)
		}
		if _, verdict := d.claim(a3.ID, replace); verdict != state.InLine {
			t.Errorf("beside the one that it replaces: %v", verdict)
		}
		now := func(run state.Run) state.Run { return must[state.Run](t)(d.db.Run(t.Context(), run.ID)) }
		if now(a1).CancelledBy == "" || now(a2).State != state.Cancelled || now(b1).CancelledBy != "" {
			t.Errorf("replaced: %+v, %+v; other key: %+v", now(a1), now(a2), now(b1))
		}
		if ids := d.moved(state.Lasts, 10); len(ids) != 0 {
			t.Errorf("moved up while the one before is being stopped: %v", ids)
		}
		d.end(now(a1))
		if ids := d.moved(state.Lasts, 10); !slices.Equal(ids, []string{a3.ID}) {
			t.Errorf("moved up when it was: %v", ids)
		}
		d.claim(a3.ID, replace)

		a4, c1 := lane("a4", "a"), lane("c1", "c")
		if ids := d.moved(state.Firsts, 10); !slices.Equal(ids, []string{a4.ID, c1.ID}) {
			t.Errorf("moved up to be skipped or not: %v", ids)
		}
		_, skipped := d.claim(a4.ID, skip)
		_, started := d.claim(c1.ID, skip)
		if skipped != state.Over || now(a4).State != state.Skipped || started != state.Start {
			t.Errorf("skip: %v, %v", skipped, started)
		}
	})
}

// What a run said it will cause makes the next run one turn further. The 21st in a row fails without having begun.
func TestTurns(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		if run := d.isNew(true, d.event("first"))[0]; run.Turn != 0 {
			t.Fatalf("turn %d", run.Turn)
		}
		for turn := range state.MaxTurns {
			must[[]string](t)(d.db.Expect(ctx, []state.Expectation{{Event: "message:send", Subject: "session_1", Turn: turn}}))
			run := d.isNew(true, d.event(fmt.Sprint(turn)))[0]
			if run.State != state.Scheduled || must[state.Run](t)(d.db.Run(ctx, run.ID)).Turn != turn+1 {
				t.Fatalf("turn %d: %+v", turn+1, run)
			}
		}
		// Gathering runs stop, too, and what others did meanwhile is not lost.
		expect := func(turn int) {
			must[[]string](t)(d.db.Expect(ctx, []state.Expectation{{Event: "message:send", Subject: "session_1", Turn: turn}}))
		}
		gather := func(identity string) *state.Arrival {
			a := d.event(identity)
			a.Launches[0] = state.Launch{Script: "a", Lane: state.LaneOf("k"), Max: 10, Within: time.Second}
			return a
		}
		innocent := d.isNew(true, gather("innocent"))[0]
		expect(5)
		d.isNew(true, gather("sixth"))
		if run := must[state.Run](t)(d.db.Run(ctx, innocent.ID)); run.Turn != 6 {
			t.Errorf("turn of a run that another one led to as well: %d", run.Turn)
		}
		for _, event := range []func(string) *state.Arrival{d.event, gather} {
			expect(state.MaxTurns)
			run := d.isNew(true, event("one too many"))[0]
			run = must[state.Run](t)(d.db.Run(ctx, run.ID))
			if run.State != state.Failed || run.Error == nil || run.Error.Kind != "loop" || run.EndedAt.IsZero() {
				t.Errorf("%+v", run)
			}
		}
		if run := must[state.Run](t)(d.db.Run(ctx, innocent.ID)); run.State != state.Scheduled {
			t.Errorf("%+v", run)
		}
		if run := d.isNew(true, d.event("anew"))[0]; run.Turn != 0 {
			t.Errorf("without an expectation: turn %d", run.Turn)
		}
	})
}

// An expectation is of one event, of one subject, soon, and of one message when that is known.
func TestExpectations(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		expect := func(event, subject string) string {
			return must[[]string](t)(d.db.Expect(ctx, []state.Expectation{{Event: event, Subject: subject, Turn: 1}}))[0]
		}
		n := 0
		turn := func(want int, subject string, fingerprint int64) {
			t.Helper()
			n++
			a := d.event(fmt.Sprint(n))
			a.Subject, a.Fingerprint = subject, fingerprint
			if run := d.isNew(true, a)[0]; run.Turn != want {
				t.Errorf("event %d of %s, %d: turn %d, want %d", n, subject, fingerprint, run.Turn, want)
			}
		}
		expect("message:send", "session_1")
		turn(0, "session_2", 0)
		turn(2, "session_1", 0)
		turn(0, "session_1", 0) // it was taken
		id := expect("message:send", "session_1")
		ok(t, d.db.Learn(ctx, id, "", 7))
		turn(0, "session_1", 8)
		turn(2, "session_1", 7)
		expect("message:send", state.AnySubject)
		turn(2, "session_9", 0)
		id = expect("message:send", state.AnySubject)
		ok(t, d.db.Learn(ctx, id, "session_9", 0))
		turn(0, "session_8", 0)
		turn(2, "session_9", 0)
		expect("message:received", "session_1")
		turn(0, "session_1", 0)
		expect("message:send", "session_1")
		d.pass(11 * time.Second)
		turn(0, "session_1", 0)
	})
}

// A past run's events start another run, of the same script or another one.
func TestReplay(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		script(t, d.db, "other")
		d.launch.Max, d.launch.Within, d.launch.Lane = 2, time.Second, state.LaneOf("k")
		run := d.take(d.event("1"), d.event("2"))[0].Runs[0]
		again := must[state.Run](t)(d.db.Replay(ctx, "a", run.ID, "Ada\x00"))
		if again.Trigger.Kind != state.ByEvent || again.Trigger.Event != "message:send" || again.Trigger.Key != "k" ||
			again.Trigger.By != "Ada\ufffd" || again.State != state.Scheduled || again.ID <= run.ID {
			t.Errorf("%+v", again)
		}
		must[state.Run](t)(d.db.Replay(ctx, "other", again.ID, "Ada"))
		d.expectStarted("1+2", "1+2", "1+2")
		byHand := trigger(t, d.db, "a")
		for _, c := range [][2]string{{"a", byHand.ID}, {"a", "none"}, {"none", run.ID}} {
			if _, err := d.db.Replay(ctx, c[0], c[1], "Ada"); !errors.Is(err, state.ErrNotFound) {
				t.Errorf("replay %v: %v", c, err)
			}
		}
	})
}

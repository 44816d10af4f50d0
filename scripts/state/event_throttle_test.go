//go:build unix

package state_test

import (
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// With @throttle runs start so many in a time, in each lane, and no event is lost.
func TestThrottle(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.launch.Count, d.launch.Per = 2, time.Minute
		begin := d.now
		var dues []time.Duration
		note := func(taken []state.Taken) {
			for _, one := range taken {
				for _, run := range one.Runs {
					due := run.CreatedAt
					if !run.Due.IsZero() {
						due = run.Due
					}
					dues = append(dues, due.Sub(begin))
				}
			}
		}
		note(d.take(d.event("0")))
		d.pass(10 * time.Second)
		note(d.take(d.event("1"), d.event("2"), d.event("3")))
		d.pass(10 * time.Second)
		note(d.take(d.event("4")))
		d.pass(time.Hour)
		note(d.take(d.event("5")))
		other := d.event("6")
		other.Launches[0].Lane = state.LaneOf("k")
		note(d.take(d.event("7"), d.event("8"), other))
		hour := time.Hour + 20*time.Second
		want := []time.Duration{0, 10 * time.Second, time.Minute, 70 * time.Second, 2 * time.Minute, hour, hour, hour + time.Minute, hour}
		if !slices.Equal(dues, want) {
			t.Errorf("due after %v, want %v", dues, want)
		}
		if ids := d.moved(state.Events, 10); len(ids) != 7 {
			t.Errorf("%d of 9 runs are due", len(ids))
		}
	})
}

// Runs that were cancelled before they started do not keep later ones from starting.
func TestThrottleAfterCancel(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.launch.Count, d.launch.Per = 1, time.Hour
		d.take(d.event("0"))
		for _, one := range d.take(d.event("1"), d.event("2"), d.event("3")) {
			must[state.Run](t)(d.db.CancelRun(t.Context(), one.Runs[0].ID, "Ada"))
		}
		begin := d.now
		d.pass(time.Minute)
		if due := d.take(d.event("4"))[0].Runs[0].Due.Sub(begin); due != time.Hour {
			t.Errorf("due after %v", due)
		}
	})
}

// Runs that still count for @throttle are kept, however few are to be: without them it would forget that a key had its turn.
func TestThrottleAfterPrune(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.launch.Count, d.launch.Per = 1, time.Hour
		ok(t, d.db.PutScript(ctx, state.Script{Name: "a", Path: "a.lua", Language: "lua", Version: "v1", Triggers: &state.Triggers{
			On: []state.On{{Event: "message:send"}}, Key: "k", Count: 1, Per: time.Hour,
		}}))
		begin := d.now
		for _, key := range []string{"a", "b", "c"} {
			event := d.event(key)
			event.Launches[0].Lane = state.LaneOf(key)
			id := d.take(event)[0].Runs[0].ID
			d.moved(state.Lanes, 1)
			run, _ := d.claim(id, state.Claim{Overlap: "queue"})
			d.end(run)
		}
		prune := func(want int) {
			t.Helper()
			if n := must[int](t)(d.db.Prune(ctx, state.Retention{Count: 1})); n != want {
				t.Errorf("%d runs were dropped, want %d", n, want)
			}
		}
		d.pass(time.Minute)
		prune(0)
		again := d.event("again")
		again.Launches[0].Lane = state.LaneOf("a")
		if due := d.take(again)[0].Runs[0].Due.Sub(begin); due != time.Hour {
			t.Errorf("due after %v", due)
		}
		d.pass(time.Hour)
		prune(2)
	})
}

// A batch that is full starts no earlier than @throttle allows, and takes events until it is full.
func TestThrottledBatch(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.launch.Max, d.launch.Within, d.launch.Count, d.launch.Per = 3, 10*time.Second, 1, 15*time.Second
		begin := d.now
		full := func(taken state.Taken) time.Duration {
			t.Helper()
			if len(taken.Filled) != 1 {
				t.Fatalf("not filled: %+v", taken)
			}
			return taken.Filled[0].Due.Sub(begin)
		}
		if due := full(d.take(d.event("1"), d.event("2"), d.event("3"))[2]); due != 0 {
			t.Errorf("the first is due after %v", due)
		}
		d.pass(8 * time.Second)
		if due := full(d.take(d.event("4"), d.event("5"), d.event("6"))[2]); due != 15*time.Second {
			t.Errorf("the second is due after %v", due)
		}
		third := d.take(d.event("7"))[0].Runs[0]
		if due := third.Due.Sub(begin); due != 30*time.Second {
			t.Errorf("the third is due after %v", due)
		}
		d.pass(20 * time.Second)
		d.take(d.event("8")) // it gathers for as long as it may not start
		d.pass(2 * time.Second)
		if ids := d.moved(state.Events, 10); len(ids) != 3 {
			t.Errorf("moved up: %v", ids)
		}
		d.expectStarted("1+2+3", "4+5+6", "7+8")
	})
}

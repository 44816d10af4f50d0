//go:build unix

package state_test

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// ended makes a run of a script that comes to an end.
func ended(t *testing.T, db *state.DB, script string, end state.RunState) state.Run {
	t.Helper()
	run := trigger(t, db, script)
	run, started, err := db.StartRun(t.Context(), state.Claim{Run: run.ID, Script: script, Host: "h", Version: "v1", Overlap: "allow"})
	if err != nil || !started {
		t.Fatalf("start: %v, %v", started, err)
	}
	run.State = end
	ok(t, db.FinishRun(t.Context(), run))
	return must[state.Run](t)(db.Run(t.Context(), run.ID))
}

// only finds a script among all, which has to be as it is when asked for alone.
func only(t *testing.T, db *state.DB, name string) state.Script {
	t.Helper()
	alone := must[state.Script](t)(db.Script(t.Context(), name))
	for _, s := range must[[]state.Script](t)(db.Scripts(t.Context())) {
		if s.Name != name {
			continue
		}
		same := (s.LastRun == nil) == (alone.LastRun == nil) && (s.LastResult == nil) == (alone.LastResult == nil)
		if same && s.LastRun != nil {
			same = s.LastRun.ID == alone.LastRun.ID && s.LastRun.State == alone.LastRun.State
		}
		if same && s.LastResult != nil {
			same = s.LastResult.ID == alone.LastResult.ID
		}
		if !same || !s.FailingSince.Equal(alone.FailingSince) || s.Streak != alone.Streak || s.Rate != alone.Rate ||
			s.Results != alone.Results || s.Waiting != alone.Waiting || s.Running != alone.Running {
			t.Fatalf("among all:\n%+v\nalone:\n%+v", s, alone)
		}
		return s
	}
	t.Fatalf("no script %s", name)
	return state.Script{}
}

// What the runs of a script tell of it is that of its results: neither a run that goes or waits nor a skipped one hides a failure.
func TestHealth(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		script(t, db, "a")
		script(t, db, "other")
		ended(t, db, "other", state.Failed)

		if s := only(t, db, "a"); s.LastRun != nil || s.LastResult != nil || s.Results != 0 || s.Streak != 0 || s.Rate != 0 || !s.FailingSince.IsZero() {
			t.Errorf("before any run: %+v", s)
		}
		for range 3 {
			ended(t, db, "a", state.Succeeded)
		}
		if s := only(t, db, "a"); s.Streak != 3 || s.Results != 3 || s.Rate != 1 || !s.FailingSince.IsZero() {
			t.Errorf("after three successes: %+v", s)
		}
		first := ended(t, db, "a", state.Failed)
		last := ended(t, db, "a", state.TimedOut)
		skipped := ended(t, db, "a", state.Skipped)
		s := only(t, db, "a")
		if s.LastRun.ID != skipped.ID || s.LastResult.ID != last.ID || !s.FailingSince.Equal(first.EndedAt) || s.Streak != 2 || s.Results != 5 || s.Rate != 3./5 {
			t.Errorf("after two failures: %+v", s)
		}
		going := trigger(t, db, "a")
		waiting := trigger(t, db, "a")
		going, started, err := db.StartRun(t.Context(), state.Claim{Run: going.ID, Script: "a", Host: "h", Version: "v1", Overlap: "allow"})
		if err != nil || !started {
			t.Fatal(started, err)
		}
		if s := only(t, db, "a"); s.Waiting != 1 || s.Running != 1 || s.LastRun.ID != waiting.ID || s.LastResult.ID != last.ID || s.Streak != 2 {
			t.Errorf("with a run that goes and one that waits: %+v", s)
		}
		// The older one ends, and the newest run stays what it was.
		going.State = state.Succeeded
		ok(t, db.FinishRun(t.Context(), going))
		if s := only(t, db, "a"); s.Running != 0 || s.LastResult.ID != going.ID || s.Streak != 1 || !s.FailingSince.IsZero() {
			t.Errorf("after the older one succeeded: %+v", s)
		}
		must[state.Run](t)(db.CancelRun(t.Context(), waiting.ID, "test"))
		if s := only(t, db, "a"); s.Waiting != 0 || s.LastRun.State != state.Cancelled || s.LastResult.ID != going.ID {
			t.Errorf("after the other was cancelled: %+v", s)
		}
	})
}

// A script that fails for longer than its results are counted still tells since when.
func TestFailingForLong(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		script(t, db, "a")
		now := time.Now()
		db.SetClock(func() time.Time { now = now.Add(time.Second); return now })
		ended(t, db, "a", state.Succeeded)
		first := ended(t, db, "a", state.Failed)
		for n := range state.ResultsKept + 20 {
			ended(t, db, "a", state.Failed)
			if n%30 == 0 {
				only(t, db, "a")
			}
		}
		if s := only(t, db, "a"); s.Streak != state.ResultsKept || s.Results != state.ResultsKept || s.Rate != 0 || !s.FailingSince.Equal(first.EndedAt) {
			t.Errorf("%+v; the first failure ended at %v", s, first.EndedAt)
		}
	})
}

// Others change runs and scripts, too.
func TestScriptsOfOthers(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, other := statetest.Open(t, address), statetest.Open(t, address)
		script(t, db, "a")
		ended(t, db, "a", state.Succeeded)
		before := must[int64](t)(db.Generation(t.Context()))
		if s := only(t, db, "a"); s.Streak != 1 {
			t.Fatalf("%+v", s)
		}
		run := ended(t, other, "a", state.Failed)
		deadline := time.Now().Add(10 * time.Second)
		for must[int64](t)(db.Generation(t.Context())) == before && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if s := only(t, db, "a"); s.LastResult.ID != run.ID || s.FailingSince.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

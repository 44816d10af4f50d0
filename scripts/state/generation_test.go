//go:build unix

package state_test

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
)

// Every change of runs, logs and scripts shows in the generation, to the process that made it and to others; looking does not.
func TestGeneration(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, other := statetest.Open(t, address), statetest.Open(t, address)
		ctx := t.Context()
		run := state.Run{}
		steps := []struct {
			name string
			do   func()
		}{
			{"save", func() { script(t, db, "a", "every 1s") }},
			{"tick", func() {
				w := watchedScripts(t, db)[0]
				must2(t)(db.AdvanceTicks(ctx, []state.Advance{{Script: "a", From: w.Watermark, Updated: w.UpdatedAt, To: w.Watermark.Add(time.Second), Run: []time.Time{w.Watermark.Add(time.Second)}}}, nil))
			}},
			{"trigger", func() { run = trigger(t, db, "a") }},
			{"claim", func() { run, _ = claim(t, db, run.ID, "h", "allow") }},
			{"log", func() { ok(t, db.AppendLogs(ctx, run.ID, []state.LogLine{{Seq: 1, Message: "m"}})) }},
			{"call", func() { ok(t, db.AppendCalls(ctx, run.ID, 1, []state.APICall{{Operation: "op"}})) }},
			{"cancel", func() { must[state.Run](t)(db.CancelRun(ctx, run.ID, "Ada")) }},
			{"release", func() { must[bool](t)(db.ReleaseRun(ctx, run)) }},
			{"pause", func() { ok(t, db.SetPaused(ctx, "a", true, "ada")) }},
			{"delete", func() { ok(t, db.DeleteScript(ctx, "a")) }},
			{"prune", func() { must[int](t)(db.Prune(ctx, state.Retention{Age: time.Nanosecond})) }},
		}
		generations := func() [2]int64 {
			return [2]int64{must[int64](t)(db.Generation(ctx)), must[int64](t)(other.Generation(ctx))}
		}
		for _, step := range steps {
			before := generations()
			step.do()
			testwait.Until(t, step.name+" shows", func() bool { now := generations(); return now[0] != before[0] && now[1] != before[1] })
			settle(t, generations)
		}
		if db.Pool() != nil {
			return // a change may still be about to be counted
		}
		before := generations()
		must[[]state.Script](t)(db.Scripts(ctx))
		must[[]state.Run](t)(other.Runs(ctx, state.RunFilter{}))
		if now := generations(); now != before {
			t.Errorf("looking changed %v to %v", before, now)
		}
	})
}

// settle waits until changes that are counted behind themselves have been.
func settle(t *testing.T, generations func() [2]int64) {
	t.Helper()
	for before := generations(); ; {
		time.Sleep(300 * time.Millisecond)
		now := generations()
		if now == before {
			return
		}
		before = now
	}
}

// A command that ends at once has its change seen by others.
func TestGenerationOfACommand(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		script(t, db, "a")
		command := must[*state.DB](t)(state.Open(t.Context(), address))
		settle(t, func() [2]int64 { return [2]int64{must[int64](t)(db.Generation(t.Context()))} })
		before := must[int64](t)(db.Generation(t.Context()))
		trigger(t, command, "a")
		ok(t, command.Close())
		if after := must[int64](t)(db.Generation(t.Context())); after == before {
			t.Error("the trigger does not show")
		}
	})
}

func must2(t *testing.T) func(_ []state.Run, _ map[string]time.Time, err error) {
	return func(_ []state.Run, _ map[string]time.Time, err error) {
		t.Helper()
		ok(t, err)
	}
}

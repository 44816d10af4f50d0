//go:build unix

package schedule_test

import (
	"context"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// Many runs of a script that takes a while, but is not slow, do not fill the queue of a host: one of which nothing is known yet begins
// long before the others are done.
func TestFloodOfMiddlingRuns(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		release := make(chan struct{})
		run := func(ctx context.Context, run state.Run, _ schedule.Sink) *state.RunError {
			if run.Script == "greedy" {
				select {
				case <-time.After(200 * time.Millisecond):
				case <-release:
				case <-ctx.Done():
				}
			}
			return nil
		}
		start(t, db, run, func(c *schedule.Config) { c.Workers = 1 })
		save(t, db, "greedy", "@overlap allow")
		save(t, db, "new")
		ended(t, db, trigger(t, db, "greedy")) // from here on its time is known
		const flood = 200
		for range flood {
			trigger(t, db, "greedy")
		}
		ended(t, db, trigger(t, db, "new"))
		close(release)
		waiting := 0
		runs, err := db.Runs(t.Context(), state.RunFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range runs {
			if run.Script == "greedy" && !run.State.Ended() {
				waiting++
			}
		}
		if waiting < flood*3/4 {
			t.Errorf("%d of %d runs of the other script were still waiting, want most of them", waiting, flood)
		}
	})
}

//go:build unix

package schedule_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// Every tick of a time without hosts runs when @missed says all, in order and one after the other, whatever @overlap says; so do
// the ticks that come due meanwhile.
func TestAllMissedRun(t *testing.T) {
	const down = 95 * time.Second
	for _, overlap := range []string{"skip", "queue", "replace", "allow"} {
		t.Run(overlap, func(t *testing.T) {
			statetest.Each(t, func(t *testing.T, address string) {
				db := statetest.Open(t, address)
				save(t, db, "tick", "@schedule every 1s", "@missed all within 1h", "@overlap "+overlap)
				from := backdate(t, db, down)
				g := &together{going: map[string]int{}, most: map[string]int{}, order: map[string][]string{}}
				start(t, db, func(ctx context.Context, run state.Run, sink schedule.Sink) *state.RunError {
					return g.run(ctx, run, sink)
				}, nil)
				until := time.Now().Add(2 * time.Second)
				testwait.Until(t, "all ticks until now", func() bool {
					runs, err := db.Runs(t.Context(), state.RunFilter{States: []state.RunState{state.Scheduled, state.Running}})
					if err != nil {
						t.Fatal(err)
					}
					return watermark(t, db).After(until) && len(runs) == 0
				})
				runs, err := db.Runs(t.Context(), state.RunFilter{})
				if err != nil {
					t.Fatal(err)
				}
				ran := map[int64]int{}
				missed := 0
				for _, run := range runs {
					if !run.State.Ended() && !run.Trigger.Tick.Before(until) {
						continue // came due since nothing was waiting
					}
					if run.State != state.Succeeded {
						t.Errorf("the tick of %s %s: %+v", run.Trigger.Tick.Format(time.TimeOnly), run.State, run.Error)
						continue
					}
					ran[run.Trigger.Tick.Unix()]++
					if run.Missed {
						missed++
					}
				}
				due := 0
				for tick := from.Truncate(time.Second).Add(time.Second); tick.Before(until); tick = tick.Add(time.Second) {
					due++
					if n := ran[tick.Unix()]; n != 1 {
						t.Errorf("the tick of %s ran %d times", tick.Format(time.TimeOnly), n)
					}
				}
				if missed < 90 || due < 95 {
					t.Errorf("%d ticks due, %d marked as missed", due, missed)
				}
				g.mu.Lock()
				defer g.mu.Unlock()
				if overlap == "allow" {
					return
				}
				if g.most["tick"] != 1 {
					t.Errorf("%d runs went at the same time", g.most["tick"])
				}
				if !slices.IsSorted(g.order["tick"]) {
					t.Errorf("they did not run in order: %v", g.order["tick"])
				}
			})
		})
	}
}

// backdate has a script's ticks count from a while ago, as if no host had been there since, and returns from when on.
func backdate(t *testing.T, db *state.DB, by time.Duration) time.Time {
	t.Helper()
	from := watermark(t, db).Add(-by)
	if _, err := db.SQL().ExecContext(t.Context(), "UPDATE scripts SET watermark = $1", from.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	return from
}

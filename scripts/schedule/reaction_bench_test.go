//go:build unix

package schedule_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// BenchmarkReaction tells how soon an idle host begins what another process asks for, and how late it tries again what failed.
func BenchmarkReaction(b *testing.B) {
	const retryAfter = 500 * time.Millisecond
	for _, kind := range databases {
		b.Run(kind.name, func(b *testing.B) {
			address := kind.address(b)
			db, other := statetest.Open(b, address), statetest.Open(b, address)
			saveBench(b, db, "a")
			statetest.Save(b, db, state.Script{Path: "r.lua"}, "-- @retries 1 fixed 500ms\n")
			began := make(chan time.Time, 1)
			s, err := schedule.Start(b.Context(), schedule.Config{
				DB: db, Parse: parse,
				Runner: runnerFunc(func(_ context.Context, run state.Run, _ schedule.Sink) *state.RunError {
					began <- time.Now()
					if run.Script == "r" && run.Attempt == 1 {
						return &state.RunError{Kind: "runtime", Message: "boom"}
					}
					return nil
				}),
			})
			if err != nil {
				b.Fatal(err)
			}
			ask := func(script string) {
				if _, err := other.Trigger(b.Context(), script, state.Trigger{Kind: state.ByHand}); err != nil {
					b.Fatal(err)
				}
			}
			var triggers, retries []time.Duration
			for b.Loop() {
				asked := time.Now()
				ask("a")
				triggers = append(triggers, (<-began).Sub(asked))
				ask("r")
				first := <-began
				retries = append(retries, (<-began).Sub(first)-retryAfter)
			}
			if err := s.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
			for name, all := range map[string][]time.Duration{"trigger": triggers, "retry": retries} {
				slices.Sort(all)
				b.ReportMetric(float64(all[len(all)/2].Milliseconds()), "ms-"+name+"-p50")
				b.ReportMetric(float64(all[len(all)-1].Milliseconds()), "ms-"+name+"-worst")
			}
		})
	}
}

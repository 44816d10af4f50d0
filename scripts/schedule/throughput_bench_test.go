//go:build unix

package schedule_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/scheduletest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

const (
	throughputRuns    = 1000
	throughputWorkers = 50
)

// BenchmarkThroughput compares runs that do nothing, from when they wait until they have ended, with bare jobs of the queue on
// the same kind of database, side by side.
func BenchmarkThroughput(b *testing.B) {
	for _, kind := range databases {
		b.Run(kind.name, func(b *testing.B) {
			var ratios []float64
			for b.Loop() {
				us := runsTime(b, statetest.Open(b, kind.address(b)))
				them := scheduletest.BareJobs(b, statetest.Open(b, kind.address(b)), throughputRuns, throughputWorkers)
				ratios = append(ratios, them.Seconds()/us.Seconds())
				b.ReportMetric(throughputRuns/us.Seconds(), "runs/s")
				b.ReportMetric(throughputRuns/them.Seconds(), "jobs/s")
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "ratio")
		})
	}
}

// runsTime is how long a host takes for runs that wait when it starts.
func runsTime(b *testing.B, db *state.DB) time.Duration {
	b.Helper()
	saveBench(b, db, "a")
	if err := startBench(b, db, &lags{}, throughputWorkers).Close(context.Background()); err != nil { // makes the queue's tables
		b.Fatal(err)
	}
	for range throughputRuns {
		if _, err := db.Trigger(b.Context(), "a", state.Trigger{Kind: state.ByHand}); err != nil {
			b.Fatal(err)
		}
	}
	l := &lags{}
	begin := time.Now()
	s := startBench(b, db, l, throughputWorkers)
	for l.over() < throughputRuns {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(begin)
	if err := s.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	runs, err := db.Runs(b.Context(), state.RunFilter{States: []state.RunState{state.Succeeded}})
	if err != nil || len(runs) != throughputRuns {
		b.Fatalf("%d runs succeeded, %v", len(runs), err)
	}
	return took
}

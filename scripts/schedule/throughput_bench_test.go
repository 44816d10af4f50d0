//go:build unix

package schedule_test

import (
	"context"
	"database/sql"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/state/statetest"
)

type bareArgs struct {
	N int `json:"n"`
}

func (bareArgs) Kind() string { return "bare" }

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
				us, them := runsTime(b, statetest.Open(b, kind.address(b))), jobsTime(b, statetest.Open(b, kind.address(b)))
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

// jobsTime is how long the queue takes for jobs that wait when it starts.
func jobsTime(b *testing.B, db *state.DB) time.Duration {
	b.Helper()
	if db.Pool() != nil {
		return bareJobs[pgx.Tx](b, riverpgxv5.New(db.Pool()))
	}
	return bareJobs[*sql.Tx](b, riversqlite.New(db.SQL()))
}

func bareJobs[T any](b *testing.B, driver riverdriver.Driver[T]) time.Duration {
	b.Helper()
	quiet := slog.New(slog.DiscardHandler)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err == nil {
		_, err = migrator.Migrate(b.Context(), rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		b.Fatal(err)
	}
	var done atomic.Int32
	finished := make(chan struct{})
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[bareArgs]) error {
		if done.Add(1) == throughputRuns {
			close(finished)
		}
		return nil
	}))
	client, err := river.NewClient(driver, &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: throughputWorkers}},
		FetchCooldown: 20 * time.Millisecond, Logger: quiet,
	})
	if err != nil {
		b.Fatal(err)
	}
	var params []river.InsertManyParams
	for i := range throughputRuns {
		params = append(params, river.InsertManyParams{Args: bareArgs{i}})
	}
	if _, err := client.InsertMany(b.Context(), params); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := client.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	<-finished
	took := time.Since(begin)
	if err := client.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	return took
}

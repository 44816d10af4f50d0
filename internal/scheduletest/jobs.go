// Package scheduletest has what benchmarks of runs are measured against.
package scheduletest

import (
	"context"
	"database/sql"
	"log/slog"
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
)

// bareArgs are those of a job that does nothing.
type bareArgs struct {
	N int `json:"n"`
}

// Kind implements river.JobArgs.
func (bareArgs) Kind() string { return "bare" }

// BareJobs tells how long the queue alone takes for jobs that do nothing and wait when it starts, so many of them at the same time. The
// database has nothing else to do.
func BareJobs(b *testing.B, db *state.DB, jobs, workers int) time.Duration {
	b.Helper()
	if db.Pool() != nil {
		return bareJobs[pgx.Tx](b, riverpgxv5.New(db.Pool()), jobs, workers)
	}
	return bareJobs[*sql.Tx](b, riversqlite.New(db.SQL()), jobs, workers)
}

func bareJobs[T any](b *testing.B, driver riverdriver.Driver[T], jobs, most int) time.Duration {
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
		if int(done.Add(1)) == jobs {
			close(finished)
		}
		return nil
	}))
	client, err := river.NewClient(driver, &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: most}},
		FetchCooldown: 20 * time.Millisecond, Logger: quiet,
	})
	if err != nil {
		b.Fatal(err)
	}
	params := make([]river.InsertManyParams, jobs)
	for i := range params {
		params[i].Args = bareArgs{i}
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

package schedule

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/crisphost/crisphost/scripts/state"
)

// queue is River on the host's database. It hands each waiting run to one host, at least once; ClaimRun makes it once.
type queue struct {
	db     *state.DB
	client client
	bell   *bell // nil on PostgreSQL
	insert func(ctx context.Context, tx state.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
}

// client is what River's clients of all drivers have in common.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// runArgs is the one kind of job: a run that waits in our own table. It is the same for all scripts, since a host that does
// not know a kind would drop its jobs.
type runArgs struct {
	Run    string `json:"run"`
	Script string `json:"script"`
	// Event reports that an event started the run.
	Event bool `json:"event,omitzero"`
}

// kind is the run's trigger as far as overlap goes.
func (a runArgs) kind() state.TriggerKind {
	if a.Event {
		return state.ByEvent
	}
	return state.BySchedule
}

func (runArgs) Kind() string { return "run" }

// How many jobs a host takes before it has a place for them, so that scripts can take turns. A lone host need not leave any to others.
const (
	aheadAlone  = 64
	aheadShared = 16
)

// fetchCooldown is the least time between two looks for jobs.
const fetchCooldown = 10 * time.Millisecond

func newQueue(ctx context.Context, s *Scheduler) (*queue, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{scheduler: s})
	config := &river.Config{
		ID:     s.host.ID,
		Logger: slog.New(riverLog{s.Logger.Handler(), &s.failures}),
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: s.Workers + reservedPlaces(s.Workers) + aheadShared, FetchCooldown: fetchCooldown}},
		// Runs have timeouts of their own, and dead hosts are noticed by their hearts: the queue must not judge by age.
		JobTimeout:           -1,
		RescueStuckJobsAfter: 10 * 365 * 24 * time.Hour,
		RetryPolicy:          retrySoon{},
		// What has become of runs stands in our own tables.
		CompletedJobRetentionPeriod: 10 * time.Minute,
		// Not those of the indexes that migrateQueue drops.
		ReindexerIndexNames: []string{"river_job_pkey"},
		FetchCooldown:       fetchCooldown,
		// Finds what waits for a time, such as a retry.
		FetchPollInterval: time.Second,
		Workers:           workers,
	}
	q := &queue{db: s.DB}
	var err error
	if s.DB.Pool() != nil {
		// Of jobs made within this time only the first are told of; the next ones would wait for FetchPollInterval.
		config.FetchCooldown = river.FetchCooldownMin
		driver := riverpgxv5.New(s.DB.Pool())
		if err = migrateQueue(ctx, s.DB, driver); err != nil {
			return nil, fmt.Errorf("job queue: %w", err)
		}
		var client *river.Client[pgx.Tx]
		client, err = river.NewClient(driver, config)
		q.client = client
		q.insert = func(ctx context.Context, tx state.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error) {
			return client.InsertManyTx(ctx, tx.Postgres, params)
		}
	} else {
		q.bell = newBell(s.DB.SQL())
		driver := loneDriver{riversqlite.New(s.DB.SQL()), q.bell}
		config.Queues[river.QueueDefault] = river.QueueConfig{MaxWorkers: s.Workers + reservedPlaces(s.Workers) + aheadAlone, FetchCooldown: fetchCooldown}
		config.FetchPollInterval = 5 * time.Second // the bell is faster, but does not know of clocks that are set
		var migrator *rivermigrate.Migrator[*sql.Tx]
		if migrator, err = rivermigrate.New(driver, &rivermigrate.Config{Logger: config.Logger}); err == nil {
			_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
		if err == nil {
			var client *river.Client[*sql.Tx]
			client, err = river.NewClient(driver, config)
			q.client = client
			q.insert = func(ctx context.Context, tx state.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error) {
				return client.InsertManyTx(ctx, tx.SQLite, params)
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return q, nil
}

// queueLock is the key of the advisory lock under which one host at a time changes the queue's tables.
const queueLock = 0x63726973706a // "crispj"

func migrateQueue(ctx context.Context, db *state.DB, driver *riverpgxv5.Driver) (err error) {
	conn, err := db.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", queueLock); err != nil {
		return err
	}
	defer func() {
		_, unlockErr := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", queueLock)
		err = errors.Join(err, unlockErr)
	}()
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	// Every change of a job would pay for indexes of what nobody searches.
	_, err = conn.Exec(ctx, "DROP INDEX IF EXISTS river_job_args_index, river_job_metadata_index")
	return err
}

// retrySoon is for jobs that failed because the database did.
type retrySoon struct{}

func (retrySoon) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(min(time.Duration(len(job.Errors)+1)*time.Second, 30*time.Second))
}

// release gives back what a host was working on: the jobs of its runs, which may have got other states from a queue that
// did not know, and those that it had only just taken.
func (q *queue) release(ctx context.Context, host string) func(tx *sql.Tx, jobs []int64) error {
	return func(tx *sql.Tx, jobs []int64) error {
		for _, job := range jobs {
			if err := q.free(ctx, tx, "id = $1", job); err != nil {
				return err
			}
		}
		return q.free(ctx, tx, "state = 'running' AND "+q.takenBy()+" = $1", host)
	}
}

// free makes jobs available at once. When its transaction has ended, the bell has to be rung.
func (q *queue) free(ctx context.Context, tx *sql.Tx, where string, args ...any) error {
	_, err := tx.ExecContext(ctx, "UPDATE river_job SET state = 'available', scheduled_at = "+q.now()+", finalized_at = NULL WHERE "+where, args...)
	return err
}

// promote has the queue take jobs like any others that have waited for a while behind jobs of quick scripts.
func (q *queue) promote(ctx context.Context) error {
	long := "now() - interval '10 seconds'"
	if q.db.Pool() == nil {
		long = "datetime('now', 'subsec', '-10 seconds')"
	}
	_, err := q.db.SQL().ExecContext(ctx, "UPDATE river_job SET priority = $1 WHERE state = 'available' AND priority > $1 AND scheduled_at < "+long, prompt)
	return err
}

// now is the queue's clock in SQL.
func (q *queue) now() string {
	if q.db.Pool() == nil {
		return "datetime('now', 'subsec')"
	}
	return "now()"
}

// takenBy is the host that took a job last.
func (q *queue) takenBy() string {
	if q.db.Pool() == nil {
		return "coalesce(json_extract(attempted_by, '$[#-1]'), '')"
	}
	return "coalesce(attempted_by[array_upper(attempted_by, 1)], '')"
}

// taken are the jobs that hosts work on, as the queue sees it.
func (q *queue) taken(ctx context.Context) (map[int64]string, error) {
	rows, err := q.db.SQL().QueryContext(ctx, "SELECT id, "+q.takenBy()+" FROM river_job WHERE state = 'running'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	jobs := map[int64]string{}
	for rows.Next() {
		var id int64
		var host string
		if err := rows.Scan(&id, &host); err != nil {
			return nil, err
		}
		jobs[id] = host
	}
	return jobs, rows.Err()
}

func (q *queue) stop(ctx context.Context) error    { return q.client.Stop(ctx) }
func (q *queue) stopNow(ctx context.Context) error { return q.client.StopAndCancel(ctx) }

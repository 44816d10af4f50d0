package schedule

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// loneDriver is the queue's driver for a SQLite file. The file's lock makes this process the only one that changes the queue's
// tables: it need not look for what others did, elections have one candidate, and the time at which a waiting job is due is
// known.
type loneDriver struct {
	*riversqlite.Driver
	bell *bell
}

// GetExecutor implements riverdriver.Driver.
func (d loneDriver) GetExecutor() riverdriver.Executor {
	return loneExecutor{d.Driver.GetExecutor(), d.bell}
}

// GetListener implements riverdriver.Driver.
func (d loneDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener { return d.bell }

// UnwrapExecutor implements riverdriver.Driver.
func (d loneDriver) UnwrapExecutor(tx *sql.Tx) riverdriver.ExecutorTx {
	return &loneTx{ExecutorTx: d.Driver.UnwrapExecutor(tx), bell: d.bell}
}

// UnwrapTx implements riverdriver.Driver.
func (d loneDriver) UnwrapTx(tx riverdriver.ExecutorTx) *sql.Tx {
	if lone, ok := tx.(*loneTx); ok {
		tx = lone.ExecutorTx
	}
	return d.Driver.UnwrapTx(tx)
}

type loneExecutor struct {
	riverdriver.Executor
	bell *bell
}

// Begin implements riverdriver.Executor.
func (e loneExecutor) Begin(ctx context.Context) (riverdriver.ExecutorTx, error) {
	tx, err := e.Executor.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return &loneTx{ExecutorTx: tx, bell: e.bell}, nil
}

// JobGetAvailable implements riverdriver.Executor.
func (e loneExecutor) JobGetAvailable(ctx context.Context, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	result, err := e.Executor.JobGetAvailable(ctx, params)
	if err == nil && len(result.Jobs) < params.MaxToLock {
		e.bell.setForNext(ctx)
	}
	return result, err
}

// JobSetStateIfRunningMany implements riverdriver.Executor. Jobs that are done are dropped, all by one statement: the history is in our own
// tables, and the queue's driver changes one job at a time, which takes longer than the rest of a run.
func (e loneExecutor) JobSetStateIfRunningMany(ctx context.Context, params *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	var done []int64
	rest := &riverdriver.JobSetStateIfRunningManyParams{Now: params.Now, Schema: params.Schema}
	for i, id := range params.ID {
		if params.State[i] == rivertype.JobStateCompleted {
			done = append(done, id)
			continue
		}
		rest.ID = append(rest.ID, id)
		rest.Attempt = append(rest.Attempt, params.Attempt[i])
		rest.ErrData = append(rest.ErrData, params.ErrData[i])
		rest.FinalizedAt = append(rest.FinalizedAt, params.FinalizedAt[i])
		rest.MetadataDoMerge = append(rest.MetadataDoMerge, params.MetadataDoMerge[i])
		rest.MetadataUpdates = append(rest.MetadataUpdates, params.MetadataUpdates[i])
		rest.ScheduledAt = append(rest.ScheduledAt, params.ScheduledAt[i])
		rest.State = append(rest.State, params.State[i])
	}
	if len(done) > 0 {
		ids, err := json.Marshal(done)
		if err != nil {
			return nil, err
		}
		const drop = "DELETE FROM river_job WHERE id IN (SELECT value FROM json_each($1)) AND state = 'running'"
		if _, err := e.bell.db.ExecContext(ctx, drop, string(ids)); err != nil {
			return nil, err
		}
	}
	if len(rest.ID) == 0 {
		return nil, nil
	}
	defer e.bell.ring() // they wait
	return e.Executor.JobSetStateIfRunningMany(ctx, rest)
}

// JobGetCancelRequested implements riverdriver.Executor. Runs are cancelled in our own table.
func (loneExecutor) JobGetCancelRequested(context.Context, *riverdriver.JobGetCancelRequestedParams) ([]int64, error) {
	return nil, nil
}

// LeaderAttemptReelect implements riverdriver.Executor.
func (loneExecutor) LeaderAttemptReelect(_ context.Context, params *riverdriver.LeaderReelectParams) (*riverdriver.Leader, error) {
	return &riverdriver.Leader{LeaderID: params.LeaderID, ElectedAt: params.ElectedAt, ExpiresAt: time.Now().Add(params.TTL)}, nil
}

type loneTx struct {
	riverdriver.ExecutorTx
	bell *bell
	// rings tells that the transaction makes jobs available, or may.
	rings bool
}

// JobInsertFastMany implements riverdriver.Executor.
func (t *loneTx) JobInsertFastMany(ctx context.Context, params *riverdriver.JobInsertFastManyParams) ([]*riverdriver.JobInsertFastResult, error) {
	t.rings = true
	return t.ExecutorTx.JobInsertFastMany(ctx, params)
}

// JobSchedule implements riverdriver.Executor.
func (t *loneTx) JobSchedule(ctx context.Context, params *riverdriver.JobScheduleParams) ([]*riverdriver.JobScheduleResult, error) {
	results, err := t.ExecutorTx.JobSchedule(ctx, params)
	t.rings = t.rings || len(results) > 0
	return results, err
}

// NotifyMany implements riverdriver.Executor. The commit rings.
func (*loneTx) NotifyMany(context.Context, *riverdriver.NotifyManyParams) error { return nil }

// Commit implements riverdriver.ExecutorTx.
func (t *loneTx) Commit(ctx context.Context) error {
	if t.rings {
		defer t.bell.ring()
	}
	return t.ExecutorTx.Commit(ctx)
}

// bell tells the queue of jobs that are available. It is a listener that needs no database.
type bell struct {
	db   *sql.DB
	rung chan struct{}

	mu    sync.Mutex
	timer *time.Timer // for the job that is due next
}

func newBell(db *sql.DB) *bell { return &bell{db: db, rung: make(chan struct{}, 1)} }

// ring has the queue look for jobs. On PostgreSQL, where the bell is nil, the queue finds them at its next look.
func (b *bell) ring() {
	if b != nil {
		wake(b.rung)
	}
}

// setForNext has the bell ring when the next job is due. If that cannot be found out, the queue's own looks find it later.
func (b *bell) setForNext(ctx context.Context) {
	var next sql.NullFloat64
	err := b.db.QueryRowContext(ctx, "SELECT unixepoch(min(scheduled_at), 'subsec') FROM river_job WHERE state = 'available'").Scan(&next)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	if err == nil && next.Valid {
		b.timer = time.AfterFunc(time.Until(time.UnixMilli(int64(next.Float64*1000)+1)), b.ring)
	}
}

// WaitForNotification implements riverdriver.Listener.
func (b *bell) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-b.rung:
		return &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue":"` + river.QueueDefault + `"}`}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// The rest of riverdriver.Listener has nothing to do.

func (*bell) Close(context.Context) error            { return nil }
func (*bell) Connect(context.Context) error          { return nil }
func (*bell) Listen(context.Context, string) error   { return nil }
func (*bell) Ping(context.Context) error             { return nil }
func (*bell) Schema() string                         { return "" }
func (*bell) SetAfterConnectExec(string)             {}
func (*bell) Unlisten(context.Context, string) error { return nil }

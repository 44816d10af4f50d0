package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

const runColumns = "id, script, version, state, kind, coalesce(tick, 0), actor, args, attempt, rescues, host, cancel, created, started, ended, error, calls, writes, missed, event, lane, due, turn"

func scanRun(r row) (Run, error) {
	var run Run
	var tick, created, started, ended, due int64
	var args, failure string
	err := r.Scan(&run.ID, &run.Script, &run.Version, &run.State, &run.Trigger.Kind, &tick, &run.Trigger.By, &args, &run.Attempt, &run.Rescues,
		&run.Host, &run.CancelledBy, &created, &started, &ended, &failure, &run.Calls, &run.Writes, &run.missed,
		&run.Trigger.Event, &run.lane, &due, &run.Turn)
	if err != nil {
		return run, err
	}
	run.Missed = run.missed > 0
	run.Due, run.Trigger.Key = timeOf(due), keyOf(run.lane)
	run.Trigger.Tick, run.CreatedAt, run.StartedAt, run.EndedAt = timeOf(tick), timeOf(created), timeOf(started), timeOf(ended)
	if args != "" {
		if err := json.Unmarshal([]byte(args), &run.Trigger.Args); err != nil {
			return run, fmt.Errorf("arguments of run %s: %w", run.ID, err)
		}
	}
	run.Error, err = decodeError(failure)
	return run, err
}

// Trigger asks for a run of a script, which a host starts soon. A schedule's ticks are AdvanceTicks's. ErrNotFound when there is
// no such script.
func (db *DB) Trigger(ctx context.Context, script string, trigger Trigger) (Run, error) {
	now := db.Now()
	run := Run{ID: newID(now), Script: script, State: Scheduled, Trigger: trigger, Attempt: 1, CreatedAt: timeOf(microseconds(now))}
	args := ""
	if len(trigger.Args) > 0 {
		text, err := json.Marshal(trigger.Args)
		if err != nil {
			return Run{}, fmt.Errorf("arguments: %w", err)
		}
		args = string(text)
	}
	n, err := db.exec(ctx, `INSERT INTO runs (id, script, state, kind, actor, args, created)
		SELECT $1, name, $3, $4, $5, $6, CAST($7 AS BIGINT) FROM scripts WHERE name = $2`,
		run.ID, script, run.State, trigger.Kind, printable(trigger.By), args, microseconds(now))
	if err == nil && n == 0 {
		err = fmt.Errorf("script %q: %w", script, ErrNotFound)
	}
	if err == nil {
		db.touched()
	}
	return run, err
}

// Run is one run, or ErrNotFound.
func (db *DB) Run(ctx context.Context, id string) (Run, error) {
	run, err := scanRun(db.reader.QueryRowContext(ctx, "SELECT "+runColumns+" FROM runs WHERE id = $1", id))
	return run, explain(err)
}

// RunToClaim is a run with its script's current version, which is empty when the script has none, or is no longer there.
func (db *DB) RunToClaim(ctx context.Context, id string) (run Run, version string, err error) {
	if err := db.prepare(ctx, toClaimQuery); err != nil {
		return run, "", err
	}
	r := extended{more: &version}
	if s := db.prepared.statement(toClaimQuery); s != nil {
		r.row = s.QueryRowContext(ctx, id)
	} else {
		r.row = db.sql.QueryRowContext(ctx, toClaimQuery, id)
	}
	run, err = scanRun(r)
	return run, version, explain(err)
}

const toClaimQuery = "SELECT " + runColumns + ", coalesce((SELECT scripts.version FROM scripts WHERE scripts.name = runs.script), '') FROM runs WHERE id = $1"

// extended scans a run and a text behind it.
type extended struct {
	row
	more *string
}

func (e extended) Scan(dest ...any) error { return e.row.Scan(append(dest, e.more)...) }

// homeColumn is a run's Home.
const homeColumn = "coalesce((SELECT home FROM script_homes WHERE name = runs.script), runs.script)"

// scanClaimed scans a run and its homeColumn.
func scanClaimed(r row) (Run, error) {
	var home string
	run, err := scanRun(extended{r, &home})
	run.Home = home
	return run, err
}

// CancelRun ends a run that waits, or asks the host of one that goes to stop it. It returns the run as it then is: one that went
// is still running. ErrNotFound, ErrEnded.
func (db *DB) CancelRun(ctx context.Context, id, by string) (Run, error) {
	if by == "" {
		by = "somebody"
	}
	now := microseconds(db.Now())
	var run Run
	err := db.change(ctx, func(tx *sql.Tx) error {
		var err error
		run, err = scanRun(tx.QueryRowContext(ctx, "SELECT "+runColumns+" FROM runs WHERE id = $1"+db.forUpdate(), id))
		if err != nil {
			return err
		}
		if run.State.Ended() {
			return fmt.Errorf("%w: %s", ErrEnded, run.State)
		}
		run.CancelledBy = printable(by)
		if run.State == Scheduled {
			run.State, run.EndedAt = Cancelled, timeOf(now)
		}
		_, err = tx.ExecContext(ctx, "UPDATE runs SET cancel = $2, state = $3, ended = $4 WHERE id = $1", id, run.CancelledBy, run.State, microseconds(run.EndedAt))
		return err
	})
	return run, err
}

// CancelRequests are a host's running runs that somebody wants to end, with their names.
func (db *DB) CancelRequests(ctx context.Context, host string) (map[string]string, error) {
	rows, err := collect(ctx, db.sql, func(r row) ([2]string, error) {
		var pair [2]string
		return pair, r.Scan(&pair[0], &pair[1])
	}, "SELECT id, cancel FROM runs WHERE "+going+" AND host = $1 AND cancel <> ''", host)
	requests := make(map[string]string, len(rows))
	for _, pair := range rows {
		requests[pair[0]] = pair[1]
	}
	return requests, err
}

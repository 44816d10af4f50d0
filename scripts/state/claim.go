package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Verdict is what becomes of a run that is about to start.
type Verdict string

// The verdicts.
const (
	Start   Verdict = "start"   // the run is the caller's and is running
	Wait    Verdict = "wait"    // the run goes already: its own earlier host may still have it
	InLine  Verdict = "in line" // other runs of the script come first: the run waits without a job until MoveUp
	Over    Verdict = "over"    // the run has ended, now or before
	Changed Verdict = "changed" // the script has another version by now: ask again with that
)

// Claim asks to start a run.
type Claim struct {
	Run    string
	Script string
	Host   string
	// Version is the script's current version.
	Version string
	// Overlap is the @overlap of that version: skip, queue, allow or replace.
	Overlap string
	// Concurrency is how many runs of the script may go at the same time. 0 is one, and any number when Overlap is allow.
	Concurrency int
	// MakeUp reports that ticks of the script which are missed are made up for: one that is skipped because of a run whose host has
	// died already is run when that is known.
	MakeUp bool
	// Look has the run not started: Start then tells that it could be.
	Look bool
}

// The statements of ClaimRun that every run takes.
const (
	lockScript  = "UPDATE scripts SET claims = claims + 1 WHERE name = $1 RETURNING version, paused"
	readScript  = "SELECT version, paused FROM scripts WHERE name = $1"
	othersQuery = `SELECT count(CASE WHEN state = 'running' THEN 1 END),
			count(CASE WHEN state = 'running' AND lane = $3 THEN 1 END),
			count(CASE WHEN state = 'running' AND lane = $3 AND (id > $2 OR missed = 0 AND started - tick > 500000) THEN 1 END),
			count(CASE WHEN state = 'scheduled' AND lane = $3 AND (attempt = 1 OR lane <> '') AND id < $2 THEN 1 END),
			count(CASE WHEN state = 'scheduled' AND lane = $3 AND attempt = 1 AND id < $2 AND missed = 0 THEN 1 END),
			coalesce(min(CASE WHEN missed > 0 AND id < $2 THEN missed END), 0)
		FROM runs WHERE script = $1 AND state IN ('scheduled', 'running') AND id <> $2
			AND (state = 'running' OR state = 'scheduled' AND lane = $3 AND id < $2)`
	startQuery = `UPDATE runs SET state = 'running', host = $2, version = $3, started = $4, ended = 0, error = '', calls = 0, writes = 0
		WHERE id = $1`
)

// startFreely is ClaimRun for what mostly happens, in one statement: the run waits and never began, nothing of its script is in
// the way, and the caller knows the script's current version. $6 is whether others may go, and $7 whether those before it come first.
const startFreely = `UPDATE runs SET state = 'running', host = $2, version = $3, started = $4, ended = 0, error = '', calls = 0, writes = 0
	WHERE id = $1 AND script = $5 AND state = 'scheduled' AND runs.started = 0 AND cancel = ''
		AND EXISTS (SELECT 1 FROM scripts WHERE name = $5 AND version = $3 AND NOT (paused AND runs.kind = 'schedule'))
		AND (CAST($6 AS BOOLEAN)
			OR NOT EXISTS (SELECT 1 FROM runs AS o WHERE o.script = $5 AND o.state IN ('scheduled', 'running')
				AND o.state = 'running' AND o.lane = runs.lane AND o.id <> $1)
			AND (runs.lane <> '' OR NOT EXISTS (SELECT 1 FROM runs AS o WHERE o.script = $5 AND o.state IN ('scheduled', 'running')
				AND o.state = 'scheduled' AND o.lane = ''
				AND o.missed > 0 AND o.id <> $1))
			AND (NOT CAST($7 AS BOOLEAN) OR NOT EXISTS (SELECT 1 FROM runs AS o WHERE o.script = $5 AND o.state = 'scheduled'
				AND o.lane = runs.lane AND o.id < $1)))
	RETURNING ` + runColumns + ", " + homeColumn

// StartRun is ClaimRun for a run that nothing is in the way of. Started is false when ClaimRun has to decide.
func (db *DB) StartRun(ctx context.Context, c Claim) (run Run, started bool, err error) {
	allow := c.Overlap == "allow"
	if c.Version == "" || c.Overlap == "replace" || c.Concurrency > 0 {
		return run, false, nil
	}
	args := []any{c.Run, c.Host, c.Version, microseconds(db.Now()), c.Script, allow, c.Overlap == "queue" || c.MakeUp}
	if db.pool != nil {
		run, err = db.startTogether(ctx, allow, args)
	} else {
		run, err = db.startAlone(ctx, args)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return run, false, nil
	}
	if err == nil {
		db.touched()
	}
	return run, err == nil, explain(err)
}

func (db *DB) startAlone(ctx context.Context, args []any) (Run, error) {
	if err := db.prepare(ctx, startFreely); err != nil {
		return Run{}, err
	}
	return scanClaimed(db.prepared.statement(startFreely).QueryRowContext(ctx, args...))
}

// startTogether counts the claim first, unless others may go: whoever claims a run of the script at the same time waits, and the statement
// behind sees what became of theirs. Both travel together and are one transaction.
func (db *DB) startTogether(ctx context.Context, allow bool, args []any) (run Run, err error) {
	batch := &pgx.Batch{}
	if !allow {
		batch.Queue("UPDATE scripts SET claims = claims + 1 WHERE name = $1", args[4])
	}
	batch.Queue(startFreely, args...).QueryRow(func(row pgx.Row) error {
		run, err = scanClaimed(row)
		if errors.Is(err, pgx.ErrNoRows) {
			err = sql.ErrNoRows
			return nil // the transaction is to go on
		}
		return err
	})
	return run, errors.Join(err, db.pool.SendBatch(ctx, batch).Close())
}

// ClaimRun decides whether a run starts now, by the other runs of its script, and notes that it does.
func (db *DB) ClaimRun(ctx context.Context, c Claim) (run Run, verdict Verdict, err error) {
	now := microseconds(db.Now())
	runQuery := "SELECT " + runColumns + ", " + homeColumn + " FROM runs WHERE id = $1" + db.forUpdate()
	if err := db.prepare(ctx, lockScript, readScript, runQuery, othersQuery, startQuery); err != nil {
		return run, "", err
	}
	err = db.transact(ctx, func(plain *sql.Tx) error {
		tx := quick{plain, &db.prepared}
		// Whoever counts first goes first: the others wait here. Where nobody has to wait, nobody counts.
		script := lockScript
		if c.Overlap == "allow" && c.Concurrency == 0 {
			script = readScript
		}
		var version string
		var paused bool
		removed := false
		err := tx.QueryRowContext(ctx, script, c.Script).Scan(&version, &paused)
		if errors.Is(err, sql.ErrNoRows) {
			removed = true
		} else if err != nil {
			return err
		}
		if run, err = scanClaimed(tx.QueryRowContext(ctx, runQuery, c.Run)); err != nil {
			return err
		}
		run.Again = !run.StartedAt.IsZero()
		run.Interrupted = run.Again && run.EndedAt.IsZero()
		switch {
		case run.State.Ended():
			verdict = Over
			return nil
		case run.State == Running:
			verdict = Wait
			return nil
		case run.Script != c.Script: // it was renamed
			verdict = Changed
			return nil
		case removed:
			verdict = Over
			return endRun(ctx, tx, &run, Cancelled, &RunError{Kind: "interrupt", Message: "the script was removed before the run began"}, now)
		case version != c.Version:
			verdict = Changed
			return nil
		case paused && run.Trigger.Kind == BySchedule && !run.Again:
			verdict = Over
			return endRun(ctx, tx, &run, Skipped, &RunError{Kind: "skipped", Message: "the script was paused"}, now)
		}
		if verdict, err = overlap(ctx, tx, &run, c, now); err != nil || verdict != Start || c.Look {
			return err
		}
		run.State, run.Host, run.Version, run.StartedAt, run.Error = Running, c.Host, c.Version, timeOf(now), nil
		run.Calls, run.Writes = 0, 0
		_, err = tx.ExecContext(ctx, startQuery, run.ID, run.Host, run.Version, now)
		return err
	})
	if err == nil && (verdict == Start && !c.Look || verdict == Over || c.Overlap == "replace") {
		db.touched()
	}
	return run, verdict, err
}

// perhapsMissed is runs.missed of a run that was skipped, and would not have been if the run before it had been known to be over, since its
// host was dead or could not note its end.
const perhapsMissed = -1

// WaitersPerMissed is how many ticks may come due and wait while a run that makes up for a missed one waits and goes. A script whose
// runs take as long as its schedule allows would have ever more of them.
const WaitersPerMissed = 10

// makeUpQuery has runs wait that were skipped because of a run after its end, or after the last sign of life of its host.
var makeUpQuery = fmt.Sprintf(`UPDATE runs SET state = 'scheduled', missed = %d, job = NULL, ended = 0, error = ''
	WHERE script = $1 AND id > $2 AND state = 'skipped' AND missed = %d AND created >= $3`, WaitersPerMissed, perhapsMissed)

// awaitClaims waits for those who are claiming runs of a script, who may be skipping ticks because of what they saw, and has others
// wait for the end of the transaction.
func awaitClaims(ctx context.Context, tx querier, script string) error {
	_, err := tx.ExecContext(ctx, "UPDATE scripts SET claims = claims + 1 WHERE name = $1", script)
	return err
}

// MaxQueued bounds the runs of a script that wait for each other: a script that always takes longer than its schedule allows would
// have ever more of them.
const MaxQueued = 100

// others are the other runs of a script as a run sees them. All are those that go, and the further counts are of its own lane.
type others struct {
	all, going, before int
	// later are those of going that would not be in the way had they begun in time: they came after the run, or are ticks that began
	// half a second late.
	later int
	// plain are those of before that do not make up for missed ticks.
	plain int
	// room is how many may still wait behind runs that make up for missed ticks, or 0 when there are none before.
	room int
}

// overlap decides by the other runs of the script. A run that began once, before a retry or the loss of its host, waits where
// a new one would be skipped. Runs that make up for missed ticks go one after the other; ticks that come due meanwhile wait behind
// them, and count as missed from then on.
func overlap(ctx context.Context, tx querier, run *Run, c Claim, now int64) (Verdict, error) {
	if c.Overlap == "allow" && c.Concurrency == 0 {
		return Start, nil
	}
	var o others
	err := tx.QueryRowContext(ctx, othersQuery, run.Script, run.ID, run.lane).Scan(&o.all, &o.going, &o.later, &o.before, &o.plain, &o.room)
	if err != nil {
		return "", err
	}
	if isTick := run.Trigger.Kind == BySchedule && !run.Again && !run.Missed && c.Overlap != "allow"; isTick {
		switch {
		case o.room > 1:
			run.missed = o.room - 1
		case c.MakeUp && (o.later > 0 || c.Overlap == "skip" && o.before > 0): // a host had one of them that died, or all were busy
			run.missed = WaitersPerMissed
		}
	}
	if run.missed > 0 && !run.Missed {
		run.Missed = true
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET missed = $2 WHERE id = $1", run.ID, run.missed); err != nil {
			return "", err
		}
	}
	isEvent := run.Trigger.Kind == ByEvent
	limit := max(c.Concurrency, 1)
	if run.Trigger.Key != "" { // they keep their order
		limit = 1
	}
	ahead := o.going
	switch {
	case c.Overlap == "allow":
	case run.Missed:
		limit, ahead = 1, o.going+o.before
	case c.Overlap == "replace":
		// Those that wait end here, those that go are asked to.
		_, err := tx.ExecContext(ctx, `UPDATE runs SET cancel = $3,
				ended = CASE WHEN state = 'scheduled' THEN $4 ELSE ended END, state = CASE WHEN state = 'scheduled' THEN 'cancelled' ELSE state END
			WHERE script = $1 AND lane = $5 AND id < $2 AND state IN ('scheduled', 'running') AND cancel = '' AND missed = 0`,
			run.Script, run.ID, "run "+run.ID, now, run.lane)
		if err != nil {
			return "", err
		}
	case c.Overlap == "queue" && !run.Again && o.plain >= MaxQueued && !isEvent: // what was acknowledged is not lost
		return Over, endRun(ctx, tx, run, Skipped, &RunError{
			Kind: "skipped", Message: fmt.Sprintf("%d runs of the script wait already", o.plain), Hint: "it takes longer than its schedule allows: run it less often",
		}, now)
	case c.Overlap == "queue" && (!run.Again || isEvent):
		ahead += o.before
	case o.room > 0 && run.Trigger.Kind == BySchedule && !run.Again:
		return Over, endRun(ctx, tx, run, Skipped, &RunError{
			Kind: "skipped", Message: "the runs that make up for missed ones were not done", Hint: "they take longer than the schedule allows: run it less often",
		}, now)
	case o.going >= limit && !run.Again:
		if c.MakeUp && run.Trigger.Kind == BySchedule {
			if _, err := tx.ExecContext(ctx, "UPDATE runs SET missed = $2 WHERE id = $1", run.ID, perhapsMissed); err != nil {
				return "", err
			}
		}
		return Over, endRun(ctx, tx, run, Skipped, &RunError{Kind: "skipped", Message: "the run before was still going", Hint: "@overlap queue or allow would have run it"}, now)
	}
	isFull := c.Concurrency > 0 && o.all >= c.Concurrency
	if !isFull && (ahead < limit || c.Overlap == "allow") {
		return Start, nil
	}
	if c.Look {
		return InLine, nil
	}
	_, err = tx.ExecContext(ctx, "UPDATE runs SET job = NULL WHERE id = $1", run.ID)
	return InLine, err
}

func endRun(ctx context.Context, tx querier, run *Run, state RunState, failure *RunError, now int64) error {
	run.State, run.Error, run.EndedAt = state, failure, timeOf(now)
	text, err := encodeError(failure)
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE runs SET state = $2, error = $3, ended = $4 WHERE id = $1", run.ID, state, text, now)
	}
	return err
}

// FinishRun notes the end of a run that ClaimRun started, with its state, error, calls and writes. ErrLost when another host has
// taken it over.
func (db *DB) FinishRun(ctx context.Context, run Run) error {
	if !run.State.Ended() {
		return fmt.Errorf("run %s cannot end as %s", run.ID, run.State)
	}
	failure, err := encodeError(run.Error)
	if err != nil {
		return err
	}
	now := db.Now()
	err = db.own(ctx, run, `UPDATE runs SET state = $4, error = $5, ended = $6, calls = $7, writes = $8
		WHERE id = $1 AND host = $2 AND rescues = $3 AND state = 'running'`,
		run.State, failure, microseconds(now), run.Calls, run.Writes)
	if err == nil && !run.EndedAt.IsZero() && now.Sub(run.EndedAt) > lateEnd {
		// Ticks may have been skipped because of it since.
		err = db.transact(ctx, func(tx *sql.Tx) error {
			if err := awaitClaims(ctx, tx, run.Script); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, makeUpQuery, run.Script, run.ID, microseconds(run.EndedAt))
			return err
		})
		db.touched()
	}
	return err
}

// lateEnd is how long after a run's end it is noted when the database was away.
const lateEnd = 200 * time.Millisecond

// RetryRun notes that a run's attempt failed and that there will be another one. ErrLost as in FinishRun. A run that somebody
// wants to end by now ends: ErrEnded.
func (db *DB) RetryRun(ctx context.Context, run Run) error {
	failure, err := encodeError(run.Error)
	if err != nil {
		return err
	}
	err = db.own(ctx, run, `UPDATE runs SET error = $4, ended = $5, calls = $6, writes = $7, attempt = attempt + CASE WHEN cancel = '' THEN 1 ELSE 0 END,
			state = CASE WHEN cancel = '' THEN 'scheduled' ELSE 'cancelled' END, host = CASE WHEN cancel = '' THEN '' ELSE host END
		WHERE id = $1 AND host = $2 AND rescues = $3 AND state = 'running'`,
		failure, microseconds(db.Now()), run.Calls, run.Writes)
	if err != nil {
		return err
	}
	now, err := db.Run(ctx, run.ID)
	if err == nil && now.State.Ended() {
		err = ErrEnded
	}
	return err
}

// ReleaseRun gives a run back that its host claimed and does not run: it waits again. It reports whether the run was still the
// host's.
func (db *DB) ReleaseRun(ctx context.Context, run Run) (bool, error) {
	err := db.own(ctx, run, `UPDATE runs SET host = '', ended = CASE WHEN cancel = '' THEN 0 ELSE CAST($4 AS BIGINT) END,
			state = CASE WHEN cancel = '' THEN 'scheduled' ELSE 'cancelled' END
		WHERE id = $1 AND host = $2 AND rescues = $3 AND state = 'running'`, microseconds(db.Now()))
	if errors.Is(err, ErrLost) {
		return false, nil
	}
	return err == nil, err
}

// own changes a run that is still the caller's.
func (db *DB) own(ctx context.Context, run Run, query string, args ...any) error {
	n, err := db.execPrepared(ctx, query, append([]any{run.ID, run.Host, run.Rescues}, args...)...)
	if err == nil && n == 0 {
		err = fmt.Errorf("run %s: %w", run.ID, ErrLost)
	}
	if err == nil {
		db.touched()
	}
	return err
}

// MaxRescues bounds how many hosts a run may take with it.
const MaxRescues = 5

// releaseRuns gives back the runs of a host that is gone: they wait again. A run that somebody wanted to end has ended, and
// one that hosts keep dying of has failed. It returns the jobs of all of them.
//
// Beat is when a host that died was last heard of, or 0 when it left by itself.
func releaseRuns(ctx context.Context, tx *sql.Tx, host string, beat int64, now time.Time) ([]int64, error) {
	runs, err := collect(ctx, tx, func(r row) (released, error) {
		var one released
		var job sql.NullInt64
		err := r.Scan(&one.id, &one.script, &one.rescues, &one.cancel, &job)
		one.job = job.Int64
		return one, err
	}, "SELECT id, script, rescues, cancel, job FROM runs WHERE "+going+" AND host = $1", host)
	if err != nil {
		return nil, err
	}
	// Not by the database: SQLite would read all runs in their order.
	slices.SortFunc(runs, func(a, b released) int { return strings.Compare(a.id, b.id) })
	if beat > 0 {
		for _, script := range scriptsOf(runs) { // in one order, for those who do the same at this moment
			if err := awaitClaims(ctx, tx, script); err != nil {
				return nil, err
			}
		}
	}
	var jobs []int64
	for _, one := range runs {
		run := Run{ID: one.id}
		if one.job != 0 {
			jobs = append(jobs, one.job)
		}
		if beat > 0 {
			one.rescues++
			if _, err := tx.ExecContext(ctx, makeUpQuery, one.script, one.id, beat); err != nil {
				return nil, err
			}
		}
		switch {
		case one.cancel != "":
			err = endRun(ctx, tx, &run, Cancelled, nil, microseconds(now))
		case one.rescues > MaxRescues:
			err = endRun(ctx, tx, &run, Failed, &RunError{
				Kind: "worker", Message: fmt.Sprintf("the host died %d times in this run", one.rescues),
				Hint: "see the hosts' logs for what ended them; trigger the script by hand to try again",
			}, microseconds(now))
		default:
			_, err = tx.ExecContext(ctx, "UPDATE runs SET state = 'scheduled', host = '', rescues = $2 WHERE id = $1", one.id, one.rescues)
		}
		if err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

type released struct {
	id, script, cancel string
	rescues            int
	job                int64
}

// scriptsOf are the scripts of runs, in order.
func scriptsOf(runs []released) []string {
	var names []string
	for _, one := range runs {
		names = append(names, one.script)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

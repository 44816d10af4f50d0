package state

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Line is what waits of a script without jobs in the queue, and what is in its way. A script's runs stand in its line while others of
// it come first, so that the queue holds few runs of each script and none of them keeps the others' waiting.
type Line struct {
	Script string
	// Version is the script's current version, or empty.
	Version string
	// Ticks are the runs of ticks and those that people asked for, and Events those that events start.
	Ticks, Events Waiting
	// Missed reports that the first of Ticks makes up for a missed tick.
	Missed bool
	// Keyed reports that some of Events have a key.
	Keyed bool
}

// InProgress is how many runs go or are about to.
func (l Line) InProgress() int {
	return l.Ticks.Going + l.Ticks.Queued + l.Events.Going + l.Events.Queued
}

// Waiting are runs of a script's line.
type Waiting struct {
	// Some reports that a run waits without a job.
	Some bool
	// Going are those in progress, and Queued those that wait with a job and have not begun.
	Going, Queued int
}

// lineIndex is for runs without a job, by script.
const lineIndex = `DROP INDEX runs_undispatched;
	CREATE INDEX runs_line ON runs (script, id) WHERE job IS NULL AND state = 'scheduled'`

// eventLines replaces lineIndex, and has what waits of each lane.
const eventLines = `DROP INDEX runs_line;
	CREATE INDEX runs_line ON runs (script, lane, id) WHERE job IS NULL AND state = 'scheduled';
	CREATE INDEX runs_open_lane ON runs (script, lane, id) WHERE lane <> '' AND state IN ('scheduled', 'running')`

// lineColumns are of a script that the table line names.
const lineColumns = `SELECT line.script, coalesce((SELECT version FROM scripts WHERE name = line.script), ''),
		coalesce((SELECT missed FROM runs WHERE script = line.script AND lane = '' AND job IS NULL AND state = 'scheduled' ORDER BY id LIMIT 1), -1),
		(SELECT count(*) FROM runs WHERE script = line.script AND state IN ('scheduled', 'running') AND state = 'running' AND lane = ''),
		(SELECT count(*) FROM runs WHERE script = line.script AND state IN ('scheduled', 'running') AND state = 'scheduled' AND lane = ''
			AND job IS NOT NULL AND started = 0),
		EXISTS (SELECT 1 FROM runs WHERE script = line.script AND lane > '' AND job IS NULL AND state = 'scheduled'),
		EXISTS (SELECT 1 FROM runs WHERE script = line.script AND lane > '` + lanePrefix + `' AND job IS NULL AND state = 'scheduled'),
		(SELECT count(*) FROM runs WHERE script = line.script AND state IN ('scheduled', 'running') AND state = 'running' AND lane <> ''),
		(SELECT count(*) FROM runs WHERE script = line.script AND state IN ('scheduled', 'running') AND state = 'scheduled' AND lane <> ''
			AND job IS NOT NULL AND started = 0)
	FROM line `

// linesQuery steps from script to script in the index: a line may hold thousands of runs.
const linesQuery = `WITH RECURSIVE line (script) AS (
		SELECT min(script) FROM runs WHERE job IS NULL AND state = 'scheduled' AND script > $1
		UNION ALL
		SELECT (SELECT min(runs.script) FROM runs WHERE job IS NULL AND state = 'scheduled' AND runs.script > line.script)
			FROM line WHERE line.script IS NOT NULL
	) ` + lineColumns + "WHERE line.script IS NOT NULL LIMIT $2"

// Lines are the lines of scripts behind a name, in the order of the names, at most limit.
func (db *DB) Lines(ctx context.Context, after string, limit int) ([]Line, error) {
	if err := db.prepare(ctx, linesQuery); err != nil {
		return nil, err
	}
	return collect(ctx, db.sql, scanLine, linesQuery, after, limit)
}

const lineQuery = "WITH line (script) AS (SELECT script FROM runs WHERE id = $1) " + lineColumns

// LineOf is the line of a run's script, which may have been renamed since the run began. It is false when nothing waits in it.
func (db *DB) LineOf(ctx context.Context, run string) (Line, bool, error) {
	return oneLine(collect(ctx, db.sql, scanLine, lineQuery, run))
}

// LineOfScript is the line of a script. It is false when nothing waits in it.
func (db *DB) LineOfScript(ctx context.Context, script string) (Line, bool, error) {
	return oneLine(collect(ctx, db.sql, scanLine, "WITH line (script) AS (SELECT CAST($1 AS TEXT)) "+lineColumns, script))
}

func oneLine(lines []Line, err error) (Line, bool, error) {
	if err != nil || len(lines) == 0 || !lines[0].Ticks.Some && !lines[0].Events.Some {
		return Line{}, false, err
	}
	return lines[0], true, nil
}

func scanLine(r row) (Line, error) {
	var l Line
	var missed int
	err := r.Scan(&l.Script, &l.Version, &missed, &l.Ticks.Going, &l.Ticks.Queued, &l.Events.Some, &l.Keyed, &l.Events.Going, &l.Events.Queued)
	l.Missed, l.Ticks.Some = missed > 0, missed >= 0
	return l, err
}

// Turn lets runs of a script's line go to the queue.
type Turn struct {
	Script string
	Runs   int
	Of     Part
	// After is a lane: parts of lanes begin with the next one, and with the first behind the last one.
	After string
}

// Part is which runs of a line have their turn.
type Part int

// The parts.
const (
	Head    Part = iota // the first runs of ticks and of people
	NewHead             // the first of them that have not begun before
	Excess              // those of them behind the first MaxQueued, to be skipped
	Events              // the first runs that events start without a key and that are due
	Lanes               // the first run of each lane, if it is due and no earlier one of the lane waits or goes
	Firsts              // the first run of each lane that is due, whatever goes
	Lasts               // the last run of each lane that is due, unless one that it replaces is being stopped
)

// OfLanes reports whether the part has a run of each lane.
func (p Part) OfLanes() bool { return p >= Lanes }

const (
	headQuery    = "SELECT " + runColumns + " FROM runs WHERE script = $1 AND lane = '' AND job IS NULL AND state = 'scheduled' ORDER BY id LIMIT $2"
	newHeadQuery = "SELECT " + runColumns + ` FROM runs WHERE script = $1 AND lane = '' AND job IS NULL AND state = 'scheduled' AND started = 0
		ORDER BY id LIMIT $2`
	excessQuery = "SELECT " + runColumns + ` FROM runs WHERE script = $1 AND lane = '' AND job IS NULL AND state = 'scheduled'
		ORDER BY id LIMIT $2 OFFSET $3`
	eventsQuery = "SELECT " + runColumns + ` FROM runs WHERE script = $1 AND lane = '` + lanePrefix + `' AND job IS NULL AND state = 'scheduled'
		AND due <= $3 ORDER BY id LIMIT $2`

	// The index is followed from lane to lane: one may hold thousands of runs. PostgreSQL must not do it again for each run, which it
	// may find best while it believes that there are few.
	lanesQuery = `WITH RECURSIVE lanes (name) AS (
			SELECT min(lane) FROM runs WHERE script = $1 AND lane > $4 AND job IS NULL AND state = 'scheduled' AND ($5 = '' OR lane <= $5)
			UNION ALL
			SELECT (SELECT min(lane) FROM runs WHERE script = $1 AND lane > lanes.name AND job IS NULL AND state = 'scheduled'
				AND ($5 = '' OR lane <= $5)) FROM lanes WHERE lanes.name IS NOT NULL
		), picked (run) AS MATERIALIZED (`
	// The conditions are for rows that another host changed meanwhile.
	pickedRuns = ") SELECT " + runColumns + " FROM picked JOIN runs ON id = run WHERE job IS NULL AND state = 'scheduled' ORDER BY lane"
	inOrder    = lanesQuery + `
		SELECT one.id FROM (SELECT name, (SELECT min(id) FROM runs WHERE script = $1 AND lane = lanes.name AND job IS NULL
			AND state = 'scheduled') AS id FROM lanes WHERE name IS NOT NULL) AS one
		WHERE (SELECT due FROM runs WHERE id = one.id) <= $3
			AND NOT EXISTS (SELECT 1 FROM runs AS o WHERE o.script = $1 AND o.lane = one.name AND o.lane <> ''
				AND o.state IN ('scheduled', 'running') AND o.id < one.id)
		ORDER BY one.name LIMIT $2` + pickedRuns
	firstOfEach = lanesQuery + `
		SELECT one.id FROM (SELECT name, (SELECT min(id) FROM runs WHERE script = $1 AND lane = lanes.name AND job IS NULL
			AND state = 'scheduled' AND due <= $3) AS id FROM lanes WHERE name IS NOT NULL) AS one
		WHERE one.id IS NOT NULL ORDER BY one.name LIMIT $2` + pickedRuns
	lastOfEach = lanesQuery + `
		SELECT one.id FROM (SELECT name, (SELECT max(id) FROM runs WHERE script = $1 AND lane = lanes.name AND job IS NULL
			AND state = 'scheduled' AND due <= $3) AS id FROM lanes WHERE name IS NOT NULL) AS one
		WHERE one.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs AS o WHERE o.script = $1 AND o.lane = one.name AND o.lane <> ''
			AND o.state IN ('scheduled', 'running') AND o.state = 'running' AND o.cancel <> '')
		ORDER BY one.name LIMIT $2` + pickedRuns
	setJob = "UPDATE runs SET job = $2, gathers = 0 WHERE id = $1"
)

// MoveUp makes jobs for the runs whose turn it is, and returns them. Those that another host has moved up at this moment are left out.
func (db *DB) MoveUp(ctx context.Context, turns []Turn, enqueue Enqueue) ([]Run, error) {
	err := db.prepare(ctx, headQuery, newHeadQuery, excessQuery, eventsQuery, inOrder, firstOfEach, lastOfEach, setJob)
	if err != nil {
		return nil, err
	}
	now := microseconds(db.Now())
	var runs []Run
	err = db.togetherIn(ctx, func(tx Tx, do doer) error {
		runs = nil
		seen := map[string]bool{}
		for _, turn := range turns {
			for _, q := range turn.queries(now) {
				some, err := db.runsIn(ctx, tx, q.query, q.args...)
				if err != nil {
					return err
				}
				left := turn.Runs
				for _, run := range some {
					if left > 0 && !seen[run.ID] {
						seen[run.ID] = true
						runs = append(runs, run)
						left--
					}
				}
				if turn.Runs = left; left == 0 {
					break
				}
			}
		}
		jobs, err := enqueueAll(ctx, tx, enqueue, runs)
		if err != nil {
			return err
		}
		_, err = do(len(runs), func(i int) (string, []any) { return setJob, []any{runs[i].ID, jobs[runs[i].ID]} })
		return err
	})
	return runs, err
}

// queries select the runs of a turn.
func (t Turn) queries(now int64) []statement {
	lanes := func(query string) []statement {
		list := []statement{{query, []any{t.Script, t.Runs, now, t.After, ""}}}
		if t.After == "" {
			return list
		}
		return append(list, statement{query, []any{t.Script, t.Runs, now, "", t.After}})
	}
	switch t.Of {
	case NewHead:
		return []statement{{newHeadQuery, []any{t.Script, t.Runs}}}
	case Excess:
		return []statement{{excessQuery, []any{t.Script, t.Runs, MaxQueued}}}
	case Events:
		return []statement{{eventsQuery, []any{t.Script, t.Runs, now}}}
	case Lanes:
		return lanes(inOrder)
	case Firsts:
		return lanes(firstOfEach)
	case Lasts:
		return lanes(lastOfEach)
	}
	return []statement{{headQuery, []any{t.Script, t.Runs}}}
}

// runsIn reads runs in a transaction and holds them for it.
func (db *DB) runsIn(ctx context.Context, tx Tx, query string, args ...any) ([]Run, error) {
	if tx.Postgres == nil {
		return collect(ctx, quick{tx.SQLite, &db.prepared}, scanRun, query, args...)
	}
	rows, err := tx.Postgres.Query(ctx, query+" FOR UPDATE OF runs SKIP LOCKED", args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Run, error) { return scanRun(r) })
}

// enqueueAll makes jobs of runs and returns them by the runs' IDs, as the column job takes them.
func enqueueAll(ctx context.Context, tx Tx, enqueue Enqueue, runs []Run) (map[string]any, error) {
	jobs := make(map[string]any, len(runs))
	if len(runs) == 0 {
		return jobs, nil
	}
	numbers, err := enqueue(ctx, tx, runs)
	if err != nil {
		return nil, err
	}
	for i, run := range runs {
		jobs[run.ID] = numbers[i]
	}
	return jobs, nil
}

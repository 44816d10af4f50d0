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
	// Going are the script's runs in progress, and Queued those that wait with a job and have not begun.
	Going, Queued int
	// Missed reports that the run at the head makes up for a missed tick.
	Missed bool
	waits  bool
}

// lineIndex is for runs without a job, by script.
const lineIndex = `DROP INDEX runs_undispatched;
	CREATE INDEX runs_line ON runs (script, id) WHERE job IS NULL AND state = 'scheduled'`

// lineColumns are of a script that the table line names.
const lineColumns = `SELECT line.script, coalesce((SELECT version FROM scripts WHERE name = line.script), ''),
		(SELECT count(*) FROM runs WHERE script = line.script AND state IN ('scheduled', 'running') AND state = 'running'),
		(SELECT count(*) FROM runs WHERE script = line.script AND state IN ('scheduled', 'running') AND state = 'scheduled'
			AND job IS NOT NULL AND started = 0),
		coalesce((SELECT missed FROM runs WHERE script = line.script AND job IS NULL AND state = 'scheduled' ORDER BY id LIMIT 1), -1)
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
	lines, err := collect(ctx, db.sql, scanLine, lineQuery, run)
	if err != nil || len(lines) == 0 || !lines[0].waits {
		return Line{}, false, err
	}
	return lines[0], true, nil
}

func scanLine(r row) (Line, error) {
	var l Line
	var missed int
	err := r.Scan(&l.Script, &l.Version, &l.Going, &l.Queued, &missed)
	l.Missed, l.waits = missed > 0, missed >= 0
	return l, err
}

// Turn lets the first runs of a script's line go to the queue.
type Turn struct {
	Script string
	Runs   int
	// New leaves those in line that have begun before.
	New bool
}

const (
	headQuery    = "SELECT " + runColumns + " FROM runs WHERE script = $1 AND job IS NULL AND state = 'scheduled' ORDER BY id LIMIT $2"
	newHeadQuery = "SELECT " + runColumns + ` FROM runs WHERE script = $1 AND job IS NULL AND state = 'scheduled' AND started = 0
		ORDER BY id LIMIT $2`
	setJob = "UPDATE runs SET job = $2 WHERE id = $1"
)

// MoveUp makes jobs for the runs whose turn it is, and returns how many there were. Those that another host has moved up at this moment are left out.
func (db *DB) MoveUp(ctx context.Context, turns []Turn, enqueue Enqueue) (int, error) {
	if err := db.prepare(ctx, headQuery, newHeadQuery, setJob); err != nil {
		return 0, err
	}
	total := 0
	err := db.togetherIn(ctx, func(tx Tx, do doer) error {
		var runs []Run
		for _, turn := range turns {
			query := headQuery
			if turn.New {
				query = newHeadQuery
			}
			some, err := db.runsIn(ctx, tx, query, turn.Script, turn.Runs)
			if err != nil {
				return err
			}
			runs = append(runs, some...)
		}
		jobs, err := enqueueAll(ctx, tx, enqueue, runs)
		if err != nil {
			return err
		}
		total = len(runs)
		_, err = do(len(runs), func(i int) (string, []any) { return setJob, []any{runs[i].ID, jobs[runs[i].ID]} })
		return err
	})
	return total, err
}

// runsIn reads runs in a transaction and holds them for it.
func (db *DB) runsIn(ctx context.Context, tx Tx, query string, args ...any) ([]Run, error) {
	if tx.Postgres == nil {
		return collect(ctx, quick{tx.SQLite, &db.prepared}, scanRun, query, args...)
	}
	rows, err := tx.Postgres.Query(ctx, query+" FOR UPDATE SKIP LOCKED", args...)
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

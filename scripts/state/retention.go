package state

import (
	"context"
	"database/sql"
	"time"
)

// Retention is how long runs are kept. Zero fields keep all.
type Retention struct {
	// Age drops runs that ended longer ago.
	Age time.Duration
	// Count keeps this many ended runs of each script.
	Count int
}

// Bounds of pruning, which others wait for.
const (
	// PruneMost is how many runs a call of Prune drops at most.
	PruneMost = 5000
	// pruneTime is when a transaction ends although there is more to drop: a run can have 10,000 lines.
	pruneTime = 30 * time.Millisecond
)

const ended = "state NOT IN ('scheduled', 'running')"

// Prune drops what a retention no longer keeps: ended runs with their logs and calls, versions that no script or run names, and
// stored values that have expired. It works in small steps, between which others get their turn, and returns the number
// of runs: with PruneMost there may be more to drop.
func (db *DB) Prune(ctx context.Context, r Retention) (int, error) {
	total := 0
	now := db.Now()
	if r.Age > 0 {
		n, err := db.pruneRuns(ctx, PruneMost, "SELECT id FROM runs WHERE created < $1 AND ended > 0 AND ended < $1 AND "+ended+" ORDER BY created LIMIT $2",
			microseconds(now.Add(-r.Age)))
		total += n
		if err != nil {
			return total, err
		}
	}
	if r.Count > 0 {
		n, err := db.pruneCount(ctx, PruneMost-total, r.Count)
		total += n
		if err != nil {
			return total, err
		}
	}
	if err := db.pruneVersions(ctx, now); err != nil {
		return total, err
	}
	if err := db.dropDepartures(ctx); err != nil {
		return total, err
	}
	_, err := db.exec(ctx, "DELETE FROM store WHERE expires > 0 AND expires <= $1", microseconds(now))
	return total, err
}

// pruneCount keeps a number of ended runs of each script.
func (db *DB) pruneCount(ctx context.Context, most, count int) (int, error) {
	total := 0
	scripts, err := collect(ctx, db.sql, scanText, "SELECT script FROM runs GROUP BY script HAVING count(*) > $1 ORDER BY script", count)
	for _, script := range scripts {
		var newest string // of those that go
		err = db.sql.QueryRowContext(ctx, "SELECT coalesce((SELECT id FROM runs WHERE script = $1 AND "+ended+" ORDER BY id DESC LIMIT 1 OFFSET $2), '')",
			script, count).Scan(&newest)
		if err == nil && newest != "" {
			var n int
			n, err = db.pruneRuns(ctx, most-total, "SELECT id FROM runs WHERE script = $1 AND id <= $2 AND "+ended+" ORDER BY id LIMIT $3", script, newest)
			total += n
		}
		if err != nil || total >= most {
			break
		}
	}
	return total, explain(err)
}

// What goes of a run.
var dropRun = []string{"DELETE FROM run_logs WHERE run = $1", "DELETE FROM run_calls WHERE run = $1", "DELETE FROM runs WHERE id = $1"}

// pruneRuns drops the runs that a query selects, whose last argument is their number.
func (db *DB) pruneRuns(ctx context.Context, most int, query string, args ...any) (total int, err error) {
	if most <= 0 {
		return 0, nil
	}
	rest, err := collect(ctx, db.sql, scanText, query, append(args, most)...)
	if err == nil {
		err = db.prepare(ctx, dropRun...)
	}
	for len(rest) > 0 && err == nil {
		n := 0
		err = db.change(ctx, func(plain *sql.Tx) error {
			tx := quick{plain, &db.prepared}
			for begin := time.Now(); n < len(rest) && (n == 0 || time.Since(begin) < pruneTime); n++ {
				for _, drop := range dropRun {
					if _, err := tx.ExecContext(ctx, drop, rest[n]); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err == nil {
			rest, total = rest[n:], total+n
		}
	}
	return total, err
}

// pruneVersions drops versions that nobody names.
func (db *DB) pruneVersions(ctx context.Context, now time.Time) error {
	// A version is saved before its script is: the age leaves those alone that are about to be named. Nearly all runs of a version
	// are of its own script; only for what is left all runs are gone through.
	old := microseconds(now.Add(-time.Hour))
	const unnamed = `created < $1 AND NOT EXISTS (SELECT 1 FROM scripts WHERE scripts.version = versions.hash)
		AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.script = versions.script AND runs.version = versions.hash)`
	candidates, err := collect(ctx, db.sql, scanText, "SELECT hash FROM versions WHERE "+unnamed+" LIMIT 1", old)
	if err != nil || len(candidates) == 0 {
		return err
	}
	_, err = db.exec(ctx, "DELETE FROM versions WHERE "+unnamed+" AND hash NOT IN (SELECT DISTINCT version FROM runs)", old)
	return err
}

func scanText(r row) (string, error) {
	var text string
	return text, r.Scan(&text)
}

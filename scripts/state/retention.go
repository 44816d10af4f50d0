package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
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
	// pruneTime is how long a transaction should take: a run can have 10,000 lines.
	pruneTime = 15 * time.Millisecond
)

const ended = "state NOT IN ('scheduled', 'running')"

// Prune drops what a retention no longer keeps: ended runs with their logs and calls, versions that no script or run names, and
// stored values that have expired. It works in small steps, between which others get their turn, and returns the number
// of runs: with PruneMost there may be more to drop.
func (db *DB) Prune(ctx context.Context, r Retention) (int, error) {
	total := 0
	now := db.Now()
	if r.Age > 0 {
		before := now.Add(-r.Age)
		old, err := collect(ctx, db.reader, scanText, "SELECT id FROM runs WHERE id < $1 AND created < $2 AND ended > 0 AND ended < $2 AND "+ended+
			" ORDER BY id LIMIT $3", firstID(before.Add(idAhead)), microseconds(before), PruneMost)
		if err != nil {
			return total, err
		}
		n, err := db.pruneRuns(ctx, old)
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
	if err := db.pruneEvents(ctx); err != nil {
		return total, err
	}
	if err := db.pruneExpectations(ctx); err != nil {
		return total, err
	}
	if _, err := db.exec(ctx, "DELETE FROM store WHERE expires > 0 AND expires <= $1", microseconds(now)); err != nil {
		return total, err
	}
	return total, db.shrink(ctx)
}

// beyondCount finds, for each name that runs have, the newest run that goes when a number of ended runs are kept. The names are found one after
// the other in the index of scripts.
const beyondCount = `WITH RECURSIVE names (name) AS (
		SELECT min(script) FROM runs
		UNION ALL SELECT (SELECT min(script) FROM runs WHERE script > names.name) FROM names WHERE names.name IS NOT NULL
	), newest (name, id) AS (
		SELECT name, (SELECT id FROM runs WHERE script = names.name AND ` + ended + ` ORDER BY id DESC LIMIT 1 OFFSET $1) FROM names
	)
	SELECT name, id FROM newest WHERE id IS NOT NULL`

// pruneCount keeps a number of ended runs of each script, and further ones for as long as they count for @throttle.
func (db *DB) pruneCount(ctx context.Context, most, count int) (int, error) {
	total := 0
	throttles, err := db.throttles(ctx)
	if err != nil {
		return total, err
	}
	now := db.Now()
	scripts, err := collect(ctx, db.reader, scanPair, beyondCount, count)
	for _, script := range scripts {
		if err != nil || total >= most {
			break
		}
		before := int64(math.MaxInt64)
		if per := throttles[script[0]]; per > 0 {
			before = microseconds(now.Add(-per))
		}
		var old []string
		old, err = collect(ctx, db.reader, scanText, `SELECT id FROM runs WHERE script = $1 AND id <= $2 AND created < $4 AND due < $4
			AND `+ended+" ORDER BY id LIMIT $3", script[0], script[1], most-total, before)
		if err == nil {
			var n int
			n, err = db.pruneRuns(ctx, old)
			total += n
		}
	}
	return total, err
}

// throttles are the times of @throttle, by script.
func (db *DB) throttles(ctx context.Context) (map[string]time.Duration, error) {
	scripts, err := collect(ctx, db.reader, scanPair, "SELECT name, triggers FROM scripts WHERE triggers <> ''")
	times := map[string]time.Duration{}
	for _, script := range scripts {
		var t Triggers
		if err := json.Unmarshal([]byte(script[1]), &t); err != nil {
			return nil, err
		}
		if t.Count > 0 {
			times[script[0]] = t.Per
		}
	}
	return times, err
}

// What goes of runs.
var dropRuns = []string{"DELETE FROM run_logs WHERE run IN ", "DELETE FROM run_calls WHERE run IN ", "DELETE FROM run_events WHERE run IN ", "DELETE FROM runs WHERE id IN "}

// pruneRuns drops runs in steps that take about pruneTime, with a pause behind each: a longer one when others had to wait for it.
func (db *DB) pruneRuns(ctx context.Context, rest []string) (total int, err error) {
	for n := 10; len(rest) > 0; {
		some := rest[:min(n, len(rest))]
		marks, args := listed(some)
		waited := db.sql.Stats().WaitCount
		begin := time.Now()
		err := db.change(ctx, func(tx *sql.Tx) error {
			for _, drop := range dropRuns {
				if _, err := tx.ExecContext(ctx, drop+"("+marks+")", args...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		rest, total = rest[len(some):], total+len(some)
		took := time.Since(begin)
		switch {
		case took < pruneTime/2:
			n = min(2*n, atOnce)
		case took > pruneTime:
			n = max(1, n/2)
		}
		pause := took
		if db.sql.Stats().WaitCount > waited {
			pause *= 4
		}
		if err := sleep(ctx, pause); err != nil {
			return total, err
		}
	}
	return total, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Bounds of what a SQLite file keeps free for later, in pages, and of a step that gives the rest back.
const (
	freePages = 1000
	freeStep  = 500
)

// shrink gives back the room of what was dropped, but for some that the next runs will take. Files of earlier versions keep theirs until
// they are compacted.
func (db *DB) shrink(ctx context.Context) error {
	if db.pool != nil {
		return nil
	}
	for {
		var free, all, mode int
		err := db.reader.QueryRowContext(ctx, "SELECT freelist_count, page_count, auto_vacuum FROM pragma_freelist_count, pragma_page_count, pragma_auto_vacuum").
			Scan(&free, &all, &mode)
		if err != nil || mode != incremental || free <= freePages+all/10 {
			return explain(err)
		}
		begin := time.Now()
		if _, err := db.exec(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", freeStep)); err != nil {
			return err
		}
		if err := sleep(ctx, time.Since(begin)); err != nil {
			return err
		}
	}
}

// incremental is SQLite's number for the way of auto_vacuum in which files shrink when they are told to.
const incremental = 2

// Compact rewrites a SQLite file without the room that nothing takes any more. It needs as much free space as the file takes, and nobody may
// use the file meanwhile.
func (db *DB) Compact(ctx context.Context) error {
	if db.pool != nil {
		return errors.ErrUnsupported // it gives room back by itself
	}
	for _, statement := range []string{"PRAGMA auto_vacuum = INCREMENTAL", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// pruneVersions drops versions that nobody names.
func (db *DB) pruneVersions(ctx context.Context, now time.Time) error {
	// A version is saved before its script is: the age leaves those alone that are about to be named. Nearly all runs of a version
	// are of its own script; only for what is left all runs are gone through.
	old := microseconds(now.Add(-time.Hour))
	const unnamed = `created < $1 AND NOT EXISTS (SELECT 1 FROM scripts WHERE scripts.version = versions.hash)
		AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.script = versions.script AND runs.version = versions.hash)`
	hashes, err := collect(ctx, db.reader, scanText, "SELECT hash FROM versions WHERE "+unnamed+" AND hash NOT IN (SELECT version FROM runs)", old)
	for some := range slices.Chunk(hashes, atOnce) {
		if err != nil {
			break
		}
		marks, args := listed(some)
		_, err = db.exec(ctx, fmt.Sprintf(`DELETE FROM versions WHERE hash IN (%s) AND created < $%d
			AND NOT EXISTS (SELECT 1 FROM scripts WHERE scripts.version = versions.hash)`, marks, len(args)+1), append(args, old)...)
	}
	return err
}

func scanText(r row) (string, error) {
	var text string
	return text, r.Scan(&text)
}

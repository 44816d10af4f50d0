package state

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Retention is how long runs are kept. Zero fields keep all.
type Retention struct {
	// Age drops runs that ended longer ago.
	Age time.Duration
	// Count keeps this many ended runs of each script.
	Count int
}

// retentionBatch bounds a transaction, which others wait for.
const retentionBatch = 500

// Prune drops what a retention no longer keeps: ended runs with their logs and calls, versions that no script or run names, and
// stored values that have expired. It returns the number of runs.
func (db *DB) Prune(ctx context.Context, r Retention) (int, error) {
	total := 0
	now := db.Now()
	if r.Age > 0 {
		n, err := db.pruneRuns(ctx, "SELECT id FROM runs WHERE ended > 0 AND ended < $1 AND state NOT IN ('scheduled', 'running') ORDER BY id LIMIT $2",
			microseconds(now.Add(-r.Age)), retentionBatch)
		total += n
		if err != nil {
			return total, err
		}
	}
	if r.Count > 0 {
		n, err := db.pruneRuns(ctx, `SELECT id FROM (
				SELECT id, row_number() OVER (PARTITION BY script ORDER BY id DESC) AS position FROM runs WHERE state NOT IN ('scheduled', 'running')
			) AS ranked WHERE position > $1 ORDER BY id LIMIT $2`, r.Count, retentionBatch)
		total += n
		if err != nil {
			return total, err
		}
	}
	// A version is saved before its script is: the age leaves those alone that are about to be named.
	_, err := db.exec(ctx, `DELETE FROM versions WHERE created < $1 AND NOT EXISTS (SELECT 1 FROM scripts WHERE scripts.version = versions.hash)
		AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.version = versions.hash)`, microseconds(now.Add(-time.Hour)))
	if err != nil {
		return total, err
	}
	_, err = db.exec(ctx, "DELETE FROM store WHERE expires > 0 AND expires <= $1", microseconds(now))
	return total, err
}

func (db *DB) pruneRuns(ctx context.Context, query string, args ...any) (int, error) {
	total := 0
	for {
		count := 0
		err := db.transact(ctx, func(tx *sql.Tx) error {
			ids, err := collect(ctx, tx, func(r row) (string, error) {
				var id string
				return id, r.Scan(&id)
			}, query, args...)
			if err != nil {
				return err
			}
			for _, id := range ids {
				for _, table := range []string{"run_logs WHERE run", "run_calls WHERE run", "runs WHERE id"} {
					if _, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s = $1", table), id); err != nil {
						return err
					}
				}
			}
			count = len(ids)
			return nil
		})
		total += count
		if count > 0 {
			db.touched()
		}
		if err != nil || count < retentionBatch {
			return total, err
		}
	}
}

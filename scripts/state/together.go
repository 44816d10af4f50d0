package state

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
)

// doer carries out n changes of a transaction and reports which of them changed a row.
type doer func(n int, change func(i int) (query string, args []any)) ([]bool, error)

// Tx is a transaction in which the job queue makes jobs: one of its fields is set.
type Tx struct {
	SQLite   *sql.Tx
	Postgres pgx.Tx
}

// Enqueue makes the jobs of runs in the transaction that has them wait, and returns their numbers in the order of the runs.
type Enqueue func(ctx context.Context, tx Tx, runs []Run) ([]int64, error)

// together runs fn in a transaction of many changes. To PostgreSQL those of one call of the doer travel together: one way
// there and back for each would take much longer than the changes. SQLite uses the prepared statements.
func (db *DB) together(ctx context.Context, fn func(do doer) error) error {
	return db.togetherIn(ctx, func(_ Tx, do doer) error { return fn(do) })
}

// togetherIn is together for changes that the job queue takes part in.
func (db *DB) togetherIn(ctx context.Context, fn func(tx Tx, do doer) error) error {
	if db.pool == nil {
		return db.transact(ctx, func(tx *sql.Tx) error {
			one := quick{tx, &db.prepared}
			return fn(Tx{SQLite: tx}, func(n int, change func(int) (string, []any)) ([]bool, error) {
				changed := make([]bool, n)
				for i := range n {
					query, args := change(i)
					rows, err := affected(one.ExecContext(ctx, query, args...))
					if err != nil {
						return nil, err
					}
					changed[i] = rows > 0
				}
				return changed, nil
			})
		})
	}
	return explain(pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		return fn(Tx{Postgres: tx}, func(n int, change func(int) (string, []any)) ([]bool, error) {
			if n == 0 {
				return nil, nil
			}
			batch := &pgx.Batch{}
			for i := range n {
				query, args := change(i)
				batch.Queue(query, args...)
			}
			results := tx.SendBatch(ctx, batch)
			changed := make([]bool, n)
			for i := range n {
				tag, err := results.Exec()
				if err != nil {
					_ = results.Close() // it tells the same
					return nil, err
				}
				changed[i] = tag.RowsAffected() > 0
			}
			return changed, results.Close()
		})
	}))
}

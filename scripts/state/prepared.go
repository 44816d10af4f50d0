package state

import (
	"context"
	"database/sql"
	"sync"
)

// prepared keeps the statements of the path that each run takes: on SQLite, reading the text of a statement takes longer than
// what it does. pgx does this by itself for PostgreSQL.
type prepared struct {
	mu         sync.RWMutex
	statements map[string]*sql.Stmt
}

// prepare makes statements ready. It must be called outside of transactions.
func (db *DB) prepare(ctx context.Context, queries ...string) error {
	if db.pool != nil {
		return nil
	}
	for _, query := range queries {
		if db.prepared.statement(query) != nil {
			continue
		}
		// Without the lock: this waits for the connection, whose transaction asks for statements.
		statement, err := db.sql.PrepareContext(ctx, query) // Close of the database closes it
		if err != nil {
			return explain(err)
		}
		if !db.prepared.add(query, statement) {
			if err := statement.Close(); err != nil {
				return explain(err)
			}
		}
	}
	return nil
}

// add keeps a statement unless somebody was faster.
func (p *prepared) add(query string, s *sql.Stmt) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.statements[query] != nil {
		return false
	}
	if p.statements == nil {
		p.statements = map[string]*sql.Stmt{}
	}
	p.statements[query] = s
	return true
}

func (p *prepared) statement(query string) *sql.Stmt {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.statements[query]
}

// quick is a transaction that uses prepared statements where there are some.
type quick struct {
	*sql.Tx
	prepared *prepared
}

func (q quick) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := q.prepared.statement(query); s != nil {
		return q.Tx.StmtContext(ctx, s).QueryRowContext(ctx, args...)
	}
	return q.Tx.QueryRowContext(ctx, query, args...)
}

func (q quick) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := q.prepared.statement(query); s != nil {
		return q.Tx.StmtContext(ctx, s).QueryContext(ctx, args...)
	}
	return q.Tx.QueryContext(ctx, query, args...)
}

func (q quick) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := q.prepared.statement(query); s != nil {
		return q.Tx.StmtContext(ctx, s).ExecContext(ctx, args...)
	}
	return q.Tx.ExecContext(ctx, query, args...)
}

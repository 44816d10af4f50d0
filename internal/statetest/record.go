package statetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/crisphost/crisphost/internal/sqlhook"
)

// Statement is one that a database was asked to run, with the arguments of one time.
type Statement struct {
	Query string
	Args  []any
}

// Recorder keeps the statements that were run.
type Recorder struct {
	mu         sync.Mutex
	statements map[string]Statement
}

var (
	recording = &Recorder{}
	register  sync.Once
)

// Record notes the statements of all databases that the test opens from now on. Tests that record must not run in parallel.
func Record(t *testing.T) *Recorder {
	register.Do(func() {
		plain, err := sql.Open("sqlite", ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		defer plain.Close()
		sql.Register("sqlite-recorded", recordedDriver{plain.Driver()})
	})
	recording.mu.Lock()
	recording.statements = map[string]Statement{}
	recording.mu.Unlock()
	sqlhook.SQLite, sqlhook.Tracer = "sqlite-recorded", tracer{}
	t.Cleanup(func() { sqlhook.SQLite, sqlhook.Tracer = "sqlite", nil })
	return recording
}

// Statements are the different statements so far, by their text.
func (r *Recorder) Statements() []Statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Statement
	for _, s := range r.statements {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Statement) int { return strings.Compare(a.Query, b.Query) })
	return all
}

func (r *Recorder) note(query string, args []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	query = strings.Join(strings.Fields(query), " ")
	if before, ok := r.statements[query]; !ok || len(before.Args) < len(args) {
		r.statements[query] = Statement{query, args}
	}
}

// tracer sees PostgreSQL's statements.
type tracer struct{}

var _ interface {
	pgx.QueryTracer
	pgx.BatchTracer
} = tracer{}

func (tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	recording.note(data.SQL, data.Args)
	return ctx
}
func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (tracer) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	recording.note(data.SQL, data.Args)
}
func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// recordedDriver sees SQLite's.
type recordedDriver struct{ driver.Driver }

func (d recordedDriver) Open(name string) (driver.Conn, error) {
	conn, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return recordedConn{conn.(sqliteConn)}, nil
}

type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

type recordedConn struct{ sqliteConn }

func (c recordedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	recording.note(query, values(args))
	return c.sqliteConn.ExecContext(ctx, query, args)
}

func (c recordedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	recording.note(query, values(args))
	return c.sqliteConn.QueryContext(ctx, query, args)
}

func (c recordedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	statement, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return recordedStatement{statement.(sqliteStatement), query}, nil
}

type sqliteStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type recordedStatement struct {
	sqliteStatement
	query string
}

func (s recordedStatement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	recording.note(s.query, values(args))
	return s.sqliteStatement.ExecContext(ctx, args)
}

func (s recordedStatement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	recording.note(s.query, values(args))
	return s.sqliteStatement.QueryContext(ctx, args)
}

func values(args []driver.NamedValue) []any {
	all := make([]any, len(args))
	for i, arg := range args {
		all[i] = arg.Value
	}
	return all
}

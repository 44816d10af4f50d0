package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/crisphost/crisphost/internal/sqlhook"
)

// DB is an open database. Its methods may be called from any goroutine; on SQLite they take turns, so that none of them may
// be called while a transaction is open.
type DB struct {
	sql  *sql.DB
	pool *pgxpool.Pool // nil on SQLite
	// reader is for what only looks: on SQLite it has connections of its own, which the one that writes does not wait for.
	reader   *sql.DB
	path     string      // of a SQLite file
	file     os.FileInfo // of a SQLite file as it was opened
	prepared prepared
	changes  changes
	healths  healths
	// reading is of the database server's clock, and substitute the clock of a test.
	reading    atomic.Pointer[reading]
	substitute atomic.Pointer[func() time.Time]
}

// connectTimeout bounds how long a PostgreSQL that does not answer is waited for.
const connectTimeout = 10 * time.Second

// Open opens the database at an address and brings its tables up to date. An address is "sqlite:PATH", with a file that is made
// when it is missing, in a directory that is there, or "postgres://USER:PASSWORD@HOST/NAME" with pgx's parameters: search_path puts the tables into a
// schema of their own.
//
// A database that a newer crisphost has changed is refused with ErrNewer. Other errors are those of the methods: ErrLocked,
// ErrFull, ErrUnreachable.
func Open(ctx context.Context, address string) (*DB, error) {
	return open(ctx, address, os.O_CREATE, (*DB).migrate)
}

// OpenExisting opens the database that a host has made at an address, and changes nothing of its tables: who only looks at a host
// must not make one, nor bring tables up to date under a host that is older. The errors are those of Open, ErrMissing and ErrOlder.
func OpenExisting(ctx context.Context, address string) (*DB, error) {
	return open(ctx, address, 0, (*DB).compare)
}

// open opens a database and prepares its tables. Create is os.O_CREATE or 0.
func open(ctx context.Context, address string, create int, prepare func(*DB, context.Context) error) (*DB, error) {
	var db *DB
	var err error
	switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		db, err = openSQLite(rest, create)
	case "postgres", "postgresql":
		db, err = openPostgres(ctx, address, create != 0)
	default:
		return nil, fmt.Errorf("database address %q is not known: write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME", redact(address))
	}
	if err != nil {
		return nil, err
	}
	if err := prepare(db, ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openSQLite(path string, create int) (*DB, error) {
	if path == "" {
		return nil, errors.New("database address sqlite: names no file: write sqlite:PATH")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	// SQLite would make it readable for everybody; logs and stored values are not for them.
	file, err := os.OpenFile(path, os.O_RDWR|create, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create == 0:
		return nil, fmt.Errorf("%w (%w)", ErrMissing, err)
	case errors.Is(err, fs.ErrNotExist): // to make it would hide a mistyped path behind an empty history
		return nil, fmt.Errorf("directory of the database file: %w", err)
	case err != nil:
		return nil, fmt.Errorf("database file: %w", err)
	}
	info, err := file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	// A transaction takes the write lock at its start: one that began by reading could not wait for it later.
	parameters := url.Values{
		"_pragma": {"busy_timeout(10000)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"},
	}
	if create != 0 { // the file keeps it
		// First, since it counts only for a file without tables.
		parameters["_pragma"] = append([]string{"auto_vacuum(incremental)"}, append(parameters["_pragma"], "journal_mode(WAL)")...)
	}
	source := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: parameters.Encode()}
	handle, err := sql.Open(sqlhook.SQLite, source.String())
	if err != nil {
		return nil, explain(err)
	}
	// SQLite has one writer; several connections of one process would only wait for each other.
	handle.SetMaxOpenConns(1)
	parameters = url.Values{"_pragma": {"busy_timeout(10000)", "query_only(1)"}}
	source.RawQuery = parameters.Encode()
	reader, err := sql.Open(sqlhook.SQLite, source.String())
	if err != nil {
		return nil, errors.Join(explain(err), handle.Close())
	}
	reader.SetMaxOpenConns(maxReaders)
	reader.SetMaxIdleConns(maxReaders)
	return &DB{sql: handle, reader: reader, path: path, file: info}, nil
}

func openPostgres(ctx context.Context, address string, host bool) (*DB, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err) // pgx leaves the password out
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if config.MaxConns = max(config.MaxConns, minConns); !host {
		config.MaxConns = commandConns
	}
	config.ConnConfig.Tracer = sqlhook.Tracer
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, explain(err)
	}
	handle := stdlib.OpenDBFromPool(pool)
	return &DB{sql: handle, reader: handle, pool: pool}, nil
}

// maxReaders is how many queries of a SQLite file go at the same time.
const maxReaders = 4

// commandConns is how many connections a command has that looks at a host.
const commandConns = 2

// minConns leaves connections for queries beside the ones on which the job queue listens and locks.
const minConns = 8

// redact hides what may be a password.
func redact(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return strings.SplitN(address, ":", 2)[0] + ":..."
}

// Close closes the connections. It waits for queries that are under way.
func (db *DB) Close() error {
	db.changes.close()
	err := errors.Join(db.reader.Close(), db.sql.Close())
	if db.pool != nil {
		db.pool.Close()
	}
	return err
}

// SQL is the database for queries of other tables, which the job queue has. On PostgreSQL it takes its connections from Pool.
func (db *DB) SQL() *sql.DB { return db.sql }

// Pool is the pool of connections to PostgreSQL, or nil on SQLite.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Path is the SQLite file, or "" on PostgreSQL.
func (db *DB) Path() string { return db.path }

// Present reports whether the SQLite file is still the one that was opened: ErrGone. It asks the database nothing.
func (db *DB) Present() error {
	if db.file != nil {
		now, err := os.Stat(db.path)
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, db.file):
			return fmt.Errorf("%s: %w", db.path, ErrGone)
		case err != nil:
			return err
		}
	}
	return nil
}

// Ping reports whether the database answers, and whether its file is Present.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.Present(); err != nil {
		return err
	}
	return explain(db.sql.PingContext(ctx))
}

// transact runs fn in a transaction. Inside it only tx may be used.
func (db *DB) transact(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.sql.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // the error that counts is the first one
		return explain(err)
	}
	if err := tx.Commit(); err != nil {
		return explain(&commitError{err})
	}
	return nil
}

// change is transact for what Generation tells of.
func (db *DB) change(ctx context.Context, fn func(tx *sql.Tx) error) error {
	err := db.transact(ctx, fn)
	if err == nil {
		db.touched()
	}
	return err
}

// exec runs a statement and tells how many rows it changed.
func (db *DB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if db.pool != nil { // the shorter way to it
		tag, err := db.pool.Exec(ctx, query, args...)
		return tag.RowsAffected(), explain(err)
	}
	n, err := affected(db.sql.ExecContext(ctx, query, args...))
	return n, explain(err)
}

// execPrepared is exec for a statement that every run takes.
func (db *DB) execPrepared(ctx context.Context, query string, args ...any) (int64, error) {
	if err := db.prepare(ctx, query); err != nil {
		return 0, err
	}
	if s := db.prepared.statement(query); s != nil {
		n, err := affected(s.ExecContext(ctx, args...))
		return n, explain(err)
	}
	return db.exec(ctx, query, args...)
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q querier, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, explain(err)
		}
		all = append(all, one)
	}
	return all, explain(rows.Err())
}

// row is what a scan reads: *sql.Row or *sql.Rows.
type row interface{ Scan(dest ...any) error }

package state

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/crisphost/crisphost/internal/filelock"
	"github.com/crisphost/crisphost/internal/sqlhook"
)

// migration brings a database to its next version.
type migration struct {
	statements string
	// compatible is the oldest version that a build must know to work on the result. A change that takes something away comes in two:
	// one that adds what takes its place, with which the build before it still works, and, in a later version, one that removes it.
	compatible int
}

// migrations bring a database from each version to the next. Committed ones never change. Times are Unix microseconds.
// BLOB stands for the type of bytes.
var migrations = []migration{
	{firstTables, 1},
	{strings.Join(secondVersion, ";\n"), 2},
	{eventTables + ";\n" + eventLines, 3}, // a build that does not know events would run their scripts without them
}

// known are the migrations of this build.
func known() []migration {
	if next := sqlhook.NextMigration; next != nil {
		return append(slices.Clip(migrations), migration{next.Statements, next.Compatible})
	}
	return migrations
}

// secondVersion are the parts of migration 2, each defined beside the code that needs it.
var secondVersion = []string{
	addMissed,
	addDepartures,
	runIndexes,
	addCompatible,
	lineIndex,
	duties,
	addObjects,
	addPauses,
}

const addCompatible = `ALTER TABLE crisphost_schema ADD COLUMN compatible_from INTEGER NOT NULL DEFAULT 0`

const firstTables = `CREATE TABLE scripts (
		name        TEXT PRIMARY KEY,
		path        TEXT NOT NULL,
		language    TEXT NOT NULL,
		description TEXT NOT NULL,
		version     TEXT NOT NULL,
		broken      TEXT NOT NULL,
		schedules   TEXT NOT NULL,
		timezone    TEXT NOT NULL,
		paused      BOOLEAN NOT NULL,
		disabled    BOOLEAN NOT NULL,
		-- Ticks up to here were dealt with.
		watermark   BIGINT NOT NULL,
		next_run    BIGINT NOT NULL,
		updated     BIGINT NOT NULL,
		-- Counted up by those who are about to start a run, which makes them wait for each other.
		claims      BIGINT NOT NULL DEFAULT 0
	);
	CREATE TABLE versions (
		hash     TEXT PRIMARY KEY,
		script   TEXT NOT NULL,
		entry    TEXT NOT NULL,
		language TEXT NOT NULL,
		files    BLOB NOT NULL,
		created  BIGINT NOT NULL
	);
	CREATE TABLE runs (
		id      TEXT PRIMARY KEY,
		script  TEXT NOT NULL,
		version TEXT NOT NULL DEFAULT '',
		state   TEXT NOT NULL,
		kind    TEXT NOT NULL,
		tick    BIGINT,
		-- who asked
		actor   TEXT NOT NULL DEFAULT '',
		args    TEXT NOT NULL DEFAULT '',
		attempt INTEGER NOT NULL DEFAULT 1,
		rescues INTEGER NOT NULL DEFAULT 0,
		host    TEXT NOT NULL DEFAULT '',
		-- The queue's job, once there is one.
		job     BIGINT,
		-- Who asked for the end of a run that is going.
		cancel  TEXT NOT NULL DEFAULT '',
		created BIGINT NOT NULL,
		started BIGINT NOT NULL DEFAULT 0,
		ended   BIGINT NOT NULL DEFAULT 0,
		error   TEXT NOT NULL DEFAULT '',
		calls   BIGINT NOT NULL DEFAULT 0,
		writes  BIGINT NOT NULL DEFAULT 0
	);
	CREATE UNIQUE INDEX runs_tick ON runs (script, tick) WHERE tick IS NOT NULL;
	CREATE INDEX runs_script ON runs (script, id);
	CREATE INDEX runs_created ON runs (created);
	CREATE INDEX runs_open ON runs (script, state) WHERE state IN ('scheduled', 'running');
	CREATE INDEX runs_undispatched ON runs (created) WHERE job IS NULL AND state = 'scheduled';
	CREATE TABLE run_logs (
		run     TEXT NOT NULL,
		seq     BIGINT NOT NULL,
		attempt INTEGER NOT NULL,
		time    BIGINT NOT NULL,
		level   TEXT NOT NULL,
		message TEXT NOT NULL,
		fields  TEXT NOT NULL,
		PRIMARY KEY (run, seq)
	);
	CREATE TABLE run_calls (
		run       TEXT NOT NULL,
		seq       BIGINT NOT NULL,
		time      BIGINT NOT NULL,
		operation TEXT NOT NULL,
		effect    TEXT NOT NULL,
		status    INTEGER NOT NULL,
		reason    TEXT NOT NULL,
		duration  BIGINT NOT NULL,
		PRIMARY KEY (run, seq)
	);
	CREATE TABLE hosts (
		id      TEXT PRIMARY KEY,
		name    TEXT NOT NULL,
		started BIGINT NOT NULL,
		beat    BIGINT NOT NULL
	);
	CREATE TABLE store (
		scope   TEXT NOT NULL,
		key     TEXT NOT NULL,
		value   BLOB NOT NULL,
		-- Of the value in canonical form, for comparisons.
		digest  TEXT NOT NULL,
		expires BIGINT NOT NULL DEFAULT 0,
		updated BIGINT NOT NULL,
		PRIMARY KEY (scope, key)
	);
	CREATE INDEX store_expires ON store (expires) WHERE expires > 0;
	CREATE TABLE counters (
		name  TEXT PRIMARY KEY,
		value BIGINT NOT NULL
	);
	INSERT INTO counters (name, value) VALUES ('scripts', 1)`

// migrationLock is the key of the PostgreSQL advisory lock that lets one host at a time change tables.
const migrationLock = 0x637269737068 // "crisph"

// Schema is how far the tables are.
type Schema struct {
	// Version is that of the tables, and Known the one that this build makes.
	Version, Known int
	// CompatibleFrom is the oldest version that a build must know to work with the tables.
	CompatibleFrom int
}

// check refuses tables that this build does not know how to use.
func (s Schema) check() error {
	if s.Version > s.Known && s.CompatibleFrom > s.Known {
		return s.other(ErrNewer)
	}
	return nil
}

func (s Schema) other(err error) error {
	return fmt.Errorf("%w (this one knows version %d, the database is at %d)", err, s.Known, s.Version)
}

// Schema is how far the tables are by now. A newer host may have changed them since they were opened: builds that know CompatibleFrom
// go on with them.
func (db *DB) Schema(ctx context.Context) (Schema, error) { return db.schema(ctx, db.reader) }

func (db *DB) schema(ctx context.Context, q querier) (Schema, error) {
	s := Schema{Known: len(known())}
	err := q.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM crisphost_schema").Scan(&s.Version)
	if err == nil && s.Version > 1 { // the first one had no more columns
		err = q.QueryRowContext(ctx, "SELECT max(compatible_from) FROM crisphost_schema").Scan(&s.CompatibleFrom)
	}
	return s, explain(err)
}

// migrate creates what is missing. Hosts that start at the same time wait for each other.
func (db *DB) migrate(ctx context.Context) error {
	// The usual case takes no lock. Whatever is wrong shows again below.
	if s, err := db.schema(ctx, db.sql); err == nil && s.Version >= s.Known {
		return s.check()
	}
	if db.pool == nil {
		lock, err := db.lockFile(ctx)
		if err != nil {
			return err
		}
		if lock == nil {
			return nil // another process has brought the tables up to date
		}
		defer func() { _ = lock.Unlock() }() // as does the end of the process
	}
	return db.transact(ctx, func(tx *sql.Tx) error {
		if db.pool != nil {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS crisphost_schema (version INTEGER NOT NULL)"); err != nil {
			return err
		}
		s, err := db.schema(ctx, tx)
		if err != nil {
			return err
		}
		if s.Version >= s.Known {
			return s.check()
		}
		all := known()
		for i, m := range all[s.Version:] {
			statements := m.statements
			if db.pool != nil {
				statements = strings.ReplaceAll(statements, "BLOB", "BYTEA")
			}
			if _, err := tx.ExecContext(ctx, statements); err != nil {
				return fmt.Errorf("change of the database to version %d: %w", s.Version+i+1, err)
			}
		}
		set := "UPDATE crisphost_schema SET version = $1, compatible_from = $2"
		if s.Version == 0 {
			set = "INSERT INTO crisphost_schema (version, compatible_from) VALUES ($1, $2)"
		}
		_, err = tx.ExecContext(ctx, set, len(all), all[len(all)-1].compatible)
		return err
	})
}

// lockTime is how long another process has to finish what it changes of the tables.
const lockTime = 2 * time.Second

// lockFile locks a SQLite file, since a host that runs from it must not find its tables changed. The lock is nil when there is nothing left
// to change.
func (db *DB) lockFile(ctx context.Context) (*flock.Flock, error) {
	for begin := time.Now(); ; {
		lock, err := filelock.Try(db.path)
		if lock != nil || err != nil {
			return lock, err
		}
		if s, err := db.schema(ctx, db.sql); err == nil && s.Version >= s.Known {
			return nil, s.check()
		}
		if time.Since(begin) > lockTime {
			return nil, fmt.Errorf("%s: %w", db.path, ErrServed)
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// compare reports whether the tables are there, and of a version that this build can use.
func (db *DB) compare(ctx context.Context) error {
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'crisphost_schema'"
	if db.pool != nil {
		query = "SELECT count(to_regclass('crisphost_schema'))"
	}
	var tables int
	if err := db.sql.QueryRowContext(ctx, query).Scan(&tables); err != nil {
		return explain(err)
	}
	if tables == 0 {
		return ErrMissing
	}
	s, err := db.schema(ctx, db.sql)
	switch {
	case err != nil:
		return err
	case s.Version == 0:
		return ErrMissing
	case s.Version < s.Known:
		return s.other(ErrOlder)
	}
	return s.check()
}

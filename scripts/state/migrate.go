package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// migrations bring a database from each version to the next. Committed ones never change. Times are Unix microseconds.
// BLOB stands for the type of bytes.
var migrations = []string{
	firstTables,
	strings.Join(secondVersion, ";\n"),
}

// secondVersion are the parts of migration 2, each defined beside the code that needs it.
var secondVersion = []string{
	addMissed,
	lineIndex,
	duties,
	addObjects,
	addPauses,
}

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

// migrate creates what is missing. Hosts that start at the same time wait for each other.
func (db *DB) migrate(ctx context.Context) error {
	version, err := db.schemaVersion(ctx, db.sql)
	if err == nil && version == len(migrations) {
		return nil // the usual case takes no lock
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
		version, err := db.schemaVersion(ctx, tx)
		if err != nil {
			return err
		}
		if version > len(migrations) {
			return otherVersion(ErrNewer, version)
		}
		for i, statements := range migrations[version:] {
			if db.pool != nil {
				statements = strings.ReplaceAll(statements, "BLOB", "BYTEA")
			}
			if _, err := tx.ExecContext(ctx, statements); err != nil {
				return fmt.Errorf("change of the database to version %d: %w", version+i+1, err)
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE crisphost_schema SET version = $1", len(migrations))
		if err == nil && version == 0 {
			_, err = tx.ExecContext(ctx, "INSERT INTO crisphost_schema (version) VALUES ($1)", len(migrations))
		}
		return err
	})
}

// compare reports whether the tables are there, and of this version.
func (db *DB) compare(ctx context.Context) error {
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'crisphost_schema'"
	if db.pool != nil {
		query = "SELECT count(to_regclass('crisphost_schema'))"
	}
	var version int
	if err := db.sql.QueryRowContext(ctx, query).Scan(&version); err != nil {
		return explain(err)
	}
	if version > 0 {
		var err error
		if version, err = db.schemaVersion(ctx, db.sql); err != nil {
			return explain(err)
		}
	}
	switch {
	case version == 0:
		return ErrMissing
	case version < len(migrations):
		return otherVersion(ErrOlder, version)
	case version > len(migrations):
		return otherVersion(ErrNewer, version)
	}
	return nil
}

func otherVersion(err error, version int) error {
	return fmt.Errorf("%w (this one knows version %d, the database is at %d)", err, len(migrations), version)
}

// schemaVersion is the version of the tables, or 0 when there are none.
func (db *DB) schemaVersion(ctx context.Context, q querier) (int, error) {
	var version int
	err := q.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM crisphost_schema").Scan(&version)
	return version, err
}

package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

const scriptColumns = "name, path, language, description, version, broken, schedules, timezone, paused, disabled, next_run, updated, watermark"

// scheduled is a script with the time up to which its ticks were dealt with.
type scheduled struct {
	Script
	watermark time.Time
}

func scanScript(r row) (scheduled, error) {
	var s scheduled
	var broken, schedules string
	var next, updated, watermark int64
	err := r.Scan(&s.Name, &s.Path, &s.Language, &s.Description, &s.Version, &broken, &schedules, &s.Timezone, &s.Paused, &s.Disabled,
		&next, &updated, &watermark)
	if err != nil {
		return s, err
	}
	s.NextRun, s.UpdatedAt, s.watermark = timeOf(next), timeOf(updated), timeOf(watermark)
	if s.Broken, err = decodeError(broken); err == nil {
		err = json.Unmarshal([]byte(schedules), &s.Schedules)
	}
	return s, err
}

func encodeError(e *RunError) (string, error) {
	if e == nil {
		return "", nil
	}
	clean := *e
	for _, text := range []*string{&clean.Message, &clean.Hint, &clean.SourceLine, &clean.Trace, &clean.File} {
		*text = printable(*text)
	}
	text, err := json.Marshal(clean)
	return string(text), err
}

func decodeError(text string) (*RunError, error) {
	if text == "" {
		return nil, nil
	}
	e := &RunError{}
	return e, json.Unmarshal([]byte(text), e)
}

// PutScript saves what a directory says of a script; its version must be there, or empty. What people set stays: a pause. Ticks
// count from now on when the script is new, when its schedules or its time zone changed, and when it is no longer disabled.
func (db *DB) PutScript(ctx context.Context, s Script) error {
	broken, err := encodeError(s.Broken)
	if err != nil {
		return fmt.Errorf("script %s: %w", s.Name, err)
	}
	if s.Schedules == nil {
		s.Schedules = []string{}
	}
	schedules, err := json.Marshal(s.Schedules)
	if err != nil {
		return fmt.Errorf("script %s: %w", s.Name, err)
	}
	now := microseconds(db.Now())
	err = db.change(ctx, func(tx *sql.Tx) error {
		before, err := scanScript(tx.QueryRowContext(ctx, "SELECT "+scriptColumns+" FROM scripts WHERE name = $1"+db.forUpdate(), s.Name))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			_, err = tx.ExecContext(ctx, `INSERT INTO scripts (`+scriptColumns+`)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $11) ON CONFLICT (name) DO NOTHING`,
				s.Name, s.Path, s.Language, s.Description, s.Version, broken, string(schedules), s.Timezone, s.Paused, s.Disabled, now)
		case err != nil:
			return err
		default:
			watermark, next := microseconds(before.watermark), microseconds(before.NextRun)
			if !slices.Equal(s.Schedules, before.Schedules) || s.Timezone != before.Timezone || before.Disabled && !s.Disabled {
				watermark, next = now, 0
			}
			if s.Disabled {
				next = 0
			}
			s.Paused = before.Paused
			if sameScript(s, before.Script) {
				return nil
			}
			_, err = tx.ExecContext(ctx, `UPDATE scripts SET path = $2, language = $3, description = $4, version = $5, broken = $6, schedules = $7,
				timezone = $8, disabled = $9, watermark = $10, next_run = $11, updated = $12 WHERE name = $1`,
				s.Name, s.Path, s.Language, s.Description, s.Version, broken, string(schedules), s.Timezone, s.Disabled, watermark, next, now)
		}
		if err != nil {
			return err
		}
		return changed(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("save script %s: %w", s.Name, err)
	}
	return nil
}

func sameScript(a, b Script) bool {
	if (a.Broken == nil) != (b.Broken == nil) || a.Broken != nil && *a.Broken != *b.Broken {
		return false
	}
	return a.Path == b.Path && a.Language == b.Language && a.Description == b.Description && a.Version == b.Version &&
		a.Timezone == b.Timezone && a.Disabled == b.Disabled && slices.Equal(a.Schedules, b.Schedules)
}

// forUpdate makes others wait who want to change the row. In SQLite every transaction has them wait.
func (db *DB) forUpdate() string {
	if db.pool != nil {
		return " FOR UPDATE"
	}
	return ""
}

// changed lets hosts see that scripts are not as they were.
func changed(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE counters SET value = value + 1 WHERE name = 'scripts'")
	return err
}

// ScriptsGeneration is a number that grows when any script was saved, deleted, paused or resumed.
func (db *DB) ScriptsGeneration(ctx context.Context) (int64, error) {
	var n int64
	err := db.sql.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'scripts'").Scan(&n)
	return n, explain(err)
}

// DeleteScript forgets a script; its runs and what it stored stay. It is no error when there is none.
func (db *DB) DeleteScript(ctx context.Context, name string) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM scripts WHERE name = $1", name); err != nil {
			return err
		}
		return changed(ctx, tx)
	})
}

// Scripts are all scripts by name, with their last run.
func (db *DB) Scripts(ctx context.Context) ([]Script, error) {
	all, err := collect(ctx, db.sql, scanScript, "SELECT "+scriptColumns+" FROM scripts ORDER BY name")
	if err != nil {
		return nil, err
	}
	runs, err := collect(ctx, db.sql, scanRun, "SELECT "+runColumns+" FROM runs WHERE id IN (SELECT max(id) FROM runs GROUP BY script)")
	if err != nil {
		return nil, err
	}
	last := make(map[string]*Run, len(runs))
	for i := range runs {
		last[runs[i].Script] = &runs[i]
	}
	list := make([]Script, len(all))
	for i, s := range all {
		list[i] = s.Script
		list[i].LastRun = last[s.Name]
	}
	return list, nil
}

// Script is one script with its last run. ErrNotFound when there is none of this name.
func (db *DB) Script(ctx context.Context, name string) (Script, error) {
	s, err := scanScript(db.sql.QueryRowContext(ctx, "SELECT "+scriptColumns+" FROM scripts WHERE name = $1", name))
	if err != nil {
		return Script{}, explain(err)
	}
	runs, err := db.Runs(ctx, RunFilter{Script: name, Limit: 1})
	if err == nil && len(runs) == 1 {
		s.LastRun = &runs[0]
	}
	return s.Script, err
}

// PutVersion saves a script's content. A version that is there stays as it is, and young for [DB.Prune].
func (db *DB) PutVersion(ctx context.Context, v *Version) error {
	files, err := json.Marshal(v.Files)
	if err != nil {
		return fmt.Errorf("version %s of %s: %w", v.Hash, v.Script, err)
	}
	_, err = db.exec(ctx, `INSERT INTO versions (hash, script, entry, language, files, created) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hash) DO UPDATE SET created = excluded.created`, v.Hash, v.Script, v.Entry, v.Language, files, microseconds(db.Now()))
	return err
}

// Version is a script's content by its hash, or ErrNotFound.
func (db *DB) Version(ctx context.Context, hash string) (*Version, error) {
	v := &Version{}
	var files []byte
	err := db.sql.QueryRowContext(ctx, "SELECT hash, script, entry, language, files FROM versions WHERE hash = $1", hash).
		Scan(&v.Hash, &v.Script, &v.Entry, &v.Language, &files)
	if err != nil {
		return nil, explain(err)
	}
	if err := json.Unmarshal(files, &v.Files); err != nil {
		return nil, fmt.Errorf("version %s: %w", hash, err)
	}
	return v, nil
}

package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

const scriptColumns = "name, path, language, description, version, broken, schedules, timezone, paused, disabled, next_run, updated, watermark, triggers"

// scheduled is a script with the time up to which its ticks were dealt with.
type scheduled struct {
	Script
	watermark time.Time
}

func scanScript(r row) (scheduled, error) {
	var s scheduled
	var broken, schedules, triggers string
	var next, updated, watermark int64
	err := r.Scan(&s.Name, &s.Path, &s.Language, &s.Description, &s.Version, &broken, &schedules, &s.Timezone, &s.Paused, &s.Disabled,
		&next, &updated, &watermark, &triggers)
	if err != nil {
		return s, err
	}
	s.NextRun, s.UpdatedAt, s.watermark = timeOf(next), timeOf(updated), timeOf(watermark)
	if s.Broken, err = decodeError(broken); err == nil {
		err = json.Unmarshal([]byte(schedules), &s.Schedules)
	}
	if err == nil && triggers != "" {
		s.Triggers = &Triggers{}
		err = json.Unmarshal([]byte(triggers), s.Triggers)
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

// forUpdate makes others wait who want to change the row. In SQLite every transaction has them wait.
func (db *DB) forUpdate() string {
	if db.pool != nil {
		return " FOR UPDATE"
	}
	return ""
}

// changed lets hosts see that scripts are not as they were.
func changed(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, countSaves)
	return err
}

// ScriptsGeneration is a number that grows when any script was saved, deleted, paused or resumed.
func (db *DB) ScriptsGeneration(ctx context.Context) (int64, error) {
	var n int64
	err := db.sql.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'scripts'").Scan(&n)
	return n, explain(err)
}

// Version is a script's content by its hash, or ErrNotFound.
func (db *DB) Version(ctx context.Context, hash string) (*Version, error) {
	return readVersion(ctx, db.sql, hash)
}

func readVersion(ctx context.Context, q querier, hash string) (*Version, error) {
	v := &Version{}
	var files []byte
	err := q.QueryRowContext(ctx, "SELECT hash, script, entry, language, files FROM versions WHERE hash = $1", hash).
		Scan(&v.Hash, &v.Script, &v.Entry, &v.Language, &files)
	if err != nil {
		return nil, explain(err)
	}
	if err := json.Unmarshal(files, &v.Files); err != nil {
		return nil, fmt.Errorf("version %s: %w", hash, err)
	}
	return v, nil
}

package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Saved is what a directory says of a script.
type Saved struct {
	Script

	// Content is the version that Script.Version names. Nil leaves the database's.
	Content *Version
	// BrokenOnly leaves everything but Script.Broken as the database has it, if it knows the script: the file never compiled since
	// the host started, and an earlier host may have left a version that did.
	BrokenOnly bool
}

// saveChunk bounds a transaction of SaveScripts: ticks and runs wait for it.
const saveChunk = 100

// returnTime is how long after its removal a script that comes back still has the ticks of the time between.
const returnTime = time.Minute

// The statements of SaveScripts. What people set stays: a pause.
const (
	countsAnew = `scripts.schedules <> excluded.schedules OR scripts.timezone <> excluded.timezone OR scripts.disabled AND NOT excluded.disabled`
	putScript  = `INSERT INTO scripts (name, path, language, description, version, broken, schedules, timezone, paused, disabled,
			next_run, updated, watermark, triggers)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $11, $12)
		ON CONFLICT (name) DO UPDATE SET path = excluded.path, language = excluded.language, description = excluded.description,
			version = excluded.version, broken = excluded.broken, schedules = excluded.schedules, timezone = excluded.timezone,
			disabled = excluded.disabled, updated = excluded.updated, triggers = excluded.triggers,
			watermark = CASE WHEN ` + countsAnew + ` THEN excluded.watermark ELSE scripts.watermark END,
			next_run = CASE WHEN excluded.disabled OR ` + countsAnew + ` THEN 0 ELSE scripts.next_run END
		WHERE scripts.path <> excluded.path OR scripts.language <> excluded.language OR scripts.description <> excluded.description
			OR scripts.version <> excluded.version OR scripts.broken <> excluded.broken OR scripts.schedules <> excluded.schedules
			OR scripts.timezone <> excluded.timezone OR scripts.disabled <> excluded.disabled
			OR scripts.triggers <> excluded.triggers`
	putBroken  = "UPDATE scripts SET broken = $2, updated = $3 WHERE name = $1 AND broken <> $2"
	putVersion = `INSERT INTO versions (hash, script, entry, language, files, created) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hash) DO UPDATE SET created = excluded.created`
	countSaves = "UPDATE counters SET value = value + 1 WHERE name = 'scripts'"
	// A script that comes back is as it was left.
	putBack = `INSERT INTO scripts (name, path, language, description, version, broken, schedules, timezone, paused, disabled,
			next_run, updated, watermark)
		SELECT name, path, language, description, version, '', schedules, timezone, paused, disabled,
			0, CAST($2 AS BIGINT), CASE WHEN removed > $3 THEN watermark ELSE CAST($2 AS BIGINT) END
		FROM departures WHERE name = $1 AND successor = '' ON CONFLICT (name) DO NOTHING`
	forgetDeparture = "DELETE FROM departures WHERE name = $1 AND successor = ''"
)

// statement is a change of a transaction.
type statement struct {
	query string
	args  []any
}

// SaveScripts saves what a directory says of scripts and writes what differs from the database, in few transactions. It returns the
// names of those that it could not save with their errors: one script does not keep others from being saved. What people set stays:
// a pause, also of a script that was removed and has come back. Ticks count from now on when a script is new, when its schedules
// or its time zone changed, and when it is no longer disabled.
func (db *DB) SaveScripts(ctx context.Context, list []Saved) (failed map[string]error, err error) {
	list = slices.SortedFunc(slices.Values(list), func(a, b Saved) int { return strings.Compare(a.Name, b.Name) }) // two hosts lock in the same order
	failed = map[string]error{}
	rows, err := db.knownScripts(ctx, list)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s Saved) bool {
		row, known := rows[s.Name]
		return known && !s.BrokenOnly && sameScript(s.Script, row)
	})
	var departed map[string]bool
	if slices.ContainsFunc(list, func(s Saved) bool { _, known := rows[s.Name]; return !known }) {
		if departed, err = db.departedNames(ctx); err != nil {
			return nil, err
		}
	}
	for part := range slices.Chunk(list, saveChunk) {
		now := microseconds(db.Now())
		var changes []difference
		for _, s := range part {
			row, known := rows[s.Name]
			var before *Script
			if known {
				before = &row
			}
			if d, err := differenceOf(s, before, departed[s.Name], now); err != nil {
				failed[s.Name] = err
			} else {
				changes = append(changes, d)
			}
		}
		if err := db.saveEach(ctx, changes, failed); err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// saveEach writes differences together, or one by one when one of them cannot be written.
func (db *DB) saveEach(ctx context.Context, changes []difference, failed map[string]error) error {
	err := db.saveTogether(ctx, changes)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrFull) || errors.Is(err, ErrLocked) {
		return err
	}
	for _, one := range changes {
		if err := db.saveTogether(ctx, []difference{one}); err != nil {
			failed[one.name] = fmt.Errorf("save script %s: %w", one.name, err)
		}
	}
	return nil
}

// difference is what has to be written of a script.
type difference struct {
	name   string
	before []statement
	put    statement
}

// differenceOf is what has to be written of a script. Before is what the database has of it, or nil. It may be one that was removed
// and has come back.
func differenceOf(s Saved, before *Script, returns bool, now int64) (d difference, err error) {
	d.name = s.Name
	broken, err := encodeError(s.Broken)
	if err != nil {
		return d, fmt.Errorf("script %s: %w", s.Name, err)
	}
	if before != nil && s.BrokenOnly {
		d.put = statement{putBroken, []any{s.Name, broken, now}}
		return d, nil
	}
	if returns {
		since := microseconds(timeOf(now).Add(-returnTime))
		d.before = append(d.before, statement{putBack, []any{s.Name, now, since}}, statement{forgetDeparture, []any{s.Name}})
	}
	if s.Content != nil && (before == nil || before.Version != s.Version) {
		version, err := versionStatement(s.Content, now)
		if err != nil {
			return d, err
		}
		d.before = append(d.before, version)
	}
	d.put, err = scriptStatement(s.Script, broken, now)
	return d, err
}

func versionStatement(v *Version, now int64) (statement, error) {
	files, err := json.Marshal(v.Files)
	if err != nil {
		return statement{}, fmt.Errorf("version %s of %s: %w", v.Hash, v.Script, err)
	}
	return statement{putVersion, []any{v.Hash, v.Script, v.Entry, v.Language, files, now}}, nil
}

func scriptStatement(s Script, broken string, now int64) (statement, error) {
	if s.Schedules == nil {
		s.Schedules = []string{}
	}
	schedules, err := json.Marshal(s.Schedules)
	if err != nil {
		return statement{}, fmt.Errorf("script %s: %w", s.Name, err)
	}
	triggers, err := s.Triggers.encode()
	if err != nil {
		return statement{}, fmt.Errorf("script %s: %w", s.Name, err)
	}
	return statement{putScript, []any{
		s.Name, s.Path, s.Language, s.Description, s.Version, broken, string(schedules), s.Timezone, s.Paused, s.Disabled, now, triggers,
	}}, nil
}

// saveTogether writes differences in one transaction.
func (db *DB) saveTogether(ctx context.Context, part []difference) error {
	if len(part) == 0 {
		return nil
	}
	var before, puts []statement
	for _, d := range part {
		before = append(before, d.before...)
		puts = append(puts, d.put)
	}
	if err := db.prepare(ctx, putScript, putVersion); err != nil {
		return err
	}
	err := db.together(ctx, func(do doer) error {
		written := false
		for _, list := range [][]statement{before, puts} {
			changed, err := do(len(list), func(i int) (string, []any) { return list[i].query, list[i].args })
			if err != nil {
				return err
			}
			written = slices.Contains(changed, true)
		}
		if !written { // another host did, or it is the same
			return nil
		}
		_, err := do(1, func(int) (string, []any) { return countSaves, nil })
		return err
	})
	if err == nil {
		db.touched()
	}
	return err
}

// knownScripts are those of a list that the database has, by name and without their runs.
func (db *DB) knownScripts(ctx context.Context, list []Saved) (map[string]Script, error) {
	query, args := "SELECT "+scriptColumns+" FROM scripts", []any(nil)
	if len(list) <= saveChunk {
		names := make([]string, len(list))
		for i, s := range list {
			names[i] = s.Name
		}
		var in string
		in, args = marks(names)
		query += " WHERE name IN (" + in + ")"
	}
	all, err := collect(ctx, db.sql, scanScript, query, args...)
	rows := make(map[string]Script, len(all))
	for _, s := range all {
		rows[s.Name] = s.Script
	}
	return rows, err
}

// marks are the parameters of a list of texts, from $1 on.
func marks(texts []string) (in string, args []any) {
	list := make([]string, len(texts))
	args = make([]any, len(texts))
	for i, text := range texts {
		list[i], args[i] = fmt.Sprintf("$%d", i+1), text
	}
	return strings.Join(list, ", "), args
}

// PutScript saves one script as SaveScripts does. Its version must be there, or empty.
func (db *DB) PutScript(ctx context.Context, s Script) error {
	failed, err := db.SaveScripts(ctx, []Saved{{Script: s}})
	if err != nil {
		return fmt.Errorf("save script %s: %w", s.Name, err)
	}
	return failed[s.Name]
}

// PutVersion saves a script's content. A version that is there stays as it is, and young for [DB.Prune].
func (db *DB) PutVersion(ctx context.Context, v *Version) error {
	put, err := versionStatement(v, microseconds(db.Now()))
	if err == nil {
		_, err = db.exec(ctx, put.query, put.args...)
	}
	return err
}

func sameScript(a, b Script) bool {
	if (a.Broken == nil) != (b.Broken == nil) || a.Broken != nil && *a.Broken != *b.Broken {
		return false
	}
	return a.Path == b.Path && a.Language == b.Language && a.Description == b.Description && a.Version == b.Version &&
		a.Timezone == b.Timezone && a.Disabled == b.Disabled && slices.Equal(a.Schedules, b.Schedules) && reflect.DeepEqual(a.Triggers, b.Triggers)
}

package state

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Watched is a script as those see it who reckon its ticks.
type Watched struct {
	Name    string
	Version string
	// Active reports that its schedules count: it has some, is neither paused nor disabled, and has a version that runs.
	Active    bool
	Schedules []string
	Timezone  string
	// Watermark is the time up to which ticks were dealt with.
	Watermark time.Time
	// NextRun is when the schedule is due again, as a host noted it, or zero.
	NextRun time.Time
	// UpdatedAt changes with everything but the watermark.
	UpdatedAt time.Time
}

// WatchedScripts are the scripts that were changed since a time, in any order, and the number of all scripts: those that were
// deleted are missing. A zero time is the beginning.
func (db *DB) WatchedScripts(ctx context.Context, since time.Time) (changed []Watched, total int, err error) {
	all, err := collect(ctx, db.sql, scanScript, "SELECT "+scriptColumns+" FROM scripts WHERE updated >= $1", microseconds(since))
	if err != nil {
		return nil, 0, err
	}
	changed = make([]Watched, len(all))
	for i, s := range all {
		changed[i] = Watched{Name: s.Name, Version: s.Version, Active: !s.Paused && !s.Disabled && s.Version != "" && len(s.Schedules) > 0,
			Schedules: s.Schedules, Timezone: s.Timezone, Watermark: s.watermark, NextRun: s.NextRun, UpdatedAt: s.UpdatedAt}
	}
	err = db.sql.QueryRowContext(ctx, "SELECT count(*) FROM scripts").Scan(&total)
	return changed, total, explain(err)
}

// Advance is a step of a script's schedule: the ticks that are run, and how far all ticks were dealt with.
type Advance struct {
	Script string
	// From and To are the watermark before and after.
	From, To time.Time
	// Updated is the UpdatedAt by which the ticks were reckoned.
	Updated time.Time
	Run     []time.Time
	// MadeUp is above 0 when the ticks make up for missed ones. Then they run one after the other, in order, and this many later
	// ticks may wait behind them, where @overlap would not have them run.
	MadeUp int
	// Line has the runs wait without jobs until the script's line moves up.
	Line bool
	// Next is when the schedule is due again, or zero.
	Next time.Time
}

// addMissed marks the runs that make up for missed ticks: see Advance.MadeUp.
const addMissed = `ALTER TABLE runs ADD COLUMN missed BIGINT NOT NULL DEFAULT 0`

// The statements of AdvanceTicks.
const (
	moveWatermark = `UPDATE scripts SET watermark = $1, next_run = $2
		WHERE name = $3 AND watermark = $4 AND updated = $5 AND NOT paused AND NOT disabled`
	makeRun = `INSERT INTO runs (id, script, state, kind, tick, created, missed, job) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (script, tick) WHERE tick IS NOT NULL DO NOTHING`
)

// AdvanceTicks makes runs of ticks and moves the watermarks, both or neither. A step whose script is no longer at From, since
// another host was faster, or is no longer the same, is left out. It returns the new runs, and the watermarks of the scripts
// that were left out: zero when WatchedScripts has to tell.
//
// Steps must be in the order of their scripts' names, so that two hosts cannot wait for each other. Enqueue makes the jobs of the
// runs; those of steps in line, or that make up for missed ticks, get theirs from MoveUp. Nil makes none.
func (db *DB) AdvanceTicks(ctx context.Context, steps []Advance, enqueue Enqueue) (made []Run, passed map[string]time.Time, err error) {
	if len(steps) == 0 {
		return nil, nil, nil
	}
	if err := db.prepare(ctx, moveWatermark, makeRun); err != nil {
		return nil, nil, err
	}
	var tried, queued []Run
	var late []Advance
	now := db.Now()
	err = db.togetherIn(ctx, func(tx Tx, do doer) error {
		moved, err := do(len(steps), func(i int) (string, []any) {
			step := steps[i]
			return moveWatermark, []any{microseconds(step.To), microseconds(step.Next), step.Script, microseconds(step.From), microseconds(step.Updated)}
		})
		if err != nil {
			return err
		}
		for i, step := range steps {
			if !moved[i] {
				late = append(late, step)
				continue
			}
			for _, tick := range step.Run {
				run := Run{ID: newID(now), Script: step.Script, State: Scheduled, Trigger: Trigger{Kind: BySchedule, Tick: tick}, Attempt: 1, CreatedAt: now, missed: step.MadeUp}
				tried = append(tried, run)
				if enqueue != nil && !step.Line && step.MadeUp == 0 {
					queued = append(queued, run)
				}
			}
		}
		jobs, err := enqueueAll(ctx, tx, enqueue, queued)
		if err != nil {
			return err
		}
		inserted, err := do(len(tried), func(i int) (string, []any) {
			run := tried[i]
			return makeRun, []any{run.ID, run.Script, run.State, run.Trigger.Kind, microseconds(run.Trigger.Tick), microseconds(now), run.missed, jobs[run.ID]}
		})
		if err != nil {
			return err
		}
		for i, run := range tried {
			if inserted[i] {
				made = append(made, run)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	db.touched()
	return made, db.standing(ctx, late), nil // behind the transaction, which holds what others wait for
}

// standing are the watermarks of scripts that are otherwise as they were, and zero for the others, or when the database does
// not tell: the runs are made.
func (db *DB) standing(ctx context.Context, steps []Advance) map[string]time.Time {
	passed := make(map[string]time.Time, len(steps))
	updated := make(map[string]int64, len(steps))
	marks, names := make([]string, len(steps)), make([]any, len(steps))
	for i, step := range steps {
		passed[step.Script], updated[step.Script] = time.Time{}, microseconds(step.Updated)
		marks[i], names[i] = fmt.Sprintf("$%d", i+1), step.Script
	}
	if len(steps) == 0 {
		return passed
	}
	now, err := collect(ctx, db.sql, scanScript,
		"SELECT "+scriptColumns+" FROM scripts WHERE name IN ("+strings.Join(marks, ", ")+") AND NOT paused AND NOT disabled", names...)
	if err != nil {
		return passed
	}
	for _, s := range now {
		if microseconds(s.UpdatedAt) == updated[s.Name] {
			passed[s.Name] = s.watermark
		}
	}
	return passed
}

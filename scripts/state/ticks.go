package state

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Watched is a script with schedules that count: neither paused nor disabled, and with a version that runs.
type Watched struct {
	Name      string
	Version   string
	Schedules []string
	Timezone  string
	// Watermark is the time up to which ticks were dealt with.
	Watermark time.Time
	// NextRun is when the schedule is due again, as a host noted it, or zero.
	NextRun time.Time
	// UpdatedAt changes with everything but the watermark.
	UpdatedAt time.Time
}

// WatchedScripts are all scripts whose ticks are due to somebody, by name.
func (db *DB) WatchedScripts(ctx context.Context) ([]Watched, error) {
	all, err := collect(ctx, db.sql, scanScript,
		"SELECT "+scriptColumns+" FROM scripts WHERE NOT paused AND NOT disabled AND version <> '' AND schedules <> '[]' ORDER BY name")
	if err != nil {
		return nil, err
	}
	watched := make([]Watched, len(all))
	for i, s := range all {
		watched[i] = Watched{Name: s.Name, Version: s.Version, Schedules: s.Schedules, Timezone: s.Timezone,
			Watermark: s.watermark, NextRun: s.NextRun, UpdatedAt: s.UpdatedAt}
	}
	return watched, nil
}

// Advance is a step of a script's schedule: the ticks that are run, and how far all ticks were dealt with.
type Advance struct {
	Script string
	// From and To are the watermark before and after.
	From, To time.Time
	// Updated is the UpdatedAt by which the ticks were reckoned.
	Updated time.Time
	Run     []time.Time
	// Next is when the schedule is due again, or zero.
	Next time.Time
}

// AdvanceTicks makes runs of ticks and moves the watermarks, both or neither. A step whose script is no longer at From, since
// another host was faster, or is no longer the same, is left out. It returns the new runs, and the watermarks of the scripts
// that were left out: zero when WatchedScripts has to tell.
//
// Steps must be in the order of their scripts' names, so that two hosts cannot wait for each other.
func (db *DB) AdvanceTicks(ctx context.Context, steps []Advance) (made []Run, passed map[string]time.Time, err error) {
	now := db.Now()
	err = db.transact(ctx, func(tx *sql.Tx) error {
		made, passed = nil, map[string]time.Time{}
		for _, step := range steps {
			moved, err := step.move(ctx, tx)
			if err != nil {
				return err
			}
			if !moved {
				if passed[step.Script], err = step.standing(ctx, tx); err != nil {
					return err
				}
				continue
			}
			for _, tick := range step.Run {
				run := Run{ID: newID(now), Script: step.Script, State: Scheduled, Trigger: Trigger{Kind: BySchedule, Tick: tick}, Attempt: 1, CreatedAt: now}
				n, err := affected(tx.ExecContext(ctx, `INSERT INTO runs (id, script, state, kind, tick, created) VALUES ($1, $2, $3, $4, $5, $6)
					ON CONFLICT (script, tick) WHERE tick IS NOT NULL DO NOTHING`,
					run.ID, run.Script, run.State, run.Trigger.Kind, microseconds(tick), microseconds(now)))
				if err != nil {
					return err
				}
				if n == 1 {
					made = append(made, run)
				}
			}
		}
		return nil
	})
	if err == nil && len(steps) > 0 {
		db.touched()
	}
	return made, passed, err
}

func (step Advance) move(ctx context.Context, tx *sql.Tx) (bool, error) {
	n, err := affected(tx.ExecContext(ctx, `UPDATE scripts SET watermark = $1, next_run = $2
		WHERE name = $3 AND watermark = $4 AND updated = $5 AND NOT paused AND NOT disabled`,
		microseconds(step.To), microseconds(step.Next), step.Script, microseconds(step.From), microseconds(step.Updated)))
	return n == 1, err
}

// standing is the watermark of a script that is otherwise as it was.
func (step Advance) standing(ctx context.Context, tx *sql.Tx) (time.Time, error) {
	var watermark int64
	err := tx.QueryRowContext(ctx, "SELECT watermark FROM scripts WHERE name = $1 AND updated = $2 AND NOT paused AND NOT disabled",
		step.Script, microseconds(step.Updated)).Scan(&watermark)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return timeOf(watermark), err
}

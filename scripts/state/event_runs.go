package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	putEventRun = `INSERT INTO runs (id, script, state, kind, actor, created, event, lane, due, gathers, turn, ended, error)
		VALUES ($1, $2, $3, 'event', $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	putRunEvent   = "INSERT INTO run_events (run, seq, event) VALUES ($1, $2, $3)"
	gatheringRun  = "SELECT id, gathers, due FROM runs WHERE script = $1 AND lane = $2 AND gathers > 0 AND state = 'scheduled'"
	throttleQuery = `SELECT CASE WHEN due > 0 THEN due ELSE created END FROM runs WHERE script = $1 AND lane = $2 AND lane <> ''
		ORDER BY id DESC LIMIT 1 OFFSET $3`
)

// MaxTurns is how many runs in a row may lead to each other by what they write.
const MaxTurns = 20

// start makes the runs of an event, or adds it to those that gather.
func (t *eventTx) start(ctx context.Context, a *Arrival) ([]Run, error) {
	if len(a.Launches) == 0 {
		return nil, nil
	}
	turn, err := t.turn(ctx, a)
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, s := range a.Launches {
		if s.Max > 0 || s.Debounce > 0 {
			joined, err := t.join(ctx, a, s)
			if err != nil {
				return nil, err
			}
			if joined {
				continue
			}
		}
		run, err := t.begin(ctx, a, s, turn)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// begin makes a run.
func (t *eventTx) begin(ctx context.Context, a *Arrival, s Launch, turn int) (Run, error) {
	run := Run{
		ID: newID(t.now), Script: s.Script, State: Scheduled, Attempt: 1, CreatedAt: timeOf(microseconds(t.now)),
		Trigger: Trigger{Kind: ByEvent, Event: a.Name}, lane: s.Lane, Turn: turn,
	}
	due, gathers, failure := int64(0), 0, ""
	switch {
	case turn > MaxTurns:
		run.State, run.EndedAt, run.Error = Failed, run.CreatedAt, &RunError{
			Kind:    "loop",
			Message: fmt.Sprintf("stopped: what the script writes has started it again %d times in a row", MaxTurns),
			Hint:    `have @on leave out the script's own writes, such as "@on message:send where from == \"user\""`,
		}
		var err error
		if failure, err = encodeError(run.Error); err != nil {
			return run, err
		}
	case s.Max > 1:
		due, gathers = microseconds(t.now.Add(s.Within)), 1
	case s.Debounce > 0:
		due, gathers = microseconds(t.now.Add(s.Debounce)), 1
	}
	if s.Count > 0 && run.State == Scheduled {
		var before int64
		err := t.tx.QueryRowContext(ctx, throttleQuery, s.Script, s.Lane, s.Count-1).Scan(&before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return run, err
		}
		if slot := before + s.Per.Microseconds(); before > 0 && slot > max(due, microseconds(t.now)) {
			due = slot
		}
	}
	run.Due = timeOf(due)
	_, err := t.tx.ExecContext(ctx, putEventRun, run.ID, run.Script, run.State, "", microseconds(t.now), printable(a.Name), printable(s.Lane), due, gathers, turn,
		microseconds(run.EndedAt), failure)
	if err != nil {
		return run, err
	}
	_, err = t.tx.ExecContext(ctx, putRunEvent, run.ID, 1, a.ID)
	return run, err
}

// join adds an event to a run that gathers, and reports whether there is one.
func (t *eventTx) join(ctx context.Context, a *Arrival, s Launch) (bool, error) {
	var id string
	var gathers int
	var due int64
	err := t.tx.QueryRowContext(ctx, gatheringRun, s.Script, printable(s.Lane)).Scan(&id, &gathers, &due)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if s.Debounce > 0 { // the last event counts
		if _, err = t.tx.ExecContext(ctx, "UPDATE run_events SET event = $2 WHERE run = $1", id, a.ID); err != nil {
			return true, err
		}
		_, err = t.tx.ExecContext(ctx, "UPDATE runs SET due = $2, event = $3 WHERE id = $1", id,
			max(due, microseconds(t.now.Add(s.Debounce))), printable(a.Name))
		return true, err
	}
	gathers++
	if _, err = t.tx.ExecContext(ctx, putRunEvent, id, gathers, a.ID); err != nil {
		return true, err
	}
	if gathers >= s.Max { // it is full
		// A throttle may have it wait for longer than its gathering.
		if due <= microseconds(t.now.Add(s.Within)) {
			due = microseconds(t.now)
		}
		gathers = 0
	}
	_, err = t.tx.ExecContext(ctx, "UPDATE runs SET due = $2, gathers = $3 WHERE id = $1", id, due, gathers)
	return true, err
}

// Replay asks for another run of a script for the events that started an earlier run, of it or of another script. ErrNotFound when there is
// no such script, or when the run has no events.
func (db *DB) Replay(ctx context.Context, script, run, by string) (Run, error) {
	now := db.Now()
	again := Run{
		ID: newID(now), Script: script, State: Scheduled, Attempt: 1, CreatedAt: timeOf(microseconds(now)),
		Trigger: Trigger{Kind: ByEvent, By: printable(by)},
	}
	err := db.change(ctx, func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, `INSERT INTO runs (id, script, state, kind, actor, created, event, lane)
			SELECT $1, name, $3, 'event', $4, CAST($5 AS BIGINT), runs.event, CASE WHEN runs.lane <> '' THEN runs.lane ELSE 'on:' END
			FROM scripts, runs WHERE name = $2 AND runs.id = $6 AND EXISTS (SELECT 1 FROM run_events WHERE run = $6)`,
			again.ID, script, again.State, again.Trigger.By, microseconds(now), run))
		if err == nil && n == 0 {
			err = fmt.Errorf("script %q, or events of run %s: %w", script, run, ErrNotFound)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO run_events (run, seq, event) SELECT $1, seq, event FROM run_events WHERE run = $2", again.ID, run)
		return err
	})
	if err != nil {
		return Run{}, err
	}
	return db.Run(ctx, again.ID)
}

// NextDue is when the first run or event is due that waits for a time, or zero.
func (db *DB) NextDue(ctx context.Context) (time.Time, error) {
	var due int64
	err := db.sql.QueryRowContext(ctx, `SELECT coalesce(min(at), 0) FROM (
			SELECT min(due) AS at FROM runs WHERE job IS NULL AND state = 'scheduled' AND due > $1
			UNION ALL SELECT min(held) FROM events WHERE held > $1) AS waiting`,
		microseconds(db.Now())).Scan(&due)
	return timeOf(due), explain(err)
}

package state

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

const (
	putEventRun = `INSERT INTO runs (id, script, state, kind, actor, created, event, lane, due, gathers, turn, ended, error)
		VALUES ($1, $2, $3, 'event', '', $4, $5, $6, $7, $8, $9, $10, $11)`
	putRunEvent = "INSERT INTO run_events (run, seq, event) VALUES ($1, $2, $3)"
	// A run that a host has moved up at this moment takes no more events: it is waited for.
	gatheringRun = `SELECT id, gathers, due, turn FROM runs WHERE script = $1 AND lane = $2 AND gathers > 0
		AND state = 'scheduled' AND job IS NULL ORDER BY id DESC LIMIT 1`
	// Runs that ended before they started, such as cancelled ones, took no slot.
	startsBefore = `SELECT CASE WHEN due > 0 THEN due ELSE created END FROM runs WHERE script = $1 AND lane = $2 AND lane <> ''
		AND (started > 0 OR state IN ('scheduled', 'running')) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`
	replaceEvent = "UPDATE run_events SET event = $2 WHERE run = $1"
	postponeRun  = "UPDATE runs SET due = $2, event = $3, turn = $4 WHERE id = $1"
	addToRun     = "UPDATE runs SET due = $2, gathers = $3, turn = $4, event = $5 WHERE id = $1"
)

// MaxTurns is how many runs in a row may lead to each other by what they write.
const MaxTurns = 20

// laneKey is a lane of a script.
type laneKey struct{ script, lane string }

// laneState is what a transaction knows of a lane.
type laneState struct {
	// gathers is the run that takes further events, or nil.
	gathers *gathering
	// starts are the times at which its last runs start, of the newest first, and as many as @throttle counts. Nil is not known.
	starts []int64
}

// gathering is a run that waits for further events.
type gathering struct {
	id     string
	events int
	due    int64
	turn   int
}

func scanGathering(r row) (*gathering, error) {
	g := &gathering{}
	return g, r.Scan(&g.id, &g.events, &g.due, &g.turn)
}

// start makes the runs of an event, or adds it to those that gather.
func (t *eventTx) start(ctx context.Context, a *Arrival) error {
	if len(a.Launches) == 0 {
		return nil
	}
	turn, err := t.turn(ctx, a)
	if err != nil {
		return err
	}
	for _, l := range a.Launches {
		lane, err := t.laneOf(ctx, l)
		if err != nil {
			return err
		}
		if lane.gathers != nil && turn <= MaxTurns {
			err = t.join(ctx, a, l, lane, turn)
		} else {
			err = t.begin(ctx, a, l, lane, turn)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// laneOf is what a launch has to know of its lane.
func (t *eventTx) laneOf(ctx context.Context, l Launch) (*laneState, error) {
	key := laneKey{l.Script, l.Lane}
	lane := t.lanes[key]
	if lane == nil {
		lane = &laneState{}
		t.lanes[key] = lane
		if l.Max > 1 || l.Debounce > 0 {
			g, _, err := readOne(ctx, t, scanGathering, gatheringRun+t.db.forUpdate(), l.Script, l.Lane)
			if err != nil {
				return nil, err
			}
			lane.gathers = g
		}
	}
	return lane, nil
}

// slot is the earliest time at which another run of a lane may start behind those that it has, by @throttle. Run is one that it has
// already, or empty.
func (t *eventTx) slot(ctx context.Context, l Launch, lane *laneState, run string) (int64, error) {
	if l.Count == 0 {
		return 0, nil
	}
	starts := lane.starts
	if starts == nil || run != "" {
		var err error
		if starts, err = readAll(ctx, t, scanNumber, startsBefore, l.Script, l.Lane, run, l.Count); err != nil {
			return 0, err
		}
		if run == "" {
			lane.starts = slices.Grow(starts, 1)
		}
	}
	if len(starts) < l.Count {
		return 0, nil
	}
	return starts[l.Count-1] + l.Per.Microseconds(), nil
}

// begin makes a run.
func (t *eventTx) begin(ctx context.Context, a *Arrival, l Launch, lane *laneState, turn int) error {
	now := microseconds(t.now)
	run := Run{
		ID: newID(time.UnixMilli(max(t.now.UnixMilli(), t.after))), Script: l.Script, State: Scheduled, Attempt: 1, CreatedAt: timeOf(now),
		Trigger: Trigger{Kind: ByEvent, Event: a.Name, Key: keyOf(l.Lane)}, lane: l.Lane, Turn: turn,
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
			return err
		}
	case l.Max > 1:
		due, gathers = microseconds(t.now.Add(l.Within)), 1
	case l.Debounce > 0:
		due, gathers = microseconds(t.now.Add(l.Debounce)), 1
	}
	if !run.State.Ended() {
		slot, err := t.slot(ctx, l, lane, "")
		if err != nil {
			return err
		}
		if slot > max(due, now) {
			due = slot
		}
		if lane.starts != nil {
			lane.starts = slices.Insert(lane.starts, 0, max(due, now))
		}
	}
	if gathers > 0 {
		lane.gathers = &gathering{run.ID, gathers, due, turn}
	}
	run.Due = timeOf(due)
	t.write(putEventRun, run.ID, run.Script, run.State, now, a.Name, l.Lane, due, gathers, turn, microseconds(run.EndedAt), failure)
	t.write(putRunEvent, run.ID, 1, a.ID)
	t.taken.Runs = append(t.taken.Runs, run)
	return nil
}

// join adds an event to the run that gathers.
func (t *eventTx) join(ctx context.Context, a *Arrival, l Launch, lane *laneState, turn int) error {
	g := lane.gathers
	if l.Debounce > 0 { // the last event counts
		g.due, g.turn = max(g.due, microseconds(t.now.Add(l.Debounce))), turn
		t.write(replaceEvent, g.id, a.ID)
		t.write(postponeRun, g.id, g.due, a.Name, g.turn)
		lane.starts = nil
		return nil
	}
	g.events, g.turn = g.events+1, max(g.turn, turn)
	t.write(putRunEvent, g.id, g.events, a.ID)
	if g.events < l.Max {
		t.write(addToRun, g.id, g.due, g.events, g.turn, a.Name)
		return nil
	}
	slot, err := t.slot(ctx, l, lane, g.id)
	if err != nil {
		return err
	}
	g.due = max(slot, microseconds(t.now))
	t.write(addToRun, g.id, g.due, 0, g.turn, a.Name)
	lane.gathers, lane.starts = nil, nil
	t.taken.Filled = append(t.taken.Filled, Run{
		ID: g.id, Script: l.Script, State: Scheduled, Trigger: Trigger{Kind: ByEvent, Event: a.Name}, lane: l.Lane, Due: timeOf(g.due),
	})
	return nil
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

// NextDue is when the first run or event is due, after a time, that waits for it, or zero.
func (db *DB) NextDue(ctx context.Context, after time.Time) (time.Time, error) {
	var due int64
	err := db.sql.QueryRowContext(ctx, `SELECT coalesce(min(at), 0) FROM (
			SELECT min(due) AS at FROM runs WHERE job IS NULL AND state = 'scheduled' AND due > 0 AND due > $1
			UNION ALL SELECT min(held) FROM events WHERE held > 0 AND held > $1) AS waiting`,
		microseconds(after)).Scan(&due)
	return timeOf(due), explain(err)
}

package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// eventTables hold the events that have started runs, or will. An event that no script waits for is not kept.
//
// The same event may come by RTM and as a web hook, each more than once. Which deliveries are the same is told by the columns identity,
// once and stamp: see Arrival.
const eventTables = `CREATE TABLE events (
		id       TEXT PRIMARY KEY,
		name     TEXT NOT NULL,
		website  TEXT NOT NULL,
		-- What it is about: a conversation or a person.
		subject  TEXT NOT NULL,
		identity TEXT NOT NULL,
		once     BOOLEAN NOT NULL,
		-- By which ways it came.
		rtm      BOOLEAN NOT NULL,
		hook     BOOLEAN NOT NULL,
		-- The time in the envelope of the hook.
		stamp    BIGINT NOT NULL DEFAULT 0,
		time     BIGINT NOT NULL,
		received BIGINT NOT NULL,
		-- Until when it waits for its turn by RTM, or 0.
		held     BIGINT NOT NULL DEFAULT 0,
		-- What a held event will start.
		starts   TEXT NOT NULL DEFAULT '',
		-- Of a message, or 0.
		fingerprint BIGINT NOT NULL DEFAULT 0,
		payload  BLOB NOT NULL
	);
	CREATE UNIQUE INDEX events_once ON events (identity) WHERE once;
	CREATE INDEX events_identity ON events (identity, received) WHERE NOT once;
	CREATE INDEX events_received ON events (received);
	CREATE INDEX events_held ON events (held) WHERE held > 0;
	CREATE TABLE run_events (
		run   TEXT NOT NULL,
		seq   INTEGER NOT NULL,
		event TEXT NOT NULL,
		PRIMARY KEY (run, seq)
	);
	CREATE INDEX run_events_event ON run_events (event);
	ALTER TABLE scripts ADD COLUMN triggers TEXT NOT NULL DEFAULT '';
	-- The name of the event that started the run, and what keeps it in order: see Launch.Lane.
	ALTER TABLE runs ADD COLUMN event TEXT NOT NULL DEFAULT '';
	ALTER TABLE runs ADD COLUMN lane TEXT NOT NULL DEFAULT '';
	-- Before when it does not start, or 0.
	ALTER TABLE runs ADD COLUMN due BIGINT NOT NULL DEFAULT 0;
	-- How many events it has while it takes more, or 0.
	ALTER TABLE runs ADD COLUMN gathers INTEGER NOT NULL DEFAULT 0;
	-- How many runs in a row led to it by what they wrote.
	ALTER TABLE runs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
	CREATE UNIQUE INDEX runs_gathers ON runs (script, lane) WHERE gathers > 0;
	CREATE INDEX runs_lane ON runs (script, lane, id) WHERE lane <> '';
	CREATE INDEX runs_due ON runs (due) WHERE job IS NULL AND state = 'scheduled' AND due > 0;
	CREATE TABLE expectations (
		id      TEXT PRIMARY KEY,
		event   TEXT NOT NULL,
		subject TEXT NOT NULL,
		-- Of the message, once it is known, or 0.
		fingerprint BIGINT NOT NULL DEFAULT 0,
		turn    INTEGER NOT NULL,
		time    BIGINT NOT NULL
	);
	CREATE INDEX expectations_event ON expectations (event, subject, time);
	CREATE INDEX expectations_time ON expectations (time)`

// Event is something that happened at Crisp, as it is kept for the runs that it started.
type Event struct {
	// ID is a UUID (version 7) of this host's making: Crisp's events have none.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Website is the website that it happened on, or empty.
	Website string `json:"website_id"`
	// Payload is the JSON object that Crisp sent.
	Payload json.RawMessage `json:"data"`
	// Time is when it happened as far as is known, and Received when it came here.
	Time     time.Time `json:"time"`
	Received time.Time `json:"received"`
}

// Way is how an event came.
type Way int

// The ways.
const (
	ByRTM Way = iota
	ByHook
)

// Arrival is an event that has come, and what it starts.
type Arrival struct {
	Event
	Way Way
	// Subject is what it is about, such as a conversation: events of one subject keep their order.
	Subject string
	// Identity is the same for all deliveries of an event: it has its name and the fields that tell it from others.
	Identity string
	// Once reports that no two events have the same Identity. Of others, such as a state that is set once more, a hook and an RTM delivery
	// that came at nearly the same time are one event, and each pairs with one of the other way only.
	Once bool
	// Stamp is the time in the envelope of a hook. Deliveries of one hook have the same.
	Stamp time.Time
	// Hold is how long a hook's event waits to come by RTM as well, whose order is right, or 0.
	Hold time.Duration
	// Fingerprint is that of a message, or 0.
	Fingerprint int64
	Launches    []Launch
}

// Launch is what an event does with a script.
type Launch struct {
	Script string `json:"script"`
	// Lane keeps runs in order: they see those of their own lane only when they are about to start. It is not empty, which is the lane of
	// ticks and manual runs.
	Lane string `json:"lane"`
	// Debounce is how long the run waits for another event of the lane, which then takes the place of this one.
	Debounce time.Duration `json:"debounce,omitzero"`
	// Count runs of the lane may start within Per; further ones wait. 0 is any number.
	Count int           `json:"count,omitzero"`
	Per   time.Duration `json:"per,omitzero"`
	// Max events of the lane start one run, or fewer of them Within after the first. 0 does not gather.
	Max    int           `json:"max,omitzero"`
	Within time.Duration `json:"within,omitzero"`
}

// Taken is what became of an arrival.
type Taken struct {
	// Known reports that the event had come before.
	Known bool
	// Runs are those that are new, in the order of the arrival's launches.
	Runs []Run
}

// pairTime is within which time a hook and an RTM delivery of the same content are one event.
const pairTime = 10 * time.Second

// eventsLock is the key of the PostgreSQL advisory lock under which events are taken, one transaction at a time. The order in which they
// are taken is then that of their runs.
const eventsLock = 0x637269737065 // "crispe"

const (
	putEvent = `INSERT INTO events (id, name, website, subject, identity, once, rtm, hook, stamp, time, received, held, starts, fingerprint, payload)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (identity) WHERE once DO NOTHING`
	knownHook  = "SELECT id FROM events WHERE identity = $1 AND NOT once AND received >= $2 AND hook AND stamp = $3 LIMIT 1"
	mateOfHook = `SELECT id FROM events WHERE identity = $1 AND NOT once AND received >= $2 AND received <= $3 AND rtm AND NOT hook
		ORDER BY abs(received - $4) LIMIT 1`
	mateOfRTM = `SELECT id FROM events WHERE identity = $1 AND NOT once AND received >= $2 AND hook AND NOT rtm AND stamp >= $2 AND stamp <= $3
		ORDER BY abs(stamp - $4) LIMIT 1`
	pairHook   = "UPDATE events SET hook = TRUE, stamp = $2 WHERE id = $1"
	pairRTM    = "UPDATE events SET rtm = TRUE WHERE id = $1"
	pairOnce   = "UPDATE events SET rtm = TRUE WHERE identity = $1 AND once AND NOT rtm RETURNING id"
	heldEvent  = "UPDATE events SET held = 0 WHERE id = $1 AND held > 0"
	heldBefore = "SELECT id FROM events WHERE held > 0 AND subject = $1 AND stamp < $2 ORDER BY stamp, id"
	heldUntil  = "SELECT id FROM events WHERE held > 0 AND held <= $1 ORDER BY held, stamp, id LIMIT $2"
)

const eventColumns = "id, name, website, subject, time, received, payload, starts, fingerprint"

// scanEvent reads an event with what it starts.
func scanEvent(r row) (Arrival, error) {
	var a Arrival
	var at, received int64
	var payload []byte
	var starts string
	err := r.Scan(&a.ID, &a.Name, &a.Website, &a.Subject, &at, &received, &payload, &starts, &a.Fingerprint)
	a.Time, a.Received, a.Payload = timeOf(at), timeOf(received), payload
	if err == nil && starts != "" {
		err = json.Unmarshal([]byte(starts), &a.Launches)
	}
	return a, err
}

// TakeEvents keeps events that have come and makes the runs that they start, all or none. A delivery of an event that is known already
// starts nothing. The runs wait without jobs until their lines move up. It sets the events' IDs.
func (db *DB) TakeEvents(ctx context.Context, arrivals []Arrival) ([]Taken, error) {
	if err := db.prepare(ctx, putEvent, putEventRun, putRunEvent, takeExpectation); err != nil {
		return nil, err
	}
	var taken []Taken
	err := db.eventTransaction(ctx, func(t *eventTx) error {
		taken = make([]Taken, len(arrivals))
		for i := range arrivals {
			var err error
			if taken[i], err = t.take(ctx, &arrivals[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return taken, err
}

// ReleaseEvents has events start what they do that were held and did not come by RTM in time, at most limit. It returns the runs.
func (db *DB) ReleaseEvents(ctx context.Context, limit int) (runs []Run, err error) {
	waiting, err := collect(ctx, db.reader, scanText, "SELECT id FROM events WHERE held > 0 AND held <= $1 LIMIT 1", microseconds(db.Now()))
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	err = db.eventTransaction(ctx, func(t *eventTx) error {
		runs = nil
		due, err := collect(ctx, t.tx, scanText, heldUntil, microseconds(t.now), limit)
		if err != nil {
			return err
		}
		runs, err = t.release(ctx, due)
		return err
	})
	return runs, err
}

// eventTx takes events in a transaction.
type eventTx struct {
	db  *DB
	tx  quick
	now time.Time
}

func (db *DB) eventTransaction(ctx context.Context, fn func(t *eventTx) error) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		if db.pool != nil {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", eventsLock); err != nil {
				return err
			}
		}
		return fn(&eventTx{db, quick{tx, &db.prepared}, db.Now()})
	})
}

func (t *eventTx) take(ctx context.Context, a *Arrival) (Taken, error) {
	id, err := t.pair(ctx, a)
	if err != nil {
		return Taken{}, err
	}
	if id != "" { // it came before, and perhaps waits for this
		taken := Taken{Known: true}
		if a.Way == ByRTM {
			taken.Runs, err = t.release(ctx, []string{id})
		}
		return taken, err
	}
	var taken Taken
	if a.Way == ByRTM && a.Subject != "" { // what came as hooks alone, and happened before
		if taken.Runs, err = t.releaseBefore(ctx, a); err != nil {
			return Taken{}, err
		}
	}
	isNew, err := t.put(ctx, a)
	if err != nil || !isNew {
		return Taken{Known: true}, err
	}
	if a.Hold > 0 {
		return taken, nil
	}
	runs, err := t.start(ctx, a)
	taken.Runs = append(taken.Runs, runs...)
	return taken, err
}

// pair finds an event that an arrival is another delivery of, and notes that it came this way, too.
func (t *eventTx) pair(ctx context.Context, a *Arrival) (id string, err error) {
	stamp := microseconds(a.Stamp)
	from, to := microseconds(t.now.Add(-pairTime)), microseconds(t.now.Add(pairTime))
	find := func(query string, args ...any) (string, error) {
		var id string
		err := t.tx.QueryRowContext(ctx, query, args...).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return id, err
	}
	switch {
	case a.Once && a.Way == ByRTM:
		return find(pairOnce, a.Identity)
	case a.Once:
		return "", nil // put finds out
	case a.Way == ByRTM:
		if id, err = find(mateOfRTM, a.Identity, from, to, microseconds(t.now)); id != "" {
			_, err = t.tx.ExecContext(ctx, pairRTM, id)
		}
		return id, err
	}
	if id, err = find(knownHook, a.Identity, microseconds(a.Stamp.Add(-keepEvents)), stamp); id != "" || err != nil {
		return id, err
	}
	from, to = microseconds(a.Stamp.Add(-pairTime)), microseconds(a.Stamp.Add(pairTime))
	if id, err = find(mateOfHook, a.Identity, from, to, stamp); id != "" {
		_, err = t.tx.ExecContext(ctx, pairHook, id, stamp)
	}
	return id, err
}

// put keeps an event, and reports whether it is new.
func (t *eventTx) put(ctx context.Context, a *Arrival) (bool, error) {
	a.ID, a.Received = newID(t.now), t.now
	if a.Time.IsZero() {
		a.Time = t.now
	}
	var held int64
	starts := ""
	if a.Hold > 0 {
		text, err := json.Marshal(a.Launches)
		if err != nil {
			return false, fmt.Errorf("event %s: %w", a.Name, err)
		}
		held, starts = microseconds(t.now.Add(a.Hold)), string(text)
	}
	n, err := affected(t.tx.ExecContext(ctx, putEvent, a.ID, printable(a.Name), printable(a.Website), printable(a.Subject), a.Identity, a.Once,
		a.Way == ByRTM, a.Way == ByHook, microseconds(a.Stamp), microseconds(a.Time), microseconds(a.Received), held, starts, a.Fingerprint, []byte(a.Payload)))
	return n > 0, err
}

// releaseBefore has held events of the same subject start what they do that happened before one which has come by RTM.
func (t *eventTx) releaseBefore(ctx context.Context, a *Arrival) ([]Run, error) {
	before, err := collect(ctx, t.tx, scanText, heldBefore, a.Subject, microseconds(a.Time))
	if err != nil {
		return nil, err
	}
	return t.release(ctx, before)
}

// release has held events start what they do.
func (t *eventTx) release(ctx context.Context, ids []string) (runs []Run, err error) {
	for _, id := range ids {
		n, err := affected(t.tx.ExecContext(ctx, heldEvent, id))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue // it started them when it came
		}
		a, err := scanEvent(t.tx.QueryRowContext(ctx, "SELECT "+eventColumns+" FROM events WHERE id = $1", id))
		if err != nil {
			return nil, err
		}
		some, err := t.start(ctx, &a)
		if err != nil {
			return nil, err
		}
		runs = append(runs, some...)
	}
	return runs, nil
}

// EventsOf are the events that started a run, in their order. It is empty for other runs.
func (db *DB) EventsOf(ctx context.Context, run string) ([]Event, error) {
	return collect(ctx, db.reader, func(r row) (Event, error) {
		a, err := scanEvent(r)
		return a.Event, err
	}, `SELECT id, name, website, subject, time, received, payload, starts, fingerprint FROM run_events
		JOIN events ON events.id = run_events.event WHERE run = $1 ORDER BY seq`, run)
}

// keepEvents is how long an event is kept of which no run is left, to know its deliveries, and keepMost how many of all events at most.
const (
	keepEvents = 24 * time.Hour
	keepMost   = 500_000
)

// pruneEvents drops events that no run has, in small steps.
func (db *DB) pruneEvents(ctx context.Context) error {
	now := db.Now()
	before := microseconds(now.Add(-keepEvents))
	beyond, err := collect(ctx, db.reader, scanNumber, "SELECT received FROM events ORDER BY received DESC LIMIT 1 OFFSET $1", keepMost)
	if err != nil {
		return err
	}
	if len(beyond) > 0 {
		before = max(before, beyond[0])
	}
	for after := int64(0); ; {
		old, err := collect(ctx, db.reader, scanNumber, "SELECT received FROM events WHERE received > $1 AND received < $2 ORDER BY received LIMIT 1 OFFSET $3",
			after, before, atOnce)
		if err != nil {
			return err
		}
		to := before
		if len(old) > 0 {
			to = old[0]
		}
		begin := time.Now()
		_, err = db.exec(ctx, `DELETE FROM events WHERE received > $1 AND received < $2 AND held = 0
			AND NOT EXISTS (SELECT 1 FROM run_events WHERE event = events.id)`, after, to)
		if err != nil || len(old) == 0 {
			return err
		}
		after = to - 1
		if err := sleep(ctx, time.Since(begin)); err != nil {
			return err
		}
	}
}

func scanNumber(r row) (int64, error) {
	var n int64
	return n, r.Scan(&n)
}

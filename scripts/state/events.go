package state

import (
	"context"
	"encoding/json"
	"time"
)

// eventTables hold the events that have started runs, or will. An event that no script waits for is not kept.
//
// The same event may come by RTM and as a web hook, each more than once. The columns identity, once and stamp tell which
// deliveries are of one event: see Arrival.
const eventTables = `CREATE TABLE events (
		id       TEXT PRIMARY KEY,
		name     TEXT NOT NULL,
		website  TEXT NOT NULL,
		-- What it is about: a conversation or a person.
		subject  TEXT NOT NULL,
		identity TEXT NOT NULL,
		once     BOOLEAN NOT NULL,
		-- By which ways it came, and the ID of the delivery that came the second way.
		rtm      BOOLEAN NOT NULL,
		hook     BOOLEAN NOT NULL,
		mate     TEXT NOT NULL DEFAULT '',
		-- The time in the envelope of the hook.
		stamp    BIGINT NOT NULL DEFAULT 0,
		time     BIGINT NOT NULL,
		received BIGINT NOT NULL,
		-- It may have waited in a host until then.
		stored   BIGINT NOT NULL,
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
	CREATE INDEX events_held_subject ON events (subject, stamp) WHERE held > 0;
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
	CREATE INDEX runs_gathers ON runs (script, lane) WHERE gathers > 0;
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
	// ID is a UUID (version 7) that TakeEvents makes: Crisp's events have none.
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
	// Once reports that no two events have the same Identity. Of others, such as a state that is set once more, a hook and an
	// RTM delivery that came at nearly the same time are one event, and each pairs with one of the other way only.
	Once bool
	// Stamp is the time in the envelope of a hook. All deliveries of one hook have the same.
	Stamp time.Time
	// Hold is how long a hook's event waits to come by RTM as well, whose order is right, or 0.
	Hold time.Duration
	// Waited is how long ago it came, when it could not be stored at once: the two ways pair by when they came.
	Waited time.Duration
	// Fingerprint is that of a message, or 0.
	Fingerprint int64
	Launches    []Launch
}

// Launch is what an event does with a script.
type Launch struct {
	Script string `json:"script"`
	// Lane keeps runs in order: a run that is about to start looks at those of its own lane. It is a LaneOf: ticks and manual
	// runs have an empty lane.
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
	// Filled are those that had begun to gather events and got their last one.
	Filled []Run
}

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

// EventsOf are the events that started a run, in their order. It waits for a PostgreSQL that is away for some time. It is empty for other runs.
func (db *DB) EventsOf(ctx context.Context, run string) (events []Event, err error) {
	err = db.patiently(ctx, func() error {
		events, err = collect(ctx, db.reader, func(r row) (Event, error) {
			a, err := scanEvent(r)
			return a.Event, err
		}, "SELECT "+eventColumns+` FROM run_events
		JOIN events ON events.id = run_events.event WHERE run = $1 ORDER BY seq`, run)
		return err
	})
	return events, err
}

// keepEvents is how long an event whose runs are gone is kept, to know its deliveries. Beyond the newest keepMost of all events such
// ones are dropped earlier.
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

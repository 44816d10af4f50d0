package state

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// pairTime is within which time a hook and an RTM delivery of the same content are one event.
const pairTime = 10 * time.Second

// eventsLock is the key of the PostgreSQL advisory lock under which events are taken, one transaction at a time. The order in
// which they are taken is then that of their runs.
const eventsLock = 0x637269737065 // "crispe"

// frozenAfter is how long a host that has the lock may ask for nothing: without a bound, one that is stopped would keep the events of all
// others from being stored.
var frozenAfter = 5 * time.Second

const (
	lockEvents = "SELECT set_config('idle_in_transaction_session_timeout', $1, true), pg_advisory_xact_lock($2)"
	putEvent   = `INSERT INTO events (id, name, website, subject, identity, once, rtm, hook, stamp, time, received, stored, held, starts,
			fingerprint, payload)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	// A delivery that was taken already, although its host did not learn of it.
	takenBefore = `SELECT id FROM events WHERE identity = $1 AND once AND (id = $2 OR mate = $2)
		UNION ALL SELECT id FROM events WHERE identity = $1 AND NOT once AND (id = $2 OR mate = $2)`
	sameOnce   = "SELECT id FROM events WHERE identity = $1 AND once"
	knownHook  = "SELECT id FROM events WHERE identity = $1 AND NOT once AND received >= $2 AND hook AND stamp = $3 LIMIT 1"
	mateOfHook = `SELECT id FROM events WHERE identity = $1 AND NOT once AND received >= $2 AND received <= $3 AND rtm AND NOT hook
		ORDER BY abs(received - $4), id LIMIT 1`
	mateOfRTM = `SELECT id FROM events WHERE identity = $1 AND NOT once AND received >= $2 AND hook AND NOT rtm
		AND stamp >= $2 AND stamp <= $3 ORDER BY abs(stamp - $4), id LIMIT 1`
	pairHook     = "UPDATE events SET hook = TRUE, stamp = $2, mate = $3 WHERE id = $1"
	pairRTM      = "UPDATE events SET rtm = TRUE, mate = $2 WHERE id = $1"
	releaseEvent = "UPDATE events SET held = 0 WHERE id = $1 AND held > 0 RETURNING " + eventColumns
	heldBefore   = "SELECT id FROM events WHERE held > 0 AND subject = $1 AND stamp < $2 ORDER BY stamp, id"
	heldUntil    = "SELECT id, subject, stamp FROM events WHERE held > 0 AND held <= $1 ORDER BY held, stamp, id LIMIT $2"
	runsOfEvent  = "SELECT " + runColumns + " FROM runs WHERE id IN (SELECT run FROM run_events WHERE event = $1)"
)

// surroundings finds what arrivals may have to do with, by their identities, subjects and names: most have to do with nothing.
const surroundings = `SELECT 'identity', identity FROM events WHERE once AND identity IN (%[1]s)
	UNION ALL SELECT 'identity', identity FROM events WHERE NOT once AND identity IN (%[1]s)
	UNION ALL SELECT 'subject', subject FROM events WHERE held > 0 AND subject IN (%[2]s)
	UNION ALL SELECT DISTINCT 'name', event FROM expectations WHERE event IN (%[3]s)
	UNION ALL SELECT 'run', coalesce((SELECT max(id) FROM runs), '')`

// surroundings is the query with lists of texts as parameters.
func (db *DB) surroundings() string {
	list := func(n int) string { return fmt.Sprintf("SELECT value FROM json_each($%d)", n) }
	if db.pool != nil {
		list = func(n int) string { return fmt.Sprintf("SELECT unnest(CAST($%d AS text[]))", n) }
	}
	return fmt.Sprintf(surroundings, list(1), list(2), list(3))
}

// TakeEvents keeps events that have come and makes the runs that they start, all or none. A delivery of an event that is known
// already starts nothing. The runs wait without jobs until their lines move up.
//
// It gives the arrivals IDs. After an error it may be called again with the same arrivals: what was taken although the error says
// otherwise, since the database went away, is not taken twice.
func (db *DB) TakeEvents(ctx context.Context, arrivals []*Arrival) ([]Taken, error) {
	again := map[string]bool{}
	now := db.Now()
	for _, a := range arrivals {
		if a.ID != "" {
			again[a.ID] = true
		} else {
			a.ID = newID(now)
		}
		a.Name, a.Website, a.Subject = printable(a.Name), printable(a.Website), indexable(a.Subject)
		for i := range a.Launches {
			a.Launches[i].Lane = printable(a.Launches[i].Lane)
		}
	}
	var taken []Taken
	err := db.eventTransaction(ctx, func(t *eventTx) error {
		if err := t.look(ctx, arrivals); err != nil {
			return err
		}
		taken = make([]Taken, len(arrivals))
		for i, a := range arrivals {
			var err error
			t.taken = &taken[i]
			if again[a.ID] {
				var found bool
				if found, err = t.retake(ctx, a); found || err != nil {
					if err != nil {
						return err
					}
					continue
				}
			}
			if err = t.take(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	return taken, err
}

// ReleaseEvents has events start what they do that were held and did not come by RTM in time, at most limit of them and those of
// the same subjects that happened before. More reports that there may be further ones.
func (db *DB) ReleaseEvents(ctx context.Context, limit int) (released Taken, more bool, err error) {
	waiting, err := collect(ctx, db.reader, scanText, "SELECT id FROM events WHERE held > 0 AND held <= $1 LIMIT 1",
		microseconds(db.Now()))
	if err != nil || len(waiting) == 0 {
		return released, false, err
	}
	err = db.eventTransaction(ctx, func(t *eventTx) error {
		released = Taken{}
		t.taken = &released
		if err := t.look(ctx, nil); err != nil {
			return err
		}
		due, err := readAll(ctx, t, scanHeld, heldUntil, microseconds(t.now), limit)
		if err != nil {
			return err
		}
		more = len(due) == limit
		for _, h := range due {
			t.held[h.subject] = true
			if err := t.releaseBefore(ctx, h.subject, h.stamp); err != nil {
				return err
			}
			if err := t.release(ctx, h.id); err != nil {
				return err
			}
		}
		return nil
	})
	return released, more, err
}

type heldEvent struct {
	id, subject string
	stamp       int64
}

func scanHeld(r row) (h heldEvent, err error) { return h, r.Scan(&h.id, &h.subject, &h.stamp) }

// eventTx takes events in a transaction. What it writes is written before the next thing that it reads, and at the end: to
// PostgreSQL, many statements then travel together.
type eventTx struct {
	db      *DB
	tx      Tx
	do      doer
	now     time.Time
	pending []statement
	// known are identities of events, and held the subjects of events that are held: others are not in the database. Expected has
	// the names that were looked at, and whether a run has said that it will cause such an event.
	known, held, expected map[string]bool
	// lanes are those that were looked at.
	lanes map[laneKey]*laneState
	// after is a time in milliseconds that is in no run's ID yet.
	after int64
	// taken is what becomes of the arrival that is being taken.
	taken *Taken
}

func (db *DB) eventTransaction(ctx context.Context, fn func(t *eventTx) error) error {
	surroundings := db.surroundings()
	err := db.prepare(ctx, surroundings, putEvent, putEventRun, putRunEvent, takeExpectation, takenBefore, sameOnce, knownHook,
		mateOfHook, mateOfRTM, pairHook, pairRTM, releaseEvent, heldBefore, gatheringRun, startsBefore, replaceEvent, postponeRun, addToRun)
	if err != nil {
		return err
	}
	err = db.togetherIn(ctx, func(tx Tx, do doer) error {
		if tx.Postgres != nil {
			idle := strconv.FormatInt(frozenAfter.Milliseconds(), 10)
			if _, err := tx.Postgres.Exec(ctx, lockEvents, idle, eventsLock); err != nil {
				return err
			}
		}
		t := &eventTx{
			db: db, tx: tx, do: do, now: db.Now(), lanes: map[laneKey]*laneState{},
			known: map[string]bool{}, held: map[string]bool{}, expected: map[string]bool{},
		}
		if err := fn(t); err != nil {
			return err
		}
		return t.flush(ctx)
	})
	if err == nil {
		db.touched()
	}
	return err
}

// write notes a change, which flush makes.
func (t *eventTx) write(query string, args ...any) {
	t.pending = append(t.pending, statement{query, args})
}

func (t *eventTx) flush(context.Context) error {
	list := t.pending
	t.pending = nil
	_, err := t.do(len(list), func(i int) (string, []any) { return list[i].query, list[i].args })
	return err
}

// readAll reads the rows of a query behind what was written.
func readAll[T any](ctx context.Context, t *eventTx, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	if t.tx.Postgres == nil {
		return collect(ctx, quick{t.tx.SQLite, &t.db.prepared}, scan, query, args...)
	}
	rows, err := t.tx.Postgres.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (T, error) { return scan(r) })
}

// readOne is readAll for at most one row.
func readOne[T any](ctx context.Context, t *eventTx, scan func(row) (T, error), query string, args ...any) (one T, found bool, err error) {
	all, err := readAll(ctx, t, scan, query, args...)
	if err != nil || len(all) == 0 {
		return one, false, err
	}
	return all[0], true, nil
}

// look finds what arrivals may have to do with.
func (t *eventTx) look(ctx context.Context, arrivals []*Arrival) error {
	var identities, subjects, names []string
	for _, a := range arrivals {
		identities, names = append(identities, a.Identity), append(names, a.Name)
		t.expected[a.Name] = false
		if a.Subject != "" {
			subjects = append(subjects, a.Subject)
		}
	}
	lists := []any{t.list(identities), t.list(subjects), t.list(names)}
	found, err := readAll(ctx, t, scanPair, t.db.surroundings(), lists...)
	for _, pair := range found {
		switch what := pair[1]; pair[0] {
		case "identity":
			t.known[what] = true
		case "subject":
			t.held[what] = true
		case "name":
			t.expected[what] = true
		case "run":
			t.after = millisecondsOf(what) + 1
		}
	}
	return err
}

// list is a parameter of several texts.
func (t *eventTx) list(texts []string) any {
	if t.tx.Postgres != nil {
		return texts
	}
	if texts == nil {
		return "[]"
	}
	text, _ := json.Marshal(texts) // texts have no error
	return string(text)
}

// retake finds an arrival that was taken although its host was told otherwise.
func (t *eventTx) retake(ctx context.Context, a *Arrival) (found bool, err error) {
	id, found, err := readOne(ctx, t, scanText, takenBefore, a.Identity, a.ID)
	if err == nil && found {
		t.taken.Known = id != a.ID
		t.taken.Runs, err = readAll(ctx, t, scanRun, runsOfEvent, id)
	}
	return found, err
}

func (t *eventTx) take(ctx context.Context, a *Arrival) error {
	if a.Time.IsZero() {
		a.Time = t.now
	}
	if a.Stamp.IsZero() {
		a.Stamp = a.Time
	}
	if a.Way == ByRTM { // what came as hooks alone, and happened before
		if err := t.releaseBefore(ctx, a.Subject, microseconds(a.Time)); err != nil {
			return err
		}
	}
	if t.known[a.Identity] {
		id, found, err := t.pair(ctx, a)
		if err != nil {
			return err
		}
		if found {
			t.taken.Known = true
			if a.Way == ByRTM {
				return t.release(ctx, id) // it may have waited for this
			}
			return nil
		}
	}
	if err := t.put(a); err != nil || a.Hold > 0 {
		return err
	}
	return t.start(ctx, a)
}

// pair finds an event that an arrival is another delivery of, and notes that it came this way, too.
func (t *eventTx) pair(ctx context.Context, a *Arrival) (id string, found bool, err error) {
	find := func(query string, args ...any) (string, bool, error) {
		return readOne(ctx, t, scanText, query, args...)
	}
	came := t.now.Add(-a.Waited)
	stamp := microseconds(a.Stamp)
	around := func(at time.Time) (from, to int64) {
		return microseconds(at.Add(-pairTime)), microseconds(at.Add(pairTime))
	}
	switch {
	case a.Once:
		id, found, err = find(sameOnce, a.Identity)
	case a.Way == ByRTM:
		from, to := around(came)
		id, found, err = find(mateOfRTM, a.Identity, from, to, microseconds(came))
	default:
		id, found, err = find(knownHook, a.Identity, microseconds(a.Stamp.Add(-keepEvents)), stamp)
		if found || err != nil {
			return id, found, err
		}
		from, to := around(a.Stamp)
		if id, found, err = find(mateOfHook, a.Identity, from, to, stamp); found {
			t.write(pairHook, id, stamp, a.ID)
		}
		return id, found, err
	}
	if found && a.Way == ByRTM {
		t.write(pairRTM, id, a.ID)
	}
	return id, found, err
}

// put keeps an event.
func (t *eventTx) put(a *Arrival) error {
	a.Received = t.now.Add(-a.Waited)
	var held, stamp int64
	starts := ""
	if a.Way == ByHook {
		stamp = microseconds(a.Stamp)
	}
	if a.Hold > 0 {
		text, err := json.Marshal(a.Launches)
		if err != nil {
			return fmt.Errorf("event %s: %w", a.Name, err)
		}
		held, starts = microseconds(t.now.Add(a.Hold)), string(text)
		t.held[a.Subject] = true
	}
	t.known[a.Identity] = true
	t.write(putEvent, a.ID, a.Name, a.Website, a.Subject, a.Identity, a.Once, a.Way == ByRTM, a.Way == ByHook, stamp,
		microseconds(a.Time), microseconds(a.Received), microseconds(t.now), held, starts, a.Fingerprint, []byte(a.Payload))
	return nil
}

// releaseBefore has held events of a subject start what they do that happened before a time.
func (t *eventTx) releaseBefore(ctx context.Context, subject string, before int64) error {
	if subject == "" || !t.held[subject] {
		return nil
	}
	ids, err := readAll(ctx, t, scanText, heldBefore, subject, before)
	for _, id := range ids {
		if err == nil {
			err = t.release(ctx, id)
		}
	}
	return err
}

// release has a held event start what it does. One that is not held did so when it came.
func (t *eventTx) release(ctx context.Context, id string) error {
	a, found, err := readOne(ctx, t, scanEvent, releaseEvent, id)
	if err != nil || !found {
		return err
	}
	return t.start(ctx, &a)
}

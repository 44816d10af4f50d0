package state

import (
	"context"
	"database/sql"
	"time"
)

// A run that an event started may write what causes another event, which starts a run, and so on for ever. What a run is about to write is
// noted before it is sent, with the events that it will cause: the next such event of the same subject is taken for it, and its runs
// are one turn further.

// Expectation is an event that a run is about to cause.
type Expectation struct {
	Event, Subject string
	// Turn is that of the run.
	Turn int
}

// AnySubject is the subject of an event about something that is not there yet.
const AnySubject = "*"

// expectTime is how long an event may take to come.
const expectTime = 10 * time.Second

const takeExpectation = `DELETE FROM expectations WHERE id = (SELECT id FROM expectations WHERE event = $1 AND subject IN ($2, '*') AND time >= $3
		AND (fingerprint = 0 OR fingerprint = $4) ORDER BY time LIMIT 1) RETURNING turn`

// Expect notes events that a write is about to cause. The ID is for Learn.
func (db *DB) Expect(ctx context.Context, list []Expectation) (ids []string, err error) {
	now := db.Now()
	err = db.transact(ctx, func(tx *sql.Tx) error {
		ids = ids[:0]
		for _, e := range list {
			id := newID(now)
			_, err := tx.ExecContext(ctx, "INSERT INTO expectations (id, event, subject, turn, time) VALUES ($1, $2, $3, $4, $5)",
				id, printable(e.Event), indexable(e.Subject), e.Turn, microseconds(now))
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids, err
}

// Learn notes what an answer tells of an expected event, the fingerprint of its message or else its subject: no other is taken for it
// from then on. Zero values tell nothing.
func (db *DB) Learn(ctx context.Context, id, subject string, fingerprint int64) error {
	_, err := db.exec(ctx, `UPDATE expectations SET fingerprint = $2, subject = CASE WHEN subject = '*' AND $3 <> '' THEN $3 ELSE subject END
		WHERE id = $1`, id, fingerprint, printable(subject))
	return err
}

// turn is how many runs in a row led to an event by what they wrote, with the runs that it starts.
func (t *eventTx) turn(ctx context.Context, a *Arrival) (int, error) {
	if some, looked := t.expected[a.Name]; looked && !some {
		return 0, nil
	}
	turn, found, err := readOne(ctx, t, scanNumber, takeExpectation, a.Name, a.Subject, microseconds(t.now.Add(-expectTime)), a.Fingerprint)
	if !found {
		return 0, err
	}
	return int(turn) + 1, err
}

// pruneExpectations drops those that were not met.
func (db *DB) pruneExpectations(ctx context.Context) error {
	_, err := db.exec(ctx, "DELETE FROM expectations WHERE time < $1", microseconds(db.Now().Add(-time.Minute)))
	return err
}

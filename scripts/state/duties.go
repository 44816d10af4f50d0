package state

import (
	"context"
	"time"
)

// duties is the table of what one host at a time does for all.
const duties = `CREATE TABLE duties (
	name  TEXT PRIMARY KEY,
	host  TEXT NOT NULL,
	until BIGINT NOT NULL
)`

// takeDuty locks nothing while another host has the duty.
const takeDuty = `INSERT INTO duties (name, host, until) SELECT $1, $2, CAST($3 AS BIGINT)
		WHERE NOT EXISTS (SELECT 1 FROM duties WHERE name = $1 AND host <> $2 AND until >= $4)
	ON CONFLICT (name) DO UPDATE SET host = excluded.host, until = excluded.until
	WHERE duties.host = excluded.host OR duties.until < $4`

// TakeDuty makes a host the one that has a duty for a time, unless another has it. It reports whether the host has it. A host that
// stands still loses it when the time is over, without doing anything: what the duty guards must bear two at once.
func (db *DB) TakeDuty(ctx context.Context, name, host string, lasting time.Duration) (bool, error) {
	now := db.Now()
	n, err := db.execPrepared(ctx, takeDuty, name, host, microseconds(now.Add(lasting)), microseconds(now))
	return n == 1, err
}

// LeaveDuty gives a duty back, if the host has it.
func (db *DB) LeaveDuty(ctx context.Context, name, host string) error {
	_, err := db.exec(ctx, "DELETE FROM duties WHERE name = $1 AND host = $2", name, host)
	return err
}

// NoteHeard notes that events were listened to until now.
func (db *DB) NoteHeard(ctx context.Context) error {
	_, err := db.exec(ctx, `INSERT INTO counters (name, value) VALUES ('heard', $1)
		ON CONFLICT (name) DO UPDATE SET value = CASE WHEN counters.value < excluded.value THEN excluded.value ELSE counters.value END`,
		microseconds(db.Now()))
	return err
}

// Heard is until when events were listened to, by NoteHeard, or zero when they never were.
func (db *DB) Heard(ctx context.Context) (time.Time, error) {
	var heard int64
	err := db.sql.QueryRowContext(ctx, "SELECT coalesce(max(value), 0) FROM counters WHERE name = 'heard'").Scan(&heard)
	return timeOf(heard), explain(err)
}

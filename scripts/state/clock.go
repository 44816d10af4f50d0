package state

import (
	"context"
	"time"
)

// reading is what the server's clock showed, and this machine's at the same time.
type reading struct{ server, local time.Time }

// Now is the time that all hosts of the database go by: this machine's on SQLite, that of the PostgreSQL server otherwise, as
// ReadClock or the last Beat found it. From there the time goes on evenly, so that a machine whose clock is set does
// nothing early.
func (db *DB) Now() time.Time {
	if now := db.substitute.Load(); now != nil {
		return (*now)()
	}
	if r := db.reading.Load(); r != nil {
		return r.server.Add(time.Since(r.local))
	}
	return time.Now()
}

// SetClock has the database go by another clock, for tests of what takes long.
func (db *DB) SetClock(now func() time.Time) { db.substitute.Store(&now) }

// ReadClock reads the server's clock, for Now. A process that does not Beat calls it before it asks for a run.
func (db *DB) ReadClock(ctx context.Context) error {
	if db.pool == nil {
		return nil
	}
	var server time.Time
	before := time.Now()
	if err := db.sql.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&server); err != nil {
		return explain(err)
	}
	way := time.Since(before)
	local := before.Add(way / 2)
	// Less than the way there and back is no difference that can be told.
	if server.Sub(local).Abs() <= way {
		server = local
	}
	db.reading.Store(&reading{server.Round(0), local})
	return nil
}

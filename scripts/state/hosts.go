package state

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Host is a process that runs scripts.
type Host struct {
	// ID is new at each start.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Started is when the process began, Beat when it was last heard of.
	Started time.Time `json:"started"`
	Beat    time.Time `json:"beat"`
}

// Beat tells that a host is alive and reads the clock that all hosts go by. Known is false when the host was not, or no longer,
// among the hosts: then others may have taken over what it ran.
func (db *DB) Beat(ctx context.Context, h Host) (known bool, err error) {
	if err := db.ReadClock(ctx); err != nil {
		return false, err
	}
	now := microseconds(db.Now())
	n, err := db.execPrepared(ctx, "UPDATE hosts SET beat = $2 WHERE id = $1", h.ID, now)
	if err != nil || n == 1 {
		return n == 1, err
	}
	_, err = db.exec(ctx, `INSERT INTO hosts (id, name, started, beat) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET beat = excluded.beat`, h.ID, h.Name, microseconds(h.Started), now)
	return false, err
}

// Hosts are all hosts that were heard of lately, by name.
func (db *DB) Hosts(ctx context.Context) ([]Host, error) {
	return collect(ctx, db.sql, func(r row) (Host, error) {
		var h Host
		var started, beat int64
		err := r.Scan(&h.ID, &h.Name, &started, &beat)
		h.Started, h.Beat = timeOf(started), timeOf(beat)
		return h, err
	}, "SELECT id, name, started, beat FROM hosts ORDER BY name, started")
}

// RemoveHost forgets a host and gives back what it ran: those runs wait again. When since is set the host is left alone if
// it was heard of after it. Gone tells that this call removed it. The transaction is handed to release, with the queue's
// jobs of the runs, so that both come back or neither.
//
// A rescue counts against the run, since its host may have died of it; a host that leaves by itself (since is zero) counts
// nothing.
func (db *DB) RemoveHost(ctx context.Context, id string, since time.Time, release func(tx *sql.Tx, jobs []int64) error) (gone bool, err error) {
	now := db.Now()
	err = db.transact(ctx, func(tx *sql.Tx) error {
		query, args := "DELETE FROM hosts WHERE id = $1", []any{id}
		if !since.IsZero() {
			query, args = query+" AND beat < $2", append(args, microseconds(since))
		}
		var beat int64
		err := tx.QueryRowContext(ctx, query+" RETURNING beat", args...).Scan(&beat)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if gone = err == nil; !gone && !since.IsZero() {
			return nil
		}
		if since.IsZero() {
			beat = 0
		}
		jobs, err := releaseRuns(ctx, tx, id, beat, now)
		if err != nil {
			return err
		}
		return release(tx, jobs)
	})
	if err == nil {
		db.touched()
	}
	return gone, err
}

// NoteStrayHosts puts hosts among Hosts that are not there although running runs name them. They have to be heard of like others.
func (db *DB) NoteStrayHosts(ctx context.Context) error {
	_, err := db.exec(ctx, `INSERT INTO hosts (id, name, started, beat)
		SELECT DISTINCT host, host AS name, CAST($1 AS BIGINT), CAST($1 AS BIGINT) FROM runs
		WHERE `+going+` AND host NOT IN (SELECT id FROM hosts)
		ON CONFLICT (id) DO NOTHING`, microseconds(db.Now()))
	return err
}

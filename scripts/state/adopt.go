package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Why a script cannot take over what another one left.
var (
	// ErrOwnStore tells that the script has stored values of its own, or that a run of it may be storing some.
	ErrOwnStore = errors.New("the script has a store of its own")
	// ErrBusy tells that the script is running, with the store that it has now.
	ErrBusy = errors.New("the script is running")
	// ErrPresent tells that the script which is to be carried over is still there.
	ErrPresent = errors.New("the script is still there")
	// ErrAdopted tells that another script has taken over already what the removed one left.
	ErrAdopted = errors.New("it was carried over already")
)

// moveChunk bounds the runs of a transaction that gives them another name.
const moveChunk = 500

// homeOf is the name under which a script keeps its store and its files.
func homeOf(ctx context.Context, q querier, name string) (string, error) {
	var home string
	err := q.QueryRowContext(ctx, "SELECT coalesce((SELECT home FROM script_homes WHERE name = $1), CAST($1 AS TEXT))", name).Scan(&home)
	return home, err
}

// swapHomes gives each of two scripts the store of the other, so that runs in progress go on with the one that they have.
func swapHomes(ctx context.Context, tx *sql.Tx, a, b string) error {
	homeA, err := homeOf(ctx, tx, a)
	if err != nil {
		return err
	}
	homeB, err := homeOf(ctx, tx, b)
	if err != nil {
		return err
	}
	for _, pair := range [][2]string{{a, homeB}, {b, homeA}} {
		_, err := tx.ExecContext(ctx, "INSERT INTO script_homes (name, home) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET home = excluded.home",
			pair[0], pair[1])
		if err != nil {
			return err
		}
	}
	return nil
}

// hasStore reports whether a script's store holds anything.
func hasStore(ctx context.Context, q querier, name string, now int64) (bool, error) {
	home, err := homeOf(ctx, q, name)
	if err != nil {
		return false, err
	}
	var n int
	err = q.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM store WHERE scope = $1 AND (expires = 0 OR expires > $2) LIMIT 1) AS one",
		"script:"+home, now).Scan(&n)
	return n > 0, err
}

// RenameScript saves a script that was known under another name until now, and gives it what the other one has: store, runs, pause
// and the time up to which ticks were dealt with. Both happen or neither. ErrNotFound tells that the old name is not known,
// ErrAdopted that another host has done this, and ErrOwnStore that the new name has stored values of its own.
func (db *DB) RenameScript(ctx context.Context, old string, s Saved) error {
	if err := db.finishMoves(ctx); err != nil {
		return err
	}
	now := db.Now()
	err := db.change(ctx, func(tx *sql.Tx) error {
		if err := db.renameRow(ctx, tx, old, s.Name, microseconds(now)); err != nil {
			return err
		}
		if err := swapHomes(ctx, tx, old, s.Name); err != nil {
			return err
		}
		if err := leave(ctx, tx, old, s.Name, newID(now)); err != nil {
			return err
		}
		return putRow(ctx, tx, s, microseconds(now))
	})
	if err != nil {
		return fmt.Errorf("rename script %s to %s: %w", old, s.Name, err)
	}
	return db.finishMoves(ctx)
}

// renameRow gives a script's row another name. A row that has the new name already, from a host that took the script for a new
// one, goes; what was done under it is not done again.
func (db *DB) renameRow(ctx context.Context, tx *sql.Tx, old, name string, now int64) error {
	rows, err := collect(ctx, tx, scanScript, "SELECT "+scriptColumns+" FROM scripts WHERE name IN ($1, $2) ORDER BY name"+db.forUpdate(), old, name)
	if err != nil {
		return err
	}
	var before, taken *scheduled
	for i := range rows {
		if rows[i].Name == old {
			before = &rows[i]
		} else {
			taken = &rows[i]
		}
	}
	if before == nil {
		var successor string
		err := tx.QueryRowContext(ctx, "SELECT successor FROM departures WHERE name = $1"+db.forUpdate(), old).Scan(&successor)
		if err != nil {
			return err
		}
		if successor != "" {
			return fmt.Errorf("%w, to %s", ErrAdopted, successor)
		}
		// As it was left: its ticks count from then on.
		if _, err := tx.ExecContext(ctx, putBack, old, now, 0); err != nil {
			return err
		}
	}
	own, err := hasStore(ctx, tx, name, now)
	if err != nil {
		return err
	}
	if own {
		return ErrOwnStore
	}
	if before != nil {
		content, err := contentIn(ctx, tx, before.Version)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, noteDeparture, old, content, now, "", ""); err != nil {
			return err
		}
	}
	if taken != nil {
		if _, err := tx.ExecContext(ctx, dropScript, name); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "UPDATE scripts SET name = $2, next_run = 0, updated = $3 WHERE name = $1", old, name, now)
	if err == nil && taken != nil {
		_, err = tx.ExecContext(ctx, "UPDATE scripts SET paused = paused OR $2, watermark = CASE WHEN watermark < $3 THEN $3 ELSE watermark END WHERE name = $1",
			name, taken.Paused, microseconds(taken.watermark))
	}
	return err
}

// contentIn is ContentOf a version, or empty when it is not there.
func contentIn(ctx context.Context, q querier, hash string) (string, error) {
	v, err := readVersion(ctx, q, hash)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return ContentOf(v.Entry, v.Files), nil
}

// putRow saves a script whose row is locked.
func putRow(ctx context.Context, tx *sql.Tx, s Saved, now int64) error {
	broken, err := encodeError(s.Broken)
	if err != nil {
		return err
	}
	put, err := scriptStatement(s.Script, broken, now)
	if err != nil {
		return err
	}
	list := []statement{put, {countSaves, nil}}
	if s.Content != nil {
		version, err := versionStatement(s.Content, now)
		if err != nil {
			return err
		}
		list = append([]statement{version}, list...)
	}
	for _, one := range list {
		if _, err := tx.ExecContext(ctx, one.query, one.args...); err != nil {
			return err
		}
	}
	return nil
}

// leave notes who goes on with a script's work. Runs that wait or go are the successor's at once; the others follow.
func leave(ctx context.Context, tx *sql.Tx, old, successor, bound string) error {
	for _, one := range []statement{
		{"UPDATE departures SET successor = $2 WHERE successor = $1", []any{old, successor}}, // of earlier names
		{"UPDATE departures SET successor = $2, heir = $2, moving = $3 WHERE name = $1", []any{old, successor, bound}},
		{"DELETE FROM departures WHERE name = $1", []any{successor}},
		{"UPDATE run_calls SET script = $2 WHERE script = $1 AND " + isWrite + ` AND run IN
			(SELECT id FROM runs WHERE script = $1 AND state IN ('scheduled', 'running') AND ` + freeTick + ")", []any{old, successor}},
		{"UPDATE runs SET script = $2 WHERE script = $1 AND state IN ('scheduled', 'running') AND " + freeTick, []any{old, successor}},
	} {
		if _, err := tx.ExecContext(ctx, one.query, one.args...); err != nil {
			return err
		}
	}
	return nil
}

// freeTick is that the script $2 has no run of the same tick.
const freeTick = "(tick IS NULL OR NOT EXISTS (SELECT 1 FROM runs AS o WHERE o.script = $2 AND o.tick = runs.tick))"

// finishMoves gives the runs of renamed scripts to their successors, in steps between which others have their turn. A process that
// ended meanwhile may have left some.
func (db *DB) finishMoves(ctx context.Context) error {
	type move struct{ name, heir, bound string }
	moves, err := collect(ctx, db.sql, func(r row) (move, error) {
		var m move
		return m, r.Scan(&m.name, &m.heir, &m.bound)
	}, "SELECT name, heir, moving FROM departures WHERE moving <> '' ORDER BY name")
	for _, m := range moves {
		for n := int64(moveChunk); err == nil && n == moveChunk; {
			err = db.change(ctx, func(tx *sql.Tx) error {
				// Prune finds the versions of runs by the script.
				_, err := tx.ExecContext(ctx, `UPDATE versions SET script = $2
					WHERE script = $1 AND hash IN (SELECT version FROM runs WHERE script = $1 AND id <= $3 ORDER BY id LIMIT 500)`, m.name, m.heir, m.bound)
				if err != nil {
					return err
				}
				_, err = tx.ExecContext(ctx, `UPDATE run_calls SET script = $2 WHERE script = $1 AND run IN (SELECT id FROM runs WHERE script = $1 AND id <= $3 AND `+freeTick+`
					ORDER BY id LIMIT 500) AND `+isWrite, m.name, m.heir, m.bound)
				if err != nil {
					return err
				}
				n, err = affected(tx.ExecContext(ctx, `UPDATE runs SET script = $2
					WHERE id IN (SELECT id FROM runs WHERE script = $1 AND id <= $3 AND `+freeTick+` ORDER BY id LIMIT 500)`, m.name, m.heir, m.bound))
				return err
			})
		}
		if err == nil {
			_, err = db.exec(ctx, "UPDATE departures SET moving = '' WHERE name = $1 AND moving = $2", m.name, m.bound)
		}
	}
	return err
}

// Adoption is what AdoptScript carried over.
type Adoption struct {
	// Keys is how many stored values, and Runs how many runs.
	Keys, Runs int
	// Paused tells that the script is paused since the other one was.
	Paused bool
	// Replaced is how many values the script had stored itself. They are kept under the other name.
	Replaced int
}

// AdoptScript gives a script what another one left that was removed: store, runs and pause. Errors are ErrNotFound when either is
// not known, ErrPresent, ErrAdopted, and unless it is forced ErrOwnStore and ErrBusy. When it is forced, the two scripts' stores
// are exchanged.
func (db *DB) AdoptScript(ctx context.Context, old, name string, force bool) (a Adoption, err error) {
	if err := db.finishMoves(ctx); err != nil {
		return a, err
	}
	now := db.Now()
	err = db.change(ctx, func(tx *sql.Tx) error {
		rows, err := collect(ctx, tx, scanScript, "SELECT "+scriptColumns+" FROM scripts WHERE name IN ($1, $2) ORDER BY name"+db.forUpdate(), old, name)
		switch {
		case err != nil:
			return err
		case len(rows) == 2 || len(rows) == 1 && rows[0].Name == old:
			return ErrPresent
		case len(rows) == 0:
			return ErrNotFound
		}
		if a, err = db.adoption(ctx, tx, old, name, microseconds(now)); err != nil {
			return err
		}
		if !force && a.Replaced > 0 {
			return ErrOwnStore
		}
		var running int
		err = tx.QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE script = $1 AND state IN ('scheduled', 'running') AND state = 'running'", name).Scan(&running)
		if err != nil {
			return err
		}
		if !force && running > 0 {
			return ErrBusy
		}
		if err := swapHomes(ctx, tx, old, name); err != nil {
			return err
		}
		if err := leave(ctx, tx, old, name, newID(now)); err != nil {
			return err
		}
		if a.Replaced > 0 { // which can be adopted in turn
			_, err := tx.ExecContext(ctx, "UPDATE departures SET successor = '' WHERE name = $1", old)
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE scripts SET paused = paused OR $2, updated = $3 WHERE name = $1", name, a.Paused, microseconds(now))
		if err == nil {
			err = changed(ctx, tx)
		}
		return err
	})
	if err != nil {
		return a, fmt.Errorf("carry %s over to %s: %w", old, name, err)
	}
	return a, db.finishMoves(ctx)
}

// adoption finds out what a removed script left, and makes its departure one of now: one that an earlier version removed has none.
func (db *DB) adoption(ctx context.Context, tx *sql.Tx, old, name string, now int64) (a Adoption, err error) {
	d, err := scanDeparture(tx.QueryRowContext(ctx, departureQuery+" WHERE name = $2"+db.forUpdate(), now, old))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return a, err
	}
	known := err == nil
	if d.Successor != "" {
		return a, fmt.Errorf("%w, to %s", ErrAdopted, d.Successor)
	}
	count := func(name string) (n int, err error) {
		home, err := homeOf(ctx, tx, name)
		if err == nil {
			err = tx.QueryRowContext(ctx, "SELECT count(*) FROM store WHERE scope = $1 AND (expires = 0 OR expires > $2)", "script:"+home, now).Scan(&n)
		}
		return n, err
	}
	if a.Keys, err = count(old); err != nil {
		return a, err
	}
	if a.Replaced, err = count(name); err != nil {
		return a, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE script = $1", old).Scan(&a.Runs); err != nil {
		return a, err
	}
	if !known && a.Keys == 0 && a.Runs == 0 {
		return a, ErrNotFound
	}
	a.Paused = d.Paused
	// Kept for the whole time from now on: it may hold what the other one stored.
	_, err = tx.ExecContext(ctx, `INSERT INTO departures (name, path, language, description, version, schedules, timezone, paused, disabled, watermark, content, removed)
		VALUES ($1, '', '', '', '', '[]', '', $2, $3, $4, '', $4) ON CONFLICT (name) DO UPDATE SET removed = excluded.removed`, old, false, false, now)
	return a, err
}

// FormerNames are the names that a script had until lately, the oldest first. Their runs and stores are the script's now.
func (db *DB) FormerNames(ctx context.Context, name string) ([]Departure, error) {
	return collect(ctx, db.sql, scanDeparture, departureQuery+" WHERE successor = $2 ORDER BY removed", microseconds(db.Now()), name)
}

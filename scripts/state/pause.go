package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Pause is who paused a script last, or resumed it.
type Pause struct {
	Paused bool      `json:"paused"`
	By     string    `json:"by"` // empty for one of before this was noted
	At     time.Time `json:"at"`
}

// addPauses notes who paused a script or resumed it, and when.
const addPauses = `ALTER TABLE scripts ADD COLUMN paused_by TEXT NOT NULL DEFAULT '';
	ALTER TABLE scripts ADD COLUMN paused_at BIGINT NOT NULL DEFAULT 0`

// SetPaused pauses a script or resumes it. Ticks of the pause are not made up for. Doing again what was done changes nothing, and leaves
// the name of who did it first. ErrNotFound when there is no such script.
func (db *DB) SetPaused(ctx context.Context, name string, paused bool, by string) error {
	now := microseconds(db.Now())
	return db.change(ctx, func(tx *sql.Tx) error {
		var found string
		err := tx.QueryRowContext(ctx, "SELECT name FROM scripts WHERE name = $1"+db.forUpdate(), name).Scan(&found)
		if err != nil {
			return err
		}
		// Resuming what is not paused must not lose ticks.
		_, err = tx.ExecContext(ctx, `UPDATE scripts SET paused = $2, updated = $3, next_run = 0, paused_by = $4, paused_at = $3,
			watermark = CASE WHEN paused THEN $3 ELSE watermark END WHERE name = $1 AND paused <> $2`, name, paused, now, printable(by))
		if err != nil {
			return err
		}
		return changed(ctx, tx)
	})
}

// Pauses are who paused or resumed scripts last, by the names of the scripts: of those named, or of all. What nobody ever paused is left out.
func (db *DB) Pauses(ctx context.Context, names ...string) (map[string]Pause, error) {
	query, args := "SELECT name, paused, paused_by, paused_at FROM scripts WHERE (paused OR paused_at > 0)", make([]any, len(names))
	if len(names) > 0 {
		marks := make([]string, len(names))
		for i, name := range names {
			args[i], marks[i] = name, fmt.Sprintf("$%d", i+1)
		}
		query += " AND name IN (" + strings.Join(marks, ", ") + ")"
	}
	pauses := map[string]Pause{}
	_, err := collect(ctx, db.sql, func(r row) (struct{}, error) {
		var name string
		var p Pause
		var at int64
		err := r.Scan(&name, &p.Paused, &p.By, &at)
		p.At = timeOf(at)
		pauses[name] = p
		return struct{}{}, err
	}, query, args...)
	return pauses, err
}

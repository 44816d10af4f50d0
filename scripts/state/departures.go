package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// KeepDeparted is how long what a removed script stored is kept.
const KeepDeparted = 30 * 24 * time.Hour

// addDepartures keeps what a removed script leaves, and lets a script use the store of another name. Homes are swapped, never
// shared: no two scripts have the same.
const addDepartures = `CREATE TABLE departures (
		name        TEXT PRIMARY KEY,
		path        TEXT NOT NULL,
		language    TEXT NOT NULL,
		description TEXT NOT NULL,
		version     TEXT NOT NULL,
		schedules   TEXT NOT NULL,
		timezone    TEXT NOT NULL,
		paused      BOOLEAN NOT NULL,
		disabled    BOOLEAN NOT NULL,
		watermark   BIGINT NOT NULL,
		-- See ContentOf.
		content     TEXT NOT NULL,
		removed     BIGINT NOT NULL,
		-- The script that has its store and its runs now.
		successor   TEXT NOT NULL DEFAULT '',
		-- Runs up to the ID in moving are being given to heir.
		heir        TEXT NOT NULL DEFAULT '',
		moving      TEXT NOT NULL DEFAULT ''
	);
	CREATE TABLE script_homes (
		name TEXT PRIMARY KEY,
		-- The name under which the script's store and files are kept.
		home TEXT NOT NULL
	)`

// Departure is a script that was removed, or that has another name now.
type Departure struct {
	Name string `json:"name"`
	Path string `json:"path"`
	// Content is that of its last version, see ContentOf.
	Content   string    `json:"-"`
	Paused    bool      `json:"paused"`
	RemovedAt time.Time `json:"removed_at"`
	// Successor is the script that has its store and its runs now, or empty.
	Successor string `json:"successor,omitzero"`
	// Keys is how many values its store holds.
	Keys int `json:"keys"`
}

// DropAt is when what it stored is dropped.
func (d *Departure) DropAt() time.Time { return d.RemovedAt.Add(KeepDeparted) }

// ContentOf identifies what a version does, whatever its files are called: it is the same for a file that was renamed, moved or only
// given another @name.
func ContentOf(entry string, files map[string][]byte) string {
	hash := sha256.New()
	for line := range strings.Lines(string(files[entry])) {
		text := strings.Trim(line, " \t\r\n-/*")
		if text == "" || text == "@name" || strings.HasPrefix(text, "@name ") || strings.HasPrefix(text, "@name\t") {
			continue
		}
		hash.Write([]byte(strings.TrimRight(line, "\r\n")))
		hash.Write([]byte{'\n'})
	}
	var imports []string
	for name, content := range files {
		if name != entry {
			sum := sha256.Sum256(content)
			imports = append(imports, string(sum[:]))
		}
	}
	slices.Sort(imports)
	for _, sum := range imports {
		hash.Write([]byte{0})
		hash.Write([]byte(sum))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Contents are what scripts do by name, see ContentOf. Those without a version are left out.
func (db *DB) Contents(ctx context.Context, names []string) (map[string]string, error) {
	contents := map[string]string{}
	for part := range slices.Chunk(names, saveChunk) {
		in, args := marks(part)
		_, err := collect(ctx, db.sql, func(r row) (struct{}, error) {
			var name, entry string
			var files []byte
			if err := r.Scan(&name, &entry, &files); err != nil {
				return struct{}{}, err
			}
			var all map[string][]byte
			if err := json.Unmarshal(files, &all); err != nil {
				return struct{}{}, fmt.Errorf("version of %s: %w", name, err)
			}
			contents[name] = ContentOf(entry, all)
			return struct{}{}, nil
		}, "SELECT scripts.name, entry, files FROM scripts JOIN versions ON hash = scripts.version WHERE scripts.name IN ("+in+")", args...)
		if err != nil {
			return nil, err
		}
	}
	return contents, nil
}

// The statements of RemoveScripts.
const (
	noteDeparture = `INSERT INTO departures (name, path, language, description, version, schedules, timezone, paused, disabled, watermark,
			content, removed, successor, moving)
		SELECT name, path, language, description, version, schedules, timezone, paused, disabled, watermark,
			CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT) FROM scripts WHERE name = $1
		ON CONFLICT (name) DO UPDATE SET path = excluded.path, language = excluded.language, description = excluded.description,
			version = excluded.version, schedules = excluded.schedules, timezone = excluded.timezone, paused = excluded.paused,
			disabled = excluded.disabled, watermark = excluded.watermark, content = excluded.content, removed = excluded.removed,
			successor = excluded.successor, moving = excluded.moving`
	dropScript = "DELETE FROM scripts WHERE name = $1"
)

// RemoveScripts forgets scripts whose files are gone; their runs stay, and so does for KeepDeparted what they stored. It is no error
// when there is none of a name: the result are those that were there.
func (db *DB) RemoveScripts(ctx context.Context, names []string) (removed []string, err error) {
	names = slices.Sorted(slices.Values(names))
	contents, err := db.Contents(ctx, names)
	if err != nil {
		return nil, err
	}
	now := microseconds(db.Now())
	for part := range slices.Chunk(names, saveChunk) {
		var gone []bool
		err := db.together(ctx, func(do doer) error {
			_, err := do(len(part), func(i int) (string, []any) {
				return noteDeparture, []any{part[i], contents[part[i]], now, "", ""}
			})
			if err == nil {
				gone, err = do(len(part), func(i int) (string, []any) { return dropScript, []any{part[i]} })
			}
			if err == nil {
				_, err = do(1, func(int) (string, []any) { return countSaves, nil })
			}
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("remove scripts: %w", err)
		}
		for i, name := range part {
			if gone[i] {
				removed = append(removed, name)
			}
		}
		db.touched()
	}
	return removed, nil
}

// DeleteScript is RemoveScripts for one.
func (db *DB) DeleteScript(ctx context.Context, name string) error {
	_, err := db.RemoveScripts(ctx, []string{name})
	return err
}

const departureQuery = `SELECT name, path, content, paused, removed, successor,
	(SELECT count(*) FROM store WHERE scope = 'script:' || coalesce((SELECT home FROM script_homes AS h WHERE h.name = departures.name), departures.name)
		AND (expires = 0 OR expires > $1))
	FROM departures`

func scanDeparture(r row) (Departure, error) {
	var d Departure
	var removed int64
	err := r.Scan(&d.Name, &d.Path, &d.Content, &d.Paused, &removed, &d.Successor, &d.Keys)
	d.RemovedAt = timeOf(removed)
	return d, err
}

// Departures are the scripts that were removed or renamed, by name, as long as what they stored is kept.
func (db *DB) Departures(ctx context.Context) ([]Departure, error) {
	return collect(ctx, db.sql, scanDeparture, departureQuery+" ORDER BY name", microseconds(db.Now()))
}

// Departure is the departure of one script, or ErrNotFound.
func (db *DB) Departure(ctx context.Context, name string) (Departure, error) {
	d, err := scanDeparture(db.sql.QueryRowContext(ctx, departureQuery+" WHERE name = $2", microseconds(db.Now()), name))
	return d, explain(err)
}

// departedNames are the scripts that may come back as they were.
func (db *DB) departedNames(ctx context.Context) (map[string]bool, error) {
	all, err := collect(ctx, db.sql, scanText, "SELECT name FROM departures WHERE successor = ''")
	names := make(map[string]bool, len(all))
	for _, name := range all {
		names[name] = true
	}
	return names, err
}

// dropDepartures forgets removed scripts when their time is over, with what they stored.
func (db *DB) dropDepartures(ctx context.Context) error {
	over, err := collect(ctx, db.sql, scanText, "SELECT name FROM departures WHERE removed <= $1 ORDER BY name",
		microseconds(db.Now().Add(-KeepDeparted)))
	for _, name := range over {
		// Not when it has come back meanwhile, as another script of that name.
		_, dropErr := db.exec(ctx, `DELETE FROM store WHERE scope = 'script:' || coalesce((SELECT home FROM script_homes WHERE name = $1), CAST($1 AS TEXT))
			AND NOT EXISTS (SELECT 1 FROM scripts WHERE name = $1)`, name)
		if dropErr == nil {
			_, dropErr = db.exec(ctx, "DELETE FROM departures WHERE name = $1", name)
		}
		err = errors.Join(err, dropErr)
	}
	return err
}

package state

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// ResultsKept is how many of the newest results of a script count for its Rate and its Streak.
const ResultsKept = 100

// runIndexes are for the queries of pages and commands. The one of scripts holds the states, so that the results of a script are read without
// its runs, and that of ends finds a run by the last characters of its ID. Times of runs are found by their IDs, which begin with
// them.
const runIndexes = `DROP INDEX runs_script;
	DROP INDEX runs_created;
	CREATE INDEX runs_script_state ON runs (script, id, state);
	CREATE INDEX runs_rare ON runs (state, id) WHERE state IN ('failed', 'timed_out', 'cancelled', 'skipped');
	CREATE INDEX runs_id_end ON runs (substr(id, 33))`

// health is what the runs of a script tell of it.
type health struct {
	newest string // the ID of its last run
	open   bool   // some of its runs wait or go

	last, result *Run
	failing      time.Time
	streak       int
	results      int
	succeeded    int
}

// healths keeps what was last read for all scripts: pages and metrics ask far more often than runs end.
type healths struct {
	mu         sync.Mutex
	generation [2]int64
	read       time.Time // when all was last read anew
	scripts    []Script
	of         map[string]*health
}

// readAnew is how long what was read of a script's runs counts while none of them begins or ends: others may have dropped runs.
const readAnew = time.Minute

// Scripts are all scripts by name, with their last run and what the results of their runs tell of them. It is cheap to ask for again: only
// what changed is read.
func (db *DB) Scripts(ctx context.Context) ([]Script, error) {
	h := &db.healths
	h.mu.Lock()
	defer h.mu.Unlock()
	shared, err := db.Generation(ctx)
	if err != nil {
		return nil, err
	}
	generation := [2]int64{shared, db.changes.count()}
	fresh := time.Since(h.read) < readAnew
	if fresh && h.generation == generation {
		return slices.Clone(h.scripts), nil
	}
	if !fresh {
		h.of, h.read = nil, time.Now()
	}
	list, of, err := db.readScripts(ctx, h.of)
	if err != nil {
		h.read = time.Time{}
		return nil, err
	}
	h.generation, h.scripts, h.of = generation, list, of
	return slices.Clone(list), nil
}

// Script is one script, as in Scripts. ErrNotFound when there is none of this name.
func (db *DB) Script(ctx context.Context, name string) (Script, error) {
	s, err := scanScript(db.reader.QueryRowContext(ctx, "SELECT "+scriptColumns+" FROM scripts WHERE name = $1", name))
	if err != nil {
		return Script{}, explain(err)
	}
	of := map[string]*health{}
	if err := db.readHealth(ctx, []string{name}, of); err != nil {
		return Script{}, err
	}
	open, err := db.openRuns(ctx, " AND script = $1", name)
	if err != nil {
		return Script{}, err
	}
	return s.with(of[name], open[name]), nil
}

// readScripts reads all scripts. What is known of their runs is only read anew where it can have changed.
func (db *DB) readScripts(ctx context.Context, known map[string]*health) ([]Script, map[string]*health, error) {
	all, err := collect(ctx, db.reader, scanScript, "SELECT "+scriptColumns+" FROM scripts ORDER BY name")
	if err != nil {
		return nil, nil, err
	}
	// What waits or goes is read first: what ends meanwhile is read below.
	open, err := db.openRuns(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	newest, err := collect(ctx, db.reader, scanPair,
		"SELECT name, coalesce((SELECT max(id) FROM runs WHERE script = scripts.name), '') FROM scripts")
	if err != nil {
		return nil, nil, err
	}
	of := make(map[string]*health, len(all))
	var changed []string
	for _, pair := range newest {
		name := pair[0]
		h := known[name]
		if h == nil || h.newest != pair[1] || h.open || open[name] != [2]int{} {
			changed = append(changed, name)
		}
		if h != nil {
			of[name] = h
		}
	}
	if err := db.readHealth(ctx, changed, of); err != nil {
		return nil, nil, err
	}
	list := make([]Script, len(all))
	for i, s := range all {
		h := of[s.Name]
		if h != nil {
			h.open = open[s.Name] != [2]int{} || h.last != nil && !h.last.State.Ended()
		}
		list[i] = s.with(h, open[s.Name])
	}
	return list, of, nil
}

func (s scheduled) with(h *health, open [2]int) Script {
	script := s.Script
	script.Waiting, script.Running = open[0], open[1]
	if h == nil {
		return script
	}
	script.LastRun, script.LastResult, script.FailingSince, script.Streak, script.Results = h.last, h.result, h.failing, h.streak, h.results
	if h.results > 0 {
		script.Rate = float64(h.succeeded) / float64(h.results)
	}
	return script
}

// openRuns are how many runs of scripts wait and go.
func (db *DB) openRuns(ctx context.Context, and string, args ...any) (map[string][2]int, error) {
	counts := map[string][2]int{}
	_, err := collect(ctx, db.reader, func(r row) (struct{}, error) {
		var script string
		var count [2]int
		err := r.Scan(&script, &count[0], &count[1])
		counts[script] = count
		return struct{}{}, err
	}, `SELECT script, count(CASE WHEN state = 'scheduled' THEN 1 END), count(CASE WHEN state = 'running' THEN 1 END)
		FROM runs WHERE state IN ('scheduled', 'running')`+and+" GROUP BY script", args...)
	return counts, err
}

// atOnce is how many scripts or runs one query reads.
const atOnce = 200

// results are the runs that tell whether a script works.
const results = "state IN ('succeeded', 'failed', 'timed_out')"

// readHealth reads what the runs of scripts tell of them.
func (db *DB) readHealth(ctx context.Context, names []string, of map[string]*health) error {
	for some := range slices.Chunk(names, atOnce) {
		marks, args := listed(some)
		read := map[string]*health{}
		runs := map[string]string{} // ID to script
		var failing []string
		_, err := collect(ctx, db.reader, func(r row) (struct{}, error) {
			var name, newest, result, ends string
			if err := r.Scan(&name, &newest, &result, &ends); err != nil {
				return struct{}{}, err
			}
			h := &health{newest: newest, results: len(ends), succeeded: strings.Count(ends, "s")}
			bad := strings.TrimLeft(ends, "ft")
			h.streak = len(ends) - len(bad)
			if before := of[name]; h.streak == 0 {
				h.streak = len(ends) - len(strings.TrimLeft(ends, "s"))
			} else if before != nil && h.streak == ResultsKept && !before.failing.IsZero() {
				h.failing = before.failing // its beginning would be far to look for
			} else {
				failing = append(failing, name)
			}
			read[name] = h
			for _, id := range []string{newest, result} {
				if id != "" {
					runs[id] = name
				}
			}
			return struct{}{}, nil
		}, `SELECT name, coalesce((SELECT max(id) FROM runs WHERE script = scripts.name), ''),
			coalesce((SELECT id FROM runs WHERE script = scripts.name AND `+results+` ORDER BY id DESC LIMIT 1), ''),
			coalesce((SELECT string_agg(substr(newest.state, 1, 1), '') FROM (
				SELECT state FROM runs WHERE script = scripts.name AND `+results+fmt.Sprintf(" ORDER BY id DESC LIMIT %d", ResultsKept)+`) AS newest), '')
			FROM scripts WHERE name IN (`+marks+")", args...)
		if err == nil {
			err = db.readLast(ctx, slices.Collect(maps.Keys(runs)), read)
		}
		if err == nil {
			err = db.readFailing(ctx, failing, read)
		}
		if err != nil {
			return err
		}
		maps.Copy(of, read)
	}
	return nil
}

// readLast reads last runs and last results.
func (db *DB) readLast(ctx context.Context, ids []string, of map[string]*health) error {
	for some := range slices.Chunk(ids, atOnce) {
		marks, args := listed(some)
		runs, err := collect(ctx, db.reader, scanRun, "SELECT "+runColumns+" FROM runs WHERE id IN ("+marks+")", args...)
		if err != nil {
			return err
		}
		for i := range runs {
			run := &runs[i]
			h := of[run.Script]
			if run.ID == h.newest {
				h.last = run
			}
			if s := run.State; (h.result == nil || h.result.ID < run.ID) && (s == Succeeded || s == Failed || s == TimedOut) {
				h.result = run
			}
		}
	}
	return nil
}

// readFailing reads since when scripts fail: the end of the first run behind the last that succeeded.
func (db *DB) readFailing(ctx context.Context, names []string, of map[string]*health) error {
	if len(names) == 0 {
		return nil
	}
	marks, args := listed(names)
	_, err := collect(ctx, db.reader, func(r row) (struct{}, error) {
		var name string
		var since sql.NullInt64
		err := r.Scan(&name, &since)
		of[name].failing = timeOf(since.Int64)
		return struct{}{}, err
	}, `SELECT name, (SELECT ended FROM runs WHERE script = scripts.name AND state IN ('failed', 'timed_out')
			AND id > coalesce((SELECT id FROM runs WHERE script = scripts.name AND state = 'succeeded' ORDER BY id DESC LIMIT 1), '')
			ORDER BY id LIMIT 1)
		FROM scripts WHERE name IN (`+marks+")", args...)
	return err
}

// listed are the marks and arguments of a list, of always as many: PostgreSQL's statements are prepared for each number.
func listed(values []string) (marks string, args []any) {
	n := atOnce
	if len(values) == 1 {
		n = 1
	}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", $%d", i+1)
		args = append(args, values[min(i, len(values)-1)])
	}
	return b.String()[2:], args
}

func scanPair(r row) ([2]string, error) {
	var pair [2]string
	return pair, r.Scan(&pair[0], &pair[1])
}

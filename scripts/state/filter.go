package state

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// The terms of the partial indexes. SQLite uses such an index only for a condition in which its own term stands again.
const (
	unended = "state IN ('scheduled', 'running')"
	going   = unended + " AND state = 'running'"
	rare    = "state IN ('failed', 'timed_out', 'cancelled', 'skipped')"
)

// RunFilter selects runs. The zero value is all of them.
type RunFilter struct {
	Script string
	States []RunState
	// Since leaves out runs that were asked for before it, and Until those from it on.
	Since, Until time.Time
	// Before is the ID of a run: only older ones. It serves for going on behind a page.
	Before string
	// Limit bounds the number, or is 0.
	Limit int
}

// Runs are the runs that a filter selects, the newest first.
func (db *DB) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	query, args := f.query()
	return collect(ctx, db.reader, scanRun, query, args...)
}

// EachRun is Runs for more of them than should be in memory. It ends with the first error.
func (db *DB) EachRun(ctx context.Context, f RunFilter) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		query, args := f.query()
		rows, err := db.reader.QueryContext(ctx, query, args...)
		if err != nil {
			yield(Run{}, explain(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			run, err := scanRun(rows)
			if !yield(run, explain(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Run{}, explain(err))
		}
	}
}

// query is one that reads no more than it has to, however long the history is. States that have different indexes are selected apart.
func (f RunFilter) query() (string, []any) {
	var where []string
	var args []any
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf("%s $%d", condition, len(args)))
	}
	if f.Script != "" {
		add("script =", f.Script)
	}
	if !f.Since.IsZero() {
		add("id >=", firstID(f.Since))
		add("created >=", microseconds(f.Since))
	}
	if !f.Until.IsZero() {
		add("id <", firstID(f.Until.Add(idAhead)))
		add("created <", microseconds(f.Until))
	}
	if f.Before != "" {
		add("id <", f.Before)
	}
	limit := ""
	if f.Limit > 0 {
		limit = fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	var parts []string
	for _, part := range f.parts() {
		all := where
		if part != "" {
			all = append(slices.Clip(where), part)
		}
		query := "SELECT " + runColumns + " FROM runs"
		if len(all) > 0 {
			query += " WHERE " + strings.Join(all, " AND ")
		}
		order := " ORDER BY id DESC"
		if strings.HasPrefix(part, unended) {
			order = " ORDER BY id || '' DESC" // those few are sorted: SQLite would read all runs in their order instead
		}
		parts = append(parts, query+order+limit)
	}
	if len(parts) == 1 {
		return parts[0], args
	}
	for i, part := range parts {
		parts[i] = fmt.Sprintf("SELECT * FROM (%s) AS part%d", part, i)
	}
	return strings.Join(parts, " UNION ALL ") + " ORDER BY id DESC" + limit, args
}

// parts are the conditions for the states: "" where all are wanted.
func (f RunFilter) parts() []string {
	var parts []string
	var waiting []string
	for i, s := range f.States {
		switch {
		case slices.Contains(f.States[:i], s):
		case s == Scheduled, s == Running:
			waiting = append(waiting, fmt.Sprintf("'%s'", s))
		case s == Succeeded:
			parts = append(parts, "state = 'succeeded'")
		case s == Failed, s == TimedOut, s == Cancelled, s == Skipped:
			parts = append(parts, fmt.Sprintf("%s AND state = '%s'", rare, s))
		}
	}
	if waiting != nil {
		parts = append(parts, unended+" AND state IN ("+strings.Join(waiting, ", ")+")")
	}
	switch {
	case len(f.States) == 0:
		return []string{""}
	case parts == nil: // none but unknown ones
		return []string{"FALSE"}
	}
	return parts
}

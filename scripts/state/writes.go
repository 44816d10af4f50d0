package state

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Write is a call that was no read, of any run.
type Write struct {
	APICall
	Run    string
	Script string
	// Seq is the number of the call in its run.
	Seq int64
}

// WriteFilter selects writes. The zero value is all of them.
type WriteFilter struct {
	Script string
	// Operation is an operation, or what begins the names of several: website.conversation is website.conversation.message.send too.
	Operation string
	// Object is a value that the path of the call has: the ID of a conversation, a person, a website.
	Object string
	// Since leaves out writes before it, and Until those from it on.
	Since, Until time.Time
	// Before is a write: only older ones. It serves for going on behind a page.
	Before *Write
	// Limit bounds the number. Zero is 1,000: callers go on behind the last one.
	Limit int
}

// writesAtOnce is how many writes are read when nobody says how many.
const writesAtOnce = 1000

const isWrite = "effect <> 'read' AND effect <> ''"

// Writes are the calls that a filter selects, the newest first. Those of dropped runs are dropped with them.
func (db *DB) Writes(ctx context.Context, f WriteFilter) ([]Write, error) {
	if f.Limit <= 0 {
		f.Limit = writesAtOnce
	}
	query, args := f.query()
	return collect(ctx, db.sql, func(r row) (Write, error) {
		var w Write
		var err error
		w.APICall, err = scanCall(r, &w.Run, &w.Seq, &w.Script)
		return w, err
	}, query, args...)
}

const writeColumns = callColumns + ", run, seq, script"

const newestWrites = " ORDER BY time DESC, run DESC, seq DESC LIMIT "

// query is the statement of a filter with its arguments. What selects an object has an index for each place where it can stand; each
// gives its newest.
func (f *WriteFilter) query() (string, []any) {
	var args []any
	mark := func(value any) string {
		args = append(args, value)
		return fmt.Sprintf("$%d", len(args))
	}
	where := isWrite
	if f.Script != "" {
		where += " AND script = " + mark(f.Script)
	}
	if f.Operation != "" {
		where += fmt.Sprintf(" AND substr(operation || '.', 1, %d) = %s", utf8.RuneCountInString(f.Operation)+1, mark(f.Operation+"."))
	}
	if !f.Since.IsZero() {
		where += " AND time >= " + mark(microseconds(f.Since))
	}
	if !f.Until.IsZero() {
		where += " AND time < " + mark(microseconds(f.Until))
	}
	if b := f.Before; b != nil {
		where += fmt.Sprintf(" AND (time, run, seq) < (%s, %s, %s)", mark(microseconds(b.Time)), mark(b.Run), mark(b.Seq))
	}
	newest := newestWrites + fmt.Sprint(f.Limit)
	if f.Object == "" {
		return "SELECT " + writeColumns + " FROM run_calls WHERE " + where + newest, args
	}
	object := mark(bounded(f.Object, maxParamValue))
	segment := mark("/" + bounded(f.Object, maxParamValue) + "/")
	var parts []string
	for i, place := range []string{
		"object = " + object + " AND object <> ''",
		"part = " + object + " AND part <> ''",
		"website = " + object + " AND website <> ''",
		// of an operation that is a path, as the description does not have it
		"params = '' AND replace(operation || '/', " + segment + ", '') <> operation || '/'",
	} {
		parts = append(parts, fmt.Sprintf("SELECT * FROM (SELECT %s FROM run_calls WHERE %s AND %s%s) AS place%d", writeColumns, where, place, newest, i))
	}
	return strings.Join(parts, " UNION ") + newest, args
}

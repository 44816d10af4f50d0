package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
)

// APICall is a call of Crisp's API that a run made.
type APICall struct {
	Time      time.Time     `json:"time"`
	Operation string        `json:"operation"` // the spec's ID, or "METHOD /path"
	Effect    string        `json:"effect"`
	Status    int           `json:"status"` // 0: no answer
	Reason    string        `json:"reason,omitzero"`
	Duration  time.Duration `json:"duration"`
	// Params are the values in the path by the names that the description of the API has for them: what the call wrote to. They are kept
	// of calls that are no reads.
	Params map[string]string `json:"params,omitzero"`
}

// Refused reports whether nothing was sent: the call was not allowed, or wrong.
func (c *APICall) Refused() bool {
	return c.Status == 0 && (c.Reason == policy.Reason || c.Reason == crisp.ReasonInvalidRequest)
}

// Outcome is what became of a call, as far as the host knows.
type Outcome string

// The outcomes of calls.
const (
	Done     Outcome = "done"
	Declined Outcome = "refused"  // Crisp answered that it did not do it
	NotSent  Outcome = "not sent" // it was not allowed, or wrong
	Unknown  Outcome = "unknown"  // it was sent, perhaps, and there is no answer that tells
)

// Outcome returns what became of the call.
func (c *APICall) Outcome() Outcome {
	switch {
	case c.Refused():
		return NotSent
	case c.Status >= 200 && c.Status < 300:
		return Done
	case c.Status >= 300 && c.Status < 500 && c.Status != statusTimeout:
		return Declined
	}
	return Unknown
}

// statusTimeout is the answer of a server or proxy that waited for a request or for what does it.
const statusTimeout = 408

// addObjects keeps what writes were made to. script is that of the run; website, object and part are the values of params, an object of
// JSON, by which writes are found: the website and up to two things on it. The indexes are of writes alone.
const addObjects = `ALTER TABLE run_calls ADD COLUMN script TEXT NOT NULL DEFAULT '';
	ALTER TABLE run_calls ADD COLUMN params TEXT NOT NULL DEFAULT '';
	ALTER TABLE run_calls ADD COLUMN website TEXT NOT NULL DEFAULT '';
	ALTER TABLE run_calls ADD COLUMN object TEXT NOT NULL DEFAULT '';
	ALTER TABLE run_calls ADD COLUMN part TEXT NOT NULL DEFAULT '';
	UPDATE run_calls SET script = coalesce((SELECT script FROM runs WHERE runs.id = run_calls.run), '')
		WHERE effect <> 'read' AND effect <> '';
	CREATE INDEX writes_time ON run_calls (time, run, seq, operation) WHERE effect <> 'read' AND effect <> '';
	CREATE INDEX writes_website ON run_calls (website, time, run, seq) WHERE effect <> 'read' AND effect <> '' AND website <> '';
	CREATE INDEX writes_script ON run_calls (script, time, run, seq) WHERE effect <> 'read' AND effect <> '';
	CREATE INDEX writes_object ON run_calls (object, time, run, seq) WHERE effect <> 'read' AND effect <> '' AND object <> '';
	CREATE INDEX writes_part ON run_calls (part, time, run, seq) WHERE effect <> 'read' AND effect <> '' AND part <> '';
	CREATE INDEX writes_unnamed ON run_calls (time, run, seq) WHERE effect <> 'read' AND effect <> '' AND params = ''`

// Bounds of what is kept of a call.
const (
	maxOperation  = 300
	maxParams     = 8
	maxParamValue = 200
)

// AppendCalls adds calls to those of a run, numbered from first on.
func (db *DB) AppendCalls(ctx context.Context, run string, first int64, calls []APICall) error {
	return db.change(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `INSERT INTO run_calls
			(run, seq, time, operation, effect, status, reason, duration, params, website, object, part, script)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN CAST($13 AS BOOLEAN)
				THEN coalesce((SELECT script FROM runs WHERE id = $1), '') ELSE '' END) ON CONFLICT (run, seq) DO NOTHING`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range calls {
			call := &calls[i]
			written := writtenTo{}
			write := call.Effect != "read" && call.Effect != ""
			if write {
				if written, err = writtenBy(call); err != nil {
					return err
				}
			}
			_, err := insert.ExecContext(ctx, run, first+int64(i), microseconds(call.Time), bounded(call.Operation, maxOperation), call.Effect, call.Status,
				printable(call.Reason), call.Duration.Microseconds(), written.params, written.website, written.object, written.part, write)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// bounded is a text of at most so many bytes that both databases can keep.
func bounded(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return printable(text)
}

// writtenTo is what the columns of a write say of its object.
type writtenTo struct{ params, website, object, part string }

// websiteParam is the name of the website in paths.
const websiteParam = "website_id"

// writtenBy is what a write was made to. Paths of writes name a website and at most two things below it.
func writtenBy(call *APICall) (writtenTo, error) {
	if call.Params == nil { // the description does not have the path
		return writtenTo{}, nil
	}
	kept := make(map[string]string, len(call.Params))
	var w writtenTo
	for _, name := range slices.Sorted(maps.Keys(call.Params)) {
		if len(kept) == maxParams {
			break
		}
		value := bounded(call.Params[name], maxParamValue)
		kept[bounded(name, maxParamValue)] = value
		switch {
		case name == websiteParam:
			w.website = value
		case w.object == "":
			w.object = value
		default:
			w.part = value
		}
	}
	text, err := json.Marshal(kept)
	w.params = string(text)
	return w, err
}

const callColumns = "time, operation, effect, status, reason, duration, params"

// scanCall reads a call and, into further, the columns behind it.
func scanCall(r row, further ...any) (APICall, error) {
	var call APICall
	var at, duration int64
	var params string
	err := r.Scan(append([]any{&at, &call.Operation, &call.Effect, &call.Status, &call.Reason, &duration, &params}, further...)...)
	call.Time, call.Duration = timeOf(at), time.Duration(duration)*time.Microsecond
	if err == nil && params != "" {
		err = json.Unmarshal([]byte(params), &call.Params)
	}
	return call, err
}

// Calls are the API calls of a run, in order.
func (db *DB) Calls(ctx context.Context, run string) ([]APICall, error) {
	return collect(ctx, db.sql, func(r row) (APICall, error) { return scanCall(r) },
		"SELECT "+callColumns+" FROM run_calls WHERE run = $1 ORDER BY seq", run)
}

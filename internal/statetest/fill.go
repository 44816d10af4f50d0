package statetest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/crisphost/crisphost/scripts/state"
)

// History is what Fill puts into a database.
type History struct {
	// Runs is how many runs there are, and Scripts of how many scripts. One in fifty scripts always fails, and one in a hundred has
	// never run.
	Runs, Scripts int
	// Lines and Calls are how many log lines and API calls a run has on average.
	Lines, Calls int
	// Days is over how many days, until End, the runs are spread.
	Days int
	End  time.Time
	// Stored is how many values the store of each script holds.
	Stored int
}

// ScriptFile is the path of a filled script below the root of a directory, and its text.
func ScriptFile(n int) (path, text string) {
	return fmt.Sprintf("script%05d.lua", n),
		fmt.Sprintf("--- Looks after part %d of the inbox.\n-- @schedule %d %d * * *\n-- @permissions conversations:read\nprint(%d)\n", n, n%60, n/60%24, n)
}

// Fill gives an empty database a history as hosts leave it, without runs in progress. The same History makes the same rows, but for random ends of IDs.
func Fill(ctx context.Context, db *state.DB, h History) error {
	f := filler{History: h, random: rand.New(rand.NewPCG(1, 2)), start: h.End.AddDate(0, 0, -h.Days)}
	if db.Pool() != nil {
		f.insert = func(ctx context.Context, table string, columns []string, rows [][]any) error {
			_, err := db.Pool().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
			return err
		}
		if err := f.fill(ctx); err != nil {
			return err
		}
		_, err := db.Pool().Exec(ctx, "ANALYZE") // as the server does by itself, a while later; a host never has SQLite do it
		return err
	}
	for _, pragma := range []string{"PRAGMA synchronous = OFF", "PRAGMA cache_size = -65536"} {
		if _, err := db.SQL().ExecContext(ctx, pragma); err != nil {
			return err
		}
	}
	f.insert = func(ctx context.Context, table string, columns []string, rows [][]any) error {
		return insertSQLite(ctx, db.SQL(), table, columns, rows)
	}
	if err := f.fill(ctx); err != nil {
		return err
	}
	_, err := db.SQL().ExecContext(ctx, "PRAGMA synchronous = NORMAL")
	return err
}

// sqliteRows is how many rows a statement inserts.
const sqliteRows = 50

func insertSQLite(ctx context.Context, db *sql.DB, table string, columns []string, rows [][]any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	prepared := map[int]*sql.Stmt{}
	args := make([]any, 0, sqliteRows*len(columns))
	for len(rows) > 0 {
		n := min(len(rows), sqliteRows)
		statement := prepared[n]
		if statement == nil {
			marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
			query := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + marks + strings.Repeat(", "+marks, n-1)
			if statement, err = tx.PrepareContext(ctx, query); err != nil {
				return err
			}
			prepared[n] = statement
		}
		args = args[:0]
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := statement.ExecContext(ctx, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return tx.Commit()
}

type filler struct {
	History
	random *rand.Rand
	start  time.Time
	insert func(ctx context.Context, table string, columns []string, rows [][]any) error
}

func (f *filler) fill(ctx context.Context) error {
	if err := f.scripts(ctx); err != nil {
		return err
	}
	const batch = 5000
	for from := 0; from < f.Runs; from += batch {
		if err := f.runs(ctx, from, min(from+batch, f.Runs)); err != nil {
			return err
		}
	}
	return nil
}

func scriptName(n int) string {
	path, _ := ScriptFile(n)
	return strings.TrimSuffix(path, ".lua")
}

// version is the hash of a script's version: each has had three.
func version(script, n int) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%d %d", script, n)))
}

func (f *filler) scripts(ctx context.Context) error {
	var scripts, versions, stored [][]any
	created := f.start.UnixMicro()
	for n := range f.Scripts {
		path, text := ScriptFile(n)
		schedule := fmt.Sprintf(`["%d %d * * *"]`, n%60, n/60%24)
		scripts = append(scripts, []any{
			scriptName(n), path, "lua", fmt.Sprintf("Looks after part %d of the inbox.", n), version(n, 2), "", schedule, "", false, false,
			f.End.UnixMicro(), 0, created, 0,
		})
		for v := range 3 {
			files, err := json.Marshal(map[string][]byte{path: []byte(text)})
			if err != nil {
				return err
			}
			versions = append(versions, []any{version(n, v), scriptName(n), path, "lua", files, created})
		}
		for key := range f.Stored {
			stored = append(stored, []any{"script:" + scriptName(n), fmt.Sprintf("key%06d", key), []byte(`"value"`), "", 0, created})
		}
	}
	for _, t := range []struct {
		table, columns string
		rows           [][]any
	}{
		{"scripts", "name path language description version broken schedules timezone paused disabled watermark next_run updated claims", scripts},
		{"versions", "hash script entry language files created", versions},
		{"store", "scope key value digest expires updated", stored},
	} {
		if err := f.insert(ctx, t.table, strings.Fields(t.columns), t.rows); err != nil {
			return fmt.Errorf("%s: %w", t.table, err)
		}
	}
	return nil
}

// id is a UUID of version 7.
func (f *filler) id(at time.Time, n int) string {
	hex := fmt.Sprintf("%012x7%03x%016x", at.UnixMilli(), n%4096, f.random.Uint64()>>2|1<<63)
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
}

// runs makes the runs from one number up to another.
func (f *filler) runs(ctx context.Context, from, to int) error {
	var runs, lines, calls, events, runEvents [][]any
	step := f.End.Sub(f.start) / time.Duration(f.Runs)
	for n := from; n < to; n++ {
		created := f.start.Add(time.Duration(n) * step)
		script := n % f.Scripts
		if script%100 == 99 && f.Scripts > 1 { // never runs
			script--
		}
		end, problem := f.end(script)
		id, at := f.id(created, n), created.UnixMicro()
		started, ended := at+30_000, at+30_000+int64(f.random.IntN(2_000_000))
		if end == state.Skipped {
			started = 0
		}
		kind, actor, tick := state.BySchedule, "", any(at)
		if n%50 == 7 {
			kind, actor, tick = state.ByHand, "page", nil
		}
		event, lane := "", ""
		if n%5 == 1 { // one in five is of an event
			kind, tick, event, lane = state.ByEvent, nil, "message:send", state.LaneOf(fmt.Sprintf("session_%d", n/10))
			runEvents = append(runEvents, []any{id, 1, id})
		}
		if n%5 < 2 { // and as many are held back by @debounce
			session := fmt.Sprintf("session_%d", n/10)
			events = append(events, []any{
				id, "message:send", "inbox", session, fmt.Sprintf("%x", sha256.Sum256([]byte(id))), n%5 == 1, true, n%2 == 0, at, at, at, at, 0, "",
				[]byte(fmt.Sprintf(`{"website_id":"inbox","session_id":%q,"content":"Hello?"}`, session)),
			})
		}
		of := version(script, 3*n/f.Runs)
		nLines, nCalls := 0, 0
		if started > 0 {
			nLines, nCalls = f.random.IntN(2*f.Lines+1), f.random.IntN(2*f.Calls+1)
		}
		runs = append(runs, []any{
			id, scriptName(script), of, string(end), string(kind), tick, actor, "host-" + fmt.Sprint(n%3), n, at, started, ended, problem, nCalls, nCalls / 4,
			event, lane,
		})
		for seq := range nLines {
			lines = append(lines, []any{
				id, seq + 1, 1, started + int64(seq)*1000, "info", fmt.Sprintf("conversation %d of %d was looked at and left as it is", seq, n), "",
			})
		}
		for seq := range nCalls {
			call := []any{id, seq + 1, started + int64(seq)*1000, "website.conversations.list", "read", 200, "", 80_000, "", "", "", ""}
			if seq%4 == 3 {
				object := fmt.Sprintf("session_%d", n/10)
				params := fmt.Sprintf(`{"session_id":%q,"website_id":"inbox"}`, object)
				call = []any{
					id, seq + 1, started + int64(seq)*1000, "website.conversation.message.send", "send", 202, "", 80_000,
					params, "inbox", object, scriptName(script),
				}
			}
			calls = append(calls, call)
		}
	}
	for _, t := range []struct {
		table, columns string
		rows           [][]any
	}{
		{"runs", "id script version state kind tick actor host job created started ended error calls writes event lane", runs},
		{"events", "id name website subject identity once rtm hook stamp time received stored held starts payload", events},
		{"run_events", "run seq event", runEvents},
		{"run_logs", "run seq attempt time level message fields", lines},
		{"run_calls", "run seq time operation effect status reason duration params website object script", calls},
	} {
		if err := f.insert(ctx, t.table, strings.Fields(t.columns), t.rows); err != nil {
			return fmt.Errorf("%s: %w", t.table, err)
		}
	}
	return nil
}

// end is how a run of a script ended, with its error.
func (f *filler) end(script int) (end state.RunState, problem string) {
	const failed = `{"kind":"runtime","message":"attempt to index a nil value","line":12}`
	switch n := f.random.IntN(1000); {
	case script%50 == 17, n < 30:
		return state.Failed, failed
	case n < 40:
		return state.TimedOut, `{"kind":"timeout","message":"stopped after 1m0s"}`
	case n < 41:
		return state.Cancelled, `{"kind":"interrupt","message":"cancelled by page"}`
	case n < 60:
		return state.Skipped, `{"kind":"skipped","message":"the run before was still going"}`
	}
	return state.Succeeded, ""
}

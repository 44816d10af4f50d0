//go:build unix

package schedule_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// outlive has a host go through a trouble of its database, while runs go and ticks are due: it tells what is wrong, and when the trouble
// is over it runs every tick, ends every run, and the file is sound.
func outlive(t *testing.T, db *state.DB, kind error, begin, end func()) {
	t.Helper()
	log := &testoutput.Buffer{}
	g := newGate()
	start(t, db, func(ctx context.Context, run state.Run, sink schedule.Sink) *state.RunError {
		sink.Log(state.LogLine{Level: "print", Message: strings.Repeat("x", 50_000)})
		if run.Script == "long" {
			return g.run(ctx, run, sink)
		}
		return nil
	}, func(c *schedule.Config) {
		c.Logger = slog.New(slog.NewTextHandler(log, nil))
	})
	save(t, db, "tick", "@schedule every 1s", "@missed all", "@overlap allow")
	save(t, db, "long")
	from := watermark(t, db)
	long := trigger(t, db, "long")
	testwait.Until(t, "the long run", func() bool {
		run, err := db.Run(t.Context(), long.ID)
		return err == nil && run.State == state.Running
	})
	begin()
	testwait.Until(t, "a report of the trouble", func() bool { return strings.Contains(log.String(), kind.Error()) })
	g.open <- nil                       // the long run ends meanwhile
	time.Sleep(1500 * time.Millisecond) // and a tick is due
	end()
	if run := ended(t, db, long); run.State != state.Succeeded || run.Rescues != 0 {
		t.Errorf("the run that ended meanwhile: %+v", run)
	}
	until := time.Now()
	testwait.Until(t, "the ticks until now", func() bool { return watermark(t, db).After(until) })
	testwait.Until(t, "the end of their runs", func() bool {
		open, err := db.Runs(t.Context(), state.RunFilter{States: []state.RunState{state.Scheduled, state.Running}})
		return err == nil && !slices.ContainsFunc(open, func(run state.Run) bool { return run.Trigger.Tick.Before(until) })
	})
	runs, err := db.Runs(t.Context(), state.RunFilter{Script: "tick", States: []state.RunState{state.Succeeded}})
	if err != nil {
		t.Fatal(err)
	}
	succeeded := map[int64]int{}
	for _, run := range runs {
		succeeded[run.Trigger.Tick.Unix()]++
	}
	for tick := from.Truncate(time.Second).Add(time.Second); !tick.After(until.Add(-time.Second)); tick = tick.Add(time.Second) {
		if n := succeeded[tick.Unix()]; n != 1 {
			t.Errorf("the tick of %s was run %d times", tick.Format(time.TimeOnly), n)
		}
	}
	var sound string
	if err := db.SQL().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("integrity: %s, %v", sound, err)
	}
}

func pragma(t *testing.T, db *state.DB, text string) {
	t.Helper()
	if _, err := db.SQL().ExecContext(t.Context(), "PRAGMA "+text); err != nil {
		t.Fatal(err)
	}
}

// A file that may not grow stands for a full disk: SQLite answers the same.
func TestFileMayNotGrow(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	outlive(t, db, state.ErrFull, func() { pragma(t, db, "max_page_count = 1") }, func() { pragma(t, db, "max_page_count = 1000000") })
}

// A file system without room, where the test may mount one.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	unmount, err := mountSmall(dir)
	if err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unmount(); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(dir, "filler")
	db := statetest.Open(t, "sqlite:"+filepath.Join(dir, "state.db"))
	outlive(t, db, state.ErrFull, func() {
		file, err := os.Create(filler)
		if err != nil {
			t.Fatal(err)
		}
		for block := make([]byte, 1<<20); err == nil && len(block) > 0; {
			if _, err = file.Write(block); err != nil && len(block) > 1 {
				block, err = block[:len(block)/2], nil
			}
		}
		_ = file.Close() // it is full
	}, func() {
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	})
}

// Another program holds the file for longer than the host waits.
func TestFileLocked(t *testing.T) {
	address := statetest.SQLite(t)
	db, other := statetest.Open(t, address), statetest.Open(t, address)
	var tx *sql.Tx
	outlive(t, db, state.ErrLocked, func() {
		pragma(t, db, "busy_timeout = 50")
		var err error
		if tx, err = other.SQL().BeginTx(t.Context(), nil); err != nil { // takes the write lock
			t.Fatal(err)
		}
	}, func() {
		if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			t.Error(err)
		}
	})
}

// TestRefusedCallsAreKeptAndNotCounted has a run whose permissions refuse a call: nothing was sent.
func TestRefusedCallsAreKeptAndNotCounted(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	start(t, db, func(_ context.Context, _ state.Run, sink schedule.Sink) *state.RunError {
		sink.Call(state.APICall{Operation: "op", Effect: "write", Reason: "refused_by_policy"})
		sink.Call(state.APICall{Operation: "op", Effect: "write", Reason: "invalid_request"})
		sink.Call(state.APICall{Operation: "op", Effect: "write", Reason: "no_response"}) // it may have been carried out
		sink.Call(state.APICall{Operation: "op", Effect: "read", Status: 200})
		return nil
	}, nil)
	save(t, db, "a")
	run := ended(t, db, trigger(t, db, "a"))
	if run.State != state.Succeeded || run.Calls != 2 || run.Writes != 1 {
		t.Errorf("%s with %d calls and %d writes", run.State, run.Calls, run.Writes)
	}
	if calls, err := db.Calls(t.Context(), run.ID); err != nil || len(calls) != 4 {
		t.Errorf("kept %+v, %v", calls, err)
	}
}

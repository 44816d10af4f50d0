//go:build unix

package state_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

func trigger(t *testing.T, db *state.DB, script string) state.Run {
	t.Helper()
	return must[state.Run](t)(db.Trigger(t.Context(), script, state.Trigger{Kind: state.ByHand}))
}

func claim(t *testing.T, db *state.DB, run, host, overlap string) (state.Run, state.Verdict) {
	t.Helper()
	asked, version, err := db.RunToClaim(t.Context(), run)
	ok(t, err)
	if version == "" {
		version = "gone"
	}
	r, verdict, err := db.ClaimRun(t.Context(), state.Claim{Run: run, Script: asked.Script, Host: host, Version: version, Overlap: overlap})
	ok(t, err)
	return r, verdict
}

func TestRunLife(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a")
		asked := trigger(t, db, "a")
		if lines := must[[]state.Line](t)(db.Lines(ctx, "", 10)); len(lines) != 1 || lines[0].Script != "a" || lines[0].Version != "v1" || lines[0].Ticks.Queued != 0 {
			t.Errorf("lines: %+v", lines)
		}
		if n := moveUp(t, db, "a", 2, 42); n != 1 {
			t.Errorf("%d runs moved up", n)
		}
		if lines := must[[]state.Line](t)(db.Lines(ctx, "", 10)); len(lines) != 0 {
			t.Errorf("lines: %+v", lines)
		}
		if _, verdict, err := db.ClaimRun(ctx, state.Claim{Run: asked.ID, Script: "a", Host: "h", Version: "v0"}); verdict != state.Changed || err != nil {
			t.Errorf("with an old version: %v, %v", verdict, err)
		}
		run, verdict := claim(t, db, asked.ID, "h", "skip")
		if verdict != state.Start || run.State != state.Running || run.Host != "h" || run.Version != "v1" || run.StartedAt.IsZero() {
			t.Fatalf("%v %+v", verdict, run)
		}
		if _, verdict := claim(t, db, asked.ID, "other", "skip"); verdict != state.Wait {
			t.Errorf("a second claim: %v", verdict)
		}
		run.Error, run.Calls = &state.RunError{Kind: "runtime", Message: "boom", Line: 2}, 3
		ok(t, db.RetryRun(ctx, run))
		if err := db.FinishRun(ctx, state.Run{ID: run.ID, Host: "h", State: state.Succeeded}); !errors.Is(err, state.ErrLost) {
			t.Errorf("finishing what waits: %v", err)
		}
		run, verdict = claim(t, db, asked.ID, "h2", "skip")
		if verdict != state.Start || run.Attempt != 2 || run.Error != nil || run.Calls != 0 {
			t.Fatalf("second attempt: %v %+v", verdict, run)
		}
		run.State, run.Calls, run.Writes = state.Succeeded, 5, 2
		ok(t, db.FinishRun(ctx, run))
		got := must[state.Run](t)(db.Run(ctx, run.ID))
		if got.State != state.Succeeded || got.Calls != 5 || got.Writes != 2 || got.EndedAt.IsZero() || got.Attempt != 2 {
			t.Errorf("%+v", got)
		}
		if _, verdict := claim(t, db, asked.ID, "h2", "skip"); verdict != state.Over {
			t.Errorf("claim of what has ended: %v", verdict)
		}
		if _, err := db.CancelRun(ctx, run.ID, "Ada"); !errors.Is(err, state.ErrEnded) {
			t.Errorf("cancel of what has ended: %v", err)
		}
	})
}

func TestOverlap(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		for _, policy := range []string{"skip", "queue", "allow", "replace"} {
			t.Run(policy, func(t *testing.T) {
				script(t, db, policy)
				first, second, third := trigger(t, db, policy), trigger(t, db, policy), trigger(t, db, policy)
				claim(t, db, first.ID, "h", policy)
				run, verdict := claim(t, db, third.ID, "h", policy)
				switch policy {
				case "skip":
					if verdict != state.Over || run.State != state.Skipped || run.Error == nil {
						t.Errorf("%v %+v", verdict, run)
					}
				case "queue":
					if verdict != state.InLine {
						t.Error(verdict)
					}
					ok(t, db.FinishRun(ctx, state.Run{ID: first.ID, Host: "h", State: state.Succeeded}))
					if _, verdict := claim(t, db, third.ID, "h", policy); verdict != state.InLine {
						t.Errorf("the third goes before the second: %v", verdict)
					}
					if _, verdict := claim(t, db, second.ID, "h", policy); verdict != state.Start {
						t.Errorf("the second: %v", verdict)
					}
				case "allow":
					if verdict != state.Start {
						t.Error(verdict)
					}
				case "replace":
					if verdict != state.InLine {
						t.Error(verdict)
					}
					if run := must[state.Run](t)(db.Run(ctx, second.ID)); run.State != state.Cancelled || run.EndedAt.IsZero() {
						t.Errorf("the one that waited: %+v", run)
					}
					requests := must[map[string]string](t)(db.CancelRequests(ctx, "h"))
					if requests[first.ID] != "run "+third.ID {
						t.Errorf("requests: %v", requests)
					}
					ok(t, db.FinishRun(ctx, state.Run{ID: first.ID, Host: "h", State: state.Cancelled}))
					if _, verdict := claim(t, db, third.ID, "h", policy); verdict != state.Start {
						t.Error(verdict)
					}
				}
			})
		}
	})
}

// TestGivenBackRunIsNotSkipped has a host that shuts down give a run back while another run of the script begins.
func TestGivenBackRunIsNotSkipped(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		script(t, db, "a")
		first := trigger(t, db, "a")
		run, _ := claim(t, db, first.ID, "h", "skip")
		if run.Again {
			t.Errorf("a run's first claim: %+v", run)
		}
		if !must[bool](t)(db.ReleaseRun(t.Context(), run)) {
			t.Fatal("the run was not given back")
		}
		if _, verdict := claim(t, db, trigger(t, db, "a").ID, "i", "skip"); verdict != state.Start {
			t.Fatalf("the second run: %v", verdict)
		}
		if run, verdict := claim(t, db, first.ID, "i", "skip"); verdict != state.InLine || run.State != state.Scheduled || !run.Again {
			t.Errorf("the first run: %v %+v", verdict, run)
		}
	})
}

// TestQueueIsBounded asks for more runs than a script comes to.
func TestQueueIsBounded(t *testing.T) {
	db := statetest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	script(t, db, "a")
	claim(t, db, trigger(t, db, "a").ID, "h", "queue")
	for range 100 {
		if _, verdict := claim(t, db, trigger(t, db, "a").ID, "h", "queue"); verdict != state.InLine {
			t.Fatalf("a run that may wait: %v", verdict)
		}
	}
	run, verdict := claim(t, db, trigger(t, db, "a").ID, "h", "queue")
	if verdict != state.Over || run.State != state.Skipped || run.Error.Message != "100 runs of the script wait already" {
		t.Errorf("one too many: %v %+v %+v", verdict, run, run.Error)
	}
}

func TestClaimEnds(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a", "every 1s")
		watched := watchedScripts(t, db)[0]
		mark := watched.Watermark
		made, _, err := db.AdvanceTicks(ctx, []state.Advance{{Script: "a", From: mark, Updated: watched.UpdatedAt, To: mark.Add(time.Second), Run: []time.Time{mark.Add(time.Second)}}}, nil)
		ok(t, err)
		byHand, removed := trigger(t, db, "a"), trigger(t, db, "a")
		ok(t, db.SetPaused(ctx, "a", true, "ada"))
		if run, verdict := claim(t, db, made[0].ID, "h", "allow"); verdict != state.Over || run.State != state.Skipped {
			t.Errorf("a tick of a paused script: %v %+v", verdict, run)
		}
		if _, verdict := claim(t, db, byHand.ID, "h", "allow"); verdict != state.Start {
			t.Errorf("by hand in a pause: %v", verdict)
		}
		ok(t, db.DeleteScript(ctx, "a"))
		if run, verdict := claim(t, db, removed.ID, "h", "allow"); verdict != state.Over || run.State != state.Cancelled {
			t.Errorf("a removed script: %v %+v", verdict, run)
		}
	})
}

// TestRunJSON reads runs as programs do: all have the same members.
func TestRunJSON(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 500000000, time.UTC)
	for _, c := range []struct {
		run  state.Run
		want string
	}{
		{
			state.Run{ID: "1", Script: "a", State: state.Scheduled, Trigger: state.Trigger{Kind: state.ByHand, By: "Ada", Args: []string{"x"}}, Attempt: 1, CreatedAt: at},
			`{"id":"1","script":"a","version":null,"state":"scheduled","trigger":{"kind":"manual","tick":null,"by":"Ada","args":["x"]},"attempt":1,"rescues":0,` +
				`"host":null,"cancelled_by":null,"created_at":"2026-11-22T09:00:00.5Z","started_at":null,"ended_at":null,"error":null,"calls":0,"writes":0}`,
		},
		{
			state.Run{
				ID: "2", Script: "b", Version: "v", State: state.Failed, Trigger: state.Trigger{Kind: state.BySchedule, Tick: at}, Attempt: 2, Rescues: 1, Host: "h",
				CancelledBy: "Bob", CreatedAt: at, StartedAt: at, EndedAt: at, Error: &state.RunError{Kind: "runtime", Message: "<no>"}, Calls: 3, Writes: 1,
			},
			`{"id":"2","script":"b","version":"v","state":"failed","trigger":{"kind":"schedule","tick":"2026-11-22T09:00:00.5Z","by":null},"attempt":2,"rescues":1,` +
				`"host":"h","cancelled_by":"Bob","created_at":"2026-11-22T09:00:00.5Z","started_at":"2026-11-22T09:00:00.5Z","ended_at":"2026-11-22T09:00:00.5Z",` +
				`"error":{"kind":"runtime","message":"<no>"},"calls":3,"writes":1}`,
		},
	} {
		var out strings.Builder
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		err := enc.Encode(c.run)
		text := strings.TrimSuffix(out.String(), "\n")
		if err != nil || text != c.want {
			t.Errorf("%s, %v, want %s", text, err, c.want)
		}
		var again state.Run
		if err := json.Unmarshal([]byte(text), &again); err != nil || !reflect.DeepEqual(again, c.run) {
			t.Errorf("read again: %+v, %v", again, err)
		}
	}
}

func TestCancel(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a")
		waits, goes := trigger(t, db, "a"), trigger(t, db, "a")
		run := must[state.Run](t)(db.CancelRun(ctx, waits.ID, "Ada"))
		if run.State != state.Cancelled || run.CancelledBy != "Ada" || run.EndedAt.IsZero() {
			t.Errorf("%+v", run)
		}
		claimed, _ := claim(t, db, goes.ID, "h", "skip")
		if released := must[bool](t)(db.ReleaseRun(ctx, claimed)); !released {
			t.Error("a claimed run cannot be released")
		}
		if released := must[bool](t)(db.ReleaseRun(ctx, claimed)); released {
			t.Error("a waiting run was released")
		}
		claimed, _ = claim(t, db, goes.ID, "h", "skip")
		if run := must[state.Run](t)(db.CancelRun(ctx, goes.ID, "Bo")); run.State != state.Running {
			t.Errorf("%+v", run)
		}
		if requests := must[map[string]string](t)(db.CancelRequests(ctx, "h")); len(requests) != 1 || requests[goes.ID] != "Bo" {
			t.Errorf("requests %v", requests)
		}
		if err := db.RetryRun(ctx, claimed); !errors.Is(err, state.ErrEnded) {
			t.Errorf("retry of a cancelled run: %v", err)
		}
		if run := must[state.Run](t)(db.Run(ctx, goes.ID)); run.State != state.Cancelled || run.Attempt != 1 {
			t.Errorf("%+v", run)
		}
	})
}

func TestHosts(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a")
		host := state.Host{ID: "h", Name: "machine", Started: db.Now()}
		for i, want := range []bool{false, true} {
			if known := must[bool](t)(db.Beat(ctx, host)); known != want {
				t.Errorf("beat %d: known %v", i, known)
			}
		}
		lost, cancelled := trigger(t, db, "a"), trigger(t, db, "a")
		moveUp(t, db, "a", 2, 7)
		run, _ := claim(t, db, lost.ID, "h", "allow")
		claim(t, db, cancelled.ID, "h", "allow")
		must[state.Run](t)(db.CancelRun(ctx, cancelled.ID, "Ada"))

		jobs := func(into *[]int64) func(*sql.Tx, []int64) error {
			return func(_ *sql.Tx, jobs []int64) error { *into = jobs; return nil }
		}
		var got []int64
		if gone := must[bool](t)(db.RemoveHost(ctx, "h", db.Now().Add(-time.Minute), jobs(&got))); gone || got != nil {
			t.Error("a host that was just heard of was removed")
		}
		if gone := must[bool](t)(db.RemoveHost(ctx, "h", db.Now().Add(time.Minute), jobs(&got))); !gone || !slices.Equal(got, []int64{7, 8}) {
			t.Errorf("gone %v, jobs %v", gone, got)
		}
		if err := db.FinishRun(ctx, state.Run{ID: run.ID, Host: "h", State: state.Succeeded}); !errors.Is(err, state.ErrLost) {
			t.Errorf("finish after the host was given up: %v", err)
		}
		if r := must[state.Run](t)(db.Run(ctx, lost.ID)); r.State != state.Scheduled || r.Rescues != 1 || r.Attempt != 1 {
			t.Errorf("%+v", r)
		}
		if r := must[state.Run](t)(db.Run(ctx, cancelled.ID)); r.State != state.Cancelled {
			t.Errorf("%+v", r)
		}
		for i := range 5 {
			id := fmt.Sprint("h", i)
			must[bool](t)(db.Beat(ctx, state.Host{ID: id}))
			claim(t, db, lost.ID, id, "allow")
			must[bool](t)(db.RemoveHost(ctx, id, db.Now().Add(time.Minute), jobs(&got)))
		}
		if r := must[state.Run](t)(db.Run(ctx, lost.ID)); r.State != state.Failed || r.Error == nil || r.Error.Kind != "worker" {
			t.Errorf("a run that hosts keep dying of: %+v", r)
		}
		claim(t, db, trigger(t, db, "a").ID, "stray", "allow")
		ok(t, db.NoteStrayHosts(ctx))
		if hosts := must[[]state.Host](t)(db.Hosts(ctx)); len(hosts) != 1 || hosts[0].ID != "stray" || hosts[0].Beat.IsZero() {
			t.Errorf("stray %+v", hosts)
		}
	})
}

func TestRunsFilter(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a")
		script(t, db, "b")
		var ids []string
		for i := range 6 {
			ids = append(ids, trigger(t, db, []string{"a", "b"}[i%2]).ID)
		}
		must[state.Run](t)(db.CancelRun(ctx, ids[2], ""))
		cases := []struct {
			filter state.RunFilter
			want   []int
		}{
			{state.RunFilter{}, []int{5, 4, 3, 2, 1, 0}},
			{state.RunFilter{Script: "a"}, []int{4, 2, 0}},
			{state.RunFilter{Script: "a", States: []state.RunState{state.Cancelled, state.Failed}}, []int{2}},
			{state.RunFilter{Limit: 2}, []int{5, 4}},
			{state.RunFilter{Limit: 2, Before: ids[4]}, []int{3, 2}},
			{state.RunFilter{Since: time.Now().Add(time.Hour)}, nil},
			{state.RunFilter{Since: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour), Limit: 1}, []int{5}},
		}
		for _, c := range cases {
			var got []int
			for _, run := range must[[]state.Run](t)(db.Runs(ctx, c.filter)) {
				got = append(got, slices.Index(ids, run.ID))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v: got %v, want %v", c.filter, got, c.want)
			}
		}
	})
}

func TestLogsCallsAndPrune(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a")
		var runs []state.Run
		for i := range 4 {
			run, _ := claim(t, db, trigger(t, db, "a").ID, "h", "allow")
			lines := []state.LogLine{
				{Seq: 1, Attempt: 1, Time: time.Unix(1, 5000), Level: "print", Message: "zero \x00, not UTF-8 \xff"},
				{Seq: 2, Attempt: 1, Time: time.Unix(2, 0), Level: "info", Message: "m", Fields: map[string]any{"n": 1.5, "t": "\x00"}},
			}
			ok(t, db.AppendLogs(ctx, run.ID, lines))
			ok(t, db.AppendLogs(ctx, run.ID, lines)) // again, after an answer that was lost
			ok(t, db.AppendCalls(ctx, run.ID, 1, []state.APICall{{Time: time.Unix(3, 0), Operation: "op", Effect: "read", Status: 200, Duration: 1500 * time.Microsecond}}))
			if i < 3 {
				run.State = state.Succeeded
				ok(t, db.FinishRun(ctx, run))
			}
			runs = append(runs, run)
		}
		lines := must[[]state.LogLine](t)(db.Logs(ctx, runs[0].ID, 0, 0))
		if len(lines) != 2 || lines[0].Message != "zero \ufffd, not UTF-8 \ufffd" || !lines[0].Time.Equal(time.Unix(1, 5000)) ||
			lines[1].Fields["n"] != 1.5 || lines[1].Fields["t"] != "\x00" {
			t.Errorf("%+v", lines)
		}
		if lines := must[[]state.LogLine](t)(db.Logs(ctx, runs[0].ID, 1, 1)); len(lines) != 1 || lines[0].Seq != 2 {
			t.Errorf("%+v", lines)
		}
		calls := must[[]state.APICall](t)(db.Calls(ctx, runs[0].ID))
		if len(calls) != 1 || calls[0].Duration != 1500*time.Microsecond || calls[0].Operation != "op" {
			t.Errorf("%+v", calls)
		}
		if log, call, err := db.LastSeqs(ctx, runs[0].ID); log != 2 || call != 1 || err != nil {
			t.Errorf("last %d, %d, %v", log, call, err)
		}
		if n := must[int](t)(db.Prune(ctx, state.Retention{Age: time.Hour})); n != 0 {
			t.Errorf("%d young runs dropped", n)
		}
		if n := must[int](t)(db.Prune(ctx, state.Retention{Count: 1})); n != 2 {
			t.Errorf("%d runs dropped, want 2", n)
		}
		if lines := must[[]state.LogLine](t)(db.Logs(ctx, runs[0].ID, 0, 0)); len(lines) != 0 {
			t.Error("a dropped run has log lines")
		}
		if n := must[int](t)(db.Prune(ctx, state.Retention{Age: time.Nanosecond})); n != 1 {
			t.Errorf("%d runs dropped, want the one that ended", n)
		}
		if _, err := db.Version(ctx, "v1"); err != nil {
			t.Errorf("a version in use: %v", err)
		}
	})
}

// Runs that begin at the same moment, just after the database was opened, get through its one connection.
func TestClaimsTogether(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		script(t, db, "a")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var going atomic.Int32
		var wait sync.WaitGroup
		for range 20 {
			run := trigger(t, db, "a")
			wait.Go(func() {
				_, verdict, err := db.ClaimRun(ctx, state.Claim{Run: run.ID, Script: "a", Host: "h", Version: "v1", Overlap: "skip"})
				if err != nil {
					t.Error(err)
				}
				if verdict == state.Start {
					going.Add(1)
				}
			})
		}
		wait.Wait()
		if n := going.Load(); n != 1 {
			t.Errorf("%d runs began", n)
		}
	})
}

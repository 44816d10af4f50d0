//go:build unix

package state_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
)

// Ticks that come due while missed ones are made up for wait behind them, but not for ever: a script whose runs take longer than its
// schedule allows would have ever more of them.
func TestWaitersBehindMissedRuns(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a", "every 1s")
		tick := func(n, madeUp int) []state.Run {
			t.Helper()
			w := watchedScripts(t, db)[0]
			step := state.Advance{Script: "a", From: w.Watermark, Updated: w.UpdatedAt, To: w.Watermark, MadeUp: madeUp}
			for range n {
				step.To = step.To.Add(time.Second)
				step.Run = append(step.Run, step.To)
			}
			made, _, err := db.AdvanceTicks(ctx, []state.Advance{step}, numbered(1))
			ok(t, err)
			return made
		}
		expect := func(run state.Run, want state.Verdict, missed bool) {
			t.Helper()
			run, verdict := claim(t, db, run.ID, "h", "skip")
			if verdict != want || run.Missed != missed {
				t.Errorf("%s: %v, missed %v, %+v", run.Trigger.Tick.Format(time.TimeOnly), verdict, run.Missed, run.Error)
			}
		}
		end := func(run state.Run) {
			t.Helper()
			ok(t, db.FinishRun(ctx, state.Run{ID: run.ID, Host: "h", State: state.Succeeded}))
		}
		missed := tick(2, 2)
		if line, waits, err := db.LineOf(ctx, missed[0].ID); err != nil || !waits || !line.Missed || line.Ticks.Queued != 0 {
			t.Errorf("line: %+v, %v, %v", line, waits, err)
		}
		expect(missed[1], state.InLine, true) // not before the first
		expect(missed[0], state.Start, true)
		expect(missed[1], state.InLine, true)
		waiter, late := tick(1, 0)[0], tick(1, 0)[0]
		expect(waiter, state.InLine, true)
		expect(late, state.Over, false) // there are as many as may wait
		end(missed[0])
		expect(missed[1], state.Start, true)
		end(missed[1])
		expect(waiter, state.Start, true)
		end(waiter)
		expect(tick(1, 0)[0], state.Start, false)
	})
}

// A tick that was skipped because of a run whose host had died already is run when that is known, if the script makes up for what it
// misses.
func TestSkippedForADeadHost(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		for _, makeUp := range []bool{true, false} {
			name := map[bool]string{true: "all", false: "latest"}[makeUp]
			script(t, db, name, "every 1s")
			tick := func() state.Run {
				t.Helper()
				for _, w := range watchedScripts(t, db) {
					if w.Name == name {
						to := w.Watermark.Add(time.Second)
						made, _, err := db.AdvanceTicks(ctx, []state.Advance{{Script: name, From: w.Watermark, Updated: w.UpdatedAt, To: to, Run: []time.Time{to}}}, nil)
						ok(t, err)
						return made[0]
					}
				}
				t.Fatal("the script is not watched")
				return state.Run{}
			}
			ask := func(run state.Run, host string) state.Verdict {
				t.Helper()
				c := state.Claim{Run: run.ID, Script: name, Host: host, Version: "v1", Overlap: "skip", MakeUp: makeUp}
				_, verdict, err := db.ClaimRun(ctx, c)
				ok(t, err)
				return verdict
			}
			host := name + "-host"
			first := tick()
			if verdict := ask(first, host); verdict != state.Start {
				t.Fatalf("the first tick: %v", verdict)
			}
			before := tick()
			if verdict := ask(before, "other"); verdict != state.Over {
				t.Errorf("a tick while the host lives: %v", verdict)
			}
			must[bool](t)(db.Beat(ctx, state.Host{ID: host, Name: host, Started: db.Now()}))
			after := tick()
			if verdict := ask(after, "other"); verdict != state.Over {
				t.Errorf("a tick while the host is not known to be dead: %v", verdict)
			}
			nothing := func(*sql.Tx, []int64) error { return nil }
			if !must[bool](t)(db.RemoveHost(ctx, host, db.Now().Add(time.Minute), nothing)) {
				t.Fatal("the host was not removed")
			}
			want := map[string]state.RunState{first.ID: state.Scheduled, before.ID: state.Skipped, after.ID: state.Skipped}
			if makeUp {
				want[after.ID] = state.Scheduled
			}
			for id, wanted := range want {
				if run := must[state.Run](t)(db.Run(ctx, id)); run.State != wanted {
					t.Errorf("%s: %s is %s, want %s", name, run.Trigger.Tick.Format(time.TimeOnly), run.State, wanted)
				}
			}
		}
	})
}

// So is one that was skipped because of a run that was over, and whose end the database did not take at once.
func TestSkippedForALateEnd(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a", "every 1s")
		var verdicts []state.Verdict
		var runs []state.Run
		over := time.Time{}
		for range 3 {
			w := watchedScripts(t, db)[0]
			to := w.Watermark.Add(time.Second)
			made, _, err := db.AdvanceTicks(ctx, []state.Advance{{Script: "a", From: w.Watermark, Updated: w.UpdatedAt, To: to, Run: []time.Time{to}}}, nil)
			ok(t, err)
			c := state.Claim{Run: made[0].ID, Script: "a", Host: "h", Version: "v1", Overlap: "skip", MakeUp: true}
			run, verdict, err := db.ClaimRun(ctx, c)
			ok(t, err)
			runs, verdicts = append(runs, run), append(verdicts, verdict)
			if len(runs) == 2 {
				over = db.Now()
			}
		}
		if want := []state.Verdict{state.Start, state.Over, state.Over}; !slices.Equal(verdicts, want) {
			t.Fatalf("%v", verdicts)
		}
		now := db.Now().Add(time.Second)
		db.SetClock(func() time.Time { return now })
		runs[0].State, runs[0].EndedAt = state.Succeeded, over
		ok(t, db.FinishRun(ctx, runs[0]))
		for i, want := range []state.RunState{state.Succeeded, state.Skipped, state.Scheduled} {
			if run := must[state.Run](t)(db.Run(ctx, runs[i].ID)); run.State != want {
				t.Errorf("tick %d is %s, want %s", i, run.State, want)
			}
		}
	})
}

// One that is being skipped at the moment when the host's death, or the end that came late, is noted counts too.
func TestSkippedAtThatMoment(t *testing.T) {
	for name, note := range map[string]func(t *testing.T, db *state.DB, going state.Run) error{
		"death": func(t *testing.T, db *state.DB, _ state.Run) error {
			nothing := func(*sql.Tx, []int64) error { return nil }
			gone, err := db.RemoveHost(t.Context(), "h", db.Now().Add(time.Minute), nothing)
			if err == nil && !gone {
				t.Error("the host was not removed")
			}
			return err
		},
		"late end": func(t *testing.T, db *state.DB, going state.Run) error {
			going.State, going.EndedAt = state.Succeeded, going.CreatedAt
			return db.FinishRun(t.Context(), going)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := statetest.Open(t, statetest.New(t).Database(t)) // on SQLite one writes after the other
			ctx := t.Context()
			must[bool](t)(db.Beat(ctx, state.Host{ID: "h", Name: "h", Started: db.Now()}))
			script(t, db, "a", "every 1s")
			var runs []state.Run
			for range 2 {
				w := watchedScripts(t, db)[0]
				to := w.Watermark.Add(time.Second)
				made, _, err := db.AdvanceTicks(ctx, []state.Advance{{Script: "a", From: w.Watermark, Updated: w.UpdatedAt, To: to, Run: []time.Time{to}}}, nil)
				ok(t, err)
				runs = append(runs, made[0])
			}
			going, verdict, err := db.ClaimRun(ctx, state.Claim{Run: runs[0].ID, Script: "a", Host: "h", Version: "v1", Overlap: "skip", MakeUp: true})
			if ok(t, err); verdict != state.Start {
				t.Fatalf("the first tick: %v", verdict)
			}
			now := db.Now().Add(2 * time.Second)
			db.SetClock(func() time.Time { return now })

			// What ClaimRun does for the second tick, up to the end of its transaction.
			claim := must[*sql.Tx](t)(db.SQL().BeginTx(ctx, nil))
			defer func() { _ = claim.Rollback() }()
			for _, statement := range []string{
				"UPDATE scripts SET claims = claims + 1 WHERE name = 'a'",
				"UPDATE runs SET state = 'skipped', missed = -1, ended = created WHERE id = '" + runs[1].ID + "'",
			} {
				_, err := claim.ExecContext(ctx, statement)
				ok(t, err)
			}
			noted := make(chan error, 1)
			go func() { noted <- note(t, db, going) }()
			testwait.Until(t, "somebody who waits for the claim, or does not", func() bool {
				var waiting int
				ok(t, claim.QueryRowContext(ctx, "SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&waiting))
				return waiting > 0 || len(noted) > 0
			})
			ok(t, claim.Commit())
			ok(t, <-noted)
			if run := must[state.Run](t)(db.Run(ctx, runs[1].ID)); run.State != state.Scheduled {
				t.Errorf("the second tick is %s", run.State)
			}
		})
	}
}

// Where missed ticks are made up for, a tick that is late lets none of those behind it begin first.
func TestLateTicksKeepTheirOrder(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a", "every 1s")
		var runs []state.Run
		for range 2 {
			w := watchedScripts(t, db)[0]
			to := w.Watermark.Add(time.Second)
			made, _, err := db.AdvanceTicks(ctx, []state.Advance{{Script: "a", From: w.Watermark, Updated: w.UpdatedAt, To: to, Run: []time.Time{to}}}, nil)
			ok(t, err)
			runs = append(runs, made[0])
		}
		claim := func(run state.Run) state.Verdict {
			t.Helper()
			c := state.Claim{Run: run.ID, Script: "a", Host: "h", Version: "v1", Overlap: "skip", MakeUp: true}
			if _, started, err := db.StartRun(ctx, c); err != nil || started {
				ok(t, err)
				return state.Start
			}
			_, verdict, err := db.ClaimRun(ctx, c)
			ok(t, err)
			return verdict
		}
		if second, first := claim(runs[1]), claim(runs[0]); second != state.InLine || first != state.Start {
			t.Errorf("the second is %s, and the first %s", second, first)
		}
	})
}

// And one whose predecessor was in the way only because it had begun late.
func TestHeldUpByALateRun(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "a", "every 1s")
		var verdicts []state.Verdict
		for range 2 {
			w := watchedScripts(t, db)[0]
			to := w.Watermark.Add(time.Second)
			made, _, err := db.AdvanceTicks(ctx, []state.Advance{{Script: "a", From: w.Watermark, Updated: w.UpdatedAt, To: to, Run: []time.Time{to}}}, nil)
			ok(t, err)
			db.SetClock(func() time.Time { return to.Add(900 * time.Millisecond) })
			_, verdict, err := db.ClaimRun(ctx, state.Claim{Run: made[0].ID, Script: "a", Host: "h", Version: "v1", Overlap: "skip", MakeUp: true})
			ok(t, err)
			verdicts = append(verdicts, verdict)
		}
		if want := []state.Verdict{state.Start, state.InLine}; !slices.Equal(verdicts, want) {
			t.Errorf("%v, want %v", verdicts, want)
		}
	})
}

func watchedScripts(t *testing.T, db *state.DB) []state.Watched {
	t.Helper()
	all, total, err := db.WatchedScripts(t.Context(), time.Time{})
	ok(t, err)
	if len(all) != total {
		t.Errorf("%d scripts of %d", len(all), total)
	}
	return slices.DeleteFunc(all, func(w state.Watched) bool { return !w.Active })
}

// numbered is a queue whose jobs have the numbers behind one.
func numbered(first int64) state.Enqueue {
	return func(_ context.Context, _ state.Tx, runs []state.Run) ([]int64, error) {
		jobs := make([]int64, len(runs))
		for i := range jobs {
			jobs[i] = first + int64(i)
		}
		return jobs, nil
	}
}

// moveUp has the first runs of a script's line go to a queue, and returns how many did.
func moveUp(t *testing.T, db *state.DB, script string, runs int, firstJob int64) int {
	t.Helper()
	return len(must[[]state.Run](t)(db.MoveUp(t.Context(), []state.Turn{{Script: script, Runs: runs}}, numbered(firstJob))))
}

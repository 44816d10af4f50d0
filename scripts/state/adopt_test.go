//go:build unix

package state_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// file is a script that is one file of this code, with a schedule.
func file(name, code string) state.Saved {
	path := name + ".lua"
	s := state.Saved{
		Script:  state.Script{Name: name, Path: path, Language: "lua", Version: fmt.Sprintf("%s %q", path, code), Schedules: []string{"* * * * * *"}},
		Content: &state.Version{Script: name, Entry: path, Language: "lua", Files: map[string][]byte{path: []byte(code)}},
	}
	s.Content.Hash = s.Version
	return s
}

func save(t *testing.T, db *state.DB, list ...state.Saved) {
	t.Helper()
	for name, err := range must[map[string]error](t)(db.SaveScripts(t.Context(), list)) {
		t.Fatalf("%s: %v", name, err)
	}
}

// claimAndSet stores a value for the script of a run that is claimed now, as a host does, and returns the run.
func claimAndSet(t *testing.T, db *state.DB, script, key string) state.Run {
	t.Helper()
	ctx := t.Context()
	asked := must[state.Run](t)(db.Trigger(ctx, script, state.Trigger{Kind: state.ByHand}))
	s := must[state.Script](t)(db.Script(ctx, script))
	run, started, err := db.StartRun(ctx, state.Claim{Run: asked.ID, Script: script, Host: "h", Version: s.Version, Overlap: "allow"})
	if err != nil || !started {
		t.Fatalf("%v, %v", started, err)
	}
	put(t, db, run, key)
	return run
}

func put(t *testing.T, db *state.DB, run state.Run, key string) {
	t.Helper()
	must[float64](t)(db.ScriptStore(run.Home).Increment(t.Context(), key, 1, 0))
}

func finish(t *testing.T, db *state.DB, run state.Run) {
	t.Helper()
	run.State = state.Succeeded
	ok(t, db.FinishRun(t.Context(), run))
}

// keysOf are the keys that the next run of a script finds.
func keysOf(t *testing.T, db *state.DB, script string) []string {
	t.Helper()
	run := claimAndSet(t, db, script, "looked")
	finish(t, db, run)
	var keys []string
	for _, v := range must[[]bindings.Stored](t)(db.ScriptStore(run.Home).List(t.Context(), "", 100)) {
		if v.Key != "looked" {
			keys = append(keys, v.Key)
		}
	}
	return keys
}

func runsOf(t *testing.T, db *state.DB, script string) int {
	t.Helper()
	return len(must[[]state.Run](t)(db.Runs(t.Context(), state.RunFilter{Script: script})))
}

// TestRename carries store, runs, pause and watermark to the new name, also those of runs that wait or go meanwhile.
func writesOf(t *testing.T, db *state.DB, script string) int {
	t.Helper()
	return len(must[[]state.Write](t)(db.Writes(t.Context(), state.WriteFilter{Script: script})))
}

func TestRename(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		save(t, db, file("a", "print(1)"))
		finish(t, db, claimAndSet(t, db, "a", "one"))
		going := claimAndSet(t, db, "a", "two")
		for _, run := range must[[]state.Run](t)(db.Runs(ctx, state.RunFilter{Script: "a"})) {
			ok(t, db.AppendCalls(ctx, run.ID, 1, []state.APICall{{Time: db.Now(), Operation: "op", Effect: "write", Status: 200}}))
		}
		waiting := must[state.Run](t)(db.Trigger(ctx, "a", state.Trigger{Kind: state.ByHand}))
		mark := watchedScripts(t, db)[0].Watermark
		ok(t, db.RenameScript(ctx, "a", file("folder/b", "print(1)")))

		put(t, db, going, "three") // the run has not noticed
		finish(t, db, going)
		if run, version, err := db.RunToClaim(ctx, waiting.ID); err != nil || run.Script != "folder/b" || version == "" {
			t.Errorf("the waiting run: %+v, version %q, %v", run, version, err)
		}
		// A host that read the run before has to ask again, rather than end it.
		_, verdict, err := db.ClaimRun(ctx, state.Claim{Run: waiting.ID, Script: "a", Host: "h", Version: "old"})
		if err != nil || verdict != state.Changed {
			t.Errorf("the claim under the old name: %v, %v", verdict, err)
		}
		if n, old := runsOf(t, db, "folder/b"), runsOf(t, db, "a"); n != 3 || old != 0 {
			t.Errorf("%d runs have the new name, %d the old one", n, old)
		}
		if n, old := writesOf(t, db, "folder/b"), writesOf(t, db, "a"); n != 2 || old != 0 {
			t.Errorf("%d writes have the new name, %d the old one", n, old)
		}
		if keys := keysOf(t, db, "folder/b"); !slices.Equal(keys, []string{"one", "three", "two"}) {
			t.Errorf("stored: %q", keys)
		}
		if all := watchedScripts(t, db); len(all) != 1 || all[0].Name != "folder/b" || !all[0].Watermark.Equal(mark) {
			t.Errorf("%+v, was at %v", all, mark)
		}
		ok(t, db.SetPaused(ctx, "folder/b", true, "ada"))
		// Back, and on: a new script that takes a name begins with nothing.
		ok(t, db.RenameScript(ctx, "folder/b", file("c", "print(1)")))
		save(t, db, file("a", "print(2)"))
		if keys := keysOf(t, db, "a"); len(keys) > 0 {
			t.Errorf("a new script finds %q", keys)
		}
		if keys := keysOf(t, db, "c"); len(keys) != 3 {
			t.Errorf("stored: %q", keys)
		}
		if s := must[state.Script](t)(db.Script(ctx, "c")); !s.Paused {
			t.Error("the pause is lost")
		}
		var names []string
		for _, d := range must[[]state.Departure](t)(db.FormerNames(ctx, "c")) {
			names = append(names, d.Name)
		}
		if !slices.Equal(names, []string{"a", "folder/b"}) {
			t.Errorf("former names: %q", names)
		}
	})
}

// TestRenameTwice has two hosts see one rename: in turn, at once, and the second one late.
func TestRenameTwice(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		one, two := statetest.Open(t, address), statetest.Open(t, address)
		ctx := t.Context()
		save(t, one, file("a", "print(1)"))
		finish(t, one, claimAndSet(t, one, "a", "one"))
		errs := make(chan error, 2)
		for _, db := range []*state.DB{one, two} {
			go func() { errs <- db.RenameScript(ctx, "a", file("b", "print(1)")) }()
		}
		first, second := <-errs, <-errs
		if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), state.ErrAdopted) {
			t.Errorf("%v, %v", first, second)
		}
		if keys := keysOf(t, two, "b"); !slices.Equal(keys, []string{"one"}) {
			t.Errorf("stored: %q", keys)
		}
		// Another host took the new name for a new script's, and made runs of it.
		save(t, two, file("c", "print(1)"))
		finish(t, two, runOnce(t, two, "c"))
		ok(t, two.SetPaused(ctx, "c", true, "ada"))
		ok(t, one.RenameScript(ctx, "b", file("c", "print(1)")))
		if keys, n := keysOf(t, two, "c"), runsOf(t, two, "c"); !slices.Equal(keys, []string{"one"}) || n != 4 {
			t.Errorf("stored: %q, %d runs", keys, n)
		}
		if s := must[state.Script](t)(one.Script(ctx, "c")); !s.Paused {
			t.Error("the pause is lost")
		}
	})
}

// runOnce is a run of a script that stores nothing.
func runOnce(t *testing.T, db *state.DB, script string) state.Run {
	t.Helper()
	run := must[state.Run](t)(db.Trigger(t.Context(), script, state.Trigger{Kind: state.ByHand}))
	s := must[state.Script](t)(db.Script(t.Context(), script))
	run, _, err := db.StartRun(t.Context(), state.Claim{Run: run.ID, Script: script, Host: "h", Version: s.Version, Overlap: "allow"})
	ok(t, err)
	return run
}

// TestRemoved keeps what a script stored until its time is over, and gives it back to a script that comes back.
func TestRemoved(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		now := time.Now()
		db.SetClock(func() time.Time { return now })
		save(t, db, file("a", "print(1)"), file("b", "print(2)"))
		finish(t, db, claimAndSet(t, db, "a", "one"))
		finish(t, db, claimAndSet(t, db, "b", "two"))
		ok(t, db.SetPaused(ctx, "a", true, "ada"))
		removed := must[[]string](t)(db.RemoveScripts(ctx, []string{"b", "a", "none"}))
		if !slices.Equal(removed, []string{"a", "b"}) {
			t.Errorf("removed %q", removed)
		}
		if again := must[[]string](t)(db.RemoveScripts(ctx, []string{"a"})); len(again) > 0 {
			t.Errorf("removed %q again", again)
		}
		d := must[state.Departure](t)(db.Departure(ctx, "a"))
		if d.Keys != 1 || !d.Paused || d.Path != "a.lua" || d.Content != state.ContentOf("x.lua", map[string][]byte{"x.lua": []byte("print(1)")}) {
			t.Errorf("%+v", d)
		}
		now = now.Add(state.KeepDeparted - time.Second)
		must[int](t)(db.Prune(ctx, state.Retention{}))
		save(t, db, file("a", "print(3)"))
		if s := must[state.Script](t)(db.Script(ctx, "a")); !s.Paused {
			t.Error("the pause is lost")
		}
		now = now.Add(2 * time.Second)
		must[int](t)(db.Prune(ctx, state.Retention{}))
		if keys := keysOf(t, db, "a"); !slices.Equal(keys, []string{"one"}) {
			t.Errorf("the script that came back has stored %q", keys)
		}
		save(t, db, file("b", "print(2)"))
		if keys := keysOf(t, db, "b"); len(keys) > 0 {
			t.Errorf("%q is still stored", keys)
		}
		if left := must[[]state.Departure](t)(db.Departures(ctx)); len(left) > 0 {
			t.Errorf("left: %+v", left)
		}
	})
}

// TestReturnKeepsTicks counts the ticks of a short absence, as of an editor that deletes the file, and not those of a long one.
func TestReturnKeepsTicks(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		now := time.Now().Truncate(time.Microsecond)
		db.SetClock(func() time.Time { return now })
		save(t, db, file("a", "print(1)"))
		mark := now
		for _, absence := range []struct {
			away time.Duration
			kept bool
		}{{10 * time.Second, true}, {10 * time.Minute, false}} {
			ok(t, db.DeleteScript(ctx, "a"))
			now = now.Add(absence.away)
			save(t, db, file("a", "print(1)"))
			at := watchedScripts(t, db)[0].Watermark
			if kept := at.Before(now); kept != absence.kept {
				t.Errorf("away for %v: %v, was %v, now %v", absence.away, at, mark, now)
			}
		}
	})
}

// TestAdopt carries over by hand.
func TestAdopt(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		save(t, db, file("a", "print(1)"), file("b", "print(2)"), file("other", "print(3)"))
		finish(t, db, claimAndSet(t, db, "a", "of a"))
		adopt := func(old, name string, force bool) error {
			_, err := db.AdoptScript(ctx, old, name, force)
			return err
		}
		if err := adopt("a", "b", true); !errors.Is(err, state.ErrPresent) {
			t.Errorf("a script that is there: %v", err)
		}
		ok(t, db.SetPaused(ctx, "a", true, "ada"))
		ok(t, db.DeleteScript(ctx, "a"))
		for _, pair := range [][2]string{{"none", "b"}, {"a", "none"}} {
			if err := adopt(pair[0], pair[1], true); !errors.Is(err, state.ErrNotFound) {
				t.Errorf("%q: %v", pair, err)
			}
		}
		running := runOnce(t, db, "b")
		if err := adopt("a", "b", false); !errors.Is(err, state.ErrBusy) {
			t.Errorf("while it runs: %v", err)
		}
		finish(t, db, running)
		a, err := db.AdoptScript(ctx, "a", "b", false)
		if err != nil || a.Keys != 1 || a.Runs != 1 || !a.Paused || a.Replaced != 0 {
			t.Errorf("%+v, %v", a, err)
		}
		if keys, n := keysOf(t, db, "b"), runsOf(t, db, "b"); !slices.Equal(keys, []string{"of a"}) || n != 3 {
			t.Errorf("stored %q, %d runs", keys, n)
		}
		if s := must[state.Script](t)(db.Script(ctx, "b")); !s.Paused {
			t.Error("the pause is lost")
		}
		if err := adopt("a", "b", false); !errors.Is(err, state.ErrAdopted) {
			t.Errorf("again: %v", err)
		}
		// One that has a store of its own exchanges it, and can have it back.
		finish(t, db, claimAndSet(t, db, "other", "of other"))
		ok(t, db.DeleteScript(ctx, "b"))
		if err := adopt("b", "other", false); !errors.Is(err, state.ErrOwnStore) {
			t.Errorf("over a store: %v", err)
		}
		for _, want := range []string{"of a", "of other"} {
			ok(t, adopt("b", "other", true))
			if keys := keysOf(t, db, "other"); !slices.Equal(keys, []string{want}) {
				t.Errorf("stored %q, want %q", keys, want)
			}
		}
	})
}

// TestRenameOfManyRuns moves more runs than one step takes, and goes on after a process that ended meanwhile.
func TestRenameOfManyRuns(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		save(t, db, file("a", "print(1)"))
		const runs = 1201
		for i := range runs {
			_, err := db.SQL().ExecContext(ctx, "INSERT INTO runs (id, script, state, kind, version, created) VALUES ($1, 'a', 'succeeded', 'manual', $2, 1)",
				fmt.Sprintf("00000000-0000-7000-8000-%012d", i), file("a", "print(1)").Version)
			ok(t, err)
		}
		stop, cancel := context.WithCancel(ctx)
		cancel()
		if err := db.RenameScript(stop, "a", file("b", "print(1)")); err == nil {
			t.Fatal("a context that ended is no error")
		}
		ok(t, db.RenameScript(ctx, "a", file("b", "print(1)")))
		if n := runsOf(t, db, "b"); n != runs {
			t.Errorf("%d of %d runs", n, runs)
		}
		// What a process left undone.
		_, err := db.SQL().ExecContext(ctx, "UPDATE runs SET script = 'a' WHERE id < $1", fmt.Sprintf("00000000-0000-7000-8000-%012d", 700))
		ok(t, err)
		_, err = db.SQL().ExecContext(ctx, "UPDATE departures SET moving = 'ffffffff' WHERE name = 'a'")
		ok(t, err)
		ok(t, db.RenameScript(ctx, "b", file("c", "print(1)")))
		if n := runsOf(t, db, "c"); n != runs {
			t.Errorf("%d of %d runs", n, runs)
		}
		var named int
		ok(t, db.SQL().QueryRowContext(ctx, "SELECT count(*) FROM versions WHERE script = 'c'").Scan(&named))
		if named != 2 {
			t.Errorf("%d versions are found by the script's name", named)
		}
	})
}

func TestContentOf(t *testing.T) {
	of := func(entry, code string, imports ...string) string {
		files := map[string][]byte{entry: []byte(code)}
		for i, text := range imports {
			files[fmt.Sprint("lib/", entry, i)] = []byte(text)
		}
		return state.ContentOf(entry, files)
	}
	base := of("a.lua", "-- Greets.\nprint(1)\n", "one", "two")
	for text, same := range map[string]bool{
		of("x/b.lua", "-- Greets.\nprint(1)\n", "two", "one"):               true,
		of("a.lua", "-- Greets.\n-- @name hello\nprint(1)\n", "one", "two"): true,
		of("a.lua", "-- Greets.\r\nprint(1)\r\n", "one", "two"):             true,
		of("a.lua", "-- Greets.\nprint(2)\n", "one", "two"):                 false,
		of("a.lua", "-- Greets.\nprint(1)\n", "one", "three"):               false,
		of("a.lua", "-- Greets.\nprint(1)\n", "one"):                        false,
		of("a.lua", "-- Greets.\n-- @named x\nprint(1)\n", "one", "two"):    false,
	} {
		if (text == base) != same {
			t.Errorf("%v, want %v", text == base, same)
		}
	}
}

// TestSaveScriptsBatches writes nothing for what is unchanged, leaves nobody out for one that cannot be saved, and counts a batch once.
func TestSaveScriptsBatches(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		var list []state.Saved
		for i := range 250 {
			list = append(list, file(fmt.Sprintf("s%03d", i), "print(1)"))
		}
		bad := file("bad", "print(1)")
		bad.Name = "bad\x00\xff"
		first := must[int64](t)(db.ScriptsGeneration(ctx))
		failed := must[map[string]error](t)(db.SaveScripts(ctx, append(list, bad)))
		for name := range failed {
			if name != bad.Name {
				t.Errorf("%s: %v", name, failed[name])
			}
		}
		if all := must[[]state.Script](t)(db.Scripts(ctx)); len(all) < len(list) {
			t.Errorf("%d of %d scripts are saved", len(all), len(list))
		}
		second := must[int64](t)(db.ScriptsGeneration(ctx))
		if second == first || second-first > 110 {
			t.Errorf("counted %d times", second-first)
		}
		save(t, db, list...)
		if again := must[int64](t)(db.ScriptsGeneration(ctx)); again != second {
			t.Error("saving the same counts as a change")
		}
		broken := state.Saved{Script: state.Script{Name: "s000", Path: "s000.lua", Broken: &state.RunError{Message: "bad"}}, BrokenOnly: true}
		save(t, db, broken)
		if s := must[state.Script](t)(db.Script(ctx, "s000")); s.Version != list[0].Version || s.Broken == nil || len(s.Schedules) != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// adoptions takes each way through removals and renames, for TestPlans.
func adoptions(t *testing.T, db *state.DB, name string) {
	t.Helper()
	ctx := t.Context()
	broken := state.Saved{Script: state.Script{Name: name, Broken: &state.RunError{Message: "bad"}}, BrokenOnly: true}
	save(t, db, broken)
	broken.Broken = nil
	save(t, db, broken)
	save(t, db, file("one", "print(1)"), file("two", "print(2)"), file("three", "print(3)"))
	finish(t, db, claimAndSet(t, db, "one", "k"))
	ok(t, db.RenameScript(ctx, "one", file("uno", "print(1)")))
	ok(t, db.RenameScript(ctx, "uno", file("two", "print(1)")))
	ok(t, db.DeleteScript(ctx, "two"))
	must[map[string]string](t)(db.Contents(ctx, []string{"three"}))
	must[[]state.Departure](t)(db.Departures(ctx))
	must[[]state.Departure](t)(db.FormerNames(ctx, "two"))
	must[state.Departure](t)(db.Departure(ctx, "two"))
	finish(t, db, claimAndSet(t, db, "three", "k"))
	for range 2 {
		_, err := db.AdoptScript(ctx, "two", "three", true)
		ok(t, err)
	}
	ok(t, db.RenameScript(ctx, "two", file("four", "print(1)")))
	ok(t, db.DeleteScript(ctx, "three"))
	save(t, db, file("three", "print(3)"))
	ok(t, db.DeleteScript(ctx, "three"))
	begin := db.Now()
	db.SetClock(func() time.Time { return begin.Add(state.KeepDeparted + time.Minute) })
	must[int](t)(db.Prune(ctx, state.Retention{}))
	db.SetClock(time.Now)
	ok(t, db.DeleteScript(ctx, "four"))
}

//go:build unix

package state_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestScripts(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		script(t, db, "b", "every 1s")
		script(t, db, "a")
		generation := must[int64](t)(db.ScriptsGeneration(ctx))
		script(t, db, "a")
		if again := must[int64](t)(db.ScriptsGeneration(ctx)); again != generation {
			t.Error("saving the same counts as a change")
		}
		broken := &state.RunError{Kind: "compile", Message: "bad\x00", Line: 3, Column: 4}
		ok(t, db.PutScript(ctx, state.Script{Name: "a", Path: "x/a.lua", Language: "lua", Version: "v1", Broken: broken, Description: "Ä"}))
		if again := must[int64](t)(db.ScriptsGeneration(ctx)); again == generation {
			t.Error("a change is not counted")
		}
		run := must[state.Run](t)(db.Trigger(ctx, "a", state.Trigger{Kind: state.ByHand, By: "Ada", Args: []string{"--dry", "ü"}}))
		list := must[[]state.Script](t)(db.Scripts(ctx))
		if len(list) != 2 || list[0].Name != "a" || list[1].Name != "b" {
			t.Fatalf("%+v", list)
		}
		a := list[0]
		if a.Broken == nil || a.Broken.Message != "bad\ufffd" || a.Broken.Line != 3 || a.Description != "Ä" || a.Path != "x/a.lua" || a.UpdatedAt.IsZero() {
			t.Errorf("%+v", a)
		}
		if a.LastRun == nil || !reflect.DeepEqual(*a.LastRun, run) {
			t.Errorf("last run %+v, want %+v", a.LastRun, run)
		}
		v := must[*state.Version](t)(db.Version(ctx, "v1"))
		if string(v.Files["b.lua"]) != "print(1)\x00\xff" || v.Entry != "b.lua" {
			t.Errorf("version %+v", v)
		}
		ok(t, db.DeleteScript(ctx, "a"))
		for _, err := range []error{
			second(db.Script(ctx, "a")), second(db.Version(ctx, "none")), second(db.Run(ctx, "none")), db.SetPaused(ctx, "a", true, "ada"),
			second(db.Trigger(ctx, "a", state.Trigger{Kind: state.ByHand})), second(db.CancelRun(ctx, "none", "")),
		} {
			if !errors.Is(err, state.ErrNotFound) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestWatermark(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		watched := func() state.Watched {
			t.Helper()
			all := watchedScripts(t, db)
			if len(all) != 1 {
				return state.Watched{}
			}
			return all[0]
		}
		mark := func() time.Time { return watched().Watermark }
		start := db.Now()
		script(t, db, "a", "every 1s")
		first := mark()
		if first.Before(start.Add(-time.Second)) || first.After(db.Now()) {
			t.Errorf("a new script counts from %v", first)
		}
		tick := first.Add(time.Second).Truncate(time.Second)
		updated := watched().UpdatedAt
		step := state.Advance{Script: "a", From: first, To: tick, Updated: updated, Run: []time.Time{tick}, Next: tick.Add(time.Second)}
		made, passed, err := db.AdvanceTicks(ctx, []state.Advance{step}, nil)
		if err != nil || len(made) != 1 || len(passed) != 0 || !made[0].Trigger.Tick.Equal(tick) {
			t.Fatalf("%+v, %v, %v", made, passed, err)
		}
		// Another host that was slower.
		made, passed, err = db.AdvanceTicks(ctx, []state.Advance{step}, nil)
		if err != nil || len(made) != 0 || !passed["a"].Equal(tick) {
			t.Fatalf("%+v, %v, %v", made, passed, err)
		}
		// One that missed a change of the script.
		step.From, step.To, step.Updated = tick, tick.Add(time.Second), updated.Add(-time.Hour)
		made, passed, err = db.AdvanceTicks(ctx, []state.Advance{step}, nil)
		if at, found := passed["a"]; err != nil || len(made) != 0 || !found || !at.IsZero() {
			t.Fatalf("%+v, %v, %v", made, passed, err)
		}
		if s := must[state.Script](t)(db.Script(ctx, "a")); !s.NextRun.Equal(tick.Add(time.Second)) {
			t.Errorf("next run %v", s.NextRun)
		}
		ok(t, db.SetPaused(ctx, "a", false, "ada")) // it was not paused
		script(t, db, "a", "every 1s")
		if got := mark(); !got.Equal(tick) {
			t.Errorf("watermark %v, want %v", got, tick)
		}
		ok(t, db.SetPaused(ctx, "a", true, "ada"))
		if got := mark(); !got.IsZero() {
			t.Error("a paused script is watched")
		}
		ok(t, db.SetPaused(ctx, "a", false, "ada"))
		if got := mark(); got.Equal(tick) || got.After(db.Now()) {
			t.Errorf("after the pause it counts from %v", got)
		}
		before := mark()
		script(t, db, "a", "every 2s")
		if got := mark(); !got.After(before) {
			t.Errorf("after a change of the schedule it counts from %v", got)
		}
	})
}

// A version that a script goes back to, long after it was first saved, is not dropped before the script names it.
func TestPruneKeepsWhatIsSavedAgain(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		old := &state.Version{Hash: "old", Script: "a", Entry: "a.lua", Language: "lua", Files: map[string][]byte{"a.lua": nil}}
		ok(t, db.PutVersion(ctx, old))
		script(t, db, "a")
		later := time.Now().Add(2 * time.Hour)
		db.SetClock(func() time.Time { return later })
		ok(t, db.PutVersion(ctx, old))
		must[int](t)(db.Prune(ctx, state.Retention{}))
		if _, err := db.Version(ctx, "old"); err != nil {
			t.Error(err)
		}
		later = later.Add(2 * time.Hour)
		must[int](t)(db.Prune(ctx, state.Retention{}))
		if _, err := db.Version(ctx, "old"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("a version that nobody names: %v", err)
		}
	})
}

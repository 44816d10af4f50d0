//go:build unix

package state_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// StartRun starts what ClaimRun would start at once, and leaves all else as it is.
func TestStartRun(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		running := func(t *testing.T, name string) { claim(t, db, trigger(t, db, name).ID, "h", "allow") }
		waiting := func(t *testing.T, name string) { trigger(t, db, name) }
		cases := []struct {
			name, overlap string
			before        func(t *testing.T, name string)
			after         func(t *testing.T, name string, run state.Run)
			version       string
			starts        bool
		}{
			{name: "skip alone", overlap: "skip", starts: true},
			{name: "queue alone", overlap: "queue", starts: true},
			{name: "replace alone", overlap: "replace"},
			{name: "skip beside running", overlap: "skip", before: running},
			{name: "queue beside running", overlap: "queue", before: running},
			{name: "allow beside running", overlap: "allow", before: running, starts: true},
			{name: "skip behind waiting", overlap: "skip", before: waiting, starts: true},
			{name: "queue behind waiting", overlap: "queue", before: waiting},
			{name: "another version", overlap: "allow", version: "v0"},
			{name: "cancelled", overlap: "allow", after: func(t *testing.T, _ string, run state.Run) {
				must[state.Run](t)(db.CancelRun(ctx, run.ID, "Ada"))
			}},
			{name: "removed", overlap: "allow", after: func(t *testing.T, name string, _ state.Run) { ok(t, db.DeleteScript(ctx, name)) }},
			{name: "by hand in a pause", overlap: "allow", starts: true, before: func(t *testing.T, name string) { ok(t, db.SetPaused(ctx, name, true, "ada")) }},
			{name: "running already", overlap: "allow", after: func(t *testing.T, _ string, run state.Run) { claim(t, db, run.ID, "h", "allow") }},
			{name: "begun before", overlap: "allow", after: func(t *testing.T, _ string, run state.Run) {
				run, _ = claim(t, db, run.ID, "h", "allow")
				must[bool](t)(db.ReleaseRun(ctx, run))
			}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				script(t, db, c.name)
				if c.before != nil {
					c.before(t, c.name)
				}
				asked := trigger(t, db, c.name)
				if c.after != nil {
					c.after(t, c.name, asked)
				}
				if c.version == "" {
					c.version = "v1"
				}
				before := must[state.Run](t)(db.Run(ctx, asked.ID))
				run, started, err := db.StartRun(ctx, state.Claim{Run: asked.ID, Script: c.name, Host: "h", Version: c.version, Overlap: c.overlap})
				ok(t, err)
				after := must[state.Run](t)(db.Run(ctx, asked.ID))
				switch {
				case started != c.starts:
					t.Errorf("started: %v", started)
				case started && (run.State != state.Running || run.Host != "h" || run.Version != "v1" || run.StartedAt.IsZero() || run.Again || run.Attempt != 1 || after.State != state.Running):
					t.Errorf("%+v, in the database %+v", run, after)
				case !started && (after.State != before.State || after.Host != before.Host || !after.StartedAt.Equal(before.StartedAt)):
					t.Errorf("changed %+v to %+v", before, after)
				}
			})
		}
		t.Run("tick in a pause", func(t *testing.T) {
			script(t, db, "tick", "every 1s")
			w := watchedScripts(t, db)[0]
			to := w.Watermark.Add(time.Second)
			made, _, err := db.AdvanceTicks(ctx, []state.Advance{{Script: "tick", From: w.Watermark, Updated: w.UpdatedAt, To: to, Run: []time.Time{to}}}, nil)
			ok(t, err)
			ok(t, db.SetPaused(ctx, "tick", true, "ada"))
			if _, started, err := db.StartRun(ctx, state.Claim{Run: made[0].ID, Script: "tick", Host: "h", Version: "v1", Overlap: "skip"}); started || err != nil {
				t.Errorf("started: %v, %v", started, err)
			}
		})
	})
}

// Hosts that start runs of a script at the same time, in both ways, start one.
func TestStartsTogether(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, overlap := range []string{"skip", "queue"} {
			script(t, db, overlap)
			var claims []state.Claim
			for range 20 {
				claims = append(claims, state.Claim{Run: trigger(t, db, overlap).ID, Script: overlap, Host: "h", Version: "v1", Overlap: overlap})
			}
			var going atomic.Int32
			var wait sync.WaitGroup
			for i, c := range claims {
				wait.Go(func() {
					if i%2 == 0 {
						if _, started, err := db.StartRun(ctx, c); err != nil {
							t.Error(err)
						} else if started {
							going.Add(1)
							return
						}
					}
					_, verdict, err := db.ClaimRun(ctx, c)
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
				t.Errorf("%s: %d runs began", overlap, n)
			}
		}
	})
}

//go:build unix

package schedule_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// together counts the runs of each script that go at the same time, and notes the order in which they began.
type together struct {
	mu    sync.Mutex
	going map[string]int
	most  map[string]int
	order map[string][]string
}

func (g *together) run(ctx context.Context, run state.Run, _ schedule.Sink) *state.RunError {
	g.mu.Lock()
	g.going[run.Script]++
	g.most[run.Script] = max(g.most[run.Script], g.going[run.Script])
	g.order[run.Script] = append(g.order[run.Script], run.ID)
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.going[run.Script]--
	}()
	select {
	case <-time.After(rand.N(5 * time.Millisecond)):
	case <-ctx.Done():
		return &state.RunError{Kind: "interrupt", Message: context.Cause(ctx).Error()}
	}
	if run.Script == "flaky" && run.Attempt < 3 {
		return &state.RunError{Kind: "runtime", Message: "boom"}
	}
	return nil
}

// Many ask for runs of the same scripts at the same time, on two hosts where there can be two, and some cancel and pause: each
// policy holds, and every run ends.
func TestStorm(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		g := &together{going: map[string]int{}, most: map[string]int{}, order: map[string][]string{}}
		start(t, db, g.run, nil)
		if db.Pool() != nil {
			start(t, statetest.Open(t, address), g.run, nil)
		}
		policies := []string{"skip", "queue", "allow", "replace", "flaky", "cancelled", "removed"}
		for _, name := range policies {
			tags := []string{"@overlap " + name}
			switch name {
			case "flaky":
				tags = []string{"@overlap queue", "@retries 3 fixed 1ms"}
			case "cancelled", "removed":
				tags = []string{"@overlap queue"}
			}
			save(t, db, name, tags...)
		}
		const each = 12
		var mu sync.Mutex
		asked := map[string][]string{}
		var askers sync.WaitGroup
		for _, name := range policies {
			for range 3 {
				askers.Go(func() {
					for range each / 3 {
						run, err := db.Trigger(t.Context(), name, state.Trigger{Kind: state.ByHand})
						if err != nil && (name != "removed" || !errors.Is(err, state.ErrNotFound)) {
							t.Error(err)
						}
						if err != nil {
							return
						}
						mu.Lock()
						asked[name] = append(asked[name], run.ID)
						mu.Unlock()
						time.Sleep(rand.N(3 * time.Millisecond))
						if name == "cancelled" && rand.N(2) == 0 {
							if _, err := db.CancelRun(t.Context(), run.ID, "Ada"); err != nil && !errors.Is(err, state.ErrEnded) {
								t.Error(err)
							}
						}
					}
				})
			}
		}
		askers.Go(func() {
			time.Sleep(rand.N(100 * time.Millisecond))
			if err := db.DeleteScript(t.Context(), "removed"); err != nil {
				t.Error(err)
			}
		})
		askers.Wait()
		testwait.Until(t, "the end of all runs", func() bool { return idle(t, db) })

		runs, err := db.Runs(t.Context(), state.RunFilter{})
		if err != nil {
			t.Fatal(err)
		}
		states := map[string]map[state.RunState]int{}
		for _, run := range runs { // the newest first
			if states[run.Script] == nil {
				states[run.Script] = map[state.RunState]int{}
				if run.Script == "replace" && run.State != state.Succeeded {
					t.Errorf("the newest run was replaced: %+v", run)
				}
			}
			states[run.Script][run.State]++
		}
		t.Log(states)
		for name, may := range map[string][]state.RunState{
			"skip": {state.Succeeded, state.Skipped}, "queue": {state.Succeeded}, "allow": {state.Succeeded}, "flaky": {state.Succeeded},
			"replace": {state.Succeeded, state.Cancelled}, "cancelled": {state.Succeeded, state.Cancelled}, "removed": {state.Succeeded, state.Cancelled},
		} {
			total := 0
			for s, n := range states[name] {
				total += n
				if !slices.Contains(may, s) {
					t.Errorf("%s: %d runs %s", name, n, s)
				}
			}
			if total != len(asked[name]) || states[name][state.Succeeded] == 0 && name != "removed" && name != "cancelled" {
				t.Errorf("%s: %d runs of %d asked for, %v", name, total, len(asked[name]), states[name])
			}
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		for name, most := range g.most {
			if most > 1 && name != "allow" {
				t.Errorf("%s: %d at the same time", name, most)
			}
		}
		slices.Sort(asked["queue"])
		if !slices.Equal(g.order["queue"], asked["queue"]) {
			t.Errorf("queue: began in the order\n%v, want\n%v", g.order["queue"], asked["queue"])
		}
	})
}

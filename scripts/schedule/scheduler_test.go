//go:build unix

package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestTicks(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		noLeaks(t)
		db := statetest.Open(t, address)
		observed := &observer{}
		start(t, db, func(context.Context, state.Run, schedule.Sink) *state.RunError { return nil }, func(c *schedule.Config) { c.Observer = observed })
		save(t, db, "a", "@schedule every 1s", "@schedule every 2s")
		save(t, db, "idle")
		var runs []state.Run
		testwait.Until(t, "three runs", func() bool {
			var err error
			if runs, err = db.Runs(t.Context(), state.RunFilter{States: []state.RunState{state.Succeeded}}); err != nil {
				t.Fatal(err)
			}
			return len(runs) >= 3
		})
		for i, run := range runs {
			if run.Script != "a" || run.Trigger.Kind != state.BySchedule || run.Attempt != 1 || run.StartedAt.Before(run.Trigger.Tick) {
				t.Errorf("%+v", run)
			}
			if i > 0 && runs[i-1].Trigger.Tick.Sub(run.Trigger.Tick) != time.Second {
				t.Errorf("ticks %v and %v", run.Trigger.Tick, runs[i-1].Trigger.Tick)
			}
		}
		s, err := db.Script(t.Context(), "a")
		if err != nil || s.NextRun.IsZero() {
			t.Errorf("next run %v, %v", s.NextRun, err)
		}
		if n := observed.started.Load(); n < 3 {
			t.Errorf("%d starts observed", n)
		}
	})
}

type observer struct{ started, ended atomic.Int32 }

func (o *observer) Started(state.Run, time.Duration) { o.started.Add(1) }
func (o *observer) Ended(state.Run)                  { o.ended.Add(1) }

func TestPauseAndChange(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	start(t, db, func(context.Context, state.Run, schedule.Sink) *state.RunError { return nil }, nil)
	count := func() int {
		t.Helper()
		runs, err := db.Runs(t.Context(), state.RunFilter{Script: "a"})
		if err != nil {
			t.Fatal(err)
		}
		return len(runs)
	}
	save(t, db, "a", "@schedule every 1s")
	testwait.Until(t, "a run", func() bool { return count() > 0 })
	if err := db.SetPaused(t.Context(), "a", true, "ada"); err != nil {
		t.Fatal(err)
	}
	paused := count()
	time.Sleep(1200 * time.Millisecond)
	if n := count(); n != paused {
		t.Errorf("%d runs in a pause", n-paused)
	}
	if run := ended(t, db, trigger(t, db, "a")); run.State != state.Succeeded {
		t.Errorf("by hand in a pause: %+v", run)
	}
	if err := db.SetPaused(t.Context(), "a", false, "ada"); err != nil {
		t.Fatal(err)
	}
	before := count()
	testwait.Until(t, "a run after the pause", func() bool { return count() > before })
	save(t, db, "a", "@schedule every 1h")
	testwait.Until(t, "the new schedule", func() bool {
		s, err := db.Script(t.Context(), "a")
		return err == nil && time.Until(s.NextRun) > 0 && s.NextRun.Equal(s.NextRun.Truncate(time.Hour))
	})
}

func TestOutcomes(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		noLeaks(t)
		db := statetest.Open(t, address)
		var attempts sync.Map
		start(t, db, func(ctx context.Context, run state.Run, sink schedule.Sink) *state.RunError {
			sink.Log(state.LogLine{Level: "print", Message: fmt.Sprintf("attempt %d of %v", run.Attempt, run.Trigger.Args)})
			sink.Call(state.APICall{Operation: "op", Effect: "read", Status: 200})
			sink.Call(state.APICall{Operation: "op", Effect: "write", Status: 200})
			boom := &state.RunError{Kind: "runtime", Message: "boom", File: "a.lua", Line: 7}
			switch run.Script {
			case "fails":
				return boom
			case "panics":
				panic("out of order")
			case "flaky":
				n, _ := attempts.LoadOrStore(run.ID, new(atomic.Int32))
				if n.(*atomic.Int32).Add(1) < 3 {
					return boom
				}
			case "slow":
				<-ctx.Done()
				return boom
			}
			return nil
		}, nil)
		cases := []struct {
			script, tags string
			state        state.RunState
			attempt      int
			kind         string
			message      string
		}{
			{"works", "", state.Succeeded, 1, "", ""},
			{"fails", "", state.Failed, 1, "runtime", "boom"},
			{"fails", "@retries 2 fixed 1ms", state.Failed, 3, "runtime", "boom"},
			{"flaky", "@retries 5 fixed 1ms", state.Succeeded, 3, "", ""},
			{"panics", "", state.Failed, 1, "worker", "out of order"},
			{"slow", "@timeout 20ms", state.TimedOut, 1, "timeout", "stopped after 20ms"},
			{"slow", "@timeout 10ms\n@retries 1 1ms", state.TimedOut, 2, "timeout", ""},
		}
		for _, c := range cases {
			t.Run(c.script+" "+c.tags, func(t *testing.T) {
				save(t, db, c.script, strings.Split(c.tags, "\n")...)
				run := ended(t, db, trigger(t, db, c.script, "x", "y"))
				if run.State != c.state || run.Attempt != c.attempt || run.Calls != 2 || run.Writes != 1 || run.Rescues != 0 {
					t.Errorf("%+v", run)
				}
				if (run.Error == nil) != (c.kind == "") || run.Error != nil && (run.Error.Kind != c.kind || !strings.Contains(run.Error.Message, c.message)) {
					t.Errorf("error %+v", run.Error)
				}
				lines, err := db.Logs(t.Context(), run.ID, 0, 0)
				if err != nil || len(lines) != c.attempt || lines[0].Message != "attempt 1 of [x y]" || lines[len(lines)-1].Attempt != c.attempt {
					t.Errorf("log %+v, %v", lines, err)
				}
				if calls, err := db.Calls(t.Context(), run.ID); err != nil || len(calls) != 2*c.attempt {
					t.Errorf("calls %+v, %v", calls, err)
				}
			})
		}
	})
}

// gate lets runs go on one by one.
type gate struct {
	began chan string
	open  chan *state.RunError
}

func newGate() *gate {
	return &gate{make(chan string, 100), make(chan *state.RunError)}
}

func (g *gate) run(ctx context.Context, run state.Run, _ schedule.Sink) *state.RunError {
	g.began <- run.ID
	select {
	case err := <-g.open:
		return err
	case <-ctx.Done():
		return &state.RunError{Kind: "interrupt", Message: context.Cause(ctx).Error()}
	}
}

func (g *gate) next(t *testing.T) string {
	t.Helper()
	select {
	case id := <-g.began:
		return id
	case <-time.After(2 * time.Minute):
		t.Fatal("no run began within 2 minutes")
		return ""
	}
}

func TestOverlaps(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		g := newGate()
		start(t, db, g.run, nil)
		t.Run("skip", func(t *testing.T) {
			save(t, db, "skip", "@overlap skip")
			first := trigger(t, db, "skip")
			g.next(t)
			if run := ended(t, db, trigger(t, db, "skip")); run.State != state.Skipped {
				t.Errorf("%+v", run)
			}
			g.open <- nil
			if run := ended(t, db, first); run.State != state.Succeeded {
				t.Errorf("%+v", run)
			}
		})
		t.Run("queue", func(t *testing.T) {
			save(t, db, "queue", "@overlap queue")
			var want, got []string
			for range 4 {
				want = append(want, trigger(t, db, "queue").ID)
			}
			for range want {
				got = append(got, g.next(t))
				if len(g.began) > 0 {
					t.Error("two at the same time")
				}
				g.open <- nil
			}
			if !slices.Equal(got, want) {
				t.Errorf("began in the order %v, want %v", got, want)
			}
		})
		t.Run("allow", func(t *testing.T) {
			save(t, db, "allow", "@overlap allow")
			first, second := trigger(t, db, "allow"), trigger(t, db, "allow")
			g.next(t)
			g.next(t)
			g.open <- nil
			g.open <- nil
			ended(t, db, first)
			ended(t, db, second)
		})
		t.Run("replace", func(t *testing.T) {
			save(t, db, "replace", "@overlap replace")
			first := trigger(t, db, "replace")
			g.next(t)
			second := trigger(t, db, "replace")
			if id := g.next(t); id != second.ID {
				t.Errorf("began %s", id)
			}
			if run := ended(t, db, first); run.State != state.Cancelled || run.CancelledBy != "run "+second.ID {
				t.Errorf("%+v", run)
			}
			g.open <- nil
			ended(t, db, second)
		})
	})
}

func TestCancelRun(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, other := statetest.Open(t, address), statetest.Open(t, address) // a command in another process
		g := newGate()
		start(t, db, g.run, nil)
		save(t, db, "a", "@overlap queue", "@retries 5")
		first, second := trigger(t, other, "a"), trigger(t, other, "a")
		g.next(t)
		for _, run := range []state.Run{second, first} {
			if _, err := other.CancelRun(t.Context(), run.ID, "Ada"); err != nil {
				t.Fatal(err)
			}
			if run := ended(t, db, run); run.State != state.Cancelled || run.CancelledBy != "Ada" {
				t.Errorf("%+v", run)
			}
		}
	})
}

// The end of a run lets the next one begin that waits for it, however long that meant to wait.
func TestQueueGoesOn(t *testing.T) {
	ends := map[string]func(*testing.T, *state.DB, *gate, state.Run){
		"succeeds": func(_ *testing.T, _ *state.DB, g *gate, _ state.Run) { g.open <- nil },
		"is cancelled": func(t *testing.T, db *state.DB, _ *gate, run state.Run) {
			if _, err := db.CancelRun(t.Context(), run.ID, "Ada"); err != nil {
				t.Fatal(err)
			}
		},
	}
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		g := newGate()
		start(t, db, g.run, nil)
		save(t, db, "a", "@overlap queue")
		for name, end := range ends {
			t.Run(name, func(t *testing.T) {
				first, second := trigger(t, db, "a"), trigger(t, db, "a")
				if id := g.next(t); id != first.ID {
					t.Fatalf("began %s", id)
				}
				if line, waits, err := db.LineOf(t.Context(), second.ID); err != nil || waits && line.Ticks.Queued > 0 {
					t.Errorf("the second run does not wait in line: %+v, %v", line, err)
				}
				end(t, db, g, first)
				if id := g.next(t); id != second.ID {
					t.Errorf("began %s", id)
				}
				g.open <- nil
				ended(t, db, second)
			})
		}
	})
}

// A retry that finds another run of its script in progress begins when that has ended, though nobody polls.
func TestRetryBehindAnotherRun(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		g := newGate()
		s := start(t, db, g.run, func(c *schedule.Config) { c.Poll = time.Hour })
		var first, second state.Run
		for delay, staged := time.Second, false; !staged; delay *= 2 { // a busy machine may take longer than the delay to start the second run
			save(t, db, "a", fmt.Sprintf("@retries 1 fixed %s", delay))
			first = trigger(t, db, "a")
			s.Wake()
			g.next(t)
			g.open <- &state.RunError{Kind: "runtime", Message: "boom"}
			testwait.Until(t, "the first run's wait", func() bool {
				run, err := db.Run(t.Context(), first.ID)
				return len(g.began) > 0 || err == nil && run.State == state.Scheduled
			})
			second = trigger(t, db, "a")
			s.Wake()
			if staged = g.next(t) == second.ID; !staged {
				g.open <- nil
				g.open <- nil
				ended(t, db, first)
				ended(t, db, second)
				g.next(t)
			}
		}
		testwait.Until(t, "the retry in line", func() bool {
			_, waits, err := db.LineOf(t.Context(), first.ID)
			return err == nil && waits
		})
		g.open <- nil
		if id := g.next(t); id != first.ID {
			t.Errorf("began %s", id)
		}
		g.open <- nil
		ended(t, db, first)
	})
}

// A host that stops gives its runs back: they begin again at the next start, under the same ID and as the same attempt.
func TestStopAndGoOn(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		noLeaks(t)
		db := statetest.Open(t, address)
		g := newGate()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		s, err := schedule.Start(t.Context(), schedule.Config{DB: db, Runner: runnerFunc(g.run), Parse: parse})
		if err != nil {
			t.Fatal(err)
		}
		save(t, db, "a")
		run := trigger(t, db, "a")
		g.next(t)
		if err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if hosts, err := db.Hosts(t.Context()); len(hosts) != 0 || err != nil {
			t.Errorf("hosts after the stop: %+v, %v", hosts, err)
		}
		if run, err = db.Run(t.Context(), run.ID); run.State != state.Scheduled || err != nil {
			t.Errorf("%+v, %v", run, err)
		}
		start(t, db, g.run, nil)
		if id := g.next(t); id != run.ID {
			t.Errorf("began %s", id)
		}
		g.open <- nil
		if run := ended(t, db, run); run.State != state.Succeeded || run.Attempt != 1 || run.Rescues != 0 {
			t.Errorf("%+v", run)
		}
	})
}

func TestOneHostOnSQLite(t *testing.T) {
	address := statetest.SQLite(t)
	db := statetest.Open(t, address)
	g := newGate()
	start(t, db, g.run, nil)
	if _, err := schedule.Start(t.Context(), schedule.Config{DB: statetest.Open(t, address), Runner: runnerFunc(g.run), Parse: parse}); !errors.Is(err, schedule.ErrServed) {
		t.Errorf("got %v", err)
	}
}

// Runs go on while the server is away, and their ends are noted when it is back.
func TestServerRestart(t *testing.T) {
	server := statetest.New(t)
	db := statetest.Open(t, server.Database(t))
	g, log := newGate(), &testoutput.Buffer{}
	start(t, db, g.run, func(c *schedule.Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	save(t, db, "a")
	run := trigger(t, db, "a")
	g.next(t)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	g.open <- nil
	testwait.Until(t, "a report of the outage", func() bool { return strings.Contains(log.String(), "does not take this host's heartbeat") })
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var err error
	testwait.Until(t, "the end of the run", func() bool {
		var again state.Run
		again, err = db.Run(t.Context(), run.ID)
		return err == nil && again.State == state.Succeeded && again.Rescues == 0
	})
	testwait.Until(t, "a report of the outage's end", func() bool { return strings.Contains(log.String(), "takes this host's heartbeat again") })
	if strings.Contains(log.String(), `\n`) {
		t.Errorf("errors of several lines in the log: %s", log)
	}
	next := trigger(t, db, "a")
	if id := g.next(t); id != next.ID {
		t.Errorf("began %s", id)
	}
	g.open <- nil
	ended(t, db, next)
}

// A run whose script's version is not in the database fails, and does not wait for ever.
func TestVersionIsMissing(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	save(t, db, "a")
	if _, err := db.SQL().ExecContext(t.Context(), "DELETE FROM versions"); err != nil {
		t.Fatal(err)
	}
	run := trigger(t, db, "a")
	start(t, db, func(context.Context, state.Run, schedule.Sink) *state.RunError { return nil }, nil)
	if run = ended(t, db, run); run.State != state.Failed || run.Error == nil || run.Error.Kind != "compile" {
		t.Errorf("%+v", run)
	}
}

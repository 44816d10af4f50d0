//go:build unix

package schedule_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestMain(m *testing.M) {
	if address := os.Getenv("SCHEDULE_TEST_HOST"); address != "" {
		hostProcess(address)
		return
	}
	os.Exit(statetest.Main(m))
}

// runnerFunc is a Runner.
type runnerFunc func(ctx context.Context, run state.Run, sink schedule.Sink) *state.RunError

func (f runnerFunc) Run(ctx context.Context, run state.Run, version *state.Version, _ scripts.Header, sink schedule.Sink) schedule.Outcome {
	if version.Hash != run.Version {
		return schedule.Outcome{Err: &state.RunError{Kind: "worker", Message: "the run names another version than it gets"}}
	}
	return schedule.Outcome{Err: f(ctx, run, sink)}
}

// interval is a schedule in the form "every 2s".
type interval time.Duration

func (i interval) Next(after time.Time) time.Time {
	return after.Truncate(time.Duration(i)).Add(time.Duration(i))
}

func parse(text, _ string) (schedule.Ticks, error) {
	d, err := time.ParseDuration(strings.TrimPrefix(text, "every "))
	return interval(d), err
}

// start starts a host that ends with the test.
func start(t *testing.T, db *state.DB, runner runnerFunc, change func(*schedule.Config)) *schedule.Scheduler {
	t.Helper()
	c := schedule.Config{
		DB: db, Runner: runner, Parse: parse, Name: "test", Poll: 30 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if change != nil {
		change(&c)
	}
	s, err := schedule.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s, time.Second) })
	return s
}

func stop(t *testing.T, s *schedule.Scheduler, patience time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// save saves a script with a header, one tag a line.
func save(t *testing.T, db *state.DB, name string, tags ...string) {
	t.Helper()
	code := fmt.Sprintf("-- %s\n", name)
	s := state.Script{Path: name + ".lua"}
	for _, tag := range tags {
		code += "-- " + tag + "\n"
		if text, found := strings.CutPrefix(tag, "@schedule "); found {
			s.Schedules = append(s.Schedules, text)
		}
	}
	statetest.Save(t, db, s, code)
}

func trigger(t *testing.T, db *state.DB, script string, args ...string) state.Run {
	t.Helper()
	run, err := db.Trigger(t.Context(), script, state.Trigger{Kind: state.ByHand, By: "test", Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// ended waits for a run's end.
func ended(t *testing.T, db *state.DB, run state.Run) state.Run {
	t.Helper()
	testwait.Until(t, "the end of a run of "+run.Script, func() bool {
		var err error
		if run, err = db.Run(t.Context(), run.ID); err != nil {
			t.Fatal(err)
		}
		return run.State.Ended()
	})
	return run
}

func noLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

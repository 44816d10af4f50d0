//go:build unix

package schedule_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// A newer host may have changed the queue's tables, too: this one goes on with them.
func TestQueueOfLaterBuild(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		run := func(context.Context, state.Run, schedule.Sink) *state.RunError { return nil }
		save(t, db, "a")
		s := start(t, db, run, nil)
		stop(t, s, 10*time.Second)
		if _, err := db.SQL().ExecContext(t.Context(), "INSERT INTO river_migration (line, version) VALUES ('main', 99)"); err != nil {
			t.Fatal(err)
		}
		start(t, db, run, nil)
		ended(t, db, trigger(t, db, "a"))
	})
}

// What a host asks of the tables of runs beside its work with the state package reads no more than it has to.
func TestPlans(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector makes a large history take minutes")
	}
	statetest.Each(t, func(t *testing.T, address string) {
		ctx := t.Context()
		filled := statetest.Open(t, address)
		history := statetest.History{Runs: 20_000, Scripts: 50, Lines: 1, Days: 20, End: time.Now().Add(-time.Minute)}
		if err := statetest.Fill(ctx, filled, history); err != nil {
			t.Fatal(err)
		}
		recorder := statetest.Record(t)
		db := statetest.Open(t, address)
		save(t, db, "queued", "@overlap queue")
		save(t, db, "due", "@schedule every 1s")
		release := make(chan struct{})
		start(t, db, func(ctx context.Context, _ state.Run, _ schedule.Sink) *state.RunError {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return nil
		}, func(c *schedule.Config) {
			c.Parse = func(text, zone string) (schedule.Ticks, error) {
				if !strings.HasPrefix(text, "every ") {
					return interval(24 * time.Hour), nil // of the scripts that were there
				}
				return parse(text, zone)
			}
		})
		first, second := trigger(t, db, "queued"), trigger(t, db, "queued")
		testwait.Until(t, "a run that goes while another waits and a schedule is due", func() bool {
			due, err := db.Script(ctx, "due")
			if err != nil {
				t.Fatal(err)
			}
			queued, err := db.Script(ctx, "queued")
			if err != nil {
				t.Fatal(err)
			}
			return queued.Running == 1 && queued.Waiting == 1 && due.LastRun != nil
		})
		close(release)
		ended(t, db, first)
		ended(t, db, second)
		var all strings.Builder
		var statements []statetest.Statement
		for _, s := range recorder.Statements() {
			all.WriteString(s.Query + "\n")
			statements = append(statements, s)
		}
		for _, part := range []string{"river_job", "WITH RECURSIVE line", "UPDATE runs"} {
			if !strings.Contains(all.String(), part) {
				t.Errorf("never run: %s", part)
			}
		}
		statetest.CheckPlans(t, filled, statements, [][2]string{
			{"FROM runs WHERE script = $1 ORDER BY id DESC", "on SQLite it looks so: as many of a script's newest runs are read as are asked for"},
		})
	})
}

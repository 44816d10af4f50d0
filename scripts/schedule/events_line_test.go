//go:build unix

package schedule_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// Runs that wait with a key start all the same when the script no longer has one.
func TestKeyTakenAway(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		saveTriggered(t, db, "a", "@on message:send", "@key session_id", "@debounce 500ms")
		d := &diary{db: db}
		s := start(t, db, d.run, nil)
		hears(t, s, "message:send")
		for n := range 4 {
			e := message(fmt.Sprint(n), n)
			if err := s.Deliver(t.Context(), &e, byHook()); err != nil {
				t.Fatal(err)
			}
		}
		saveTriggered(t, db, "a", "@on message:send")
		s.Wake()
		testwait.Until(t, "the runs", func() bool { return d.count() == 4 && idle(t, db) })
	})
}

// A manual run and event runs share @concurrency: the one that finds no room waits without being taken again and again.
func TestConcurrencyOfEventsAndOthers(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		saveTriggered(t, db, "a", "@on message:send", "@key session_id", "@concurrency 2", "@overlap queue")
		release := make(chan struct{})
		var mu sync.Mutex
		going, most := 0, 0
		runner := func(ctx context.Context, run state.Run, _ schedule.Sink) *state.RunError {
			mu.Lock()
			going++
			most = max(most, going)
			mu.Unlock()
			select {
			case <-release:
			case <-ctx.Done():
			}
			mu.Lock()
			going--
			mu.Unlock()
			return nil
		}
		s := start(t, db, runner, nil)
		hears(t, s, "message:send")
		for n := range 4 {
			e := message(fmt.Sprint(n), n)
			if err := s.Deliver(t.Context(), &e, byHook()); err != nil {
				t.Fatal(err)
			}
		}
		testwait.Until(t, "two runs", func() bool { mu.Lock(); defer mu.Unlock(); return going == 2 })
		trigger(t, db, "a")
		s.Wake()
		jobs := func() (n int) {
			t.Helper()
			if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := jobs()
		until := time.Now().Add(time.Second)
		testwait.Until(t, "a while", func() bool { return time.Now().After(until) })
		if now := jobs(); now > before+3 {
			t.Errorf("%d jobs were made for runs that have to wait", now-before)
		}
		close(release)
		testwait.Until(t, "all runs", func() bool { return idle(t, db) })
		if most != 2 {
			t.Errorf("%d at the same time", most)
		}
	})
}

// Of a script that takes longer than its schedule allows, at most state.MaxQueued ticks wait for the one that goes: the rest is skipped.
func TestQueueIsBounded(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		save(t, db, "slow", "@overlap queue")
		release := make(chan struct{})
		s := start(t, db, func(ctx context.Context, _ state.Run, _ schedule.Sink) *state.RunError {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return nil
		}, nil)
		const more = 30
		for range state.MaxQueued + more + 1 {
			trigger(t, db, "slow")
		}
		s.Wake()
		count := func(of state.RunState) int {
			t.Helper()
			runs, err := db.Runs(t.Context(), state.RunFilter{States: []state.RunState{of}})
			if err != nil {
				t.Fatal(err)
			}
			return len(runs)
		}
		testwait.Until(t, "skipped runs", func() bool { return count(state.Skipped) >= more })
		if going, waiting := count(state.Running), count(state.Scheduled); going != 1 || waiting != state.MaxQueued {
			t.Errorf("%d go and %d wait", going, waiting)
		}
		close(release)
		testwait.Until(t, "the end of those that wait", func() bool { return idle(t, db) })
		if n := count(state.Succeeded); n != state.MaxQueued+1 {
			t.Errorf("%d ran", n)
		}
	})
}

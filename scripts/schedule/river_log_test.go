package schedule

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

// TestQueueTrouble has the queue fail while the database is away, for a moment, and for long while the heart beats.
func TestQueueTrouble(t *testing.T) {
	var log strings.Builder
	var f failures
	river := slog.New(riverLog{slog.NewTextHandler(&log, nil), &f})
	fail := func() { river.Error("producer: Error fetching jobs", "err", "no table\n\triver_job") }
	for range 5 {
		fail()
		if err := f.lasting(false); err != nil {
			t.Errorf("while the database is away: %v", err)
		}
	}
	for range 2 {
		fail()
		if err := f.lasting(true); err != nil {
			t.Errorf("for a moment: %v", err)
		}
	}
	if err := f.lasting(true); err != nil {
		t.Errorf("after it recovered: %v", err)
	}
	var err error
	for range 3 {
		fail()
		err = f.lasting(true)
	}
	if err == nil || err.Error() != "no table; river_job" {
		t.Errorf("for long: %v", err)
	}
	river.Warn("leadership.Elector: Current leader stepping down", "client_id", "a")
	river.Info("fine")
	if log.String() != "" {
		t.Errorf("the queue's own words: %s", &log)
	}
	river.Error("jobexecutor.JobExecutor: panic recovery; possible bug with Worker", "panic_val", "boom", "trace", "a\nb")
	if text := log.String(); !strings.Contains(text, "a job failed outside of its script") || !strings.Contains(text, "boom") || strings.Count(text, "\n") != 1 {
		t.Errorf("a panic: %s", text)
	}
}

// TestOutageIsToldOnce has all parts of a host wait for a server that is away.
func TestOutageIsToldOnce(t *testing.T) {
	var log strings.Builder
	s := &Scheduler{calm: newCalm(slog.NewTextHandler(&log, nil))}
	away := errors.Join(state.ErrUnreachable, errors.New("refused"))
	for range 3 {
		s.outage(tickTrouble, away)
		s.outage(pollTrouble, away)
		s.outage(beatTrouble, away)
		s.outage(runTrouble, away)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines: %s", n, &log)
	}
	if err := s.troubles.worst(s.troubles.beat, 0); err == nil || !strings.HasPrefix(err.Error(), beatTrouble) {
		t.Errorf("the trouble is %v", err)
	}
}

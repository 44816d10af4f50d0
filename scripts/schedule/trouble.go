package schedule

import (
	"fmt"
	"sync"
	"time"
)

// What a host has to be able to write. The words stand in the log.
const (
	beatTrouble  = "the database does not take this host's heartbeat"
	tickTrouble  = "ticks wait for the database"
	pollTrouble  = "changes by others wait for the database"
	eventTrouble = "events wait for the database"
	runTrouble   = "a run's end or log waits for the database"
)

// hangTime is how long a heartbeat may take before the database counts as away.
const hangTime = 4 * time.Second

// troubles are what the database does not take at present.
type troubles struct {
	mu      sync.Mutex
	current map[string]error
	// beat is when a heartbeat was last taken.
	beat time.Time
}

// note remembers that something waits, until it is settled.
func (t *troubles) note(message string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil {
		t.current = map[string]error{}
	}
	t.current[message] = err
}

// settle forgets a trouble: what waited goes on.
func (t *troubles) settle(message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.current, message)
}

func (t *troubles) beaten(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.current, beatTrouble)
	t.beat = now
}

func (t *troubles) worst(now time.Time, patience time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, message := range []string{beatTrouble, tickTrouble, runTrouble, pollTrouble} {
		if err := t.current[message]; err != nil {
			return fmt.Errorf("%s: %w", message, err)
		}
	}
	if silent := now.Sub(t.beat); silent > patience {
		return fmt.Errorf("%s: %w", beatTrouble, fmt.Errorf("no answer for %s", silent.Round(time.Second)))
	}
	return nil
}

// Writable reports what the database does not take of this host, or nil: its heartbeat, which it writes each second, the runs of ticks that are
// due, and what runs tell. It asks nothing, so that it may be called often, and while the database hangs.
func (s *Scheduler) Writable() error {
	if err := s.DB.Present(); err != nil {
		return err
	}
	return s.troubles.worst(time.Now(), s.Heartbeat+hangTime)
}

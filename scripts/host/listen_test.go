//go:build unix

package host_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/eventstest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestEventsTakenAway has the events of a host replaced by none: scripts that listen learn it, and nothing is troubled any more.
func TestEventsTakenAway(t *testing.T) {
	m := newMachine(t, map[string]string{
		"answer.lua": "-- @on message:send\nprint(event.content)",
		"hear.lua":   "-- @permissions events\nfor e in crisp.events.each(\"message:send\") do print(e.content) end",
	})
	h := m.start(func(c *host.Config) { c.Events = &eventstest.Feed{Refuse: errors.New("no socket")} })
	testwait.Until(t, "the host cannot listen", func() bool { return h.Hears() != nil })
	h.SetEvents(nil)
	testwait.Until(t, "nothing is troubled", func() bool { return h.Hears() == nil })
	run, _ := h.run("hear")
	if run.State != state.Failed || !strings.Contains(run.Error.Message, "listens to no events") {
		t.Errorf("%s: %+v", run.State, run.Error)
	}
}

//go:build unix

package host_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/sandbox"
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

// TestGatheredWithoutBatch runs a script without @batch for the events that another one's gathered: none of them may be left out in silence.
func TestGatheredWithoutBatch(t *testing.T) {
	m := newMachine(t, map[string]string{
		"pair.lua": "-- @on message:send\n-- @batch 2 within 1h\nprint(#events)",
		"one.lua":  "-- @on message:received\nprint(event.content)",
	})
	h := m.start()
	var pair []state.Run
	sent := 0
	testwait.Until(t, "two events are gathered", func() bool {
		sent++
		data := fmt.Sprintf(`{"session_id":"session_1","fingerprint":%d,"content":"x"}`, sent)
		m.must(h.Hook(t.Context(), &hooks.Delivery{Event: crisp.Event{
			Name: "message:send", WebsiteID: sandbox.WebsiteID, Data: json.RawMessage(data), Time: time.Now(),
		}}))
		var err error
		pair, err = h.db.Runs(t.Context(), state.RunFilter{Script: "pair", States: []state.RunState{state.Succeeded}})
		m.must(err)
		return len(pair) > 0
	})
	again, err := h.db.Replay(t.Context(), "one", pair[0].ID, "Ada")
	m.must(err)
	if run, _ := h.ended(again.ID); run.State != state.Failed || !strings.Contains(run.Error.Message, "2 events") {
		t.Errorf("%s: %+v", run.State, run.Error)
	}
}

package repl

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/eventstest"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// eventsTrial is a trial whose events the test makes. Before a line is typed, then is called with it.
func eventsTrial(t *testing.T, then func(feed *eventstest.Feed, line string)) (*trial, *eventstest.Feed) {
	x, feed := newTrial(t, engine.JavaScript, false, small), &eventstest.Feed{}
	x.cfg.Events = feed
	x.reader.before = func(line string) { then(feed, line) }
	return x, feed
}

// shows waits until something is on the screen.
func (x *trial) shows(t *testing.T, text string) {
	t.Helper()
	testwait.Until(t, "the screen shows "+text, func() bool { return strings.Contains(x.screen.String(), text) })
}

func TestMonitor(t *testing.T) {
	var x *trial
	x, feed := eventsTrial(t, func(feed *eventstest.Feed, line string) {
		switch line {
		case "1":
			feed.Emit(sandbox.WebsiteID, "message:send", `{"from":"user","content":"Hello\u001b[31m?","user":{"nickname":"Ada"}}`)
			feed.Emit(sandbox.WebsiteID, "message:send", `{"from":"operator","content":"left out"}`)
			feed.Emit("8c842203-7ed8-4e29-a608-7cf78a7d2fcc", "message:send", `{"from":"user","content":"elsewhere"}`)
			feed.Emit(sandbox.WebsiteID, "message:received", `{"from":"user","content":"not asked for"}`)
			feed.Emit("", "rtm:connected", `{"connection":2,"gap":{"since":1,"until":2,"reason":"x"}}`)
			feed.Emit(sandbox.WebsiteID, "message:send", `{"from":"user","content":"Bye"}`)
			x.shows(t, `"Bye"`)
		case "2":
			if begun, ended := feed.Counts(); begun != 2 || ended != 2 {
				t.Errorf("%d have listened and %d have ended", begun, ended)
			}
		case "4":
			feed.Emit(sandbox.WebsiteID, "session:set_state", `{"session_id":"session_12345678-0","state":"resolved"}`)
			x.shows(t, "resolved")
			feed.Fail(errors.New("the key was refused"))
			x.shows(t, "the key was refused")
		}
	})
	text := x.enter(t, ".events", `.events on message:send where from == "user"`, "1", ".events", "_.map(e => e.event + ' ' + e.content)",
		".events on session:*, campaign:dispatched", ".events off", "2", ".events", ".events on session:set_state", "4", ".events", "_")
	contains(t, text, "events are off; .events on shows them as they come\n",
		"showing message:send where from == \"user\"; .events off ends it\n",
		`message:send  Ada: "Hello\u001b[31m?"`+"\n", "connected again: what happened meanwhile was not heard\n",
		"2 events so far\n_ is a list of the last 2\n", "message:send Bye",
		"showing 33 events; .events off ends it\nevents are off\n",
		`session:set_state  session 12345678: state "resolved"`+"\n", "events have ended: the key was refused\n",
		"events are off; 1 event came of session:set_state\n")
	lacks(t, text, "elsewhere", "left out", "not asked for")
	testwait.Until(t, "nobody listens", func() bool { begun, ended := feed.Counts(); return begun == ended })
}

func TestMonitorRefuses(t *testing.T) {
	x, feed := eventsTrial(t, func(*eventstest.Feed, string) {})
	feed.Refuse = errors.New("the key was refused")
	contains(t, x.enter(t, ".events on message:sent", ".events on nothing:*", ".events on where", `.events on message:send where form == "user"`,
		".events message:send", ".events off now", ".events on"),
		`unknown event "message:sent"`, `did you mean "message:send"?`, `no event has a name like "nothing:*"`, "the condition behind where is missing",
		"where, column 1: message:send has no field form", "did you mean from?", `.events takes on or off, not "message:send"`, "write .events on, or .events on message:send",
		`.events off takes nothing more, got "now"`, "events cannot be shown: the key was refused")
	contains(t, play(t, engine.Lua, ".events on"), "this shell has no connection for events")
}

// TestMonitorHolds has events come while a question is open: they are shown afterwards, some of them.
func TestMonitorHolds(t *testing.T) {
	var out testoutput.Buffer
	s := &shell{screen: &term.Screen{Out: &out, Err: &out}, reader: &fakeReader{}}
	s.aside(&s.monitor, "before")
	outer, inner := s.hold(), s.hold()
	for i := range maxHeld + 50 {
		s.aside(&s.monitor, fmt.Sprintf("line %d", i))
	}
	inner()
	if out.String() != "before\n" {
		t.Errorf("meanwhile the screen shows %q", out.String())
	}
	outer()
	s.aside(&s.monitor, "after")
	if text := out.String(); !strings.HasSuffix(text, "line 199\nand 50 more events meanwhile\nafter\n") || strings.Count(text, "line ") != maxHeld {
		t.Errorf("the screen shows %q", text)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

// TestShellShowsEvents has events come while a line is typed: each stands on a line of its own, and what was typed stays.
func TestShellShowsEvents(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	emit := func(content string) {
		t.Helper()
		text, err := json.Marshal(map[string]string{"from": "user", "content": content})
		if err == nil {
			err = server.Emit(sandbox.WebsiteID, "message:send", text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	env := []string{
		"CRISP_API_URL=" + server.URL(), connect.EnvIdentifier + "=" + sandbox.Identifier, connect.EnvKey + "=" + sandbox.Key,
		connect.EnvWebsite + "=" + sandbox.WebsiteID, connect.EnvTier + "=website",
	}
	s := openShell(t, t.TempDir(), env)
	s.await("js> ")
	s.key(".events on mess\t")
	s.key("\x15.events on message:send\r")
	s.await("showing message:send; .events off ends it\n")
	s.await("js> ")
	s.key("40 + ")
	s.await("40 + ")
	emit("first")
	s.await("message:send  ")
	s.await(`: "first"` + "\n")
	s.await("js> 40 + ") // typed again by the shell alone
	for i := range 20 {
		emit(fmt.Sprintf("burst %d", i))
		s.key("1")
	}
	s.await(`"burst 19"` + "\n")
	s.await("js> 40 + " + strings.Repeat("1", 20))
	s.key(strings.Repeat("\x7f", 20) + "2\r")
	s.await("\n42\n")
	s.await("js> ")
	// While an entry runs, events stand between what it prints.
	s.key("const events = crisp.events.each('message:send'); console.log('wait' + 'ing'); (await events.next()).value.content.toUpperCase()\r")
	s.await("\nwaiting\n")
	emit("loud")
	s.await("LOUD\n")
	s.await("js> ")
	s.key(".events off\r")
	s.await("events are off\n")
	s.await("js> ")
	s.key(".events\r")
	s.await("events are off; 22 events came of message:send\n")
	s.await("_ is a list of the last 22\n")
	s.await("js> ")
	s.key("_[21].event + ' ' + _[21].content\r")
	s.await("\nmessage:send loud\n")
	s.key("\x04")
	s.leave(0)
}

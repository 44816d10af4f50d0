//go:build unix

package host_test

import (
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestLimitsOfHeaders has an operator limit what headers ask for, and then less than what the database has a version of.
func TestLimitsOfHeaders(t *testing.T) {
	const good = "-- @env TEAM\nprint(env.TEAM)"
	m := newMachine(t, map[string]string{
		"above.lua": "-- @memory 2GiB\nprint(1)",
		"saved.lua": good,
		"bare.lua": `print(pcall(crisp.conversations.list, { limit = 1 }))
			print(select(2, pcall(crisp.people.list)).message)
			print(select(2, pcall(store.get, "a")))`,
	})
	bound := []string{"conversations:write", "fetch:example.com"}
	limits := &scripts.Limits{MaxMemory: 512 << 20, AllowEnv: []string{"TEAM"}, Permissions: bound}
	limited := func(c *host.Config) {
		c.Limits = limits
		c.LookupEnv = func(name string) (string, bool) { return "value of " + name, true }
	}
	h := m.start(limited)
	if s := h.script("above"); s.Version != "" || s.Broken == nil || s.Broken.Kind != "header" || s.Broken.Line != 1 ||
		s.Broken.Message != "@memory 2GiB is above max_memory 512MiB of the configuration" || !strings.Contains(s.Broken.Hint, "max_memory") {
		t.Errorf("%+v, %+v", s, s.Broken)
	}
	// What is allowed runs. A save that asks for more leaves the version before in place.
	if run, lines := h.run("saved"); run.State != state.Succeeded || strings.Join(lines, "\n") != "value of TEAM" {
		t.Errorf("%+v, %q", run, lines)
	}
	before := h.script("saved").Version
	m.write("saved.lua", "-- @env TEAM SECRET\nprint(env.SECRET)")
	testwait.Until(t, "the save is shown as broken", func() bool { return h.script("saved").Broken != nil })
	s := h.script("saved")
	if s.Version != before || s.Broken.Message != "@env SECRET is not in allow_env of the configuration" {
		t.Errorf("%+v, %+v", s, s.Broken)
	}
	if run, lines := h.run("saved"); run.State != state.Succeeded || strings.Join(lines, "\n") != "value of TEAM" {
		t.Errorf("%+v, %q", run, lines)
	}
	// A script without @permissions is held to those of the operator.
	run, lines := h.run("bare")
	if run.State != state.Succeeded || len(lines) != 3 || !strings.HasPrefix(lines[0], "false") || !strings.Contains(lines[0], "conversations:read") ||
		!strings.Contains(lines[1], "people:read") || !strings.Contains(lines[2], "store:read") {
		t.Errorf("%+v, %q", run.Error, lines)
	}
	h.end(time.Minute)

	// With other limits the last good version may ask for more than they allow. It does not run.
	limits = &scripts.Limits{}
	h = m.start(limited)
	if s := h.script("saved"); s.Version != before || s.Broken == nil {
		t.Fatalf("%+v", s)
	}
	run, lines = h.run("saved")
	if run.State != state.Failed || len(lines) != 0 || run.Error == nil || run.Error.Message != "@env TEAM is not in allow_env of the configuration" ||
		!strings.Contains(run.Error.Hint, "--env TEAM") || run.Error.File != "saved.lua" || run.Error.Line != 1 || run.Error.Column != 9 {
		t.Errorf("%+v, %q", run.Error, lines)
	}
}

// TestLimitsBoundDefaults has scripts without @memory and @timeout.
func TestLimitsBoundDefaults(t *testing.T) {
	m := newMachine(t, map[string]string{
		"memory.lua": "local list = {}; for i = 1, 1e9 do list[i] = { i } end",
		"forever.js": "for (;;);",
	})
	h := m.start(func(c *host.Config) {
		c.Limits = &scripts.Limits{MaxMemory: 16 << 20, MaxTimeout: 10 * time.Minute}
		c.Schedule.Timeout = time.Hour
	})
	run, _ := h.run("memory")
	if run.State != state.Failed || run.Error.Kind != "memory" || !strings.Contains(run.Error.Message, "16 MiB") {
		t.Errorf("%+v", run.Error)
	}
	h.end(time.Minute)
	h = m.start(func(c *host.Config) { c.Limits = &scripts.Limits{MaxTimeout: 300 * time.Millisecond} })
	if run, _ := h.run("forever"); run.State != state.TimedOut || !strings.Contains(run.Error.Message, "300ms") {
		t.Errorf("%+v", run.Error)
	}
}

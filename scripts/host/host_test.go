//go:build unix

package host_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

func isNotFound(err error) bool { return errors.Is(err, state.ErrNotFound) }

func TestStartNeedsAnEngine(t *testing.T) {
	m := newMachine(t, nil)
	db, err := state.Open(t.Context(), m.address)
	m.must(err)
	defer db.Close()
	c := m.config(db)
	c.Engine = nil
	if _, err := host.Start(t.Context(), c); err == nil || !strings.Contains(err.Error(), "Config.Engine is missing") {
		t.Errorf("a host without an engine: %v", err)
	}
}

func TestRunsScripts(t *testing.T) {
	m := newMachine(t, map[string]string{
		"count.lua": "--- Counts.\n-- @schedule @daily\nprint(#crisp.conversations.list{limit = 3}, args[1])",
		"count.js":  "// @name count-js\nimport crisp from 'crisp'\nconsole.log((await crisp.conversations.list({limit: 3})).length, args[0])",
		"fails.lua": "local function f() error('no') end\nf()",
	})
	h := m.start()
	for _, name := range []string{"count", "count-js"} {
		run, lines := h.run(name, "x")
		if got := strings.Join(lines, "\n"); run.State != state.Succeeded || strings.ReplaceAll(got, "\t", " ") != "3 x" || run.Calls != 1 || run.Trigger.By != "Ada" {
			t.Errorf("%s: %q, %+v", name, got, run)
		}
		calls, err := h.Calls(t.Context(), run.ID)
		if err != nil || len(calls) != 1 || calls[0].Status != 206 && calls[0].Status != 200 {
			t.Errorf("%s: calls %+v, %v", name, calls, err)
		}
	}
	if run, _ := h.run("fails"); run.State != state.Failed || run.Error.Line != 1 || run.Error.File != "fails.lua" {
		t.Errorf("fails: %+v, %+v", run, run.Error)
	}
	if s := h.script("count"); s.NextRun.IsZero() || s.Description != "Counts." || s.LastRun == nil {
		t.Errorf("script: %+v", s)
	}
	if _, err := h.Trigger(t.Context(), "nobody", nil, "Ada"); !isNotFound(err) {
		t.Errorf("trigger of a script that is not there: %v", err)
	}
}

// TestMirrorsTheDirectory changes the directory while a host runs and while none does.
func TestMirrorsTheDirectory(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": "print('first')", "b.lua": "-- @schedule @hourly\nprint(1)", "sub/c.lua": "print(3)"})
	h := m.start()
	names := func() string {
		list, err := h.Scripts(t.Context())
		m.must(err)
		var names []string
		for _, s := range list {
			name := s.Name
			if s.Broken != nil {
				name += "!"
			}
			names = append(names, name)
		}
		return strings.Join(names, " ")
	}
	until := func(want string) {
		t.Helper()
		testwait.Until(m, want, func() bool { return names() == want })
	}
	until("a b sub/c")
	m.must(os.Rename(m.path("sub/c.lua"), m.path("d.lua")))
	until("a b d")
	m.must(os.Remove(m.path("d.lua")))
	m.write("a.lua", "print('second' 2)")
	until("a! b")
	if s := h.script("a"); s.Broken.Kind != "compile" || s.Broken.Line != 1 || s.Broken.SourceLine != "print('second' 2)" {
		t.Errorf("a is broken by %+v", s.Broken)
	}
	// The last good version goes on.
	if run, lines := h.run("a"); run.State != state.Succeeded || lines[0] != "first" {
		t.Errorf("a broken script ran as %v, %+v", lines, run)
	}
	m.must(h.Pause(t.Context(), "b", "ada"))
	good := h.script("a").Version
	h.end(time.Minute)

	// What is still broken at the next start has a version from before. What is gone is gone, and a pause stays.
	m.write("e.lua", "print(5)")
	h = m.start()
	until("a! b e")
	if s := h.script("a"); s.Version != good {
		t.Errorf("the last good version was %s, and after a start %s", good, s.Version)
	}
	if run, lines := h.run("a"); run.State != state.Succeeded || lines[0] != "first" {
		t.Errorf("after a start, a broken script ran as %v, %+v", lines, run)
	}
	if s := h.script("b"); !s.Paused || !s.NextRun.IsZero() {
		t.Errorf("a paused script after a start: %+v", s)
	}
	m.must(h.Resume(t.Context(), "b", "ada"))
	testwait.Until(m, "b is due", func() bool { return !h.script("b").NextRun.IsZero() })
	h.end(time.Minute)
	m.must(os.Remove(m.path("b.lua")))
	h = m.start()
	until("a! e")
}

// TestEmptyDirectory starts a host on a directory whose scripts are not there, such as one that is not mounted.
func TestEmptyDirectory(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": "print('still here')"})
	m.start().end(time.Minute)
	m.must(os.Remove(m.path("a.lua")))
	h := m.start()
	if run, lines := h.run("a"); run.State != state.Succeeded || lines[0] != "still here" {
		t.Errorf("without its file: %v, %+v", lines, run)
	}
}

// TestOddNames holds that no name keeps other scripts from being saved.
func TestOddNames(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("file names are UTF-8 here")
	}
	m := newMachine(t, map[string]string{"a\xffb.lua": "print(1)", "z.lua": "print(2)", "with 'quotes' and \u00e9\U0001f600.js": "console.log(3)"})
	h := m.start()
	if s := h.script("a\ufffdb"); s.Broken == nil || !strings.Contains(s.Broken.Message, "UTF-8") {
		t.Errorf("a name that is not UTF-8: %+v, %+v", s, s.Broken)
	}
	for _, name := range []string{"z", "with 'quotes' and \u00e9\U0001f600"} {
		if run, _ := h.run(name); run.State != state.Succeeded {
			t.Errorf("%s: %+v", name, run.Error)
		}
	}
}

// TestWrongHeaders tells what is wrong, and where.
func TestWrongHeaders(t *testing.T) {
	m := newMachine(t, map[string]string{
		"same.lua": "-- @name report\nprint(1)", "same.js": "// @name report\nconsole.log(2)",
		"february.lua": "-- @schedule 0 0 31 2 *\nprint(1)",
		"never.js":     "// @schedule 0 0 30 2 *\nconsole.log(1)",
		"zone.lua":     "-- @schedule @daily\n-- @timezone Europe/Atlantis\nprint(1)",
		"good.lua":     "print(1)",
	})
	h := m.start()
	for name, want := range map[string]struct {
		kind string
		line int
		text string
	}{
		"february": {"header", 1, "never"}, "never": {"header", 1, "never"}, "zone": {"header", 2, "Atlantis"}, "same.lua": {"name", 0, "report"},
	} {
		s := h.script(name)
		if s.Broken == nil || s.Broken.Kind != want.kind || s.Broken.Line != want.line || !strings.Contains(s.Broken.Message, want.text) || s.Version != "" {
			t.Errorf("%s: %+v in %+v", name, s.Broken, s)
		}
		if run, _ := h.run(name); run.State != state.Failed || run.Error.Kind != "compile" {
			t.Errorf("%s: %+v, %+v", name, run, run.Error)
		}
	}
	if s := h.script("report"); s.Path != "same.js" || s.Broken != nil {
		t.Errorf("the first of two scripts of one name: %+v", s)
	}
	if c := h.Counts(); c.Total != 6 || c.Broken != 4 {
		t.Errorf("counts %+v", c)
	}
}

// TestDirectoryVanishes keeps scripts whose directory is not there, and starts no host without one.
func TestDirectoryVanishes(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": "print('still here')"})
	h := m.start()
	m.must(h.Ready(t.Context()))
	m.must(os.Rename(m.dir, m.dir+"-away"))
	testwait.Until(m, "the host misses its directory", func() bool { return h.Ready(t.Context()) != nil })
	if run, lines := h.run("a"); run.State != state.Succeeded || lines[0] != "still here" {
		t.Errorf("without a directory: %v, %+v", lines, run)
	}
	m.must(os.Rename(m.dir+"-away", m.dir))
	testwait.Until(m, "the host finds its directory", func() bool { return h.Ready(t.Context()) == nil })
	m.write("a.lua", "print('changed')")
	testwait.Until(m, "the change is seen", func() bool { _, lines := h.run("a"); return lines[0] == "changed" })
}

// TestDrain lets a run end, and gives back one that takes too long.
func TestDrain(t *testing.T) {
	m := newMachine(t, map[string]string{"slow.lua": "local time = require('time') print('begun') time.sleep(tonumber(args[1])) print('done')"})
	begun := func(h *running, milliseconds string) string {
		id, err := h.Trigger(t.Context(), "slow", []string{milliseconds}, "Ada")
		m.must(err)
		testwait.Until(m, "the run prints", func() bool {
			lines, err := h.Logs(t.Context(), id, 0, 1)
			m.must(err)
			return len(lines) > 0
		})
		return id
	}
	h := m.start()
	id := begun(h, "500")
	h.end(time.Minute)
	h = m.start()
	if run, lines := h.ended(id); run.State != state.Succeeded || !slices.Equal(lines, []string{"begun", "done"}) {
		t.Errorf("a drained run: %v, %+v", lines, run)
	}
	id = begun(h, "2000")
	h.end(time.Millisecond)
	h = m.start()
	if run, lines := h.ended(id); run.State != state.Succeeded || !slices.Equal(lines, []string{
		"begun", "This run begins again: the host that it was on was shut down, or stood still, and gave it back.", "begun", "done",
	}) || run.Attempt != 1 {
		t.Errorf("a run that was given back: %v, %+v", lines, run)
	}
	id = begun(h, "3600000")
	m.must(h.Cancel(t.Context(), id, "Bob"))
	if run, _ := h.ended(id); run.State != state.Cancelled || run.CancelledBy != "Bob" {
		t.Errorf("cancelled: %+v", run)
	}
	if err := h.Cancel(t.Context(), id, "Bob"); !errors.Is(err, state.ErrEnded) {
		t.Errorf("cancelled twice: %v", err)
	}
}

// TestLogsForPrograms reads what a host logs of its runs.
func TestLogsForPrograms(t *testing.T) {
	m := newMachine(t, map[string]string{"a.js": "import log from 'log'\nconsole.log('printed')\nlog.warn('odd', {n: 1, to: 'x'})\nthrow new Error('no')"})
	var mu sync.Mutex
	var out strings.Builder
	lines := func() string { mu.Lock(); defer mu.Unlock(); return out.String() }
	h := m.start(func(c *host.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(writerFunc(func(p []byte) (int, error) { mu.Lock(); defer mu.Unlock(); return out.Write(p) }), nil))
	})
	run, _ := h.run("a")
	testwait.Until(m, "the end is logged", func() bool { return strings.Contains(lines(), "run failed") })
	for _, want := range []string{
		`"level":"WARN","msg":"odd","script":"a","run":"` + run.ID + `","fields":{"n":1,"to":"x"}}`,
		`"level":"ERROR","msg":"run failed","script":"a","run":"` + run.ID + `"`, `"error":"no","file":"a.js","line":4`,
	} {
		if !strings.Contains(lines(), want) {
			t.Errorf("not logged: %s\n%s", want, lines())
		}
	}
	if strings.Contains(lines(), "printed") {
		t.Errorf("what is printed is logged at level info: %s", lines())
	}
}

// TestLogsForPeople has fields of fields be JSON in a log of text, as the history shows them.
func TestLogsForPeople(t *testing.T) {
	m := newMachine(t, map[string]string{"a.js": "import log from 'log'\nlog.warn('odd', {nested: {a: 1, b: ['<x>']}, list: [1, 2], to: 'x'})"})
	log := &testoutput.Buffer{}
	h := m.start(func(c *host.Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	h.run("a")
	want := `fields.list=[1,2] fields.nested="{\"a\":1,\"b\":[\"<x>\"]}" fields.to=x`
	testwait.Until(m, "the line in the log", func() bool { return strings.Contains(log.String(), "msg=odd") })
	if !strings.Contains(log.String(), want) {
		t.Errorf("not logged: %s\n%s", want, log)
	}
}

// TestSecondHost is told that the file is another host's before it looks at scripts, and leaves the database alone.
func TestSecondHost(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": "print(1)"})
	first := m.start()
	db, err := state.Open(t.Context(), m.address)
	m.must(err)
	defer db.Close()
	dir, log := t.TempDir(), &testoutput.Buffer{}
	m.must(os.WriteFile(filepath.Join(dir, "broken.lua"), []byte("print("), 0o600))
	c := m.config(db)
	c.Directory, c.Logger = dir, slog.New(slog.NewTextHandler(log, nil))
	if _, err := host.Start(t.Context(), c); !errors.Is(err, schedule.ErrServed) {
		t.Errorf("got %v", err)
	}
	if log.String() != "" {
		t.Errorf("logged: %s", log)
	}
	list, err := db.Scripts(t.Context())
	if m.must(err); len(list) != 1 || list[0].Name != "a" {
		t.Errorf("scripts: %+v", list)
	}
	first.end(time.Minute)
	second, err := host.Start(t.Context(), c) // the refused start left nothing behind
	m.must(err)
	m.must(second.Close(t.Context()))
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestTellsWhatHappens follows a host.
func TestTellsWhatHappens(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": "print(1)"})
	h := m.start()
	ctx, cancel := context.WithCancel(t.Context())
	events := h.Subscribe(ctx)
	next := func(want console.Event) {
		t.Helper()
		timeout := time.After(3 * time.Minute)
		for {
			select {
			case e := <-events:
				if e == want {
					return
				}
			case <-timeout:
				t.Fatalf("not told: %+v", want)
			}
		}
	}
	id, err := h.Trigger(t.Context(), "a", nil, "Ada")
	m.must(err)
	next(console.Event{Script: "a", Run: id})
	next(console.Event{Script: "a", Run: id, Log: true})
	m.write("b.lua", "print(2)")
	next(console.Event{Script: "b"})
	m.must(os.Remove(m.path("b.lua")))
	next(console.Event{Script: "b"})
	// Another process tells through the database.
	other, err := state.Open(t.Context(), m.address)
	m.must(err)
	defer other.Close()
	m.must(other.SetPaused(t.Context(), "a", true, "ada"))
	next(console.Event{})
	cancel()
	for range events { // until it is closed
	}
}

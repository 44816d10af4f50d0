//go:build unix

package host_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
)

// logged is a log that tests read while it grows.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// to has a host write its log there, and keep files of scripts.
func (l *logged) to(files string) func(*host.Config) {
	return func(c *host.Config) {
		c.Logger = slog.New(slog.NewTextHandler(l, nil))
		c.Workers.Files = files
	}
}

// counting is a script that counts in its store and in a file. Its text is its own.
func counting(text string) string {
	return "-- Counts " + text + ".\n-- @permissions store files\n" + `local n = store.increment("n")
files.append("n.txt", "x")
print(n .. " " .. #files.read("n.txt"))
`
}

// counts runs a script and returns what it counted, in the store and in its file.
func (r *running) counts(script string) string {
	r.m.Helper()
	run, lines := r.run(script)
	if run.State != state.Succeeded {
		r.m.Fatalf("%s: %s, %+v", script, run.State, run.Error)
	}
	return strings.Join(lines, "")
}

// renames are what may happen to files. After it, each script of want has counted that far.
var renames = []struct {
	name  string
	files map[string]string
	do    func(m *machine)
	want  map[string]string
	// told is in the log, and untold is not.
	told, untold string
}{
	{
		name: "rename", files: map[string]string{"a.lua": counting("all")},
		do:   func(m *machine) { m.must(os.Rename(m.path("a.lua"), m.path("b.lua"))) },
		want: map[string]string{"b": "2 2"}, told: "script=b was=a", untold: "script removed",
	},
	{
		name: "into a folder", files: map[string]string{"a.lua": counting("all")},
		do: func(m *machine) {
			m.must(os.Mkdir(m.path("x"), 0o700))
			m.must(os.Rename(m.path("a.lua"), m.path("x/a.lua")))
		},
		want: map[string]string{"x/a": "2 2"}, told: "script=x/a was=a", untold: "script removed",
	},
	{
		name: "a folder of files that are the same", files: map[string]string{"x/a.lua": counting("all"), "x/b.lua": counting("all")},
		do:   func(m *machine) { m.must(os.Rename(m.path("x"), m.path("y"))) },
		want: map[string]string{"y/a": "2 2", "y/b": "2 2"}, told: "script=y/b was=x/b", untold: "script removed",
	},
	{
		name: "files that are the same get other names", files: map[string]string{"a.lua": counting("all"), "b.lua": counting("all")},
		do: func(m *machine) {
			m.must(os.Rename(m.path("a.lua"), m.path("c.lua")))
			m.must(os.Rename(m.path("b.lua"), m.path("d.lua")))
		},
		want: map[string]string{"c": "1 1", "d": "1 1"}, told: `carry_over="crisphost scripts adopt a NEW"`, untold: "was=",
	},
	{
		name: "with an edit", files: map[string]string{"a.lua": counting("all")},
		do: func(m *machine) {
			m.must(os.Remove(m.path("a.lua")))
			m.write("b.lua", counting("more"))
		},
		want: map[string]string{"b": "1 1"}, told: `keys=1 carry_over="crisphost scripts adopt a b"`, untold: "was=",
	},
	{
		name: "another @name", files: map[string]string{"a.lua": counting("all")},
		do:   func(m *machine) { m.write("a.lua", "-- @name other\n"+counting("all")) },
		want: map[string]string{"other": "2 2"}, told: "script=other was=a", untold: "script removed",
	},
	{
		name: "two names changed places", files: map[string]string{"a.lua": counting("one"), "b.lua": counting("two")},
		do: func(m *machine) {
			m.must(os.Rename(m.path("a.lua"), m.path("t.lua")))
			m.must(os.Rename(m.path("b.lua"), m.path("a2.lua")))
		},
		want: map[string]string{"t": "2 2", "a2": "2 2"}, told: "script=a2 was=b", untold: "script removed",
	},
}

// TestRename has store, files, runs and pause follow a file that gets another name, while a host runs and while none does, and tells of
// what it does not carry over.
func TestRename(t *testing.T) {
	for _, test := range renames {
		for _, while := range []string{"running", "down"} {
			t.Run(test.name+" while "+while, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, test.files)
				var log logged
				options := log.to(t.TempDir())
				h := m.start(options)
				for name := range test.files {
					script := strings.TrimSuffix(name, ".lua")
					if got := h.counts(script); got != "1 1" {
						t.Fatalf("%s counts %s", script, got)
					}
					m.must(h.Pause(t.Context(), script, "ada"))
				}
				if while == "down" {
					h.end(time.Minute)
				}
				test.do(m)
				if while == "down" {
					h = m.start(options)
				}
				for script, want := range test.want {
					testwait.Until(t, script+" is there", func() bool { return h.script(script).Version != "" })
					if got := h.counts(script); got != want {
						t.Errorf("%s counts %s, want %s", script, got, want)
					}
					if s := h.script(script); s.Paused != (want == "2 2") {
						t.Errorf("%s is paused: %v", script, s.Paused)
					}
				}
				testwait.Until(t, "the log tells "+test.told, func() bool { return strings.Contains(log.String(), test.told) })
				for name := range test.files {
					script := strings.TrimSuffix(name, ".lua")
					testwait.Until(t, script+" is gone", func() bool { return h.script(script).Name == "" })
				}
				if text := log.String(); strings.Contains(text, test.untold) {
					t.Errorf("the log has %q:\n%s", test.untold, text)
				}
			})
		}
	}
}

// TestRemovedIsTold tells once of a script that went with a store, and lets it have the store when it comes back, also after a restart.
func TestRemovedIsTold(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": counting("all"), "b.lua": "print(1)"})
	var log logged
	options := log.to(t.TempDir())
	h := m.start(options)
	h.counts("a")
	m.must(os.Remove(m.path("a.lua")))
	const told = "what it stored is kept for 30 days"
	testwait.Until(t, "the log tells", func() bool { return strings.Contains(log.String(), told) })
	h.end(time.Minute)
	h = m.start(options)
	m.write("a.lua", counting("differently"))
	testwait.Until(t, "it is back", func() bool { return h.script("a").Version != "" })
	if got := h.counts("a"); got != "2 2" {
		t.Errorf("counts %s", got)
	}
	if n := strings.Count(log.String(), told); n != 1 {
		t.Errorf("told %d times:\n%s", n, log.String())
	}
}

// TestRenameHalves has the halves of a rename come apart: the new file first, as a copy, and the new file later.
func TestRenameHalves(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": counting("all"), "c.lua": counting("others")})
	var log logged
	h := m.start(log.to(t.TempDir()))
	h.counts("a")
	h.counts("c")
	m.write("b.lua", counting("all"))
	m.must(os.Remove(m.path("a.lua")))
	m.must(os.Remove(m.path("c.lua")))
	testwait.Until(t, "c is removed", func() bool { return strings.Contains(log.String(), "script=c keys=1") })
	m.write("d.lua", counting("others"))
	for _, script := range []string{"b", "d"} {
		testwait.Until(t, script+" is there", func() bool { return h.script(script).Version != "" })
		if got := h.counts(script); got != "2 2" {
			t.Errorf("%s counts %s\n%s", script, got, log.String())
		}
	}
	// A copy is a script of its own.
	m.write("e.lua", counting("others"))
	testwait.Until(t, "the copy is there", func() bool { return h.script("e").Version != "" })
	if got := h.counts("e"); got != "1 1" {
		t.Errorf("the copy counts %s", got)
	}
	if got := h.counts("d"); got != "3 3" {
		t.Errorf("d counts %s", got)
	}
}

// TestRenameLosesNoTick renames a script of each second again and again: every tick runs once, whatever its name was.
func TestRenameLosesNoTick(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		m := newMachine(t, map[string]string{"s0.lua": "-- @schedule * * * * * *\n-- @missed all within 1h\n-- @overlap allow\nprint(1)\n"})
		m.address = address
		h := m.start()
		testwait.Until(t, "it runs", func() bool { return len(h.runsOf("s0")) > 0 })
		const times = 5
		for i := range times {
			m.must(os.Rename(m.path(fmt.Sprintf("s%d.lua", i)), m.path(fmt.Sprintf("s%d.lua", i+1))))
			testwait.Until(t, "it has the new name", func() bool {
				return h.script(fmt.Sprintf("s%d", i+1)).Name != "" && h.script(fmt.Sprintf("s%d", i)).Name == ""
			})
			time.Sleep(300 * time.Millisecond) // ticks fall into all phases of it
		}
		name := fmt.Sprintf("s%d", times)
		n := len(h.runsOf(name))
		testwait.Until(t, "it runs on", func() bool { return len(h.runsOf(name)) > n+1 })
		var last time.Time
		for _, run := range h.runsOf(name) {
			if !last.IsZero() && last.Sub(run.Trigger.Tick) != time.Second {
				t.Errorf("ticks at %v and %v", run.Trigger.Tick, last)
			}
			if last = run.Trigger.Tick; run.State == state.Cancelled || run.State == state.Failed {
				t.Errorf("the run of %v: %s, %+v", last, run.State, run.Error)
			}
		}
	})
}

// runsOf are the runs of a script, the newest first.
func (r *running) runsOf(script string) []state.Run {
	r.m.Helper()
	runs, err := r.db.Runs(context.Background(), state.RunFilter{Script: script})
	r.m.must(err)
	return runs
}

// TestRenameOnTwoHosts has two hosts with directories of their own see a rename one after the other.
func TestRenameOnTwoHosts(t *testing.T) {
	m := newMachine(t, map[string]string{"a.lua": counting("all")})
	m.address = statetest.Shared(t).Database(t)
	other := newMachine(t, map[string]string{"a.lua": counting("all")})
	other.address = m.address
	files := t.TempDir()
	var log, otherLog logged
	one, two := m.start(log.to(files)), other.start(otherLog.to(files))
	one.counts("a")
	for _, m := range []*machine{m, other} {
		m.must(os.Rename(m.path("a.lua"), filepath.Join(m.dir, "b.lua")))
		testwait.Until(t, "the name is new", func() bool { return one.script("b").Version != "" && one.script("a").Name == "" })
	}
	testwait.Until(t, "the second host has settled", func() bool { return two.Counts().Total == 1 && two.script("b").Version != "" })
	if got := two.counts("b"); got != "2 2" {
		t.Errorf("counts %s\n%s\n%s", got, log.String(), otherLog.String())
	}
	if text := otherLog.String(); strings.Contains(text, "what it stored is kept") {
		t.Error(text)
	}
}

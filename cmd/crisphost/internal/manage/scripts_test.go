package manage

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

func TestListScripts(t *testing.T) {
	h := newHistory(t)
	h.expect(exitDone, []string{"scripts"}, nil, []string{"there are no scripts", "no host is running"})
	if out := h.expect(exitDone, []string{"scripts", "--json"}, []string{"[]\n"}, nil); out != "[]\n" {
		t.Errorf("an empty list is %q", out)
	}
	broken := &state.RunError{Kind: "compile", Message: "')' expected", File: "broken.lua", Line: 2, Column: 8, SourceLine: "\tprint(1"}
	h.script(state.Script{Name: "digest", Schedules: []string{"0 9 * * 1-5", "every 15m"}, Timezone: "Europe/Paris"}, "print(1)")
	h.script(state.Script{Name: "broken", Broken: broken}, "")
	h.script(state.Script{Name: "mended", Broken: broken}, "print(1)")
	h.script(state.Script{Name: "off", Disabled: true, Schedules: []string{"@daily"}}, "print(1)")
	h.script(state.Script{Name: "evil\x1b[31m\u009b\nname"}, "print(1)")
	h.end(h.start("digest"), state.Succeeded, nil)
	h.end(h.start("digest"), state.Failed, &state.RunError{Message: "no"})
	h.end(h.start("digest"), state.TimedOut, &state.RunError{Message: "no\x1b[2J"})
	// What came to no result, and what goes or waits, hides no failure.
	h.end(h.start("digest"), state.Cancelled, nil)
	h.start("digest")
	_, err := h.Trigger(t.Context(), "digest", state.Trigger{Kind: state.ByHand})
	h.must(err)
	h.must(h.SetPaused(t.Context(), "mended", true, "ada"))

	out := h.expect(exitDone, []string{"scripts"}, []string{
		"NAME", "0 9 * * 1-5, every 15m (Europe/Paris)", "scheduled 20",
		"broken, paused", "disabled", "failing, 1 running, 1 waiting", "33%", "  failing since 20", `, 2 in a row: no\u001b[2J`,
		"  broken.lua:2:8: error: ')' expected\n    2 | \tprint(1\n      | \t      ^\n    no version of it has compiled, so it does not run\n",
		"    the version before still runs\n", `evil\u001b[31m\u009b\nname`,
	}, []string{"no host is running on this database", "hint: nothing starts until there is one"})
	if strings.ContainsAny(out, "\x1b\u009b") {
		t.Errorf("a name reaches the terminal: %q", out)
	}
	h.alive()
	h.columns = 60
	out = h.expect(exitDone, []string{"scripts"}, []string{"scheduled"}, nil)
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, " ") && len([]rune(strings.TrimSuffix(line, "\n"))) > h.columns {
			t.Errorf("%q is wider than the terminal", line)
		}
	}

	var list []map[string]any
	out, _, _ = h.crisphost("scripts", "--json")
	h.must(json.Unmarshal([]byte(out), &list))
	if strings.ContainsAny(out, "\x1b\u009b") {
		t.Errorf("a name reaches the terminal: %q", out)
	}
	states := map[any]any{}
	for _, s := range list {
		states[s["name"]] = s["state"]
	}
	for name, want := range map[string]string{"digest": "failing", "broken": "broken", "mended": "broken", "off": "disabled", "evil\x1b[31m\u009b\nname": "ok"} {
		if states[name] != want {
			t.Errorf("%q is %v, want %s", name, states[name], want)
		}
	}
	if list[0]["broken"].(map[string]any)["line"] != 2.0 || list[1]["last_run"].(map[string]any)["state"] != "scheduled" ||
		list[1]["health"] != "failing" || list[1]["streak"] != 2.0 || list[1]["last_result"].(map[string]any)["state"] != "timed_out" {
		t.Errorf("%v", list)
	}
}

func TestPause(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest", Schedules: []string{"@daily"}}, "print(1)")
	h.script(state.Script{Name: "manual"}, "print(1)")
	h.script(state.Script{Name: "off", Disabled: true}, "print(1)")
	paused := func(name string) bool {
		s, err := h.Script(t.Context(), name)
		h.must(err)
		return s.Paused
	}
	h.expect(exitDone, []string{"pause", "digest"}, []string{"digest is paused\n"}, nil)
	if !paused("digest") {
		t.Error("digest is not paused")
	}
	h.expect(exitDone, []string{"pause", "digest"}, []string{"digest is paused already by "}, nil)
	h.expect(exitDone, []string{"resume", "digest"}, []string{"digest is resumed\n"}, nil)
	if paused("digest") {
		t.Error("digest is still paused")
	}
	h.expect(exitDone, []string{"resume", "digest"}, []string{"digest was not paused\n"}, nil)
	for _, name := range []string{"manual", "off"} {
		h.expect(exitDone, []string{"pause", name}, []string{name + " is paused\n"}, nil)
	}
	h.expect(exitDone, []string{"resume", "manual"}, []string{"it has no schedule"}, nil)
	h.expect(exitDone, []string{"resume", "off"}, []string{"@disabled"}, nil)

	h.expect(exitUsage, []string{"pause", "digets"}, nil, []string{`no script is named "digets"`, `did you mean "digest"?`})
	h.expect(exitUsage, []string{"resume", "scripts/digest.lua"}, nil, []string{`did you mean "digest"?`})
	h.expect(exitUsage, []string{"pause", "x\x1b[2J"}, nil, []string{`no script is named "x\x1b[2J"`, "crisphost scripts lists them"})
	h.expect(exitUsage, []string{"pause"}, nil, []string{"needs the name of a script"})
	h.expect(exitUsage, []string{"pause", "a", "b"}, nil, []string{`does not take "b"`})
	_, err := h.SQL().ExecContext(t.Context(), "UPDATE hosts SET beat = beat - 7200000000")
	h.must(err)
	h.expect(exitDone, []string{"pause", "digest"}, []string{"is paused"}, []string{"no host is running", "web-1 was last heard of", " ago)"})
}

func TestHostCommandsWithoutDatabase(t *testing.T) {
	h := &history{t: t, address: "sqlite:" + t.TempDir() + "/none.db"}
	for _, args := range [][]string{
		{"scripts"}, {"runs"}, {"runs", "show", "1234"}, {"logs"}, {"logs", "-f"}, {"trigger", "a"}, {"pause", "a"}, {"resume", "a"}, {"cancel", "1234"}, {"scripts", "--json"},
	} {
		h.expect(exitUsage, args, nil, []string{"no host has run here yet", "crisphost serve DIR", "--db"})
	}
	for _, args := range [][]string{{"pause", ""}, {"logs", ""}, {"runs", "--script", ""}} {
		if out, _, code := h.crisphost(append([]string{"__complete"}, args...)...); code != 0 || !strings.HasPrefix(out, ":") {
			t.Errorf("completion of %q: %d, %q", args, code, out)
		}
	}
}

func TestCompleteScripts(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest", Description: "Unread\tconversations"}, "print(1)")
	h.script(state.Script{Name: "evil\nname"}, "print(1)")
	for _, args := range [][]string{{"pause", ""}, {"resume", "d"}, {"trigger", ""}, {"runs", "--script", ""}, {"logs", "--script", ""}} {
		out, _, code := h.crisphost(append([]string{"__complete"}, args...)...)
		if code != 0 || !strings.HasPrefix(out, "digest\tUnread\\tconversations\n:") {
			t.Errorf("completion of %q: %d, %q", args, code, out)
		}
	}
}

// TestLongName does not stretch the table for all others.
func TestLongName(t *testing.T) {
	h := newHistory(t)
	h.alive()
	long := strings.Repeat("long/", 30) + "name"
	h.script(state.Script{Name: "a", Path: "a.lua"}, "print(1)")
	h.script(state.Script{Name: long, Path: long + ".lua"}, "print(1)")
	for _, columns := range []int{0, 200} {
		h.columns = columns
		out, _, _ := h.crisphost("scripts")
		for line := range strings.Lines(out) {
			if len(line) > 100 && !strings.HasPrefix(line, long[:30]) {
				t.Errorf("%d columns: %q", columns, line)
			}
		}
		if columns == 0 && !strings.Contains(out, long) {
			t.Errorf("a pipe has not the whole name: %q", out)
		}
	}
}

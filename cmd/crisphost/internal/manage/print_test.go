package manage

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestTerminal looks at tables and logs as a terminal gets them: coloured, and not wider than it is.
func TestTerminal(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.columns, h.color = 90, true
	h.script(state.Script{Name: "日本語のスクリプト-with-a-long-name", Schedules: []string{"0 9,12,15,18 * * 1-5"}, Timezone: "America/Argentina/Buenos_Aires"}, "print(1)")
	h.script(state.Script{Name: "broken", Broken: &state.RunError{Message: "no", File: "broken.lua", Line: 1, Column: 2, SourceLine: "print(1"}}, "")
	run := h.start("日本語のスクリプト-with-a-long-name")
	h.must(h.AppendLogs(t.Context(), run.ID, []state.LogLine{{Seq: 1, Attempt: 1, Time: h.Now(), Level: "error", Message: "no", Fields: map[string]any{"n": 1}}}))
	run = h.end(run, state.Failed, &state.RunError{Message: strings.Repeat("words ", 50)})

	codes := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"scripts"}, []string{"\x1b[31mbroken\x1b[0m", "\x1b[31mfailing\x1b[0m", "\x1b[1;31merror:\x1b[0m", "日本語のス", "…"}},
		{[]string{"runs"}, []string{"\x1b[31mfailed\x1b[0m", "…", "\x1b[2mID\x1b[0m"}},
		{[]string{"runs", "show", run.ID}, []string{"\x1b[31mfailed\x1b[0m", "\x1b[2mstate    \x1b[0m"}},
		{[]string{"logs"}, []string{" \x1b[31mERROR\x1b[0m no \x1b[2mn=\x1b[0m1\n"}},
	} {
		out := h.expect(exitDone, test.args, test.want, nil)
		if test.args[len(test.args)-1] == run.ID {
			continue // an error is not cut
		}
		for line := range strings.Lines(codes.ReplaceAllString(out, "")) {
			if w := plain.Width(strings.TrimSuffix(line, "\n")); w > h.columns {
				t.Errorf("%q: %q has %d columns", test.args, line, w)
			}
		}
	}
	out := h.expect(exitDone, []string{"runs", "--json"}, []string{"\x1b[34m\"state\"\x1b[0m: \x1b[32m\"failed\"\x1b[0m"}, nil)
	var runs []state.Run
	h.must(json.Unmarshal([]byte(codes.ReplaceAllString(out, "")), &runs))
	if len(runs) != 1 || runs[0].ID != run.ID {
		t.Errorf("%+v", runs)
	}
}

// TestTablesOnNarrowTerminals finds what matters most at each width, and no line that the terminal would break.
func TestTablesOnNarrowTerminals(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "conversations/daily-digest", Schedules: []string{"0 9,12,15,18 * * 1-5"}, Timezone: "Europe/Paris", NextRun: h.Now().Add(20 * time.Minute)}, "print(1)")
	run := h.start("conversations/daily-digest")
	run.Calls, run.Writes = 12, 3
	h.end(run, state.Failed, &state.RunError{Message: strings.Repeat("words ", 50)})
	for columns, titles := range map[int][2]string{
		20:  {"NAME  STATE", "ID  SCRIPT"},
		50:  {"NAME  STATE  NEXT  LAST RUN  SUCCESS", "ID  SCRIPT  STATE  STARTED  TOOK"},
		80:  {"NAME  STATE  STARTS  NEXT  LAST RUN  SUCCESS", "ID  SCRIPT  STATE  STARTED  TOOK  TRIGGER  ERROR"},
		120: {"NAME  STATE  STARTS  NEXT  LAST RUN  SUCCESS", "ID  SCRIPT  STATE  STARTED  TOOK  CALLS  TRIGGER  ERROR"},
		0:   {"NAME  STATE  STARTS  NEXT  LAST RUN  SUCCESS", "ID  SCRIPT  STATE  STARTED  TOOK  CALLS  TRIGGER  ERROR"},
	} {
		h.columns = columns
		for i, command := range []string{"scripts", "runs"} {
			out := h.expect(exitDone, []string{command}, []string{"STATE", "SCRIPT"}[i:i+1], nil)
			first, _, _ := strings.Cut(out, "\n")
			if got := strings.Join(regexp.MustCompile(` {2,}`).Split(first, -1), "  "); got != titles[i] {
				t.Errorf("%s at %d columns has %q, want %q", command, columns, got, titles[i])
			}
			for line := range strings.Lines(out) {
				if w := plain.Width(strings.TrimSuffix(line, "\n")); columns > 0 && w > columns {
					t.Errorf("%s at %d columns: %q has %d", command, columns, line, w)
				}
			}
		}
	}
}

// TestGridOnNarrowTerminal cuts what may be cut, leaves out what matters least, and shows something at any width.
func TestGridOnNarrowTerminal(t *testing.T) {
	for columns, want := range map[int]string{
		0:  "ID        NAME       END\n12345678  long name\n  note\n",
		19: "ID        NAME  END\n12345678  lon…\n  note\n",
		18: "ID        NAME\n12345678  long na…\n  note\n",
		13: "ID        END\n12345678\n  note\n",
		12: "ID\n12345678\n  note\n",
		4:  "ID\n123…\n  note\n",
	} {
		var out testoutput.Buffer
		io := &streams.IO{Out: &out, Columns: func() int { return columns }}
		g := grid{columns: []gridColumn{{"ID", 1, 0}, {"NAME", 2, 4}, {"END", 3, 0}}, rows: []gridRow{
			{cells: []gridCell{{"12345678", ""}, {"long name", ""}, {"", ""}}, note: "  note\n"},
		}}
		if err := printGrid(io, g); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%d columns: %q, want %q", columns, out.String(), want)
		}
	}
}

package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

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
		{[]string{"scripts"}, []string{"\x1b[31mbroken\x1b[0m", "\x1b[32mok\x1b[0m", "\x1b[1;31merror:\x1b[0m", "日本語のス", "…"}},
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
	out := h.expect(exitDone, []string{"runs", "--json"}, []string{colorName + `"state"` + colorOff + `: ` + colorString + `"failed"` + colorOff}, nil)
	var runs []state.Run
	h.must(json.Unmarshal([]byte(codes.ReplaceAllString(out, "")), &runs))
	if len(runs) != 1 || runs[0].ID != run.ID {
		t.Errorf("%+v", runs)
	}
}

// TestGridOnNarrowTerminal cuts what may be cut, and no more.
func TestGridOnNarrowTerminal(t *testing.T) {
	var out testoutput.Buffer
	a := &app{out: &out, columns: func() int { return 12 }}
	g := grid{columns: []gridColumn{{"ID", 0}, {"NAME", 4}, {"END", 0}}, rows: []gridRow{
		{cells: []gridCell{{"12345678", ""}, {"long name", ""}, {"", ""}}, note: "  note\n"},
	}}
	if err := a.printGrid(g); err != nil {
		t.Fatal(err)
	}
	if want := "ID        NAME  END\n12345678  lon…\n  note\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

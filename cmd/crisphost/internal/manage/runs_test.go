package manage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/scripts/state"
)

// ids are the runs of `crisphost runs --json` with flags.
func (h *history) ids(flags ...string) []string {
	h.t.Helper()
	out, errs, code := h.crisphost(append([]string{"runs", "--json"}, flags...)...)
	if code != 0 {
		h.t.Fatalf("%q: exit code %d, %s", flags, code, errs)
	}
	var runs []state.Run
	h.must(json.Unmarshal([]byte(out), &runs))
	ids := make([]string, len(runs))
	for i, run := range runs {
		ids[i] = run.ID
	}
	return ids
}

func TestListRuns(t *testing.T) {
	h := newHistory(t)
	h.alive()
	if out := h.expect(exitDone, []string{"runs", "--json"}, []string{"[]\n"}, nil); out != "[]\n" {
		t.Errorf("an empty list is %q", out)
	}
	h.expect(exitDone, []string{"runs"}, nil, []string{"crisphost: no runs\n"})
	h.script(state.Script{Name: "digest"}, "print(1)\nfail()\n")
	h.script(state.Script{Name: "gone"}, "print(1)")

	old := h.end(h.start("gone"), state.Succeeded, nil)
	h.must(h.DeleteScript(t.Context(), "gone"))
	_, err := h.SQL().ExecContext(t.Context(), "UPDATE runs SET created = created - 259200000000 WHERE id = $1", old.ID)
	h.must(err)
	failing := h.start("digest")
	failing.Calls, failing.Writes = 12, 1
	failed := h.end(failing, state.Failed, &state.RunError{Message: "no \x1b[2J such thing\nmore", File: "digest.lua", Line: 2, Column: 1})
	stopped := h.end(h.start("digest"), state.TimedOut, &state.RunError{Message: "stopped after 1s"})
	running := h.start("digest")
	waiting, err := h.Trigger(t.Context(), "digest", state.Trigger{Kind: state.ByHand, By: "bob@desk"})
	h.must(err)

	out := h.expect(exitDone, []string{"runs"}, []string{
		waiting.ID, running.ID, "12 (1 write)", `digest.lua:2:1: no \u001b[2J such thing`, "ada@desk", "bob@desk", "timed_out", failed.StartedAt.Local().Format(time.RFC3339),
	}, nil)
	if strings.Contains(out, "more") || strings.Contains(out, "\x1b") {
		t.Errorf("an error is more than a line, or reaches the terminal: %q", out)
	}
	if lines := strings.Split(out, "\n"); len(lines) != 7 || !strings.HasPrefix(lines[0], "ID ") || !strings.HasPrefix(lines[5], old.ID) {
		t.Errorf("not the newest first: %q", lines)
	}
	for _, test := range []struct {
		flags []string
		want  []string
	}{
		{nil, []string{waiting.ID, running.ID, stopped.ID, failed.ID, old.ID}},
		{[]string{"--script", "digest"}, []string{waiting.ID, running.ID, stopped.ID, failed.ID}},
		{[]string{"--script", "gone"}, []string{old.ID}},
		{[]string{"--script", "gone", "--state", "failed"}, nil},
		{[]string{"--state", "failed,timed-out"}, []string{stopped.ID, failed.ID}},
		{[]string{"--state", "running", "--state", "Scheduled"}, []string{waiting.ID, running.ID}},
		{[]string{"--since", "2d"}, []string{waiting.ID, running.ID, stopped.ID, failed.ID}},
		{[]string{"--since", "1w"}, []string{waiting.ID, running.ID, stopped.ID, failed.ID, old.ID}},
		{[]string{"--since", old.CreatedAt.AddDate(0, 0, 1).Format(time.RFC3339)}, nil},
		{[]string{"--limit", "0"}, []string{waiting.ID, running.ID, stopped.ID, failed.ID, old.ID}},
		{[]string{"--limit", "5"}, []string{waiting.ID, running.ID, stopped.ID, failed.ID, old.ID}},
	} {
		if got := h.ids(test.flags...); !slices.Equal(got, test.want) {
			t.Errorf("%q: %v, want %v", test.flags, got, test.want)
		}
	}
	h.expect(exitDone, []string{"runs", "-n", "1"}, []string{waiting.ID}, []string{"more than 1 run: --limit 0 lists all"})

	h.columns = 80
	out = h.expect(exitDone, []string{"runs"}, []string{waiting.ID[28:], "…"}, nil)
	for line := range strings.Lines(out) {
		if len([]rune(strings.TrimSuffix(line, "\n"))) > h.columns {
			t.Errorf("%q is wider than the terminal", line)
		}
	}
	h.columns = 0

	h.expect(exitUsage, []string{"runs", "--script", "digset"}, nil, []string{`did you mean "digest"?`})
	h.expect(exitUsage, []string{"runs", "--state", "faild"}, nil, []string{"did you mean failed?"})
	h.expect(exitUsage, []string{"runs", "--state", "banana"}, nil, []string{"it is scheduled, running, succeeded"})
	h.expect(exitUsage, []string{"runs", "--since", "banana"}, nil, []string{"--since", "yesterday"})
	h.expect(exitUsage, []string{"runs", "--limit", "-1"}, nil, []string{"below zero"})
	h.expect(exitUsage, []string{"runs", "shwo"}, nil, []string{"did you mean crisphost runs show?"})
	h.expect(exitUsage, []string{"runs", "digest"}, nil, []string{"crisphost runs --script digest"})
}

// TestRunFields compares the JSON of a run with what is promised.
func TestRunFields(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest"}, "print(1)")
	h.end(h.start("digest"), state.Failed, &state.RunError{Kind: "runtime", Message: "no", File: "digest.lua", Line: 1})
	out, _, _ := h.crisphost("runs", "--json")
	var runs []map[string]any
	h.must(json.Unmarshal([]byte(out), &runs))
	for _, field := range []string{"id", "script", "version", "state", "trigger", "attempt", "host", "started_at", "ended_at", "error", "calls", "writes"} {
		if _, ok := runs[0][field]; !ok {
			t.Errorf("%s is missing in %v", field, runs[0])
		}
	}
	for _, field := range []string{"started_at", "ended_at"} {
		if _, err := time.Parse(time.RFC3339, runs[0][field].(string)); err != nil {
			t.Error(err)
		}
	}
	if trigger := runs[0]["trigger"].(map[string]any); trigger["kind"] != "manual" || trigger["by"] != "ada@desk" {
		t.Errorf("trigger %v", trigger)
	}
}

func TestShowRun(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest"}, "local a\n\tfail(a, \"\x07\")\n")
	run := h.start("digest", "--since", "a b", "\x1b[2J")
	now := h.Now()
	calls := []state.APICall{
		{Time: now, Operation: "conversations.list", Effect: "read", Status: 200, Duration: 40 * time.Millisecond},
		{Time: now, Operation: "conversations.list", Effect: "read", Status: 429, Reason: "rate_limited", Duration: 20 * time.Millisecond},
		{Time: now, Operation: "people.update", Effect: "write", Status: 200, Duration: 5 * time.Millisecond},
		{Time: now, Operation: "people.update", Effect: "write", Reason: policy.Reason},
		{Time: now, Operation: "people.remove", Effect: "delete", Reason: crisp.ReasonInvalidRequest},
	}
	h.must(h.AppendCalls(t.Context(), run.ID, 1, calls))
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("line %d\x1b[31m", i+1))
	}
	h.log(run, 1, lines...)
	run.Calls, run.Writes = 3, 1
	run = h.end(run, state.Failed, &state.RunError{
		Kind: "runtime", Message: "TypeError: a is \x1b]0;nil", Hint: "give it", File: "digest.lua", Line: 2, Column: 2, Trace: "at fail (digest.lua:2:2)\nat digest.lua:9",
	})
	for _, id := range []string{run.ID, run.ID[28:], run.ID[:13], strings.ToUpper(run.ID[24:])} {
		out := h.expect(exitDone, []string{"runs", "show", id}, []string{
			"run        " + run.ID + "\n", "script     digest (digest.lua)\n", "state      failed\n",
			"trigger    by hand, by ada@desk, with --since \"a b\" \\u001b[2J\n", "attempt    1\n", "host       web-1\n", "version    hash-of-digest\n",
			"digest.lua:2:2: TypeError: a is \\u001b]0;nil\n  2 | \tfail(a, \"\ufffd\")\n    | \t^\n  hint: give it\n  at fail (digest.lua:2:2)\n  at digest.lua:9\n",
			"3 API calls, 1 write, 1 failed, 2 refused\n", "  conversations.list     2 x  30 ms  1 failed\n", "  people.update          1 x  5 ms  1 refused\n", "  people.remove          0 x  0 ms  1 refused\n",
			"log, the last 20 of 30 lines (crisphost logs " + run.ID[28:] + " prints all)\n", "line 11\\u001b[31m\n", "line 30",
		}, nil)
		if strings.Contains(out, "line 10\\") || strings.ContainsAny(out, "\x1b\x07") {
			t.Errorf("%q", out)
		}
	}
	var shown map[string]any
	out := h.expect(exitDone, []string{"runs", "show", run.ID, "--json"}, []string{`"id": "` + run.ID}, nil)
	h.must(json.Unmarshal([]byte(out), &shown))
	list := shown["api_calls"].([]any)
	if one := list[1].(map[string]any); len(list) != 5 || one["status"] != 429.0 || one["duration_ms"] != 20.0 || one["reason"] != "rate_limited" {
		t.Errorf("%v", list)
	}

	waiting, err := h.Trigger(t.Context(), "digest", state.Trigger{Kind: state.ByHand})
	h.must(err)
	out = h.expect(exitDone, []string{"runs", "show", waiting.ID}, []string{"state      scheduled\n", "started    -\n", "took       -\n", "host       -\n"}, []string{"no host is running"})
	if strings.Contains(out, "API call") || strings.Contains(out, "log") {
		t.Errorf("nothing was called or printed: %s", out)
	}
	h.expect(exitDone, []string{"runs", "show", waiting.ID, "--json"}, []string{`"api_calls": []`}, nil)

	h.expect(exitUsage, []string{"runs", "show", run.ID[:6]}, nil, []string{"stands for 2 runs", run.ID + "  digest  failed", waiting.ID})
	h.expect(exitUsage, []string{"runs", "show", "ffffffffffff"}, nil, []string{"no run has the ID", "crisphost runs lists them"})
	h.expect(exitUsage, []string{"runs", "show", "digest"}, nil, []string{"digest is a script: crisphost runs --script digest"})
	h.script(state.Script{Name: "evil\x1b[2J"}, "print(1)")
	h.expect(exitUsage, []string{"runs", "show", "evil\x1b[2J"}, nil, []string{`evil\u001b[2J is a script`})
	h.expect(exitUsage, []string{"runs", "evil\x1b[2J"}, nil, []string{`crisphost runs show evil\u001b[2J`})
	h.expect(exitUsage, []string{"runs", "show", "a\x1b[2J"}, nil, []string{`"a\x1b[2J"`})
	h.expect(exitUsage, []string{"runs", "show"}, nil, []string{"needs the ID of a run"})

	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"runs", "show", ""}, waiting.ID[28:] + "\tdigest scheduled "},
		{[]string{"runs", "show", run.ID[:5]}, waiting.ID + "\tdigest scheduled "},
		{[]string{"logs", ""}, run.ID[28:] + "\tdigest failed "},
		{[]string{"cancel", ""}, waiting.ID[28:] + "\tdigest scheduled "},
	} {
		if out, _, _ := h.crisphost(append([]string{"__complete"}, test.args...)...); !strings.Contains(out, test.want) {
			t.Errorf("completion of %q: %q", test.args, out)
		}
	}
	if out, _, _ := h.crisphost("__complete", "cancel", ""); strings.Contains(out, "failed") {
		t.Errorf("cancel offers what has ended: %q", out)
	}
}

func TestRetriedRun(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest"}, "print(1)")
	run := h.start("digest")
	h.log(run, 1, "first")
	run.Error = &state.RunError{Message: "no"}
	h.must(h.RetryRun(t.Context(), run))
	run, err := h.Run(t.Context(), run.ID)
	h.must(err)
	run = h.claim(run)
	h.log(run, 2, "second")
	h.end(run, state.Succeeded, nil)
	h.expect(exitDone, []string{"runs", "show", run.ID}, []string{"attempt    2\n"}, nil)
	h.expect(exitDone, []string{"logs", run.ID}, []string{"first\n-- attempt 2 --\n", "second\n"}, nil)
}

func TestCaughtUp(t *testing.T) {
	run := state.Run{Trigger: state.Trigger{Kind: state.BySchedule}, Missed: true}
	if got := triggerOf(run); got != "schedule, caught up" {
		t.Errorf("%q", got)
	}
	if got := describeTrigger(&run); got != "on schedule, caught up" {
		t.Errorf("%q", got)
	}
}

package manage

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestTrigger(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest"}, "print(1)")
	h.script(state.Script{Name: "broken", Broken: &state.RunError{Message: "no"}}, "")
	h.script(state.Script{Name: "off", Disabled: true}, "print(1)")
	triggered := func(args ...string) state.Run {
		t.Helper()
		out := h.expect(exitDone, append([]string{"trigger"}, args...), []string{"\n"}, []string{"no host is running on this database\n  hint: nothing starts until there is one: crisphost serve DIR\n"})
		run, err := h.Run(t.Context(), strings.TrimSuffix(out, "\n"))
		h.must(err)
		return run
	}
	run := triggered("digest")
	if by := run.Trigger.By; run.State != state.Scheduled || run.Trigger.Kind != state.ByHand || !strings.Contains(by, "@") || run.Trigger.Args != nil {
		t.Errorf("%+v", run)
	}
	run = triggered("--by", "ada", "digest", "--", "--dry", "-x", "a b", "")
	if run.Trigger.By != "ada" || !slices.Equal(run.Trigger.Args, []string{"--dry", "-x", "a b", ""}) {
		t.Errorf("%+v", run)
	}
	h.script(state.Script{Name: "-dash", Path: "-dash.lua"}, "print(1)")
	if run = triggered("--", "-dash"); run.Script != "-dash" || len(run.Trigger.Args) != 0 {
		t.Errorf("%+v", run)
	}
	run = triggered("--by", "ada", "--", "-dash", "--", "-x", "--", "y")
	if run.Script != "-dash" || !slices.Equal(run.Trigger.Args, []string{"-x", "--", "y"}) {
		t.Errorf("%+v", run)
	}
	triggered("off")
	h.expect(exitDone, []string{"trigger", "broken"}, []string{"-"}, []string{"broken is broken", "this run will fail", "no host is running"})
	h.alive()
	out := h.expect(exitDone, []string{"trigger", "digest", "--json"}, []string{`"state": "scheduled"`}, nil)
	h.must(json.Unmarshal([]byte(out), &run))

	h.expect(exitUsage, []string{"trigger", "digset"}, nil, []string{`did you mean "digest"?`})
	h.expect(exitUsage, []string{"trigger"}, nil, []string{"needs the name of a script"})
	h.expect(exitUsage, []string{"trigger", "--"}, nil, []string{"needs the name of a script"})
	h.expect(exitUsage, []string{"trigger", "--", "--dry", "x"}, nil, []string{"the name of the script stands before --", "crisphost trigger NAME -- --dry"})
	h.expect(exitUsage, []string{"trigger", "digest", "x"}, nil, []string{`does not take "x"`, "crisphost trigger digest -- x"})
	h.expect(exitUsage, []string{"trigger", "digest", "x", "--", "y"}, nil, []string{`does not take "x"`})
	h.expect(exitUsage, []string{"trigger", "digest", "--wait", "--json"}, nil, []string{"exclude each other"})
	h.expect(exitUsage, []string{"trigger", "digest", "--wiat"}, nil, []string{"did you mean --wait?"})
}

func TestTriggerWait(t *testing.T) {
	tests := []struct {
		state   state.RunState
		failure *state.RunError
		code    int
		errs    string
	}{
		{state.Succeeded, nil, exitDone, ``},
		{state.Failed, &state.RunError{Kind: "runtime", Message: "no", File: "digest.lua", Line: 2, Column: 1}, exitFailed, "^crisphost: digest.lua:2:1: error: no\n  2 \\| fail\\(\\)\n    \\| \\^\n$"},
		{state.Failed, &state.RunError{Kind: "compile", Message: "no"}, exitFailed, `^crisphost: error: no\n$`},
		{state.TimedOut, &state.RunError{Kind: "timeout", Message: "stopped after 1s", Hint: "@timeout allows more"}, exitTimeout, `^crisphost: error: stopped after 1s\n  hint: @timeout allows more\n$`},
		{state.Cancelled, &state.RunError{Kind: "interrupt", Message: "cancelled"}, exitInterrupted, `^crisphost: run \w{8} was cancelled after .*\n$`},
		{state.Skipped, &state.RunError{Kind: "skipped", Message: "the run before was still going", Hint: "@overlap"}, exitFailed, `^crisphost: run \w{8} was skipped.*: the run before was still going\n  hint: @overlap\n$`},
	}
	for _, test := range tests {
		t.Run(string(test.state), func(t *testing.T) {
			h := newHistory(t)
			h.alive()
			h.script(state.Script{Name: "digest"}, "print(1)\nfail()\n")
			w := h.watch("trigger", "--wait", "digest")
			w.sees(&w.out, "^[-0-9a-f]{36}\n")
			run, err := h.Run(t.Context(), w.out.String()[:36])
			h.must(err)
			run = h.claim(run)
			h.log(run, 1, "hello")
			w.sees(&w.out, "^[-0-9a-f]{36}\n.* hello\n$")
			h.end(run, test.state, test.failure)
			err = <-w.ended
			if code := exitCode(err); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			w.ended <- err
			if err != nil {
				report(&w.errs, false, err)
			}
			if test.errs != "" {
				w.sees(&w.errs, test.errs)
			} else if w.errs.String() != "" {
				t.Error(w.errs.String())
			}
		})
	}
}

func TestTriggerWaitInterrupted(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)")
	w := h.watch("trigger", "--wait", "digest")
	w.sees(&w.out, "\n")
	if code := w.interrupt(); code != exitInterrupted || !strings.Contains(w.errs.String(), "stopped watching; the run continues (crisphost cancel "+w.out.String()[28:36]) {
		t.Errorf("exit code %d, %s", code, w.errs.String())
	}
	if run, err := h.Run(t.Context(), w.out.String()[:36]); err != nil || run.State != state.Scheduled || run.CancelledBy != "" {
		t.Errorf("the run is touched: %+v, %v", run, err)
	}
}

func TestCancel(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest"}, "print(1)")
	waiting, err := h.Trigger(t.Context(), "digest", state.Trigger{Kind: state.ByHand})
	h.must(err)
	running := h.start("digest")
	h.expect(exitDone, []string{"cancel", waiting.ID[28:], "--by", "ada"}, []string{"run " + waiting.ID[28:] + " of digest is cancelled\n"}, nil)
	if run, err := h.Run(t.Context(), waiting.ID); err != nil || run.State != state.Cancelled || run.CancelledBy != "ada" {
		t.Errorf("%+v, %v", run, err)
	}
	h.expect(exitDone, []string{"cancel", running.ID}, []string{"run " + running.ID[28:] + " of digest is asked to end\n"}, []string{"no host is running"})
	if run, err := h.Run(t.Context(), running.ID); err != nil || run.State != state.Running || !strings.Contains(run.CancelledBy, "@") {
		t.Errorf("%+v, %v", run, err)
	}
	h.alive()
	h.expect(exitDone, []string{"cancel", running.ID}, []string{"asked to end"}, nil)
	h.end(running, state.Succeeded, nil)
	h.expect(exitFailed, []string{"cancel", running.ID}, nil, []string{"run " + running.ID[28:] + " of digest has ended already: it succeeded after "})
	h.expect(exitUsage, []string{"cancel", "1234"}, nil, []string{`no run has the ID "1234"`})
	h.expect(exitUsage, []string{"cancel"}, nil, []string{"needs the ID of a run"})
}

// TestInterrupted ends every command before its first look at the database.
func TestInterrupted(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest"}, "print(1)")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(&signals.InterruptedError{Signal: os.Interrupt})
	for _, args := range [][]string{
		{"scripts"}, {"runs"}, {"runs", "show", "1234"}, {"logs"}, {"logs", "-f"}, {"trigger", "digest", "--wait"}, {"pause", "digest"}, {"resume", "digest"}, {"cancel", "1234"},
	} {
		if out, errs, code := h.crisphostUntil(ctx, args...); code != exitInterrupted || out != "" || errs != "crisphost: interrupted\n" {
			t.Errorf("%q: exit code %d, %q, %q", args, code, out, errs)
		}
	}
}

func TestTriggerForAnEarlierEvent(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "answer"}, "print(event.a)")
	h.alive()
	taken, err := h.TakeEvents(t.Context(), []*state.Arrival{{
		Event: state.Event{Name: "message:send", Payload: json.RawMessage(`{"a":1}`), Time: h.Now()}, Identity: "1", Once: true,
		Launches: []state.Launch{{Script: "answer", Lane: state.LaneOf("")}},
	}})
	h.must(err)
	earlier := taken[0].Runs[0]
	out := h.expect(exitDone, []string{"trigger", "answer", "--by", "ada", "--event", earlier.ID[28:]}, []string{"\n"}, nil)
	run, err := h.Run(t.Context(), strings.TrimSuffix(out, "\n"))
	h.must(err)
	if run.ID == earlier.ID || run.Trigger.Kind != state.ByEvent || run.Trigger.Event != "message:send" || run.Trigger.By != "ada" {
		t.Errorf("%+v", run)
	}
	events, err := h.EventsOf(t.Context(), run.ID)
	h.must(err)
	if len(events) != 1 || string(events[0].Payload) != `{"a":1}` {
		t.Errorf("%+v", events)
	}

	manual := h.start("answer")
	h.expect(exitUsage, []string{"trigger", "answer", "--event", manual.ID}, nil, []string{"no event started run " + manual.ID[28:] + " of answer"})
	h.expect(exitUsage, []string{"trigger", "answer", "--event", "1234"}, nil, []string{`no run has the ID "1234"`})
	h.expect(exitUsage, []string{"trigger", "answer", "--event", earlier.ID, "--", "x"}, nil, []string{"exclude each other"})
}

package manage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestLogs(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)")
	h.script(state.Script{Name: "other"}, "print(1)")
	h.expect(exitDone, []string{"logs"}, nil, []string{"there are no runs yet"})
	h.expect(exitDone, []string{"logs", "--script", "digest"}, nil, []string{"there are no runs yet"})
	run := h.start("digest")
	at := time.Date(2026, 11, 20, 14, 5, 6, 7e6, time.Local)
	h.must(h.AppendLogs(t.Context(), run.ID, []state.LogLine{
		{Seq: 1, Attempt: 1, Time: at, Level: "print", Message: "hello\x1b[2J\nand more\n"},
		{Seq: 2, Attempt: 1, Time: at, Level: "warn", Message: "slow", Fields: map[string]any{"b": "two words", "a": 1.5, "c\x1b": "x\x07", "d": map[string]any{"e": nil}}},
		{Seq: 3, Attempt: 1, Time: at, Level: "error", Message: "no"},
	}))
	h.end(run, state.Succeeded, nil)
	stamp := at.Format("2006-01-02T15:04:05.000Z07:00")
	want := stamp + `       hello\u001b[2J` + "\n" + strings.Repeat(" ", len(stamp)+7) + "and more\n" +
		stamp + ` WARN  slow a=1.5 b="two words" c\u001b=x\u0007 d={"e":null}` + "\n" +
		stamp + " ERROR no\n"
	for _, args := range [][]string{{"logs"}, {"logs", run.ID}, {"logs", run.ID[28:]}, {"logs", "--script", "digest"}, {"logs", run.ID, "-n", "3"}, {"logs", "-f", run.ID}} {
		errs := []string(nil)
		if slices.Contains(args, "-f") {
			errs = []string{"crisphost: digest: run " + run.ID[28:] + " succeeded after "}
		}
		if out := h.expect(exitDone, args, []string{"hello"}, errs); out != want {
			t.Errorf("%q: %q, want %q", args, out, want)
		}
	}
	if out, _, _ := h.crisphost("logs", run.ID, "-n", "1"); out != stamp+" ERROR no\n" {
		t.Errorf("the last line is %q", out)
	}
	if out, _, _ := h.crisphost("logs", run.ID, "-n", "0"); out != "" {
		t.Errorf("no line is %q", out)
	}

	out := h.expect(exitDone, []string{"logs", run.ID, "--json"}, []string{"hello"}, nil)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	var line struct {
		Run, Script, Level, Message string
		Seq, Attempt                int
		Time                        time.Time
		Fields                      map[string]any
	}
	h.must(json.Unmarshal([]byte(lines[1]), &line))
	if len(lines) != 3 || line.Run != run.ID || line.Script != "digest" || line.Seq != 2 || line.Attempt != 1 || !line.Time.Equal(at) || line.Fields["b"] != "two words" {
		t.Errorf("%+v in %q", line, lines)
	}
	if strings.ContainsAny(out, "\x1b\x07") {
		t.Errorf("a line reaches the terminal: %q", out)
	}

	silent := h.end(h.start("other"), state.Skipped, &state.RunError{Message: "the run before was still going"})
	h.expect(exitDone, []string{"logs"}, nil, []string{"other: run " + silent.ID[28:] + " has no log lines; it was skipped", "still going"})
	h.expect(exitUsage, []string{"logs", "--script", "digset"}, nil, []string{`did you mean "digest"?`})
	h.expect(exitUsage, []string{"logs", "digest"}, nil, []string{"crisphost logs --script digest"})
	h.expect(exitUsage, []string{"logs", run.ID, "--script", "digest"}, nil, []string{"exclude each other"})
	h.expect(exitUsage, []string{"logs", "-n", "-2"}, nil, []string{"below zero"})

	h.columns = 100
	if out, _, _ := h.crisphost("logs", run.ID); !strings.HasPrefix(out, at.Format("2006-01-02 15:04:05")+"       hello") {
		t.Errorf("on a terminal: %q", out)
	}
}

// watched is a command that goes on while the test does.
type watched struct {
	t         *testing.T
	out, errs testoutput.Buffer
	stop      context.CancelCauseFunc
	ended     chan error
}

func (h *history) watch(args ...string) *watched {
	w := &watched{t: h.t, ended: make(chan error, 1)}
	ctx, stop := context.WithCancelCause(h.t.Context())
	w.stop = stop
	f := h.factory(&w.out, &w.errs)
	go func() { w.ended <- runCommand(ctx, f, args) }()
	h.t.Cleanup(func() { stop(nil) })
	return w
}

// sees waits until the output has what a pattern describes.
func (w *watched) sees(out *testoutput.Buffer, pattern string) {
	w.t.Helper()
	found := regexp.MustCompile(pattern)
	deadline := time.Now().Add(2 * time.Minute)
	for !found.MatchString(out.String()) {
		select {
		case err := <-w.ended:
			w.t.Fatalf("it ended (%v) before it printed %q:\n%s\n%s", err, pattern, w.out.String(), w.errs.String())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("no %q in\n%s\n%s", pattern, w.out.String(), w.errs.String())
		}
	}
}

// exit waits for the end and returns its exit code.
func (w *watched) exit() int {
	w.t.Helper()
	select {
	case err := <-w.ended:
		return exitCode(err)
	case <-time.After(2 * time.Minute):
		w.t.Fatalf("it does not end:\n%s\n%s", w.out.String(), w.errs.String())
		return -1
	}
}

func (w *watched) interrupt() int {
	w.stop(&signals.InterruptedError{Signal: os.Interrupt})
	return w.exit()
}

func TestFollowRun(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)")
	run, err := h.Trigger(t.Context(), "digest", state.Trigger{Kind: state.ByHand})
	h.must(err)
	w := h.watch("logs", "-f", run.ID[20:])
	run = h.claim(run)
	h.log(run, 1, "one")
	w.sees(&w.out, "one\n$")
	run.Error = &state.RunError{Message: "no"}
	h.must(h.RetryRun(t.Context(), run))
	w.sees(&w.errs, "will be tried again")
	run, err = h.Run(t.Context(), run.ID)
	h.must(err)
	run = h.claim(run)
	var many []string
	for i := range 3 * logPage {
		many = append(many, fmt.Sprint("line ", i))
	}
	h.log(run, 2, many...)
	h.end(run, state.Failed, &state.RunError{Message: "no", File: "digest.lua", Line: 1})
	if code := w.exit(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if got := strings.Count(w.out.String(), "\n"); got != 2+3*logPage || !strings.HasSuffix(w.out.String(), many[len(many)-1]+"\n") {
		t.Errorf("%d lines", got)
	}
	w.sees(&w.errs, `^crisphost: digest: run \w+ will be tried again\ncrisphost: digest: run \w+ failed after .*: digest.lua:1: no\n$`)
}

func TestFollowScript(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)")
	h.script(state.Script{Name: "other"}, "print(1)")
	older := h.start("digest")
	h.log(older, 1, "of an older run")
	h.end(older, state.Succeeded, nil)
	latest := h.start("digest")
	h.log(latest, 1, "of the latest run")
	h.end(latest, state.Succeeded, nil)
	one, all := h.watch("logs", "-f", "--script", "digest"), h.watch("logs", "-f", "--json")
	one.sees(&one.out, `^\w{8} \| .* of the latest run\n$`)
	all.sees(&all.out, `of the latest run.*\n$`)

	first, second, foreign := h.start("digest"), h.start("digest"), h.start("other")
	h.log(first, 1, "first\nline")
	one.sees(&one.out, `first\n\w{8} \| +line\n$`)
	h.log(second, 1, "second")
	one.sees(&one.out, first.ID[28:]+` \| .*\n`+second.ID[28:]+` \| .* second\n$`)
	h.log(foreign, 1, "foreign")
	all.sees(&all.out, `"script":"other".*"message":"foreign"`)
	h.log(first, 2, "first again")
	h.end(second, state.Cancelled, nil)
	one.sees(&one.errs, "digest: run "+second.ID[28:]+" was cancelled")
	one.sees(&one.out, "first again\n$")
	all.sees(&all.out, `"message":"first again"\}\n$`)
	h.end(first, state.Succeeded, nil)
	one.sees(&one.errs, "digest: run "+first.ID[28:]+" succeeded after")
	if code := one.interrupt(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if code := all.interrupt(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	for _, w := range []*watched{one, all} {
		if strings.Contains(w.out.String(), "older") || strings.Count(w.out.String(), "first again") != 1 {
			t.Errorf("too much was printed:\n%s", w.out.String())
		}
	}
	if strings.Contains(one.out.String(), "foreign") || all.errs.String() != "" {
		t.Errorf("too much was printed:\n%s\n%s", one.out.String(), all.errs.String())
	}

	everything := h.watch("logs", "-f")
	everything.sees(&everything.out, `^other \w{8} \| .* foreign\n$`)
	waiting, err := h.Trigger(t.Context(), "digest", state.Trigger{Kind: state.ByHand})
	h.must(err)
	foreign.Error = &state.RunError{Message: "no"}
	h.must(h.RetryRun(t.Context(), foreign))
	everything.sees(&everything.errs, "other: run "+foreign.ID[28:]+" will be tried again")
	waiting = h.claim(waiting)
	everything.sees(&everything.errs, "digest: run "+waiting.ID[28:]+" has started")
	h.log(waiting, 1, "at last")
	everything.sees(&everything.out, `\ndigest `+waiting.ID[28:]+` \| .* at last\n$`)
	// A run that is dropped from the history ends nothing.
	h.drop(waiting)
	last := h.start("digest")
	h.log(last, 1, "and again")
	everything.sees(&everything.out, `and again\n$`)
	one = h.watch("logs", "-f", last.ID)
	one.sees(&one.out, `and again\n$`)
	h.drop(last)
	if err := <-one.ended; err == nil || !strings.Contains(err.Error(), "dropped from the history") {
		t.Errorf("%v", err)
	}
	everything.interrupt()
}

// drop removes a run as the history's bounds do.
func (h *history) drop(run state.Run) {
	h.t.Helper()
	_, err := h.SQL().ExecContext(h.t.Context(), "DELETE FROM runs WHERE id = $1", run.ID)
	h.must(err)
}

// brokenPipe is a reader that went away.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestFollowIntoNothing(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)")
	run := h.start("digest")
	h.log(run, 1, "one")
	var errs testoutput.Buffer
	f := h.factory(&testoutput.Buffer{}, &errs)
	f.IO.Out = brokenPipe{}
	if err := runCommand(t.Context(), f, []string{"logs", "-f", run.ID}); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("%v", err)
	}
}

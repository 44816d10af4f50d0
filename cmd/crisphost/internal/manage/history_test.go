package manage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/scripts/state"
)

// history is a host's database with what a host would have written into it, and the command line that works on it.
type history struct {
	*state.DB
	t       *testing.T
	address string
	// columns is the width of the terminal, or 0 for a pipe.
	columns int
	color   bool
}

func newHistory(t *testing.T) *history {
	return openHistory(t, statetest.SQLite(t))
}

func openHistory(t *testing.T, address string) *history {
	t.Helper()
	return &history{DB: statetest.Open(t, address), t: t, address: address}
}

func (h *history) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// script saves a script of one file.
func (h *history) script(s state.Script, code string) {
	h.t.Helper()
	if s.Path == "" {
		s.Path = s.Name + ".lua"
	}
	if code != "" {
		s.Version = "hash-of-" + s.Name
		h.must(h.PutVersion(h.t.Context(), &state.Version{Hash: s.Version, Script: s.Name, Entry: s.Path, Language: "lua", Files: map[string][]byte{s.Path: []byte(code)}}))
	}
	s.Language = "lua"
	h.must(h.PutScript(h.t.Context(), s))
}

// start begins a run of a script by hand.
func (h *history) start(script string, args ...string) state.Run {
	h.t.Helper()
	run, err := h.Trigger(h.t.Context(), script, state.Trigger{Kind: state.ByHand, By: "ada@desk", Args: args})
	h.must(err)
	return h.claim(run)
}

func (h *history) claim(run state.Run) state.Run {
	h.t.Helper()
	s, err := h.Script(h.t.Context(), run.Script)
	h.must(err)
	run, verdict, err := h.ClaimRun(h.t.Context(), state.Claim{Run: run.ID, Script: run.Script, Host: "web-1", Version: s.Version, Overlap: "allow"})
	h.must(err)
	if verdict != state.Start {
		h.t.Fatalf("the run does not start: %s", verdict)
	}
	return run
}

func (h *history) log(run state.Run, first int64, messages ...string) {
	h.t.Helper()
	lines := make([]state.LogLine, len(messages))
	for i, m := range messages {
		lines[i] = state.LogLine{Seq: first + int64(i), Attempt: run.Attempt, Time: h.Now(), Level: "print", Message: m}
	}
	h.must(h.AppendLogs(h.t.Context(), run.ID, lines))
}

func (h *history) end(run state.Run, s state.RunState, failure *state.RunError) state.Run {
	h.t.Helper()
	run.State, run.Error = s, failure
	h.must(h.FinishRun(h.t.Context(), run))
	run, err := h.Run(h.t.Context(), run.ID)
	h.must(err)
	return run
}

// alive has a host's heart beat once, which holds for as long as a test takes.
func (h *history) alive() {
	h.t.Helper()
	_, err := h.DB.Beat(h.t.Context(), state.Host{ID: "web-1-ABC", Name: "web-1", Started: h.Now()})
	h.must(err)
	_, err = h.SQL().ExecContext(h.t.Context(), "UPDATE hosts SET beat = $1", h.Now().Add(time.Hour).UnixMicro())
	h.must(err)
}

// factory is that of a process that finds the database in its environment.
func (h *history) factory(out, errs *testoutput.Buffer) *cmdutil.Factory {
	env := map[string]string{hostdb.EnvDatabase: h.address, "CRISPHOST_CONFIG_DIR": h.t.TempDir(), "USER": "tester"}
	return &cmdutil.Factory{
		IO: &streams.IO{
			In: strings.NewReader(""), Out: out, Err: errs, Columns: func() int { return h.columns }, ColorOut: h.color, ColorErr: h.color,
		},
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
}

// crisphost runs a command line.
func (h *history) crisphost(args ...string) (out, errs string, code int) {
	h.t.Helper()
	return h.crisphostUntil(h.t.Context(), args...)
}

// crisphostUntil runs a command line until a context ends, as it does at Ctrl-C.
func (h *history) crisphostUntil(ctx context.Context, args ...string) (out, errs string, code int) {
	var stdout, stderr testoutput.Buffer
	f := h.factory(&stdout, &stderr)
	err := runCommand(ctx, f, args)
	if err != nil {
		report(&stderr, h.color, err)
	}
	return stdout.String(), stderr.String(), exitCode(err)
}

// runCommand runs a command line of a program that has the commands of this package alone.
func runCommand(ctx context.Context, f *cmdutil.Factory, args []string) error {
	cmd := &cobra.Command{Use: "crisphost", SilenceErrors: true, SilenceUsage: true}
	cmd.SetIn(f.IO.In)
	cmd.SetOut(f.IO.Out)
	cmd.SetErr(f.IO.Err)
	cmd.SetFlagErrorFunc(usage.FlagError)
	cmd.AddCommand(Commands(f)...)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // by a database, which does not tell why
		return context.Cause(ctx)
	}
	return err
}

// The exit codes of the program.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitTimeout     = 124
	exitInterrupted = 130
)

// exitCode tells apart the errors of these commands that the program maps to codes of their own.
func exitCode(err error) int {
	var ended *OutcomeError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &ended) && ended.Run.State == state.TimedOut:
		return exitTimeout
	case errors.As(err, &ended) && ended.Run.State == state.Cancelled, errors.As(err, new(*signals.InterruptedError)):
		return exitInterrupted
	case errors.As(err, new(*usage.Error)):
		return exitUsage
	default:
		return exitFailed
	}
}

// report writes an error as the program does.
func report(w io.Writer, color bool, err error) {
	fmt.Fprint(w, "crisphost: ")
	var (
		ended *OutcomeError
		wrong *usage.Error
	)
	switch {
	case errors.As(err, &ended):
		_ = ended.Format(w, color)
	case errors.As(err, &wrong):
		usage.Print(w, err.Error(), wrong.Hint)
	default:
		usage.Print(w, err.Error(), "")
	}
}

// expect runs a command line and compares its exit code, what it prints and what it says on standard error: each text has to occur.
func (h *history) expect(code int, args []string, out, errs []string) string {
	h.t.Helper()
	gotOut, gotErr, got := h.crisphost(args...)
	if got != code {
		h.t.Errorf("%q: exit code %d, want %d", args, got, code)
	}
	for _, c := range []struct {
		stream, got string
		want        []string
	}{{"standard output", gotOut, out}, {"standard error", gotErr, errs}} {
		for _, text := range c.want {
			if !strings.Contains(c.got, text) {
				h.t.Errorf("%q: standard output:\n%s\nstandard error:\n%s\n%s lacks %q", args, gotOut, gotErr, c.stream, text)
			}
		}
		if c.want == nil && c.got != "" {
			h.t.Errorf("%q: %s is not empty:\n%s", args, c.stream, c.got)
		}
	}
	return gotOut
}

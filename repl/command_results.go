package repl

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/gate"
	"github.com/crisphost/crisphost/repl/internal/render"
)

func formatCommand(f render.Format) func(*shell, string) error {
	return func(s *shell, _ string) error {
		s.format = f
		if s.more != nil {
			s.more.columns = nil
		}
		s.note("results are shown as %s", f)
		return nil
	}
}

// note is a remark of a command, for people only.
func (s *shell) note(format string, args ...any) {
	if s.cfg.Terminal.Interactive {
		s.screen.Note(format, args...)
	}
}

func (s *shell) commandExpanded(argument string) error {
	on, err := switchOf("expanded", argument, s.expanded)
	if err != nil {
		return err
	}
	s.expanded = on
	s.note("expanded is %s", onOff(on))
	return nil
}

func (s *shell) commandOut(argument string) error {
	err := s.out.close()
	if s.out != nil {
		s.note("%s is closed", s.out.name)
	}
	s.out = nil
	if err != nil || argument == "" {
		return err
	}
	name := s.fileName(argument)
	if s.out, err = openOutput(name); err != nil {
		return err
	}
	s.note("results go to %s; .out brings them back", name)
	return nil
}

func (s *shell) commandTime(argument string) error {
	if argument == "" || argument == "on" || argument == "off" {
		on, err := switchOf("time", argument, s.timing)
		s.timing = on
		s.note("time is %s", onOff(on))
		return err
	}
	before := s.timing
	s.timing = true
	defer func() { s.timing = before }()
	return s.evaluate(argument, false)
}

func (s *shell) commandWatch(argument string) error {
	interval, code, _ := strings.Cut(argument, " ")
	every, err := time.ParseDuration(interval)
	if seconds, numberErr := strconv.ParseFloat(interval, 64); numberErr == nil {
		every, err = time.Duration(seconds*float64(time.Second)), nil
	}
	const least = 100 * time.Millisecond
	if code = strings.TrimSpace(code); err != nil || code == "" || every < least {
		return &hintError{"the interval or the expression is missing", "write .watch SECONDS EXPR, for example .watch 5 crisp.visitors.count()"}
	}
	for {
		t := s.current()
		out, cancel, err := s.eval(t, t.entryName(), code)
		if err != nil {
			return err
		}
		// Only now, so that the old values stand until there are new ones.
		if s.screen.Live {
			s.screen.Print(clearScreen)
		}
		s.note("every %s · %s · Ctrl-C stops", every, s.cfg.Now().Format("15:04:05"))
		if err := s.show(out, cancel); err != nil {
			return err
		}
		if s.pause(every) {
			return nil
		}
	}
}

// clearScreen moves to the first line and clears what stands below.
const clearScreen = "\x1b[H\x1b[2J"

// pause waits, and reports whether Ctrl-C or the end of the shell cut it short.
func (s *shell) pause(d time.Duration) (cut bool) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	s.attendTo(cancel, func() {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}, false)
	return ctx.Err() != nil
}

func (s *shell) commandTrace(argument string) error {
	if argument == "" {
		if s.lastErr == nil {
			s.note("no error so far")
			return nil
		}
		before := s.tracing
		s.tracing = true
		s.screen.Write(s.cfg.Err, s.describeError(s.lastErr))
		s.tracing = before
		return nil
	}
	on, err := switchOf("trace", argument, s.tracing)
	s.tracing = on
	if err == nil {
		s.note("traces are %s", onOff(on))
	}
	return err
}

// commandPlan evaluates with every write held back.
func (s *shell) commandPlan(argument string) error {
	plan := &gate.Plan{}
	s.gates.Hold(plan)
	t := s.current()
	out, cancel, err := s.eval(t, t.entryName(), argument)
	if err == nil && out.Sequence != nil {
		// The items of a stream come when somebody asks, and nobody will.
		cancel(nil)
	}
	s.gates.Hold(nil)
	writes := plan.Writes()
	if len(writes) > 0 || err == nil {
		s.deliver(s.describePlan(writes))
	}
	if err != nil && len(writes) > 0 {
		s.note("the plan ends here:")
	}
	return err
}

// maxPlanShown is how many calls of a plan are shown with their bodies.
const maxPlanShown = 20

func (s *shell) describePlan(writes []gate.Request) string {
	if len(writes) == 0 {
		return s.Paint(paint.Dim, "no writes") + "\n"
	}
	var b strings.Builder
	shown := len(writes)
	if s.out == nil && s.cfg.Terminal.Interactive {
		shown = min(shown, maxPlanShown)
	}
	for i := range writes[:shown] {
		b.WriteString(s.request(&writes[i]))
	}
	if hidden := len(writes) - shown; hidden > 0 {
		b.WriteString(s.Paint(paint.Dim, fmt.Sprintf("  … and %s more", paint.Plural(hidden, "write"))) + "\n")
	}
	summary := paint.Plural(len(writes), "call") + " would be made, none was sent"
	if slices.ContainsFunc(writes, func(r gate.Request) bool { return !r.IsHTTP() }) {
		summary = paint.Plural(len(writes), "write") + " would be made, none was"
	}
	b.WriteString(s.Paint(paint.Dim, summary) + "\n")
	return b.String()
}

func (s *shell) commandSafe(argument string) error {
	switch level := Safety(argument); level {
	case SafetyOff, SafetyWrites, SafetyDeletes:
		s.gates.SetLevel(level)
	case "":
	default:
		return &hintError{fmt.Sprintf(".safe takes off, writes or deletes, not %q", plain.Line(argument)), "deletes asks before calls that delete or send, writes before all that change something"}
	}
	level, live := s.gates.Level()
	switch {
	case live && s.cfg.Client != nil:
		s.banner()
	case live:
		s.note("%s", s.asking())
	default:
		s.note("safe is %s; on this website nothing asks, because nothing is real", level)
	}
	return nil
}

func (s *shell) commandHelp(argument string) error { return s.help(argument) }

func (s *shell) commandJS(string) error { return s.switchTo(engine.JavaScript) }

func (s *shell) commandLua(string) error { return s.switchTo(engine.Lua) }

func (s *shell) commandClear(string) error {
	if s.screen.Live {
		s.screen.Print(clearScreen)
	}
	return nil
}

func (s *shell) commandExit(string) error {
	s.left = true
	return nil
}

package repl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/gate"
)

// hintError is an error of the shell that tells what to do.
type hintError struct{ problem, hint string }

func (e *hintError) Error() string { return e.problem }

// explainedError is an error of an entry with a hint of the shell's.
type explainedError struct {
	hint string
	err  error
}

func (e *explainedError) Error() string { return e.err.Error() }
func (e *explainedError) Unwrap() error { return e.err }

// hintOf is what an error suggests to try, or empty.
func (s *shell) hintOf(err error) string {
	var (
		explained *explainedError
		script    *engine.Error
		host      *engine.HostError
		api       *crisp.Error
		own       *hintError
	)
	switch {
	case errors.As(err, &explained):
		return explained.hint
	case errors.As(err, &script) && script.Hint != "":
		return script.Hint
	case errors.As(err, new(*engine.MemoryError)):
		return "let go of what is no longer needed (set it to " + map[bool]string{true: "nil", false: "null"}[s.language == engine.Lua] + "), take each instead of list and csv.rows instead of csv.parse, or start with a larger --memory"
	case errors.As(err, &host) && host.Hint != "":
		return host.Hint
	case errors.As(err, &api):
		return api.Hint()
	case errors.As(err, &own):
		return own.hint
	}
	return ""
}

// describeError is one line with the reason, and one with what to try. With .trace the calls follow.
func (s *shell) describeError(err error) string {
	var script *engine.Error
	var declined *declinedError
	message, hint := err.Error(), s.hintOf(err)
	name := "error"
	isScript := errors.As(err, &script)
	switch {
	case isScript && script.Kind == engine.KindInterrupt, errors.Is(err, errInterrupted):
		return s.Paint(paint.Dim, "stopped") + "\n"
	case errors.As(err, &declined):
		return s.Paint(paint.Dim, declined.Error()) + "\n"
	}
	if isScript {
		message = script.Message
		if script.Name != "" && script.Name != "Error" {
			name = script.Name
		}
	}
	if refused := (*gate.RefusedError)(nil); errors.As(err, &refused) {
		message, name = refused.Error(), "refused"
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(plain.Lines(message)), "\n")
	var b strings.Builder
	b.WriteString(s.Paint(paint.Error, name+":") + " " + first)
	if script != nil && s.placeMatters(script) {
		b.WriteString(s.Paint(paint.Dim, " ("+s.place(script.Position)+")"))
	}
	b.WriteByte('\n')
	if hint != "" {
		hint = strings.ReplaceAll(hint, "`crisphost help ", "`.help ")
		b.WriteString("  " + s.Paint(paint.Hint, "hint:") + " " + strings.ReplaceAll(plain.Lines(hint), "\n", "\n  ") + "\n")
	}
	if inner := isScript && script.Name == "AggregateError"; rest != "" && (s.tracing || inner) { // which says what failed in the others
		b.WriteString("  " + strings.ReplaceAll(rest, "\n", "\n  ") + "\n")
	}
	if s.tracing {
		b.WriteString(s.traceOf(err))
	}
	return b.String()
}

// placeMatters reports whether the position says more than what was just entered: it is in a file, or behind the first line.
func (s *shell) placeMatters(e *engine.Error) bool {
	if e.Line == 0 {
		return false
	}
	return !strings.HasPrefix(e.File, entryPrefix) || e.Line > 1 || e.Kind == engine.KindCompile || !s.cfg.Terminal.Interactive
}

func (s *shell) place(p engine.Position) string {
	if !strings.HasPrefix(p.File, entryPrefix) {
		return p.String()
	}
	text := fmt.Sprintf("line %d", p.Line)
	if p.Column > 0 {
		text += fmt.Sprintf(", column %d", p.Column)
	}
	return text
}

// traceOf is where an error came from: the source line, the calls, and the errors behind it.
func (s *shell) traceOf(err error) string {
	var b strings.Builder
	var script *engine.Error
	if errors.As(err, &script) {
		if script.SourceLine != "" {
			b.WriteString("  " + s.Paint(paint.Dim, fmt.Sprintf("%d | ", script.Line)) + plain.Lines(script.SourceLine) + "\n")
		}
		for _, f := range script.Trace {
			line := "at " + s.place(f.Position)
			if f.Function != "" {
				line = "at " + plain.Line(f.Function) + " (" + s.place(f.Position) + ")"
			}
			b.WriteString("  " + s.Paint(paint.Dim, line) + "\n")
		}
	}
	seen := err.Error()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		if text := cause.Error(); !strings.Contains(seen, text) {
			b.WriteString("  " + s.Paint(paint.Dim, "because "+plain.Lines(text)) + "\n")
			seen = text
		}
	}
	return b.String()
}

package manage

import (
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/sourceline"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/scripts/state"
)

// OutcomeError is the end of a run that did not succeed.
type OutcomeError struct {
	Run     state.Run
	version *state.Version
}

func (e *OutcomeError) Error() string {
	return fmt.Sprintf("run %s %s", shortID(e.Run.ID), outcome(e.Run))
}

// Format writes the error of a run that somebody waited for, as that of a script that crisphost run has run.
func (e *OutcomeError) Format(w io.Writer, color bool) error {
	switch failure := e.Run.Error; {
	case failure == nil || e.Run.State == state.Cancelled:
		usage.Print(w, e.Error(), "")
		return nil
	case e.Run.State == state.Skipped:
		usage.Print(w, e.Error(), plain.Lines(failure.Hint))
		return nil
	default:
		return formatRunError(w, failure, e.version, color)
	}
}

// outcome tells in words how a run ended, with the reason on one line, or how far it is.
func outcome(run state.Run) string {
	text := string(run.State)
	switch run.State {
	case state.TimedOut:
		text = "timed out"
	case state.Skipped, state.Cancelled:
		text = "was " + text
	case state.Scheduled, state.Running:
		return "is " + text
	}
	if run.State == state.Cancelled && run.CancelledBy != "" {
		text += " by " + plain.Line(run.CancelledBy)
	}
	if !run.StartedAt.IsZero() && run.EndedAt.After(run.StartedAt) {
		text += " after " + timetext.Elapsed(run.EndedAt.Sub(run.StartedAt))
	}
	if run.Error != nil && run.State != state.Cancelled {
		text += ": " + errorLine(run.Error)
	}
	return text
}

// errorLine is an error on one line: its place and the first line of its message.
func errorLine(e *state.RunError) string {
	message, _, _ := strings.Cut(strings.TrimSpace(e.Message), "\n")
	if place := (engine.Position{File: e.File, Line: e.Line, Column: e.Column}).String(); place != "" {
		message = place + ": " + message
	}
	return plain.Line(message)
}

// formatRunError writes an error with its source line, which the version has where the error does not bring it.
func formatRunError(w io.Writer, e *state.RunError, version *state.Version, color bool) error {
	shown := engine.Error{
		Position: engine.Position{File: e.File, Line: e.Line, Column: e.Column},
		Message:  e.Message, Hint: e.Hint, SourceLine: e.SourceLine,
	}
	// The class of what was thrown stands at the beginning, where Format has it apart.
	if name, message, ok := strings.Cut(shown.Message, ": "); ok && strings.HasSuffix(name, "Error") && !strings.ContainsAny(name, " \n") {
		shown.Name, shown.Message = name, message
	}
	if shown.SourceLine == "" && version != nil {
		shown.SourceLine = sourceline.At(version.Files[e.File], e.Line)
	}
	if err := shown.Format(w, color); err != nil {
		return err
	}
	// As in Format, a trace of one place says nothing new.
	if frames := strings.Split(e.Trace, "\n"); len(frames) > 1 || strings.Contains(e.Trace, "(") {
		for _, frame := range frames {
			if _, err := fmt.Fprintln(w, "  "+streams.Paint(color, streams.Dim, plain.Line(frame))); err != nil {
				return err
			}
		}
	}
	return nil
}

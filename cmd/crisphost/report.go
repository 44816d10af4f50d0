package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// report tells an error on standard error: one line, then the source line with a caret, what the API said and a hint,
// where there are such.
func (a *app) report(err error) {
	fmt.Fprint(a.err, "crisphost: ")
	var (
		script *engine.Error
		header *scripts.HeaderError
		api    *crisp.Error
		usage  *usageError
		ended  *outcomeError
		login  *loginError
	)
	switch {
	case errors.As(err, &script):
		shown := *script
		if errors.As(err, &api) {
			shown.Hint = firstOf(shown.Hint, api.Hint())
		}
		if shown.Kind == engine.KindTimeout {
			shown.Hint = firstOf(shown.Hint, "allow more time with --timeout or @timeout in the script's header; --timeout 0 sets no limit")
		}
		if errors.As(err, new(*engine.MemoryError)) {
			shown.Hint = firstOf(shown.Hint, "take each instead of list, which keeps one item at a time, or allow more with --memory; --memory 0 sets no limit")
		}
		_ = shown.Format(a.err, a.colorErr)
		a.reportAPI(shown.Message, api)
	case errors.As(err, &header):
		for _, e := range header.All() {
			shown := engine.Error{Position: e.Position, Message: e.Problem, Hint: e.Hint, SourceLine: e.SourceLine}
			_ = shown.Format(a.err, a.colorErr)
		}
	case errors.As(err, &ended):
		a.reportOutcome(ended)
	case errors.As(err, &usage):
		a.reportLine(err.Error(), usage.hint)
	case errors.As(err, &login):
		a.reportLine(err.Error(), login.hint())
	case errors.As(err, &api):
		a.reportLine(err.Error(), api.Hint())
	default:
		a.reportLine(err.Error(), "")
	}
}

// reportOutcome shows the error of a run that somebody waited for, as that of a script that crisphost run has run.
func (a *app) reportOutcome(e *outcomeError) {
	switch failure := e.run.Error; {
	case failure == nil || e.run.State == state.Cancelled:
		a.reportLine(e.Error(), "")
	case e.run.State == state.Skipped:
		a.reportLine(e.Error(), plain.Lines(failure.Hint))
	default:
		_ = formatRunError(a.err, failure, e.version, a.colorErr)
	}
}

func (a *app) reportLine(problem, hint string) {
	fmt.Fprintln(a.err, problem)
	if hint != "" {
		fmt.Fprintln(a.err, "  hint: "+strings.ReplaceAll(hint, "\n", "\n  "))
	}
}

// reportAPI shows what the API said where the message of the script's error does not: a script may throw an error of its own
// with the API's as the cause.
func (a *app) reportAPI(message string, e *crisp.Error) {
	if e == nil {
		return
	}
	bare := *e
	bare.Operation = "" // the message of a host function has its own name in its place
	if !strings.Contains(message, bare.Error()) {
		fmt.Fprintln(a.err, "  cause: "+e.Error())
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

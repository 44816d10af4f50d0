package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/account"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/manage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts"
)

// report writes an error for people: one line, then the source line with a caret, what the API said and a hint, where there are such.
func report(w io.Writer, color bool, err error) {
	fmt.Fprint(w, "crisphost: ")
	var (
		script *engine.Error
		header *scripts.HeaderError
		api    *crisp.Error
		wrong  *usage.Error
		ended  *manage.OutcomeError
		login  *account.LoginError
	)
	switch {
	case errors.As(err, &script):
		shown := *script
		if errors.As(err, &api) {
			shown.Hint = cmp.Or(shown.Hint, api.Hint())
		}
		if shown.Kind == engine.KindTimeout {
			shown.Hint = cmp.Or(shown.Hint, "allow more time with --timeout or @timeout in the script's header; --timeout 0 sets no limit")
		}
		if errors.As(err, new(*engine.MemoryError)) {
			shown.Hint = cmp.Or(shown.Hint, "keep one item at a time: each instead of list, "+
				"csv.rows instead of csv.parse, files.lines instead of files.read; or allow more with --memory (0 sets no limit)")
		}
		_ = shown.Format(w, color)
		reportAPI(w, shown.Message, api)
	case errors.As(err, &header):
		for _, e := range header.All() {
			shown := engine.Error{Position: e.Position, Message: e.Problem, Hint: e.Hint, SourceLine: e.SourceLine}
			_ = shown.Format(w, color)
		}
	case errors.As(err, &ended):
		_ = ended.Format(w, color)
	case errors.As(err, &wrong):
		usage.Print(w, err.Error(), wrong.Hint)
	case errors.As(err, &login):
		usage.Print(w, err.Error(), login.Hint())
	case errors.As(err, &api):
		usage.Print(w, err.Error(), api.Hint())
	default:
		usage.Print(w, err.Error(), "")
	}
}

// reportAPI shows what the API said where the message of the script's error does not: a script may throw an error of its own
// with the API's as the cause.
func reportAPI(w io.Writer, message string, e *crisp.Error) {
	if e == nil {
		return
	}
	bare := *e
	bare.Operation = "" // the message of a host function has its own name in its place
	if !strings.Contains(message, bare.Error()) {
		fmt.Fprintln(w, "  cause: "+plain.Lines(e.Error()))
	}
}

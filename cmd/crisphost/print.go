package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/scripts/state"
)

// The colours of tables and logs on a terminal.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func paint(on bool, color, text string) string {
	if !on || color == "" || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + colorOff
}

// terminalWidth is the number of columns of standard output, or 0 when it is no terminal.
func terminalWidth() int {
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// printJSON prints a value indented, and coloured on a terminal.
func (a *app) printJSON(v any) error {
	text, err := jsonLine(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := a.indentJSON(&b, []byte(text)); err != nil {
		return err
	}
	_, err = a.out.Write(b.Bytes())
	return err
}

// jsonLine is a value as JSON on one line, without characters that a terminal would obey.
func jsonLine(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	// They can only stand in strings, where their escapes mean the same.
	return plain.Line(strings.TrimSuffix(b.String(), "\n")), nil
}

// when is a time: how far it is from now on a terminal, and RFC 3339 elsewhere.
func (a *app) when(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case a.columns() > 0:
		return relative(t, now)
	}
	return t.Local().Format(time.RFC3339)
}

// relative tells how far a time is from now.
func relative(t, now time.Time) string { return timetext.Relative(t, now, time.Second) }

// idOf is a run's ID: the end of it on a terminal, which tells runs apart, and all of it elsewhere.
func (a *app) idOf(run state.Run) string {
	if a.columns() > 0 {
		return shortID(run.ID)
	}
	return plain.Line(run.ID)
}

// shortID is the end of an ID, which is random.
func shortID(id string) string {
	const shown = 8
	return plain.Line(id[max(0, len(id)-shown):])
}

// stateColor is the colour of a run's state.
func stateColor(s state.RunState) string {
	switch s {
	case state.Succeeded:
		return green
	case state.Failed, state.TimedOut:
		return red
	case state.Running:
		return cyan
	case state.Cancelled, state.Skipped:
		return yellow
	default:
		return dim
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/timetext"
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

// printJSON prints a value indented, and coloured on a terminal.
func (s *stdio) printJSON(v any) error {
	text, err := jsonLine(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.indentJSON(&b, []byte(text)); err != nil {
		return err
	}
	_, err = s.out.Write(b.Bytes())
	return err
}

// indentJSON writes JSON text indented, and coloured on a terminal.
func (s *stdio) indentJSON(b *bytes.Buffer, data []byte) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, data, "", "  "); err != nil {
		return err
	}
	if s.colorOut {
		b.WriteString(colorJSON(indented.String()))
	} else {
		b.Write(indented.Bytes())
	}
	b.WriteByte('\n')
	return nil
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
func (s *stdio) when(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case s.columns() > 0:
		return relative(t, now)
	}
	return t.Local().Format(time.RFC3339)
}

// relative tells how far a time is from now.
func relative(t, now time.Time) string { return timetext.Relative(t, now, time.Second) }

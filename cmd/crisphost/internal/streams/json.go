package streams

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/jsoncolor"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/timetext"
)

// The colours of tables and logs on a terminal.
const (
	bold   = "1"
	Dim    = "2"
	Red    = "31"
	Green  = "32"
	Yellow = "33"
	Cyan   = "36"
)

// Paint colours a text if on is set.
func Paint(on bool, color, text string) string {
	if !on || color == "" || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// PrintJSON prints a value indented, and coloured on a terminal.
func (s *IO) PrintJSON(v any) error {
	text, err := JsonLine(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.IndentJSON(&b, []byte(text)); err != nil {
		return err
	}
	_, err = s.Out.Write(b.Bytes())
	return err
}

// PrintJSONList prints values as PrintJSON prints an array of them, each when it comes. After an error the array is not closed, so that
// nobody takes what is there for all.
func PrintJSONList[T any](s *IO, values iter.Seq2[T, error]) error {
	var b bytes.Buffer
	before, after := "[\n", "[]\n"
	for v, err := range values {
		if err != nil {
			return err
		}
		text, err := JsonLine(v)
		if err != nil {
			return err
		}
		b.Reset()
		if err := s.IndentJSON(&b, []byte(text)); err != nil {
			return err
		}
		item := strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\n", "\n  ")
		if _, err := io.WriteString(s.Out, before+"  "+item); err != nil {
			return err
		}
		before, after = ",\n", "\n]\n"
	}
	_, err := io.WriteString(s.Out, after)
	return err
}

// IndentJSON writes JSON text indented, and coloured on a terminal.
func (s *IO) IndentJSON(b *bytes.Buffer, data []byte) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, data, "", "  "); err != nil {
		return err
	}
	if s.ColorOut {
		b.WriteString(jsoncolor.Paint(indented.String()))
	} else {
		b.Write(indented.Bytes())
	}
	b.WriteByte('\n')
	return nil
}

// JsonLine is a value as JSON on one line, without characters that a terminal would obey.
func JsonLine(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	// They can only stand in strings, where their escapes mean the same.
	return plain.Line(strings.TrimSuffix(b.String(), "\n")), nil
}

// When is a time: how far it is from now on a terminal, and RFC 3339 elsewhere.
func (s *IO) When(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case s.Columns() > 0:
		return Relative(t, now)
	}
	return t.Local().Format(time.RFC3339)
}

// Relative tells how far a time is from now.
func Relative(t, now time.Time) string { return timetext.Relative(t, now, time.Second) }

package engine

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/crisphost/crisphost/internal/plain"
)

// maxSourceLine is how many characters of a source line Format shows: minified files have lines without end.
const maxSourceLine = 160

// Format writes the error for people: the message with its place, the source line with a caret below the column, the hint,
// and the calls that led there. With color the output has ANSI colours. It ends with a newline. What a
// terminal would obey in texts of scripts and of those who write to them is made visible.
//
//	report.js:3:9: TypeError: Cannot read property 'name' of undefined
//	  3 | console.log(user.name)
//	    |                  ^
//	  hint: ...
//	  at greet (report.js:3:18)
//	  at report.js:9:1
func (e *Error) Format(w io.Writer, color bool) error {
	var b strings.Builder
	paint := func(code, text string) string {
		if !color || text == "" {
			return text
		}
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
	if pos := e.Position.String(); pos != "" {
		b.WriteString(paint("1", plain.Line(pos)+":") + " ")
	}
	name := e.Name
	if name == "" || name == "Error" {
		name = "error"
	}
	b.WriteString(paint("1;31", plain.Line(name)+":") + " " + plain.Lines(e.Message) + "\n")
	e.formatSource(&b, paint)
	if e.Hint != "" {
		b.WriteString("  " + paint("36", "hint:") + " " + strings.ReplaceAll(plain.Lines(e.Hint), "\n", "\n  ") + "\n")
	}
	// A trace of the position alone repeats what the first line says.
	if len(e.Trace) > 1 || len(e.Trace) == 1 && e.Trace[0].Function != "" {
		for _, f := range e.Trace {
			line := "at " + f.Position.String()
			if f.Function != "" {
				line = "at " + f.Function + " (" + f.Position.String() + ")"
			}
			b.WriteString("  " + paint("2", plain.Line(line)) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// formatSource writes the source line and the caret.
func (e *Error) formatSource(b *strings.Builder, paint func(code, text string) string) {
	if e.SourceLine == "" || e.Line == 0 {
		return
	}
	line, column := []rune(e.SourceLine), e.Column
	for i, r := range line {
		if r != '\t' && plain.IsUnsafe(r) {
			line[i] = '\ufffd' // the caret counts characters, so that one stays one
		}
	}
	if len(line) > maxSourceLine {
		start := 0
		if column > maxSourceLine/2 {
			start = min(column-maxSourceLine/2, len(line)-maxSourceLine)
		}
		line, column = line[start:start+maxSourceLine], column-start
	}
	number := fmt.Sprint(e.Line)
	b.WriteString(paint("2", "  "+number+" | ") + string(line) + "\n")
	if column < 1 || column > len(line)+1 {
		return
	}
	// Tabs stay tabs, so that the caret stands below its column at any tab width.
	var pad strings.Builder
	for _, r := range line[:column-1] {
		if r == '\t' {
			pad.WriteByte('\t')
		} else {
			pad.WriteString(strings.Repeat(" ", runewidth.RuneWidth(r)))
		}
	}
	b.WriteString(paint("2", "  "+strings.Repeat(" ", utf8.RuneCountInString(number))+" | ") + pad.String() + paint("1;31", "^") + "\n")
}

package scripts

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/lexer"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// commentLine is one line of a comment without its markers.
type commentLine struct {
	text string
	// at is the position of the first character of text.
	at engine.Position
}

// commentReader walks over the start of a script.
type commentReader struct {
	rest         string
	line, column int
	lines        []commentLine
}

// leadingComment returns the lines of every comment before the first statement. Comments that a blank line parts are parted
// by an empty line in the result. The error is one of the last comment, whose lines are left out from the mistake on.
func leadingComment(src []byte, lang engine.Language) ([]commentLine, *HeaderError) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	r := &commentReader{rest: string(src), line: 1, column: 1}
	// Lua passes over any first line that starts with "#".
	if strings.HasPrefix(r.rest, "#!") || lang == engine.Lua && strings.HasPrefix(r.rest, "#") {
		r.skip(lineLength(r.rest))
	}
	for {
		r.space()
		var err *HeaderError
		switch {
		case lang == engine.Lua && strings.HasPrefix(r.rest, "--"):
			if level := lexer.LongBracket(r.rest[2:]); level >= 0 {
				err = r.block(4+level, "]"+strings.Repeat("=", level)+"]", "")
			} else {
				r.lineComment("-")
			}
		case lang == engine.Lua:
			return r.lines, nil
		case strings.HasPrefix(r.rest, "//"):
			r.lineComment("/")
		case strings.HasPrefix(r.rest, "/*"):
			err = r.block(2, "*/", "*")
		default:
			return r.lines, nil
		}
		if err != nil {
			return r.lines, err
		}
	}
}

// space passes over white space. An empty line ends a paragraph.
func (r *commentReader) space() {
	blank := 0
	for r.rest != "" {
		switch c := r.rest[0]; c {
		case ' ', '\t', '\v', '\f':
			r.skip(1)
		case '\n', '\r':
			r.newline()
			if blank++; blank == 2 && len(r.lines) > 0 {
				r.lines = append(r.lines, commentLine{at: engine.Position{Line: r.line, Column: 1}})
			}
		default:
			return
		}
	}
}

// lineComment reads a comment up to the end of its line.
func (r *commentReader) lineComment(marker string) {
	n := lineLength(r.rest)
	text := r.rest[:n]
	r.skip(n - len(strings.TrimLeft(text, marker)))
	r.add(r.rest[:lineLength(r.rest)])
	r.skip(lineLength(r.rest))
}

// block reads a comment whose opening takes n bytes, and which ends with end. Each line may start with the marker.
func (r *commentReader) block(n int, end, marker string) *HeaderError {
	opening := engine.Position{Line: r.line, Column: r.column}
	r.skip(n)
	length := strings.Index(r.rest, end)
	if length < 0 {
		return errorAt(opening, "end it with "+end, "this comment does not end")
	}
	after := r.rest[length:]
	r.rest = r.rest[:length]
	for {
		text := r.rest[:lineLength(r.rest)]
		if marker != "" {
			if trimmed := strings.TrimLeft(text, " \t"); strings.HasPrefix(trimmed, marker) {
				r.skip(len(text) - len(strings.TrimLeft(trimmed, marker)))
			}
		}
		n := lineLength(r.rest)
		r.add(r.rest[:n])
		r.skip(n)
		if r.rest == "" {
			break
		}
		r.newline()
	}
	r.rest = after
	// A cron expression such as "*/15 * * * *" ends a block comment of JavaScript.
	if before, last := r.lines[:len(r.lines)-1], r.lines[len(r.lines)-1]; end == "*/" && strings.HasPrefix(last.text, "@schedule") && strings.TrimSpace(after[2:lineLength(after)]) != "" {
		r.lines = before
		return errorAt(engine.Position{Line: r.line, Column: r.column},
			`write the header in lines that start with "//", or an interval such as "every 15m"`, `the "*/" of this @schedule ends the comment`)
	}
	r.skip(len(end))
	return nil
}

// add keeps a line that starts at the reader's place, without the white space around it.
func (r *commentReader) add(text string) {
	trimmed := strings.TrimLeft(text, " \t")
	r.lines = append(r.lines, commentLine{
		text: strings.TrimRight(trimmed, " \t\v\f"),
		at:   engine.Position{Line: r.line, Column: r.column + len(text) - len(trimmed)},
	})
}

// skip passes over n bytes within a line.
func (r *commentReader) skip(n int) {
	r.column += utf8.RuneCountInString(r.rest[:n])
	r.rest = r.rest[n:]
}

// newline passes over the end of a line.
func (r *commentReader) newline() {
	if strings.HasPrefix(r.rest, "\r\n") {
		r.rest = r.rest[1:]
	}
	r.rest = r.rest[1:]
	r.line++
	r.column = 1
}

// lineLength is the length of the first line of s, without its end.
func lineLength(s string) int {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return i
	}
	return len(s)
}

// lineOf returns line n of a script, counted from 1. Each wrong byte becomes one U+FFFD, as columns count them.
func lineOf(src []byte, n int) string { return string([]rune(sourceline.At(src, n))) }

package scripts

import (
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

// commentReader walks over the comments at the start of a script.
type commentReader struct {
	rest         string
	line, column int
	lines        []commentLine
}

// leadingComment returns the lines of every comment before the first statement. Comments that a blank line parts are parted
// by an empty line in the result. The error is one of the last comment, whose lines are left out from the error on.
func leadingComment(src []byte, lang engine.Language) ([]commentLine, *HeaderError) {
	r := &commentReader{rest: strings.TrimPrefix(string(src), "\ufeff"), line: 1, column: 1}
	// Lua passes over any first line that starts with "#".
	if strings.HasPrefix(r.rest, "#!") || lang == engine.Lua && strings.HasPrefix(r.rest, "#") {
		r.skip(lineLength(r.rest))
	}
	code := r.rest
	for tok := range lexer.Tokens(code, lang) {
		if tok.Kind != lexer.Comment {
			break
		}
		r.space(len(code) - tok.Start)
		if err := r.comment(code[tok.Start:tok.End], tok.Open, lang); err != nil {
			return r.lines, err
		}
	}
	return r.lines, nil
}

// space passes over white space until so many bytes are left. An empty line ends a paragraph.
func (r *commentReader) space(left int) {
	for ends := 0; len(r.rest) > left; {
		if c := r.rest[0]; c != '\n' && c != '\r' {
			_, size := utf8.DecodeRuneInString(r.rest)
			r.skip(size)
			continue
		}
		r.newline()
		if ends++; ends == 2 && len(r.lines) > 0 {
			r.lines = append(r.lines, commentLine{at: engine.Position{Line: r.line, Column: 1}})
		}
	}
}

// comment reads a comment, with which the rest begins. Each of its lines may start with a marker.
func (r *commentReader) comment(text string, open bool, lang engine.Language) *HeaderError {
	begin, end, marker := 0, "", text[:1]
	if level := lexer.LongBracket(text[2:]); lang == engine.Lua && level >= 0 {
		begin, end, marker = 4+level, "]"+strings.Repeat("=", level)+"]", ""
	} else if strings.HasPrefix(text, "/*") {
		begin, end, marker = 2, "*/", "*"
	}
	if open {
		return errorAt(engine.Position{Line: r.line, Column: r.column}, "end it with "+end, "this comment does not end")
	}
	after := r.rest[len(text)-len(end):]
	r.rest = text[:len(text)-len(end)]
	r.skip(begin)
	for {
		line := r.rest[:lineLength(r.rest)]
		if trimmed := strings.TrimLeft(line, " \t"); marker != "" && strings.HasPrefix(trimmed, marker) {
			r.skip(len(line) - len(strings.TrimLeft(trimmed, marker)))
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

package engine

import (
	"strings"
	"testing"
)

func TestErrorFormat(t *testing.T) {
	at := func(line, column int) Position { return Position{File: "a.js", Line: line, Column: column} }
	long := strings.Repeat("x", 300) + "!" + strings.Repeat("y", 300)
	for _, c := range []struct {
		name  string
		err   *Error
		color bool
		want  string
	}{
		{
			name: "everything",
			err: &Error{Position: at(12, 5), Name: "TypeError", Message: "bad", Hint: "do this\nor that", SourceLine: "let x = y", Trace: []Frame{
				{Position: at(12, 5), Function: "f"}, {Position: at(20, 1)},
			}},
			want: "a.js:12:5: TypeError: bad\n  12 | let x = y\n     |     ^\n  hint: do this\n  or that\n  at f (a.js:12:5)\n  at a.js:20:1\n",
		},
		{name: "message alone", err: &Error{Message: "gone"}, want: "error: gone\n"},
		{name: "plain class", err: &Error{Name: "Error", Message: "x", Position: Position{File: "a.js"}}, want: "a.js: error: x\n"},
		{name: "trace of one place", err: &Error{Message: "x", Position: at(1, 1), SourceLine: "f()", Trace: []Frame{{Position: at(1, 1)}}}, want: "a.js:1:1: error: x\n  1 | f()\n    | ^\n"},
		{name: "no column", err: &Error{Message: "x", Position: at(3, 0), SourceLine: "f()"}, want: "a.js:3: error: x\n  3 | f()\n"},
		{name: "after the end", err: &Error{Message: "x", Position: at(1, 4), SourceLine: "f()"}, want: "a.js:1:4: error: x\n  1 | f()\n    |    ^\n"},
		{name: "column beyond the line", err: &Error{Message: "x", Position: at(1, 9), SourceLine: "f()"}, want: "a.js:1:9: error: x\n  1 | f()\n"},
		{name: "tabs and wide characters", err: &Error{Message: "x", Position: at(1, 6), SourceLine: "\té漢😀x"}, want: "a.js:1:6: error: x\n  1 | \té漢😀x\n    | \t      ^\n"},
		{name: "long line", err: &Error{Message: "x", Position: at(1, 301), SourceLine: long}, want: "a.js:1:301: error: x\n  1 | " + strings.Repeat("x", 79) + "!" + strings.Repeat("y", 80) + "\n    | " + strings.Repeat(" ", 79) + "^\n"},
		{name: "colour", color: true, err: &Error{Message: "x", Position: at(1, 1), SourceLine: "f"}, want: "\x1b[1ma.js:1:1:\x1b[0m \x1b[1;31merror:\x1b[0m x\n\x1b[2m  1 | \x1b[0mf\n\x1b[2m    | \x1b[0m\x1b[1;31m^\x1b[0m\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			if err := c.err.Format(&b, c.color); err != nil {
				t.Fatal(err)
			}
			if b.String() != c.want {
				t.Errorf("wrote\n%s\nwant\n%s", b.String(), c.want)
			}
		})
	}
}

package plain_test

import (
	"testing"

	"github.com/crisphost/crisphost/internal/plain"
)

func TestLines(t *testing.T) {
	tests := []struct{ in, line, lines string }{
		{"Ada Lovelace", "Ada Lovelace", "Ada Lovelace"},
		{"a\tb\nc", `a\tb\nc`, "a\tb\nc"},
		{"\x1b[31mred\x07\r", `\u001b[31mred\u0007\r`, `\u001b[31mred\u0007\r`},
		{"\u009b31m", `\u009b31m`, `\u009b31m`},
		{"a\u202eb", `a\u202eb`, `a\u202eb`},
		{"\U000f0000", `\udb80\udc00`, `\udb80\udc00`},
		{"👩\u200d🚀 é 漢", "👩\u200d🚀 é 漢", "👩\u200d🚀 é 漢"},
		{"a\xffb", "a\ufffdb", "a\ufffdb"},
	}
	for _, test := range tests {
		if got := plain.Line(test.in); got != test.line {
			t.Errorf("Line(%q) = %q, want %q", test.in, got, test.line)
		}
		if got := plain.Lines(test.in); got != test.lines {
			t.Errorf("Lines(%q) = %q, want %q", test.in, got, test.lines)
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		in      string
		columns int
		want    string
	}{
		{"hello", 5, "hello"},
		{"hello", 4, "hel…"},
		{"hello", 0, ""},
		{"hello", 1, "…"},
		{"日本語", 6, "日本語"},
		{"日本語", 4, "日…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"ab  cd", 5, "ab…"},
		{"漢字漢字", 5, "漢字…"},
		{"👩\u200d🚀👩\u200d🚀", 3, "👩\u200d🚀…"},
	}
	for _, test := range tests {
		got := plain.Cut(test.in, test.columns)
		if got != test.want || plain.Width(got) > test.columns {
			t.Errorf("Cut(%q, %d) = %q of width %d, want %q", test.in, test.columns, got, plain.Width(got), test.want)
		}
	}
}

package paint

import (
	"strings"
	"unicode"

	"github.com/crisphost/crisphost/internal/plain"
)

// IsPlain reports whether a text consists of printable ASCII characters.
func IsPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// OneLine makes a text fit for a cell: line breaks and tabs are spaces, runs of space are one, unsafe characters are gone.
// Reading stops a little behind limit columns, because only so much is shown; 0 is no limit.
func OneLine(s string, limit int) string {
	if limit > 0 && len(s) > limit*16 { // a character has four bytes at most, and a few combining marks
		s = s[:limit*16]
	}
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] > ' ' && s[i] < 0x7f || s[i] == ' ' && i > 0 && s[i-1] != ' '
	}
	if clean && !strings.HasSuffix(s, " ") {
		return s
	}
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case plain.IsUnsafe(r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r) // an invalid byte is U+FFFD here
	}
	return b.String()
}

// Prompt returns a text without what liner refuses in a prompt.
func Prompt(text string) string {
	return OneLine(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) {
			return -1
		}
		return r
	}, text), 60)
}

// Pad fills a clean text with spaces up to a number of columns.
func Pad(s string, columns int, right bool) string {
	n := columns - plain.Width(s)
	if n <= 0 {
		return s
	}
	if right {
		return strings.Repeat(" ", n) + s
	}
	return s + strings.Repeat(" ", n)
}

// Wrap breaks a text of plain words into lines.
func Wrap(text string, columns int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			switch {
			case line == "":
				line = word
			case plain.Width(line)+1+plain.Width(word) <= columns:
				line += " " + word
			default:
				lines = append(lines, line)
				line = word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

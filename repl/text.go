package repl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/mattn/go-runewidth"
)

// isUnsafe tells whether a character must not reach a terminal: control characters, and those that hide or reorder what
// stands beside them. The joiners that emoji and several scripts need are not among them.
func isUnsafe(r rune) bool {
	switch {
	case r >= ' ' && r < 0x7f:
		return false
	case r < ' ' || r < 0xa0 && r >= 0x7f:
		return true
	case r == '\u200c' || r == '\u200d':
		return false
	case r >= 0xe0000 && r <= 0xe007f: // tags, of which flags are made
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

func writeEscape(b *strings.Builder, r rune) {
	if r < 0x10000 {
		fmt.Fprintf(b, `\u%04x`, r)
		return
	}
	high, low := utf16.EncodeRune(r)
	fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
}

// oneLine makes a text fit for a cell: line breaks and tabs are spaces, runs of space are one, unsafe characters are gone.
// Reading stops a little behind limit columns, because only so much is shown; 0 is no limit.
func oneLine(s string, limit int) string {
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
		case isUnsafe(r):
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

// visible shows a text on one line with everything in it: unsafe characters as escapes.
func visible(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case isUnsafe(r):
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// printable shows a text of several lines: line breaks and tabs stay, other unsafe characters are escapes.
func printable(s string) string {
	if !strings.ContainsFunc(s, isUnsafe) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case isUnsafe(r):
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// width is the number of columns that a clean text takes.
func width(s string) int { return runewidth.StringWidth(s) }

// cut shortens a clean text to a number of columns, with … for what is gone. It never cuts inside a character that people
// see as one.
func cut(s string, columns int) string {
	if len(s) <= columns || width(s) <= columns {
		return s
	}
	if columns < 1 {
		return ""
	}
	used, end := 0, 0
	for g := graphemes.FromString(s); g.Next(); {
		w := runewidth.StringWidth(g.Value())
		if used+w > columns-1 {
			break
		}
		used += w
		end = g.End()
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// pad fills a clean text with spaces up to a number of columns.
func pad(s string, columns int, right bool) string {
	n := columns - width(s)
	if n <= 0 {
		return s
	}
	if right {
		return strings.Repeat(" ", n) + s
	}
	return s + strings.Repeat(" ", n)
}

// wrap breaks a text of plain words into lines.
func wrap(text string, columns int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			switch {
			case line == "":
				line = word
			case width(line)+1+width(word) <= columns:
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

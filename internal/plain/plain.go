// Package plain makes text of any origin fit for a terminal, which takes control characters as commands.
package plain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/mattn/go-runewidth"
)

// IsUnsafe reports whether a character must not reach a terminal: control characters, and those that hide or reorder what
// stands beside them. The joiners that emoji and several scripts need are not among them.
func IsUnsafe(r rune) bool {
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

// Lines is a text of several lines: line breaks and tabs stay, other unsafe characters are escapes.
func Lines(s string) string { return escape(s, true) }

// Line is a text on one line: all unsafe characters are escapes.
func Line(s string) string { return escape(s, false) }

func escape(s string, lines bool) string {
	if !strings.ContainsFunc(s, IsUnsafe) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !IsUnsafe(r), lines && (r == '\n' || r == '\t'):
			b.WriteRune(r) // an invalid byte is U+FFFD here
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		default:
			WriteEscape(&b, r)
		}
	}
	return b.String()
}

// WriteEscape writes a character as JSON and JavaScript can.
func WriteEscape(b *strings.Builder, r rune) {
	if r < 0x10000 {
		fmt.Fprintf(b, `\u%04x`, r)
		return
	}
	high, low := utf16.EncodeRune(r)
	fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
}

// Width is the number of columns that a clean text takes.
func Width(s string) int { return runewidth.StringWidth(s) }

// Cut shortens a clean text to a number of columns, with … for what is gone. It never cuts inside a character that people
// see as one.
func Cut(s string, columns int) string {
	if len(s) <= columns || Width(s) <= columns {
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

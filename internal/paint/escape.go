package paint

import (
	"io"
	"strings"

	"github.com/crisphost/crisphost/internal/plain"
)

// Harmless returns a text with colours left in and all other commands to the terminal made visible.
func Harmless(text string) string {
	if !strings.Contains(text, "\x1b") {
		return plain.Lines(text)
	}
	var b strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '\x1b')
		if i < 0 {
			break
		}
		b.WriteString(plain.Lines(text[:i]))
		text = text[i:]
		n := colorLength(text)
		b.WriteString(text[:n])
		if n == 0 {
			b.WriteString(`\u001b`)
			n = 1
		}
		text = text[n:]
	}
	b.WriteString(plain.Lines(text))
	return b.String()
}

// Writer returns a writer that makes what is written to it Harmless, for lines that are written whole.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ to io.Writer }

func (w writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.to, Harmless(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Strip removes colours from what was painted before it was known where it goes.
func Strip(text string) string {
	if !strings.Contains(text, "\x1b") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if n := colorLength(text[i:]); n > 0 {
			i += n
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// colorLength returns the length of the SGR sequence that the text begins with, or 0.
func colorLength(text string) int {
	if !strings.HasPrefix(text, "\x1b[") {
		return 0
	}
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

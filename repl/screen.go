package repl

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/internal/plain"
)

// screen is where everything is shown. The line of a running call stands on standard error below the output and disappears
// before anything else is written.
type screen struct {
	style
	out, err io.Writer
	// live tells that a person watches: both streams are a terminal that understands cursor commands.
	live bool

	mu      sync.Mutex
	spinner bool
}

// print writes to standard output.
func (s *screen) print(text string) { s.write(s.out, text) }

// note writes a remark, which is no result, to standard error.
func (s *screen) note(format string, args ...any) {
	s.write(s.err, s.paint(sgrDim, fmt.Sprintf(format, args...))+"\n")
}

func (s *screen) write(w io.Writer, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	_, _ = io.WriteString(w, text) // a terminal that is gone ends the shell at its next read
}

// spin shows or replaces the line of a running call.
func (s *screen) spin(text string) {
	if !s.live {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.spinner = true
	_, _ = io.WriteString(s.err, s.paint(sgrDim, text))
}

// still takes the line of a running call away.
func (s *screen) still() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

func (s *screen) erase() {
	if s.spinner {
		s.spinner = false
		_, _ = io.WriteString(s.err, "\r\x1b[K")
	}
}

// scriptWriter takes what scripts print. Commands to the terminal that stand in it, other than colours, become visible.
type scriptWriter struct {
	screen *screen
	to     io.Writer
}

func (w scriptWriter) Write(data []byte) (int, error) {
	text := string(data)
	if w.screen.live {
		text = harmless(text)
	}
	w.screen.mu.Lock()
	defer w.screen.mu.Unlock()
	w.screen.erase()
	if _, err := io.WriteString(w.to, text); err != nil {
		return 0, err
	}
	return len(data), nil
}

// harmless is printable with colours left in.
func harmless(text string) string {
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

// colorLength is the length of the SGR sequence that the text begins with, or 0.
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

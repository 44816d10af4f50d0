package term

import (
	"fmt"
	"io"
	"sync"

	"github.com/crisphost/crisphost/internal/paint"
)

// Screen is where everything is shown. The line of a running call stands on standard error below the output and disappears
// before anything else is written.
type Screen struct {
	paint.Style
	Out, Err io.Writer
	// Live is set where a person watches: both streams are a terminal that understands cursor commands.
	Live bool

	mu      sync.Mutex
	spinner bool
	// printed counts what scripts have printed since Begin.
	printed int
}

// Begin starts an entry.
func (s *Screen) Begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.printed = 0
}

// Printed is how many times scripts have printed something since Begin.
func (s *Screen) Printed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.printed
}

// Print writes to standard output.
func (s *Screen) Print(text string) { s.Write(s.Out, text) }

// Note writes a remark, which is no result, to standard error.
func (s *Screen) Note(format string, args ...any) {
	s.Write(s.Err, s.Paint(paint.Dim, fmt.Sprintf(format, args...))+"\n")
}

// Write writes to one of the streams.
func (s *Screen) Write(w io.Writer, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	_, _ = io.WriteString(w, text) // a terminal that is gone ends the shell at its next read
}

// Spin shows or replaces the line of a running call.
func (s *Screen) Spin(text string) {
	if !s.Live {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.spinner = true
	_, _ = io.WriteString(s.Err, s.Paint(paint.Dim, text))
}

// Still takes the line of a running call away.
func (s *Screen) Still() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

func (s *Screen) erase() {
	if s.spinner {
		s.spinner = false
		_, _ = io.WriteString(s.Err, "\r\x1b[K")
	}
}

// Scripts returns a writer to one of the streams for what scripts print. Commands to the terminal that stand in it, other than
// colours, become visible.
func (s *Screen) Scripts(to io.Writer) io.Writer { return scriptWriter{s, to} }

type scriptWriter struct {
	screen *Screen
	to     io.Writer
}

func (w scriptWriter) Write(data []byte) (int, error) {
	text := string(data)
	if w.screen.Live {
		text = paint.Harmless(text)
	}
	w.screen.mu.Lock()
	defer w.screen.mu.Unlock()
	w.screen.erase()
	w.screen.printed++
	if _, err := io.WriteString(w.to, text); err != nil {
		return 0, err
	}
	return len(data), nil
}

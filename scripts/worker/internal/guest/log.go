//go:build unix

package guest

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// lineWriter sends what a script prints to the host, line by line.
type lineWriter struct {
	run   *guestRun
	level string
}

// Write takes whole lines.
func (w *lineWriter) Write(p []byte) (int, error) {
	for line := range bytes.SplitSeq(bytes.TrimSuffix(p, []byte("\n")), []byte("\n")) {
		if w.run.log.isFull() {
			break
		}
		if err := w.run.line(wire.LineMessage{Time: time.Now(), Level: w.level, Message: string(line)}); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (g *guestRun) line(m wire.LineMessage) error {
	room, last := g.log.take(len(m.Message))
	switch {
	case !room:
		return nil
	case last:
		m = wire.LineMessage{Time: m.Time, Level: "warn", Message: "This run has written too much: further lines are left out."}
	}
	m.Message = wire.Clip(m.Message, wire.MaxLine)
	m.Fields = wire.BoundFields(m.Fields)
	return g.link.Send(wire.FrameLine, g.id, m, nil)
}

// The bounds of what a worker sends of a run's log. They are above those of the scheduler, which says what it leaves out; behind
// them a script that prints without end costs the host nothing.
const (
	maxLogLines = 20_000
	maxLogBytes = 16 << 20
)

// logCount counts what a run has written.
type logCount struct {
	mu           sync.Mutex
	lines, bytes int
	full         bool
}

func (c *logCount) isFull() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.full
}

// take counts a line of some bytes. Room reports whether it may be sent, and last that nothing more may be.
func (c *logCount) take(size int) (room, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full {
		return false, false
	}
	c.lines++
	c.bytes += min(size, wire.MaxLine)
	c.full = c.lines >= maxLogLines || c.bytes >= maxLogBytes
	return true, c.full
}

// logHandler sends the lines of the log module to the host.
type logHandler struct {
	run    *guestRun
	attrs  []slog.Attr
	prefix string
}

// Enabled implements slog.Handler: which lines are kept is for the host to say.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (h *logHandler) Handle(_ context.Context, record slog.Record) error {
	m := wire.LineMessage{Time: record.Time, Level: strings.ToLower(record.Level.String()), Message: record.Message}
	add := func(prefix string, attr slog.Attr) {
		if m.Fields == nil {
			m.Fields = make(map[string]any)
		}
		m.Fields[prefix+attr.Key] = attr.Value.Resolve().Any()
	}
	for _, attr := range h.attrs {
		add("", attr)
	}
	record.Attrs(func(attr slog.Attr) bool {
		add(h.prefix, attr)
		return true
	})
	return h.run.line(m)
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, attr := range attrs {
		attr.Key = h.prefix + attr.Key
		next.attrs = append(next.attrs, attr)
	}
	return &next
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	next := *h
	next.prefix += name + "."
	return &next
}

//go:build unix

package guest

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
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
		if err := w.run.line(wire.LineMessage{Time: time.Now(), Level: w.level, Message: string(line)}); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (g *guestRun) line(m wire.LineMessage) error {
	m.Message = wire.Clip(m.Message, wire.MaxLine)
	m.Fields = wire.BoundFields(m.Fields)
	return g.log.add(m)
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

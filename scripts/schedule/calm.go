package schedule

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// calm passes on warnings and errors of the queue, and each message once in a while: when the database is away, the queue
// reports that several times a second.
type calm struct {
	slog.Handler
	recent *recent
}

// riverLog passes on what the job queue itself warns of, each record on one line, and nothing while the database is known to be away:
// that is logged already, and all of the queue fails then.
type riverLog struct {
	slog.Handler
	away *atomic.Bool
}

func (h riverLog) Handle(ctx context.Context, r slog.Record) error {
	if h.away.Load() {
		return nil
	}
	line := slog.NewRecord(r.Time, r.Level, state.OneLine(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok || a.Value.Kind() == slog.KindString {
			text := a.Value.String()
			if ok {
				text = err.Error()
			}
			a = slog.String(a.Key, state.OneLine(text))
		}
		line.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, line)
}

func (h riverLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return riverLog{h.Handler.WithAttrs(attrs), h.away}
}
func (h riverLog) WithGroup(name string) slog.Handler {
	return riverLog{h.Handler.WithGroup(name), h.away}
}

// recent are the messages that were passed on lately.
type recent struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// calmFor is how long a message is not repeated.
const calmFor = 30 * time.Second

func newCalm(h slog.Handler) calm { return calm{h, &recent{last: map[string]time.Time{}}} }

func (h calm) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h calm) Handle(ctx context.Context, r slog.Record) error {
	if !h.recent.first(r.Message, r.Time) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{h.Handler.WithAttrs(attrs), h.recent}
}
func (h calm) WithGroup(name string) slog.Handler { return calm{h.Handler.WithGroup(name), h.recent} }

// first reports whether a message was not seen lately. Messages are few: they are constants.
func (r *recent) first(message string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, seen := r.last[message]; seen && now.Sub(last) < calmFor {
		return false
	}
	r.last[message] = now
	return true
}

// outage reports that something waits for the database.
func (s *Scheduler) outage(message string, err error) {
	if errors.Is(err, state.ErrUnreachable) {
		s.away.Store(true) // until the next beat
	}
	s.troubles.note(message, err)
	slog.New(s.calm).Error(message, slog.String("error", state.OneLine(err.Error()))) // several calls may have failed
}

package schedule

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// calm passes on warnings and errors of the queue, and each message once in a while: when the database is away, the queue
// reports that several times a second.
type calm struct {
	slog.Handler
	recent *recent
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

// outage reports that something waits for the database. When the server is away all of a host waits: then one line says so, and later the
// heartbeat's alone.
func (s *Scheduler) outage(message string, err error) {
	s.troubles.note(message, err)
	if errors.Is(err, state.ErrUnreachable) {
		if was := s.away.Swap(true); was && message != beatTrouble { // until the next beat
			return
		}
	}
	slog.New(s.calm).Error(message, slog.String("error", state.OneLine(err.Error()))) // several calls may have failed
}

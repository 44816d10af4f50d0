package schedule

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/scripts/state"
)

// queueTrouble is what the job queue fails with, in this package's words. Its own are for those who know it, and come at level debug.
const queueTrouble = "the job queue waits for the database"

// riverLog takes what the job queue warns of. That the database is away is told by the host itself, and all of the queue fails then: so
// an error counts only if the heart beats on and the queue still fails. What is no error of the database is told at once.
type riverLog struct {
	slog.Handler
	failures *failures
}

// Enabled leaves out what the queue does while all is well.
func (h riverLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (h riverLog) Handle(ctx context.Context, r slog.Record) error {
	detail := slog.NewRecord(r.Time, slog.LevelDebug, "the job queue says: "+state.OneLine(r.Message), r.PC)
	failure, isPanic := "", strings.Contains(r.Message, "panic")
	r.Attrs(func(a slog.Attr) bool {
		text := state.OneLine(a.Value.String())
		if a.Key == "err" || a.Key == "error" {
			failure = text
		}
		detail.AddAttrs(slog.String(a.Key, text))
		return true
	})
	if failure != "" && r.Level >= slog.LevelError && !isPanic {
		h.failures.note(failure)
	}
	if r.Level >= slog.LevelError && (isPanic || failure == "") {
		detail.Level, detail.Message = slog.LevelError, "a job failed outside of its script: "+state.OneLine(r.Message)
	}
	if !h.Handler.Enabled(ctx, detail.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, detail)
}

// WithAttrs implements slog.Handler.
func (h riverLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return riverLog{h.Handler.WithAttrs(attrs), h.failures}
}

// WithGroup implements slog.Handler.
func (h riverLog) WithGroup(name string) slog.Handler {
	return riverLog{h.Handler.WithGroup(name), h.failures}
}

// failures are errors of the queue since the last heartbeats.
type failures struct {
	mu   sync.Mutex
	last string
	// beats is at how many heartbeats in a row there were some.
	beats int
}

func (f *failures) note(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = text
}

// lasting is the error of a queue that fails although the heart beats: at each of three beats. Taken tells whether the last beat was.
func (f *failures) lasting(taken bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := f.last
	f.last = ""
	if text == "" || !taken {
		f.beats = 0
		return nil
	}
	if f.beats++; f.beats < 3 {
		return nil
	}
	return errors.New(text)
}

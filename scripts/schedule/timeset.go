package schedule

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// maxDrift is by how much a clock may go too fast or too slowly between two looks without having been set.
const maxDrift = time.Second

// timeSet notices that the clock by which all hosts go was set.
type timeSet struct {
	mu          sync.Mutex
	shown, even time.Time
}

// look compares what the clock shows with what a clock that goes evenly does, and tells by how much the first was set since the last look.
func (c *timeSet) look(shown, even time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	shown = shown.Round(0) // without the even clock's reading
	set := shown.Sub(c.shown) - even.Sub(c.even)
	first := c.shown.IsZero()
	c.shown, c.even = shown, even
	if first || set.Abs() <= maxDrift {
		return 0
	}
	return set
}

// clockWasSet keeps what waits for a time from waiting for longer, when the clock goes back. Ticks need nothing: the watermark tells
// which were dealt with.
func (s *Scheduler) clockWasSet(ctx context.Context, by time.Duration) error {
	s.Logger.Warn("the clock was set, or the machine slept", slog.Duration("by", by))
	// All hosts look dead, or none, until they have been heard of by the new time.
	s.healthy.Store(time.Now().UnixNano())
	wake(s.due)
	if by > 0 || s.queue.bell == nil {
		return nil
	}
	defer s.queue.bell.ring()
	_, err := s.DB.SQL().ExecContext(ctx, `UPDATE river_job SET scheduled_at = datetime(scheduled_at, printf('%+.3f seconds', $1), 'subsec')
		WHERE state IN ('available', 'retryable', 'scheduled')`, by.Seconds())
	return err
}

//go:build unix

package host

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/crisphost/crisphost/internal/sizetext"
	"github.com/crisphost/crisphost/scripts/state"
)

// Quotas are what scripts may fill. Zero fields are no limit. What a run may log is schedule.Config.Logs, and what its directory of files
// may hold worker.Options.FilesLimit.
type Quotas struct {
	// Store bounds the store of each script, and the shared one.
	Store state.StoreQuota
	// Database is the size from which on stores take nothing more and runs log next to nothing, in bytes. There is a warning before.
	Database int64
	// LogRate is how many lines a second all scripts together may write to Config.Logger, in the long run.
	LogRate float64
}

const (
	// logBurst is how many seconds of Quotas.LogRate may come at once.
	logBurst = 10
	// sizeEvery is how often the size of the database is looked at.
	sizeEvery = 30 * time.Second
	// sizeWarning is the part of Quotas.Database from which on there is a warning, and sizeEnough that below which a full one is used again.
	sizeWarning, sizeEnough = 0.8, 0.95
)

// Database is the size of the database as it was last looked at, and Quotas.Database.
func (h *Host) Database() (size, limit int64) { return h.size.Load(), h.config.Quotas.Database }

// watchSize looks after the size of the database.
func (h *Host) watchSize(ctx context.Context) {
	ticker := time.NewTicker(sizeEvery)
	defer ticker.Stop()
	for warned := false; ; {
		if size, err := h.config.DB.Size(ctx); err == nil { // what else is wrong with it, others tell
			h.size.Store(size)
			warned = h.judgeSize(size, warned)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// judgeSize closes and opens the database for what scripts fill, and reports whether it is near its limit.
func (h *Host) judgeSize(size int64, warned bool) bool {
	limit := h.config.Quotas.Database
	if limit <= 0 {
		return false
	}
	attrs := []any{slog.String("size", sizetext.Format(size>>20<<20)), slog.String("max_db_size", sizetext.Format(limit))}
	part := float64(size) / float64(limit)
	switch full := h.quotas.IsFull(); {
	case part >= 1 && !full:
		h.quotas.SetFull(true)
		h.config.Logger.Error("the database has reached its largest size: stores take no more values, and runs log next to nothing", attrs...)
	case part < sizeEnough && full:
		h.quotas.SetFull(false)
		h.config.Logger.Info("the database is below its largest size again", attrs...)
	case part >= sizeWarning && part < 1 && !warned && !full:
		h.config.Logger.Warn("the database is near its largest size: keep fewer runs (keep_age, keep_runs), or allow more (max_db_size)", attrs...)
	}
	return part >= sizeWarning
}

// chatter bounds the lines of scripts in the host's log.
type chatter struct {
	limiter *rate.Limiter // nil for no bound
	dropped atomic.Int64
}

func newChatter(perSecond float64) chatter {
	if perSecond <= 0 {
		return chatter{}
	}
	return chatter{limiter: rate.NewLimiter(rate.Limit(perSecond), max(int(perSecond*logBurst), 1))}
}

func (c *chatter) allows() bool {
	if c.limiter == nil || c.limiter.Allow() {
		return true
	}
	c.dropped.Add(1)
	return false
}

// tell logs how many lines were left out since it last did.
func (c *chatter) tell(log *slog.Logger) {
	if n := c.dropped.Swap(0); n > 0 {
		log.Warn("scripts log faster than log_rate allows: lines were left out here, the logs of their runs have them", slog.Int64("lines", n))
	}
}

//go:build unix

package guest

import (
	"sync"
	"time"

	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// What a script writes goes to the host as it comes, up to some lines and bytes: more than a host keeps by default of a beginning. Behind
// that it goes at a pace that costs the host next to nothing. What comes faster waits, and of that the last lines are kept.
const (
	freeLines = 20_000
	freeBytes = 16 << 20
	paceLines = 200 // a second
	paceBytes = 8 << 10
	keptLines = 2_000
	keptBytes = 2 << 20
	drainTime = 100 * time.Millisecond
)

// flow is the log of a run on its way to the host.
type flow struct {
	send func(wire.LineMessage) error

	mu           sync.Mutex
	lines, bytes int // sent freely
	kept         []wire.LineMessage
	keptBytes    int
	// omitted counts the lines that were left out before the first that is kept.
	omitted int64
	// tokens is how many more lines may be sent, as of since.
	tokens float64
	since  time.Time
	drain  *time.Timer
	ended  bool
}

// add sends a line, now or later.
func (f *flow) add(m wire.LineMessage) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := len(m.Message)
	switch {
	case f.ended:
		return nil // the run is over, and so is its log
	case f.lines < freeLines && f.bytes+size <= freeBytes:
		f.lines++
		f.bytes += size
		return f.send(m)
	}
	f.lines = freeLines
	f.kept = append(f.kept, m)
	f.keptBytes += size
	for len(f.kept) > 1 && (len(f.kept) > keptLines || f.keptBytes > keptBytes) {
		f.keptBytes -= len(f.kept[0].Message)
		f.kept = f.kept[1:]
		f.omitted++
	}
	return f.sendSome(false)
}

// sendSome sends what the pace allows, or all. The flow is locked.
func (f *flow) sendSome(all bool) error {
	now := time.Now()
	f.tokens = min(f.tokens+now.Sub(f.since).Seconds()*paceLines, paceLines)
	f.since = now
	for len(f.kept) > 0 && (all || f.tokens > 0) {
		m := f.kept[0]
		f.kept, f.keptBytes = f.kept[1:], f.keptBytes-len(m.Message)
		f.tokens -= max(float64(len(m.Message))/paceBytes, 1)
		m.Omitted, f.omitted = f.omitted, 0
		if err := f.send(m); err != nil {
			return err
		}
	}
	if len(f.kept) > 0 && f.drain == nil {
		f.drain = time.AfterFunc(drainTime, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.drain = nil
			if !f.ended {
				_ = f.sendSome(false) // whoever reads notices
			}
		})
	}
	return nil
}

// end sends what is left.
func (f *flow) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.sendSome(true) // the result will not be sent either
	f.ended = true
	if f.drain != nil {
		f.drain.Stop()
	}
}

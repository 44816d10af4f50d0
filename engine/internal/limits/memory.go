package limits

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/crisphost/crisphost/engine"
)

const (
	// memoryInterval is how often the memory is looked at.
	memoryInterval = 20 * time.Millisecond
	// stuckAfter is how long a script may take to end after it was stopped where Config.StuckAfter does not say,
	// stuckMemoryAfter the same when it took too much memory, and stuckTwiceAfter when it has taken twice its limit since.
	// With four times as much there is no time left.
	stuckAfter       = 15 * time.Second
	stuckMemoryAfter = 5 * time.Second
	stuckTwiceAfter  = 2 * time.Second
)

// Supervisor stops the runs of a VM that take too much memory, and reports those that do not end when they are stopped.
type Supervisor struct {
	limit, base int64
	// tight tells that Go's own memory limit keeps garbage away, so that none need be collected to know what is in use.
	tight bool
	stuck func(error)
	// patience is Config.StuckAfter or else stuckAfter.
	patience time.Duration
}

// NewSupervisor makes the supervisor of a VM, or returns nil when the configuration asks for none. What the process uses now is
// not counted.
func NewSupervisor(cfg *engine.Config) *Supervisor {
	if cfg.MemoryLimit <= 0 && cfg.Stuck == nil {
		return nil
	}
	s := &Supervisor{limit: cfg.MemoryLimit, stuck: cfg.Stuck, patience: cmp.Or(cfg.StuckAfter, stuckAfter)}
	if s.limit > 0 {
		return s.Rebased()
	}
	return s
}

// Rebased returns a supervisor that does not count what the process uses now, for a call of a VM that has lived for a while.
func (s *Supervisor) Rebased() *Supervisor {
	if s == nil || s.limit <= 0 {
		return s
	}
	now := *s
	now.base = inUse(s.limit / 2)
	now.tight = debug.SetMemoryLimit(-1) <= now.base+s.limit
	return &now
}

// Watch cancels the context of a run with a *engine.MemoryError when it takes too much memory. The run calls stop when it has ended.
func (s *Supervisor) Watch(ctx context.Context, cancel context.CancelCauseFunc) (stop func()) {
	if s == nil {
		return func() {}
	}
	done := make(chan struct{})
	if s.limit > 0 {
		go s.watchMemory(ctx, cancel, done)
	}
	release := func() bool { return true }
	if s.stuck != nil {
		release = context.AfterFunc(ctx, func() { s.awaitEnd(ctx, done) })
	}
	return func() {
		release()
		close(done)
	}
}

// watchMemory ends a run when what is in use is over the limit.
func (s *Supervisor) watchMemory(ctx context.Context, cancel context.CancelCauseFunc, done <-chan struct{}) {
	use := newMemoryUse()
	ticker := time.NewTicker(memoryInterval)
	defer ticker.Stop()
	// What was there before may be garbage by now. What came since is not, as far as Go's limit keeps that away.
	grown := false
	var verdict chan bool // of a collection that goes on, which can take long while others collect or copy
	var began time.Time
	for next := time.Now(); ; {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case over := <-verdict:
			if over {
				cancel(&engine.MemoryError{Limit: s.limit})
				return
			}
			verdict, grown, next = nil, true, time.Now().Add(2*time.Since(began))
			continue
		case <-ticker.C:
		}
		live, all := use.read()
		live, all = live-s.base, all-s.base
		if live <= s.limit && all <= s.limit+s.limit/4 {
			grown = true
			continue
		}
		tight := grown && s.tight
		if tight || s.runaway(all, grown) {
			cancel(&engine.MemoryError{Limit: s.limit})
			return
		}
		// Between collections garbage counts too. Asking for one at each look would leave the script no time.
		if verdict != nil || time.Now().Before(next) && all <= 2*s.limit {
			continue
		}
		began, verdict = time.Now(), make(chan bool, 1)
		go func(verdict chan<- bool, grown bool) { verdict <- s.exceeded(newMemoryUse(), grown) }(verdict, grown)
	}
}

// runaway reports whether so much came since the VM was made, in bytes, that it is not garbage alone, for Go would have
// collected that. A text that doubles gets there in moments, and every copy of gigabytes holds a collection up.
func (s *Supervisor) runaway(all int64, grown bool) bool {
	return grown && all > s.base+2*s.limit+s.limit/4 || all > s.base+4*s.limit
}

// collecting lets one VM after the other collect garbage, and collected is when it was done to make a VM.
var (
	collecting sync.Mutex
	collected  time.Time
)

// inUse is how much memory is in use. Where garbage may make it more than doubtful it is collected, but not more often than once a
// second.
func inUse(doubtful int64) int64 {
	use := newMemoryUse()
	live, all := use.read()
	if all-live <= doubtful {
		return all
	}
	collecting.Lock()
	defer collecting.Unlock()
	if time.Since(collected) > time.Second {
		runtime.GC()
		collected = time.Now()
	}
	_, all = use.read()
	return all
}

// exceeded collects garbage and reports whether what is left is over the limit. What is made during a collection counts as left,
// that one is not enough. With grown set, all of it came since the memory was looked at last.
func (s *Supervisor) exceeded(use *memoryUse, grown bool) bool {
	collecting.Lock()
	defer collecting.Unlock()
	for range 2 {
		if _, all := use.read(); s.runaway(all-s.base, grown) {
			return true
		}
		runtime.GC()
		switch live, _ := use.read(); {
		case live-s.base <= s.limit:
			return false
		case live-s.base > s.limit+s.limit/2:
			return true
		}
	}
	return true
}

// awaitEnd tells of a stopped run that goes on, because it is in an operation that nothing can stop.
func (s *Supervisor) awaitEnd(ctx context.Context, done <-chan struct{}) {
	patience, overMemory := s.patience, errors.As(context.Cause(ctx), new(*engine.MemoryError))
	if overMemory {
		patience = min(patience, stuckMemoryAfter)
	}
	use := newMemoryUse()
	ticker := time.NewTicker(memoryInterval)
	defer ticker.Stop()
	for started := time.Now(); ; {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
		_, all := use.read()
		all -= s.base
		since := time.Since(started)
		if since > patience || overMemory && (all > 2*s.limit && since > stuckTwiceAfter || all > 4*s.limit) {
			s.stuck(Stopped(ctx))
			return
		}
	}
}

// memoryUse reads what Go's runtime counts.
type memoryUse struct{ samples []metrics.Sample }

func newMemoryUse() *memoryUse {
	return &memoryUse{[]metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}}
}

// read returns what the last garbage collection left, and that with all that was made since. Both are in bytes.
func (m *memoryUse) read() (live, all int64) {
	metrics.Read(m.samples)
	return int64(m.samples[0].Value.Uint64()), int64(m.samples[1].Value.Uint64())
}

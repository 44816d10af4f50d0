//go:build unix

package worker

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/worker/internal/room"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// The defaults of Options that depend on the machine, or on nobody.
const (
	defaultWarm         = 2
	workersPerProcessor = 4
	maxIdle             = 16
)

const (
	// idleTime is how long a process waits for another run: long enough for scripts that run every minute.
	idleTime = 90 * time.Second
	// surplusTime is how long one waits that is more than Options.Idle allows. Killing it at once would have the next of a
	// rush of runs start another.
	surplusTime = 10 * time.Second
	expiryEvery = 5 * time.Second
)

// maxRuns bounds how many runs a process serves.
const maxRuns = 500

// Pool runs scripts in worker processes. Its methods may be called from any goroutine.
type Pool struct {
	options    Options
	executable string
	args       []string
	forker     *forker
	bundles    *bundles
	silence    time.Duration
	// files knows what the scripts' files take.
	files filesKeeper
	// room bounds what calls of all runs hold.
	room       *room.Room
	connection atomic.Pointer[connection]
	// slots bounds the runs.
	slots chan struct{}
	// waiting are the goroutines that belong to the pool; all end with Close.
	waiting sync.WaitGroup
	// ctx ends with Close.
	ctx   context.Context
	close context.CancelFunc

	mu     sync.Mutex
	closed bool
	fresh  []*process
	// idle have run something and wait for the same again, used last at the end.
	idle []*process
	// all are the processes that have not been let go.
	all       map[*process]struct{}
	refilling bool
	// tried is closed when the first process has started or failed to, which is startErr.
	tried    chan struct{}
	startErr error
	// setbacks counts the processes in a row that did not live to run anything.
	setbacks int
	expiry   *time.Timer
	stats    Stats
}

// NewPool makes a pool and starts its first processes, see Ready. The caller closes it. It fails in a process that is a worker
// itself, since its main does not call MainIf.
func NewPool(o Options) (*Pool, error) {
	if IsWorker() {
		return nil, ErrNoMain
	}
	if o.Workers <= 0 {
		o.Workers = workersPerProcessor * runtime.GOMAXPROCS(0)
	}
	if o.Warm == 0 {
		o.Warm = defaultWarm
	}
	if o.Idle <= 0 {
		o.Idle = min(o.Workers, maxIdle)
	}
	if o.Grace <= 0 {
		o.Grace = DefaultGrace
	}
	if o.Memory <= 0 {
		o.Memory = DefaultMemory
	}
	if o.Answers <= 0 {
		o.Answers = defaultAnswers
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if len(o.Command) == 0 {
		own, err := ownExecutable()
		if err != nil {
			return nil, fmt.Errorf("find this program, which workers run: %w", err)
		}
		o.Command = []string{own, "worker"}
	}
	if o.Files != "" {
		if err := os.MkdirAll(o.Files, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of the scripts' files: %w", err)
		}
	}
	store, err := newBundles(o.Bundles)
	if err != nil {
		return nil, err
	}
	p := &Pool{
		options: o, executable: o.Command[0], args: o.Command[1:],
		bundles: store, silence: longestSilence, room: room.New(o.Answers),
		files: filesKeeper{limit: o.FilesLimit, used: map[string]*filesUsed{}},
		slots: make(chan struct{}, o.Workers),
		all:   make(map[*process]struct{}),
		tried: make(chan struct{}),
	}
	p.forker = newForker(func() {
		yield()
		if !o.Unconfined {
			c := p.confine()
			c.tell(o.Logger)
		}
	})
	p.SetClient(o.Client, o.WebsiteID)
	p.ctx, p.close = context.WithCancel(context.Background())
	p.mu.Lock()
	p.refill()
	p.mu.Unlock()
	return p, nil
}

// connection is how runs reach Crisp.
type connection struct {
	client    *crisp.Client
	websiteID string
}

// SetClient replaces Options.Client and Options.WebsiteID for the runs that begin from now on, as when credentials change. Those
// under way go on with what they began with.
func (p *Pool) SetClient(client *crisp.Client, websiteID string) {
	p.connection.Store(&connection{client, websiteID})
}

// Close kills all workers, also those that run something, whose runs fail with ErrClosed, and returns when nothing is left.
// A host that lets scripts end waits for its runs before.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.close()
	if p.expiry != nil {
		p.expiry.Stop()
	}
	for w := range p.all {
		w.kill()
	}
	p.fresh, p.idle = nil, nil
	p.mu.Unlock()
	p.waiting.Wait()
	p.forker.close()
	return p.bundles.close()
}

// Stats returns the counts of this moment.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Fresh, s.Idle, s.Busy = len(p.fresh), len(p.idle), len(p.slots)
	room := p.room.Stats()
	s.Answers, s.Waiting = room.Held, room.Waiting
	return s
}

// Ready waits until the first process has started. Its error is why that failed: ErrNoMain when the program's main does not call
// MainIf. The pool goes on trying.
func (p *Pool) Ready(ctx context.Context) error {
	if p.options.Warm < 0 {
		// Nothing else starts one.
		w, err := p.add()
		if err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.fresh = append(p.fresh, w)
		return nil
	}
	select {
	case <-p.tried:
		return p.startErr
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.ctx.Done():
		return ErrClosed
	}
}

// enter waits for a slot to run in. The caller calls leave.
func (p *Pool) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return ErrClosed
	}
	p.waiting.Add(1)
	p.mu.Unlock()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		p.waiting.Done()
		return context.Cause(ctx)
	case <-p.ctx.Done():
		p.waiting.Done()
		return ErrClosed
	}
}

func (p *Pool) leave() {
	<-p.slots
	p.waiting.Done()
}

// take returns a process for a version: one that has run it before, else one that has run others of the same authority, else
// a fresh one.
func (p *Pool) take(version string, a authority) (*process, error) {
	p.mu.Lock()
	if w := p.reusable(version, a); w != nil {
		p.idle = without(p.idle, w)
		p.stats.Reused++
		p.mu.Unlock()
		return w, nil
	}
	for len(p.fresh) > 0 {
		w := p.fresh[0]
		p.fresh = slices.Delete(p.fresh, 0, 1)
		if w.alive() {
			p.mu.Unlock()
			return w, nil
		}
	}
	p.mu.Unlock()
	return p.add()
}

// reusable finds an idle process for a version, or nil. The pool is locked.
func (p *Pool) reusable(version string, a authority) (best *process) {
	for _, w := range slices.Backward(p.idle) {
		switch {
		case w.serves != a || !w.alive():
		case slices.Contains(w.compiled, version):
			return w
		case best == nil || len(w.compiled) < len(best.compiled):
			best = w
		}
	}
	return best
}

// replenish has fresh processes started in the place of those that were taken. It is for when a script has begun: before, the
// new process would only take its time.
func (p *Pool) replenish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refill()
}

// add starts a process that counts as busy.
func (p *Pool) add() (*process, error) {
	if p.ctx.Err() != nil {
		return nil, ErrClosed
	}
	w, err := p.start()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.tried:
	default:
		p.startErr = err
		close(p.tried)
	}
	if err != nil {
		return nil, err
	}
	p.stats.Started++
	p.all[w] = struct{}{}
	if p.closed {
		w.kill()
	}
	p.waiting.Go(func() { p.forget(w) })
	return w, nil
}

// forget waits for the end of a process and strikes it off the lists.
func (p *Pool) forget(w *process) {
	<-w.exited
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, w)
	p.fresh = without(p.fresh, w)
	p.idle = without(p.idle, w)
	if fresh := w.serves == (authority{}); fresh && !p.closed {
		p.setbacks++
		p.options.Logger.Warn("a worker ended before it ran anything", "state", w.ended.String(), "output", w.stderr.String())
		p.refill()
	}
}

// refill starts processes until enough fresh ones wait. The pool is locked.
func (p *Pool) refill() {
	if p.closed || p.refilling || len(p.fresh) >= p.options.Warm {
		return
	}
	p.refilling = true
	p.waiting.Go(func() {
		for p.wantsMore() {
			w, err := p.add()
			p.mu.Lock()
			if err == nil {
				_ = w.link.Send(wire.FrameWarm, 0, nil, nil) // it says so itself when it has gone
				p.fresh = append(p.fresh, w)
			} else if !p.closed {
				p.setbacks++
				p.options.Logger.Error("cannot start a worker", "error", err)
			}
			p.mu.Unlock()
		}
	})
}

// wantsMore reports whether refill goes on, after a pause when the last processes came to nothing.
func (p *Pool) wantsMore() bool {
	p.mu.Lock()
	setbacks := p.setbacks
	p.mu.Unlock()
	if setbacks > 0 {
		pause := time.NewTimer(min(50*time.Millisecond<<min(setbacks, 10), 10*time.Second))
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-p.ctx.Done():
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refilling = !p.closed && len(p.fresh) < p.options.Warm
	return p.refilling
}

func without(list []*process, w *process) []*process {
	return slices.DeleteFunc(list, func(other *process) bool { return other == w })
}

// give takes a process back. One that is not clean goes.
func (p *Pool) give(w *process, clean bool) {
	w.used = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setbacks = 0
	p.refill()
	if !clean || p.closed || w.runs >= maxRuns && w.serves != p.compiling() || !w.alive() {
		w.kill()
		return
	}
	p.idle = append(p.idle, w)
	if len(p.idle) > max(p.options.Idle, p.options.Workers) {
		p.dismiss()
	}
	if p.expiry == nil {
		p.expiry = time.AfterFunc(expiryEvery, p.expire)
	}
}

// dismiss lets the process go that has waited longest. The pool is locked.
func (p *Pool) dismiss() {
	p.idle[0].kill()
	p.idle = slices.Delete(p.idle, 0, 1)
}

// expire lets the processes go that have waited long enough.
func (p *Pool) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expiry = nil
	if p.closed {
		return
	}
	for len(p.idle) > 0 {
		patience := idleTime
		if len(p.idle) > p.options.Idle {
			patience = surplusTime
		}
		if time.Since(p.idle[0].used) < patience {
			p.expiry = time.AfterFunc(expiryEvery, p.expire)
			return
		}
		p.dismiss()
	}
}

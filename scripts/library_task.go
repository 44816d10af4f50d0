package scripts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/engine"
)

const (
	// defaultCompileTimeout is LibraryOptions.CompileTimeout.
	defaultCompileTimeout = 15 * time.Second
	// quickCompile is how long one script may hold up others.
	quickCompile = 2 * time.Second
	// maxSlow is how many scripts that take longer are compiled beside the others.
	maxSlow = 2
)

// CompilePlaces returns how many calls of LibraryOptions.Compile there are at the same time in a library with that Limit.
func CompilePlaces(limit int) int { return atATime(limit) + maxSlow }

// atATime is LibraryOptions.Limit.
func atATime(limit int) int {
	if limit <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return limit
}

// errSlow is the outcome of a build that goes on.
var errSlow = errors.New("the script is still being compiled")

// task is a script that is being built.
type task struct {
	path string
	info os.FileInfo
	stop context.CancelFunc
	// header is what the file says, once it was read.
	header atomic.Pointer[Header]
	// done is closed when result is there.
	done   chan struct{}
	result build
}

// isDone reports whether the result is there.
func (t *task) isDone() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// tasks are the builds of a loader. Those that take long go on while others are done.
type tasks struct {
	compiler
	quick, timeout time.Duration
	// ended receives when one of the slow has come to its end.
	ended chan struct{}

	ctx   context.Context //nolint:containedctx // that of the loader
	close context.CancelFunc
	group sync.WaitGroup

	mu   sync.Mutex
	slow map[string]*task
	// queued wait for a place among the slow, in the state of their files.
	queued map[string]os.FileInfo
}

func newTasks(c compiler, timeout time.Duration) *tasks {
	t := &tasks{compiler: c, timeout: timeout, quick: min(quickCompile, timeout/2), ended: make(chan struct{}, 1), slow: map[string]*task{}, queued: map[string]os.FileInfo{}}
	t.ctx, t.close = context.WithCancel(context.Background())
	return t
}

// stop stops all builds and waits for them.
func (ts *tasks) stop() {
	ts.close()
	ts.group.Wait()
}

// start begins a build.
func (ts *tasks) start(path string, info os.FileInfo) *task {
	t := &task{path: path, info: info, done: make(chan struct{})}
	ctx, stop := context.WithTimeout(ts.ctx, ts.timeout)
	t.stop = stop
	ts.group.Go(func() {
		defer stop()
		t.result = ts.build(ctx, path, info, func(h Header) { t.header.Store(&h) })
		if t.result.err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.result.err = &engine.Error{
				Kind: engine.KindCompile, Position: engine.Position{File: ts.name(path)},
				Message: fmt.Sprintf("compiling the script takes longer than %s", ts.timeout),
				Hint:    "make the script and its imports smaller", Err: engine.ErrTimeout,
			}
		}
		close(t.done)
		ts.mu.Lock()
		defer ts.mu.Unlock()
		if ts.slow[path] == t {
			ts.wake()
		}
	})
	return t
}

func (ts *tasks) wake() {
	select {
	case ts.ended <- struct{}{}:
	default:
	}
}

// run builds a script as long as it is quick. What takes longer goes on if there is room for it, and else begins again when there is.
func (ts *tasks) run(ctx context.Context, path string, info os.FileInfo) build {
	t := ts.start(path, info)
	timer := time.NewTimer(ts.quick)
	defer timer.Stop()
	select {
	case <-t.done:
		return t.result
	case <-ctx.Done():
		t.stop()
		<-t.done
		return build{err: context.Cause(ctx)}
	case <-timer.C:
	}
	pending := build{err: errSlow, used: map[string]os.FileInfo{path: info}}
	if h := t.header.Load(); h != nil {
		pending.header = *h
	}
	ts.mu.Lock()
	hasRoom := len(ts.slow) < maxSlow
	if hasRoom {
		ts.slow[path] = t
		if t.isDone() {
			ts.wake()
		}
	} else {
		ts.queued[path] = info
	}
	ts.mu.Unlock()
	if !hasRoom {
		t.stop()
		<-t.done
	}
	return pending
}

// advance returns the results of slow builds, by path, and begins those that wait. Builds of files that are others now, or gone, are
// given up.
func (ts *tasks) advance(seen map[string]*sighting) map[string]build {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	isCurrent := func(path string, info os.FileInfo) bool {
		now := seen[path]
		return now != nil && now.info != nil && sameState(now.info, info)
	}
	results := map[string]build{}
	for path, t := range ts.slow {
		switch {
		case !isCurrent(path, t.info):
			t.stop()
		case t.isDone():
			results[path] = t.result
		default:
			continue
		}
		delete(ts.slow, path)
	}
	for path, info := range ts.queued {
		switch {
		case !isCurrent(path, info):
		case len(ts.slow) < maxSlow:
			ts.slow[path] = ts.start(path, info)
		default:
			continue
		}
		delete(ts.queued, path)
	}
	return results
}

// queue has a script built among the slow.
func (ts *tasks) queue(path string, info os.FileInfo) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.queued[path] = info
	ts.wake()
}

// isSlow reports whether a script is being built, or waits for it, beside the others.
func (ts *tasks) isSlow(path string) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	_, waits := ts.queued[path]
	return waits || ts.slow[path] != nil
}

// pending are the scripts that are being built, or wait for it, beside the others.
func (ts *tasks) pending() []string {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var names []string
	for path := range ts.slow {
		names = append(names, ts.name(path))
	}
	for path := range ts.queued {
		names = append(names, ts.name(path))
	}
	slices.Sort(names)
	return names
}

// isCostly reports whether an error tells that a script took more than it may: whoever tries it again pays for it again.
func isCostly(err error) bool {
	return errors.Is(err, engine.ErrTimeout) || errors.Is(err, engine.ErrMemory)
}

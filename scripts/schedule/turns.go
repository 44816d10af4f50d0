package schedule

import (
	"slices"
	"sync"
	"time"
)

// turns are the places of a host, in which runs go. Scripts take turns: the next place is for the script that had the least time in
// places so far, so that no number of runs of one, and no number of slow scripts, keeps the others waiting for long.
//
// Some places are for scripts whose runs are usually short. When slow runs hold all the others, nothing else would start for as
// long as those take.
type turns struct {
	mu sync.Mutex
	// free places, and how many of all may be held by runs of scripts that are not quick: the others are reserved.
	free, common int
	// held is how many such runs hold now. A quick run holds none of them, wherever it came from: else quick scripts that always
	// have runs waiting would keep all others out.
	held    int
	shares  map[string]*share
	waiting []*turn // in the order in which they came
	// clock is the time that the script had which got the last place: one that was idle begins there.
	clock time.Duration
}

// share is what a script had of the places.
type share struct {
	spent time.Duration
	going int
	// usual is how long its runs take, or 0 before the first has ended.
	usual time.Duration
}

// turn is a run that waits for a place.
type turn struct {
	script string
	ready  chan struct{}
}

// quickRun is how long the runs of a quick script usually take at most.
const quickRun = 2 * time.Second

// assumedRun is how long a run is expected to take of which nothing is known.
const assumedRun = time.Second

// reservedPlaces is how many places a host has for quick scripts, beside those for all.
func reservedPlaces(workers int) int { return (workers + 7) / 8 }

func (t *turns) init(workers int) {
	t.common = workers
	t.free = workers + reservedPlaces(workers)
	t.shares = map[string]*share{}
}

// of returns a script's share. The turns are locked.
func (t *turns) of(script string) *share {
	s := t.shares[script]
	if s == nil {
		s = &share{}
		t.shares[script] = s
	}
	return s
}

// isQuick reports whether the runs of a script are known to be short.
func (t *turns) isQuick(script string) bool { return t.judge(script, (*share).isQuick) }

// batch is how many runs of the script may stand in the queue: about as many as one place does in quickRun, so that a few scripts do
// not fill the queue of a host.
func (t *turns) batch(script string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.shares[script]
	if s == nil || s.usual == 0 {
		return unknownBatch
	}
	return int(min(max(quickRun/s.usual, 1), lineBatch))
}

// goes reports whether a run of the script is in a place.
func (t *turns) goes(script string) bool {
	return t.judge(script, func(s *share) bool { return s.going > 0 })
}

func (t *turns) judge(script string, is func(*share) bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.shares[script]
	return s != nil && is(s)
}

func (s *share) isQuick() bool { return s.usual > 0 && s.usual <= quickRun }

// expected is how long a run will take.
func (s *share) expected() time.Duration {
	if s.usual > 0 {
		return s.usual
	}
	return assumedRun
}

// tryTake takes a place if nobody has to wait for one.
func (t *turns) tryTake(script string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.of(script)
	if !t.fits(s) || slices.ContainsFunc(t.waiting, func(w *turn) bool { return t.fits(t.of(w.script)) }) {
		return false
	}
	t.begin(s)
	return true
}

// take waits for a place, unless the end comes first, or the patience runs out when it is not 0.
func (t *turns) take(script string, end <-chan struct{}, patience time.Duration) bool {
	select {
	case <-end:
		return false
	default:
	}
	if t.tryTake(script) {
		return true
	}
	w := &turn{script, make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	t.serve()
	t.mu.Unlock()
	var late <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-w.ready:
		return true
	case <-end:
	case <-late:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting, w)
	if at < 0 { // the place came at the same moment
		return true
	}
	t.waiting = slices.Delete(t.waiting, at, at+1)
	return false
}

// give returns a place. Took is how long the run went, or 0 when it did not begin.
func (t *turns) give(script string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.of(script)
	t.count(s, -s.going)
	s.going--
	s.spent += took - s.expected()
	if took > 0 {
		if s.usual == 0 {
			s.usual = took
		} else {
			s.usual = (s.usual + took) / 2
		}
	}
	t.count(s, s.going)
	t.free++
	t.serve()
}

// fits reports whether a script may have one of the free places.
func (t *turns) fits(s *share) bool { return t.free > 0 && (t.held < t.common || s.isQuick()) }

// count changes held by a number of runs of a script.
func (t *turns) count(s *share, runs int) {
	if !s.isQuick() {
		t.held += runs
	}
}

// begin gives a script a place.
func (t *turns) begin(s *share) {
	// What was not used is not saved up.
	s.spent = max(s.spent, t.clock)
	t.clock = s.spent
	s.spent += s.expected()
	s.going++
	t.count(s, 1)
	t.free--
}

// serve gives free places to those whose turn it is.
func (t *turns) serve() {
	for t.free > 0 {
		next := -1
		var least time.Duration
		for i, w := range t.waiting {
			s := t.of(w.script)
			if !t.fits(s) {
				continue
			}
			if spent := max(s.spent, t.clock); next < 0 || spent < least {
				next, least = i, spent
			}
		}
		if next < 0 {
			return
		}
		w := t.waiting[next]
		t.waiting = slices.Delete(t.waiting, next, next+1)
		t.begin(t.of(w.script))
		close(w.ready)
	}
}

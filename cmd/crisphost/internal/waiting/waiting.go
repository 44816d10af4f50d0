// Package waiting shows people what a script waits for: a status line on a terminal, a line for each wait elsewhere.
package waiting

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
)

// width is how much of a line any terminal shows: one that breaks could not be taken away.
const width = 79

// standardNotice is how long a call takes, or waits, before anything is shown.
const standardNotice = 3 * time.Second

// Status shows what calls wait for. Close ends it.
type Status struct {
	err   io.Writer
	start sync.Once
	// live is set where err is a terminal: the line is redrawn and taken away again.
	live bool
	done chan struct{}
	// tick is how often the calls are looked at, and notice how long one goes on before it is told of.
	tick, notice time.Duration

	mu    sync.Mutex
	calls map[*call]struct{}
	ended int
	// shown tells that the status line stands on the terminal.
	shown bool
	// why and until are those of the longest wait.
	why   string
	until time.Time
	began time.Time
	said  time.Time
}

type call struct {
	operation string
	began     time.Time
	told      bool
}

// New returns a status that is shown on err.
func New(err io.Writer, live bool) *Status {
	return &Status{err: err, live: live, done: make(chan struct{}), calls: map[*call]struct{}{}, tick: time.Second, notice: standardNotice}
}

// Close takes the line away.
func (s *Status) Close() {
	close(s.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

// Watcher is what the client tells.
func (s *Status) Watcher() crisp.Watcher {
	return crisp.Watcher{
		Call: func(operation string) func() {
			s.start.Do(func() { go s.run() })
			c := &call{operation: operation, began: time.Now()}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.calls[c] = struct{}{}
			return func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.calls, c)
				s.ended++
				s.erase()
			}
		},
		Wait: s.wait,
	}
}

func (s *Status) wait(operation, why string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if d < s.notice || now.Add(d).Before(s.until.Add(time.Second)) {
		return // too short to tell of, or one of many that wait for the same
	}
	s.why, s.began, s.until = operation+" waits "+why, now, now.Add(d)
	if !s.live {
		fmt.Fprintf(s.err, "crisphost: %s for %s (%s so far)\n", s.why, d.Round(time.Second), words.Count(s.ended, "call"))
	}
}

// Reason keeps why calls wait, for programs that show it themselves.
type Reason struct {
	mu    sync.Mutex
	why   string
	until time.Time
}

// Watcher is what the client tells.
func (r *Reason) Watcher() crisp.Watcher {
	return crisp.Watcher{Wait: func(call, why string, d time.Duration) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if until := time.Now().Add(d); until.After(r.until) {
			r.why, r.until = call+" waits "+why, until
		}
	}}
}

// String is what calls wait for now and for how long yet, or "".
func (r *Reason) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := time.Until(r.until).Round(time.Second)
	if left <= 0 {
		return ""
	}
	return fmt.Sprintf("%s for %s", r.why, left)
}

func (s *Status) run() {
	ticker := time.NewTicker(s.tick)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.look()
		case <-s.done:
			return
		}
	}
}

// look tells of the call that has gone on for longest.
func (s *Status) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var longest *call
	for c := range s.calls {
		if longest == nil || c.began.Before(longest.began) {
			longest = c
		}
	}
	now := time.Now()
	if longest == nil || now.Sub(longest.began) < s.notice {
		s.erase()
		return
	}
	took := now.Sub(longest.began).Round(time.Second)
	sofar := words.Count(s.ended, "call")
	switch {
	case s.live && now.Before(s.until):
		s.draw(fmt.Sprintf("%s of %s · %s so far · %s", now.Sub(s.began).Round(time.Second), s.until.Sub(s.began).Round(time.Second), sofar, s.why))
	case s.live:
		s.draw(fmt.Sprintf("%s · %s so far · %s runs", took, sofar, longest.operation))
	case !longest.told && now.After(s.until) && now.Sub(s.said) > 10*s.notice:
		longest.told, s.said = true, now
		fmt.Fprintf(s.err, "crisphost: %s has run for %s (%s so far)\n", longest.operation, took, sofar)
	}
}

func (s *Status) draw(text string) {
	s.erase()
	s.shown = true
	fmt.Fprint(s.err, "\x1b[2m"+plain.Cut(text, width)+"\x1b[0m")
}

func (s *Status) erase() {
	if s.shown {
		s.shown = false
		fmt.Fprint(s.err, "\r\x1b[K")
	}
}

// Writer returns a writer to a stream that may be the same terminal: the line is taken away before something else is written.
func (s *Status) Writer(to io.Writer) io.Writer {
	if !s.live {
		return to
	}
	return writer{s, to}
}

type writer struct {
	status *Status
	to     io.Writer
}

func (w writer) Write(p []byte) (int, error) {
	w.status.mu.Lock()
	defer w.status.mu.Unlock()
	w.status.erase()
	return w.to.Write(p)
}

// Package webhook posts events to the URLs that were registered for them, as Crisp's web hooks are.
package webhook

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Hook is a URL that events are posted to.
type Hook struct {
	URL string
	// Secret signs the deliveries, as those to plugins are. Without one they are unsigned, as those of websites, whose
	// URL holds a secret.
	Secret string
	// WebsiteID and Events narrow what is posted, unless they are empty.
	WebsiteID string
	Events    []string
}

// Options tell how deliveries are made. How the service makes them is established only so far: it wants the status 200,
// and posts again otherwise. All figures are guesses.
type Options struct {
	// Retries is the time before each further attempt. Standard is 1 s, 5 s, 30 s, 2 min and 10 min.
	Retries []time.Duration
	// Timeout is how long a receiver may take to answer: 10 s.
	Timeout time.Duration
	// Parallel is how many deliveries to one URL may be under way at the same time: 1, which keeps their order unless an
	// attempt fails.
	Parallel int
	// Queue is how many deliveries may wait for one URL: 100,000. Further events are not posted to it.
	Queue int
	// Repeat and Late are probabilities: that an accepted event is posted again, and that an event is posted only LateBy
	// later. LateBy is 30 s unless it is set.
	Repeat, Late float64
	LateBy       time.Duration
	// Now is the clock of timestamps.
	Now func() time.Time
	Log *slog.Logger
}

// Sender posts events. It is safe for concurrent use.
type Sender struct {
	opts   Options
	client *http.Client
	random *rand.Rand // with mu held

	mu    sync.Mutex
	lines []*line
	ended bool
	// work counts the goroutines that post.
	work sync.WaitGroup
}

// New makes a sender. Numbers draw the faults that the options ask for.
func New(opts Options, numbers rand.Source) *Sender {
	if opts.Retries == nil {
		opts.Retries = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	}
	opts.Timeout = cmp.Or(opts.Timeout, 10*time.Second)
	opts.Parallel = max(opts.Parallel, 1)
	opts.Queue = cmp.Or(opts.Queue, 100_000)
	opts.LateBy = cmp.Or(opts.LateBy, 30*time.Second)
	transport := &http.Transport{MaxIdleConnsPerHost: opts.Parallel, IdleConnTimeout: 30 * time.Second}
	return &Sender{opts: opts, random: rand.New(numbers), client: &http.Client{
		Transport: transport, Timeout: opts.Timeout,
		// A receiver has one address; that the service follows none is a guess.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SetHooks replaces the hooks. What waits for a URL that stays is posted still, and what waits for others is dropped.
func (s *Sender) SetHooks(hooks []Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	var lines []*line
	for _, h := range hooks {
		l := s.find(h.URL)
		if l == nil {
			l = newLine(s, h)
		}
		l.set(h)
		lines = append(lines, l)
	}
	for _, old := range s.lines {
		if !contains(hooks, old.url) {
			old.stop()
		}
	}
	s.lines = lines
}

func contains(hooks []Hook, url string) bool {
	for _, h := range hooks {
		if h.URL == url {
			return true
		}
	}
	return false
}

func (s *Sender) find(url string) *line {
	for _, l := range s.lines {
		if l.url == url {
			return l
		}
	}
	return nil
}

// Listens reports whether there is a hook.
func (s *Sender) Listens() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines) > 0
}

// State is a hook with what became of its deliveries.
type State struct {
	Hook
	// Delivered and Failed count attempts, Dropped the events that were given up or did not fit into the queue, and
	// Waiting those that are still to be posted.
	Delivered, Failed, Dropped, Waiting int
}

// States returns the hooks in the order in which they were set.
func (s *Sender) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]State, len(s.lines))
	for i, l := range s.lines {
		states[i] = l.state()
	}
	return states
}

// Send queues an event for each hook that takes it. The body is the whole text that is posted.
func (s *Sender) Send(website, event string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lines {
		if !l.takes(website, event) {
			continue
		}
		var wait time.Duration
		if s.chance(s.opts.Late) {
			wait = s.opts.LateBy
		}
		l.add(&delivery{event: event, body: body, repeat: s.chance(s.opts.Repeat)}, wait)
	}
}

func (s *Sender) chance(p float64) bool { return p > 0 && s.random.Float64() < p }

// Close gives up what waits, cuts what is under way, and waits for its end.
func (s *Sender) Close() {
	s.mu.Lock()
	s.ended = true
	for _, l := range s.lines {
		l.stop()
	}
	s.lines = nil
	s.mu.Unlock()
	s.work.Wait()
	s.client.CloseIdleConnections()
}

package rtm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp"
)

// Client listens to RTM. It is safe for concurrent use. It connects with the first listener and stays connected until
// it is closed or the connection fails for good; a listener that begins later then tries again.
type Client struct {
	api  *crisp.Client
	opts Options
	http *http.Client
	ctx  context.Context // until Close
	stop context.CancelFunc
	runs sync.WaitGroup

	// Only the loop of run uses these.
	address     string        // of the socket, or empty when it has to be asked for
	skew        time.Duration // of the service's clock ahead of this one's
	failures    int           // connections in a row that were short or never accepted
	unusable    int           // connections in a row that errUnusable ended
	connections int           // that were accepted

	mu        sync.Mutex
	running   bool
	closed    bool
	listeners []*listener
	session   *session  // the accepted connection, or nil
	resume    time.Time // Options.Since, until there was a connection
	gap       *gap      // since the connection whose events were delivered last
	recent    *recent   // nil without CatchUp
	caught    *recent   // what the last reading found and may still come over the socket
	backlog   *backlog  // nil unless missed messages are read
}

// gap is how a connection ended.
type gap struct {
	since  time.Time // the last sign of life
	reason string
}

// New returns a client that discovers the socket through an API client and authenticates with its credentials. It
// connects to nothing yet. It fails when the API client has no credentials, or an option makes no sense.
func New(api *crisp.Client, opts Options) (*Client, error) {
	if identifier, key := api.Credentials(); identifier == "" || key == "" {
		return nil, errors.New("rtm: the API client has no credentials to authenticate with")
	}
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("rtm: %w", err)
	}
	c := &Client{api: api, opts: opts, resume: opts.Since}
	transport := opts.Transport
	if transport == nil {
		transport = socketTransport()
	}
	c.http = &http.Client{
		Transport: transport,
		// The key goes to the address that discovery gave, and to no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	if opts.CatchUp {
		c.recent = newRecent()
	}
	return c, nil
}

// Close ends the connection and all listeners, which end with ErrClosed, and waits until nothing of the client runs any
// more.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	listeners := c.listeners
	c.mu.Unlock()
	for _, l := range listeners {
		l.fail(fmt.Errorf("rtm: %w", ErrClosed))
	}
	c.stop()
	c.runs.Wait()
	c.http.CloseIdleConnections()
	return nil
}

// Listen iterates over the events of some names, in the order in which they come: without names, or with [All], over
// all that Crisp is known to have. Names that are not known are asked for all the same. Listening begins when the loop
// does. It ends with an error, which is the last thing yielded: one of this package's, or why ctx ended.
//
// Events wait for the loop within the limits of [Options]; a slow loop never holds up the connection or other
// listeners.
func (c *Client) Listen(ctx context.Context, names []string) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		l := c.newListener(names)
		if err := c.join(l); err != nil {
			yield(crisp.Event{}, err)
			return
		}
		defer c.leave(l)
		for {
			event, err := l.next(ctx)
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

func (c *Client) join(l *listener) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fmt.Errorf("rtm: %w", ErrClosed)
	}
	if !c.resume.IsZero() {
		l.since = c.resume
	}
	c.listeners = append(slices.Clip(c.listeners), l)
	if !c.running {
		c.running = true
		c.gap, c.failures, c.unusable = nil, 0, 0
		if !c.resume.IsZero() {
			c.gap = &gap{since: c.resume, reason: "another client listened before"}
		}
		c.runs.Go(c.run)
	}
	c.greet()
	c.rebind()
	return nil
}

func (c *Client) leave(l *listener) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listeners = slices.DeleteFunc(slices.Clone(c.listeners), func(other *listener) bool { return other == l })
	c.rebind()
}

// run keeps the connection up until the client is closed or an error is final.
func (c *Client) run() {
	for {
		s, err := c.connect(c.ctx)
		if c.ctx.Err() != nil {
			return
		}
		c.count(s, err)
		if end := c.final(err); end != nil {
			c.opts.Logger.LogAttrs(c.ctx, slog.LevelError, "listening ended", slog.String("error", end.Error()))
			c.giveUp(fmt.Errorf("rtm: %w", end))
			return
		}
		delay := c.delay()
		c.opts.Logger.LogAttrs(c.ctx, slog.LevelWarn, "connection ended", slog.Int("connection", c.connections),
			slog.String("error", err.Error()), slog.Duration("wait", delay))
		select {
		case <-time.After(delay):
		case <-c.ctx.Done():
			return
		}
	}
}

// count takes down how a connection went.
func (c *Client) count(s *session, err error) {
	accepted := s != nil && !s.accepted.IsZero()
	long := accepted && time.Since(s.accepted) >= c.opts.MaxDelay
	switch {
	case long:
		c.failures = 0
	default:
		c.failures++
	}
	switch {
	case errors.Is(err, errUnusable) && !long:
		c.unusable++
	case accepted:
		c.unusable = 0
	}
	if !accepted {
		c.address = ""
	}
}

// delay is a random time between one and two times what the attempts so far amount to.
func (c *Client) delay() time.Duration {
	delay := c.opts.MinDelay
	for range c.failures - 1 {
		if delay *= 2; delay >= c.opts.MaxDelay {
			delay = c.opts.MaxDelay
			break
		}
	}
	return delay + rand.N(delay)
}

// giveUp ends all listeners.
func (c *Client) giveUp(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = false
	if b := c.backlog; b != nil {
		c.backlog = nil
		c.deliverAll(b.missed, b.events)
	}
	for _, l := range c.listeners {
		l.fail(err)
	}
}

// dispatch hands an event to those who listen to it.
func (c *Client) dispatch(event *crisp.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handOut(event)
}

// handOut is dispatch for those who have the mutex.
func (c *Client) handOut(event *crisp.Event) {
	if c.backlog != nil {
		c.backlog.add(event, &c.opts)
		return
	}
	c.deliver(event)
}

// deliver needs the mutex.
func (c *Client) deliver(event *crisp.Event) {
	if c.caught != nil && c.caught.has(*event) {
		return
	}
	c.recent.note(*event)
	for _, l := range c.listeners {
		if l.hears(event.Name) && !event.Time.Before(l.since) {
			l.push(event)
		}
	}
}

// heard reports whether anybody listens to events of a name.
func (c *Client) heard(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hears(name)
}

// hears is heard for one of several names. It needs the mutex.
func (c *Client) hears(names ...string) bool {
	return slices.ContainsFunc(c.listeners, func(l *listener) bool { return slices.ContainsFunc(names, l.hears) })
}

// wanted returns the names that the listeners need, sorted. It needs the mutex.
func (c *Client) wanted() []string {
	names := []string{}
	for _, l := range c.listeners {
		names = append(names, l.names...)
		if l.all {
			names = append(names, known(c.api.Tier())...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// rebind has the session ask for other names, if need be. It needs the mutex.
func (c *Client) rebind() {
	if s := c.session; s != nil && len(c.listeners) > 0 {
		select {
		case s.rebind <- struct{}{}:
		default:
		}
	}
}

// greet puts markers before what listeners hear first over the connection. It needs the mutex.
func (c *Client) greet() {
	s := c.session
	if s == nil || c.backlog != nil {
		return
	}
	for _, l := range c.listeners {
		if l.greeted == s.number || !s.covers(l) {
			continue
		}
		l.greeted = s.number
		if !l.marker {
			continue
		}
		data := ConnectedData{Connection: s.number}
		if s.gap != nil && l.since.Before(s.accepted) {
			data.Gap = s.gap
		}
		l.push(&crisp.Event{Name: Connected, Data: data.raw(), Time: s.accepted})
	}
}

package rtm

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp"
)

// listener is one that events are kept for until it takes them.
type listener struct {
	names  []string // sorted, without All and Connected
	all    bool
	marker bool // asked for Connected
	since  time.Time
	// greeted is the connection that the listener has heard of. The client's mutex guards it.
	greeted int

	maxEvents int
	maxBytes  int64
	wake      chan struct{} // holds a value when there may be something to take

	mu    sync.Mutex
	queue []crisp.Event
	taken int // so many at the beginning of queue are gone
	bytes int64
	err   error // what comes after the queue
}

func (c *Client) newListener(names []string) *listener {
	l := &listener{
		since:     time.Now(),
		maxEvents: c.opts.MaxEvents,
		maxBytes:  c.opts.MaxBytes,
		wake:      make(chan struct{}, 1),
	}
	for _, name := range names {
		switch name {
		case All:
			l.all = true
		case Connected:
			l.marker = true
		default:
			l.names = append(l.names, name)
		}
	}
	l.all = l.all || len(names) == 0
	slices.Sort(l.names)
	l.names = slices.Compact(l.names)
	return l
}

// hears reports whether the listener listens to events of a name.
func (l *listener) hears(name string) bool {
	if l.all {
		return true
	}
	_, found := slices.BinarySearch(l.names, name)
	return found
}

// eventOverhead is about what an event takes in memory besides its payload.
const eventOverhead = 128

func sizeOf(event *crisp.Event) int64 { return int64(len(event.Data)) + eventOverhead }

// push keeps an event for the listener, or ends it. It never waits.
func (l *listener) push(event *crisp.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	if len(l.queue)-l.taken >= l.maxEvents || l.bytes+sizeOf(event) > l.maxBytes && l.bytes > 0 {
		l.end(fmt.Errorf("rtm: %w: %d wait; take them from the loop at once, and do what takes long beside it",
			ErrSlow, len(l.queue)-l.taken))
		return
	}
	l.queue = append(l.queue, *event)
	l.bytes += sizeOf(event)
	l.signal()
}

// fail ends the listener after what waits for it.
func (l *listener) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end(err)
}

func (l *listener) end(err error) {
	if l.err == nil {
		l.err = err
	}
	l.signal()
}

func (l *listener) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// next waits for an event.
func (l *listener) next(ctx context.Context) (crisp.Event, error) {
	for {
		if ctx.Err() != nil {
			return crisp.Event{}, context.Cause(ctx)
		}
		if event, ok, err := l.take(); ok || err != nil {
			return event, err
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
		}
	}
}

// smallQueue is the room that an empty queue may keep.
const smallQueue = 256

func (l *listener) take() (event crisp.Event, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == len(l.queue) {
		return event, false, l.err
	}
	event = l.queue[l.taken]
	l.queue[l.taken] = crisp.Event{}
	l.taken++
	l.bytes -= sizeOf(&event)
	switch {
	case l.taken < len(l.queue):
		// What is gone must not take more room than what waits.
		if l.taken >= smallQueue && l.taken >= len(l.queue)/2 {
			l.queue = slices.Clone(l.queue[l.taken:])
			l.taken = 0
		}
	case cap(l.queue) > smallQueue:
		l.queue, l.taken = nil, 0
	default:
		l.queue, l.taken = l.queue[:0], 0
	}
	return event, true, nil
}

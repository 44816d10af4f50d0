// Package eventqueue holds events between those who receive them and a script that takes them one by one. A queue is bounded, and one
// that overflows ends with an error: nothing is lost in silence.
package eventqueue

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/crisphost/crisphost/crisp"
)

// ErrOverflow is the end of a queue whose events were not taken in time.
var ErrOverflow = errors.New("more events wait than can be held")

// ErrEnded is the end of a queue after which nothing more comes.
var ErrEnded = errors.New("the events have ended")

// Queue is a queue of events. One goroutine may put while others take.
type Queue struct {
	mu     sync.Mutex
	events []crisp.Event
	bytes  int
	// maxEvents and maxBytes bound it.
	maxEvents, maxBytes int
	// end is why nothing more comes, once the events that wait were taken.
	end error
	// changed has a value when there may be something to take.
	changed chan struct{}
}

// New returns an empty queue for so many events and bytes. An event that is larger has room alone.
func New(events, bytes int) *Queue {
	return &Queue{maxEvents: events, maxBytes: bytes, changed: make(chan struct{}, 1)}
}

// Fill puts the events of a sequence into the queue until it ends, fails or overflows, and ends the queue. It returns why.
func (q *Queue) Fill(events iter.Seq2[crisp.Event, error]) error {
	end := ErrEnded
	for e, err := range events {
		if err != nil {
			end = err
			break
		}
		if !q.put(e) {
			end = ErrOverflow
			break
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.end = end
	q.notify()
	return end
}

// put adds an event, and reports whether there was room for it.
func (q *Queue) put(e crisp.Event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := sizeOf(e)
	if len(q.events) == q.maxEvents || len(q.events) > 0 && q.bytes+size > q.maxBytes {
		return false
	}
	q.events, q.bytes = append(q.events, e), q.bytes+size
	q.notify()
	return true
}

func (q *Queue) notify() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// Take waits until there are events and returns those that wait: at least one, and further ones up to a number of bytes. At the end of
// the queue it fails with why it has ended, and when ctx ends with its cause.
func (q *Queue) Take(ctx context.Context, bytes int) ([]crisp.Event, error) {
	for {
		if taken, err := q.take(bytes); taken != nil || err != nil {
			return taken, err
		}
		select {
		case <-q.changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (q *Queue) take(bytes int) ([]crisp.Event, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	for n < len(q.events) && (n == 0 || size+sizeOf(q.events[n]) <= bytes) {
		size += sizeOf(q.events[n])
		n++
	}
	if n == 0 {
		if q.end != nil {
			q.notify() // for others that wait
		}
		return nil, q.end
	}
	taken := q.events[:n:n]
	q.events, q.bytes = q.events[n:], q.bytes-size
	if len(q.events) > 0 || q.end != nil {
		q.notify()
	} else {
		q.events = nil // what was taken is not held on to
	}
	return taken, nil
}

// sizeOf is what an event takes, roughly.
func sizeOf(e crisp.Event) int { return len(e.Data) + len(e.Name) + 100 }

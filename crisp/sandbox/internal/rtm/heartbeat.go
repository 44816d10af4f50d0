package rtm

import (
	"sync"
	"time"
)

// heartbeat finds out whether the client is alive. In Engine.IO 4 the server asks, and the client has some time to answer
// from the moment in which the question was written: counted from when it was queued, a burst of events before it would
// end the connection. In Engine.IO 3 the client asks.
type heartbeat struct {
	interval, timeout time.Duration
	// due holds a token when a ping is to be written.
	due  chan struct{}
	next *time.Timer // nil when the client asks

	mu sync.Mutex
	// silence ends the connection.
	silence *time.Timer
	waiting bool
}

func (h *heartbeat) start(clientAsks bool, interval, timeout time.Duration, dead func()) {
	h.interval, h.timeout, h.due = interval, timeout, make(chan struct{}, 1)
	h.silence = time.AfterFunc(interval+timeout, dead)
	if clientAsks {
		return
	}
	// Writing the ping late is not the client's fault; that a write takes too long is noticed elsewhere.
	h.silence.Stop()
	h.next = time.AfterFunc(interval, func() { h.due <- struct{}{} })
}

func (h *heartbeat) stop() {
	if h.next != nil {
		h.next.Stop()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.silence.Stop()
}

// sending is called before a ping is written, as its answer may be read before the write returns.
func (h *heartbeat) sending() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = true
}

// sent is called when a ping was written.
func (h *heartbeat) sent() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting {
		h.silence.Reset(h.timeout)
	}
}

// answered takes the client's part: its answer, or its own question.
func (h *heartbeat) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.next == nil:
		h.silence.Reset(h.interval + h.timeout)
	case h.waiting:
		h.waiting = false
		h.silence.Stop()
		h.next.Reset(h.interval)
	}
}

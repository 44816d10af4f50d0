package rtm

import "sync"

// queue holds the frames that wait to be written to one socket. Memory is taken only for what waits.
type queue struct {
	mu     sync.Mutex
	frames [][]byte
	head   int
	max    int
	// ready holds a token whenever the queue may have become readable.
	ready chan struct{}
}

func newQueue(most int) *queue { return &queue{max: most, ready: make(chan struct{}, 1)} }

// push adds a frame and reports whether there was room.
func (q *queue) push(frame []byte) bool {
	q.mu.Lock()
	full := len(q.frames)-q.head >= q.max
	if !full {
		q.frames = append(q.frames, frame)
	}
	q.mu.Unlock()
	if full {
		return false
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return true
}

// pop takes the oldest frame, or nil when there is none.
func (q *queue) pop() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == len(q.frames) {
		q.frames, q.head = nil, 0
		return nil
	}
	frame := q.frames[q.head]
	q.frames[q.head] = nil
	q.head++
	// The part that was read goes when it is the larger one, so that each frame is moved once on average.
	if q.head > 1024 && q.head > len(q.frames)/2 {
		q.frames = append([][]byte(nil), q.frames[q.head:]...)
		q.head = 0
	}
	return frame
}

package loop

import (
	"context"
	"sync"
	"time"
)

// Queue holds the tasks that wait for an event loop.
type Queue struct {
	mu     sync.Mutex
	posted []func() error
	// taken are the tasks that Next returns, and spare is the place that they have been in, where the next are posted.
	taken, spare []func() error
	wake         chan struct{}
}

// NewQueue returns an empty queue.
func NewQueue() Queue { return Queue{wake: make(chan struct{}, 1)} }

// Sleep waits for a posted task, the next timer, or the end of a context.
func (q *Queue) Sleep(ctx context.Context, wait time.Duration) {
	var timer <-chan time.Time
	if wait >= 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-q.wake:
	case <-timer:
	case <-ctx.Done():
	}
}

// Post hands a task to the loop. It may be called from any goroutine; after the run's end the task is dropped.
func (q *Queue) Post(task func() error) {
	q.mu.Lock()
	q.posted = append(q.posted, task)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Next takes the task that was posted first, or returns nil. It belongs to one goroutine, and a task may call it as well.
func (q *Queue) Next() func() error {
	if len(q.taken) == 0 {
		q.mu.Lock()
		q.taken, q.posted = q.posted, q.spare[:0]
		q.mu.Unlock()
		q.spare = q.taken
	}
	if len(q.taken) == 0 {
		return nil
	}
	task := q.taken[0]
	q.taken[0] = nil
	q.taken = q.taken[1:]
	return task
}

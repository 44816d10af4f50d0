package loop

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Queue holds the tasks that wait for an event loop.
type Queue struct {
	mu     sync.Mutex
	posted []func() error
	// taken is what Take took last. The next tasks are posted in its place.
	taken []func() error
	wake  chan struct{}
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

// PostAgain puts tasks back that Take took, before the later ones.
func (q *Queue) PostAgain(tasks []func() error) {
	if len(tasks) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.posted = slices.Concat(tasks, q.posted)
}

// Take takes the tasks that were posted. They are valid until it is called again.
func (q *Queue) Take() []func() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	tasks := q.posted
	clear(q.taken)
	q.posted, q.taken = q.taken[:0], tasks
	return tasks
}

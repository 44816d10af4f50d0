//go:build unix

package host

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/scripts/console"
)

// broker hands events to those who follow. A slow one finds events of the same run or script merged.
type broker struct {
	mu        sync.Mutex
	followers map[*follower]struct{}
	count     atomic.Int32
}

// follower holds the events that somebody has not taken yet.
type follower struct {
	pending map[console.Event]struct{}
	wake    chan struct{}
}

func (b *broker) init() { b.followers = map[*follower]struct{}{} }

// tell hands an event to all who follow. It costs little when nobody does.
func (b *broker) tell(e console.Event) {
	if b.count.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for f := range b.followers {
		f.pending[e] = struct{}{}
		select {
		case f.wake <- struct{}{}:
		default: // it knows
		}
	}
}

// Subscribe implements console.Backend.
func (h *Host) Subscribe(ctx context.Context) <-chan console.Event { return h.events.subscribe(ctx) }

func (b *broker) subscribe(ctx context.Context) <-chan console.Event {
	f := &follower{pending: map[console.Event]struct{}{}, wake: make(chan struct{}, 1)}
	b.count.Add(1)
	b.mu.Lock()
	b.followers[f] = struct{}{}
	b.mu.Unlock()
	out := make(chan console.Event)
	go func() {
		defer close(out)
		defer func() {
			b.mu.Lock()
			delete(b.followers, f)
			b.mu.Unlock()
			b.count.Add(-1)
		}()
		for {
			select {
			case <-ctx.Done():
				return
			case <-f.wake:
			}
			b.mu.Lock()
			pending := f.pending
			f.pending = make(map[console.Event]struct{})
			b.mu.Unlock()
			for e := range pending {
				select {
				case out <- e:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

// foreignEvery is how often the database is asked for what other hosts and commands changed, while somebody follows.
const foreignEvery = time.Second

// followDatabase tells changes of the database, which are not only this process's, until ctx ends.
func (h *Host) followDatabase(ctx context.Context) {
	ticker := time.NewTicker(foreignEvery)
	defer ticker.Stop()
	var last int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if h.events.count.Load() == 0 {
			continue
		}
		// While the database is away there is nothing new to be seen.
		if now, err := h.config.DB.Generation(ctx); err == nil && now != last {
			last = now
			h.events.tell(console.Event{})
		}
	}
}

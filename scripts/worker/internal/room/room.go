// Package room bounds the bytes that a host holds for its runs: answers of the API and what goes to and from stores, on their way.
//
// A Room has one size for all runs. What needs more than is free waits for its turn, and turns go to the run that holds least. No wait
// is for ever: half of the room belongs to one claim at a time, which never waits there, comes to its end, and leaves it to the next.
package room

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// ErrTooLarge is the error of a claim for more than one may have.
var ErrTooLarge = errors.New("larger than the limit")

// Room is shared by all runs.
type Room struct {
	size int64

	mu sync.Mutex
	// common is what all claims but the first hold.
	common int64
	// first is the claim that has the other half for itself, if there is one.
	first *Claim
	// waiting are the claims that wait, in the order in which they came.
	waiting []*Claim
	// garbage is what was given back and may not have been collected. It counts as held while claims wait.
	garbage    int64
	collecting bool
	waits      int64
}

// New returns a room of some bytes.
func New(size int64) *Room { return &Room{size: size} }

// Stats are the figures of a room.
type Stats struct {
	Size, Held int64
	// Waiting is how many claims wait now, and Waits how many have waited.
	Waiting int
	Waits   int64
}

// Stats returns the figures of this moment.
func (r *Room) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Stats{Size: r.size, Held: r.common, Waiting: len(r.waiting), Waits: r.waits}
	if r.first != nil {
		s.Held += r.first.held
	}
	return s
}

// Share returns the part of a run. Its claims together may hold as many bytes as one of them, besides the claim whose turn it is.
func (r *Room) Share(limit int64) *Share { return &Share{room: r, limit: min(limit, r.size/2)} }

// Share is a run's part of a room.
type Share struct {
	room  *Room
	limit int64
	held  int64
}

// Limit is the most that one claim may have.
func (s *Share) Limit() int64 { return s.limit }

// Claim returns a claim that holds nothing. The caller releases it.
func (s *Share) Claim() *Claim { return &Claim{share: s} }

// Claim is what one call holds. One goroutine uses it at a time.
type Claim struct {
	share *Share
	held  int64

	wants int64
	// turn is closed when the claim got what it wants.
	turn chan struct{}
}

// Limit is the most that the claim may have.
func (c *Claim) Limit() int64 { return c.share.limit }

// Take waits until the claim holds so many bytes in all. It fails with ErrTooLarge when that is more than one may have, and with the
// cause of the end of ctx.
func (c *Claim) Take(ctx context.Context, bytes int64) error {
	r := c.share.room
	if bytes > c.share.limit {
		return fmt.Errorf("%d bytes are %w of %d", bytes, ErrTooLarge, c.share.limit)
	}
	r.mu.Lock()
	if bytes <= c.held {
		r.mu.Unlock()
		return nil
	}
	c.wants, c.turn = bytes-c.held, make(chan struct{})
	if r.first == c || len(r.waiting) == 0 && r.fits(c) {
		r.grant(c)
		r.mu.Unlock()
		return nil
	}
	r.waiting = append(r.waiting, c)
	r.waits++
	r.serve()
	r.mu.Unlock()
	select {
	case <-c.turn:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = slices.DeleteFunc(r.waiting, func(other *Claim) bool { return other == c })
	return context.Cause(ctx)
}

// Release gives everything back.
func (c *Claim) Release() {
	r := c.share.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == c {
		r.first = nil
	} else {
		r.common -= c.held
	}
	c.share.held -= c.held
	if c.held >= largeClaim {
		r.garbage += c.held
	}
	c.held = 0
	r.serve()
}

// largeClaim is from where on it matters that what was given back is still there until it was collected.
const largeClaim = 1 << 20

// fits reports whether a claim may have what it wants beside the others.
func (r *Room) fits(c *Claim) bool {
	return r.common+r.garbage+c.wants <= r.size/2 && c.share.held+c.wants <= c.share.limit
}

func (r *Room) grant(c *Claim) {
	if r.first != c {
		r.common += c.wants
	}
	c.held += c.wants
	c.share.held += c.wants
	close(c.turn)
}

// serve gives those that wait their turns. The room is locked.
func (r *Room) serve() {
	if len(r.waiting) == 0 && r.garbage < r.size/4 {
		return
	}
	if r.garbage > 0 {
		r.collect()
		if r.garbage >= r.size/4 {
			return
		}
	}
	for len(r.waiting) > 0 {
		next := -1
		for i, c := range r.waiting {
			if (r.first == nil || r.fits(c)) && (next < 0 || c.share.held < r.waiting[next].share.held) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		c := r.waiting[next]
		r.waiting = slices.Delete(r.waiting, next, next+1)
		if !r.fits(c) {
			r.first = c
			r.common -= c.held
		}
		r.grant(c)
	}
}

// collect has what was given back collected, and serves again. The room is locked.
func (r *Room) collect() {
	if r.collecting {
		return
	}
	r.collecting = true
	go func() {
		r.mu.Lock()
		gone := r.garbage
		r.mu.Unlock()
		runtime.GC()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.collecting = false
		r.garbage -= gone
		r.serve()
	}()
}

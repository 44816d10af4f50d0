package room

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crisphost/crisphost/internal/testwait"
)

// deadline ends a test that waits for ever.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func take(t *testing.T, c *Claim, bytes int64) {
	t.Helper()
	if err := c.Take(deadline(t), bytes); err != nil {
		t.Fatal(err)
	}
}

// takeLater takes in a goroutine, and returns what tells that it has.
func takeLater(t *testing.T, r *Room, c *Claim, bytes int64) <-chan error {
	t.Helper()
	before := r.Stats().Waits
	done := make(chan error, 1)
	ctx := deadline(t)
	go func() { done <- c.Take(ctx, bytes) }()
	testwait.Until(t, "the claim waits", func() bool { return r.Stats().Waits > before })
	return done
}

func TestClaimBeyondTheLimitFails(t *testing.T) {
	r := New(1000)
	for limit, most := range map[int64]int64{100: 100, 5000: 500} {
		c := r.Share(limit).Claim()
		if err := c.Take(t.Context(), most+1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("limit %d: %v", limit, err)
		}
		take(t, c, most)
		c.Release()
	}
	if s := r.Stats(); s.Held != 0 || s.Waiting != 0 {
		t.Errorf("left %+v", s)
	}
}

func TestClaimsWaitForTheirTurn(t *testing.T) {
	r := New(1000)
	a, b := r.Share(400).Claim(), r.Share(400).Claim()
	take(t, a, 400)
	take(t, b, 400) // the half that belongs to one
	c := r.Share(400).Claim()
	done := takeLater(t, r, c, 200)
	if held := r.Stats().Held; held != 800 {
		t.Errorf("%d bytes are held", held)
	}
	a.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	b.Release()
	c.Release()
}

func TestTurnsGoToTheRunThatHoldsLeast(t *testing.T) {
	r := New(1000)
	greedy, modest := r.Share(500), r.Share(500)
	first, second := greedy.Claim(), greedy.Claim()
	take(t, first, 500)
	take(t, second, 500)
	third, other := greedy.Claim(), modest.Claim()
	later := takeLater(t, r, third, 500)
	done := takeLater(t, r, other, 300)
	first.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	select {
	case <-later:
		t.Error("the run that held more came first")
	default:
	}
	second.Release()
	if err := <-later; err != nil {
		t.Fatal(err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	r := New(1000)
	s := r.Share(500)
	a, b, c := s.Claim(), s.Claim(), s.Claim()
	take(t, a, 500)
	take(t, b, 500)
	cause := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if err := c.Take(ctx, 10); !errors.Is(err, cause) {
		t.Error(err)
	}
	if s := r.Stats(); s.Waiting != 0 || s.Held != 1000 {
		t.Errorf("%+v", s)
	}
	c.Release()
	a.Release()
	b.Release()
	take(t, s.Claim(), 500)
}

// TestEveryClaimComesToItsEnd has runs of many claims that grow step by step while they hold what they have. All that fits must end,
// and what is held never be more than there is.
func TestEveryClaimComesToItsEnd(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.Int64Range(2, 1<<24).Draw(rt, "size")
		r := New(size)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var all sync.WaitGroup
		var most atomic.Int64
		failures := make(chan error, 1000)
		for range rapid.IntRange(1, 6).Draw(rt, "runs") {
			s := r.Share(rapid.Int64Range(1, size).Draw(rt, "limit"))
			for range rapid.IntRange(1, 12).Draw(rt, "claims") {
				steps := rapid.SliceOfN(rapid.Int64Range(0, s.Limit()), 1, 6).Draw(rt, "steps")
				all.Go(func() {
					c := s.Claim()
					defer c.Release()
					for _, bytes := range steps {
						if err := c.Take(ctx, bytes); err != nil {
							failures <- fmt.Errorf("take of %d: %w", bytes, err)
							return
						}
						if held := r.Stats().Held; held > most.Load() {
							most.Store(held)
						}
					}
				})
			}
		}
		all.Wait()
		close(failures)
		for err := range failures {
			rt.Fatal(err)
		}
		if s := r.Stats(); s.Held != 0 || s.Waiting != 0 || most.Load() > size {
			rt.Fatalf("left %+v, held %d of %d", s, most.Load(), size)
		}
	})
}

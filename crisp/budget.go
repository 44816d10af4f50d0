package crisp

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// clock is time as the client sees it; tests bring their own.
type clock struct {
	now func() time.Time
	// sleep answers the context's error when that ends first.
	sleep func(ctx context.Context, d time.Duration) error
	// jitter answers a random duration from 0 to below d.
	jitter func(d time.Duration) time.Duration
}

func systemClock() clock {
	return clock{
		now: time.Now,
		sleep: func(ctx context.Context, d time.Duration) error {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		jitter: func(d time.Duration) time.Duration {
			if d <= 0 {
				return 0
			}
			return rand.N(d)
		},
	}
}

// budget decides when a request may be sent. All callers of a client share one.
type budget struct {
	clock   clock
	limiter *rate.Limiter // nil without a limit
	watcher *Watcher
	spread  time.Duration // callers that a pause held back start again within this time, not all at once
	waiting atomic.Int64

	mu     sync.Mutex
	paused time.Time // nothing is sent before
}

// BudgetStats are the figures of a client's rate budget at one moment.
type BudgetStats struct {
	// Limited reports whether WithRateLimit set a budget. Limit, Burst and Tokens are zero without.
	Limited bool
	// Limit is how many requests may be sent per second, in the long run, and Burst how many at once.
	Limit float64
	Burst int
	// Tokens is how many requests may be sent now without waiting. It is below zero when callers wait for their turns.
	Tokens float64
	// Paused is for how long nothing will be sent because the API answered 429, or 0.
	Paused time.Duration
	// Waiting is how many callers the budget or a pause holds back.
	Waiting int
}

// Budget returns the figures of the rate budget that all callers of the client share, for metrics.
func (c *Client) Budget() BudgetStats {
	b := c.budget
	s := BudgetStats{Paused: max(b.pausedFor(), 0), Waiting: int(b.waiting.Load())}
	if b.limiter != nil {
		s.Limited, s.Limit, s.Burst = true, float64(b.limiter.Limit()), b.limiter.Burst()
		s.Tokens = b.limiter.TokensAt(b.clock.now())
	}
	return s
}

// pause holds all callers back for d, because the API said that there are too many requests.
func (b *budget) pause(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := b.clock.now().Add(d); until.After(b.paused) {
		b.paused = until
	}
}

func (b *budget) pausedFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paused.Sub(b.clock.now())
}

// wait blocks until a request may be sent. It fails at once when that would be after the context's deadline.
func (b *budget) wait(ctx context.Context, operation string) *Error {
	if ctx.Err() != nil {
		return stopped(ctx, "before the request was sent")
	}
	if b.limiter != nil {
		now := b.clock.now()
		turn := b.limiter.ReserveN(now, 1)
		if err := b.sleep(ctx, operation, turn.DelayFrom(now), "for its turn in the rate limit"); err != nil {
			turn.CancelAt(b.clock.now())
			return err
		}
	}
	for {
		d := b.pausedFor()
		if d <= 0 {
			return nil
		}
		if err := b.sleep(ctx, operation, d+b.clock.jitter(b.spread), "because the API said that there were too many requests"); err != nil {
			return err
		}
	}
}

func (b *budget) sleep(ctx context.Context, operation string, d time.Duration, why string) *Error {
	if d <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && b.clock.now().Add(d).After(deadline) {
		return &Error{
			Reason: ReasonTimeout, RetryAfter: d, Err: context.DeadlineExceeded,
			Message: "the call would have to wait " + why + " until after its deadline",
		}
	}
	b.watcher.waits(operation, why, d)
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	if b.clock.sleep(ctx, d) != nil {
		return stopped(ctx, "while it waited "+why)
	}
	return nil
}

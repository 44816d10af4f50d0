package crisp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func TestRateLimit(t *testing.T) {
	clock := newFakeClock()
	client := serve(t, fine, clock.option(), WithRateLimit(rate.Every(time.Second), 2))
	for range 5 {
		if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
			t.Fatal(err)
		}
	}
	var total time.Duration
	for _, d := range clock.sleeps() {
		total += d
	}
	if total.Round(time.Millisecond) != 3*time.Second {
		t.Errorf("five calls with a burst of two waited %v", clock.sleeps())
	}
}

// A retry is a request too.
func TestRateLimitCountsRetries(t *testing.T) {
	clock := newFakeClock()
	handler, _ := script(status(500), fine)
	client := serve(t, handler, clock.option(), WithRateLimit(rate.Every(time.Hour), 1), WithRetry(RetryPolicy{BaseDelay: time.Nanosecond}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := client.Do(ctx, plainOp, nil)
	e := wantError(t, err, 0, ReasonTimeout)
	if e.Attempts != 1 || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "turn in the rate limit") {
		t.Errorf("got %v", err)
	}
}

// A turn that a caller could not wait for goes back to the others.
func TestRateLimitGivesTurnsBack(t *testing.T) {
	clock := newFakeClock()
	client := serve(t, fine, clock.option(), WithRateLimit(rate.Every(time.Hour), 1))
	if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if _, err := client.Do(ctx, plainOp, nil); err == nil {
			t.Error("sent over the budget")
		}
		cancel()
	}
	if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
		t.Fatal(err)
	}
	if sleeps := clock.sleeps(); len(sleeps) != 1 || sleeps[0] > time.Hour {
		t.Errorf("slept %v", sleeps)
	}
}

// One 429 holds all callers of the client back until Retry-After has passed.
func TestLimitPausesTheWholeClient(t *testing.T) {
	clock := newFakeClock()
	opened := clock.now().Add(30 * time.Second)
	var early, limited atomic.Int32
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if clock.now().Before(opened) {
			if limited.Add(1) > 1 {
				early.Add(1)
			}
			status(429, "Retry-After", "30")(w, r)
			return
		}
		fine(w, r)
	}, clock.option())
	first, err := client.Do(t.Context(), plainOp, nil)
	if err != nil || first.Attempts != 2 {
		t.Fatalf("got %+v, %v", first, err)
	}

	// A caller with too little time fails without a request, others wait.
	opened = clock.now().Add(30 * time.Second)
	limited.Store(0)
	client.budget.pause(30 * time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = client.Do(ctx, plainOp, nil)
	e := wantError(t, err, 0, ReasonTimeout)
	if e.Attempts != 0 || !strings.Contains(err.Error(), "too many requests") {
		t.Errorf("got %v", err)
	}
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			if resp, err := client.Do(t.Context(), plainOp, nil); err != nil || resp.Attempts != 1 {
				t.Errorf("got %+v, %v", resp, err)
			}
		})
	}
	callers.Wait()
	if early.Load() != 0 || limited.Load() != 0 {
		t.Errorf("%d requests during the pause", limited.Load())
	}
}

// The pause outlives a caller that has no attempt left, unless it is longer than anybody would wait.
func TestLastAttemptStillPausesTheClient(t *testing.T) {
	for retryAfter, want := range map[string]int{"30": 1, "3600": 0} {
		handler, _ := script(status(429, "Retry-After", retryAfter), fine)
		clock := newFakeClock()
		client := serve(t, handler, clock.option(), WithRetry(RetryPolicy{MaxAttempts: 1}))
		if _, err := client.Do(t.Context(), plainOp, nil); err == nil {
			t.Error("no error")
		}
		if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
			t.Error(err)
		}
		if len(clock.sleeps()) != want {
			t.Errorf("Retry-After %s: the next call slept %v", retryAfter, clock.sleeps())
		}
	}
}

func TestCancelWhileWaitingForATurn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	clock := newFakeClock()
	client := serve(t, fine, clock.option(), WithRateLimit(rate.Every(time.Hour), 1))
	if _, err := client.Do(ctx, plainOp, nil); err != nil {
		t.Fatal(err)
	}
	clock.during = cancel
	_, err := client.Do(ctx, plainOp, nil)
	if e := wantError(t, err, 0, ReasonCanceled); e.Attempts != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

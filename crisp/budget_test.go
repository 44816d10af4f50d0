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

func TestBudgetStats(t *testing.T) {
	if s := serve(t, fine).Budget(); s != (BudgetStats{}) {
		t.Errorf("without a limit: %+v", s)
	}

	clock := newFakeClock()
	client := serve(t, fine, clock.option(), WithRateLimit(rate.Every(time.Second), 2))
	if s, want := client.Budget(), (BudgetStats{Limited: true, Limit: 1, Burst: 2, Tokens: 2}); s != want {
		t.Errorf("at the start: %+v, want %+v", s, want)
	}
	var during []BudgetStats
	clock.during = func() { during = append(during, client.Budget()) }
	for range 3 {
		if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
			t.Fatal(err)
		}
	}
	// The third call took a token that was not there yet, and waits for it.
	if len(during) != 1 || during[0].Waiting != 1 || during[0].Tokens != -1 || during[0].Paused != 0 {
		t.Errorf("while a call waits for its turn: %+v", during)
	}

	during = nil
	client.budget.pause(30 * time.Second)
	if s := client.Budget(); s.Paused != 30*time.Second || s.Waiting != 0 {
		t.Errorf("in a pause: %+v", s)
	}
	if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
		t.Fatal(err)
	}
	if last := during[len(during)-1]; last.Waiting != 1 || last.Paused <= 0 {
		t.Errorf("while a call waits for the end of a pause: %+v", during)
	}
	if s := client.Budget(); s.Paused != 0 || s.Waiting != 0 || s.Tokens != 2 {
		t.Errorf("behind the pause: %+v", s)
	}
}

// Anybody may read the figures while others call.
func TestBudgetStatsWhileCalling(t *testing.T) {
	handler, _ := script(status(429, "Retry-After", "0"), fine)
	client := serve(t, handler, WithRateLimit(1e6, 1))
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
				t.Error(err)
			}
		})
		callers.Go(func() {
			if s := client.Budget(); s.Waiting < 0 || s.Waiting > 8 || s.Burst != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
	callers.Wait()
	if s := client.Budget(); s.Waiting != 0 {
		t.Errorf("afterwards: %+v", s)
	}
}

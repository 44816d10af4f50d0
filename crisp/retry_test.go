package crisp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
)

// script answers requests one after another by these functions, and the last one for good.
func script(steps ...http.HandlerFunc) (http.HandlerFunc, *atomic.Int32) {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		i := min(int(n.Add(1)), len(steps)) - 1
		steps[i](w, r)
	}, &n
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		answer(w, code, `{"error":true,"reason":"a_reason","data":{}}`)
	}
}

func fine(w http.ResponseWriter, r *http.Request) { ok(w, `{}`) }

// cut breaks the connection without an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// truncate breaks the connection inside the body.
func truncate(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(200)
	io.WriteString(w, `{"error":false,`)
	panic(http.ErrAbortHandler)
}

func TestRetryRules(t *testing.T) {
	const s = time.Second
	steps := []time.Duration{s, 2 * s, 4 * s}
	for _, tc := range []struct {
		name   string
		op     *spec.Operation
		steps  []http.HandlerFunc
		sent   int
		slept  []time.Duration
		status int // of the error, 0 and no reason for success
		reason string
	}{
		{name: "first time", op: plainOp, steps: []http.HandlerFunc{fine}, sent: 1},
		{name: "GET 500", op: plainOp, steps: []http.HandlerFunc{status(500), fine}, sent: 2, slept: steps[:1]},
		{name: "GET 502 without JSON", op: plainOp, steps: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "<html>bad gateway", 502)
		}, fine}, sent: 2, slept: steps[:1]},
		{name: "HEAD 503", op: headOp, steps: []http.HandlerFunc{status(503), fine}, sent: 2, slept: steps[:1]},
		{name: "PUT 500", op: putOp, steps: []http.HandlerFunc{status(500), fine}, sent: 2, slept: steps[:1]},
		{name: "DELETE 500", op: deleteOp, steps: []http.HandlerFunc{status(500), fine}, sent: 2, slept: steps[:1]},
		{name: "POST 500", op: postOp, steps: []http.HandlerFunc{status(500), fine}, sent: 1, status: 500, reason: "a_reason"},
		{name: "POST 503 with Retry-After", op: postOp, steps: []http.HandlerFunc{status(503, "Retry-After", "1"), fine}, sent: 1, status: 503, reason: "a_reason"},
		{name: "PATCH 500", op: patchOp, steps: []http.HandlerFunc{status(500), fine}, sent: 1, status: 500, reason: "a_reason"},
		{name: "GET 500 for ever", op: plainOp, steps: []http.HandlerFunc{status(500)}, sent: 4, slept: steps, status: 500, reason: "a_reason"},
		{name: "GET 404", op: plainOp, steps: []http.HandlerFunc{status(404), fine}, sent: 1, status: 404, reason: "a_reason"},
		{name: "GET 401", op: plainOp, steps: []http.HandlerFunc{status(401), fine}, sent: 1, status: 401, reason: "a_reason"},
		{name: "GET cut", op: plainOp, steps: []http.HandlerFunc{cut, fine}, sent: 2, slept: steps[:1]},
		{name: "PUT cut", op: putOp, steps: []http.HandlerFunc{cut, fine}, sent: 2, slept: steps[:1]},
		{name: "POST cut", op: postOp, steps: []http.HandlerFunc{cut, fine}, sent: 1, reason: ReasonNoResponse},
		{name: "PATCH cut", op: patchOp, steps: []http.HandlerFunc{cut, fine}, sent: 1, reason: ReasonNoResponse},
		{name: "GET truncated", op: plainOp, steps: []http.HandlerFunc{truncate, fine}, sent: 2, slept: steps[:1]},
		{name: "POST truncated", op: postOp, steps: []http.HandlerFunc{truncate, fine}, sent: 1, reason: ReasonNoResponse},
		{name: "GET not JSON", op: plainOp, steps: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<html>hello")
		}}, sent: 1, status: 200, reason: ReasonInvalidResponse},
		{name: "POST 429", op: postOp, steps: []http.HandlerFunc{status(429), fine}, sent: 2, slept: []time.Duration{2 * s}},
		{name: "PATCH 420", op: patchOp, steps: []http.HandlerFunc{status(420), fine}, sent: 2, slept: []time.Duration{2 * s}},
		{name: "POST 429 Retry-After", op: postOp, steps: []http.HandlerFunc{status(429, "Retry-After", "7"), fine}, sent: 2, slept: []time.Duration{8 * s}},
		{name: "GET 503 Retry-After", op: plainOp, steps: []http.HandlerFunc{status(503, "Retry-After", "7"), fine}, sent: 2, slept: []time.Duration{7 * s}},
		{name: "POST 423", op: postOp, steps: []http.HandlerFunc{status(423), fine}, sent: 2, slept: []time.Duration{30 * s}},
		{name: "GET 423 for ever", op: plainOp, steps: []http.HandlerFunc{status(423)}, sent: 2, slept: []time.Duration{30 * s}, status: 423, reason: "a_reason"},
		{name: "GET 423 Retry-After", op: plainOp, steps: []http.HandlerFunc{status(423, "Retry-After", "3"), status(423, "Retry-After", "3"), fine}, sent: 3, slept: []time.Duration{3 * s, 3 * s}},
		{name: "GET 423 long Retry-After", op: plainOp, steps: []http.HandlerFunc{status(423, "Retry-After", "20")}, sent: 2, slept: []time.Duration{20 * s}, status: 423, reason: "a_reason"},
		{name: "Retry-After beyond MaxElapsed", op: plainOp, steps: []http.HandlerFunc{status(429, "Retry-After", "3600"), fine}, sent: 1, status: 429, reason: "a_reason"},
		{name: "mixed", op: putOp, steps: []http.HandlerFunc{cut, status(500), status(429, "Retry-After", "5"), fine}, sent: 4, slept: []time.Duration{s, 2 * s, 6 * s}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			handler, sent := script(tc.steps...)
			clock := newFakeClock()
			policy := RetryPolicy{BaseDelay: s, MaxElapsed: time.Minute, QuotaDelay: 30 * s}
			client := serve(t, handler, clock.option(), WithRetry(policy))
			req := &Request{}
			if tc.op == headOp {
				req.Path = map[string]string{"website_id": "w"}
			}
			resp, err := client.Do(t.Context(), tc.op, req)
			if tc.status == 0 && tc.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				if resp.Attempts != tc.sent {
					t.Errorf("attempts %d", resp.Attempts)
				}
			} else if e := wantError(t, err, tc.status, tc.reason); e.Attempts != tc.sent {
				t.Errorf("attempts %d in the error", e.Attempts)
			}
			if int(sent.Load()) != tc.sent || !slices.Equal(clock.sleeps(), tc.slept) {
				t.Errorf("sent %d, slept %v; want %d, %v", sent.Load(), clock.sleeps(), tc.sent, tc.slept)
			}
		})
	}
}

func TestBackoffIsBounded(t *testing.T) {
	clock := newFakeClock()
	client := serve(t, status(500), clock.option(), WithRetry(RetryPolicy{
		MaxAttempts: 7, BaseDelay: time.Second, MaxDelay: 5 * time.Second, MaxElapsed: 18 * time.Second,
	}))
	_, err := client.Do(t.Context(), plainOp, nil)
	if e := wantError(t, err, 500, "a_reason"); e.Attempts != 6 { // the next wait would end after 22 s
		t.Errorf("attempts %d, slept %v", e.Attempts, clock.sleeps())
	}
}

func TestRetrySendsTheBodyAgain(t *testing.T) {
	var bodies []string
	read := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(b))
			next(w, r)
		}
	}
	handler, _ := script(read(status(429)), read(status(420)), read(fine))
	client := serve(t, handler, newFakeClock().option())
	if _, err := client.Do(t.Context(), postOp, &Request{Body: map[string]int{"n": 1}}); err != nil {
		t.Fatal(err)
	}
	if want := []string{`{"n":1}`, `{"n":1}`, `{"n":1}`}; !slices.Equal(bodies, want) {
		t.Errorf("bodies %q", bodies)
	}
}

func TestRefusedConnectionIsRetriedForEveryMethod(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	for _, op := range []*spec.Operation{plainOp, postOp, patchOp} {
		clock := newFakeClock()
		client := dial(t, "http://"+address+"/v1", clock.option())
		_, err := client.Do(t.Context(), op, nil)
		e := wantError(t, err, 0, ReasonNoResponse)
		if e.Attempts != 4 || len(clock.sleeps()) != 3 || !e.Temporary() || e.Hint() == "" {
			t.Errorf("%s: attempts %d, slept %v", op.Method, e.Attempts, clock.sleeps())
		}
		if strings.Contains(err.Error(), "/v1") {
			t.Errorf("the error shows the address: %v", err)
		}
	}
}

func TestAttemptTimeout(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // a server notices that the client is gone only after the body
		<-r.Context().Done()
	}
	client := serve(t, hang, newFakeClock().option(), WithTimeout(20*time.Millisecond))
	_, err := client.Do(t.Context(), postOp, nil)
	e := wantError(t, err, 0, ReasonTimeout)
	if e.Attempts != 1 || !e.Timeout() || !strings.Contains(err.Error(), "no complete answer within 20ms") {
		t.Errorf("got %v", err)
	}

	// Only the first attempt hangs, and the next has a time of its own.
	n := 0
	client = dial(t, "https://example.com/", newFakeClock().option(), WithTimeout(20*time.Millisecond), WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		if n++; n == 1 {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})))
	resp, err := client.Do(t.Context(), plainOp, nil)
	if err != nil || resp.Attempts != 2 {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestDeadlineBeforeRetry(t *testing.T) {
	for _, tc := range []struct {
		name string
		step http.HandlerFunc
	}{
		{"429", status(429, "Retry-After", "60")},
		{"503", status(503, "Retry-After", "60")},
		{"423", status(423, "Retry-After", "60")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clock := newFakeClock()
			client := serve(t, tc.step, clock.option())
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			_, err := client.Do(ctx, plainOp, nil)
			var e *Error
			if !errors.As(err, &e) || e.Attempts != 1 || e.RetryAfter != time.Minute || e.Reason != "a_reason" {
				t.Errorf("got %v", err)
			}
			if len(clock.sleeps()) != 0 {
				t.Errorf("slept %v", clock.sleeps())
			}
		})
	}
}

func TestCancelDuringBackoff(t *testing.T) {
	for _, code := range []int{500, 429, 423} {
		cause := errors.New("the user pressed Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		clock := newFakeClock()
		clock.during = func() { cancel(cause) }
		client := serve(t, status(code), clock.option())
		_, err := client.Do(ctx, plainOp, nil)
		e := wantError(t, err, 0, ReasonCanceled)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || e.Attempts != 1 {
			t.Errorf("%d: got %v", code, err)
		}
	}
}

func TestCancelDuringRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := client.Do(ctx, plainOp, nil)
	wantError(t, err, 0, ReasonCanceled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err = client.Do(ctx, plainOp, nil) // already canceled
	if e := wantError(t, err, 0, ReasonCanceled); e.Attempts != 0 {
		t.Errorf("attempts %d", e.Attempts)
	}
}

func TestDeadlineDuringRequest(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err := client.Do(ctx, plainOp, nil)
	wantError(t, err, 0, ReasonTimeout)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// The system's clock is what every other test replaces.
func TestSystemClock(t *testing.T) {
	c := systemClock()
	for range 100 {
		if d := c.jitter(time.Second); d < 0 || d >= time.Second {
			t.Fatalf("jitter %v", d)
		}
	}
	if d := c.jitter(0); d != 0 {
		t.Errorf("jitter %v", d)
	}
	if err := c.sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"120":                           2 * time.Minute,
		" 1.5 ":                         1500 * time.Millisecond,
		"-3":                            0,
		"NaN":                           0,
		"1e300":                         365 * 24 * time.Hour,
		"soon":                          0,
		"Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 22 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

package crisp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryPolicy tells how often and how long a call is repeated.
//
// GET, HEAD, PUT and DELETE are repeated after a server error (5xx) and when the connection failed. Every method is
// repeated after 429, 420 and 423, which say that the request was not carried out, and when no connection could be made.
// POST and PATCH are never repeated when they may have been carried out.
//
// The wait is what Retry-After says, else a random time up to BaseDelay, doubled with each attempt up to MaxDelay. A call
// that would have to wait beyond its context's deadline or beyond MaxElapsed fails at once.
type RetryPolicy struct {
	// MaxAttempts counts the first attempt too: 1 switches retries off. The default is 4.
	MaxAttempts int
	// BaseDelay is the longest wait before the second attempt. The default is 500 ms.
	BaseDelay time.Duration
	// MaxDelay bounds the wait where the API names none. The default is 15 s.
	MaxDelay time.Duration
	// MaxElapsed bounds the time from the first attempt to the start of the last. The default is 2 minutes.
	MaxElapsed time.Duration
	// QuotaRetries bounds the repeats after 423 (quota_limit_exceeded), unless Retry-After is at most MaxDelay: a plan's
	// limits pass within a minute or two, a token's daily quota does not. The default is 1, a negative number means none.
	QuotaRetries int
	// QuotaDelay is the wait after a 423 without Retry-After. The default is 5 s; Crisp's own importer waits 60 s.
	QuotaDelay time.Duration
}

func (p RetryPolicy) withDefaults() (RetryPolicy, error) {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxElapsed < 0 || p.QuotaDelay < 0 {
		return p, errors.New("the retry policy has a negative field")
	}
	set := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 4
	}
	if p.QuotaRetries == 0 {
		p.QuotaRetries = 1
	}
	set(&p.BaseDelay, 500*time.Millisecond)
	set(&p.MaxDelay, 15*time.Second)
	set(&p.MaxElapsed, 2*time.Minute)
	set(&p.QuotaDelay, 5*time.Second)
	return p, nil
}

// exchange sends a request until it is answered or the policy says that it is enough.
func (c *Client) exchange(ctx context.Context, x *outgoing) (*Response, error) {
	if c.forwarder != nil {
		return c.forward(ctx, x)
	}
	defer c.watcher.begins(x.name())()
	var started time.Time
	quota := 0
	for attempt := 1; ; attempt++ {
		if err := c.budget.wait(ctx, x.name()); err != nil {
			return nil, c.failure(x, attempt-1, err)
		}
		now := c.clock.now()
		if attempt == 1 {
			started = now
		}
		resp, err := c.send(ctx, x)
		c.logAttempt(ctx, x, attempt, now, resp, err)
		if err == nil {
			resp.Attempts = attempt
			return resp, nil
		}
		err = c.failure(x, attempt, err)
		delay := c.delay(attempt, err)
		shared := err.Status == http.StatusTooManyRequests || err.Status == statusEnhanceYourCalm
		if shared && delay <= c.retry.MaxElapsed {
			// All callers wait, also when this one has no attempt or no time left.
			c.budget.pause(delay)
		}
		if err.Status == http.StatusLocked && (err.RetryAfter == 0 || err.RetryAfter > c.retry.MaxDelay) {
			if quota++; quota > c.retry.QuotaRetries {
				return nil, err
			}
		}
		if attempt >= c.retry.MaxAttempts || !repeatable(x.method, err) {
			return nil, err
		}
		now = c.clock.now()
		if c.retry.MaxElapsed < now.Sub(started)+delay {
			return nil, err
		}
		if deadline, ok := ctx.Deadline(); ok && now.Add(delay).After(deadline) {
			return nil, err
		}
		c.logger.LogAttrs(ctx, slog.LevelWarn, "crisp request will be repeated", slog.String("operation", x.operation),
			slog.Int("status", err.Status), slog.String("reason", err.Reason), slog.Duration("wait", delay))
		if shared {
			continue // the budget holds this caller back like all others
		}
		c.watcher.waits(x.name(), "after "+strings.TrimSpace(fmt.Sprintf("%d %s", err.Status, err.Reason)), delay)
		if c.clock.sleep(ctx, delay) != nil {
			return nil, c.failure(x, attempt, stopped(ctx, "while it waited to repeat the call after "+err.Reason))
		}
	}
}

// failure completes an error with what only the call knows.
func (c *Client) failure(x *outgoing, attempts int, err *Error) *Error {
	// A transport that has tried more often by itself says so.
	err.Operation, err.Attempts, err.tier = x.operation, max(attempts, err.Attempts), c.tier
	if x.op != nil {
		err.allowed = x.op.Tiers
	}
	return err
}

// repeatable reports whether sending the request again cannot do harm and may help.
func repeatable(method string, err *Error) bool {
	switch {
	case err.final:
		return false
	case err.Limited(), neverSent(err.Err):
		return true
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return err.Temporary()
	}
	return false
}

// neverSent recognises failures to connect, after which the server cannot have seen the request.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

func (c *Client) delay(attempt int, err *Error) time.Duration {
	switch {
	case err.RetryAfter > 0:
		return err.RetryAfter
	case err.Status == http.StatusLocked:
		return c.retry.QuotaDelay
	}
	bound := c.retry.BaseDelay
	for range attempt - 1 {
		if bound *= 2; bound >= c.retry.MaxDelay {
			break
		}
	}
	return c.clock.jitter(min(bound, c.retry.MaxDelay))
}

// retryAfter reads a Retry-After header: seconds or an HTTP date. It answers 0 for none.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		const longest = 365 * 24 * 3600
		if !(seconds > 0) { // NaN too
			return 0
		}
		return time.Duration(min(seconds, longest) * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

func (c *Client) logAttempt(ctx context.Context, x *outgoing, attempt int, began time.Time, resp *Response, err *Error) {
	level := slog.LevelDebug
	if !c.logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", x.operation),
		slog.Int("attempt", attempt),
		slog.Duration("took", c.clock.now().Sub(began)),
	}
	if err != nil {
		attrs = append(attrs, slog.Int("status", err.Status), slog.String("reason", err.Reason))
	} else {
		attrs = append(attrs, slog.Int("status", resp.Status), slog.Int("bytes", len(resp.Data)))
	}
	c.logger.LogAttrs(ctx, level, "crisp request", attrs...)
}

package crisp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Reasons that the client gives where the API gave none. A refusal without a readable reason (HEAD calls have no body)
// gets its HTTP status in words, for example "not_found".
const (
	ReasonInvalidRequest   = "invalid_request"    // refused before anything was sent
	ReasonNoResponse       = "no_response"        // the connection failed or was cut
	ReasonTimeout          = "timeout"            // no complete answer in time
	ReasonCanceled         = "canceled"           // the call's context was canceled
	ReasonRedirectRefused  = "redirect_refused"   // the answer points to another server
	ReasonInvalidResponse  = "invalid_response"   // the answer is not what the API answers
	ReasonResponseTooLarge = "response_too_large" // over WithMaxResponseBytes
)

// maxMessage bounds messages, in characters.
const maxMessage = 500

// Error is a call that failed. Use errors.As to get it.
type Error struct {
	// Status is the HTTP status, or 0 when there was no complete answer.
	Status int
	// Reason is the API's word, for example "not_found" or "quota_limit_exceeded", or one of the Reason constants.
	Reason string
	// Message is one line: the API's, or the client's own. It may be empty.
	Message string
	// Operation is the ID of the operation in package spec, or "METHOD /path" for a raw call.
	Operation string
	// Attempts is the number of requests that were sent, 0 when none was.
	Attempts int
	// RetryAfter is how long the API asked to wait, or 0.
	RetryAfter time.Duration
	// Err is the error behind it, or nil. For a canceled call errors.Is finds context.Canceled.
	Err error

	tier, allowed spec.Tiers // presented, and accepted by the operation
	final         bool       // not to be repeated whatever the status
	hint          string     // what Hint answers, where the fields do not tell
}

// Error is one line: operation, status, reason, message, the number of attempts when there were several, and the wait
// that the API asked for.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Operation != "" {
		b.WriteString(e.Operation)
		b.WriteString(": ")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	b.WriteString(e.Reason)
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; retry after %s", e.RetryAfter.Round(time.Millisecond))
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (after %d attempts)", e.Attempts)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Unauthorized reports whether the credentials were refused.
func (e *Error) Unauthorized() bool {
	return e.Status == http.StatusUnauthorized || e.Reason == "invalid_session"
}

// NotFound reports whether the API has no such thing.
func (e *Error) NotFound() bool { return e.Status == http.StatusNotFound }

// Limited reports whether a rate limit or a quota refused the call.
func (e *Error) Limited() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == statusEnhanceYourCalm || e.Status == http.StatusLocked
}

// Timeout reports whether the call ran out of time.
func (e *Error) Timeout() bool { return e.Reason == ReasonTimeout }

// Temporary reports whether the same call may work later: limits, server errors, and connections that failed.
func (e *Error) Temporary() bool {
	return e.Limited() || e.Status >= 500 || e.Reason == ReasonNoResponse || e.Reason == ReasonTimeout
}

// statusEnhanceYourCalm is 420, which Crisp's guide names beside 429 for rate limits.
const statusEnhanceYourCalm = 420

// Hint tells what to do about the error, in one sentence, or is empty.
func (e *Error) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	switch e.Reason {
	case "not_subscribed":
		return "the plugin is not installed on this website: install it there, or use a website token of that workspace"
	case "restricted_route_tier":
		return e.tierHint()
	case "people_email_exists":
		return "another profile has this email address: look it up by the address and update that one"
	case "invalid_data":
		return "the request does not have the shape that the API expects: compare it with the documentation of the call"
	case ReasonRedirectRefused:
		return "check the base URL: the client never carries the key to another server"
	case ReasonResponseTooLarge:
		return "ask for less at a time, with a smaller limit or page; an answer may take an eighth of the memory that the script may use (Go programs have WithMaxResponseBytes)"
	case ReasonInvalidResponse:
		return "check that the base URL is the API's and that no proxy answers in its place"
	case ReasonNoResponse:
		return "check the network and the base URL (" + EnvBaseURL + ")"
	case ReasonTimeout:
		return "try again, or allow more time"
	case ReasonCanceled, ReasonInvalidRequest:
		return ""
	}
	switch {
	case e.Unauthorized():
		return "check the identifier, the key and the tier with `crisphost status`"
	case e.Status == http.StatusForbidden && e.takesProof():
		return "check the password or token in verify, and that the token may do this" + e.tierNote()
	case e.Status == http.StatusForbidden, e.Reason == "not_allowed":
		return "the token may not do this: check its scopes and the website id" + e.tierNote()
	case e.Status == http.StatusNotFound && strings.Contains(e.Operation, " "): // a raw call
		return "check the path, the ids in it and the base URL"
	case e.Status == http.StatusNotFound:
		return "check the ids and that the token belongs to this website"
	case e.Status == http.StatusMethodNotAllowed:
		return "the path exists, but not for this method"
	case e.Status == http.StatusLocked:
		return "the quota of the token or of the workspace's plan is used up: wait until it resets (daily for tokens), or have it raised in Crisp"
	case e.Limited():
		return "too many requests: wait, or set a lower rate limit"
	case e.Status >= 500:
		return "the API has a problem: try again later"
	}
	return ""
}

// takesProof reports whether the operation asks for the caller's own password or the like.
func (e *Error) takesProof() bool {
	op := spec.ByID(e.Operation)
	return op != nil && op.Body != nil && op.Body.Field("verify") != nil
}

func (e *Error) tierHint() string {
	if e.allowed == 0 {
		return "the call is not open to " + e.tier.String() + " tokens"
	}
	return fmt.Sprintf("the call takes a token of tier %s, and this one is of tier %s",
		strings.ReplaceAll(e.allowed.String(), ", ", " or "), e.tier)
}

func (e *Error) tierNote() string {
	if e.allowed == 0 || e.allowed.Has(e.tier) {
		return ""
	}
	return "; " + e.tierHint()
}

// refused is the error for a request that is not sent.
func refused(operation string, err error) *Error {
	return &Error{Reason: ReasonInvalidRequest, Operation: operation, Message: oneLine(err.Error(), maxMessage), Err: err}
}

// refused is the error for a request that is not sent and may hold the key by mistake.
func (c *Client) refused(operation string, err error) *Error {
	e := refused(operation, err)
	e.Message = c.clip(err.Error(), maxMessage)
	return e
}

// stopped is the error for a call whose context ended.
func stopped(ctx context.Context, message string) *Error {
	err, reason := ctx.Err(), ReasonCanceled
	if errors.Is(err, context.DeadlineExceeded) {
		reason = ReasonTimeout
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, err) {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return &Error{Reason: reason, Message: message, Err: err}
}

// statusReason is an HTTP status as a reason word.
func statusReason(status int) string {
	text := http.StatusText(status)
	if status == statusEnhanceYourCalm {
		text = http.StatusText(http.StatusTooManyRequests)
	}
	if text == "" {
		return fmt.Sprintf("http_%d", status)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return '_'
		case unicode.IsLetter(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// clip is oneLine without credentials. They go first: a half of a key is no longer recognised.
func (c *Client) clip(text string, limit int) string {
	if c != nil { // a Response that somebody made by hand has no client
		text = c.redact(text)
	}
	return oneLine(text, limit)
}

// oneLine makes foreign text fit for an error or a log: no control or format characters, at most limit characters.
func oneLine(text string, limit int) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range text {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			space = true
			continue
		}
		if n == limit {
			b.WriteString("...")
			break
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		n++
	}
	return b.String()
}

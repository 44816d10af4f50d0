package crisp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// send is one attempt: one request and its complete answer.
func (c *Client) send(ctx context.Context, x *outgoing) (*Response, *Error) {
	attempt := c.begin(ctx, x)
	defer attempt.end()
	if err := attempt.room(min(firstRoom, attempt.max)); err != nil {
		return nil, c.transportError(attempt, 0, err)
	}
	var body io.Reader
	if x.body != nil {
		body = bytes.NewReader(x.body) // net/http can rewind this kind
	}
	req, err := http.NewRequestWithContext(attempt.ctx, x.method, x.url, body)
	if err != nil {
		return nil, &Error{Reason: ReasonInvalidRequest, Message: "the address cannot be formed", Err: err, final: true}
	}
	req.Header = x.header
	answer, err := c.http.Do(req)
	if err != nil {
		status := 0
		if answer != nil { // a redirect that was not followed
			status = answer.StatusCode
		}
		return nil, c.transportError(attempt, status, err)
	}
	defer answer.Body.Close()
	if x.method == http.MethodHead { // its Content-Length is that of a GET
		return c.interpret(x, answer, nil)
	}
	data, err := attempt.read(answer.Body, answer.ContentLength)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, attempt.tooLarge(answer.StatusCode)
	case err != nil && answer.StatusCode < 400:
		return nil, c.transportError(attempt, 0, fmt.Errorf("reading the answer: %w", err))
	}
	return c.interpret(x, answer, data)
}

// interpret turns an answer into a response or an error.
func (c *Client) interpret(x *outgoing, answer *http.Response, data []byte) (*Response, *Error) {
	status := answer.StatusCode
	if len(data) == 0 {
		if status >= 200 && status < 300 {
			return c.complete(x, &Response{Status: status, Header: answer.Header, operation: x.operation, client: c})
		}
		return nil, c.apiError(answer, statusReason(status), "")
	}
	success := status >= 200 && status < 300
	if success && x.parse != nil {
		if frame, usual := usualEnvelope(data); usual && x.parse(frame.data) == nil {
			return c.response(x, answer, frame), nil
		}
	}
	frame, err := parseEnvelope(data)
	switch {
	case err != nil && success:
		return nil, &Error{
			Status: status, Reason: ReasonInvalidResponse, Err: err, final: true,
			Message: "the answer is not the JSON that Crisp sends: " + c.excerpt(data),
		}
	case err != nil:
		failed := c.apiError(answer, statusReason(status), "the answer is not the JSON that Crisp sends: "+c.excerpt(data))
		if failed.NotFound() {
			failed.hint = "check that the base URL (" + EnvBaseURL + ") is the API's, and the ids"
		}
		return nil, failed
	case frame.failed || !success:
		reason := c.clip(frame.reason, 100)
		if reason == "" {
			reason = statusReason(status)
		}
		return nil, c.apiError(answer, reason, c.clip(dataMessage(frame.data), maxMessage))
	}
	resp := c.response(x, answer, frame)
	if x.parse != nil && resp.Data != nil {
		if err := x.parse(resp.Data); err != nil {
			return nil, resp.invalid(err)
		}
	}
	return c.complete(x, resp)
}

// complete refuses an answer without data to a call that reads some: nothing would be taken for an answer otherwise. Calls that
// change something were carried out, and may be answered without.
func (c *Client) complete(x *outgoing, resp *Response) (*Response, *Error) {
	if x.op == nil || x.op.Result == nil || x.method != http.MethodGet || resp.Data != nil || resp.Status == http.StatusAccepted {
		return resp, nil
	}
	err := resp.invalid(errNoData)
	err.final = true
	return nil, err
}

func (c *Client) response(x *outgoing, answer *http.Response, frame envelope) *Response {
	return &Response{
		Status: answer.StatusCode, Header: answer.Header, Reason: frame.reason, Data: frame.data,
		operation: x.operation, client: c,
	}
}

func (c *Client) apiError(answer *http.Response, reason, message string) *Error {
	return &Error{
		Status: answer.StatusCode, Reason: reason, Message: message,
		RetryAfter: retryAfter(answer.Header.Get("Retry-After"), c.clock.now()),
	}
}

// excerpt is the beginning of a body for an error message.
func (c *Client) excerpt(body []byte) string {
	return fmt.Sprintf("%q", c.clip(string(body[:min(len(body), 4<<10)]), 100))
}

// transportError is the error for an attempt without an answer.
func (c *Client) transportError(a *attempt, status int, err error) *Error {
	if a.call.Err() != nil {
		return stopped(a.call, "before the answer was complete")
	}
	var address *url.Error
	if errors.As(err, &address) {
		err = address.Err // the operation says where, and the address may hold personal data
	}
	var own *Error
	if errors.As(err, &own) {
		own := *own
		own.final = true
		own.Message = c.clip(own.Message, maxMessage)
		if own.Status == 0 {
			own.Status = status
		}
		return &own
	}
	if a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
		return &Error{Reason: ReasonTimeout, Message: "no complete answer within " + c.timeout.Round(time.Millisecond).String(), Err: err}
	}
	return &Error{Reason: ReasonNoResponse, Message: c.clip(err.Error(), maxMessage), Err: err}
}

// maxRedirects is more than an API has a use for.
const maxRedirects = 5

// checkRedirect follows redirects on the same server only, and only those that keep the method.
func (c *Client) checkRedirect(next *http.Request, via []*http.Request) error {
	message, hint := "", ""
	switch {
	case !sameOrigin(next.URL, c.base):
		message = "the answer redirects to " + oneLine(next.URL.Scheme+"://"+next.URL.Host, 200) + ", another server"
	case next.Method != via[0].Method:
		message = "the answer redirects a " + via[0].Method + " to a " + next.Method
		hint = "check the base URL and the path: a redirect must not change what a call does"
	case len(via) > maxRedirects:
		message = fmt.Sprintf("more than %d redirects", maxRedirects)
		hint = "check the base URL: the server redirects in a circle, or is not the API"
	default:
		return nil
	}
	return &Error{Reason: ReasonRedirectRefused, Message: message, hint: hint}
}

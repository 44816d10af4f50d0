// Package policy is the layer that every request passes on its way out. It tells which operation of the API a request is, and
// lets a function decide on it: ask a person, refuse, or answer in the server's place.
//
//	transport := &policy.Transport{Base: crisp.NewTransport(), BaseURL: crisp.DefaultBaseURL, Decide: decide}
//	client, err := crisp.New(crisp.WithTransport(transport))
package policy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Reason is the Reason of the *crisp.Error of a refused request.
const Reason = "refused_by_policy"

// Call is a request that waits for a decision. It is read only.
type Call struct {
	// Operation is the operation of the description, or nil for a path that it does not have or that is not below BaseURL.
	Operation *spec.Operation
	Method    string
	// Path is the escaped path below BaseURL with a leading slash, or the whole URL when it is not below it.
	Path string
	// Params are the unescaped values of the path by the names of the operation's parameters.
	Params map[string]string
	// Query are the query parameters.
	Query url.Values
	// Effect is the operation's. Requests without an operation are judged by their method: GET and HEAD read, DELETE deletes,
	// anything else writes.
	Effect spec.Effect
	// Body is the request's body, or empty.
	Body []byte
}

// Decide decides on a request before it is sent. It is called once per attempt, from any number of goroutines, and returns
// early when ctx ends. Nil lets the request pass. An *Answer is answered in the server's place. Any other error refuses the
// request: the caller gets a *crisp.Error that wraps it and is not retried.
type Decide func(ctx context.Context, call *Call) error

// Answer is what Decide returns to answer a request without sending it.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Body is the body, in the API's envelope. HEAD requests have none.
	Body []byte
}

// Error implements error.
func (a *Answer) Error() string {
	return fmt.Sprintf("answered with %d in the server's place", a.Status)
}

// Transport asks Decide about each request and hands it to Base. It is an http.RoundTripper for crisp.WithTransport, safe for
// concurrent use when Base is.
type Transport struct {
	// Base sends the requests.
	Base http.RoundTripper
	// BaseURL is the address that operations are below, as crisp.Client.BaseURL tells it.
	BaseURL string
	// Decide decides. Nil lets everything pass.
	Decide Decide
	// Timeout, if it is above zero, bounds each attempt from the decision to the last byte of the answer. A client whose
	// requests may wait for a person needs it in place of crisp.WithTimeout, which counts the time of the decision too.
	Timeout time.Duration
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.Decide != nil {
		decided, err := t.decide(req)
		if err != nil {
			closeBody(req)
			var answer *Answer
			if errors.As(err, &answer) {
				return answer.response(req), nil
			}
			return nil, refusal(err)
		}
		req = decided
	}
	if t.Timeout <= 0 {
		return t.Base.RoundTrip(req)
	}
	ctx, cancel := context.WithTimeout(req.Context(), t.Timeout)
	answer, err := t.Base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && req.Context().Err() == nil {
			err = &lateError{limit: t.Timeout, err: err}
		}
		return nil, err
	}
	answer.Body = &boundBody{ReadCloser: answer.Body, cancel: cancel}
	return answer, nil
}

// CloseIdleConnections lets http.Client reach the one of Base.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// decide returns the request to send: a copy where the body had to be read, because a RoundTripper must not change what it
// was given.
func (t *Transport) decide(req *http.Request) (*http.Request, error) {
	call := t.describe(req)
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("the request's body cannot be read: %w", err)
		}
		call.Body = body
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return req, t.Decide(req.Context(), call)
}

// describe tells what a request is.
func (t *Transport) describe(req *http.Request) *Call {
	path, below := t.below(req.URL)
	if !below {
		shown := *req.URL
		shown.User, shown.RawQuery = nil, ""
		return &Call{Method: req.Method, Path: shown.String(), Query: req.URL.Query(), Effect: effectOf(req.Method)}
	}
	return describe(req.Method, path, req.URL.Query())
}

// Describe returns what a call of another client is. It is judged by the path that it is sent to, whatever operation it names.
// The error is a *crisp.Error.
func Describe(f *crisp.ForwardedCall) (*Call, error) {
	method, path, err := f.Resolve()
	if err != nil {
		return nil, &crisp.Error{Reason: crisp.ReasonInvalidRequest, Message: err.Error(), Err: err}
	}
	call := describe(method, path, f.Query)
	call.Body = f.Body
	return call, nil
}

// describe returns what a request to a path below the base is.
func describe(method, path string, query url.Values) *Call {
	call := &Call{Method: method, Path: path, Query: query, Effect: effectOf(method)}
	if op, params, _ := spec.Match(method, path); op != nil {
		call.Operation, call.Params, call.Effect = op, params, op.Effect
	}
	return call
}

// below returns the escaped path below BaseURL.
func (t *Transport) below(u *url.URL) (path string, ok bool) {
	base, err := url.Parse(t.BaseURL)
	if err != nil || base.Host == "" || !strings.EqualFold(base.Host, u.Host) || base.Scheme != u.Scheme {
		return "", false
	}
	rest, ok := strings.CutPrefix(u.EscapedPath(), strings.TrimSuffix(base.EscapedPath(), "/")+"/")
	return "/" + rest, ok
}

func effectOf(method string) spec.Effect {
	switch method {
	case http.MethodGet, http.MethodHead:
		return spec.EffectRead
	case http.MethodDelete:
		return spec.EffectDelete
	}
	return spec.EffectWrite
}

// refusal makes a decision's error one that the client does not retry.
func refusal(err error) error {
	var own *crisp.Error
	if errors.As(err, &own) {
		return own
	}
	return &crisp.Error{Reason: Reason, Message: err.Error(), Err: err}
}

func (a *Answer) response(req *http.Request) *http.Response {
	body := a.Body
	if req.Method == http.MethodHead {
		body = nil
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)), StatusCode: a.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// lateError tells that the answer took longer than Timeout.
type lateError struct {
	limit time.Duration
	err   error
}

func (e *lateError) Error() string { return "no answer within " + e.limit.String() }
func (e *lateError) Unwrap() error { return e.err }
func (e *lateError) Timeout() bool { return true }

// boundBody keeps the time limit until the body is closed.
type boundBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *boundBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

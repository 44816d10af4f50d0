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
// early when ctx ends. Nil lets the request pass. An error refuses it: the caller gets a *crisp.Error that wraps it and is not
// retried.
type Decide func(ctx context.Context, call *Call) error

// Transport asks Decide about each request and hands it to Base. It is an http.RoundTripper for crisp.WithTransport, safe for
// concurrent use when Base is.
type Transport struct {
	// Base sends the requests.
	Base http.RoundTripper
	// BaseURL is the address that operations are below, as crisp.Client.BaseURL tells it. It is required: without it no request
	// is an operation, and what deletes one thing or another is a DELETE like all.
	BaseURL string
	// Decide decides. Nil lets everything pass.
	Decide Decide
}

var errNoBaseURL = errors.New("policy: Transport.BaseURL is missing or no URL: set it to the client's, such as crisp.DefaultBaseURL")

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	base, err := url.Parse(t.BaseURL)
	if err != nil || base.Host == "" {
		closeBody(req)
		return nil, &crisp.Error{Reason: crisp.ReasonInvalidRequest, Message: errNoBaseURL.Error(), Err: errNoBaseURL}
	}
	if t.Decide != nil {
		if req, err = t.decide(base, req); err != nil {
			return nil, refusal(err)
		}
	}
	return t.Base.RoundTrip(req)
}

// CloseIdleConnections lets http.Client reach the one of Base.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// decide returns the request to send: a copy where the body had to be read, because a RoundTripper must not change what it
// was given. When it fails the body is closed.
func (t *Transport) decide(base *url.URL, req *http.Request) (*http.Request, error) {
	call := describeRequest(base, req)
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
	if err := t.Decide(req.Context(), call); err != nil {
		closeBody(req)
		return nil, err
	}
	return req, nil
}

// describeRequest tells what a request is.
func describeRequest(base *url.URL, req *http.Request) *Call {
	path, below := belowBase(base, req.URL)
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

// belowBase returns the escaped path below the base.
func belowBase(base, u *url.URL) (path string, ok bool) {
	if !strings.EqualFold(base.Host, u.Host) || base.Scheme != u.Scheme {
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

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

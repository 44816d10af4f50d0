package crisp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Forwarder makes the calls of another client, see [WithForwarder]. A [Client] is one: a process that has the credentials
// makes the calls of processes that have none.
type Forwarder interface {
	// Forward makes a call. It sends nothing when the call is wrong. Errors should be of type [*Error].
	Forward(ctx context.Context, call *ForwardedCall) (*ForwardedAnswer, error)
}

// WithForwarder has a forwarder make all calls. The client then checks and encodes calls and reads their answers;
// credentials, rate budget, retries and timeouts are those of the forwarder.
func WithForwarder(f Forwarder) Option { return func(c *config) { c.forwarder = f } }

// ForwardedCall is a call on its way to a [Forwarder]. Its JSON form leaves the body out, which needs no encoding.
type ForwardedCall struct {
	// Operation is the ID of an operation of package spec, and Params are the values of its path, unescaped.
	Operation string            `json:"operation,omitzero"`
	Params    map[string]string `json:"params,omitzero"`
	// Method and Path stand in place of an operation for what Client.Call sends. The path is below the API's base.
	Method string `json:"method,omitzero"`
	Path   string `json:"path,omitzero"`

	Query  url.Values  `json:"query,omitzero"`
	Header http.Header `json:"header,omitzero"`
	// Body is the encoded body, or nil. It is sent as it is.
	Body []byte `json:"-"`

	// MaxBytes bounds the answer's body below [WithMaxResponseBytes], if it is not 0.
	MaxBytes int64 `json:"-"`
	// Room, if set, is asked before the call takes memory for its answer: for so many bytes in all, first for the little that
	// usual answers need. It may wait, which does not count for [WithTimeout], and an error of it is the call's.
	Room func(ctx context.Context, bytes int64) error `json:"-"`
}

// Resolve returns the method and the escaped path below the API's base, with a leading slash, that the call is sent to.
// It fails where [Client.Forward] would for the same reason.
func (f *ForwardedCall) Resolve() (method, path string, err error) {
	if f.Operation == "" {
		path, _, err = cleanPath(f.Path)
		return f.Method, "/" + path, err
	}
	op, err := f.operation()
	if err != nil {
		return "", "", err
	}
	path, err = expandPath(op.Path, f.Params)
	return op.Method, "/" + path, err
}

func (f *ForwardedCall) operation() (*spec.Operation, error) {
	op := spec.ByID(f.Operation)
	if op == nil {
		return nil, fmt.Errorf("unknown operation %q", oneLine(f.Operation, 60))
	}
	if f.Method != "" || f.Path != "" {
		return nil, errors.New("a call has an operation or a method and path, not both")
	}
	return op, nil
}

// ForwardedAnswer is the answer of a successful call. Its JSON form leaves the data out, which needs no encoding.
type ForwardedAnswer struct {
	Status   int         `json:"status"`
	Header   http.Header `json:"header,omitzero"`
	Reason   string      `json:"reason,omitzero"`
	Attempts int         `json:"attempts"`
	// Data is the data member of the envelope as it stands in the answer, or nil. The client at the beginning of the way reads
	// it, and finds out whether it is JSON.
	Data []byte `json:"-"`
}

// Forward makes a call that another client has checked and encoded. It implements [Forwarder]. Parameters, path and headers
// are checked again; body and data are not.
func (c *Client) Forward(ctx context.Context, call *ForwardedCall) (*ForwardedAnswer, error) {
	x, err := c.prepareForwarded(call)
	if err != nil {
		return nil, err
	}
	resp, err := c.exchange(ctx, x)
	if err != nil {
		return nil, err
	}
	return &ForwardedAnswer{Status: resp.Status, Header: resp.Header, Reason: resp.Reason, Attempts: resp.Attempts, Data: resp.Data}, nil
}

func (c *Client) prepareForwarded(call *ForwardedCall) (x *outgoing, err error) {
	req := &Request{Path: call.Params, Query: call.Query, Header: call.Header, Parse: acceptAll}
	if call.Body != nil {
		req.Body = encodedBody(call.Body)
	}
	name := call.Operation
	if call.Operation == "" {
		name = c.clip(call.Method+" "+call.Path, 200)
		x, err = c.prepareRaw(call.Method, call.Path, req)
	} else {
		var op *spec.Operation
		if op, err = call.operation(); err != nil {
			name = oneLine(call.Operation, 60)
		} else {
			x, err = c.prepare(op, req)
		}
	}
	if err != nil {
		return nil, c.refused(name, err)
	}
	x.maxBytes, x.room = call.MaxBytes, call.Room
	return x, nil
}

// encodedBody is a body that is sent as it is.
type encodedBody []byte

// acceptAll is the Request.Parse of data that somebody else reads.
func acceptAll(jsontext.Value) error { return nil }

// forward has the forwarder make a call.
func (c *Client) forward(ctx context.Context, x *outgoing) (*Response, error) {
	answer, err := c.forwarder.Forward(ctx, x.forwarded())
	if err != nil {
		var failed *Error
		switch {
		case errors.As(err, &failed):
			own := *failed
			failed = &own
		case ctx.Err() != nil:
			failed = stopped(ctx, "before the answer was complete")
		default:
			failed = &Error{Reason: ReasonNoResponse, Message: c.clip(err.Error(), maxMessage), Err: err}
		}
		return nil, c.failure(x, 0, failed)
	}
	resp, failed := c.read(x, answer)
	if failed != nil {
		return nil, c.failure(x, answer.Attempts, failed)
	}
	resp.Attempts = answer.Attempts
	return resp, nil
}

func (x *outgoing) forwarded() *ForwardedCall {
	call := &ForwardedCall{Query: x.query, Header: x.given, Body: x.body}
	if x.op != nil {
		call.Operation, call.Params = x.op.ID, x.params
	} else {
		call.Method, call.Path = x.method, x.path
	}
	return call
}

// read reads the data of an answer. What Request.Parse does not take is read once more within its envelope: what stood in its
// place need not be one JSON value, see usualEnvelope.
func (c *Client) read(x *outgoing, answer *ForwardedAnswer) (*Response, *Error) {
	head := &http.Response{StatusCode: answer.Status, Header: answer.Header}
	if len(answer.Data) == 0 {
		return c.complete(x, c.response(x, head, envelope{reason: answer.Reason}))
	}
	if x.parse != nil && x.parse(answer.Data) == nil {
		return c.response(x, head, envelope{reason: answer.Reason, data: answer.Data}), nil
	}
	reason, err := json.Marshal(answer.Reason)
	if err != nil {
		return nil, &Error{Status: answer.Status, Reason: ReasonInvalidResponse, Err: err, final: true}
	}
	body := make([]byte, 0, len(answer.Data)+len(reason)+40)
	body = append(append(body, `{"error":false,"reason":`...), reason...)
	body = append(append(append(body, `,"data":`...), answer.Data...), '}')
	return c.interpret(x, head, body)
}

// errorJSON is the JSON form of an Error.
type errorJSON struct {
	Status     int           `json:"status,omitzero"`
	Reason     string        `json:"reason"`
	Message    string        `json:"message,omitzero"`
	Operation  string        `json:"operation,omitzero"`
	Attempts   int           `json:"attempts,omitzero"`
	RetryAfter time.Duration `json:"retry_after_ns,omitzero"`
	Hint       string        `json:"hint,omitzero"`
}

// MarshalJSON writes the error with its hint, and without the error behind it.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(errorJSON{e.Status, e.Reason, e.Message, e.Operation, e.Attempts, e.RetryAfter, e.Hint()})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Error) UnmarshalJSON(data []byte) error {
	var form errorJSON
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	*e = Error{
		Status: form.Status, Reason: form.Reason, Message: form.Message, Operation: form.Operation,
		Attempts: form.Attempts, RetryAfter: form.RetryAfter, hint: form.Hint,
	}
	return nil
}

//go:build unix

package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/scripts/state"
)

// maxCalls is how many calls of a script are under way at the same time. The worker keeps to it.
const maxCalls = 128

// calls are the calls of a run that are under way.
type calls struct {
	ctx  context.Context //nolint:containedctx // that of the run
	run  *run
	done sync.WaitGroup

	mu      sync.Mutex
	cancels map[uint64]context.CancelFunc
}

func (c *calls) start(ctx context.Context, r *run) {
	c.ctx, c.run, c.cancels = ctx, r, make(map[uint64]context.CancelFunc)
}

// begin answers a call in a goroutine of its own.
func (c *calls) begin(f *frame, answer func(ctx context.Context, f *frame) (*answerMessage, []byte, error)) error {
	ctx, cancel := context.WithCancel(c.ctx)
	c.mu.Lock()
	_, twice := c.cancels[f.id]
	if twice || len(c.cancels) >= maxCalls {
		c.mu.Unlock()
		cancel()
		return errors.New("the worker makes more calls at the same time than it may")
	}
	c.cancels[f.id] = cancel
	c.mu.Unlock()
	c.done.Go(func() {
		m, body, err := answer(ctx, f)
		c.giveUp(f.id)
		if err == nil {
			err = c.run.worker.link.send(frameAnswer, f.id, m, body)
		}
		var large *sizeError
		switch {
		case errors.As(err, &large):
			m := &answerMessage{Error: &failure{Reason: crisp.ReasonResponseTooLarge, Message: err.Error()}}
			_ = c.run.worker.link.send(frameAnswer, f.id, m, nil) // a worker that is gone needs no answer
		case err != nil && c.ctx.Err() == nil:
			// What cannot be answered is no worker's doing.
			c.run.worker.kill()
		}
	})
	return nil
}

// giveUp ends a call for whose answer nobody waits.
func (c *calls) giveUp(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.cancels[id]; cancel != nil {
		cancel()
		delete(c.cancels, id)
	}
}

func (c *calls) wait() { c.done.Wait() }

// api makes a call of Crisp's API for a script: past the policy, and with the host's client.
func (r *run) api(ctx context.Context, f *frame) (*answerMessage, []byte, error) {
	var m apiMessage
	if err := f.decode(&m); err != nil {
		return nil, nil, err
	}
	client := r.job.connection.client
	if client == nil {
		return refused("this host has no connection to Crisp"), nil, nil
	}
	req, err := http.NewRequestWithContext(ctx, m.Method, m.URL, bytes.NewReader(f.body))
	if err != nil {
		return refused(err.Error()), nil, nil
	}
	req.Header = m.Header
	if req.Header == nil {
		req.Header = http.Header{}
	}
	exchange := &exchange{client: client, began: time.Now()}
	transport := &policy.Transport{Base: exchange, BaseURL: client.BaseURL(), Decide: exchange.observe(r.job)}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		var failed *crisp.Error
		if !errors.As(err, &failed) {
			failed = &crisp.Error{Reason: crisp.ReasonNoResponse, Message: err.Error()}
		}
		r.record(exchange, failed.Status, failed.Reason)
		return &answerMessage{Error: &failure{
			Status: failed.Status, Reason: failed.Reason, Message: failed.Message, Attempts: failed.Attempts, RetryAfter: failed.RetryAfter,
		}}, nil, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	r.record(exchange, resp.StatusCode, "")
	return &answerMessage{Status: resp.StatusCode, Header: resp.Header}, body, nil
}

func refused(message string) *answerMessage {
	return &answerMessage{Error: &failure{Reason: crisp.ReasonInvalidRequest, Message: message}}
}

// record tells the sink of a call.
func (r *run) record(x *exchange, status int, reason string) {
	call := state.APICall{Time: x.began, Status: status, Reason: reason, Duration: time.Since(x.began)}
	if x.call != nil {
		call.Operation, call.Effect = x.call.Method+" "+x.call.Path, x.call.Effect.String()
		if x.call.Operation != nil {
			call.Operation = x.call.Operation.ID
		}
	}
	r.job.sink.Call(call)
}

// exchange is one call on its way: the end of the chain that the policy begins.
type exchange struct {
	client *crisp.Client
	began  time.Time
	call   *policy.Call
}

// observe decides on a call and keeps what the policy tells of it. What the scheduler does not confirm is not sent: another
// host may be running the same.
func (x *exchange) observe(j *job) policy.Decide {
	return func(ctx context.Context, call *policy.Call) error {
		x.call = call
		if err := j.access.Decide(ctx, call); err != nil {
			return err
		}
		if err := j.sink.Confirm(ctx); err != nil {
			return &crisp.Error{Reason: crisp.ReasonCanceled, Message: err.Error(), Err: err}
		}
		return nil
	}
}

// RoundTrip implements http.RoundTripper with all the attempts of the client.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	path, below := strings.CutPrefix(x.call.Path, "/")
	if !below {
		return nil, &crisp.Error{Reason: crisp.ReasonInvalidRequest, Message: "other servers than Crisp's cannot be called"}
	}
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, &crisp.Error{Reason: crisp.ReasonInvalidRequest, Message: fmt.Sprintf("the query cannot be read (%v)", err)}
	}
	resp, err := x.client.Call(req.Context(), req.Method, path, &crisp.Request{Query: query, Header: req.Header, Body: body})
	if err != nil {
		return nil, err
	}
	answer, err := envelope(resp)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: resp.Status, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(answer)), ContentLength: int64(len(answer)), Request: req,
	}, nil
}

// envelope puts an answer back into the frame that it came in.
func envelope(resp *crisp.Response) ([]byte, error) {
	if len(resp.Data) == 0 && resp.Reason == "" {
		return nil, nil
	}
	reason, err := json.Marshal(resp.Reason)
	if err != nil {
		return nil, err
	}
	body := make([]byte, 0, len(resp.Data)+len(reason)+40)
	body = append(append(body, `{"error":false,"reason":`...), reason...)
	if len(resp.Data) > 0 {
		body = append(append(body, `,"data":`...), resp.Data...)
	}
	return append(body, '}'), nil
}

//go:build unix

package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/room"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// maxName bounds the name of an operation that the description of the API does not have, in bytes.
const maxName = 200

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

// answerer answers a call, whose answer takes what the claim has.
type answerer func(ctx context.Context, f *wire.Frame, claim *room.Claim) (*wire.AnswerMessage, []byte, error)

// refuseLarge answers a call that was too large to be read.
func (c *calls) refuseLarge(context.Context, *wire.Frame, *room.Claim) (*wire.AnswerMessage, []byte, error) {
	return &wire.AnswerMessage{Error: &crisp.Error{
		Reason:  crisp.ReasonInvalidRequest,
		Message: fmt.Sprintf("the call sends more than the %s that a call of this script may", wire.Size(c.run.share.Limit())),
	}}, nil, nil
}

// begin answers a call in a goroutine of its own.
//
// The claim is what the call holds in the host until it was answered. A frame without content was too large.
func (c *calls) begin(f *wire.Frame, claim *room.Claim, answer answerer) error {
	ctx, cancel := context.WithCancel(c.ctx)
	c.mu.Lock()
	_, twice := c.cancels[f.ID]
	if twice || len(c.cancels) >= wire.MaxCalls {
		c.mu.Unlock()
		cancel()
		claim.Release()
		return errors.New("the worker makes more calls at the same time than it may")
	}
	c.cancels[f.ID] = cancel
	c.mu.Unlock()
	c.done.Go(func() {
		defer claim.Release()
		if f.Head == nil {
			answer = c.refuseLarge
		}
		m, body, err := answer(ctx, f, claim)
		c.giveUp(f.ID)
		if err == nil {
			err = c.run.worker.link.Send(wire.FrameAnswer, f.ID, m, body)
		}
		var large *wire.SizeError
		switch {
		case errors.As(err, &large):
			m := &wire.AnswerMessage{Error: &crisp.Error{Reason: crisp.ReasonResponseTooLarge, Message: err.Error()}}
			_ = c.run.worker.link.Send(wire.FrameAnswer, f.ID, m, nil) // a worker that is gone needs no answer
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

// api makes a call of Crisp's API for a script.
func (r *run) api(ctx context.Context, f *wire.Frame, claim *room.Claim) (*wire.AnswerMessage, []byte, error) {
	var call crisp.ForwardedCall
	if err := f.Decode(&call); err != nil {
		return nil, nil, err
	}
	if len(f.Body) > 0 {
		call.Body = f.Body
	}
	call.MaxBytes, call.Room = claim.Limit(), claim.Take
	told := Call{Time: time.Now()}
	answer, err := r.forward(ctx, &call, &told)
	told.Duration = time.Since(told.Time)
	if told.Operation == "" {
		told.Operation = wire.Clip(cmp.Or(call.Operation, call.Method+" "+call.Path), maxName)
	}
	if err != nil {
		var failed *crisp.Error
		if !errors.As(err, &failed) {
			failed = &crisp.Error{Reason: crisp.ReasonNoResponse, Message: err.Error()}
		}
		told.Status, told.Reason = failed.Status, failed.Reason
		r.job.observer.Call(told)
		return &wire.AnswerMessage{Error: failed, Refused: wire.RefusalOf(failed)}, nil, nil
	}
	told.Status = answer.Status
	r.job.observer.Call(told)
	return &wire.AnswerMessage{Answer: answer}, answer.Data, nil
}

// forward makes a call with the host's client if the script may make it, and if the run is still to go on. It tells what the
// call is.
func (r *run) forward(ctx context.Context, call *crisp.ForwardedCall, told *Call) (*crisp.ForwardedAnswer, error) {
	client := r.job.connection.client
	if client == nil {
		return nil, &crisp.Error{Reason: crisp.ReasonInvalidRequest, Message: "this host has no connection to Crisp"}
	}
	described, err := policy.Describe(call)
	if err != nil {
		return nil, err
	}
	told.Operation, told.Effect = described.Method+" "+described.Path, described.Effect.String()
	if described.Operation != nil {
		told.Operation = described.Operation.ID
	}
	if described.Effect != spec.EffectRead {
		told.Params = described.Params
	}
	f := &engine.Function{Bind: func(context.Context, []any) (*engine.Pending, error) {
		return &engine.Pending{
			Effect: bindings.EffectOf(described.Effect), Permission: bindings.Subject(described.Operation), Detail: described,
			Run: func(ctx context.Context) (any, error) { return client.Forward(ctx, call) },
		}, nil
	}}
	result, err := r.job.invoker.Call(ctx, f, callName(described), nil)
	if err != nil {
		return nil, callError(ctx, err)
	}
	answer, ok := result.(*crisp.ForwardedAnswer)
	if !ok {
		return nil, &crisp.Error{Reason: crisp.ReasonInvalidResponse, Message: "a gate answered with something that is no answer of the API"}
	}
	return answer, nil
}

// callError is the error of a call that was not allowed, or else the client's.
func callError(ctx context.Context, err error) error {
	var client *crisp.Error
	switch {
	case errors.As(err, &client):
		return client
	case ctx.Err() != nil:
		return &crisp.Error{Reason: crisp.ReasonCanceled, Message: err.Error(), Err: err}
	}
	refused := &crisp.Error{Reason: policy.Reason, Message: err.Error(), Err: err}
	if host := (*engine.HostError)(nil); errors.As(err, &host) {
		refused.Message = host.Message // the script's call has a name already
	}
	return refused
}

// callName returns the name of a call as gates know it.
func callName(c *policy.Call) string {
	op := c.Operation
	if op != nil && op.Call == "" && op.AlternateOf != "" {
		op = spec.ByID(op.AlternateOf)
	}
	if op == nil || op.Call == "" {
		return "crisp.api." + strings.ToLower(c.Method)
	}
	return "crisp." + op.Call
}

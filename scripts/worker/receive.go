//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/crisphost/crisphost/scripts/worker/internal/room"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// ending is what a worker said last: a result, or an error in its place.
type ending struct {
	result *wire.ResultMessage
	err    error
}

// receive takes what the worker sends until the script has ended.
func (r *run) receive() *ending {
	for {
		f, claim, err := r.frame()
		if err != nil {
			return &ending{err: err}
		}
		select {
		case r.heard <- struct{}{}:
		default:
		}
		switch of := f.ID >> wire.RunShift << wire.RunShift; {
		case f.Kind == wire.FrameAlive:
			continue
		case of < r.id:
			if claim != nil {
				claim.Release()
			}
			// A script of before has left something behind that still acts. It acts for nobody.
			r.stale = true
			continue
		case of > r.id:
			return &ending{err: errors.New("a message belongs to a run that has not begun")}
		}
		// What does something has started, whatever it says.
		r.started = r.started || f.Kind != wire.FrameResult
		switch f.Kind {
		case wire.FrameStarted:
			r.pool.replenish()
		case wire.FrameLine:
			err = r.line(f)
		case wire.FrameAPI:
			err = r.calls.begin(f, claim, r.api)
		case wire.FrameStore:
			err = r.calls.begin(f, claim, r.store)
		case wire.FrameEvents:
			err = r.eventsFrame(f, claim)
		case wire.FrameGiveUp:
			r.calls.giveUp(f.ID)
		case wire.FrameResult:
			var result wire.ResultMessage
			if err = f.Decode(&result); err == nil {
				r.result = f.Body
				return &ending{result: &result}
			}
		default:
			err = fmt.Errorf("a message of kind %d is not the worker's to send", f.Kind)
		}
		if err != nil {
			return &ending{err: err}
		}
	}
}

// unclaimed is how large a message may be without being counted: calls are small, most of them.
const unclaimed = 64 << 10

// frame receives a message. A call that takes memory comes with the claim for it; one of more than a run may have comes without
// content.
func (r *run) frame() (f *wire.Frame, claim *room.Claim, err error) {
	f, err = r.worker.link.Receive(func(kind wire.FrameKind, _ uint64, size int64) error {
		if kind != wire.FrameAPI && kind != wire.FrameStore && kind != wire.FrameEvents {
			return nil // bounded, and one at a time
		}
		claim = r.share.Claim()
		if size <= unclaimed {
			return nil
		}
		// The worker is not silent meanwhile, but nobody listens.
		r.deaf.Store(true)
		defer r.deaf.Store(false)
		err := claim.Take(r.calls.ctx, size)
		if errors.Is(err, room.ErrTooLarge) {
			return wire.ErrSkipped
		}
		return err
	})
	if errors.Is(err, wire.ErrSkipped) {
		return f, claim, nil
	}
	if err != nil && claim != nil {
		claim.Release()
	}
	return f, claim, err
}

// judge tells how the run ended.
func (r *run) judge(ctx context.Context, e *ending) *Error {
	if e.result == nil {
		return r.lost(ctx, e.err)
	}
	r.clean = e.result.Clean && !r.halted && !r.stale
	r.compiled = e.result.Compiled
	problem := (*Error)(wire.BoundError(e.result.Error))
	if problem != nil && problem.Kind != KindMemory && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		// A call that was cut off by the end of the time can fail the script before it is stopped.
		problem.Kind = KindTimeout
	}
	return problem
}

// exitPatience is how long a worker that has closed its connection may take to end by itself.
const exitPatience = 5 * time.Second

// lost is the error when the worker has gone or sends what nobody understands.
func (r *run) lost(ctx context.Context, err error) *Error {
	gone := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET)
	// A process that is ending keeps its own end.
	ended := gone && r.worker.endsWithin(exitPatience)
	r.worker.kill()
	<-r.worker.exited
	words := r.worker.stderr.String()
	r.pool.mu.Lock()
	if ended {
		r.pool.stats.Died++
	} else {
		r.pool.stats.Killed++
	}
	r.pool.mu.Unlock()
	r.pool.options.Logger.Error("a worker failed", "script", r.job.Script, "run", r.job.Run, "error", err, "state", r.worker.ended.String(), "output", words)
	switch status, _ := r.worker.ended.Sys().(syscall.WaitStatus); {
	case r.pool.ctx.Err() != nil:
		return failed(KindWorker, ErrClosed.Error())
	case !gone && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
		return stopped(ctx) // it waited for room for a message
	case !gone:
		return failed(KindWorker, "the worker sent what is no message and was killed: "+err.Error())
	case outOfMemory(words):
		return failed(KindMemory, fmt.Sprintf("the script used more than twice its %s of memory at once, and the worker ended", wire.Size(r.message.Memory)))
	case ctx.Err() != nil:
		return stopped(ctx)
	case !ended:
		return failed(KindWorker, "the worker closed its connection and was killed")
	case status.Signaled() && status.Signal() == syscall.SIGKILL:
		return &Error{Kind: KindWorker, Message: "the worker was killed", Hint: "somebody did that, or the system had no memory left: see its log"}
	default:
		return failed(KindWorker, "the worker ended unexpectedly: "+r.worker.ended.String()+r.worker.lastWords())
	}
}

// outOfMemory recognises what Go's runtime writes when the kernel refuses it memory. Its garbage collector then can stumble over
// what it did not get: a fault on the system stack, which is none of a script's or a library's.
func outOfMemory(output string) bool {
	return strings.Contains(output, "out of memory") || strings.Contains(output, "cannot allocate memory") ||
		strings.Contains(output, "pthread_create failed: Resource temporarily unavailable") || // with cgo
		strings.HasPrefix(output, "SIGSEGV: segmentation violation\n") && strings.Contains(output, "[idle]:\nruntime.")
}

// levelOf is the level of a line that a worker sent.
func levelOf(text string) string {
	switch text {
	case "debug", "warn", "error", "print":
		return text
	}
	return "info"
}

func (r *run) line(f *wire.Frame) error {
	var m wire.LineMessage
	if err := f.Decode(&m); err != nil {
		return err
	}
	if len(f.Head) > wire.MaxFields {
		m.Fields = wire.BoundFields(m.Fields)
	}
	r.job.observer.Line(Line{Time: m.Time, Level: levelOf(m.Level), Message: wire.Clip(m.Message, wire.MaxLine), Fields: m.Fields, Omitted: max(m.Omitted, 0)})
	return nil
}

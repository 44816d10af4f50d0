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
)

// ending is what a worker said last: a result, or an error in its place.
type ending struct {
	result *resultMessage
	err    error
}

// receive takes what the worker sends until the script has ended.
func (r *run) receive() *ending {
	for {
		f, err := r.worker.link.receive()
		if err != nil {
			return &ending{err: err}
		}
		select {
		case r.heard <- struct{}{}:
		default:
		}
		switch of := f.id >> runShift << runShift; {
		case f.kind == frameAlive:
			continue
		case of < r.id:
			// A script of before has left something behind that still acts. It acts for nobody.
			r.stale = true
			continue
		case of > r.id:
			return &ending{err: errors.New("a message belongs to a run that has not begun")}
		}
		// What does something has started, whatever it says.
		r.started = r.started || f.kind != frameResult
		switch f.kind {
		case frameStarted:
			r.pool.replenish()
		case frameLine:
			err = r.line(f)
		case frameAPI:
			err = r.calls.begin(f, r.api)
		case frameStore:
			err = r.calls.begin(f, r.store)
		case frameGiveUp:
			r.calls.giveUp(f.id)
		case frameResult:
			var result resultMessage
			if err = f.decode(&result); err == nil {
				r.result = f.body
				return &ending{result: &result}
			}
		default:
			err = fmt.Errorf("a message of kind %d is not the worker's to send", f.kind)
		}
		if err != nil {
			return &ending{err: err}
		}
	}
}

// judge tells how the run ended.
func (r *run) judge(ctx context.Context, e *ending) *Error {
	if e.result == nil {
		return r.lost(ctx, e.err)
	}
	r.clean = e.result.Clean && !r.halted && !r.stale
	problem := boundError(e.result.Error)
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
	case !gone:
		return failed(KindWorker, "the worker sent what is no message and was killed: "+err.Error())
	case outOfMemory(words):
		return failed(KindMemory, fmt.Sprintf("the script used more than twice its %s of memory at once, and the worker ended", size(r.message.Memory)))
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
		strings.HasPrefix(output, "SIGSEGV: segmentation violation\n") && strings.Contains(output, "[idle]:\nruntime.")
}

// size writes bytes as people do.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

func (r *run) line(f *frame) error {
	var m lineMessage
	if err := f.decode(&m); err != nil {
		return err
	}
	if len(f.head) > maxFields {
		m.Fields = boundFields(m.Fields)
	}
	r.job.observer.Line(Line{Time: m.Time, Level: levelOf(m.Level), Message: clip(m.Message, maxLine), Fields: m.Fields})
	return nil
}

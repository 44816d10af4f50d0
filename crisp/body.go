package crisp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errTooLarge is the error of readBody for a body over the limit.
var errTooLarge = errors.New("body over the limit")

const (
	// firstRoom is what an answer is thought to take before it is seen.
	firstRoom = 128 << 10
	// believedLength is up to where a length is believed that only claims: memory for it is taken before it comes.
	believedLength = 4 << 20
)

// attempt is the time and the memory that one request and its answer take.
type attempt struct {
	call   context.Context //nolint:containedctx // that of all attempts
	ctx    context.Context //nolint:containedctx // that of the request
	cancel context.CancelCauseFunc
	ask    func(ctx context.Context, bytes int64) error // ForwardedCall.Room
	max    int64

	timer *time.Timer
	left  time.Duration
	since time.Time
}

// begin starts the time of an attempt. The caller calls end.
func (c *Client) begin(ctx context.Context, x *outgoing) *attempt {
	a := &attempt{call: ctx, ask: x.room, left: c.timeout, max: min(c.maxBytes, cmp.Or(x.maxBytes, c.maxBytes))}
	a.ctx, a.cancel = context.WithCancelCause(ctx)
	a.resume()
	return a
}

func (a *attempt) end() {
	a.timer.Stop()
	a.cancel(nil)
}

func (a *attempt) resume() {
	a.since = time.Now()
	a.timer = time.AfterFunc(a.left, func() { a.cancel(context.DeadlineExceeded) })
}

// room waits until the answer may take so many bytes. The wait is not the server's, and takes none of its time.
func (a *attempt) room(bytes int64) error {
	if a.ask == nil {
		return nil
	}
	if a.timer.Stop() {
		a.left -= time.Since(a.since)
		defer a.resume()
	}
	return a.ask(a.call, bytes)
}

// read reads a body of length bytes (-1 unknown).
func (a *attempt) read(body io.Reader, length int64) ([]byte, error) {
	if length > a.max {
		return nil, errTooLarge
	}
	if length >= 0 && (length <= believedLength || a.ask != nil) {
		if err := a.room(length); err != nil {
			return nil, err
		}
		b := make([]byte, length)
		if _, err := io.ReadFull(body, b); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		return b, nil
	}
	b := make([]byte, 0, min(64<<10, a.max+1))
	for {
		if len(b) == cap(b) {
			size := min(2*int64(cap(b)), a.max+1)
			if err := a.room(min(size, a.max)); err != nil {
				return nil, err
			}
			b = append(make([]byte, 0, size), b...)
		}
		n, err := body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > a.max:
			return nil, errTooLarge
		case errors.Is(err, io.EOF) && int64(len(b)) < length:
			return nil, io.ErrUnexpectedEOF
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return nil, err
		}
	}
}

// tooLarge is the error of a call whose answer is over the limit.
func (a *attempt) tooLarge(status int) *Error {
	return &Error{
		Status: status, Reason: ReasonResponseTooLarge, final: true,
		Message: fmt.Sprintf("the answer is larger than the limit of %d bytes", a.max),
	}
}

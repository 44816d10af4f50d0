package gate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/paint"
)

// Progress counts what the API answered since the last Reset: the shell shows it while a call runs. It also ends requests together
// with what runs.
type Progress struct {
	requests, items atomic.Int64

	mu sync.Mutex
	// running ends when what runs now is interrupted. Nil does not end.
	running context.Context
}

// Reset starts to count anew.
func (p *Progress) Reset() {
	p.requests.Store(0)
	p.items.Store(0)
}

// Requests returns the number of answers.
func (p *Progress) Requests() int { return int(p.requests.Load()) }

// Describe is the line of a running call.
func (p *Progress) Describe(elapsed time.Duration, frame int) string {
	marks := [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	what := "running"
	if n, items := p.Requests(), int(p.items.Load()); items > 0 {
		what = paint.Plural(n, "page") + ", " + paint.Plural(items, "item")
	} else if n > 0 {
		what = paint.Plural(n, "answer")
	}
	return fmt.Sprintf("%s %s · %.1f s · Ctrl-C stops", marks[frame%len(marks)], what, elapsed.Seconds())
}

// During makes requests end with a context. A stream fetches its pages long after the evaluation that made it has ended, and so
// has the context that it knows.
func (p *Progress) During(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = ctx
}

func (p *Progress) current() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return context.Background()
	}
	return p.running
}

type progressKey struct{}

// Watch returns a context whose requests are counted where they pass a Transport.
func (p *Progress) Watch(ctx context.Context) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// Transport has the requests of what a shell runs counted and ended by it. Others pass.
func Transport(base http.RoundTripper) http.RoundTripper { return &watchedTransport{base} }

type watchedTransport struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t *watchedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	p, ok := req.Context().Value(progressKey{}).(*Progress)
	if !ok {
		return t.base.RoundTrip(req)
	}
	running := p.current()
	ctx, cancel := context.WithCancelCause(req.Context())
	release := context.AfterFunc(running, func() { cancel(context.Cause(running)) })
	answer, err := t.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		release()
		cancel(nil)
		if running.Err() != nil { // final: repeating it would not be what Ctrl-C means
			return nil, &crisp.Error{Reason: crisp.ReasonCanceled, Message: "before the answer was complete", Err: context.Cause(running)}
		}
		return nil, err
	}
	p.requests.Add(1)
	answer.Body = &countingBody{
		ReadCloser: answer.Body,
		count:      func(n int) { p.items.Add(int64(n)) },
		closed:     func() { release(); cancel(nil) },
	}
	return answer, nil
}

// CloseIdleConnections lets http.Client reach the one of the base.
func (t *watchedTransport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// countingBody counts the objects of the list in an envelope as they pass.
type countingBody struct {
	io.ReadCloser
	count  func(n int)
	closed func()
	itemCounter
}

func (b *countingBody) Close() error {
	defer b.closed()
	return b.ReadCloser.Close()
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if items := b.scan(p[:n]); items > 0 {
		b.count(items)
	}
	return n, err
}

// itemCounter finds objects directly inside an array directly inside the outermost object.
type itemCounter struct {
	depth             int
	list              bool
	inString, escaped bool
}

func (c *itemCounter) scan(data []byte) (items int) {
	for _, b := range data {
		if c.inString {
			switch {
			case c.escaped:
				c.escaped = false
			case b == '\\':
				c.escaped = true
			case b == '"':
				c.inString = false
			}
			continue
		}
		switch b {
		case '"':
			c.inString = true
		case '{':
			if c.depth == 2 && c.list {
				items++
			}
			c.depth++
		case '[':
			if c.depth == 1 {
				c.list = true
			}
			c.depth++
		case '}', ']':
			c.depth--
			if c.depth == 1 {
				c.list = false
			}
		}
	}
	return items
}

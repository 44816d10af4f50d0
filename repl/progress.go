package repl

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/repl/internal/paint"
)

// progress counts what the API answered since the last reset: the shell shows it while a call runs.
type progress struct {
	requests, items atomic.Int64
}

func (p *progress) reset() {
	p.requests.Store(0)
	p.items.Store(0)
}

// describe is the line of a running call.
func (p *progress) describe(elapsed time.Duration, frame int) string {
	marks := [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	text := marks[frame%len(marks)] + " running"
	if n := p.requests.Load(); n > 0 {
		text = fmt.Sprintf("%s %s", marks[frame%len(marks)], paint.Plural(int(n), "page"))
		if items := p.items.Load(); items > 0 {
			text += ", " + paint.Plural(int(items), "item")
		} else {
			text = fmt.Sprintf("%s %s", marks[frame%len(marks)], paint.Plural(int(n), "answer"))
		}
	}
	return fmt.Sprintf("%s · %.1f s · Ctrl-C stops", text, elapsed.Seconds())
}

// wrap counts the answers that pass a transport, and ends them with what runs now.
func (g *Guard) wrap(base http.RoundTripper) http.RoundTripper { return &countingTransport{base, g} }

type countingTransport struct {
	base  http.RoundTripper
	guard *Guard
}

// unwatched marks the context of requests that the shell makes for itself, beside what runs.
type unwatched struct{}

func (t *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Context().Value(unwatched{}) != nil {
		return t.base.RoundTrip(req)
	}
	running := t.guard.running()
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
	p := &t.guard.progress
	p.requests.Add(1)
	answer.Body = &countingBody{
		ReadCloser: answer.Body,
		count:      func(n int) { p.items.Add(int64(n)) },
		closed:     func() { release(); cancel(nil) },
	}
	return answer, nil
}

// CloseIdleConnections lets http.Client reach the one of the base.
func (t *countingTransport) CloseIdleConnections() {
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

package events

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/plain"
)

func checkForward(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return &usage.Error{Problem: fmt.Sprintf("--forward-to %q is not the URL of a server", address), Hint: "write it like http://127.0.0.1:3000/hooks"}
	}
	return nil
}

// hookBody is an event as the body of a web hook, written as JSON.stringify does.
func hookBody(event *crisp.Event) []byte {
	// Data is JSON that has come over RTM, and the names are texts.
	body, err := json.Marshal(struct {
		WebsiteID string          `json:"website_id"`
		Event     string          `json:"event"`
		Data      json.RawMessage `json:"data"`
		Timestamp int64           `json:"timestamp"`
	}{event.WebsiteID, event.Name, event.Data, event.Time.UnixMilli()})
	if err == nil {
		body, err = hooks.Stringify(body)
	}
	if err != nil {
		return []byte("{}")
	}
	return body
}

// Limits of forwarding: how long a receiver may take, and how many events may wait for it before listening waits too.
const (
	forwardTimeout = 30 * time.Second
	forwardQueue   = 1000
)

// forwarder posts events one after the other, as their order may mean something.
type forwarder struct {
	options *ListenOptions
	client  *http.Client
	ctx     context.Context
	queue   chan *crisp.Event
	done    chan struct{}
}

func newForwarder(ctx context.Context, o *ListenOptions) *forwarder {
	if o.secret == "" {
		o.secret = rand.Text()
		fmt.Fprintf(o.io.Err, "crisphost: what is forwarded is signed with the secret %s\n", o.secret)
	}
	f := &forwarder{
		options: o, ctx: ctx, queue: make(chan *crisp.Event, forwardQueue), done: make(chan struct{}),
		client: &http.Client{
			Timeout: forwardTimeout,
			// A hook that is sent elsewhere would take its signature along.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	go func() {
		defer close(f.done)
		for event := range f.queue {
			f.post(event)
		}
	}()
	return f
}

// send has an event posted. Events that are not sent to web hooks are left out.
func (f *forwarder) send(event *crisp.Event) {
	if known := spec.FindEvent(event.Name); known != nil && !known.Hook {
		return
	}
	select {
	case f.queue <- event:
	case <-f.ctx.Done():
	}
}

// close waits until everything was posted, or the context has ended.
func (f *forwarder) close() {
	close(f.queue)
	<-f.done
	f.client.CloseIdleConnections()
}

func (f *forwarder) post(event *crisp.Event) {
	if f.ctx.Err() != nil {
		return
	}
	began := time.Now()
	status, err := f.exchange(event)
	outcome, color := strconv.Itoa(status), streams.Green
	switch {
	case err != nil:
		if f.ctx.Err() != nil {
			return
		}
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // the address is shown anyway
		}
		outcome, color = err.Error(), streams.Red
	case status != http.StatusOK:
		color = streams.Red
	}
	io := f.options.io
	out, colored := io.Out, io.ColorOut
	if f.options.json {
		out, colored = io.Err, io.ColorErr
	}
	fmt.Fprintf(out, "%s  %s  %s %s (%d ms)\n", streams.Paint(colored, streams.Dim, time.Now().Format("15:04:05")), plain.Line(event.Name),
		streams.Paint(colored, color, plain.Line("-> "+outcome)), plain.Line(f.options.forwardTo), time.Since(began).Milliseconds())
}

func (f *forwarder) exchange(event *crisp.Event) (status int, err error) {
	body, timestamp := hookBody(event), strconv.FormatInt(time.Now().UnixMilli(), 10)
	req, err := http.NewRequestWithContext(f.ctx, http.MethodPost, f.options.forwardTo, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(hooks.OriginHeader, "crisphost/listen")
	req.Header.Set(hooks.TimestampHeader, timestamp)
	req.Header.Set(hooks.SignatureHeader, hooks.Sign(f.options.secret, timestamp, body))
	req.Header.Set(hooks.AttemptHeader, "1")
	req.Header.Set(hooks.AttemptsHeader, "1")
	res, err := f.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection is used again
	return res.StatusCode, nil
}

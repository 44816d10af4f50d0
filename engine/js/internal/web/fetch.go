package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

const (
	// MaxFetchBytes is the largest body that fetch takes.
	MaxFetchBytes = 64 << 20
	maxRedirects  = 20
)

// after calls a function after some milliseconds if the run lasts so long. Unlike a timer of the script it does not keep the run
// going.
func (w *web) after(call goja.FunctionCall) goja.Value {
	callback, _ := goja.AssertFunction(call.Argument(1))
	const longest = float64(1<<62) / float64(time.Millisecond)
	w.host.Loop().After(time.Duration(min(call.Argument(0).ToFloat(), longest)*float64(time.Millisecond)), callback)
	return goja.Undefined()
}

// parseJSON reads an ArrayBuffer of JSON in a goroutine and returns a promise of the value.
func (w *web) parseJSON(call goja.FunctionCall) goja.Value {
	data := call.Argument(0).Export().(goja.ArrayBuffer).Bytes()
	promise, resolve, reject := w.rt.NewPromise()
	frames := w.rt.CaptureCallStack(objects.CallFrames, make([]goja.StackFrame, 0, 4))
	w.host.Loop().Begin(func(context.Context) func() error {
		doc, err := lazy.Prepare(engine.JSON(bytes.TrimPrefix(data, []byte("\ufeff"))))
		return func() error {
			if err != nil {
				reason := strings.TrimPrefix(errors.Unwrap(err).Error(), "jsontext: ")
				return reject(w.host.Error(&engine.HostError{Name: "SyntaxError", Message: "The body is not JSON: " + reason, Err: err}, frames))
			}
			value, err := w.host.Value(doc)
			if err != nil {
				return err
			}
			return resolve(value)
		}
	})
	return w.rt.ToValue(promise)
}

// fetchRequest is what a script sends.
type fetchRequest struct {
	method, url, redirect string
	header                http.Header
	body                  []byte
}

// fetchAnswer is what comes back.
type fetchAnswer struct {
	status     int
	statusText string
	url        string
	redirected bool
	header     http.Header
	body       []byte
}

// send takes {url, method, redirect, headers, body} and returns {answer, cancel}: a promise, and a function that ends the
// request.
func (w *web) send(call goja.FunctionCall) goja.Value {
	given := call.Argument(0).(*goja.Object)
	req := fetchRequest{method: given.Get("method").String(), url: given.Get("url").String(), redirect: given.Get("redirect").String(), header: http.Header{}}
	w.rt.ForOf(given.Get("headers"), func(pair goja.Value) bool {
		req.header.Add(pair.(*goja.Object).Get("0").String(), pair.(*goja.Object).Get("1").String())
		return true
	})
	if buffer, ok := given.Get("body").Export().(goja.ArrayBuffer); ok {
		req.body = buffer.Bytes()
	}
	promise, resolve, reject := w.rt.NewPromise()
	frames := w.rt.CaptureCallStack(objects.CallFrames, make([]goja.StackFrame, 0, 4))
	loop := w.host.Loop()
	ctx, cancel := context.WithCancel(loop.Context())
	loop.Begin(func(context.Context) func() error {
		defer cancel()
		answer, err := fetch(ctx, w.host.Transport(), req)
		return func() error {
			if err != nil {
				return reject(w.host.Error(fetchError(req, err), frames))
			}
			return resolve(w.fetchAnswer(answer))
		}
	})
	sent := w.rt.NewObject()
	_ = sent.Set("answer", promise)
	_ = sent.Set("cancel", func(goja.FunctionCall) goja.Value {
		cancel()
		return goja.Undefined()
	})
	return sent
}

// fetchError is what a script sees of a failure: an error of the host as it is, and everything else as a TypeError.
func fetchError(req fetchRequest, err error) error {
	var host *engine.HostError
	if errors.As(err, &host) {
		return host
	}
	reason := err
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		reason = wrapped.Err
	}
	failed := &engine.HostError{Name: "TypeError", Message: fmt.Sprintf("fetch: %s %s failed: %v", req.method, req.url, reason), Err: err}
	var network net.Error
	if errors.As(reason, &network) || errors.Is(reason, io.EOF) || errors.Is(reason, io.ErrUnexpectedEOF) {
		failed.Fields = []engine.Constant{{Name: "reason", Value: "no_response"}} // as of a call of crisp: retry repeats it
	}
	return failed
}

func (w *web) fetchAnswer(a *fetchAnswer) goja.Value {
	object := w.rt.NewObject()
	_ = object.Set("status", a.status)
	_ = object.Set("statusText", a.statusText)
	_ = object.Set("url", a.url)
	_ = object.Set("redirected", a.redirected)
	headers := []any{}
	for name, values := range a.header {
		for _, value := range values {
			headers = append(headers, w.rt.NewArray(name, latin1(value)))
		}
	}
	_ = object.Set("headers", w.rt.NewArray(headers...))
	if a.body == nil {
		_ = object.Set("body", goja.Null())
	} else {
		_ = object.Set("body", w.rt.NewArrayBuffer(a.body))
	}
	return object
}

// latin1 shows the bytes of a header as characters, as the web does; line ends cannot occur in them.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// fetch sends a request, follows its redirects and reads the whole body.
func fetch(ctx context.Context, transport http.RoundTripper, given fetchRequest) (*fetchAnswer, error) {
	req, err := http.NewRequestWithContext(ctx, given.method, given.url, bytes.NewReader(given.body))
	if err != nil {
		return nil, err
	}
	for name, values := range given.header {
		if !isConnectionHeader(name) {
			req.Header[name] = values
		}
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "crisphost")
	}
	client := http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		return checkRedirect(given.redirect, next, via)
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer := &fetchAnswer{status: resp.StatusCode, url: given.url, redirected: resp.Request.Response != nil, header: resp.Header}
	if answer.redirected {
		answer.url = resp.Request.URL.String()
	}
	_, answer.statusText, _ = strings.Cut(resp.Status, " ")
	if given.method == http.MethodHead || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return answer, nil
	}
	if answer.body, err = io.ReadAll(io.LimitReader(resp.Body, MaxFetchBytes+1)); err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if len(answer.body) > MaxFetchBytes {
		return nil, fmt.Errorf("the body is larger than %d MiB", MaxFetchBytes>>20)
	}
	return answer, nil
}

// isConnectionHeader names the headers that belong to the connection and that a script cannot set.
func isConnectionHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Authorization", "Proxy-Connection":
		return true
	}
	return false
}

// checkRedirect decides on a redirect. Once a request has left the origin it was meant for, credentials do not go with it, and
// no site learns where it came from.
func checkRedirect(mode string, next *http.Request, via []*http.Request) error {
	switch {
	case mode == "manual":
		return http.ErrUseLastResponse
	case mode == "error":
		return errors.New("the server redirects, which redirect: \"error\" forbids")
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	next.Header.Del("Referer")
	first := via[0].URL
	for _, hop := range append(via[1:len(via):len(via)], next) {
		if hop.URL.Scheme != first.Scheme || !strings.EqualFold(hop.URL.Host, first.Host) {
			next.Header.Del("Authorization")
			next.Header.Del("Cookie")
			break
		}
	}
	return nil
}

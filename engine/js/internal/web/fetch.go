package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/fetch"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
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

// send takes {url, method, redirect, headers, body} and returns {answer, cancel}: a promise, and a function that ends the
// request.
func (w *web) send(call goja.FunctionCall) goja.Value {
	given := call.Argument(0).(*goja.Object)
	req := &fetch.Request{
		Method: given.Get("method").String(), URL: given.Get("url").String(), Redirect: given.Get("redirect").String(),
		Header: http.Header{},
	}
	w.rt.ForOf(given.Get("headers"), func(pair goja.Value) bool {
		req.Header.Add(pair.(*goja.Object).Get("0").String(), pair.(*goja.Object).Get("1").String())
		return true
	})
	if buffer, ok := given.Get("body").Export().(goja.ArrayBuffer); ok {
		req.Body = buffer.Bytes()
	}
	promise, resolve, reject := w.rt.NewPromise()
	frames := w.rt.CaptureCallStack(objects.CallFrames, make([]goja.StackFrame, 0, 4))
	loop := w.host.Loop()
	ctx, cancel := context.WithCancel(loop.Context())
	loop.Begin(func(context.Context) func() error {
		defer cancel()
		answer, err := fetch.Do(ctx, w.host.Transport(), req)
		return func() error {
			if err != nil {
				return reject(w.host.Error(fetch.Error(req, err), frames))
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

func (w *web) fetchAnswer(a *fetch.Answer) goja.Value {
	object := w.rt.NewObject()
	_ = object.Set("status", a.Status)
	_ = object.Set("statusText", a.StatusText)
	_ = object.Set("url", a.URL)
	_ = object.Set("redirected", a.Redirected)
	headers := []any{}
	for name, values := range a.Header {
		for _, value := range values {
			headers = append(headers, w.rt.NewArray(name, latin1(value)))
		}
	}
	_ = object.Set("headers", w.rt.NewArray(headers...))
	if a.Body == nil {
		_ = object.Set("body", goja.Null())
	} else {
		_ = object.Set("body", w.rt.NewArrayBuffer(a.Body))
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

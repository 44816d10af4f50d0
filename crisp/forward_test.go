package crisp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/spec"
)

// overWire is a Forwarder whose calls, answers and errors travel as JSON, as they do between processes.
type overWire struct {
	to    Forwarder
	calls []ForwardedCall
}

func (w *overWire) Forward(ctx context.Context, call *ForwardedCall) (*ForwardedAnswer, error) {
	var sent ForwardedCall
	copyJSON(call, &sent)
	sent.Body = call.Body
	w.calls = append(w.calls, sent)
	answer, err := w.to.Forward(ctx, &sent)
	var failed *Error
	if errors.As(err, &failed) {
		var received Error
		copyJSON(failed, &received)
		return nil, &received
	}
	if err != nil {
		return nil, err
	}
	var received ForwardedAnswer
	copyJSON(answer, &received)
	received.Data = answer.Data
	return &received, nil
}

func copyJSON(from, to any) {
	data, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		panic(err)
	}
}

// forwarding returns a client without credentials whose calls another client makes.
func forwarding(t testing.TB, to Forwarder) (*Client, *overWire) {
	t.Helper()
	wire := &overWire{to: to}
	client, err := New(WithForwarder(wire))
	if err != nil {
		t.Fatal(err)
	}
	return client, wire
}

func TestForwardedCallsAreThoseOfTheClient(t *testing.T) {
	var got []string
	direct := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, key, _ := r.BasicAuth()
		got = append(got, strings.Join([]string{r.Method, r.RequestURI, string(body), r.Header.Get("X-More"), r.Header.Get("Content-Type"), key}, " "))
		w.Header().Set("X-Answer", "yes")
		ok(w, `{"a":1}`)
	})
	client, wire := forwarding(t, direct)
	for _, call := range []func(c *Client) (*Response, error){
		func(c *Client) (*Response, error) {
			return c.Do(t.Context(), spec.ByID("website.get"), &Request{Path: map[string]string{"website_id": "w/1"}})
		},
		func(c *Client) (*Response, error) {
			return c.Call(t.Context(), "GET", "/a%2Fb/c d?q=1", &Request{Query: url.Values{"p": {"x", "y"}}, Header: http.Header{"X-More": {"m"}}})
		},
		func(c *Client) (*Response, error) {
			return c.Call(t.Context(), "POST", "thing", &Request{Body: map[string]any{"text": "<ü>"}})
		},
		func(c *Client) (*Response, error) { return c.Call(t.Context(), "PATCH", "thing", nil) },
		func(c *Client) (*Response, error) {
			return c.Call(t.Context(), "PUT", "thing", &Request{Body: []byte("a=1"), Header: http.Header{"Content-Type": {"text/plain"}}})
		},
	} {
		got = nil
		want, err := call(direct)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := call(client)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0] != got[1] || !strings.HasSuffix(got[1], testKey) {
			t.Errorf("requests %q", got)
		}
		if resp.Status != want.Status || resp.Reason != want.Reason || string(resp.Data) != string(want.Data) || resp.Attempts != 1 || resp.Header.Get("X-Answer") != "yes" {
			t.Errorf("got %+v, want %+v", resp, want)
		}
		if text := string(must(json.Marshal(wire.calls))); strings.Contains(text, testKey) || strings.Contains(text, "Authorization") {
			t.Errorf("the call carries the key: %s", text)
		}
	}
	if first := wire.calls[0]; first.Operation != "website.get" || first.Params["website_id"] == "" || first.Method != "" || first.Path != "" {
		t.Errorf("an operation travels as %+v", first)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestForwardedAnswersAreThoseOfTheClient compares what becomes of answers of every form, with a parser and without.
func TestForwardedAnswersAreThoseOfTheClient(t *testing.T) {
	var body string
	direct := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, body) })
	client, _ := forwarding(t, direct)
	for _, body = range bodies {
		for name, parse := range map[string]func(jsontext.Value) error{"parsed": strictly, "checked": nil} {
			want, wantErr := direct.Call(t.Context(), "GET", "thing", &Request{Parse: parse})
			got, err := client.Call(t.Context(), "GET", "thing", &Request{Parse: parse})
			if err != nil || wantErr != nil {
				var e, w *Error
				if !errors.As(err, &e) || !errors.As(wantErr, &w) || e.Status != w.Status || e.Reason != w.Reason || e.Attempts != w.Attempts || e.Hint() != w.Hint() {
					t.Errorf("%s %.80q: %v, want %v", name, body, err, wantErr)
				}
				continue
			}
			if got.Reason != want.Reason || string(got.Data) != string(want.Data) || (got.Data == nil) != (want.Data == nil) {
				t.Errorf("%s %.80q: reason %q, data %q, want %q, %q", name, body, got.Reason, got.Data, want.Reason, want.Data)
			}
		}
	}
}

func TestForwardedDataIsReadOnce(t *testing.T) {
	direct := serve(t, func(w http.ResponseWriter, _ *http.Request) { ok(w, `[1]`) })
	client, _ := forwarding(t, direct)
	read := 0
	if _, err := client.Call(t.Context(), "GET", "thing", &Request{Parse: func(jsontext.Value) error { read++; return nil }}); err != nil || read != 1 {
		t.Errorf("read %d times, %v", read, err)
	}
}

func TestForwardedErrorsAreThoseOfTheClient(t *testing.T) {
	clock := newFakeClock()
	requests := 0
	direct := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		switch r.URL.Path {
		case "/limited":
			w.Header().Set("Retry-After", "2")
			answer(w, 429, `{"error":true,"reason":"too_many_requests","data":{}}`)
		case "/page":
			answer(w, 404, `<html>`)
		default:
			answer(w, 404, `{"error":true,"reason":"not_found","data":{"message":"no such thing"}}`)
		}
	}, clock.option(), WithRetry(RetryPolicy{MaxAttempts: 3}))
	client, _ := forwarding(t, direct)
	for _, path := range []string{"limited", "page", "thing", "../up", "a b/{c}"} {
		var want, got *Error
		_, err := direct.Call(t.Context(), "GET", path, nil)
		if !errors.As(err, &want) {
			t.Fatalf("%s: %v", path, err)
		}
		requests = 0
		if _, err = client.Call(t.Context(), "GET", path, nil); !errors.As(err, &got) {
			t.Fatalf("%s: %v", path, err)
		}
		if requests != want.Attempts || got.Error() != want.Error() || got.Hint() != want.Hint() || got.Attempts != want.Attempts || got.RetryAfter != want.RetryAfter {
			t.Errorf("%s: %d requests, %v (%s), want %v (%s)", path, requests, got, got.Hint(), want, want.Hint())
		}
	}
	if slept := clock.sleeps(); len(slept) == 0 {
		t.Error("the client at the end of the way did not repeat anything")
	}
}

func TestForwarderThatFails(t *testing.T) {
	client, wire := forwarding(t, failing{errors.New("the other process is gone")})
	_, err := client.Call(t.Context(), "GET", "thing", nil)
	if e := wantError(t, err, 0, ReasonNoResponse); e.Operation != "GET /thing" || len(wire.calls) != 1 {
		t.Errorf("%+v after %d calls", e, len(wire.calls))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Call(ctx, "GET", "thing", nil)
	if wantError(t, err, 0, ReasonCanceled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Forward(context.Context, *ForwardedCall) (*ForwardedAnswer, error) {
	return nil, f.err
}

// TestForwardChecksCalls has calls of another process that no client would have sent.
func TestForwardChecksCalls(t *testing.T) {
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s %s", r.Method, r.RequestURI) })
	for _, call := range []ForwardedCall{
		{},
		{Operation: "no.such"},
		{Operation: "website.get"},
		{Operation: "website.get", Params: map[string]string{"website_id": "../other"}},
		{Operation: "website.get", Params: map[string]string{"website_id": "w"}, Path: "x"},
		{Operation: "website.get", Params: map[string]string{"website_id": "w"}, Header: http.Header{"Authorization": {"x"}}},
		{Method: "GET", Path: "a/../b"},
		{Method: "GET", Path: "https://other.example/"},
		{Method: "GET", Path: "//other.example/"},
		{Method: "GET\r\nX: y", Path: "a"},
		{Method: "GET", Path: "a", Header: http.Header{"Host": {"other.example"}}},
	} {
		if _, err := client.Forward(t.Context(), &call); err == nil {
			t.Errorf("%+v was sent", call)
		} else {
			wantError(t, err, 0, ReasonInvalidRequest)
		}
	}
	for _, c := range []struct {
		call ForwardedCall
		want []string
	}{
		{ForwardedCall{Operation: "website.get", Params: map[string]string{"website_id": "a/b"}}, []string{"GET", "/website/a%2Fb"}},
		{ForwardedCall{Method: "PUT", Path: "/a b?c=d"}, []string{"PUT", "/a%20b"}},
	} {
		method, path, err := c.call.Resolve()
		if err != nil || !slices.Equal([]string{method, path}, c.want) {
			t.Errorf("%+v: %s %s, %v", c.call, method, path, err)
		}
	}
	if _, _, err := (&ForwardedCall{Method: "GET", Path: "a/../b"}).Resolve(); err == nil {
		t.Error("a path with a detour was resolved")
	}
}

func TestErrorJSON(t *testing.T) {
	e := &Error{Status: 403, Reason: "restricted_route_tier", Message: "m", Operation: "op", Attempts: 2, RetryAfter: 1500, allowed: getOp.Tiers}
	var got Error
	copyJSON(e, &got)
	if got.Hint() != e.Hint() || got.Hint() == "" {
		t.Errorf("the hint %q became %q", e.Hint(), got.Hint())
	}
	got.hint, e.allowed = "", 0
	if !reflect.DeepEqual(&got, e) {
		t.Errorf("%+v became %+v", e, got)
	}
}

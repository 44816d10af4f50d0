package crisp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/time/rate"

	"github.com/crisphost/crisphost/crisp/spec"
)

func TestDo(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		identifier, key, _ := r.BasicAuth()
		if identifier != testIdentifier || key != testKey {
			t.Errorf("credentials %q %q", identifier, key)
		}
		if got := r.Header.Get("X-Crisp-Tier"); got != "plugin" {
			t.Errorf("tier %q", got)
		}
		if got := r.Header.Get("Accept"); got != "application/json" {
			t.Errorf("accept %q", got)
		}
		if got := r.Header.Get("User-Agent"); got != "tester/1" {
			t.Errorf("user agent %q", got)
		}
		if got := r.Header.Get("X-Extra"); got != "yes" {
			t.Errorf("extra header %q", got)
		}
		if got := r.URL.EscapedPath(); got != "/website/w%2F1/thing/a%20b%3Fc%23d%25e@f.g" {
			t.Errorf("path %q", got)
		}
		if got := r.URL.Query(); got.Get("q") != "é & = +" {
			t.Errorf("query %q", got)
		}
		w.Header().Set("X-Answer", "42")
		ok(w, ` {"name":"Ada","n":[1,2]} `)
	}, WithTier(spec.TierPlugin), WithUserAgent("tester/1"))
	resp, err := client.Do(t.Context(), getOp, &Request{
		Path:   map[string]string{"website_id": "w/1", "thing_id": "a b?c#d%e@f.g"},
		Query:  url.Values{"q": {"é & = +"}},
		Header: http.Header{"x-extra": {"yes"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != 200 || resp.Reason != "resolved" || resp.Attempts != 1 || resp.More() || resp.Header.Get("X-Answer") != "42" {
		t.Errorf("response %+v", resp)
	}
	if string(resp.Data) != `{"name":"Ada","n":[1,2]}` {
		t.Errorf("data %s", resp.Data)
	}
	var person struct {
		Name string `json:"name"`
	}
	if err := resp.Decode(&person); err != nil || person.Name != "Ada" {
		t.Errorf("decoded %+v, %v", person, err)
	}
	var wrong struct {
		Name int `json:"name"`
	}
	wantError(t, resp.Decode(&wrong), 200, ReasonInvalidResponse)
}

func TestRequestBodies(t *testing.T) {
	type message struct {
		Content string `json:"content"`
	}
	for _, tc := range []struct {
		name string
		op   *spec.Operation
		body any
		want string
		kind string
	}{
		{"struct", postOp, message{"hi <b>"}, `{"content":"hi <b>"}`, "application/json"},
		{"pointer", patchOp, &message{"x"}, `{"content":"x"}`, "application/json"},
		{"nil pointer", postOp, (*message)(nil), `{}`, "application/json"},
		{"none with POST", postOp, nil, `{}`, "application/json"},
		{"none with PUT", putOp, nil, `{}`, "application/json"},
		{"none with PATCH", patchOp, nil, `{}`, "application/json"},
		{"none with DELETE", deleteOp, nil, ``, ""},
		{"delete", deleteOp, map[string]any{"verify": "x"}, `{"verify":"x"}`, "application/json"},
		{"bytes", putOp, []byte(` {"a": 1}`), ` {"a": 1}`, "application/json"},
		{"raw message", putOp, json.RawMessage(`{"a":  1}`), `{"a":  1}`, "application/json"},
		{"jsontext", putOp, jsontext.Value(`[1, 2]`), `[1, 2]`, "application/json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if string(body) != tc.want || r.Header.Get("Content-Type") != tc.kind || r.ContentLength != int64(len(tc.want)) {
					t.Errorf("body %q of %d bytes as %q", body, r.ContentLength, r.Header.Get("Content-Type"))
				}
				ok(w, "{}")
			})
			if _, err := client.Do(t.Context(), tc.op, &Request{Body: tc.body}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Nothing is sent for a request that cannot be right.
func TestRefusedRequests(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("sent %s %s", r.Method, r.URL) })
	circular := map[string]any{}
	circular["self"] = circular
	needsBody := &spec.Operation{ID: "test.body", Method: "POST", Path: "/x", BodyRequired: true}
	needsQuery := &spec.Operation{ID: "test.query", Method: "GET", Path: "/x", Params: []spec.Param{{Name: "url", In: spec.InQuery, Required: true}}}
	do := func(op *spec.Operation, req *Request) func(context.Context) (*Response, error) {
		return func(ctx context.Context) (*Response, error) { return client.Do(ctx, op, req) }
	}
	call := func(method, path string) func(context.Context) (*Response, error) {
		return func(ctx context.Context) (*Response, error) { return client.Call(ctx, method, path, nil) }
	}
	for _, tc := range []struct {
		name string
		run  func(context.Context) (*Response, error)
		want string
	}{
		{"no parameters", do(getOp, nil), "test.get: invalid_request: the path parameter website_id is missing"},
		{"missing parameter", do(headOp, &Request{Path: map[string]string{"x": "y"}}), "the path parameter website_id is missing"},
		{"unknown parameter", do(headOp, &Request{Path: map[string]string{"website_id": "y", "session": "z"}}), "the path has no parameter session"},
		{"empty parameter", do(getOp, thing("")), "the path parameter thing_id is empty"},
		{"dot dot", do(getOp, thing("..")), `the path parameter thing_id contains the segment ".."`},
		{"dot", do(getOp, thing(".")), `contains the segment "."`},
		{"dots inside", do(getOp, thing("a/../b")), `contains the segment ".."`},
		{"backslashes", do(getOp, thing(`a\..\b`)), `contains the segment ".."`},
		{"encoded dots", do(getOp, thing("%2e%2E")), `contains the segment ".."`},
		{"missing query", do(needsQuery, nil), "the query parameter url is missing"},
		{"missing body", do(needsBody, &Request{}), "the body is missing"},
		{"null body", do(needsBody, &Request{Body: json.RawMessage("null")}), "the body is missing"},
		{"circular body", do(postOp, &Request{Body: circular}), "the body has no JSON form"},
		{"NaN body", do(postOp, &Request{Body: map[string]any{"x": func() float64 { z := 0.0; return z / z }()}}), "the body has no JSON form"},
		{"function body", do(postOp, &Request{Body: map[string]any{"x": func() {}}}), "the body has no JSON form"},
		{"bad JSON body", do(postOp, &Request{Body: []byte(`{"a":}`)}), "the body is not valid JSON"},
		{"key header", do(plainOp, &Request{Header: http.Header{"authorization": {"x"}}}), "the header Authorization is set by the client"},
		{"tier header", do(plainOp, &Request{Header: http.Header{"X-CRISP-TIER": {"user"}}}), "the header X-Crisp-Tier is set by the client"},
		{"host header", do(plainOp, &Request{Header: http.Header{"Host": {"x"}}}), "the header Host is set by the client"},
		{"header name", do(plainOp, &Request{Header: http.Header{"a b": {"x"}}}), `the header name "a b" is not valid`},
		{"header value", do(plainOp, &Request{Header: http.Header{"A": {"x\r\nB: y"}}}), "the header A has a control character in its value"},
		{"method", call("TRACE", "website"), `the method "TRACE" is not one of`},
		{"lower method", call("get", "website"), `the method "get" is not one of`},
		{"placeholder", call("GET", "website/{foo}/x"), `the path holds "{foo}", which stands for something: write the id in its place`},
		{"open brace", call("GET", "website/{foo/x"), `the path holds "{foo"`},
		{"empty path", call("GET", ""), "the path is empty: name one"},
		{"slash", call("GET", "/"), "the path is empty: name one"},
		{"empty segment", call("GET", "website//x"), "the path has an empty segment"},
		{"trailing slash", call("GET", "website/"), "the path has an empty segment"},
		{"other host", call("GET", "https://example.com/v1/website"), "other hosts cannot be called"},
		{"scheme-relative", call("GET", "//example.com/website"), "other hosts cannot be called"},
		{"up", call("GET", "../v2/website"), `contains the segment ".."`},
		{"up in the middle", call("GET", "website/../../x"), `contains the segment ".."`},
		{"encoded up", call("GET", "website/%2e%2e/x"), `contains the segment ".."`},
		{"encoded slash and up", call("GET", "website/a%2f..%2fx"), `contains the segment ".."`},
		{"doubly encoded up", call("GET", "website/%252e%252e/x"), `contains the segment ".."`},
		{"fragment", call("GET", "website#x"), "write %23"},
		{"bad escape", call("GET", "website/100%"), "write %25"},
		{"bad query", call("GET", "website?a=%zz"), "the query of the path cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := tc.run(t.Context())
			e := wantError(t, err, 0, ReasonInvalidRequest)
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %q, want %q in it", err, tc.want)
			}
			if e.Attempts != 0 || e.Temporary() {
				t.Errorf("attempts %d, temporary %v", e.Attempts, e.Temporary())
			}
		})
	}
}

func TestCall(t *testing.T) {
	for _, tc := range []struct{ path, want string }{
		{"website/w1", "/website/w1"},
		{"/website/w1", "/website/w1"},
		{"website/w1/people/profile/a%40b.c", "/website/w1/people/profile/a@b.c"},
		{"website/a b/é", "/website/a%20b/%C3%A9"},
		{"website/a%2Fb", "/website/a%2Fb"},
		{"http:example.com", "/http:example.com"},
		{"website/w1?search_query=a+b&x=1", "/website/w1?q=2&search_query=a+b&x=1&x=3"},
		{"website/...", "/website/..."},
	} {
		t.Run(tc.path, func(t *testing.T) {
			var got string
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.URL.String()
				answer(w, 200, `{"error":false,"reason":"listed","data":[]}`)
			})
			req := &Request{}
			if strings.Contains(tc.path, "?") {
				req.Query = url.Values{"q": {"2"}, "x": {"3"}}
			}
			resp, err := client.Call(t.Context(), "GET", tc.path, req)
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want || string(resp.Data) != "[]" {
				t.Errorf("called %q, data %s", got, resp.Data)
			}
		})
	}
}

func TestCallNamesItself(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, 404, `{"error":true,"reason":"not_found","data":{"message":"Route does not exist"}}`)
	})
	_, err := client.Call(t.Context(), "GET", "website/x y", nil)
	if want := "GET /website/x%20y: 404 not_found: Route does not exist"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestNew(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts []Option
		env  string
		want string // base URL, or part of the error
		fail bool
	}{
		{name: "default", want: DefaultBaseURL},
		{name: "slash added", opts: []Option{WithBaseURL("https://Example.com/v1")}, want: "https://example.com/v1/"},
		{name: "no path", opts: []Option{WithBaseURL("https://example.com")}, want: "https://example.com/"},
		{name: "environment", env: "http://127.0.0.1:8787/v1", want: "http://127.0.0.1:8787/v1/"},
		{name: "environment without a path", env: "http://127.0.0.1:8787", want: "http://127.0.0.1:8787/v1/"},
		{name: "environment with a slash", env: "https://example.com/", want: "https://example.com/v1/"},
		{name: "environment with another path", env: "https://example.com/crisp/v1", want: "https://example.com/crisp/v1/"},
		{name: "environment without a scheme", env: "127.0.0.1:38713/v1", want: "CRISP_API_URL must begin with https://", fail: true},
		{name: "environment with a host only", env: "localhost:38713", want: "CRISP_API_URL must begin with https://", fail: true},
		{name: "option before environment", env: "nonsense", opts: []Option{WithBaseURL("https://example.com/")}, want: "https://example.com/"},
		{name: "loopback", opts: []Option{WithBaseURL("http://localhost:1/"), WithCredentials("a", "b")}, want: "http://localhost:1/"},
		{name: "loopback 6", opts: []Option{WithBaseURL("http://[::1]:1/"), WithCredentials("a", "b")}, want: "http://[::1]:1/"},
		{name: "no credentials over http", opts: []Option{WithBaseURL("http://worker/")}, want: "http://worker/"},
		{name: "insecure", opts: []Option{WithBaseURL("http://sandbox:8787/v1"), WithCredentials("a", "b"), WithInsecureBaseURL()}, want: "http://sandbox:8787/v1/"},
		{name: "clear text", opts: []Option{WithBaseURL("http://sandbox:8787/v1"), WithCredentials("a", "b")}, want: "would send the key in clear text", fail: true},
		{name: "looks like loopback", opts: []Option{WithBaseURL("http://127.0.0.1.example.com/"), WithCredentials("a", "b")}, want: "clear text", fail: true},
		{name: "bad environment", env: "ftp://example.com", want: "CRISP_API_URL must begin with https://", fail: true},
		{name: "no scheme", opts: []Option{WithBaseURL("api.crisp.chat/v1")}, want: "the base URL must begin with https://", fail: true},
		{name: "no host", opts: []Option{WithBaseURL("https:///v1")}, want: "names no host", fail: true},
		{name: "unreadable", opts: []Option{WithBaseURL("https://a b/\x7f")}, want: "cannot be read", fail: true},
		{name: "password", opts: []Option{WithBaseURL("https://id:" + testKey + "@example.com/")}, want: "credentials are given apart", fail: true},
		{name: "query", opts: []Option{WithBaseURL("https://example.com/?a")}, want: "a query or a fragment", fail: true},
		{name: "port too high", env: "http://127.0.0.1:99999", want: "CRISP_API_URL has the port 99999: ports are 1 to 65535", fail: true},
		{name: "port zero", opts: []Option{WithBaseURL("http://127.0.0.1:0")}, want: "the base URL has the port 0: ports are 1 to 65535", fail: true},
		{name: "huge port", opts: []Option{WithBaseURL("http://[::1]:99999999999999999999/")}, want: "has the port 99999999999999999999", fail: true},
		{name: "no port", opts: []Option{WithBaseURL("https://example.com:/v1")}, want: "has a colon and no port behind it", fail: true},
		{name: "dots for a host", opts: []Option{WithBaseURL("https://../v1")}, want: `names the host "..", which cannot exist`, fail: true},
		{name: "doubled dot", opts: []Option{WithBaseURL("https://api..example.com")}, want: `names the host "api..example.com", which cannot exist`, fail: true},
		{name: "no address", opts: []Option{WithBaseURL("http://300.1.2.3/")}, want: `names the host "300.1.2.3", which cannot exist`, fail: true},
		{name: "long label", opts: []Option{WithBaseURL("https://" + strings.Repeat("a", 64) + ".example.com")}, want: "which cannot exist", fail: true},
		{name: "root dot", opts: []Option{WithBaseURL("https://example.com./v1")}, want: "https://example.com./v1/"},
		{name: "numbered host", opts: []Option{WithBaseURL("https://api2.3com.example:8443")}, want: "https://api2.3com.example:8443/"},
		{name: "zone", opts: []Option{WithBaseURL("http://[fe80::1%25eth0]:80/")}, want: "http://[fe80::1%25eth0]:80/"},
		{name: "dots", opts: []Option{WithBaseURL("https://example.com/v1/../x")}, want: `contains the segment ".."`, fail: true},
		{name: "no key", opts: []Option{WithCredentials("a", "")}, want: "must not be empty", fail: true},
		{name: "colon", opts: []Option{WithCredentials("a:b", "c")}, want: "must not contain a colon", fail: true},
		{name: "two tiers", opts: []Option{WithTier(spec.TierUser | spec.TierPlugin)}, want: "exactly one of", fail: true},
		{name: "no timeout", opts: []Option{WithTimeout(0)}, want: "above zero", fail: true},
		{name: "rate", opts: []Option{WithRateLimit(rate.Limit(5), 0)}, want: "above zero", fail: true},
		{name: "retry", opts: []Option{WithRetry(RetryPolicy{MaxDelay: -1})}, want: "negative", fail: true},
		{name: "user agent", opts: []Option{WithUserAgent("a\nb")}, want: "control character", fail: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv(EnvBaseURL, tc.env)
			client, err := New(tc.opts...)
			switch {
			case tc.fail && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("error %v, want %q", err, tc.want)
			case tc.fail && strings.Contains(err.Error(), testKey):
				t.Errorf("the error shows the key: %v", err)
			case !tc.fail && err != nil:
				t.Error(err)
			case !tc.fail && client.BaseURL() != tc.want:
				t.Errorf("base %q, want %q", client.BaseURL(), tc.want)
			}
		})
	}
}

func TestErrorsAs(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, 409, `{"error":true,"reason":"people_email_exists","data":{}}`)
	})
	_, err := client.Do(t.Context(), postOp, nil)
	var e *Error
	if !errors.As(fmt.Errorf("wrapped: %w", err), &e) || e.Status != 409 || e.Operation != "test.create" {
		t.Errorf("got %#v", e)
	}
}

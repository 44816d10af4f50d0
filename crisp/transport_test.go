package crisp

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
)

func TestRedirectToAnotherHostIsRefused(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the other server got %s %s with %v", r.Method, r.URL, r.Header)
	}))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, op := range []*spec.Operation{plainOp, postOp, putOp} {
			var sent atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				http.Redirect(w, r, other.URL+"/api/v1/plain", code)
			})
			_, err := client.Do(t.Context(), op, nil)
			e := wantError(t, err, code, ReasonRedirectRefused)
			if sent.Load() != 1 || !strings.Contains(err.Error(), other.URL) || !strings.Contains(e.Hint(), "base URL") {
				t.Errorf("%d %s: sent %d, %v", code, op.Method, sent.Load(), err)
			}
		}
	}
}

func TestRedirectToPlainHTTPIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/v1/plain", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	client := dial(t, server.URL+"/v1", WithTransport(server.Client().Transport))
	_, err := client.Do(t.Context(), plainOp, nil)
	wantError(t, err, 307, ReasonRedirectRefused)
}

func TestRedirectOnTheSameHost(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.URL.Path == "/moved":
			if _, key, _ := r.BasicAuth(); key != testKey || string(body) != "{}" {
				t.Errorf("key %q, body %q after the redirect", key, body)
			}
			fine(w, r)
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/api/v1/loop", http.StatusTemporaryRedirect)
		case r.URL.RawQuery == "turn=":
			http.Redirect(w, r, "/api/v1/moved", http.StatusFound) // would turn the POST into a GET
		default:
			http.Redirect(w, r, "/api/v1/moved", http.StatusPermanentRedirect)
		}
	})
	if _, err := client.Call(t.Context(), "POST", "website", nil); err != nil {
		t.Error(err)
	}
	_, err := client.Call(t.Context(), "POST", "website?turn", nil)
	wantError(t, err, 302, ReasonRedirectRefused)
	_, err = client.Call(t.Context(), "GET", "loop", nil)
	wantError(t, err, 307, ReasonRedirectRefused)
}

func TestGzip(t *testing.T) {
	data := `"` + strings.Repeat("all work and no play ", 20000) + `"`
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Errorf("accepts %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprintf(z, `{"error":false,"reason":"listed","data":%s}`, data)
		z.Close()
	})
	resp, err := client.Do(t.Context(), plainOp, nil)
	if err != nil || string(resp.Data) != data {
		t.Errorf("got %d bytes, %v", len(resp.Data), err)
	}
}

func TestHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ok(w, `"`+r.Proto+`"`)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	transport := NewTransport().(*http.Transport)
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	client := dial(t, server.URL+"/v1", WithTransport(transport))
	resp, err := client.Do(t.Context(), plainOp, nil)
	if err != nil || string(resp.Data) != `"HTTP/2.0"` {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	addresses := map[string]bool{}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		addresses[r.RemoteAddr] = true
		if r.URL.RawQuery != "" {
			status(404)(w, r)
			return
		}
		fine(w, r)
	})
	for range 5 {
		if _, err := client.Call(t.Context(), "GET", "x", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Call(t.Context(), "GET", "x?missing", nil); err == nil {
			t.Fatal("no error")
		}
	}
	if len(addresses) != 1 {
		t.Errorf("%d connections for calls one after another", len(addresses))
	}
}

func TestLargeAnswers(t *testing.T) {
	const limit = 1 << 20
	filler := strings.Repeat("x", 64<<10)
	for _, tc := range []struct {
		name string
		size int
		head func(http.Header, int)
	}{
		{"announced", 100 << 20, func(h http.Header, n int) { h.Set("Content-Length", fmt.Sprint(n)) }},
		{"chunked", 100 << 20, func(http.Header, int) {}},
		{"gzip", 100 << 20, func(h http.Header, n int) { h.Set("Content-Encoding", "gzip") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var sent atomic.Int64
			written := make(chan int, 1)
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				total := 0
				defer func() { written <- total }()
				tc.head(w.Header(), tc.size)
				var out io.Writer = w
				if tc.name == "gzip" {
					z, _ := gzip.NewWriterLevel(w, gzip.NoCompression)
					defer z.Close()
					out = z
				}
				for total < tc.size {
					n, err := io.WriteString(out, filler)
					if total += n; err != nil {
						return
					}
				}
			}, WithMaxResponseBytes(limit))
			_, err := client.Do(t.Context(), plainOp, nil)
			e := wantError(t, err, 200, ReasonResponseTooLarge)
			if !strings.Contains(err.Error(), "1048576 bytes") || e.Hint() == "" || sent.Load() != 1 {
				t.Errorf("sent %d, %v", sent.Load(), err)
			}
			if n := <-written; n > tc.size/2 { // what fits into the buffers on the way
				t.Errorf("the server could write %d bytes", n)
			}
		})
	}
	t.Run("just fits", func(t *testing.T) {
		frame := `{"error":false,"reason":"r","data":""}`
		body := strings.Replace(frame, `""`, `"`+strings.Repeat("x", limit-len(frame))+`"`, 1)
		for _, chunked := range []bool{false, true} {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if chunked {
					w.(http.Flusher).Flush()
				} else {
					w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				}
				io.WriteString(w, body)
			}, WithMaxResponseBytes(limit))
			if _, err := client.Do(t.Context(), plainOp, nil); err != nil {
				t.Error(err)
			}
		}
	})
}

// Answers above the size that is believed at once.
func TestBigAnswers(t *testing.T) {
	body := `{"error":false,"reason":"r","data":"` + strings.Repeat("x", 5<<20) + `"}`
	for _, complete := range []bool{true, false} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			if complete {
				io.WriteString(w, body)
				return
			}
			io.WriteString(w, body[:len(body)-1])
			panic(http.ErrAbortHandler)
		}, WithRetry(RetryPolicy{MaxAttempts: 1}))
		resp, err := client.Do(t.Context(), plainOp, nil)
		if !complete {
			wantError(t, err, 0, ReasonNoResponse)
		} else if err != nil || len(resp.Data) != 5<<20+2 {
			t.Errorf("%d bytes, %v", len(resp.Data), err)
		}
	}
}

func TestAnswersThatAreNotEnvelopes(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		body   string
		reason string
		want   string
	}{
		{"page", 200, "<!DOCTYPE html>\n<title>Log\x00in</title>", ReasonInvalidResponse, `not the JSON that Crisp sends: "<!DOCTYPE html> <title>Log in</title>"`},
		{"long page", 200, strings.Repeat("é\u202e", 5000), ReasonInvalidResponse, `Crisp sends: "é é é`},
		{"cut name", 200, `{"error":false,"rea`, ReasonInvalidResponse, "not the JSON"},
		{"no end", 200, `{"error":false,"data":[]`, ReasonInvalidResponse, "not the JSON"},
		{"text after it", 200, `{"error":false} oops`, ReasonInvalidResponse, "not the JSON"},
		{"cut JSON", 200, `{"error":false,"reason":"listed","data":[1,`, ReasonInvalidResponse, "not the JSON"},
		{"rubbish inside", 200, `{"error":false,"data":[1,}`, ReasonInvalidResponse, "not the JSON"},
		{"array", 200, `[]`, ReasonInvalidResponse, "not the JSON"},
		{"other object", 200, `{"status":"up"}`, ReasonInvalidResponse, "not the JSON"},
		{"two values", 200, `{"error":false}{"error":false}`, ReasonInvalidResponse, "not the JSON"},
		{"error page", 502, "<html>Bad\r\nGateway", "bad_gateway", `"<html>Bad Gateway"`},
		{"no body", 503, "", "service_unavailable", "503 service_unavailable"},
		{"unknown status", 499, "", "http_499", "499 http_499"},
		{"calm", 420, "", "too_many_requests", "420 too_many_requests"},
		{"no reason", 400, `{"error":true,"data":{"message":"no\nreason"}}`, "bad_request", "400 bad_request: no reason"},
		{"data is a list", 400, `{"error":true,"reason":"invalid_data","data":[]}`, "invalid_data", "400 invalid_data"},
		{"error with status 200", 200, `{"error":true,"reason":"not_allowed","data":{"message":"m"}}`, "not_allowed", "200 not_allowed: m"},
		{"no error flag", 404, `{"error":false,"reason":"not_found","data":{}}`, "not_found", "404 not_found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(tc.status)
				io.WriteString(w, tc.body)
			}, WithRetry(RetryPolicy{MaxAttempts: 1}))
			_, err := client.Do(t.Context(), plainOp, nil)
			wantError(t, err, tc.status, tc.reason)
			if !strings.Contains(err.Error(), tc.want) || len(err.Error()) > 700 {
				t.Errorf("got %q, want %q in it", err, tc.want)
			}
			if strings.ContainsAny(err.Error(), "\n\r\x00\u202e") {
				t.Errorf("control characters in %q", err)
			}
		})
	}
}

func TestAnswersWithoutData(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "frame": `{"error":false,"reason":"updated"}`, "null": `{"error":false,"data":null}`,
	} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) })
		resp, err := client.Do(t.Context(), plainOp, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v := map[string]any{"old": 1}
		err = resp.Decode(&v)
		if name == "null" {
			if err != nil || v != nil {
				t.Errorf("null: %v, %v", v, err)
			}
			continue
		}
		wantError(t, err, 200, ReasonInvalidResponse)
	}
}

func TestHead(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/website/known":
			w.Header().Set("Content-Length", "5000")
		case "/website/secret":
			w.WriteHeader(401)
		default:
			w.WriteHeader(404)
		}
	})
	head := func(id string) error {
		resp, err := client.Do(t.Context(), headOp, &Request{Path: map[string]string{"website_id": id}})
		if err == nil && (resp.Data != nil || resp.Reason != "") {
			t.Errorf("%+v", resp)
		}
		return err
	}
	if err := head("known"); err != nil {
		t.Error(err)
	}
	if e := wantError(t, head("unknown"), 404, "not_found"); !e.NotFound() {
		t.Error("not NotFound")
	}
	if e := wantError(t, head("secret"), 401, "unauthorized"); !e.Unauthorized() {
		t.Error("not Unauthorized")
	}
}

// Crisp's servers cut texts inside surrogate pairs.
func TestLoneSurrogates(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { ok(w, `{"preview":"cut \ud83d"}`) })
	resp, err := client.Do(t.Context(), plainOp, nil)
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Preview string `json:"preview"`
	}
	if err := resp.Decode(&v); err != nil || v.Preview != "cut \ufffd" {
		t.Errorf("%q, %v", v.Preview, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A policy in front of the network says no for good, in its own words.
func TestTransportErrorIsFinal(t *testing.T) {
	denied := errors.New("denied")
	calls := 0
	client := dial(t, "https://example.com/v1/", WithTransport(roundTripper(func(*http.Request) (*http.Response, error) {
		calls++
		return nil, fmt.Errorf("policy: %w", &Error{Status: 403, Reason: "permission_denied", Message: "the script may not read", Err: denied})
	})))
	_, err := client.Do(t.Context(), plainOp, nil)
	e := wantError(t, err, 403, "permission_denied")
	if calls != 1 || e.Operation != "test.plain" || e.Attempts != 1 || !errors.Is(err, denied) {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestConnectionsAreBounded makes more calls at once than there may be connections.
func TestConnectionsAreBounded(t *testing.T) {
	const calls = maxConnections + 44
	var arrived atomic.Int32
	full, release := make(chan struct{}), make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == maxConnections {
			close(full)
		}
		<-release
		fine(w, r)
	})
	results := make(chan error, calls)
	for range calls {
		go func() {
			_, err := client.Do(t.Context(), plainOp, nil)
			results <- err
		}()
	}
	<-full
	time.Sleep(20 * time.Millisecond) // for more, which must not come
	if n := arrived.Load(); n != maxConnections {
		t.Errorf("%d calls have a connection, want %d", n, maxConnections)
	}
	close(release)
	for range calls {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

package crisp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/crisp/spec"
)

const (
	testIdentifier = "b5a1c1f7-identifier"
	testKey        = "53cr37-key-that-nobody-may-see"
)

func TestMain(m *testing.M) {
	os.Unsetenv(EnvBaseURL)
	goleak.VerifyTestMain(m)
}

// Operations of every kind, apart from the real table: these tests are about the client.
var (
	getOp    = &spec.Operation{ID: "test.get", Method: "GET", Path: "/website/{website_id}/thing/{thing_id}", Tiers: spec.TierUser | spec.TierPlugin}
	headOp   = &spec.Operation{ID: "test.exists", Method: "HEAD", Path: "/website/{website_id}"}
	postOp   = &spec.Operation{ID: "test.create", Method: "POST", Path: "/website"}
	putOp    = &spec.Operation{ID: "test.save", Method: "PUT", Path: "/website"}
	patchOp  = &spec.Operation{ID: "test.update", Method: "PATCH", Path: "/website"}
	deleteOp = &spec.Operation{ID: "test.delete", Method: "DELETE", Path: "/website"}
	plainOp  = &spec.Operation{ID: "test.plain", Method: "GET", Path: "/plain"}
)

func thing(id string) *Request {
	return &Request{Path: map[string]string{"website_id": "w1", "thing_id": id}}
}

// serve mounts an API below a prefix and answers a client for it.
func serve(t testing.TB, api http.HandlerFunc, opts ...Option) *Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/api/v1/", http.StripPrefix("/api/v1", api))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("request outside the base: %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return dial(t, server.URL+"/api/v1", opts...)
}

func dial(t testing.TB, base string, opts ...Option) *Client {
	t.Helper()
	opts = append([]Option{WithBaseURL(base), WithCredentials(testIdentifier, testKey)}, opts...)
	client, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// fakeClock stands still but for sleeps, which it records. Its jitter is the upper bound.
type fakeClock struct {
	mu     sync.Mutex
	at     time.Time
	slept  []time.Duration
	during func() // called when a sleep begins, may be nil
}

func newFakeClock() *fakeClock { return &fakeClock{at: time.Now()} }

func (f *fakeClock) option() Option {
	return func(c *config) {
		c.clock = clock{now: f.now, sleep: f.sleep, jitter: func(d time.Duration) time.Duration { return d }}
	}
}

func (f *fakeClock) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

func (f *fakeClock) sleep(ctx context.Context, d time.Duration) error {
	if f.during != nil {
		f.during()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = f.at.Add(d)
	f.slept = append(f.slept, d)
	return nil
}

func (f *fakeClock) sleeps() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration(nil), f.slept...)
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func ok(w http.ResponseWriter, data string) {
	answer(w, 200, `{"error":false,"reason":"resolved","data":`+data+`}`)
}

// wantError checks that err is an *Error with this status and reason.
func wantError(t *testing.T, err error, status int, reason string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want *Error", err, err)
	}
	if e.Status != status || e.Reason != reason {
		t.Fatalf("got status %d reason %q (%v), want %d %q", e.Status, e.Reason, e, status, reason)
	}
	return e
}

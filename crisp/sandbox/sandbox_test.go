package sandbox_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// clock is the moment of all tests, with seconds that the anchor drops.
var clock = time.Date(2026, 11, 22, 14, 30, 17, 0, time.UTC)

func now() time.Time { return clock }

// api calls a sandbox over HTTP.
type api struct {
	t    testing.TB
	base string
	tier string
}

func serve(t testing.TB, cfg sandbox.Config) *api {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = now
	}
	return serveHandler(t, sandbox.New(cfg))
}

func serveHandler(t testing.TB, handler http.Handler) *api {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		server.Close()
	})
	return &api{t: t, base: server.URL + "/v1", tier: "user"}
}

func (a *api) as(tier string) *api {
	other := *a
	other.tier = tier
	return &other
}

// reply is an answer of the sandbox.
type reply struct {
	Status int
	Header http.Header
	Raw    []byte
	Error  bool            `json:"error"`
	Reason string          `json:"reason"`
	Data   json.RawMessage `json:"data"`
}

func (r *reply) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.Data, v); err != nil {
		t.Fatalf("%s: %v", r.Data, err)
	}
}

func (r *reply) message(t testing.TB) string {
	t.Helper()
	var detail struct{ Message string }
	r.decode(t, &detail)
	return detail.Message
}

// call sends a request. A path below the website may be written without its prefix: "/conversations/1".
func (a *api) call(method, path, body string) *reply {
	a.t.Helper()
	if !strings.HasPrefix(path, "/website") && !strings.HasPrefix(path, "/plugin") && !strings.HasPrefix(path, "/user/") &&
		!strings.HasPrefix(path, "/bucket/") && !strings.HasPrefix(path, "/media/") {
		path = "/website/" + sandbox.WebsiteID + path
	}
	req, err := http.NewRequest(method, a.base+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	req.Header.Set("X-Crisp-Tier", a.tier)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return a.send(req)
}

func (a *api) send(req *http.Request) *reply {
	a.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	r := &reply{Status: res.StatusCode, Header: res.Header, Raw: raw}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, r); err != nil {
			a.t.Fatalf("%s %s answers no JSON: %s", req.Method, req.URL, raw)
		}
	}
	return r
}

// ok sends a request that must succeed and decodes its data into v, if not nil.
func (a *api) ok(method, path, body string, v any) *reply {
	a.t.Helper()
	r := a.call(method, path, body)
	if r.Status > 299 {
		a.t.Fatalf("%s %s %s: %d %s", method, path, body, r.Status, r.Raw)
	}
	if v != nil {
		r.decode(a.t, v)
	}
	return r
}

// refused sends a request that must fail with a status and a reason, and returns the message.
func (a *api) refused(method, path, body string, status int, reason string) string {
	a.t.Helper()
	r := a.call(method, path, body)
	if r.Status != status || r.Reason != reason || !r.Error {
		a.t.Fatalf("%s %s %s: %d %s, want %d %s", method, path, body, r.Status, r.Raw, status, reason)
	}
	return r.message(a.t)
}

// logged are the lines of a sandbox's log.
type logged chan string

func (l logged) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// has waits for a line with a text.
func (l logged) has(t *testing.T, text string) {
	t.Helper()
	for deadline := time.After(time.Minute); ; {
		select {
		case line := <-l:
			if strings.Contains(line, text) {
				return
			}
		case <-deadline:
			t.Fatalf("the log says nothing of %q", text)
		}
	}
}

func newLog() (logged, *slog.Logger) {
	lines := make(logged, 1000)
	return lines, slog.New(slog.NewTextHandler(lines, nil))
}

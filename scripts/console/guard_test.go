package console_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/console"
)

func TestAddressDecidesWhetherATokenIsNeeded(t *testing.T) {
	for _, c := range []struct{ addr, token, problem string }{
		{"127.0.0.1:8686", "", ""},
		{"127.9.9.9:8686", "", ""},
		{"[::1]:8686", "", ""},
		{"localhost:8686", "", ""},
		{"127.0.0.1:8686", token, ""},
		{"0.0.0.0:8686", token, ""},
		{":8686", "", "needs a token"},
		{"0.0.0.0:8686", "", "needs a token"},
		{"[::]:8686", "", "needs a token"},
		{"192.168.1.7:8686", "", "needs a token"},
		{"console.example.com:8686", "", "needs a token"},
		{"localhost.example.com:8686", "", "needs a token"},
		{"0.0.0.0:8686", "short", "5 characters"},
		{"127.0.0.1:8686", "short", "5 characters"},
		{"8686", token, "missing port"},
	} {
		options := console.Options{Addr: c.addr}
		if c.token != "" {
			options.Tokens = []console.Token{{Secret: c.token}}
		}
		_, err := console.New(newFake(atNoon), options)
		if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s with token %q: %v, want %q", c.addr, c.token, err, c.problem)
		}
	}
}

func TestHeaders(t *testing.T) {
	f := newFake(atNoon)
	id := hostile(f)
	c := open(t, f)
	for _, target := range []string{"/", scriptPath(evil), "/runs", "/runs/" + id, "/timeline", "/nothing", "/runs/" + id + "/log.txt", "/healthz"} {
		h := get(c, target).Header()
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %s", target, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy is %q", target, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", target, name, h.Get(name), want)
			}
		}
	}
}

func TestHostIsChecked(t *testing.T) {
	c := open(t, newFake(atNoon))
	for host, want := range map[string]int{
		"localhost:8686": 200, "localhost": 200, "LOCALHOST:1": 200, "127.0.0.1:8686": 200, "127.1.2.3": 200, "[::1]:8686": 200, "[::1]": 200,
		"evil.example": 403, "evil.example:8686": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:8686": 403, "": 403,
		"192.168.1.7:8686": 403, "0.0.0.0:8686": 403,
	} {
		if w := get(c, "/", func(r *http.Request) { r.Host = host }); w.Code != want {
			t.Errorf("Host %q: status %d, want %d", host, w.Code, want)
		}
		w := ask(c, http.MethodPost, "/script/trigger", url.Values{"script": {"x"}}, func(r *http.Request) { r.Host = host })
		if refused := w.Code == http.StatusForbidden; refused != (want == 403) {
			t.Errorf("Host %q: posting answers %d", host, w.Code)
		}
	}
	// Behind a login any name will do: a cookie belongs to one.
	open := open(t, newFake(atNoon), func(o *console.Options) { o.Tokens = []console.Token{{Secret: token}} })
	if w := get(open, "/login", func(r *http.Request) { r.Host = "console.example.com" }); w.Code != http.StatusOK {
		t.Errorf("with a token, another name answers %d", w.Code)
	}
}

func TestOtherWebsitesAreRefused(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	c := open(t, f)
	run := f.lastRun("sync-people").ID
	before := len(f.runs)
	for _, action := range []string{"/script/trigger", "/script/pause", "/script/resume", "/runs/" + run + "/cancel"} {
		form := url.Values{"script": {"sync-people"}}
		for name, change := range map[string]func(*http.Request){
			"another origin":    header("Origin", "https://evil.example"),
			"another port":      header("Origin", "http://localhost:9999"),
			"a cross-site form": header("Sec-Fetch-Site", "cross-site"),
			"a subdomain":       header("Sec-Fetch-Site", "same-site"),
			"a sandboxed frame": header("Origin", "null"),
		} {
			if w := ask(c, http.MethodPost, action, form, change); w.Code != http.StatusForbidden {
				t.Errorf("%s from %s: status %d", action, name, w.Code)
			}
		}
		if w := get(c, action); w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound {
			t.Errorf("GET %s: status %d", action, w.Code)
		}
	}
	if f.scripts["sync-people"].Paused || len(f.runs) != before {
		t.Error("a refused request did something")
	}
	if w := ask(c, http.MethodPost, "/script/pause", url.Values{"script": {"sync-people"}}, header("Origin", "http://localhost:8686")); w.Code != http.StatusSeeOther {
		t.Errorf("the page's own form answers %d", w.Code)
	}
	for mode, want := range map[string]int{"navigate": 200, "no-cors": 403, "cors": 403, "": 403} {
		w := get(c, "/", header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", mode))
		if w.Code != want {
			t.Errorf("reading from another website in mode %q: status %d, want %d", mode, w.Code, want)
		}
	}
}

func TestHealth(t *testing.T) {
	var down error
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("runs 1\n")) })
	with := func(o *console.Options) {
		o.Ready = func(context.Context) error { return down }
		o.Metrics = metrics
		o.Notes = func() []string { return []string{"slow.js takes long to compile"} }
	}
	inside, outside := open(t, newFake(atNoon), with), open(t, newFake(atNoon), with, withToken)
	for _, step := range []struct {
		down               error
		status             int
		inside, outsideHas string
	}{
		{nil, 200, "ready\nslow.js takes long to compile\n", "ready\n"},
		{errors.New("the database is away"), 503, "not ready: the database is away\nslow.js takes long to compile\n", "not ready\n"},
	} {
		down = step.down
		if w := get(inside, "/readyz"); w.Code != step.status || w.Body.String() != step.inside {
			t.Errorf("/readyz: %d %q", w.Code, w.Body)
		}
		if w := get(outside, "/readyz"); w.Code != step.status || w.Body.String() != step.outsideHas {
			t.Errorf("/readyz before the login: %d %q", w.Code, w.Body)
		}
	}
	if w := get(outside, "/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("/healthz: %d %q", w.Code, w.Body)
	}
	if w := get(inside, "/metrics"); w.Code != 200 || w.Body.String() != "runs 1\n" {
		t.Errorf("/metrics: %d %q", w.Code, w.Body)
	}
	if w := get(outside, "/metrics", header("Accept", "*/*")); w.Code != http.StatusUnauthorized {
		t.Errorf("/metrics without a token: %d", w.Code)
	}
	if w := get(outside, "/metrics", header("Authorization", "Bearer "+token)); w.Code != 200 {
		t.Errorf("/metrics with the token: %d", w.Code)
	}
	if w := get(open(t, newFake(atNoon)), "/metrics"); w.Code != http.StatusNotFound {
		t.Errorf("/metrics without a handler: %d", w.Code)
	}
}

func TestFailuresAreShownAndLogged(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	run := f.lastRun("sync-people").ID
	var log bytes.Buffer
	c := open(t, f, func(o *console.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	f.err = errors.New("the database <is> away: start it")
	for _, target := range []string{"/", "/script?name=sync-people", "/runs", "/runs/" + run, "/timeline", "/runs/" + run + "/log.txt", "/runs/" + run + "/stream"} {
		w := get(c, target)
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "the database &lt;is&gt; away: start it") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	if strings.Count(log.String(), "is> away") != 7 {
		t.Errorf("the log is %s", log.String())
	}
	if w := get(c, "/", header("Accept", "text/plain")); w.Body.String() != "That did not work: the database <is> away: start it\n" {
		t.Errorf("a program gets %q", w.Body)
	}
}

func TestAssetsAreKept(t *testing.T) {
	c := open(t, newFake(atNoon))
	page := get(c, "/").Body.String()
	for _, name := range []string{"console.", "icon."} {
		_, rest, _ := strings.Cut(page, `"/assets/`+name)
		path, _, _ := strings.Cut(rest, `"`)
		w := get(c, "/assets/"+name+path)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Errorf("%s%s: %d %s", name, path, w.Code, w.Header())
		}
	}
	for _, name := range []string{"console.css", "console.000000000000.css", "..", "layout.html"} {
		if w := get(c, "/assets/"+name); w.Code != http.StatusNotFound && w.Code/100 != 3 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// deadlines is a connection that notes its deadline.
type deadlines struct {
	*httptest.ResponseRecorder
	read time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.read = at
	return nil
}

// TestFormsMustCome bounds the time of a form, also before the login, and not that of what has no body.
func TestFormsMustCome(t *testing.T) {
	c := open(t, newFake(time.Now), withToken)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		var body io.Reader
		if method == http.MethodPost {
			body = strings.NewReader("token=x")
		}
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		c.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/login", body))
		if bounded := !w.read.IsZero(); bounded != (method == http.MethodPost) {
			t.Errorf("%s: the connection's deadline is %v", method, w.read)
		}
	}
}

func TestNotesStandAboveTheScripts(t *testing.T) {
	notes := []string{"/srv/scripts/lost+found cannot be read: <permission denied>"}
	c := open(t, newFake(atNoon), func(o *console.Options) { o.Notes = func() []string { return notes } })
	if body := get(c, "/").Body.String(); !strings.Contains(body, "/srv/scripts/lost&#43;found cannot be read: &lt;permission denied&gt;") {
		t.Errorf("the note is missing: %s", body)
	}
	if body := get(open(t, newFake(atNoon)), "/").Body.String(); strings.Contains(body, "not used") {
		t.Errorf("notes where there are none: %s", body)
	}
}
